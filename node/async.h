// The few Asio idioms that coroutines here use, each written once. A coroutine is one actor's
// life; its parameters are values or references to what outlives the io_context's run.
// g++ 12: never write a lambda with captures inside a co_await or co_spawn expression.
#pragma once

#include "common/error.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <deque>
#include <exception>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

namespace consentree::node {

namespace asio = boost::asio;
template <class T>
using Awaitable = asio::awaitable<T>;

// Completion token for network operations: a closed socket is a value, not an exception.
inline constexpr auto use_result = asio::as_tuple(asio::use_awaitable);

// What an exception that leaves a coroutine means.
enum class OnStray {
    log,    // That actor ends, e.g. one session.
    abort,  // The process ends: the driver, the committer.
};
// Starts an actor. Its name, a literal, appears in the log line of a stray exception.
void spawn(const asio::any_io_executor& executor,
           std::string_view name,
           Awaitable<void> actor,
           OnStray on_stray = OnStray::log);

// Errc::timed_out after the time; the operation is then cancelled and awaited. Exceptions pass.
template <class T>
Awaitable<Result<T>> with_deadline(Awaitable<T> operation, std::chrono::milliseconds time) {
    using namespace asio::experimental::awaitable_operators;
    asio::steady_timer timer(co_await asio::this_coro::executor, time);
    auto either = co_await (std::move(operation) || timer.async_wait(use_result));
    if (either.index() == 1) co_return Errc::timed_out;
    if constexpr (std::is_void_v<T>) {
        co_return Result<void>();
    } else {
        co_return Result<T>(std::get<0>(std::move(either)));
    }
}

inline Awaitable<void> sleep_for(std::chrono::milliseconds time) {
    asio::steady_timer timer(co_await asio::this_coro::executor, time);
    co_await timer.async_wait(use_result);
}

// What a function returned on another thread, or the exception that left it.
template <class T>
struct Outcome {
    std::optional<T> value;
    std::exception_ptr exception;
};

template <class F, class T>
Outcome<T> call(F& function) {
    Outcome<T> outcome;
    try {
        outcome.value.emplace(function());
    } catch (...) {
        outcome.exception = std::current_exception();
    }
    return outcome;
}

// Runs function on the pool (any executor) and resumes on the coroutine's own executor with what
// it returned, which must not be void. Exceptions are thrown again here. The function must own
// what it touches: the coroutine may be gone by then.
template <class Pool, class F>
Awaitable<std::invoke_result_t<F&>> run_on(Pool& pool, F function) {
    using T = std::invoke_result_t<F&>;
    static_assert(!std::is_void_v<T> && !std::is_reference_v<T>);
    auto start = [](auto handler, auto executor, F work) {
        auto home = asio::get_associated_executor(handler);
        auto there = [handler = std::move(handler), guard = asio::make_work_guard(home),
                      work = std::move(work)]() mutable {
            auto back = [handler = std::move(handler), outcome = call<F, T>(work)]() mutable {
                std::move(handler)(std::move(outcome));
            };
            asio::post(guard.get_executor(), std::move(back));
        };
        asio::post(executor, std::move(there));
    };
    Outcome<T> outcome =
        co_await asio::async_initiate<const asio::use_awaitable_t<>&, void(Outcome<T>)>(
            start, asio::use_awaitable, pool.get_executor(), std::move(function));
    if (outcome.exception) std::rethrow_exception(outcome.exception);
    co_return std::move(*outcome.value);
}

// A wake-up for one waiting coroutine. One thread; the state that it tells of lies elsewhere, so
// check that before waiting.
class Signal {
public:
    explicit Signal(const asio::any_io_executor& executor)
        : timer_(executor, asio::steady_timer::time_point::max()) {}
    void notify() { timer_.cancel(); }
    Awaitable<void> wait() { co_await timer_.async_wait(use_result); }

private:
    asio::steady_timer timer_;
};

// A bounded queue between coroutines of one thread, with one consumer.
template <class T>
class AsyncQueue {
public:
    AsyncQueue(const asio::any_io_executor& executor, std::size_t limit)
        : limit_(limit), signal_(executor) {}

    // False: the queue is full or closed, and value was not taken.
    bool push(T value) {
        if (closed_ || items_.size() >= limit_) return false;
        items_.push_back(std::move(value));
        signal_.notify();
        return true;
    }
    // Nothing once the queue is closed and empty.
    Awaitable<std::optional<T>> pop() {
        while (items_.empty() && !closed_) co_await signal_.wait();
        if (items_.empty()) co_return std::nullopt;
        std::optional<T> value(std::move(items_.front()));
        items_.pop_front();
        co_return value;
    }
    void close() {
        closed_ = true;
        signal_.notify();
    }
    std::size_t size() const { return items_.size(); }

private:
    std::size_t limit_;
    bool closed_ = false;
    std::deque<T> items_;
    Signal signal_;
};

}  // namespace consentree::node

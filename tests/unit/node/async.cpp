#include "node/async.h"

#include "node/log.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <catch2/catch.hpp>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace consentree;
using namespace consentree::node;

namespace {

Awaitable<int> never(asio::steady_timer& timer, bool& was_cancelled) {
    const auto [error] = co_await timer.async_wait(use_result);
    was_cancelled = error == asio::error::operation_aborted;
    co_return 1;
}
Awaitable<int> at_once() {
    co_return 7;
}

Awaitable<void> try_deadlines(std::vector<Result<int>>& results, bool& was_cancelled) {
    asio::steady_timer timer(co_await asio::this_coro::executor,
                             asio::steady_timer::time_point::max());
    results.push_back(
        co_await with_deadline(never(timer, was_cancelled), std::chrono::milliseconds(1)));
    results.push_back(co_await with_deadline(at_once(), std::chrono::hours(1)));
}

struct RunOnResult {
    std::thread::id worked_on, resumed_on;
    std::unique_ptr<std::string> value;
    std::string failure;
};
Awaitable<void> try_run_on(asio::thread_pool& pool, RunOnResult& result) {
    auto work = [&result] {
        result.worked_on = std::this_thread::get_id();
        return std::make_unique<std::string>("made elsewhere");
    };
    result.value = co_await run_on(pool, work);
    result.resumed_on = std::this_thread::get_id();
    auto fail = []() -> int { throw std::runtime_error("broken"); };
    try {
        co_await run_on(pool, fail);
    } catch (const std::exception& error) {
        result.failure = error.what();
    }
}

Awaitable<void> drain(AsyncQueue<int>& queue, std::vector<int>& taken, bool& ended) {
    for (;;) {
        const auto value = co_await queue.pop();
        if (!value) break;
        taken.push_back(*value);
    }
    ended = true;
}

Awaitable<void> stray() {
    throw std::runtime_error("stray");
    co_return;
}

}  // namespace

TEST_CASE("async: with_deadline cancels what takes too long and returns what does not") {
    asio::io_context loop;
    std::vector<Result<int>> results;
    bool was_cancelled = false;
    spawn(loop.get_executor(), "test", try_deadlines(results, was_cancelled));
    loop.run();
    REQUIRE(results.size() == 2);
    CHECK(results[0] == Result<int>(Errc::timed_out));
    CHECK(was_cancelled);
    CHECK(results[1] == Result<int>(7));
}

TEST_CASE("async: run_on works on the pool and resumes at home") {
    asio::io_context loop;
    asio::thread_pool pool(1);
    RunOnResult result;
    spawn(loop.get_executor(), "test", try_run_on(pool, result));
    loop.run();
    pool.join();
    CHECK(result.worked_on != std::this_thread::get_id());
    CHECK(result.resumed_on == std::this_thread::get_id());
    REQUIRE(result.value != nullptr);
    CHECK(*result.value == "made elsewhere");
    CHECK(result.failure == "broken");
}

TEST_CASE("async: a queue is bounded, keeps order and ends after its last item") {
    asio::io_context loop;
    AsyncQueue<int> queue(loop.get_executor(), 3);
    std::vector<int> taken;
    bool ended = false;
    CHECK(queue.push(1));
    CHECK(queue.push(2));
    CHECK(queue.push(3));
    CHECK_FALSE(queue.push(4));
    spawn(loop.get_executor(), "test", drain(queue, taken, ended));
    loop.poll();
    CHECK(taken == std::vector<int>{1, 2, 3});
    CHECK(queue.push(5));
    loop.poll();
    CHECK(queue.push(6));
    queue.close();
    CHECK_FALSE(queue.push(7));
    loop.run();
    CHECK(taken == std::vector<int>{1, 2, 3, 5, 6});
    CHECK(ended);
}

TEST_CASE("async: a stray exception ends its activity and is logged by name") {
    std::vector<std::string> lines;
    log::capture([&lines](std::string_view line) { lines.emplace_back(line); });
    asio::io_context loop;
    spawn(loop.get_executor(), "test actor", stray());
    loop.run();
    log::configure({log::Format::json, log::Level::error});
    REQUIRE(lines.size() == 1);
    CHECK(lines[0].find("test actor") != std::string::npos);
    CHECK(lines[0].find("stray") != std::string::npos);
}

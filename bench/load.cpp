#include "bench/load.h"

#include "client/api.h"
#include "client/cli/demo_process.h"
#include "client/http.h"

#include <mutex>
#include <thread>

namespace consentree::bench {

namespace api = client::api;
using client::Http;
using client::HttpRequest;

namespace {

constexpr std::chrono::milliseconds busy_pause{200};
constexpr std::chrono::seconds patience{20};

// Hands out a node's transactions in order, at a rate if there is one.
class Queue {
public:
    Queue(const std::vector<Signed>& work, double rate, Clock::time_point start)
        : work_(work), rate_(rate), start_(start) {}

    struct Part {
        std::size_t from = 0, until = 0;
        Clock::time_point due;
    };
    // Empty at the end.
    Part take(std::size_t count) {
        const std::size_t from = next_.fetch_add(count);
        const std::size_t size = work_.size();
        Part part{std::min(from, size), std::min(from + count, size), start_};
        if (rate_ > 0) {
            const std::chrono::duration<double> after(static_cast<double>(part.from) / rate_);
            part.due += std::chrono::duration_cast<Clock::duration>(after);
        }
        return part;
    }
    const Signed& at(std::size_t i) const { return work_[i]; }

private:
    const std::vector<Signed>& work_;
    double rate_;
    Clock::time_point start_;
    std::atomic<std::size_t> next_{0};
};

// One connection that sends lists of transactions.
class BatchSender {
public:
    BatchSender(const std::string& url, Queue& queue, const Send& how, Clock::time_point end)
        : queue_(queue), how_(how), end_(end) {
        auto http = Http::make({url});
        if (http) http_ = std::move(*http);
    }

    void run() {
        while (http_ && Clock::now() < end_) {
            const Queue::Part part = queue_.take(how_.per_request);
            if (part.from == part.until) {
                sent.ran_out = true;
                return;
            }
            std::this_thread::sleep_until(std::min(part.due, end_));
            std::vector<std::size_t> waiting;
            for (std::size_t i = part.from; i < part.until; ++i) waiting.push_back(i);
            while (!waiting.empty() && Clock::now() < end_) {
                if (!send(waiting)) return;
                if (!waiting.empty()) std::this_thread::sleep_for(busy_pause);
            }
        }
    }
    Sent sent;

private:
    void refuse(std::string reason) {
        ++sent.refused;
        sent.reason = std::move(reason);
    }

    // Leaves in waiting what the node was too busy for. False: give up.
    bool send(std::vector<std::size_t>& waiting) {
        std::vector<std::string> list;
        list.reserve(waiting.size());
        for (const std::size_t i : waiting) list.push_back(queue_.at(i).bytes);
        HttpRequest request;
        request.method = "POST";
        request.target = "/v1/transactions:batch";
        request.content_type = std::string(api::transaction_list_type);
        request.body = api::format_transaction_list(list);
        auto answer = http_->send(request, patience, Clock::now() + patience);
        if (!answer) {
            refuse(answer.error().what_to_do());
            return false;
        }
        if (answer->status == 429 || answer->status == 503) {
            ++sent.busy;
            return true;
        }
        auto items = api::parse_transaction_answers(answer->body);
        if (!items || items->size() != waiting.size()) {
            refuse(answer->body.substr(0, 300));
            return false;
        }
        std::vector<std::size_t> again;
        for (std::size_t i = 0; i < items->size(); ++i) {
            const api::TransactionAnswer& item = (*items)[i];
            if (item.status == api::TxState::refused && item.code == "busy") {
                again.push_back(waiting[i]);
            } else if (item.status == api::TxState::refused ||
                       item.status == api::TxState::rejected) {
                refuse(item.code + ": " + item.detail);
            } else {
                ++sent.transactions;
                sent.events += queue_.at(waiting[i]).events;
            }
        }
        if (!again.empty()) ++sent.busy;
        waiting = std::move(again);
        return true;
    }

    Queue& queue_;
    const Send& how_;
    Clock::time_point end_;
    std::unique_ptr<Http> http_;
};

HttpRequest transaction_request() {
    HttpRequest request;
    request.method = "POST";
    request.target = "/v1/transactions";
    request.content_type = std::string(api::transaction_type);
    request.prefer = "wait=20";
    return request;
}

HttpRequest check_request() {
    HttpRequest request;
    request.method = "POST";
    request.target = "/v1/consents:check";
    request.content_type = "application/json";
    return request;
}

// One connection that sends one request at a time and waits for its answer.
class WaitingSender {
public:
    WaitingSender(const std::string& url, HttpRequest request, Queue& queue, Clock::time_point end)
        : request_(std::move(request)), queue_(queue), end_(end) {
        auto http = Http::make({url});
        if (http) http_ = std::move(*http);
    }

    void run() {
        while (http_) {
            const Queue::Part part = queue_.take(1);
            if (part.from == part.until || part.due >= end_) return;
            std::this_thread::sleep_until(part.due);
            const auto due = std::max(part.due, start_);
            request_.body = queue_.at(part.from).bytes;
            auto answer = http_->send(request_, patience, Clock::now() + patience);
            const std::chrono::duration<double, std::milli> spent = Clock::now() - due;
            if (answer) {
                result.answers.push_back({spent.count(), std::move(answer->body)});
            } else {
                ++result.failed;
                result.reason = answer.error().what_to_do();
            }
        }
    }

    Latencies result;

private:
    HttpRequest request_;
    Queue& queue_;
    Clock::time_point start_ = Clock::now();
    Clock::time_point end_;
    std::unique_ptr<Http> http_;
};

// Every sender on a thread of its own, until all have ended.
template <class Sender>
void run_all(std::vector<std::unique_ptr<Sender>>& senders) {
    std::vector<std::thread> threads;
    for (auto& sender : senders) {
        threads.emplace_back([&sender] { sender->run(); });
    }
    for (std::thread& thread : threads) thread.join();
}

// One for each node. Due times take turns among the nodes.
std::vector<std::unique_ptr<Queue>> make_queues(const std::vector<std::vector<Signed>>& work,
                                                double rate,
                                                Clock::time_point start) {
    std::vector<std::unique_ptr<Queue>> queues;
    for (std::size_t node = 0; node < work.size(); ++node) {
        const std::chrono::duration<double> after(rate > 0 ? static_cast<double>(node) / rate : 0);
        queues.push_back(
            std::make_unique<Queue>(work[node], rate / static_cast<double>(work.size()),
                                    start + std::chrono::duration_cast<Clock::duration>(after)));
    }
    return queues;
}

Latencies run_waiting(const client::cli::Demo& network,
                      const HttpRequest& request,
                      const std::vector<std::vector<Signed>>& work,
                      const Send& how) {
    const auto start = Clock::now();
    const auto end = start + std::chrono::duration_cast<Clock::duration>(how.time);
    const auto queues = make_queues(work, how.rate, start);
    std::vector<std::unique_ptr<WaitingSender>> senders;
    for (std::size_t node = 0; node < work.size(); ++node) {
        for (std::size_t i = 0; i < how.connections; ++i) {
            senders.push_back(std::make_unique<WaitingSender>(network.nodes[node].url(), request,
                                                              *queues[node], end));
        }
    }
    run_all(senders);
    Latencies all;
    for (auto& sender : senders) {
        Latencies& one = sender->result;
        std::move(one.answers.begin(), one.answers.end(), std::back_inserter(all.answers));
        all.failed += one.failed;
        if (!one.reason.empty()) all.reason = one.reason;
    }
    return all;
}

}  // namespace

Sent send_all(const client::cli::Demo& network,
              const std::vector<std::vector<Signed>>& work,
              const Send& how) {
    const auto start = Clock::now();
    const auto end = start + std::chrono::duration_cast<Clock::duration>(how.time);
    const auto queues = make_queues(work, how.rate, start);
    std::vector<std::unique_ptr<BatchSender>> senders;
    for (std::size_t node = 0; node < work.size(); ++node) {
        for (std::size_t i = 0; i < how.connections; ++i) {
            senders.push_back(
                std::make_unique<BatchSender>(network.nodes[node].url(), *queues[node], how, end));
        }
    }
    run_all(senders);
    Sent sum;
    for (const auto& sender : senders) {
        sum.events += sender->sent.events;
        sum.transactions += sender->sent.transactions;
        sum.busy += sender->sent.busy;
        sum.refused += sender->sent.refused;
        sum.ran_out = sum.ran_out || sender->sent.ran_out;
        if (!sender->sent.reason.empty()) sum.reason = sender->sent.reason;
    }
    return sum;
}

void Latencies::read_checks() {
    for (const Answer& answer : answers) {
        const auto found = api::parse_check_answer(answer.body);
        if (found && found->allowed) {
            good_ms.push_back(answer.spent_ms);
        } else {
            ++failed;
            reason = answer.body.substr(0, 300);
        }
    }
    answers.clear();
}

void Latencies::read_receipts() {
    for (const Answer& answer : answers) {
        auto state = api::parse_transaction_answer(answer.body);
        if (state && state->status == api::TxState::committed && !state->receipt.empty()) {
            good_ms.push_back(answer.spent_ms);
            receipts.push_back(std::move(state->receipt));
        } else {
            ++failed;
            reason = answer.body.substr(0, 300);
        }
    }
    answers.clear();
}

Latencies send_and_wait(const client::cli::Demo& network,
                        const std::vector<std::vector<Signed>>& work,
                        const Send& how) {
    return run_waiting(network, transaction_request(), work, how);
}

Latencies ask(const client::cli::Demo& network,
              const std::vector<std::vector<Signed>>& questions,
              const Send& how) {
    return run_waiting(network, check_request(), questions, how);
}

Reached reached(const client::cli::Demo& network, std::size_t node) {
    const auto answer = client::cli::probe(network, node, "/v1/status");
    if (!answer || answer->status != 200) return {};
    const auto status = api::parse_status(answer->body);
    if (!status) return {};
    // Every block ends with a SEAL. A block that is not certified yet counts as one too many.
    const std::uint64_t seals = std::min(status->height, status->certified_tree_size);
    return {status->certified_tree_size - seals, status->height};
}

bool wait_certified(const client::cli::Demo& network,
                    std::uint64_t events,
                    std::chrono::seconds time) {
    const auto end = Clock::now() + time;
    for (std::size_t node = 0; node < network.nodes.size();) {
        if (reached(network, node).certified_events >= events) {
            ++node;
        } else if (Clock::now() >= end) {
            return false;
        } else {
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
    }
    return true;
}

}  // namespace consentree::bench

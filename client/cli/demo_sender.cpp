#include "client/cli/demo_sender.h"

#include "client/api.h"
#include "client/cli/demo_process.h"
#include "client/record.h"

#include <thread>
#include <utility>

namespace consentree::client::cli {

namespace {

using synthetic::Group;
using synthetic::Round;
using synthetic::Stage;
using Clock = std::chrono::steady_clock;

// A transaction that fits a batch with others travels faster.
constexpr std::size_t events_most = 1000;
constexpr std::size_t bytes_most = 200 * 1024;
constexpr std::chrono::seconds executed_time{60};
constexpr std::size_t paced_events = 50;  // Where the rate is limited: small steps.

Failure refused(const TransactionStatus& status) {
    Failure failure;
    failure.code = status.code;
    failure.what = "the ledger refused a transaction of the synthetic data";
    failure.why = status.detail;
    failure.pointer = status.pointer;
    return failure;
}

}  // namespace

// What one institution signs in a stage.
struct Sender::Lane {
    Sender& sender;
    Client& client;
    std::vector<std::pair<const Group*, double>> groups;  // With their place in the round, 0 to 1.
    TimeMs asked;
    std::string target;
    std::vector<std::string> tx_ids{};
    std::uint64_t events = 0, height = 0;
    std::optional<Failure> failure{};

    void run() {
        std::vector<std::string> waiting;
        std::size_t bytes = 0;
        const bool is_paced = sender.time_.count() > 0;
        for (const auto& [group, place] : groups) {
            if (is_paced && waiting.empty()) pause_until(place);
            for (const synthetic::Draft& draft : group->events) {
                const TimeMs now = wall_clock();
                waiting.push_back(finished(draft, draft.claims_earlier ? asked : now, now, target));
                bytes += waiting.back().size();
            }
            const std::size_t most = is_paced ? paced_events : events_most - 24;
            if (waiting.size() < most && bytes < bytes_most) continue;
            if (!submit(waiting)) return;
            bytes = 0;
        }
        if (!waiting.empty() && !submit(waiting)) return;
        settle();
    }

    void pause_until(double place) const {
        const auto due =
            sender.started_ + std::chrono::duration_cast<Clock::duration>(sender.time_ * place);
        constexpr std::chrono::milliseconds step{50};
        while (Clock::now() < due && !*sender.hurry_) {
            std::this_thread::sleep_until(std::min(due, Clock::now() + step));
        }
    }

    bool submit(std::vector<std::string>& waiting) {
        events += waiting.size();
        auto sent = client.submit_events(std::move(waiting), Wait::accepted);
        waiting.clear();
        if (!sent) {
            failure = sent.error();
            return false;
        }
        tx_ids.push_back(sent->tx_id);
        return true;
    }

    void settle() {
        for (const std::string& tx_id : tx_ids) {
            auto status = client.wait_for(tx_id);
            if (!status) {
                failure = status.error();
                return;
            }
            height = std::max(height, status->height);
            if (status->status == "committed") continue;
            failure = refused(*status);
            return;
        }
    }
};

Outcome<Sender> Sender::connect(const Demo& demo) {
    Sender sender(demo);
    const std::vector<std::string> urls = demo.urls();
    for (std::size_t i = 0; i < demo.nodes.size(); ++i) {
        auto key = SigningKey::load(demo.submit_key(i).string());
        if (!key) return key.error();
        Options options;
        options.urls = {urls.begin() + static_cast<std::ptrdiff_t>(i), urls.end()};
        options.urls.insert(options.urls.end(), urls.begin(),
                            urls.begin() + static_cast<std::ptrdiff_t>(i));
        options.trust = demo.trust().string();
        options.key = std::move(*key);
        options.institution = demo.nodes[i].institution;
        options.coalesce = std::chrono::milliseconds(0);
        options.state_dir = "none";
        auto client = Client::connect(std::move(options));
        if (!client) return client.error();
        sender.clients_.push_back(std::move(*client));
    }
    sender.targets_.resize(demo.nodes.size());
    return sender;
}

Outcome<Sent> Sender::send(const Round& round, double per_second, const std::atomic<bool>& hurry) {
    sent_ = {};
    hurry_ = &hurry;
    started_ = Clock::now();
    time_ = std::chrono::duration<double>(
        per_second > 0 ? static_cast<double>(round.transactions) / per_second : 0);
    for (std::size_t stage = 0; stage < synthetic::stage_count; ++stage) {
        if (auto failure = send_stage(round, static_cast<Stage>(stage))) return *failure;
    }
    return sent_;
}

std::optional<Failure> Sender::send_stage(const Round& round, Stage stage) {
    if (stage == Stage::ask) {
        asked_ = wall_clock();
        granted_before_ = std::exchange(granted_, asked_);
    }
    if (stage == Stage::late && round.waits_for_expiry) {
        const TimeMs left = granted_before_ + synthetic::soon_ms + 1 - wall_clock();
        if (left > 0) std::this_thread::sleep_for(std::chrono::milliseconds(left));
    }
    std::vector<Lane> lanes;
    lanes.reserve(clients_.size());
    for (std::size_t i = 0; i < clients_.size(); ++i) {
        lanes.push_back({*this, clients_[i], {}, asked_, targets_[i]});
    }
    for (std::size_t g = 0; g < round.groups.size(); ++g) {
        const Group& group = round.groups[g];
        if (group.stage != stage) continue;
        const double place = static_cast<double>(g) / static_cast<double>(round.groups.size());
        lanes[group.institution].groups.emplace_back(&group, place);
    }
    std::vector<std::thread> threads;
    for (Lane& lane : lanes) {
        if (!lane.groups.empty()) threads.emplace_back([&lane] { lane.run(); });
    }
    for (std::thread& thread : threads) thread.join();
    std::uint64_t height = 0;
    for (std::size_t i = 0; i < lanes.size(); ++i) {
        if (lanes[i].failure) return lanes[i].failure;
        height = std::max(height, lanes[i].height);
        sent_.events += lanes[i].events;
        sent_.transactions += lanes[i].tx_ids.size();
        if (targets_[i].empty() && !lanes[i].tx_ids.empty()) targets_[i] = lanes[i].tx_ids[0];
    }
    return height == 0 ? std::nullopt : wait_executed(height);
}

std::optional<Failure> Sender::wait_executed(std::uint64_t height) const {
    const auto until = Clock::now() + executed_time;
    for (std::size_t i = 0; i < demo_.nodes.size();) {
        const auto answer = probe(demo_, i, "/v1/checkpoints/latest");
        const auto newest = answer ? api::parse_checkpoint(answer->body) : Errc::not_found;
        if (!newest || newest->height >= height) {
            ++i;  // A node that does not answer takes nothing from us either.
        } else if (Clock::now() < until) {
            std::this_thread::sleep_for(std::chrono::milliseconds(2));
        } else {
            Failure failure;
            failure.kind = FailureKind::unreachable;
            failure.code = "node-behind";
            failure.what =
                demo_.nodes[i].name + " does not come up to block " + std::to_string(height);
            failure.hint = "See how it does: consentree demo status";
            return failure;
        }
    }
    return std::nullopt;
}

}  // namespace consentree::client::cli

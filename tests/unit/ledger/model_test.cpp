// Random histories against a slow model of the rule that shares no code with it: uses are kept in
// a list and counted one by one.
#include "tests/unit/ledger/domain_fixture.h"

#include <catch2/catch.hpp>

#include <functional>
#include <random>
#include <set>

namespace consentree::ledger::test {
namespace {

struct Counted {
    TimeMs time = 0;
    bool attended = false;
    bool returned = false;
    bool delivered = false;
};

// One consent and what happened to it.
struct Model {
    std::string id;
    std::string status = "active";
    bool once = false;
    int count = 0;
    std::string unit, window;
    int max_uses = 0;
    TimeMs valid_from = 0, valid_until = 0;
    std::vector<Counted> uses;
    std::map<std::string, std::size_t> session_use;  // Session -> its newest use.
    std::set<std::string> permitted_sessions;        // The newest request was permitted.

    // Whether a use counts in the window that holds now.
    std::function<bool(TimeMs)> window_at(TimeMs now) const {
        if (window == "calendar") {
            const std::size_t digits = unit == "hour"    ? 13
                                       : unit == "day"   ? 10
                                       : unit == "month" ? 7
                                                         : 4;
            const std::string period = format_time(now).substr(0, digits);
            return [=](TimeMs use) { return format_time(use).starts_with(period); };
        }
        const auto after = [this](TimeMs from, std::int64_t periods) -> TimeMs {
            if (unit == "hour") return from + periods * 3'600'000;
            if (unit == "day") return from + periods * day_ms;
            return add_months(from, periods * (unit == "month" ? 1 : 12));
        };
        if (window == "sliding") return [=](TimeMs use) { return use > after(now, -1); };
        TimeMs begin = valid_from;
        for (int k = 1; after(valid_from, k) <= now; ++k) begin = after(valid_from, k);
        return [=](TimeMs use) { return use >= begin; };
    }

    bool is_same_session(const std::string& session, TimeMs now) const {
        const auto at = session_use.find(session);
        if (at == session_use.end()) return false;
        const Counted& use = uses[at->second];
        return !use.returned && now - use.time < 86'400'000;
    }

    std::string judge(const std::string& session,
                      const std::string& purpose,
                      bool attended,
                      TimeMs now) const {
        if (status != "active") {
            return status == "suspended" ? "STATE_SUSPENDED" : "STATE_WITHDRAWN";
        }
        if (now < valid_from) return "NOT_YET_VALID";
        if (now >= valid_until) return "EXPIRED";
        if (purpose != "research") return "PURPOSE_MISMATCH";
        if (is_same_session(session, now)) return "PERMIT";
        int total = 0, rate = 0;
        const auto in_window = window_at(now);
        for (const Counted& use : uses) {
            if (use.returned) continue;
            ++total;
            if (!use.attended && in_window(use.time)) ++rate;
        }
        if (once && total > 0) return "ONE_TIME_USED";
        if (!once && count > 0 && !attended && rate >= count) return "FREQUENCY_EXCEEDED";
        if (max_uses > 0 && total >= max_uses) return "FREQUENCY_EXCEEDED";
        return "PERMIT";
    }

    std::string request(const std::string& session,
                        const std::string& purpose,
                        bool attended,
                        TimeMs now) {
        const std::string verdict = judge(session, purpose, attended, now);
        if (verdict != "PERMIT") {
            permitted_sessions.erase(session);
            return verdict;
        }
        permitted_sessions.insert(session);
        if (!is_same_session(session, now)) {
            session_use[session] = uses.size();
            uses.push_back({now, attended, false, false});
        }
        return verdict;
    }

    std::string deliver(const std::string& session, bool is_good, TimeMs now) {
        const auto at = session_use.find(session);
        if (at != session_use.end()) {
            Counted& use = uses[at->second];
            if (is_good) {
                use.delivered = true;
                use.returned = false;
            } else if (!use.delivered) {
                use.returned = true;
            }
        }
        if (status != "active") {
            return status == "suspended" ? "STATE_SUSPENDED" : "STATE_WITHDRAWN";
        }
        if (now < valid_from) return "NOT_YET_VALID";
        if (now >= valid_until) return "EXPIRED";
        return permitted_sessions.contains(session) ? "PERMIT" : "NO_PERMITTED_REQUEST";
    }
};

class Histories {
public:
    explicit Histories(unsigned seed) : random_(seed) {}

    void run(int groups, int group_size, int steps) {
        for (int group = 0; group < groups; ++group) {
            now_ += 1000;
            start(group, group_size);
            for (int step = 0; step < steps; ++step) {
                // Steps of a millisecond, an hour, a day or a month meet every kind of boundary.
                const TimeMs steps_ms[] = {0,         1,          59'999,     3'599'999,
                                           3'600'000, 86'399'999, 86'400'000, 31 * day_ms};
                now_ += steps_ms[pick(8)];
                one_block();
            }
        }
        CHECK(judged_ > 10'000);
        CHECK(reasons_.size() == 9);
    }

private:
    int pick(int choices) { return static_cast<int>(random_() % static_cast<unsigned>(choices)); }

    void start(int group, int size) {
        models_.clear();
        std::vector<std::string> events;
        for (int k = 0; k < size; ++k) {
            Model model;
            model.id = "g" + std::to_string(group) + "-" + std::to_string(k);
            model.once = pick(6) == 0;
            const char* const units[] = {"hour", "day", "month", "year"};
            const char* const windows[] = {"sliding", "calendar", "anchored"};
            model.unit = units[pick(4)];
            model.window = windows[pick(3)];
            model.count = pick(4);
            model.max_uses = pick(3) == 0 ? 1 + pick(5) : 0;
            model.valid_from = now_ + (pick(4) == 0 ? 3'600'000 : -pick(1000) * 3'600'000ll);
            model.valid_until = now_ + (1 + pick(20)) * 20 * day_ms;
            RecordText text;
            text.consent_id = model.id;
            text.valid_from = format_time(model.valid_from);
            text.valid_until = "\"" + format_time(model.valid_until) + "\"";
            if (model.once) {
                text.fetch = R"({"kind":"once"})";
            } else if (model.count > 0) {
                text.fetch = R"({"kind":"periodic","count":)" + std::to_string(model.count) +
                             R"(,"unit":")" + model.unit + R"(","window":")" + model.window + "\"}";
            }
            if (model.max_uses > 0) text.max_uses = std::to_string(model.max_uses);
            events.push_back(request_consent(text, now_));
            events.push_back(authorise(now_, 1, model.id));
            models_.push_back(std::move(model));
        }
        REQUIRE(network_.submit("northbank", events, now_).code.empty());
    }

    void one_block() {
        std::vector<std::string> lifecycles, requests, deliveries;
        for (Model& model : models_) {
            const bool is_expired = now_ >= model.valid_until;
            const int what = pick(24);
            const char* event = nullptr;
            if (what == 0 && model.status == "active") event = "suspend";
            if (what < 4 && model.status == "suspended") event = "resume";
            if (what == 5 && model.status != "withdrawn") event = "withdraw";
            if (event == nullptr || is_expired) continue;
            lifecycles.push_back(lifecycle(event, now_, 1, model.id));
            const std::string_view name = event;
            model.status = name == "suspend"  ? "suspended"
                           : name == "resume" ? "active"
                                              : "withdrawn";
        }
        std::vector<std::string> expected;
        for (Model& model : models_) {
            AccessText text = access(model);
            text.purpose = pick(12) == 0 ? "marketing" : "research";
            text.attended = pick(4) == 0;
            requests.push_back(access_request(text, now_));
            expected.push_back(model.request(text.session_id, text.purpose, text.attended, now_));
        }
        for (Model& model : models_) {
            if (pick(2) == 0) continue;
            const AccessText text = access(model);
            const bool is_good = pick(3) != 0;
            deliveries.push_back(
                access_event("delivery", text, now_, is_good ? delivered : failed));
            expected.push_back(model.deliver(text.session_id, is_good, now_));
        }
        compare(lifecycles, requests, deliveries, expected);
    }

    AccessText access(const Model& model) {
        AccessText text;
        text.consent_id = model.id;
        text.session_id = "s" + std::to_string(pick(6));
        return text;
    }

    void compare(const std::vector<std::string>& lifecycles,
                 const std::vector<std::string>& requests,
                 const std::vector<std::string>& deliveries,
                 const std::vector<std::string>& expected) {
        std::vector<Transaction> transactions{network_.sign("unilab", requests, now_ + 1000)};
        if (!deliveries.empty()) {
            transactions.push_back(network_.sign("medcare", deliveries, now_ + 1000));
        }
        // The lifecycle events come last and count first.
        if (!lifecycles.empty()) {
            transactions.push_back(network_.sign("northbank", lifecycles, now_ + 1000));
        }
        network_.run(network_.block({network_.batch(transactions)}, now_));
        std::vector<std::uint64_t> leaves;
        for (std::size_t k = 0; k < transactions.size(); ++k) {
            const auto outcome =
                get_outcome(network_.tables(), transaction_id(transactions[k].header)).value();
            INFO(outcome.detail << " " << outcome.pointer);
            REQUIRE(outcome.status == TxStatus::committed);
            const bool is_lifecycle = !lifecycles.empty() && k + 1 == transactions.size();
            if (is_lifecycle) continue;
            leaves.insert(leaves.end(), outcome.leaves.begin(), outcome.leaves.end());
        }
        REQUIRE(leaves.size() == expected.size());
        for (std::size_t k = 0; k < leaves.size(); ++k) {
            const auto row = get_entry(network_.tables(), leaves[k]).value();
            const auto reasons = reason_codes(row.flags);
            const std::string found =
                reasons.empty() ? std::string(verdict_name(verdict_of(row.verdict))) : reasons[0];
            INFO(as_text(row.event_bytes));
            REQUIRE(found == expected[k]);
            reasons_.insert(found);
            ++judged_;
        }
    }

    std::mt19937 random_;
    Network network_;
    TimeMs now_ = start_time();
    std::vector<Model> models_;
    std::set<std::string> reasons_;
    int judged_ = 0;
};

}  // namespace

TEST_CASE("model: two thousand random histories get the verdicts of a slow model") {
    Histories(20260601).run(40, 50, 12);
}

}  // namespace consentree::ledger::test

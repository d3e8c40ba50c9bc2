// What a subject's log says of its consents against execution's own tables, block after block.
#include "ledger/replay.h"
#include "policy_events.h"
#include "proven_entry.h"

#include <random>
#include <set>

namespace consentree::ledger::test {
namespace {

const char* const subjects[] = {"sub:alice", "sub:bob", "sub:carol"};

// Random consents and accesses; what the ledger refuses does not happen.
class History {
public:
    explicit History(unsigned seed) : random_(seed) {
        put_in_force(network, "berlin-group", now_);
        put_in_force(network, "cdr", now_);
    }

    // Six accesses a day where there were four.
    void change_policy() {
        std::string text = policy_text("berlin-group");
        text.replace(text.find(R"("version": 1)"), 12, R"("version": 2)");
        text.replace(text.find(R"({"day": 4})"), 10, R"({"day": 6})");
        put_in_force(network, text, "berlin-group", now_, 2);
    }

    void one_block() {
        const TimeMs steps[] = {1, 1000, 59'999, 3'600'000, 86'399'999, 86'400'000, 20 * day_ms};
        now_ += steps[pick(std::size(steps))];
        std::vector<Transaction> transactions;
        // Each its own transaction, so that a refusal takes no other with it.
        for (std::size_t k = 0; k < 1 + pick(3); ++k) {
            transactions.push_back(network.sign("northbank", lifecycle_events(), now_ + day_ms));
        }
        for (std::size_t k = 0; k < 3 + pick(6); ++k) {
            transactions.push_back(network.sign("unilab", {request()}, now_ + day_ms));
        }
        for (std::size_t k = 0; k < pick(3); ++k) {
            transactions.push_back(network.sign("medcare", {answer()}, now_ + day_ms));
        }
        std::shuffle(transactions.begin(), transactions.end(), random_);
        network.run(network.block({network.batch(transactions)}, now_));
    }

    TimeMs now() const { return now_; }
    std::size_t pick(std::size_t choices) { return random_() % choices; }

    Network network;

private:
    std::string subject_of(const std::string& id) const {
        return subjects[std::stoul(id.substr(1)) % std::size(subjects)];
    }
    std::string any_id() { return "c" + std::to_string(pick(12)); }

    std::string sibling_of(const std::string& id) {
        return "c" + std::to_string((std::stoul(id.substr(1)) + 3 * pick(4)) % 12);
    }

    RecordText record(const std::string& id, int version) {
        RecordText text;
        text.consent_id = id;
        text.version = version;
        text.subject = subject_of(id);
        text.grantors = R"([{"party":"sub:alice","capacity":"self"})";
        if (pick(3) == 0)
            text.grantors += R"(,{"party":"sub:bob","capacity":"joint_holder",)"
                             R"("authority_ref":"x"})";
        text.grantors += "]";
        if (pick(2) == 0) text.authorisation = R"("all")";
        if (pick(3) == 0) text.supersedes = pick(3) == 0 ? any_id() : sibling_of(id);
        if (text.supersedes == id) text.supersedes.clear();
        if (pick(4) == 0) text.provider = "citygov";
        if (pick(4) == 0) text.recipient = "citygov";
        if (pick(3) == 0) text.max_uses = std::to_string(1 + pick(3));
        const char* const units[] = {"hour", "day", "month"};
        const char* const windows[] = {"sliding", "calendar", "anchored"};
        if (pick(6) == 0) {
            text.fetch = R"({"kind":"once"})";
        } else if (pick(2) == 0) {
            text.fetch = R"({"kind":"periodic","count":)" + std::to_string(1 + pick(20)) +
                         R"(,"unit":")" + units[pick(3)] + R"(","window":")" + windows[pick(3)] +
                         "\"}";
        }
        text.valid_from = format_time(now_ + (pick(4) == 0 ? 3'600'000 : -3'600'000));
        text.valid_until = pick(5) == 0 ? "null" : "\"" + format_time(now_ + 90 * day_ms) + "\"";
        if (text.valid_until == "null") return text;
        // What these schemes allow.
        const bool is_per_day = text.fetch.find("unit") == std::string::npos ||
                                text.fetch.find("day") != std::string::npos;
        if (is_per_day && pick(3) == 0) text.more = R"(,"scheme":"berlin-group")";
        if (pick(6) == 0) text.more = R"(,"scheme":"cdr")";
        return text;
    }

    // Of the consent as it was requested last, if it was.
    std::string renewal(const std::string& id, int version) {
        RecordText text = requested_[id];
        text.consent_id = id;
        text.subject = subject_of(id);
        text.version = version;
        text.valid_until = "\"" + format_time(now_ + 30 * day_ms) + "\"";
        return renew_consent(text, now_);
    }

    std::vector<std::string> lifecycle_events() {
        const std::string id = any_id();
        const int version = 1 + static_cast<int>(pick(3));
        switch (pick(10)) {
            case 0: return {request_consent(record(id, 1), now_)};
            case 1:
                requested_[id] = record(id, 1);
                return {request_consent(requested_[id], now_), authorise(now_, 1, id)};
            case 2: return {amend_consent(record(id, version), now_)};
            case 3:
            case 4: return {authorise(now_, version, id, pick(2) == 0 ? "sub:alice" : "sub:bob")};
            case 8: return {renewal(id, version), authorise(now_, version, id)};
            case 9: {
                std::string event =
                    lifecycle(pick(2) == 0 ? "resource_add" : "resource_remove", now_, version, id);
                return {event.insert(1, R"("resources":["r1"],)")};
            }
            case 5: return {lifecycle(pick(3) == 0 ? "reject" : "revoke", now_, version, id)};
            case 6: return {lifecycle(pick(3) == 0 ? "suspend" : "resume", now_, version, id)};
            default: return {lifecycle(pick(3) == 0 ? "withdraw" : "resume", now_, version, id)};
        }
    }

    AccessText access() {
        AccessText text;
        text.consent_id = any_id();
        text.subject = pick(9) == 0 ? "sub:carol" : subject_of(text.consent_id);
        text.session_id = "s" + std::to_string(pick(12));
        text.attended = pick(4) == 0;
        return text;
    }
    std::string request() {
        AccessText text = access();
        if (pick(9) == 0) text.purpose = "marketing";
        if (pick(9) == 0) text.legal_basis = "vital";
        return access_request(text, now_);
    }
    std::string answer() {
        switch (pick(3)) {
            case 0: return access_event("denial", access(), now_, R"(,"reasons":["NO"])");
            case 1: return access_event("delivery", access(), now_, failed);
            default: return access_event("delivery", access(), now_, delivered);
        }
    }

    std::mt19937 random_;
    TimeMs now_ = start_time();
    std::map<std::string, RecordText> requested_;
};

// Feeds what is new in a subject's log, after what governance decided before it.
struct Follower {
    std::string subject;
    Replay replay;
    std::uint64_t from = 0, governance_from = 0;

    void apply(const EntryView& view) {
        const ProvenEntry entry = proven_entry(view);
        const auto applied = replay.apply(entry);
        INFO(entry.event << (applied ? "" : applied.error().detail));
        REQUIRE(applied.has_value());
    }
    void apply_governance(const Network& network, std::uint64_t until) {
        for (; governance_from < until; ++governance_from) {
            const auto view = get_entry(network.tables(), governance_from);
            if (view && is_policy(view->kind)) apply(*view);
        }
    }

    void follow(const Network& network) {
        LeafQuery query;
        query.subject = subject;
        query.direction = Direction::ascending;
        query.from = from;
        query.tree_size = UINT64_MAX;
        query.limit = 10'000;
        for (const std::uint64_t leaf : list_leaves(network.tables(), query).leaves) {
            apply_governance(network, leaf);
            apply(get_entry(network.tables(), leaf).value());
            from = leaf + 1;
        }
    }
};

void check_equal(const ConsentView& found, const ConsentView& truth) {
    INFO(truth.terms.record.consent_id << " version " << truth.terms.record.version);
    CHECK(found.key == truth.key);
    CHECK(found.terms.record == truth.terms.record);
    CHECK(found.terms.leaf == truth.terms.leaf);
    CHECK(found.terms.recorded_ms == truth.terms.recorded_ms);
    CHECK(found.terms.scheme_version == truth.terms.scheme_version);
    CHECK(found.terms.written == truth.terms.written);
    CHECK(found.terms.exceeds_limits == truth.terms.exceeds_limits);
    CHECK(found.record_json == truth.record_json);
    CHECK(found.status == truth.status);
    CHECK(found.status_since_ms == truth.status_since_ms);
    CHECK(found.pending_version == truth.pending_version);
    CHECK(found.authorised_by == truth.authorised_by);
    CHECK(found.created_height == truth.created_height);
    CHECK(found.version_height == truth.version_height);
    CHECK(found.events == truth.events);
    CHECK(found.uses == truth.uses);
    CHECK(found.uses_left == truth.uses_left);
    CHECK(found.window_uses_left == truth.window_uses_left);
}

ConsentFilter of_subject(const std::string& subject, TimeMs at) {
    ConsentFilter filter;
    filter.subject = subject;
    filter.at = at;
    return filter;
}

}  // namespace

TEST_CASE("replay: a subject's log gives the states that execution has, after every block") {
    std::set<std::string_view> statuses;
    std::uint64_t returned = 0, uses = 0;
    std::set<std::uint32_t> scheme_versions;
    for (unsigned seed = 1; seed <= 5; ++seed) {
        History history(seed);
        Follower followers[std::size(subjects)];
        for (std::size_t k = 0; k < std::size(subjects); ++k) followers[k].subject = subjects[k];
        for (int block = 0; block < 150; ++block) {
            history.one_block();
            if (block == 75) history.change_policy();
            for (Follower& follower : followers) {
                // Now and then several blocks at once.
                if (history.pick(3) == 0 && block != 149) continue;
                follower.follow(history.network);
                const TimeMs at = history.now() + (history.pick(2) == 0 ? 40 * day_ms : 0);
                const auto filter = of_subject(follower.subject, at);
                const auto truth =
                    list_consents(history.network.tables(), filter, UINT64_MAX, 0, 100);
                const auto found =
                    list_consents(follower.replay.tables(), filter, UINT64_MAX, 0, 100);
                INFO("seed " << seed << " block " << block << " " << follower.subject);
                REQUIRE(found.items.size() == truth.items.size());
                for (std::size_t k = 0; k < truth.items.size(); ++k) {
                    check_equal(found.items[k], truth.items[k]);
                    statuses.insert(status_name(truth.items[k].status));
                    scheme_versions.insert(truth.items[k].terms.scheme_version);
                }
            }
        }
        for (int id = 0; id < 12; ++id) {
            const auto key = consent_key("northbank", "c" + std::to_string(id));
            if (const auto state = load_consent(history.network.tables(), key)) {
                returned += state->returned;
                uses += state->uses;
            }
        }
    }
    // The histories are worth the name.
    CHECK(statuses == std::set<std::string_view>{"active", "expired", "partial", "rejected",
                                                 "requested", "revoked", "superseded", "suspended",
                                                 "withdrawn"});
    CHECK(scheme_versions == std::set<std::uint32_t>{0, 1, 2});
    CHECK(uses > 50);
    CHECK(returned > 10);
}

TEST_CASE("replay: entries that no ledger would record so are refused") {
    Network network;
    network.grant({}, start_time());
    network.submit("northbank", {lifecycle("withdraw", start_time() + 1)}, start_time() + 1);
    std::vector<ProvenEntry> log;
    for (std::uint64_t leaf = 0; log.size() < 3; ++leaf) {
        const auto view = get_entry(network.tables(), leaf);
        if (!view) continue;
        log.push_back(proven_entry(*view));
    }
    for (const std::vector<std::size_t>& order :
         {std::vector<std::size_t>{0, 0}, {0, 2}, {0, 1, 1}, {0, 1, 2, 2}}) {
        Replay replay;
        for (std::size_t k = 0; k + 1 < order.size(); ++k)
            REQUIRE(replay.apply(log[order[k]]).has_value());
        CHECK_FALSE(replay.apply(log[order.back()]).has_value());
        // What was refused has left no trace.
        Replay shorter;
        for (std::size_t k = 0; k + 1 < order.size(); ++k)
            REQUIRE(shorter.apply(log[order[k]]).has_value());
        const auto filter = of_subject("sub:alice", start_time());
        const auto a = list_consents(replay.tables(), filter, UINT64_MAX, 0, 9);
        const auto b = list_consents(shorter.tables(), filter, UINT64_MAX, 0, 9);
        REQUIRE(a.items.size() == b.items.size());
        for (std::size_t k = 0; k < a.items.size(); ++k) check_equal(a.items[k], b.items[k]);
    }
}

TEST_CASE("supersession: an amendment takes the place of its own subject's consents only") {
    Network network;
    const TimeMs at = start_time();
    network.grant({}, at);
    RecordText other;
    other.consent_id = "c2";
    other.subject = "sub:bob";
    network.grant(other, at + 1000);
    other.version = 2;
    other.supersedes = "c1";
    CHECK(network
              .submit("northbank", {amend_consent(other, at + 2000), authorise(at + 2000, 2, "c2")},
                      at + 2000)
              .code.empty());
    CHECK(network.consent("c1", at + 3000).status == ConsentStatus::active);
    // What the other consent's entries say in this subject's log changes nothing either.
    Follower alice{"sub:alice", {}};
    alice.follow(network);
    CHECK(alice.from > 4);
    const auto found =
        list_consents(alice.replay.tables(), of_subject("sub:alice", at + 3000), UINT64_MAX, 0, 9);
    REQUIRE(found.items.size() == 1);
    check_equal(found.items[0], network.consent("c1", at + 3000));
}

}  // namespace consentree::ledger::test

// What followed a request in its session: told apart by the delivery that it is about, and by
// whether it came before or after what changed.
#include "tests/unit/client/report_fixture.h"

using namespace consentree;
using namespace consentree::client;
using namespace consentree::client::test;
using Strings = std::vector<std::string>;

namespace {

// sub:alice's consent c1, and nothing else.
class Followed : public Reported {
public:
    TimeMs now = world.first;

    static lt::AccessText access(const std::string& session, const std::string& event = {}) {
        lt::AccessText text;
        text.session_id = session;
        text.event_id = event.empty() ? "req-" + session : event;
        text.consent_id = "c1";
        return text;
    }
    void record(const std::string& who, const std::string& event) {
        world.network.record(who, {event}, now);
        now += minute;
    }
    void request(const lt::AccessText& text) { record("unilab", lt::access_request(text, now)); }
    void deliver(const std::string& session, const std::string& id) {
        record("medcare", lt::access_event("delivery", access(session, id), now, lt::delivered));
    }
    void follow(const std::string& type, const std::string& session, const std::string& members) {
        record("unilab",
               lt::access_event(type, access(session, type + std::to_string(now)), now, members));
    }
    void use(const std::string& session, const std::string& id, const std::string& purpose) {
        follow("use", session,
               R"(,"delivery":")" + id + R"(","purpose":")" + purpose +
                   R"(","categories":["lab-results"],"action":"view","legal_basis":"consent")");
    }
    void erase(const std::string& session, const std::string& ids) {
        follow("deletion", session,
               R"(,"deliveries":[)" + ids + R"(],"method":"wipe","attestation":"done")");
    }
    void withdraw() { record("northbank", lt::lifecycle("withdraw", now, 1, "c1")); }
    Kept about(const std::string& name) {
        certify(now);
        return ask(about_alice(name));
    }
};

}  // namespace

TEST_CASE("reports: what came after a withdrawal, whatever its request was") {
    Followed own;
    lt::AccessText denied = own.access("s1");
    denied.purpose = "marketing";
    own.request(denied);
    own.request(own.access("s2"));
    own.deliver("s2", "d2");
    own.use("s2", "d2", "marketing");  // Denied, and before the withdrawal.
    own.withdraw();
    own.deliver("s1", "d1");
    own.use("s2", "d2", "research");
    own.request(own.access("s3"));
    const Kept kept = own.about("after-withdrawal");
    CHECK(kept.column("session") == Strings{"s3", "s2", "s1"});
    CHECK(kept.column("delay") == Strings{"3 min", "2 min", "1 min"});
    CHECK(kept.column("verdict") == Strings{"DENY", "PERMIT", "DENY"});
}

TEST_CASE("reports: each delivery has a receipt of its own") {
    Followed own;
    own.request(own.access("s1"));
    own.deliver("s1", "d1");
    own.follow("receipt", "s1", R"(,"delivery":"d1")");
    CHECK(own.about("unmatched").rows.empty());
    own.deliver("s1", "d2");
    CHECK(own.about("unmatched").column("mismatch") == Strings{"no receipt"});
    own.follow("receipt", "s1", R"(,"delivery":"d2")");
    CHECK(own.about("unmatched").rows.empty());
    own.follow("receipt", "s1", R"(,"delivery":"d3")");
    CHECK(own.about("unmatched").column("mismatch") == Strings{"no delivery"});
}

TEST_CASE("reports: what a holder was given is erased once all of it is deleted") {
    Followed own;
    own.request(own.access("s1"));
    own.request(own.access("s2"));
    own.deliver("s1", "d1");
    own.deliver("s1", "d2");
    own.deliver("s2", "d1");
    own.follow("erasure_request", "-",
               R"(,"scope":["all"],"ground":"gdpr|17-1-b","due":")" +
                   format_time(own.now + Reported::day) + "\"");
    CHECK(own.about("erasure").column("deleted") == Strings{""});
    own.erase("s1", R"("d1","d9")");
    const std::string first = format_time(own.now - Reported::minute);
    CHECK(own.about("erasure").column("deleted") == Strings{first + " (1 of 3)"});
    own.erase("s1", R"("d2")");
    own.erase("s2", R"("d1")");
    const std::string last = format_time(own.now - Reported::minute);
    CHECK(own.about("erasure").column("deleted") == Strings{last});
    own.deliver("s2", "d3");  // After the request: no part of it.
    CHECK(own.about("erasure").column("deleted") == Strings{last});
}

TEST_CASE("reports: reasons of what followed a request are no reasons of the request") {
    Followed own;
    own.request(own.access("s1"));
    own.deliver("s1", "d1");
    own.use("s1", "d1", "marketing");
    lt::AccessText denied = own.access("s2");
    denied.purpose = "marketing";
    own.request(denied);
    own.deliver("s2", "d2");
    own.use("s2", "d2", "marketing");
    own.certify(own.now);
    const Strings expected = {
        "PURPOSE_MISMATCH; delivery: NO_PERMITTED_REQUEST; use: NO_PERMITTED_REQUEST",
        "use: PURPOSE_MISMATCH"};
    report::Query query = about_alice("accesses");
    CHECK(own.ask(query).column("reasons") == expected);
    query.event_time = true;
    CHECK(own.ask(query).column("reasons_by_event_time") == expected);
}

TEST_CASE("reports: what was delivered in a time, its request before that time says") {
    Followed own;
    own.request(own.access("s1"));
    const TimeMs later = own.now;
    own.deliver("s1", "d1");
    own.certify(own.now);
    report::Query query;
    query.name = "breach-scope";
    query.actor = "unilab";
    query.to = format_time(own.now);
    const TimeMs earlier = later - 60'000;
    for (const auto& [from, requests] : {std::pair(earlier, "1"), std::pair(later, "0")}) {
        query.from = format_time(from);
        const Kept kept = own.ask(query);
        REQUIRE(kept.column("requests") == Strings{requests});
        CHECK(kept.column("deliveries") == Strings{"1"});
        CHECK(kept.column("categories") == Strings{"lab-results"});
        CHECK(kept.column("purposes") == Strings{"research"});
        CHECK(kept.column("first") == Strings{format_time(from)});
        CHECK(kept.column("last") == Strings{format_time(later)});
    }
}

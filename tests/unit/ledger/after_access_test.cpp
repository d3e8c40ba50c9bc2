// What comes after a delivery, and what subjects ask for: each event at its place in the log.
#include "tests/unit/ledger/domain_fixture.h"

#include <catch2/catch.hpp>

namespace consentree::ledger::test {
namespace {

constexpr std::string_view use_members =
    R"(,"delivery":"d1","purpose":"research","categories":["lab-results"],"action":"view",)"
    R"("legal_basis":"consent")";

std::string disclosure_to(std::string_view party) {
    return R"(,"delivery":"d1","onward_party":")" + std::string(party) +
           R"(","purpose":"research","categories":["lab-results"],"legal_basis":"consent")";
}

// A consent under which one session was delivered.
class Delivered {
public:
    explicit Delivered(RecordText text = {}) {
        network.grant(text, at);
        network.record("unilab", {access_request({}, at)}, at);
        deliver();
    }
    std::string deliver() {
        AccessText text;
        text.event_id = "d" + std::to_string(++deliveries);
        return reason(
            network.record("medcare", {access_event("delivery", text, at, delivered)}, at));
    }
    std::string by(std::string_view who,
                   std::string_view type,
                   std::string_view members,
                   AccessText text = {}) {
        const TxOutcome outcome = network.submit(who, {access_event(type, text, at, members)}, at);
        if (outcome.status != TxStatus::committed) return outcome.code + " " + outcome.pointer;
        return reason(*get_entry(network.tables(), outcome.leaves.front()));
    }
    std::string use() { return by("unilab", "use", use_members); }
    std::string request() { return reason(network.record("unilab", {access_request({}, at)}, at)); }
    static std::string reason(const EntryView& entry) {
        const AccessView view = make_access_view(entry);
        return view.reason.empty() || view.verdict != "DENY" ? view.verdict : view.reason;
    }

    Network network;
    TimeMs at = start_time();
    int deliveries = 0;
};

}  // namespace

TEST_CASE("after access: a use is within retention, to the millisecond") {
    Delivered scene;
    CHECK(scene.use() == "PERMIT");
    scene.at = start_time() + 30 * day_ms - 1;
    CHECK(scene.use() == "PERMIT");
    scene.at += 1;
    CHECK(scene.use() == "RETENTION_ENDED");
    // A session in which nothing was delivered.
    AccessText other;
    other.session_id = "s9";
    CHECK(scene.by("unilab", "use", use_members, other) == "NO_PERMITTED_REQUEST");
    // It is for who uses the data.
    CHECK(scene.by("medcare", "use", use_members) == "not-authorised /events/0");
}

TEST_CASE("after access: a deletion ends retention, a new delivery begins it anew") {
    Delivered scene;
    constexpr std::string_view deleted =
        R"(,"deliveries":["d1"],"method":"crypto-erase","attestation":"done by the DPO")";
    CHECK(scene.by("medcare", "deletion", deleted) == "not-authorised /events/0");
    CHECK(scene.by("unilab", "deletion", deleted) == "");
    CHECK(scene.use() == "RETENTION_ENDED");
    CHECK(scene.deliver() == "PERMIT");
    CHECK(scene.use() == "PERMIT");
}

TEST_CASE("after access: withdrawal ends use at once, expiry does not") {
    RecordText short_lived;
    short_lived.valid_until = R"("2026-06-02T00:00:00.000Z")";
    Delivered scene(short_lived);
    scene.at = start_time() + 2 * day_ms;
    CHECK(scene.request() == "EXPIRED");
    CHECK(scene.use() == "PERMIT");
    Delivered other;
    other.network.submit("northbank", {lifecycle("withdraw", other.at)}, other.at);
    CHECK(other.use() == "STATE_WITHDRAWN");
}

TEST_CASE("after access: onward disclosure is for parties of the consent, or who may pass on") {
    RecordText text;
    text.actions = R"(["view","disclose"])";
    Delivered scene(text);
    CHECK(scene.by("unilab", "disclosure", disclosure_to("unilab")) == "PERMIT");
    CHECK(scene.by("unilab", "disclosure", disclosure_to("insurer")) == "ONWARD_NOT_ALLOWED");
    text.recipient = R"(unilab","onward":true,"role":"recipient)";
    Delivered onward(text);
    CHECK(onward.by("unilab", "disclosure", disclosure_to("insurer")) == "PERMIT");
    Delivered view_only;
    CHECK(view_only.by("unilab", "disclosure", disclosure_to("unilab")) == "ACTION_NOT_ALLOWED");
}

TEST_CASE("after access: a restriction binds whom it names until it is refused or lifted") {
    Delivered scene;
    AccessText ask;
    ask.event_id = "r1";
    ask.actor_org = "medcare";
    ask.consent_id.clear();
    CHECK(scene.by("medcare", "rights_request", R"(,"right":"access")", ask) == "");
    CHECK(scene.request() == "PERMIT");
    CHECK(scene.by("unilab", "rights_request", R"(,"right":"restrict")", ask) ==
          "not-authorised /events/0");
    CHECK(scene.by("medcare", "rights_request", R"(,"right":"restrict")", ask) == "");
    CHECK(scene.request() == "RESTRICTED");
    CHECK(scene.use() == "RESTRICTED");
    AccessText answer = ask;
    answer.event_id = "r2";
    CHECK(scene.by("medcare", "rights_result", R"(,"request":"r1","result":"done")", answer) == "");
    CHECK(scene.request() == "RESTRICTED");
    CHECK(scene.by("medcare", "rights_result", R"(,"request":"r1","result":"lifted")", answer) ==
          "");
    CHECK(scene.request() == "PERMIT");
    // An authority may order it; another subject's does not count.
    AccessText order = ask;
    order.actor_org = "unilab";
    order.subject = "sub:bob";
    CHECK(scene.by("regulator", "rights_request", R"(,"right":"object")", order) == "");
    CHECK(scene.request() == "PERMIT");
    order.subject = "sub:alice";
    order.event_id = "r3";
    CHECK(scene.by("regulator", "rights_request", R"(,"right":"object")", order) == "");
    CHECK(scene.request() == "RESTRICTED");
}

TEST_CASE("after access: break-glass access is let through, counted as nothing, and named") {
    RecordText once;
    once.fetch = R"({"kind":"once"})";
    Delivered scene(once);
    scene.network.submit("northbank", {lifecycle("withdraw", scene.at)}, scene.at);
    AccessText emergency;
    emergency.session_id = "er1";
    const std::string until = format_time(scene.at + 3'600'000);
    const std::string members =
        R"(,"reason":"unconscious","approver":"dr-house","until":")" + until + "\"";
    CHECK(scene.by("unilab", "override", members, emergency) == "not-authorised /events/0");
    CHECK(scene.by("medcare", "override", members, emergency) == "");
    const auto ask = [&] {
        const EntryView entry =
            scene.network.record("unilab", {access_request(emergency, scene.at)}, scene.at);
        return entry;
    };
    const AccessView view = make_access_view(ask());
    CHECK(view.verdict == "OVERRIDE");
    CHECK(view.reasons == std::vector<std::string>{"STATE_WITHDRAWN", "ONE_TIME_USED"});
    CHECK(scene.network.consent("c1", scene.at).uses == 1);
    CHECK(scene.by("medcare", "delivery", delivered, emergency) == "OVERRIDE");
    scene.at += 3'600'000;
    CHECK(make_access_view(ask()).verdict == "DENY");
}

TEST_CASE("after access: a consent that needs a review permits nothing and counts nothing") {
    RecordText text;
    text.more = R"(,"needs_review":"the source excludes one nurse")";
    Network network;
    const TimeMs at = start_time();
    network.grant(text, at);
    const AccessView view =
        make_access_view(network.record("unilab", {access_request({}, at)}, at));
    CHECK(view.verdict == "NEEDS_REVIEW");
    CHECK(network.consent("c1", at).uses == 0);
}

TEST_CASE("after access: a correction is for the author of what it corrects") {
    Delivered scene;
    const Transaction wrong = scene.network.sign("unilab", {access_request({}, scene.at)});
    scene.network.run(scene.network.block({scene.network.batch({wrong})}, scene.at));
    const auto members = [&](std::string_view tx, int position) {
        return R"(,"target_tx":")" + std::string(tx) + R"(","target_position":)" +
               std::to_string(position) + R"(,"reason":"wrong purpose")";
    };
    const std::string id = to_hex(transaction_id(wrong.header).view());
    CHECK(scene.by("unilab", "correction", members(id, 0)) == "");
    CHECK(scene.by("unilab", "correction", members(id, 1)) == "target-unknown /events/0/target_tx");
    CHECK(scene.by("unilab", "correction", members(std::string(64, '0'), 0)) ==
          "target-unknown /events/0/target_tx");
    CHECK(scene.by("medcare", "correction", members(id, 0)) ==
          "not-authorised /events/0/target_tx");
}

TEST_CASE("after access: what is only recorded is recorded, under its keys") {
    Delivered scene;
    AccessText none;
    none.consent_id.clear();
    none.actor_org = "unilab";
    CHECK(scene.by("unilab", "receipt", R"(,"delivery":"d1")") == "");
    CHECK(scene.by("unilab", "erasure_request",
                   R"(,"scope":["all"],"ground":"gdpr-17-1-b","due":"2026-07-01T00:00:00.000Z")",
                   none) == "");
    CHECK(scene.by("unilab", "erasure_result", R"(,"request":"e1","result":"done")", none) == "");
    const std::string breach =
        R"({"type":"access.breach","event_id":"b1","actor_org":"unilab",)"
        R"("detected_at":"2026-06-01T00:00:00.000Z","query":{"actor_org":"unilab",)"
        R"("from":"2026-05-01T00:00:00.000Z","until":"2026-05-03T00:00:00.000Z"},)"
        R"("categories":["lab-results"],"count":12,"occurred_at":")" +
        format_time(scene.at) + "\"}";
    CHECK(scene.network.submit("unilab", {breach}, scene.at).code == "");
    LeafQuery query;
    query.actor = "unilab";
    query.tree_size = load_tip(scene.network.tables())->tree_size;
    CHECK(list_leaves(scene.network.tables(), query).leaves.size() == 6);
}

TEST_CASE("after access: a place outside the consent's is denied") {
    RecordText text;
    text.more = R"(,"geo_limit":["DE"])";
    Network network;
    const TimeMs at = start_time();
    network.grant(text, at);
    CHECK(make_access_view(network.record("unilab", {access_request({}, at)}, at)).reason ==
          "PLACE_NOT_ALLOWED");
}

}  // namespace consentree::ledger::test

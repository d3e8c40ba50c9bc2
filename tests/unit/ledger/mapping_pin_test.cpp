// Mappings that a network approves: what records may say about how they were made.
#include "ledger/mapping_pin.h"
#include "policy_events.h"

namespace consentree::ledger::test {
namespace {

std::string approval(int version, const std::string& mapping_id, char digit) {
    return R"({"schema":"consentree/mapping/1","id":"mapping:ob-uk","version":)" +
           std::to_string(version) + R"(,"title":"UK","mapping_id":")" + mapping_id +
           R"(","sha256":")" + std::string(64, digit) + "\"}";
}

std::string refusal_of(const TxOutcome& outcome) {
    return outcome.status == TxStatus::committed ? "committed"
                                                 : outcome.code + " " + outcome.pointer;
}

// A record that says by which mapping it was made.
std::string imported(const std::string& id, const std::string& mapping_id, char digit, TimeMs at) {
    RecordText text;
    text.consent_id = id;
    text.more = R"(,"source":{"format":"ob-uk","format_version":"v3.1","sha256":")" +
                std::string(64, '0') + R"(","mapping\u005fid":")" + mapping_id +
                R"(","mapping_sha256":")" + std::string(64, digit) + "\"}";
    return request_consent(text, at);
}

}  // namespace

TEST_CASE("mapping approvals: a record names a version that was in force, once there is one") {
    Network network;
    const TimeMs t = start_time();
    const auto submit = [&](const std::string& id, const std::string& mapping_id, char digit) {
        return refusal_of(network.submit("northbank", {imported(id, mapping_id, digit, t)}, t));
    };
    CHECK(submit("c1", "ob-uk-3", 'f') == "committed");  // Nobody has approved any.
    network.record("northbank-admin", {propose(approval(1, "ob-uk-3", 'a'), t)}, t);
    CHECK(submit("c2", "ob-uk-3", 'f') == "committed");  // Proposed only.
    network.record("medcare-admin", {approve(approval(1, "ob-uk-3", 'a'), "mapping:ob-uk", 1, t)},
                   t);
    network.record("citygov-admin", {approve(approval(1, "ob-uk-3", 'a'), "mapping:ob-uk", 1, t)},
                   t);
    const std::string at_hash = "mapping-unknown /events/0/consent/source/mapping_sha256";
    CHECK(submit("c3", "ob-uk-3", 'f') == at_hash);
    CHECK(submit("c3", "ob-uk-4", 'a') == at_hash);
    CHECK(submit("c3", "ob-uk-3", 'a') == "committed");
    CHECK(submit("c4", "ob-uk-events-3", 'f') == "committed");  // Another mapping.
    CHECK(submit("c5", "obuk", 'f') == "committed");
    // An older version that was in force stays good.
    put_in_force(network, approval(2, "ob-uk-4", 'b'), "mapping:ob-uk", t, 2);
    CHECK(submit("c6", "ob-uk-4", 'b') == "committed");
    CHECK(submit("c7", "ob-uk-3", 'a') == "committed");
    CHECK(submit("c8", "ob-uk-4", 'a') == at_hash);
    // Amendments are held against it, too; records without a source are not.
    RecordText text;
    text.version = 2;
    CHECK(refusal_of(network.submit("northbank", {authorise(t)}, t)) == "committed");
    CHECK(refusal_of(network.submit("northbank", {amend_consent(text, t)}, t)) == "committed");
}

TEST_CASE("mapping approvals: documents that are none are refused with their place") {
    const std::string good = approval(1, "ob-uk-3", 'a');
    CHECK(parse_mapping_pin(good).has_value());
    const auto pointer_with = [&](const std::string& part, const std::string& other) {
        std::string text = good;
        text.replace(text.find(part), part.size(), other);
        const auto pin = parse_mapping_pin(text);
        REQUIRE(pin.has_error());
        return pin.error().pointer;
    };
    CHECK(pointer_with("mapping:ob-uk", "mapping:other") == "/id");
    CHECK(pointer_with("mapping:ob-uk", "ob-uk") == "/id");
    CHECK(pointer_with("ob-uk-3", "ob-3") == "/id");
    CHECK(pointer_with(R"("version":1)", R"("version":0)") == "/version");
    CHECK(pointer_with(R"("aaaa)", R"("AAAA)") == "/sha256");
    CHECK(pointer_with(R"("title":"UK")", R"("title":"UK","more":1)") == "/more");
    CHECK(pointer_with("consentree/mapping/1", "consentree/mapping/2") == "/schema");
    Network network;
    const TimeMs t = start_time();
    std::string bad = approval(1, "ob-uk-3", 'a');
    bad.replace(bad.find("mapping:ob-uk"), 13, "mapping:other");
    CHECK(refusal_of(network.submit("northbank-admin", {propose(bad, t)}, t)) ==
          "schema-violation /events/0/policy/id");
}

}  // namespace consentree::ledger::test

// Parties and data-sharing agreements at execution.
#include "tests/unit/ledger/domain_fixture.h"

#include <catch2/catch.hpp>

namespace consentree::ledger::test {
namespace {

std::string agreement_text(int version, std::string_view purpose = "research") {
    const std::string hash(64, 'b');
    return R"({"schema":"consentree/agreement-record/1","agreement_id":"a1","version":)" +
           std::to_string(version) + R"(,"parties":["medcare","unilab"],"purposes":[{"code":")" +
           std::string(purpose) +
           R"("}],"valid_from":"2026-01-01T00:00:00.000Z",)"
           R"("valid_until":"2026-12-01T00:00:00.000Z",)"
           R"("retention":{"unit":"day","value":30,"basis":"from_delivery"},)"
           R"("onward_transfer":{"allowed":false},"confidentiality":{"sha256":")" +
           hash + R"("},"penalty":{"sha256":")" + hash + R"("}})";
}

std::string event_of(std::string_view type, std::string_view members) {
    return R"({"type":")" + std::string(type) + R"(",)" + std::string(members) +
           R"(,"occurred_at":")" + format_time(start_time()) + "\"}";
}
std::string propose(std::string_view agreement) {
    return event_of("agreement.propose", R"("agreement":)" + std::string(agreement));
}
std::string accept(int version, std::string_view agreement) {
    return event_of("agreement.accept", R"("agreement_id":"a1","version":)" +
                                            std::to_string(version) + R"(,"sha256":")" +
                                            to_hex(sha256(as_bytes(agreement)).view()) + "\"");
}
std::string party(std::string_view id) {
    return event_of("party.register", R"("party":{"schema":"consentree/party/1","party_id":")" +
                                          std::string(id) +
                                          R"(","name":"Somebody","type":"processor"})");
}

class Scene {
public:
    std::string by(std::string_view who, std::string event) {
        const TxOutcome outcome = network.submit(who, {std::move(event)}, at);
        return outcome.code.empty() ? "" : outcome.code + " " + outcome.pointer;
    }
    std::string request() {
        const EntryView entry = network.record("unilab", {access_request({}, at)}, at);
        const AccessView view = make_access_view(entry);
        return view.reason.empty() ? view.verdict : view.reason;
    }
    std::size_t events_of(std::string_view institution) {
        const auto head =
            find_key_log(network.tables(), map_key(IndexKey::actor, label_id(institution)));
        return head ? head->value.count : 0;
    }

    Network network;
    TimeMs at = start_time();
};

RecordText under_agreement(std::string_view id = "a1") {
    RecordText text;
    text.more = R"(,"agreement":")" + std::string(id) + "\"";
    return text;
}

}  // namespace

TEST_CASE("registry: an agreement is in force once every party has accepted what was proposed") {
    Scene scene;
    const std::string first = agreement_text(1);
    CHECK(scene.by("citygov", propose(first)) == "not-authorised /events/0/agreement/parties");
    CHECK(scene.by("medcare", propose(agreement_text(2))) ==
          "version-conflict /events/0/agreement/version");
    CHECK(scene.by("unilab", accept(1, first)) == "agreement-unknown /events/0/agreement_id");
    CHECK(scene.by("medcare", propose(first)) == "");
    CHECK(scene.by("northbank", request_consent(under_agreement(), scene.at)) ==
          "agreement-unknown /events/0/consent/agreement");
    CHECK(scene.by("medcare", accept(1, first)) == "agreement-state /events/0");
    CHECK(scene.by("unilab", accept(1, agreement_text(1, "other"))) ==
          "agreement-mismatch /events/0/sha256");
    CHECK(scene.by("citygov", accept(1, first)) == "not-authorised /events/0");
    CHECK(scene.by("unilab", accept(1, first)) == "");
    CHECK(scene.by("unilab", accept(1, first)) == "agreement-state /events/0/agreement_id");
    scene.network.grant(under_agreement(), scene.at);
    CHECK(scene.request() == "PERMIT");
    // Both parties find every event of it.
    CHECK(scene.events_of("medcare") == 2);
    CHECK(scene.events_of("unilab") == 5);  // The consent's and the access too.
}

TEST_CASE("registry: consents and accesses are within their agreement") {
    Scene scene;
    REQUIRE(scene.by("medcare", propose(agreement_text(1))) == "");
    REQUIRE(scene.by("unilab", accept(1, agreement_text(1))) == "");
    RecordText other = under_agreement();
    other.purposes = R"([{"code":"marketing"}])";
    CHECK(scene.by("northbank", request_consent(other, scene.at)) ==
          "agreement-mismatch /events/0/consent/purposes");
    other = under_agreement();
    other.recipient = "citygov";
    CHECK(scene.by("northbank", request_consent(other, scene.at)) ==
          "agreement-mismatch /events/0/consent/recipients");
    scene.network.grant(under_agreement(), scene.at);
    // A new version without the purpose takes its place when both have accepted.
    const std::string next = agreement_text(2, "teaching");
    CHECK(scene.by("unilab", propose(next)) == "");
    CHECK(scene.request() == "PERMIT");
    CHECK(scene.by("medcare", accept(2, next)) == "");
    CHECK(scene.request() == "AGREEMENT_NOT_IN_FORCE");
}

TEST_CASE("registry: an agreement that ends or runs out takes its consents' permission along") {
    Scene scene;
    REQUIRE(scene.by("medcare", propose(agreement_text(1))) == "");
    REQUIRE(scene.by("unilab", accept(1, agreement_text(1))) == "");
    scene.network.grant(under_agreement(), scene.at);
    const std::string end = event_of("agreement.end", R"("agreement_id":"a1","reason":"breach")");
    SECTION("ended by a party") {
        CHECK(scene.by("citygov", end) == "not-authorised /events/0");
        CHECK(scene.request() == "PERMIT");
        CHECK(scene.by("unilab", end) == "");
        CHECK(scene.request() == "AGREEMENT_NOT_IN_FORCE");
        CHECK(scene.by("unilab", end) == "agreement-state /events/0/agreement_id");
        CHECK(scene.by("medcare", propose(agreement_text(2))) ==
              "agreement-state /events/0/agreement/agreement_id");
    }
    SECTION("run out") {
        scene.at = *parse_time("2026-11-30T23:59:59.999Z");
        CHECK(scene.request() == "PERMIT");
        scene.at += 1;
        CHECK(scene.request() == "AGREEMENT_NOT_IN_FORCE");
    }
}

TEST_CASE("registry: a refused transaction leaves no agreement and no party") {
    Scene scene;
    const TxOutcome outcome = scene.network.submit(
        "medcare", {party("lab-9"), propose(agreement_text(1)), party("unilab")}, scene.at);
    CHECK(outcome.code == "not-authorised");
    CHECK(scene.by("unilab", accept(1, agreement_text(1))) ==
          "agreement-unknown /events/0/agreement_id");
    CHECK(scene.by("unilab", party("lab-9")) == "");
    CHECK(scene.by("medcare", party("lab-9")) == "not-authorised /events/0/party/party_id");
    CHECK(scene.by("unilab", party("lab-9")) == "");
    CHECK(scene.by("unilab", party("unilab")) == "");
    const auto governance = find_key_log(scene.network.tables(),
                                         map_key(IndexKey::governance, label_id(governance_label)));
    REQUIRE(governance.has_value());
    CHECK(governance->value.count == 3);
}

TEST_CASE("registry: a consent that takes another's place stands under both") {
    Scene scene;
    scene.network.grant({}, scene.at);
    RecordText heir;
    heir.consent_id = "c2";
    heir.supersedes = "c1";
    heir.recipient = "citygov";
    scene.network.grant(heir, scene.at);
    const auto count = [&](IndexKey kind, const Hash& id) {
        return find_key_log(scene.network.tables(), map_key(kind, id))->value.count;
    };
    CHECK(count(IndexKey::consent, consent_key("northbank", "c1")) == 4);
    CHECK(count(IndexKey::consent, consent_key("northbank", "c2")) == 2);
    CHECK(count(IndexKey::actor, label_id("unilab")) == 4);
    CHECK(count(IndexKey::actor, label_id("citygov")) == 2);
    CHECK(count(IndexKey::actor, label_id("northbank")) == 4);  // The issuer.
    CHECK(count(IndexKey::subject, label_id("sub:alice")) == 4);
}

}  // namespace consentree::ledger::test

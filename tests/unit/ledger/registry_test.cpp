// Parties and data-sharing agreements at execution.
#include "ledger/queries_registry.h"
#include "ledger/replay.h"
#include "tests/unit/ledger/agreement_events.h"
#include "tests/unit/ledger/proven_entry.h"

#include <catch2/catch.hpp>

namespace consentree::ledger::test {
namespace {

std::string party(std::string_view id) {
    return registry_event("party.register",
                          R"("party":{"schema":"consentree/party/1","party_id":")" +
                              std::string(id) + R"(","name":"Somebody","type":"processor"})");
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

TEST_CASE("registry: the log of governance alone leads to every agreement as it stands") {
    Scene scene;
    const auto check = [&] {
        Replay replay;
        const auto log = find_key_log(scene.network.tables(),
                                      map_key(IndexKey::governance, label_id(governance_label)));
        std::uint64_t found = 0;
        for (std::uint64_t leaf = 0; found < log->value.count; ++leaf) {
            const auto view = get_entry(scene.network.tables(), leaf);
            if (!view || is_lifecycle(view->kind) || is_access(view->kind)) continue;
            ++found;
            const auto applied = replay.apply(proven_entry(*view));
            INFO(leaf << (applied ? "" : applied.error().detail));
            REQUIRE(applied.has_value());
        }
        const auto truth = find_agreement(scene.network.tables(), "a1", scene.at).value();
        const auto seen = find_agreement(replay.tables(), "a1", scene.at).value();
        CHECK(encode(seen.state) == encode(truth.state));
        CHECK(seen.status == truth.status);
        CHECK(seen.in_force_json == truth.in_force_json);
        CHECK(seen.proposed_json == truth.proposed_json);
        return std::pair(truth.state.in_force.version, truth.state.proposed.version);
    };
    using Versions = std::pair<std::uint32_t, std::uint32_t>;
    const std::string first = agreement_text(1);
    REQUIRE(scene.by("medcare", party("lab-9")) == "");
    REQUIRE(scene.by("medcare", propose(first)) == "");
    CHECK(check() == Versions(0, 1));
    // Several steps of one transaction, of which each changes who the parties are.
    const std::string others = agreement_text(2, "research", R"("citygov","unilab")");
    REQUIRE(scene.network.submit("unilab", {accept(1, first), propose(others)}, scene.at).code ==
            "");
    CHECK(check() == Versions(1, 2));
    const std::string next = agreement_text(3, "research", R"("citygov","medcare")");
    REQUIRE(scene.network.submit("citygov", {accept(2, others), propose(next)}, scene.at).code ==
            "");
    CHECK(check() == Versions(2, 3));
    REQUIRE(scene.network.submit("medcare", {accept(3, next), end_agreement()}, scene.at).code ==
            "");
    CHECK(check() == Versions(3, 0));
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
    const std::string end = end_agreement();
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

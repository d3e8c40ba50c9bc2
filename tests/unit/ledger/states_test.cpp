// Every event in every state: the tables of docs/events.md are what the code does.
#include "ledger/overlay.h"
#include "tests/unit/ledger/domain_fixture.h"
#include "tests/unit/ledger/markdown.h"

#include <catch2/catch.hpp>

#include <set>

namespace consentree::ledger::test {
namespace {

std::vector<std::string> split(const std::string& text, std::string_view by = ", ") {
    std::vector<std::string> parts;
    std::size_t from = 0, to;
    while ((to = text.find(by, from)) != std::string::npos) {
        parts.push_back(text.substr(from, to - from));
        from = to + by.size();
    }
    parts.push_back(text.substr(from));
    return parts;
}

// A consent of two joint holders, brought into a state by events.
class Scene {
public:
    explicit Scene(const std::string& state) {
        network.submit("unilab", {party()}, at);
        if (state == "none") return;
        RecordText text = record();
        if (state == "expired") text.valid_until = R"("2026-06-02T00:00:00.000Z")";
        submit("northbank", request_consent(text, at));
        if (state == "requested") return;
        if (state == "rejected") submit("northbank", lifecycle("reject", at));
        if (state == "rejected") return;
        submit("northbank", authorise(at));
        if (state == "partial") return;
        submit("northbank", authorise(at, 1, "c1", "sub:bob"));
        submit("unilab", access_request({}, at));
        submit("medcare", access_event("delivery", {}, at, delivered));
        leave_active(state);
    }

    static RecordText record(int version = 1) {
        RecordText text;
        text.version = version;
        text.grantors = R"([{"party":"sub:alice","capacity":"joint_holder","authority_ref":"r"},)"
                        R"({"party":"sub:bob","capacity":"joint_holder","authority_ref":"r"}])";
        text.authorisation = R"("all")";
        text.actions = R"(["view","disclose"])";
        text.retention = R"({"unit":"inf","value":0,"basis":"from_delivery"})";
        return text;
    }
    // The event, about the version that it is about in that state.
    std::string event(const std::string& type, bool is_pending) const {
        const int version = is_pending ? 2 : 1;
        if (type == "request") return request_consent(record(), at);
        if (type == "amend") return amend_consent(record(is_pending ? 3 : 2), at);
        if (type == "renew") return renew_consent(record(is_pending ? 3 : 2), at);
        if (type == "authorise") return authorise(at, version, "c1", "sub:bob");
        if (type == "reject") return lifecycle("reject", at, version);
        std::string text = lifecycle(type, at);
        if (type.starts_with("resource_")) {
            text.insert(text.size() - 1, R"(,"resources":["r7"])");
        }
        return text;
    }
    // The code of a refusal, or the state that follows.
    std::string outcome_of(const std::string& json) {
        const TxOutcome outcome = network.submit("northbank", {json}, at);
        if (outcome.status != TxStatus::committed) return outcome.code;
        return std::string(status_name(network.consent("c1", at).status));
    }

    Network network;
    TimeMs at = start_time();

private:
    static std::string party() {
        return R"({"type":"party.register","party":{"schema":"consentree/party/1",)"
               R"("party_id":"unilab","name":"Uni Lab","type":"institution"},)"
               R"("occurred_at":"2026-06-01T00:00:00.000Z"})";
    }
    void submit(std::string_view who, std::string json) {
        const TxOutcome outcome = network.submit(who, {std::move(json)}, at);
        INFO(outcome.code << " " << outcome.detail << " " << outcome.pointer);
        REQUIRE(outcome.status == TxStatus::committed);
    }
    void leave_active(const std::string& state) {
        static const std::map<std::string, const char*> events = {{"suspended", "suspend"},
                                                                  {"withdrawn", "withdraw"},
                                                                  {"revoked", "revoke"},
                                                                  {"invalidated", "invalidate"}};
        if (const auto event = events.find(state); event != events.end()) {
            submit("northbank", lifecycle(event->second, at));
        }
        if (state == "pending") submit("northbank", amend_consent(record(2), at));
        if (state == "expired") at += 2 * day_ms;
        if (state == "superseded") {
            RecordText next;
            next.consent_id = "c2";
            next.supersedes = "c1";
            network.grant(next, at);
        }
    }
};

// What an access of that kind leads to: a code, a verdict, a reason, or "recorded".
std::string access_outcome(Scene& scene, const std::string& kind) {
    AccessText text;
    std::string members;
    std::string_view who = "unilab";
    const std::string use = R"(,"purpose":"research","categories":["lab-results"],)"
                            R"("legal_basis":"consent")";
    if (kind == "delivery") members = std::string(delivered);
    if (kind == "use") members = use + R"(,"action":"view")";
    if (kind == "disclosure") members = use + R"(,"delivery":"d1","onward_party":"unilab")";
    if (kind == "decision") members = R"(,"claimed":"permit","reasons":[],"policy_version":"1")";
    if (kind == "denial") members = R"(,"reasons":["x"])";
    if (kind == "override") {
        members = R"(,"reason":"x","approver":"a","until":"2026-06-01T00:00:00.000Z")";
    }
    if (kind == "receipt") members = R"(,"delivery":"d1")";
    if (kind == "deletion") members = R"(,"deliveries":["d1"],"method":"m","attestation":"a")";
    if (kind == "erasure_request") {
        members = R"(,"scope":["all"],"ground":"g","due":"2026-07-01T00:00:00.000Z")";
    }
    if (kind == "rights_request") members = R"(,"right":"access")";
    if (kind == "erasure_result" || kind == "rights_result") {
        members = R"(,"request":"r1","result":"done")";
    }
    if (kind == "breach") {
        members = R"(,"detected_at":"2026-06-01T00:00:00.000Z","sessions":["s1"],)"
                  R"("categories":["lab-results"],"count":1)";
    }
    if (kind == "correction") {
        TxId party;
        scene.network.tables().scan(
            Table::entry, entry_key(0), {}, Direction::ascending, [&](BytesView, BytesView row) {
                const EntryRow entry = decode_entry_row(row).value();
                party = entry.tx_id;
                return entry.items.front().kind != EventKind::party_register;
            });
        members =
            R"(,"target_tx":")" + to_hex(party.view()) + R"(","target_position":0,"reason":"x")";
    }
    if (kind == "delivery" || kind == "decision" || kind == "denial" || kind == "override") {
        who = "medcare";
    }
    const std::string json = kind == "request" ? access_request(text, scene.at)
                                               : access_event(kind, text, scene.at, members);
    const TxOutcome outcome = scene.network.submit(who, {json}, scene.at);
    if (outcome.status != TxStatus::committed) return "`" + outcome.code + "`";
    const auto view = make_access_view(*get_entry(scene.network.tables(), outcome.leaves[0]));
    if (view.verdict.empty()) return "recorded";
    return "`" + (view.reason.empty() ? view.verdict : view.reason) + "`";
}

std::string agreement_json(int version) {
    const std::string clause = R"({"sha256":")" + std::string(64, 'b') + "\"}";
    return R"({"schema":"consentree/agreement-record/1","agreement_id":"g1","version":)" +
           std::to_string(version) +
           R"(,"parties":["medcare","unilab"],"purposes":[{"code":"research"}],)"
           R"("valid_from":"2026-01-01T00:00:00.000Z","valid_until":null,)"
           R"("retention":{"unit":"day","value":1,"basis":"from_delivery"},)"
           R"("onward_transfer":{"allowed":false},"confidentiality":)" +
           clause + R"(,"penalty":)" + clause + "}";
}

class AgreementScene {
public:
    explicit AgreementScene(const std::string& state) {
        if (state == "none") return;
        send("propose");
        if (state == "proposed") return;
        send("accept");
        if (state == "ended") send("end");
        if (state == "in force, another proposed") send("propose");
        REQUIRE(this->state() == state);
    }
    std::string send(const std::string& event) {
        const bool is_proposal = event == "propose";
        if (is_proposal) json_ = agreement_json(in_force() + 1);
        std::string members = R"("agreement_id":"g1")";
        if (is_proposal) members = R"("agreement":)" + json_;
        if (event == "accept") {
            members += R"(,"version":)" + std::to_string(in_force() + 1) + R"(,"sha256":")" +
                       to_hex(sha256(as_bytes(json_)).view()) + "\"";
        }
        const std::string text = R"({"type":"agreement.)" + event + R"(",)" + members +
                                 R"(,"occurred_at":")" + format_time(start_time()) + "\"}";
        const TxOutcome outcome =
            network_.submit(event == "accept" ? "unilab" : "medcare", {text}, start_time());
        return outcome.code.empty() ? state() : "`" + outcome.code + "`";
    }
    std::string state() const {
        Overlay overlay(network_.tables());
        const AgreementState* agreement = overlay.agreement("g1");
        if (agreement == nullptr) return "none";
        if (agreement->ended_ms != 0) return "ended";
        const bool is_proposed = agreement->proposed.version != 0;
        if (agreement->in_force.version == 0) return "proposed";
        return is_proposed ? "in force, another proposed" : "in force";
    }

private:
    int in_force() const {
        Overlay overlay(network_.tables());
        const AgreementState* agreement = overlay.agreement("g1");
        return agreement == nullptr ? 0 : static_cast<int>(agreement->in_force.version);
    }
    Network network_;
    std::string json_;
};

}  // namespace

TEST_CASE("states: every lifecycle event in every state does what docs/events.md says") {
    const auto rows = table_in("docs/events.md", "| State | authorise");
    std::set<std::string> states, events;
    for (std::size_t row = 1; row < rows.size(); ++row) {
        for (const std::string& state : split(rows[row][0])) {
            states.insert(state);
            Scene first(state);
            CHECK(first.outcome_of(first.event("request", false)) == "consent-exists");
            CHECK(status_name(first.network.consent("c1", first.at).status) == state);
            for (std::size_t column = 1; column < rows[0].size(); ++column) {
                for (const std::string& event : split(rows[0][column])) {
                    INFO(event << " in " << state);
                    events.insert(event);
                    const std::string& cell = rows[row][column];
                    const bool needs_pending = cell == "(of an amendment)";
                    Scene scene(state);
                    const std::string found = scene.outcome_of(scene.event(event, false));
                    if (cell.empty() || needs_pending) {
                        CHECK(found == "consent-state");
                    } else {
                        const auto possible = split(cell, " or ");
                        CHECK(std::find(possible.begin(), possible.end(), found) != possible.end());
                    }
                    if (state != "active") continue;
                    // The same with an amendment that waits.
                    Scene pending("pending");
                    CHECK(pending.outcome_of(pending.event(event, true)) ==
                          (needs_pending  ? "active"
                           : cell.empty() ? "consent-state"
                                          : cell));
                }
            }
        }
    }
    CHECK(states.size() == 10);
    CHECK(events.size() == 11);
    for (const std::string& event : events) {
        Scene none("none");
        CHECK(none.network.submit("northbank", {none.event(event, false)}, none.at).code ==
              "consent-unknown");
    }
}

TEST_CASE("states: every access event in every state does what docs/events.md says") {
    const auto rows = table_in("docs/events.md", "| State of the consent");
    std::set<std::string> kinds;
    for (std::size_t row = 1; row < rows.size(); ++row) {
        for (std::size_t column = 1; column < rows[0].size(); ++column) {
            for (const std::string& kind : split(rows[0][column])) {
                INFO(kind << " in " << rows[row][0]);
                kinds.insert(kind);
                Scene scene(rows[row][0]);
                CHECK(access_outcome(scene, kind) == rows[row][column]);
            }
        }
    }
    CHECK(rows.size() == 12);
    CHECK(kinds.size() == 15);
}

TEST_CASE("states: every agreement event in every state does what docs/events.md says") {
    const auto rows = table_in("docs/events.md", "| Agreement | propose");
    for (std::size_t row = 1; row < rows.size(); ++row) {
        for (std::size_t column = 1; column < rows[0].size(); ++column) {
            INFO(rows[0][column] << " when " << rows[row][0]);
            AgreementScene scene(rows[row][0]);
            CHECK(scene.send(rows[0][column]) == rows[row][column]);
        }
    }
    CHECK(rows.size() == 6);
}

}  // namespace consentree::ledger::test

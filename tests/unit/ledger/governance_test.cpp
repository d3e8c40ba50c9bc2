// Policies proposed, approved and in force; and what consents and accesses under them are told.
#include "ledger/governance_state.h"
#include "policy_events.h"

namespace consentree::ledger::test {
namespace {

// Code and pointer of a refusal.
std::string refusal_of(const TxOutcome& outcome) {
    return outcome.status == TxStatus::committed ? "committed"
                                                 : outcome.code + " " + outcome.pointer;
}

std::string scheme_document(int version, const std::string& members = "") {
    return R"({"schema":"consentree/scheme/1","id":"house","version":)" + std::to_string(version) +
           R"(,"title":"House rules")" + members + "}";
}

std::optional<PolicyState> policy(const Network& network, const std::string& id) {
    return load_policy(network.tables(), id);
}

RecordText under(const std::string& scheme, const std::string& more = "") {
    RecordText text;
    text.more = R"(,"scheme":")" + scheme + "\"" + more;
    return text;
}

std::vector<std::string> reasons_of(const EntryView& entry) {
    return reason_codes(entry.flags);
}
using Reasons = std::vector<std::string>;

}  // namespace

TEST_CASE("governance: a document is in force once a quorum has approved it") {
    Network network;
    const TimeMs t = start_time();
    const std::string first = scheme_document(1);
    network.record("unilab-admin", {propose(first, t)}, t);
    REQUIRE(policy(network, "house"));
    CHECK(policy(network, "house")->versions.empty());
    CHECK(refusal_of(network.submit("unilab-admin", {approve(first, "house", 1, t)}, t)) ==
          "policy-state /events/0");
    network.record("medcare-admin", {approve(first, "house", 1, t)}, t);
    CHECK(policy(network, "house")->versions.empty());
    network.record("citygov-admin", {approve(first, "house", 1, t)}, t + 5);
    REQUIRE(policy(network, "house")->versions.size() == 1);
    CHECK(policy(network, "house")->proposals.empty());
    const auto document =
        load_policy_document(network.tables(), policy(network, "house")->versions[0]);
    CHECK(document->json == first);
    CHECK(document->proposed_by == "unilab");
    CHECK(document->in_force_ms == t + 5);
    // A late approval of what is in force has nothing to approve.
    CHECK(refusal_of(network.submit("northbank-admin", {approve(first, "house", 1, t)}, t + 6)) ==
          "policy-unknown /events/0/sha256");
}

TEST_CASE("governance: rival proposals wait side by side, and one takes the place") {
    Network network;
    const TimeMs t = start_time();
    const std::string one = scheme_document(1), other = scheme_document(1, R"(,"note":"other")");
    network.record("unilab-admin", {propose(one, t)}, t);
    network.record("medcare-admin", {propose(other, t)}, t);
    CHECK(policy(network, "house")->proposals.size() == 2);
    network.record("citygov-admin", {approve(one, "house", 1, t), approve(other, "house", 1, t)},
                   t);
    network.record("northbank-admin", {approve(other, "house", 1, t)}, t);
    CHECK(policy(network, "house")->versions == std::vector{sha256(as_bytes(other))});
    CHECK(refusal_of(network.submit("northbank-admin", {approve(one, "house", 1, t)}, t)) ==
          "policy-unknown /events/0/sha256");
    CHECK(refusal_of(network.submit("northbank-admin", {propose(one, t)}, t)) ==
          "version-conflict /events/0/policy/version");
}

TEST_CASE("governance: what is refused") {
    Network network;
    const TimeMs t = start_time();
    const std::string good = scheme_document(1);
    CHECK(refusal_of(network.submit("northbank", {propose(good, t)}, t)) ==
          "not-authorised /header/key");
    CHECK(refusal_of(network.submit("northbank-admin", {request_consent({}, t)}, t)) ==
          "not-authorised /header/key");
    CHECK(refusal_of(network.submit("watchdog-admin", {propose(good, t)}, t)) ==
          "not-authorised /events/0");
    CHECK(refusal_of(network.submit("northbank-admin", {propose(scheme_document(2), t)}, t)) ==
          "version-conflict /events/0/policy/version");
    CHECK(refusal_of(network.submit("northbank-admin", {approve(good, "house", 1, t)}, t)) ==
          "policy-unknown /events/0/sha256");
    CHECK(refusal_of(network.submit("northbank-admin",
                                    {propose(scheme_document(1, R"(,"valid":[{"id":"r"}])"), t)},
                                    t)) == "schema-violation /events/0/policy/valid/0/needs");
    const std::string pins =
        R"(,"vocabularies":[{"id":"duo","version":1,"sha256":")" + std::string(64, '0') + "\"}]";
    CHECK(refusal_of(network.submit("northbank-admin", {propose(scheme_document(1, pins), t)},
                                    t)) == "policy-unknown /events/0/policy/vocabularies/0");
    put_in_force(network, "duo", t);  // With other bytes than the pin names.
    CHECK(refusal_of(network.submit("northbank-admin", {propose(scheme_document(1, pins), t)},
                                    t)) == "policy-unknown /events/0/policy/vocabularies/0");
    std::string as_scheme = scheme_document(2);
    as_scheme.replace(as_scheme.find("house"), 5, "duo");
    CHECK(refusal_of(network.submit("northbank-admin", {propose(as_scheme, t)}, t)) ==
          "policy-state /events/0/policy/schema");
    // Refused as a whole: nothing of it stays.
    CHECK(refusal_of(network.submit("northbank-admin",
                                    {propose(good, t), approve(good, "house", 2, t)}, t)) ==
          "version-conflict /events/1/version");
    CHECK_FALSE(policy(network, "house"));
    network.record("northbank-admin", {propose(good, t)}, t);
    CHECK(refusal_of(network.submit("medcare-admin", {propose(good, t)}, t)) ==
          "policy-state /events/0/policy");
}

TEST_CASE("governance: at most so many proposals wait") {
    Network network;
    const TimeMs t = start_time();
    std::vector<std::string> events;
    for (std::size_t k = 0; k <= policy_proposals_max; ++k) {
        events.push_back(propose(scheme_document(1, R"(,"note":")" + std::to_string(k) + "\""), t));
    }
    CHECK(refusal_of(network.submit("northbank-admin", events, t)) ==
          "limit-reached /events/16/policy/id");
    events.pop_back();
    CHECK(refusal_of(network.submit("northbank-admin", events, t)) == "committed");
}

TEST_CASE("schemes on the ledger: in force within the block that brings the quorum") {
    Network network;
    const TimeMs t = start_time();
    const std::string document = policy_text("cdr");
    const auto in_one_block = [&](std::vector<Transaction> transactions) {
        network.run(network.block({network.batch(transactions)}, t + 1));
    };
    const TimeMs until = t + day_ms;
    const std::string approval = approve(document, "cdr", 1, t);
    in_one_block(
        {network.sign("northbank-admin", {propose(document, t)}, until),
         network.sign("medcare-admin", {approval}, until),
         network.sign("citygov-admin", {approval}, until),
         network.sign("northbank", {request_consent(under("cdr"), t), authorise(t)}, until)});
    CHECK(network.consent("c1", t + 1).terms.scheme_version == 1);
}

TEST_CASE("schemes on the ledger: a consent of no scheme, or against its rules, is refused") {
    Network network;
    const TimeMs t = start_time();
    CHECK(refusal_of(network.submit("northbank", {request_consent(under("ob-uk"), t)}, t)) ==
          "scheme-unknown /events/0/consent/scheme");
    put_in_force(network, "ob-uk", t);
    put_in_force(network, "duo", t);
    CHECK(refusal_of(network.submit("northbank", {request_consent(under("duo"), t)}, t)) ==
          "scheme-unknown /events/0/consent/scheme");
    RecordText text = under("ob-uk");
    text.categories = R"(["ob-uk|ReadBalances"])";
    const TxOutcome outcome = network.submit("northbank", {request_consent(text, t)}, t);
    CHECK(refusal_of(outcome) == "scheme-invalid /events/0/consent/categories");
    CHECK(outcome.detail ==
          "a set of permissions includes ReadAccountsBasic or ReadAccountsDetail "
          "(rule valid/accounts of ob-uk, version 1)");
    text.categories = R"(["ob-uk|ReadAccountsDetail","ob-uk|ReadBalances"])";
    network.grant(text, t);
    // Amendments are checked too.
    text.version = 2;
    text.categories = R"(["ob-uk|ReadBalances"])";
    CHECK(refusal_of(network.submit("northbank", {amend_consent(text, t)}, t)) ==
          "scheme-invalid /events/0/consent/categories");

    AccessText access;
    access.categories = R"(["ob-uk|ReadAccountsBasic"])";  // Implied by Detail.
    CHECK(reasons_of(network.record("unilab", {access_request(access, t)}, t)).empty());
    access.categories = R"(["ob-uk|ReadStatementsBasic"])";
    CHECK(reasons_of(network.record("unilab", {access_request(access, t)}, t)) ==
          Reasons{"CATEGORY_EXCEEDED"});
}

TEST_CASE("schemes on the ledger: narrower purposes, by the vocabularies at the grant") {
    Network network;
    const TimeMs t = start_time();
    put_in_force(network, "gdpr", t);
    RecordText text = under("gdpr");
    text.purposes = R"([{"code":"dpv|Marketing"}])";
    network.grant(text, t);
    AccessText access;
    access.purpose = "dpv|TargetedAdvertising";
    CHECK(reasons_of(network.record("unilab", {access_request(access, t)}, t)).empty());
    access.purpose = "dpv|CreditChecking";
    CHECK(reasons_of(network.record("unilab", {access_request(access, t)}, t)) ==
          Reasons{"PURPOSE_MISMATCH"});

    // A later version without narrower purposes leaves what was granted as it is.
    const std::string strict =
        R"({"schema":"consentree/scheme/1","id":"gdpr","version":2,"title":"Strict"})";
    put_in_force(network, strict, "gdpr", t, 2);
    access.purpose = "dpv|TargetedAdvertising";
    access.session_id = "s2";
    CHECK(reasons_of(network.record("unilab", {access_request(access, t)}, t)).empty());
    text.consent_id = access.consent_id = "c2";
    network.grant(text, t);
    CHECK(reasons_of(network.record("unilab", {access_request(access, t)}, t)) ==
          Reasons{"PURPOSE_MISMATCH"});
}

TEST_CASE("schemes on the ledger: limits on the consent at its grant, on requests as they come") {
    Network network;
    const TimeMs t = start_time();
    put_in_force(network, "rebit-aa", t);
    RecordText text = under("rebit-aa");
    text.purposes = R"([{"code":"rebit|101"}])";
    text.categories = R"(["rebit|SUMMARY.ETF"])";
    text.data_range =
        R"(,"data_from":"2010-01-01T00:00:00.000Z","data_until":"2020-01-01T00:00:00.000Z")";
    text.fetch = R"({"kind":"periodic","count":31,"unit":"month"})";
    text.retention = R"({"unit":"day","value":0,"basis":"from_delivery"})";
    network.grant(text, t);
    AccessText access;
    access.purpose = "rebit|101";
    access.categories = text.categories;
    access.data_range =
        R"(,"data_from":"2015-01-01T00:00:00.000Z","data_until":"2017-01-01T00:00:00.000Z")";
    CHECK(reasons_of(network.record("unilab", {access_request(access, t)}, t)).empty());
    access.data_range =
        R"(,"data_from":"2015-01-01T00:00:00.000Z","data_until":"2017-01-01T00:00:00.001Z")";
    CHECK(
        reasons_of(network.record("unilab", {access_request(access, t)}, t)).empty());  // Trimmed.

    // Recorded though it exceeds its caps, and permits nothing.
    text.consent_id = access.consent_id = "c2";
    text.fetch = R"({"kind":"periodic","count":32,"unit":"month"})";
    network.grant(text, t);
    CHECK(network.consent("c2", t).terms.exceeds_limits);
    access.data_range =
        R"(,"data_from":"2015-01-01T00:00:00.000Z","data_until":"2016-01-01T00:00:00.000Z")";
    CHECK(reasons_of(network.record("unilab", {access_request(access, t)}, t)) ==
          Reasons{"SCHEME_LIMIT"});
    access.legal_basis = "legal_obligation";  // The scheme's caps are on consent.
    CHECK(reasons_of(network.record("unilab", {access_request(access, t)}, t)).empty());
}

TEST_CASE("schemes on the ledger: up to a day of sharing is once, over a year ends after one") {
    Network network;
    const TimeMs t = start_time();
    put_in_force(network, "cdr", t);
    RecordText text = under("cdr");
    text.valid_from = "2026-06-01T00:00:00.000Z";
    text.valid_until = R"("2026-06-02T00:00:00.000Z")";
    network.grant(text, t);
    AccessText access;
    CHECK(reasons_of(network.record("unilab", {access_request(access, t)}, t)).empty());
    access.session_id = "s2";
    CHECK(reasons_of(network.record("unilab", {access_request(access, t)}, t)) ==
          Reasons{"ONE_TIME_USED"});

    text.consent_id = access.consent_id = "c2";
    text.valid_until = R"("2030-01-01T00:00:00.000Z")";
    network.grant(text, t);
    const TimeMs end = start_time() + 365 * day_ms;
    CHECK(network.consent("c2", end - 1).status == ConsentStatus::active);
    CHECK(network.consent("c2", end).status == ConsentStatus::expired);
    CHECK(reasons_of(network.record("unilab", {access_request(access, end - 1)}, end - 1)).empty());
    CHECK(reasons_of(network.record("unilab", {access_request(access, end)}, end)) ==
          Reasons{"EXPIRED"});
}

TEST_CASE("schemes on the ledger: four unattended accesses a day, and one recurring consent") {
    Network network;
    const TimeMs t = start_time();
    put_in_force(network, "berlin-group", t);
    RecordText text = under("berlin-group");
    text.fetch = R"({"kind":"periodic","count":100,"unit":"day"})";
    network.grant(text, t);
    AccessText access;
    for (int k = 0; k < 6; ++k) {
        access.session_id = "s" + std::to_string(k);
        access.attended = k == 5;
        const auto reasons = reasons_of(network.record("unilab", {access_request(access, t)}, t));
        CHECK(reasons == (k == 4 ? Reasons{"FREQUENCY_EXCEEDED"} : Reasons{}));
    }
    // A one-off consent leaves it in force, as does one for another recipient.
    text.consent_id = "once";
    text.fetch = R"({"kind":"once"})";
    network.grant(text, t);
    text.consent_id = "other";
    text.recipient = "citygov";
    text.fetch = R"({"kind":"periodic"})";
    network.grant(text, t);
    CHECK(network.consent("c1", t).status == ConsentStatus::active);
    text.consent_id = "c2";
    text.recipient = "unilab";
    network.record("northbank", {request_consent(text, t)}, t);
    CHECK(network.consent("c1", t).status == ConsentStatus::active);
    network.record("northbank", {authorise(t + 7, 1, "c2")}, t + 7);
    CHECK(network.consent("c1", t + 7).status == ConsentStatus::superseded);
    CHECK(network.consent("c2", t + 7).status == ConsentStatus::active);
    CHECK(network.consent("once", t + 7).status == ConsentStatus::active);
    CHECK(network.consent("other", t + 7).status == ConsentStatus::active);
}

TEST_CASE("schemes on the ledger: the clocks of accesses are the scheme's") {
    Network network;
    const TimeMs t = start_time();
    put_in_force(network, scheme_document(1, R"(,"clock_skew_minutes":1)"), "house", t);
    network.grant(under("house"), t);
    CHECK(refusal_of(network.submit("unilab", {access_request({}, t + 60'001)}, t)) ==
          "future-event /events/0/occurred_at");
    CHECK(flag_names(network.record("unilab", {access_request({}, t + 60'000)}, t).flags) ==
          Reasons{"FUTURE"});
    CHECK(flag_names(network.record("unilab", {access_request({}, t - 60'001)}, t).flags) ==
          Reasons{"LATE"});
}

TEST_CASE("schemes on the ledger: a consent that is no longer of a pair keeps its place") {
    Network network;
    const TimeMs t = start_time();
    put_in_force(network, "berlin-group", t);
    RecordText text = under("berlin-group");
    text.fetch = R"({"kind":"periodic"})";
    network.grant(text, t);
    text.version = 2;
    SECTION("it has become one-off") {
        text.fetch = R"({"kind":"once"})";
    }
    SECTION("it is for another recipient") {
        text.recipient = "citygov";
    }
    SECTION("it has left the scheme") {
        text.more.clear();
    }
    network.record("northbank", {amend_consent(text, t), authorise(t, 2)}, t);
    RecordText newer = under("berlin-group");
    newer.fetch = R"({"kind":"periodic"})";
    newer.consent_id = "c2";
    network.grant(newer, t);
    CHECK(network.consent("c1", t).status == ConsentStatus::active);
    CHECK(network.consent("c2", t).status == ConsentStatus::active);
}

TEST_CASE("schemes on the ledger: a renewal is compared as it was written") {
    Network network;
    const TimeMs t = start_time();
    put_in_force(network, "berlin-group", t);
    RecordText text = under("berlin-group");
    text.fetch = R"({"kind":"periodic","count":100,"unit":"day"})";
    network.grant(text, t);
    // Six a day from now on.
    std::string six = policy_text("berlin-group");
    six.replace(six.find(R"("version": 1)"), 12, R"("version": 2)");
    six.replace(six.find(R"({"day": 4})"), 10, R"({"day": 6})");
    put_in_force(network, six, "berlin-group", t, 2);
    CHECK(network.consent("c1", t).terms.record.fetch.count == 4);
    text.version = 2;
    text.valid_until = R"("2028-01-01T00:00:00.000Z")";
    network.record("northbank", {renew_consent(text, t), authorise(t, 2)}, t);
    CHECK(network.consent("c1", t).terms.record.fetch.count == 6);
    CHECK(network.consent("c1", t).terms.scheme_version == 2);
    text.version = 3;
    text.fetch = R"({"kind":"periodic","count":50,"unit":"day"})";
    CHECK(refusal_of(network.submit("northbank", {renew_consent(text, t)}, t)) ==
          "scope-changed /events/0/consent");
}

TEST_CASE("governance: rows decode to what they were") {
    PolicyState state{PolicyType::vocabulary, {sha256(as_bytes("a"))}, {sha256(as_bytes("b"))}};
    CHECK(decode_policy_state(encode(state)).value() == state);
    Bytes bytes = encode(state);
    bytes[0] = 4;
    CHECK(decode_policy_state(bytes).error() == Errc::malformed);
    PolicyDocument document{"{}", 7, 8, "northbank", 9, 10, 11, 12};
    CHECK(decode_policy_document(encode(document)).value() == document);
    bytes = encode(document);
    bytes.push_back(0);
    CHECK(decode_policy_document(bytes).error() == Errc::trailing_bytes);
    RecurringConsent recurring{sha256(as_bytes("c"))};
    CHECK(decode_recurring(encode(recurring)).value() == recurring);
}

}  // namespace consentree::ledger::test

#include "ledger/execute.h"
#include "ledger/preview.h"

#include "common/limits.h"
#include "ledger/key_log.h"
#include "ledger/log_tree.h"
#include "tests/unit/ledger/domain_fixture.h"

#include <catch2/catch.hpp>

namespace consentree::ledger::test {
namespace {

std::string reason_of(const EntryView& entry) {
    const AccessView view = make_access_view(entry);
    return view.reason.empty() ? view.verdict : view.reason;
}

}  // namespace

TEST_CASE("execution: refuses what may not be admitted, with code and pointer") {
    Network network;
    const TimeMs at = start_time();
    network.grant({}, at);
    const auto refusal = [&](std::string_view who, std::vector<std::string> events, TimeMs time) {
        const TxOutcome outcome = network.submit(who, std::move(events), time);
        return outcome.status == TxStatus::committed ? "committed"
                                                     : outcome.code + " " + outcome.pointer;
    };
    RecordText other;
    other.consent_id = "c2";
    RecordText foreign = other;
    foreign.issuer = "medcare";
    RecordText heir = other;
    heir.supersedes = "none";
    CHECK(refusal("stranger", {access_request({}, at)}, at) == "unknown-key /header/key");
    CHECK(refusal("auditor", {access_request({}, at)}, at) == "not-authorised /header/key");
    CHECK(refusal("northbank", {request_consent({}, at)}, at) ==
          "consent-exists /events/0/consent/consent_id");
    CHECK(refusal("northbank", {request_consent(foreign, at)}, at) ==
          "not-authorised /events/0/consent/issuer");
    CHECK(refusal("northbank", {request_consent(heir, at)}, at) ==
          "consent-unknown /events/0/consent/supersedes");
    other.version = 2;
    CHECK(refusal("northbank", {request_consent(other, at)}, at) ==
          "version-conflict /events/0/consent/version");
    CHECK(refusal("northbank", {lifecycle("withdraw", at, 1, "none")}, at) ==
          "consent-unknown /events/0/consent_id");
    CHECK(refusal("unilab", {lifecycle("withdraw", at)}, at) == "not-authorised /events/0");
    CHECK(refusal("northbank", {lifecycle("resume", at)}, at) == "consent-state /events/0");
    CHECK(refusal("citygov", {access_request({}, at)}, at) == "not-authorised /events/0");
    CHECK(refusal("unilab", {access_event("delivery", {}, at, delivered)}, at) ==
          "not-authorised /events/0");
    AccessText unknown;
    unknown.consent_id = "none";
    CHECK(refusal("medcare", {access_event("delivery", unknown, at, delivered)}, at) ==
          "consent-unknown /events/0/consent_id");
    const TimeMs skew = network.genesis().clock_skew_ms;
    CHECK(refusal("unilab", {access_request({}, at + skew + 1)}, at) ==
          "future-event /events/0/occurred_at");
    CHECK(refusal("unilab", {access_request({}, at + skew)}, at) == "committed");
    CHECK(refusal("medcare", {access_request({}, at)}, at) == "committed");
    CHECK(refusal("unilab", {lifecycle("suspend", at)}, at) == "committed");
}

TEST_CASE("execution: valid_until bounds a transaction to the millisecond") {
    Network network;
    const TimeMs at = start_time();
    const auto outcome = [&](TimeMs valid_until) {
        const Transaction transaction =
            network.sign("unilab", {access_request({}, at)}, valid_until);
        network.run(network.block({network.batch({transaction})}, at));
        return get_outcome(network.tables(), transaction_id(transaction.header))->code;
    };
    // Every block is a microsecond later than the one before, and in the same millisecond.
    CHECK(outcome(at) == "");
    CHECK(outcome(at - 1) == "expired");
    CHECK(outcome(at + limits::valid_ahead_ms) == "");
    CHECK(outcome(at + limits::valid_ahead_ms + 1) == "valid-until-too-far");
}

TEST_CASE("execution: a refused event leaves nothing of its transaction") {
    Network network;
    const TimeMs at = start_time();
    network.grant({}, at);
    const Tip before = load_tip(network.tables()).value();
    RecordText second;
    second.consent_id = "c2";
    const TxOutcome outcome = network.submit("northbank",
                                             {request_consent(second, at), authorise(at, 1, "c2"),
                                              lifecycle("suspend", at), lifecycle("suspend", at)},
                                             at);
    CHECK(outcome.code == "consent-state");
    CHECK(outcome.pointer == "/events/3");
    // Its block has a SEAL and nothing else, and the index is as it was.
    const Tip after = load_tip(network.tables()).value();
    CHECK(after.tree_size == before.tree_size + 1);
    CHECK(get_seal(network.tables(), after.tree_size - 1)->index_root ==
          get_seal(network.tables(), before.tree_size - 1)->index_root);
    CHECK(network.consent("c1", at).status == ConsentStatus::active);
    CHECK_FALSE(find_consent(network.tables(), "northbank", "c2", at).has_value());
    // The number that it took is taken again, and the same events go through alone.
    network.grant(second, at);
    CHECK(network.consent("c2", at).number == 2);
    // An access that may not be submitted takes its lifecycle events with it.
    CHECK(network.submit("northbank", {lifecycle("withdraw", at), access_request({}, at)}, at)
              .pointer == "/events/1");
    CHECK(network.consent("c1", at).status == ConsentStatus::active);
}

TEST_CASE("execution: a transaction is decided once, whatever lane and block repeats it") {
    Network network;
    const TimeMs at = start_time();
    const Transaction grant =
        network.sign("northbank", {request_consent({}, at), authorise(at)}, at + day_ms / 2);
    const Execution both = network.run(
        network.block({network.batch({grant, grant}, 0), network.batch({grant}, 1)}, at));
    CHECK(both.transactions.size() == 1);
    CHECK(both.events_committed == 2);
    const Execution later = network.run(network.block({network.batch({grant}, 2)}, at + 5));
    CHECK(later.transactions.empty());
    CHECK(later.tip.tree_size == both.tip.tree_size + 1);  // The SEAL.
    CHECK(later.tip.lanes[2].next_seq == 2);
    CHECK(get_outcome(network.tables(), transaction_id(grant.header))->height == 1);
}

TEST_CASE("execution: a withdrawal beats every access of its block") {
    Network network;
    const TimeMs at = start_time();
    network.grant({}, at);
    const Transaction access =
        network.sign("unilab", {access_request({}, at + 5)}, at + day_ms / 2);
    const Transaction withdrawal =
        network.sign("northbank", {lifecycle("withdraw", at)}, at + day_ms / 2);
    const Execution done = network.run(
        network.block({network.batch({access}, 0), network.batch({withdrawal}, 1)}, at + 10));
    CHECK(done.accesses_denied == 1);
    const TxOutcome outcome = get_outcome(network.tables(), transaction_id(access.header)).value();
    const AccessView view = get_access(network.tables(), outcome.leaves[0]).value();
    CHECK(view.reason == "STATE_WITHDRAWN");
    CHECK(view.flags == std::vector<std::string>{"IN_FLIGHT"});
    // It comes after the withdrawal in the log too.
    CHECK(get_outcome(network.tables(), transaction_id(withdrawal.header))->leaves[0] <
          outcome.leaves[0]);
}

TEST_CASE("execution: two executions of a block write the same rows") {
    Network network;
    const TimeMs at = start_time();
    network.grant({}, at);
    std::vector<std::string> events;
    for (int k = 0; k < 40; ++k) {
        AccessText text;
        text.session_id = "s" + std::to_string(k);
        text.consent_id = k % 3 == 0 ? "none" : "c1";
        events.push_back(access_request(text, at));
    }
    RecordText second;
    second.consent_id = "c2";
    const OrderedBlock block = network.block(
        {network.batch(
            {network.sign("unilab", events, at + day_ms / 2),
             network.sign("northbank", {request_consent(second, at)}, at + day_ms / 2)})},
        at);
    PatriciaTree first_map = load_index_map(network.tables());
    PatriciaTree second_map = load_index_map(network.tables());
    const Execution one = execute(network.genesis(), network.tables(), block, first_map);
    const Execution two = execute(network.genesis(), network.tables(), block, second_map);
    REQUIRE(one.writes.size() == two.writes.size());
    for (std::size_t k = 0; k < one.writes.size(); ++k) {
        CHECK(one.writes[k].table == two.writes[k].table);
        CHECK(one.writes[k].key == two.writes[k].key);
        CHECK(one.writes[k].value == two.writes[k].value);
    }
    CHECK(one.tip == two.tip);
}

TEST_CASE("execution: the log's root is that of the entries as they are read back") {
    Network network;
    const TimeMs at = start_time();
    network.grant({}, at);
    network.record("unilab", {access_request({}, at)}, at);
    network.record("medcare", {access_event("delivery", {}, at, delivered)}, at);
    network.record("northbank", {lifecycle("withdraw", at)}, at);
    const Tip tip = load_tip(network.tables()).value();
    std::vector<Hash> leaves;
    for (std::uint64_t k = 0; k < tip.tree_size; ++k) {
        const auto entry = get_entry(network.tables(), k);
        const auto seal = get_seal(network.tables(), k);
        CHECK(entry.has_value() != seal.has_value());
        leaves.push_back(seal ? leaf_hash(encode(*seal)) : leaf_hash(entry_leaf_bytes(*entry)));
    }
    CHECK(tip.tree_size == 5 + 4);  // Five events, four blocks.
    CHECK(root_of(leaves) == tip.root);
    CHECK(root_at(network.tables(), tip.tree_size).value() == tip.root);
    CHECK_FALSE(get_entry(network.tables(), tip.tree_size).has_value());
}

TEST_CASE("execution: flags claims that are late, ahead or unlike the verdict") {
    Network network;
    const TimeMs at = start_time();
    network.grant({}, at);
    const TimeMs skew = network.genesis().clock_skew_ms;
    CHECK(network.record("unilab", {access_request({}, at - skew)}, at).flags == 0);
    CHECK(network.record("unilab", {access_request({}, at - skew - 1)}, at).flags == flag_late);
    CHECK(network.record("unilab", {access_request({}, at + 1)}, at).flags == flag_future);
    const std::string_view permit = R"(,"claimed":"permit","reasons":[],"policy_version":"1")";
    const EntryView agreed =
        network.record("medcare", {access_event("decision", {}, at, permit)}, at);
    CHECK(agreed.flags == 0);
    CHECK(agreed.verdict == 0);
    AccessText unasked;
    unasked.session_id = "s9";
    CHECK(network.record("medcare", {access_event("decision", unasked, at, permit)}, at).flags ==
          flag_claim_differs);
}

TEST_CASE("execution: a session is one use, and one that fails is given back") {
    Network network;
    TimeMs at = start_time();
    RecordText text;
    text.fetch = R"({"kind":"once"})";
    network.grant(text, at);
    AccessText first, second;
    second.session_id = "s2";
    CHECK(reason_of(network.record("unilab", {access_request(first, at)}, at)) == "PERMIT");
    CHECK(reason_of(network.record("unilab", {access_request(first, at)}, at)) == "PERMIT");
    CHECK(reason_of(network.record("unilab", {access_request(second, at)}, at)) == "ONE_TIME_USED");
    CHECK(network.consent("c1", at).uses_left == 0);
    network.record("medcare", {access_event("delivery", first, at, failed)}, at);
    CHECK(network.consent("c1", at).uses_left == 1);
    CHECK(reason_of(network.record("unilab", {access_request(second, at)}, at)) == "PERMIT");
    network.record("medcare", {access_event("delivery", second, at, delivered)}, at);
    // What was delivered is not given back any more.
    network.record("medcare", {access_event("delivery", second, at, failed)}, at);
    CHECK(network.consent("c1", at).uses_left == 0);
    // A session lasts a day from its use.
    CHECK(reason_of(network.record("unilab", {access_request(second, at + limits::session_ms - 1)},
                                   at + limits::session_ms - 1)) == "PERMIT");
    CHECK(reason_of(network.record("unilab", {access_request(second, at + limits::session_ms)},
                                   at + limits::session_ms)) == "ONE_TIME_USED");
}

TEST_CASE("execution: a rate slides over its window and survives many uses") {
    Network network;
    TimeMs at = start_time();
    RecordText text;
    text.fetch = R"({"kind":"periodic","count":40,"unit":"hour"})";
    network.grant(text, at);
    const auto use = [&](TimeMs time, bool attended = false) {
        static int sessions = 0;
        AccessText access;
        access.session_id = "u" + std::to_string(++sessions);
        access.attended = attended;
        return reason_of(network.record("unilab", {access_request(access, time)}, time));
    };
    // One a minute for 40 minutes: more than two chunks of the consent's log.
    for (int k = 0; k < 40; ++k) REQUIRE(use(at + k * 60'000) == "PERMIT");
    CHECK(use(at + 3'599'999) == "FREQUENCY_EXCEEDED");
    CHECK(use(at + 3'599'999, true) == "PERMIT");
    // The first use leaves the window exactly one hour later.
    CHECK(network.consent("c1", at + 3'599'999).window_uses_left == 0);
    CHECK(use(at + 3'600'000) == "PERMIT");
    CHECK(use(at + 3'600'000) == "FREQUENCY_EXCEEDED");
    CHECK(network.consent("c1", at + 4'200'000).window_uses_left == 10);
    CHECK(network.consent("c1", at + 4'200'000).uses == 42);
}

TEST_CASE("execution: an heir supersedes once it is granted and valid") {
    Network network;
    const TimeMs at = start_time();
    network.grant({}, at);
    RecordText heir;
    heir.consent_id = "c2";
    heir.supersedes = "c1";
    heir.valid_from = format_time(at + 1000);
    network.record("northbank", {request_consent(heir, at)}, at);
    CHECK(network.consent("c1", at + 5000).status == ConsentStatus::active);
    network.record("northbank", {authorise(at, 1, "c2")}, at);
    CHECK(network.consent("c1", at + 999).status == ConsentStatus::active);
    CHECK(network.consent("c1", at + 1000).status == ConsentStatus::superseded);
    CHECK(reason_of(network.record("unilab", {access_request({}, at)}, at + 999)) == "PERMIT");
    CHECK(reason_of(network.record("unilab", {access_request({}, at)}, at + 1000)) ==
          "STATE_SUPERSEDED");
}

TEST_CASE("execution: an amendment changes nothing before its authorisation") {
    Network network;
    const TimeMs at = start_time();
    network.grant({}, at);
    RecordText wider;
    wider.version = 2;
    wider.purposes = R"([{"code":"research"},{"code":"marketing"}])";
    AccessText marketing;
    marketing.purpose = "marketing";
    network.record("northbank", {amend_consent(wider, at)}, at);
    CHECK(reason_of(network.record("unilab", {access_request(marketing, at)}, at)) ==
          "PURPOSE_MISMATCH");
    network.record("northbank", {authorise(at, 2)}, at);
    CHECK(reason_of(network.record("unilab", {access_request(marketing, at)}, at)) == "PERMIT");
    marketing.version = 1;
    CHECK(reason_of(network.record("unilab", {access_request(marketing, at)}, at)) ==
          "STATE_SUPERSEDED");
    marketing.version = 3;
    CHECK(reason_of(network.record("unilab", {access_request(marketing, at)}, at)) ==
          "CONSENT_UNKNOWN");
}

TEST_CASE("preview: says what execution would say, and changes nothing") {
    Network network;
    const TimeMs at = start_time();
    network.grant({}, at);
    const std::shared_ptr<const Reader> tables(std::shared_ptr<void>(), &network.tables());
    Previewer previewer(network.genesis(), tables);
    const auto code_of = [&](const Transaction& transaction) {
        const auto refusal =
            previewer.preview(static_cast<TimeUs>(at) * 1000, network.check(transaction));
        return refusal ? refusal->code : "fine";
    };
    const Transaction withdrawal =
        network.sign("northbank", {lifecycle("withdraw", at)}, at + day_ms / 2);
    CHECK(code_of(withdrawal) == "fine");
    CHECK(code_of(withdrawal) == "fine");
    CHECK(code_of(network.sign("northbank", {lifecycle("resume", at)}, at + day_ms / 2)) ==
          "consent-state");
    CHECK(network.consent("c1", at).status == ConsentStatus::active);
}

}  // namespace consentree::ledger::test

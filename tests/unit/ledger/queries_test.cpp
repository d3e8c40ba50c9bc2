#include "ledger/queries.h"

#include "ledger/queries_registry.h"
#include "tests/unit/ledger/domain_fixture.h"

#include <catch2/catch.hpp>

#include <random>

namespace consentree::ledger::test {
namespace {

// All leaves of a query, page by page.
std::vector<std::uint64_t> all_leaves(const Network& network, LeafQuery query) {
    std::vector<std::uint64_t> leaves;
    for (int pages = 0; pages < 1000; ++pages) {
        const LeafPage page = list_leaves(network.tables(), query);
        CHECK(page.leaves.size() <= query.limit);
        leaves.insert(leaves.end(), page.leaves.begin(), page.leaves.end());
        if (!page.next) return leaves;
        query.from = page.next;
    }
    FAIL("the pages do not end");
    return leaves;
}

}  // namespace

TEST_CASE("queries: show a consent with its record, versions and grantors") {
    Network network;
    const TimeMs at = start_time();
    RecordText text;
    text.max_uses = "5";
    network.grant(text, at);
    network.record("unilab", {access_request({}, at)}, at);
    ConsentView view = network.consent("c1", at);
    CHECK(view.status == ConsentStatus::active);
    CHECK(view.record_json == record_text(text));
    CHECK(view.authorised_by == std::vector<std::string>{"sub:alice"});
    CHECK(view.created_height == 1);
    CHECK(view.events == 3);
    CHECK(view.uses_left == 4);
    CHECK(network.consent("c1", *parse_time("2027-01-01T00:00:00.000Z")).status ==
          ConsentStatus::expired);

    RecordText second = text;
    second.version = 2;
    network.record("northbank", {amend_consent(second, at), authorise(at, 2)}, at);
    view = network.consent("c1", at);
    CHECK(view.terms.record.version == 2);
    CHECK(view.created_height == 1);
    CHECK(view.version_height == 3);
    const auto versions = consent_versions(network.tables(), view.key, 1, 10);
    REQUIRE(versions.size() == 2);
    CHECK(versions[0].record_json == record_text(text));
    CHECK(versions[1].record_json == record_text(second));
    CHECK(consent_versions(network.tables(), view.key, 2, 1).size() == 1);
    CHECK(consents_by_id(network.tables(), "c1", at).size() == 1);
    CHECK(consents_by_id(network.tables(), "c9", at).empty());
}

TEST_CASE("queries: list consents by every filter, page by page, up to a height") {
    Network network;
    const TimeMs at = start_time();
    for (int k = 1; k <= 9; ++k) {
        RecordText text;
        text.consent_id = "c" + std::to_string(k);
        text.subject = k % 2 == 0 ? "sub:even" : "sub:odd";
        text.recipient = k % 3 == 0 ? "citygov" : "unilab";
        network.grant(text, at);
    }
    network.record("northbank", {lifecycle("withdraw", at, 1, "c4")}, at);
    const auto numbers = [&](ConsentFilter filter, Height as_of, Direction direction) {
        filter.at = at;
        std::vector<std::uint64_t> found;
        std::uint64_t from = 0;
        do {
            const ConsentPage page =
                list_consents(network.tables(), filter, as_of, from, 2, direction);
            for (const ConsentView& view : page.items) found.push_back(view.number);
            from = page.next;
        } while (from != 0);
        return found;
    };
    using Numbers = std::vector<std::uint64_t>;
    ConsentFilter filter;
    CHECK(numbers(filter, 100, Direction::ascending) == Numbers{1, 2, 3, 4, 5, 6, 7, 8, 9});
    CHECK(numbers(filter, 3, Direction::descending) == Numbers{3, 2, 1});
    filter.subject = "sub:even";
    CHECK(numbers(filter, 100, Direction::descending) == Numbers{8, 6, 4, 2});
    filter.status = ConsentStatus::active;
    CHECK(numbers(filter, 100, Direction::descending) == Numbers{8, 6, 2});
    filter = {};
    filter.recipient = "citygov";
    CHECK(numbers(filter, 100, Direction::ascending) == Numbers{3, 6, 9});
    filter.subject = "sub:odd";
    CHECK(numbers(filter, 100, Direction::ascending) == Numbers{3, 9});
    filter = {};
    filter.provider = "medcare";
    filter.purpose = "marketing";
    CHECK(numbers(filter, 100, Direction::ascending).empty());
}

TEST_CASE("queries: lists of leaves hold what their key says, whatever the page and direction") {
    Network network;
    TimeMs at = start_time();
    RecordText second;
    second.consent_id = "c2";
    second.provider = "citygov";
    network.grant({}, at);
    network.grant(second, at);
    std::mt19937 random(7);
    for (int block = 0; block < 60; ++block) {
        std::vector<std::string> events;
        for (unsigned k = 0; k < 1 + random() % 5; ++k) {
            AccessText text;
            text.session_id = "s" + std::to_string(random() % 9);
            const char* const ids[] = {"c1", "c2", "unknown"};
            text.consent_id = ids[random() % 3];
            events.push_back(access_request(text, at));
        }
        network.record("unilab", std::move(events), ++at);
        if (block % 20 == 10) network.record("northbank", {lifecycle("suspend", at)}, at);
        if (block % 20 == 15) network.record("northbank", {lifecycle("resume", at)}, at);
    }
    const std::uint64_t size = load_tip(network.tables())->tree_size;
    for (int round = 0; round < 200; ++round) {
        LeafQuery query;
        query.limit = 1 + random() % 40;
        query.tree_size = 1 + random() % size;
        query.lifecycle = random() % 4 != 0;
        query.access = random() % 4 != 0;
        query.direction = random() % 2 == 0 ? Direction::ascending : Direction::descending;
        const auto key = random() % 5;
        if (key == 1) query.consent = consent_key("northbank", "c1");
        if (key == 2) query.subject = "sub:alice";
        if (key == 3) query.actor = "unilab";
        if (key == 4) query.provider = "medcare";
        std::vector<std::uint64_t> expected;
        for (std::uint64_t leaf = 0; leaf < query.tree_size; ++leaf) {
            if (get_seal(network.tables(), leaf)) continue;
            const EntryView entry = get_entry(network.tables(), leaf).value();
            const bool access = is_access(entry.kind);
            if (access ? !query.access : !query.lifecycle) continue;
            const std::string text(as_text(entry.event_bytes));
            const bool cites_c1 = text.find(R"("consent_id":"c1")") != std::string::npos;
            if (key == 1 && !cites_c1) continue;
            if (key == 3 && !access) continue;
            if (key == 4 && !(access && cites_c1)) continue;
            expected.push_back(leaf);
        }
        if (query.direction == Direction::descending) {
            std::reverse(expected.begin(), expected.end());
        }
        INFO("key " << key << " limit " << query.limit << " size " << query.tree_size);
        CHECK(all_leaves(network, query) == expected);
    }
}

TEST_CASE("queries: find an access by its event id under its consent") {
    Network network;
    const TimeMs at = start_time();
    network.grant({}, at);
    AccessText text;
    text.event_id = "wanted";
    network.record("unilab", {access_request(text, at)}, at);
    for (int k = 0; k < 40; ++k) network.record("unilab", {access_request({}, at)}, at);
    const auto found = find_access(network.tables(), consent_key("northbank", "c1"), "wanted");
    REQUIRE(found.has_value());
    CHECK(found->entry.index == 3);
    CHECK(found->verdict == "PERMIT");
    CHECK_FALSE(find_access(network.tables(), consent_key("northbank", "c1"), "wante").has_value());
}

TEST_CASE("queries: check answers without recording") {
    Network network;
    const TimeMs at = start_time();
    network.grant({}, at);
    CheckQuestion question;
    question.subject = "sub:alice";
    question.actor_org = "unilab";
    question.purpose = "research";
    CheckAnswer answer = check_now(network.tables(), question, at);
    CHECK(answer.allowed);
    CHECK(answer.consent->terms.record.consent_id == "c1");
    question.purpose = "marketing";
    answer = check_now(network.tables(), question, at);
    CHECK_FALSE(answer.allowed);
    CHECK(answer.failed.at(0).code == "PURPOSE_MISMATCH");
    CHECK_FALSE(answer.remedy.empty());
    question.subject = "sub:nobody";
    answer = check_now(network.tables(), question, at);
    CHECK(answer.failed.at(0).code == "CONSENT_UNKNOWN");
    CHECK_FALSE(answer.consent.has_value());
    CHECK(network.consent("c1", at).events == 2);
}

TEST_CASE("queries: a full window has room again when its oldest uses that count have left it") {
    Network network;
    const TimeMs at = start_time();
    const TimeMs hour_ms = 3'600'000;
    RecordText text;
    text.fetch = R"({"kind":"periodic","count":20,"unit":"day"})";
    network.grant(text, at);
    const auto use = [&](int number, TimeMs time) {
        AccessText access;
        access.session_id = "s" + std::to_string(number);
        network.record("unilab", {access_request(access, time)}, time);
    };
    // The first is given back, so that it is the second whose leaving makes room.
    for (int k = 0; k < 21; ++k) {
        use(k, at + k * 60'000);
        AccessText denied;
        denied.session_id = "s0";
        if (k > 0) continue;
        network.record("medcare",
                       {access_event("denial", denied, at + 1, R"(,"reasons":["EXPIRED"])")},
                       at + 1);
    }
    const ConsentView full = network.consent("c1", at + hour_ms);
    CHECK(full.window_uses_left == 0);
    REQUIRE(full.next_use.has_value());
    CHECK(*full.next_use == at + 60'000 + day_ms);
    CHECK(network.consent("c1", *full.next_use - 1).window_uses_left == 0);
    CHECK(network.consent("c1", *full.next_use).window_uses_left == 1);
    CHECK_FALSE(network.consent("c1", *full.next_use).next_use.has_value());

    // An amendment to fewer: two more have to leave.
    RecordText fewer = text;
    fewer.version = 2;
    fewer.fetch = R"({"kind":"periodic","count":18,"unit":"day"})";
    network.record("northbank", {amend_consent(fewer, at + hour_ms), authorise(at + hour_ms, 2)},
                   at + hour_ms);
    CHECK(network.consent("c1", at + 2 * hour_ms).next_use == at + 3 * 60'000 + day_ms);
}

TEST_CASE("queries: list institutions with their keys") {
    Network network;
    const auto parties = list_parties(network.tables(), "", 100).items;
    REQUIRE(parties.size() == 5);
    CHECK(parties[0].institution.id == "citygov");
    CHECK(parties[0].keys.size() == 4);
    REQUIRE(parties[2].keys.size() == 2);
    CHECK((parties[2].keys[0].roles | parties[2].keys[1].roles) == (Role::submit | Role::admin));
}

TEST_CASE("queries: outcomes and transactions are read back byte for byte") {
    Network network;
    const TimeMs at = start_time();
    const Transaction sent =
        network.sign("northbank", {request_consent({}, at), authorise(at), access_request({}, at)},
                     at + day_ms / 2);
    network.run(network.block({network.batch({sent})}, at));
    CHECK_FALSE(get_outcome(network.tables(), TxId{}).has_value());
    // The actor is another institution: the whole is refused, and still shown.
    const TxOutcome refused = get_outcome(network.tables(), transaction_id(sent.header)).value();
    CHECK(refused.code == "not-authorised");
    CHECK(get_transaction(network.tables(), refused) == encode(sent));
    CHECK(decode_tx_outcome(encode(refused))->pointer == "/events/2");
    const TxOutcome committed =
        network.submit("northbank", {request_consent({}, at), authorise(at)}, at);
    CHECK(committed.leaves == std::vector<std::uint64_t>{1, 2});
    CHECK(encode(*decode_tx_outcome(encode(committed))) == encode(committed));
}

}  // namespace consentree::ledger::test

// Lists and evidence with their proof, from a server that tells the truth, and from one that lies.
#include "client/entry_reader.h"
#include "tests/unit/client/keeper.h"

using namespace consentree;
using namespace consentree::client;
using namespace consentree::client::test;

namespace {

// Of the items.
std::vector<std::uint64_t> indexes(const std::string& page) {
    std::vector<std::uint64_t> found;
    const Json json = Json::parse(page);
    for (const auto& item : json.at("items")) {
        found.push_back(item.at("index").get<std::uint64_t>());
    }
    return found;
}

// As the ledger's own lists have them, which other tests check.
std::vector<std::uint64_t> expected(const Keeper& keeper, bool lifecycle, bool access) {
    std::vector<std::uint64_t> leaves = lt::listed(keeper.world, lt::about_alice);
    std::erase_if(leaves, [&](std::uint64_t leaf) {
        const bool is_access =
            ledger::is_access(ledger::get_entry(keeper.world.network.tables(), leaf)->kind);
        return is_access ? !access : !lifecycle;
    });
    return leaves;
}

}  // namespace

TEST_CASE("proven lists: are made of the proven entries, whatever the node says beside them") {
    Reader reader;
    const auto answer = reader.client.accesses({{"subject", "sub:alice"}, {"order", "asc"}});
    REQUIRE(answer);
    CHECK(answer->proven);
    CHECK(indexes(answer->json) == expected(reader.keeper, false, true));
    CHECK(Json::parse(answer->json)["complete"] == true);
    CHECK(answer->verification.signers.size() == 3);
    const auto item = Json::parse(answer->json)["items"][0];
    CHECK(item["verdict"] == "PERMIT");
    CHECK(item["event"]["subject"] == "sub:alice");
    const auto history = reader.client.history("northbank", "c1");
    REQUIRE(history);
    CHECK(history->proven);
    CHECK(indexes(history->json) == expected(reader.keeper, true, false));
    // A list about nobody: not proven, and said so.
    const auto word = reader.client.accesses({});
    REQUIRE(word);
    CHECK_FALSE(word->proven);
    CHECK_FALSE(word->why_not.empty());
}

TEST_CASE("proven lists: pages join up in both orders, as of the first, while blocks are added") {
    for (const std::string order : {"asc", "desc"}) {
        Reader reader;
        auto wanted = expected(reader.keeper, false, true);
        if (order == "desc") std::reverse(wanted.begin(), wanted.end());
        reader.keeper.between = [&] {
            if (reader.keeper.pages % 3 == 0) reader.keeper.world.extend();
        };
        std::vector<std::uint64_t> joined;
        std::string cursor;
        do {
            const auto answer = reader.client.accesses(
                {{"subject", "sub:alice"}, {"limit", "7"}, {"order", order}, {"cursor", cursor}});
            INFO((answer ? "" : answer.error().why));
            REQUIRE(answer);
            const auto page = indexes(answer->json);
            joined.insert(joined.end(), page.begin(), page.end());
            const Json next = Json::parse(answer->json)["next_cursor"];
            cursor = next.is_string() ? next.get<std::string>() : "";
        } while (!cursor.empty());
        CHECK(joined == wanted);
        CHECK(reader.keeper.pages > 5);
    }
}

TEST_CASE("proven evidence: is fetched in pages and verifies as one file") {
    Reader reader;
    const auto wanted = lt::listed(reader.keeper.world, lt::about_alice);
    reader.keeper.page_limit = 6;
    std::vector<std::size_t> seen;
    const Question about{.kind = "subject", .label = "sub:alice"};
    const auto quiet = reader.client.evidence(
        about, [&seen](std::size_t done, std::size_t) { seen.push_back(done); });
    REQUIRE(quiet);
    CHECK(seen.size() > 3);
    CHECK(seen.back() == wanted.size());
    CHECK(quiet->verification.proven.at(0).find("are recorded about") != std::string::npos);
    // With blocks in between it speaks of the block of the first page.
    reader.keeper.between = [&] { reader.keeper.world.extend(); };
    const auto busy = reader.client.evidence(about);
    INFO((busy ? "" : busy.error().why));
    REQUIRE(busy);
    CHECK(busy->verification.proven.at(0).find(" as of block ") != std::string::npos);
    for (const auto& evidence : {quiet, busy}) {
        const Verification offline = verify_file(evidence->json, reader.keeper.world.trust);
        REQUIRE(offline.standing == Standing::verified);
        std::vector<std::uint64_t> found;
        for (const auto& event : offline.events) found.push_back(event.index);
        CHECK(found == wanted);
    }
}

TEST_CASE("proven entries: come once each, in order, page after page; none after a lie") {
    Reader reader;
    const auto wanted = lt::listed(reader.keeper.world, lt::about_alice);
    reader.keeper.page_limit = 6;
    reader.keeper.between = [&] { reader.keeper.world.extend(); };
    const Question about{.kind = "subject", .label = "sub:alice"};
    std::vector<std::uint64_t> seen;
    std::size_t judged = 0;
    const auto see = [&](const LoggedEvent& entry) {
        seen.push_back(entry.index);
        judged += entry.verdict != 0 ? 1 : 0;
        CHECK(ledger::parse_event(entry.event).has_value());
    };
    std::vector<std::size_t> steps;
    Options options;
    options.urls = {reader.node.url()};
    options.trust = reader.home.file("trust.policy");
    auto log = EntryReader::connect(options);
    REQUIRE(log);
    const auto done =
        log->read(about, see, [&](std::size_t count, std::size_t) { steps.push_back(count); });
    REQUIRE(done);
    CHECK(seen == wanted);
    CHECK(judged > 0);
    CHECK(steps.size() > 3);
    CHECK(steps.back() == wanted.size());

    seen.clear();
    reader.keeper.lie = [&reader](ledger::Evidence& evidence) {
        if (reader.keeper.pages % 3 == 2 && !evidence.entries.empty()) {
            evidence.entries.back().back() ^= 1;
        }
    };
    const auto lied = log->read(about, see, {});
    REQUIRE_FALSE(lied);
    CHECK(lied.error().kind == FailureKind::verification_failed);
    CHECK(seen.size() < wanted.size());
    CHECK_FALSE(log->read({.kind = "nobody", .label = "x"}, see, {}));
    options.trust = "/nowhere";
    CHECK_FALSE(EntryReader::connect(options));
}

TEST_CASE("hostile server: no lie about a list or evidence is believed") {
    struct Case {
        const char* name;
        FailureKind kind;
        std::function<void(Keeper&, ledger::Evidence&, unsigned)> tell;
    };
    constexpr auto failed = FailureKind::verification_failed;
    constexpr auto undecidable = FailureKind::undecidable;
    const std::vector<Case> cases{
        {"a true proof of another subject", failed,
         [](Keeper& keeper, ledger::Evidence& evidence, unsigned) {
             evidence = keeper.world.ask(lt::ask_about(ledger::IndexKey::subject, "sub:bob"));
         }},
        {"a true proof of a shorter time", failed,
         [](Keeper& keeper, ledger::Evidence& evidence, unsigned at) {
             ledger::Question less = evidence.question;
             less.to = keeper.world.first + 1000 * (at % 7);
             evidence = keeper.world.ask(less);
         }},
        {"a true proof of an earlier block", failed,
         [](Keeper& keeper, ledger::Evidence& evidence, unsigned at) {
             ledger::Question less = evidence.question;
             less.as_of_height = 1 + at % 8;
             evidence = keeper.world.ask(less);
         }},
        {"a version without signatures", undecidable,
         [](Keeper&, ledger::Evidence& evidence, unsigned) { evidence.transactions.clear(); }},
        {"a page from the middle", failed,
         [](Keeper& keeper, ledger::Evidence& evidence, unsigned at) {
             ledger::EvidencePage page;
             page.position = 2 + at % 9;
             page.limit = 1 + at % 4;
             evidence = keeper.world.page(evidence.question, page).evidence;
         }},
        {"an empty page", failed,
         [](Keeper& keeper, ledger::Evidence& evidence, unsigned at) {
             ledger::EvidencePage page;
             page.position = 1 + at % 9;
             page.limit = 0;
             evidence = keeper.world.page(evidence.question, page).evidence;
             evidence.leaves.clear();
         }},
        {"a turned bit of an entry", failed,
         [](Keeper&, ledger::Evidence& evidence, unsigned at) {
             Bytes& entry = evidence.entries[at % evidence.entries.size()];
             entry[at % entry.size()] ^= static_cast<std::uint8_t>(1U << at % 8);
         }},
    };
    // CONSENTREE_LIES=10000 is the long form.
    const char* many = std::getenv("CONSENTREE_LIES");
    const int rounds = many != nullptr ? std::atoi(many) : 12;
    Reader reader(24);  // Small, so that many lies take little time.
    unsigned at = 0;
    for (const Case& one : cases) {
        for (int round = 0; round < rounds; ++round) {
            ++at;
            reader.keeper.lie = [&](ledger::Evidence& evidence) {
                one.tell(reader.keeper, evidence, at);
            };
            INFO(one.name << " " << round);
            const auto list = reader.client.accesses({{"subject", "sub:alice"}});
            REQUIRE_FALSE(list);
            const auto evidence = reader.client.evidence({.kind = "subject", .label = "sub:alice"});
            REQUIRE_FALSE(evidence);
            if (one.kind == failed) {
                CHECK(evidence.error().kind == failed);
                CHECK(list.error().kind == failed);
            }
        }
    }
    reader.keeper.lie = {};
    CHECK(reader.client.accesses({{"subject", "sub:alice"}}));
}

TEST_CASE("hostile server: an older ledger is refused for a question about now") {
    Reader reader;
    const std::string old_note = reader.keeper.world.note;
    const ledger::Evidence old = reader.keeper.world.ask(lt::about_alice);
    reader.keeper.world.extend();
    REQUIRE(reader.client.evidence({.kind = "subject", .label = "sub:alice"}));
    reader.keeper.lie = [&old](ledger::Evidence& evidence) { evidence = old; };
    const auto refused = reader.client.evidence({.kind = "subject", .label = "sub:alice"});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == FailureKind::undecidable);
    CHECK(refused.error().code == "checkpoint-older");
    const auto list = reader.client.accesses({{"subject", "sub:alice"}});
    REQUIRE_FALSE(list);
    CHECK(list.error().code == "checkpoint-older");
}

TEST_CASE("hostile server: an answer from a forked network is refused, with evidence") {
    // Another history of the same network, which the same validators have signed.
    Reader reader, other;
    Client client = reader.connect(10'000, reader.home.file("state"));
    const Question about{.kind = "subject", .label = "sub:alice"};
    REQUIRE(client.evidence(about));
    const auto& network = reader.keeper.world.network.genesis().network;
    REQUIRE(other.keeper.world.network.genesis().network == network);
    // As long as what was seen, and longer.
    for (int blocks = 0; blocks < 2; ++blocks) {
        reader.keeper.forked = &other.keeper;
        const auto refused = client.evidence(about);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().kind == FailureKind::verification_failed);
        CHECK(refused.error().code == (blocks == 0 ? "fork" : refused.error().code));
        const auto list = client.accesses({{"subject", "sub:alice"}});
        REQUIRE_FALSE(list);
        CHECK(list.error().kind == FailureKind::verification_failed);
        const auto consent = client.consent("northbank", "c1");
        REQUIRE_FALSE(consent);
        CHECK(consent.error().kind == FailureKind::verification_failed);
        const auto file = read_file(refused.error().evidence, 1 << 20);
        REQUIRE(file);
        if (refused.error().code == "fork") {
            const Verification fork = verify_file(*file, reader.keeper.world.trust);
            CHECK(fork.standing == Standing::verified);
            CHECK(fork.signers.size() == 3);
        }
        reader.keeper.forked = nullptr;
        REQUIRE(client.evidence(about));
        other.keeper.world.extend();
    }
}

TEST_CASE("hostile server: pages that never end are cut off") {
    Reader reader;
    Client hasty = reader.connect(300);
    reader.keeper.page_limit = 1;
    reader.keeper.ignores_position = true;
    std::uint64_t next = 0;
    reader.keeper.lie = [&next](ledger::Evidence& evidence) {
        ledger::MapValue value = ledger::decode_map_value(*evidence.value).value();
        value.count = std::uint64_t{1} << 40;
        evidence.value = to_bytes(ledger::encode(value));
        evidence.range.begin = next;
        evidence.range.end = ++next;
    };
    const auto refused = hasty.evidence({.kind = "subject", .label = "sub:alice"});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == "timed-out");
    CHECK(next > 1);
}

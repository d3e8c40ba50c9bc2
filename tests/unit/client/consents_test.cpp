// Consents as they stand, from a server that tells the truth, and from one that lies.
#include "client/api_view.h"
#include "tests/unit/client/keeper.h"
#include "tests/unit/ledger/policy_events.h"

using namespace consentree;
using namespace consentree::client;
using namespace consentree::client::test;

namespace {

// What the cosignatures of the world say that it is current as of.
constexpr TimeMs moment = 1'795'000'001'000;

lt::RecordText text_of(const std::string& id, const std::string& recipient = "unilab") {
    lt::RecordText text;
    text.consent_id = id;
    text.recipient = recipient;
    return text;
}

// More consents of alice: c1 is superseded by c3; c4 comes to unilab by an amendment, and leaves
// it again; c5 is withdrawn, after uses of which some were given back.
void enrich(lt::Certified& world) {
    lt::Network& network = world.network;
    TimeMs at = static_cast<TimeMs>(ledger::load_tip(network.tables())->time_us / 1000) + 1000;
    lt::RecordText third = text_of("c3");
    third.supersedes = "c1";
    third.fetch = R"({"kind":"periodic","count":9,"unit":"year"})";
    network.grant(third, at);
    lt::RecordText fourth = text_of("c4", "citygov");
    fourth.provider = "citygov";
    network.grant(fourth, at += 1000);
    for (const char* recipient : {"unilab", "citygov"}) {
        fourth.version += 1;
        fourth.recipient = recipient;
        network.record(
            "northbank",
            {lt::amend_consent(fourth, at += 1000), lt::authorise(at, fourth.version, "c4")}, at);
    }
    lt::RecordText fifth = text_of("c5");
    fifth.max_uses = "7";
    network.grant(fifth, at += 1000);
    for (int use = 0; use < 5; ++use) {
        lt::AccessText access;
        access.consent_id = use == 4 ? "c3" : "c5";
        access.session_id = "x" + std::to_string(use);
        network.record("unilab", {lt::access_request(access, at += 1000)}, at);
        if (use != 1) continue;
        network.record("medcare", {lt::access_event("delivery", access, at += 1000, lt::failed)},
                       at);
    }
    network.record("northbank", {lt::lifecycle("withdraw", at += 1000, 1, "c5")}, at);
    world.certify({{0, 1'795'000'001}, {2, 1'795'000'003}, {3, 1'795'000'002}});
}

struct World : Reader {
    explicit World(int blocks = 40) : Reader(blocks) { enrich(keeper.world); }
    const ledger::Reader& tables() const { return keeper.world.network.tables(); }
    Height height() const { return ledger::load_tip(tables())->height; }

    // As a node says it.
    std::string truth(const ledger::ConsentFilter& filter, std::size_t limit = 100) const {
        api::Page<api::Consent> page;
        page.as_of_height = height();
        for (const auto& view :
             ledger::list_consents(tables(), filter, UINT64_MAX, 0, limit).items) {
            page.items.push_back(api::consent_of(view, page.as_of_height, false));
        }
        return api::format(page);
    }
    std::string truth(const std::string& id) const {
        const auto view = ledger::find_consent(tables(), "northbank", id, moment).value();
        return api::format(api::consent_of(view, height(), true));
    }
};

ledger::ConsentFilter at_moment() {
    ledger::ConsentFilter filter;
    filter.at = moment;
    return filter;
}

std::vector<std::string> ids_of(const std::string& page) {
    std::vector<std::string> ids;
    const Json json = Json::parse(page);
    for (const auto& item : json.at("items")) ids.push_back(item.at("consent_id"));
    return ids;
}

}  // namespace

TEST_CASE("proven consents: are what the tables of a node say") {
    World world;
    for (const char* id : {"c1", "c2", "c3", "c4", "c5"}) {
        const auto answer = world.client.consent("northbank", id);
        INFO(id << (answer ? "" : answer.error().why));
        REQUIRE(answer);
        CHECK(answer->proven);
        CHECK(answer->verification.signers.size() == 3);
        CHECK(Json::parse(answer->json) == Json::parse(world.truth(id)));
    }
    CHECK(Json::parse(world.truth("c1"))["state"] == "superseded");
    CHECK(Json::parse(world.truth("c5"))["uses"] == 3);
    // Pages of a few entries come to the same.
    world.keeper.page_limit = 3;
    CHECK(Json::parse(world.client.consent("northbank", "c5")->json) ==
          Json::parse(world.truth("c5")));
    // Whose consent it is, a node may say; what it says of it does not count.
    Json said = Json::parse(world.truth("c1"));
    said["state"] = "active";
    said["uses"] = 0;
    world.keeper.said_consent = said.dump();
    const auto answer = world.client.consent("", "c1");
    REQUIRE(answer);
    CHECK(Json::parse(answer->json)["state"] == "superseded");
    said["issuer"] = "medcare";
    world.keeper.said_consent = said.dump();
    const auto misled = world.client.consent("", "c1");
    REQUIRE_FALSE(misled);
    CHECK(misled.error().kind == FailureKind::not_found);
    const auto none = world.client.consent("northbank", "c9");
    REQUIRE_FALSE(none);
    CHECK(none.error().kind == FailureKind::not_found);
    CHECK(none.error().why.find("proven") != std::string::npos);
}

TEST_CASE("proven consents: under a scheme they are read by the log of governance") {
    World world;
    lt::Certified& ledger = world.keeper.world;
    TimeMs at = static_cast<TimeMs>(ledger::load_tip(world.tables())->time_us / 1000) + 1000;
    lt::put_in_force(ledger.network, "berlin-group", at);
    // The newer one takes the older one's place, at most four a day, without saying either.
    for (const char* id : {"c6", "c7"}) {
        lt::RecordText text = text_of(id);
        text.more = R"(,"scheme":"berlin-group")";
        text.fetch = R"({"kind":"periodic","count":100,"unit":"day"})";
        ledger.network.grant(text, at += 1000);
    }
    ledger.certify({{0, 1'795'000'001}, {2, 1'795'000'003}, {3, 1'795'000'002}});
    for (const char* id : {"c6", "c7", "c1"}) {
        const auto answer = world.client.consent("northbank", id);
        INFO(id << (answer ? "" : answer.error().why));
        REQUIRE(answer);
        CHECK(answer->proven);
        CHECK(Json::parse(answer->json) == Json::parse(world.truth(id)));
    }
    CHECK(Json::parse(world.truth("c6"))["state"] == "superseded");
    CHECK(Json::parse(world.truth("c7"))["window_uses_left"] == 4);
    // Without that log, or with a gap in it, nothing is proven.
    world.keeper.lie = [](ledger::Evidence& evidence) {
        if (evidence.question.kind == ledger::IndexKey::governance) evidence.entries.pop_back();
    };
    CHECK_FALSE(world.client.consent("northbank", "c7"));
    CHECK(world.client.consent("northbank", "c2"));  // Of a subject without such consents.
}

TEST_CASE("proven consents: lists are what the tables of a node say, filtered") {
    World world;
    const std::vector<std::pair<std::vector<Filter>, std::function<void(ledger::ConsentFilter&)>>>
        cases{
            {{{"subject", "sub:alice"}}, [](auto& f) { f.subject = "sub:alice"; }},
            {{{"subject", "sub:nobody"}}, [](auto& f) { f.subject = "sub:nobody"; }},
            {{{"recipient", "unilab"}}, [](auto& f) { f.recipient = "unilab"; }},
            {{{"recipient", "citygov"}}, [](auto& f) { f.recipient = "citygov"; }},
            {{{"provider", "citygov"}}, [](auto& f) { f.provider = "citygov"; }},
            {{{"issuer", "northbank"}}, [](auto& f) { f.issuer = "northbank"; }},
            {{{"issuer", "medcare"}}, [](auto& f) { f.issuer = "medcare"; }},
            {{{"provider", "medcare"}, {"state", "active"}},
             [](auto& f) {
                 f.provider = "medcare";
                 f.status = ledger::ConsentStatus::active;
             }},
            {{{"subject", "sub:alice"}, {"recipient", "citygov"}},
             [](auto& f) {
                 f.subject = "sub:alice";
                 f.recipient = "citygov";
             }},
            {{{"issuer", "northbank"}, {"purpose", "marketing"}},
             [](auto& f) {
                 f.issuer = "northbank";
                 f.purpose = "marketing";
             }},
            {{{"recipient", "unilab"}, {"expires_before", "2027-06-01T00:00:00.000Z"}},
             [](auto& f) {
                 f.recipient = "unilab";
                 f.expires_before = parse_time("2027-06-01T00:00:00.000Z");
             }},
        };
    std::size_t listed = 0;
    for (const auto& [filters, narrow] : cases) {
        ledger::ConsentFilter filter = at_moment();
        narrow(filter);
        const auto answer = world.client.consents(filters);
        INFO(filters.back().name << " " << filters.back().value
                                 << (answer ? "" : answer.error().why));
        REQUIRE(answer);
        CHECK(answer->proven);
        CHECK(Json::parse(answer->json) == Json::parse(world.truth(filter)));
        listed += ids_of(answer->json).size();
    }
    CHECK(listed > 20);
    const auto word = world.client.consents({{"state", "active"}});
    REQUIRE(word);
    CHECK_FALSE(word->proven);
    for (const Filter& wrong : {Filter{"state", "odd"},
                                {"limit", "0"},
                                {"limit", "501"},
                                {"order", "up"},
                                {"cursor", "x"},
                                {"expires_before", "soon"}}) {
        const auto refused = world.client.consents({{"subject", "sub:alice"}, wrong});
        REQUIRE_FALSE(refused);
        CHECK(refused.error().kind == FailureKind::usage);
    }
}

TEST_CASE(
    "proven consents: pages join up in both orders, as of the first, while blocks are added") {
    for (const std::string order : {"asc", "desc"}) {
        for (const Filter& about :
             {Filter{"subject", "sub:alice"}, {"recipient", "unilab"}, {"issuer", "northbank"}}) {
            World world;
            const auto whole = world.client.consents({about, {"order", order}});
            REQUIRE(whole);
            world.keeper.page_limit = 7;
            world.keeper.between = [&world] {
                if (world.keeper.pages % 9 == 0) world.keeper.world.extend();
            };
            std::vector<std::string> ids;
            std::string cursor;
            do {
                const auto page = world.client.consents(
                    {about, {"limit", "2"}, {"order", order}, {"cursor", cursor}});
                INFO((page ? "" : page.error().why));
                REQUIRE(page);
                const auto more = ids_of(page->json);
                CHECK(more.size() <= 2);
                ids.insert(ids.end(), more.begin(), more.end());
                const Json next = Json::parse(page->json)["next_cursor"];
                cursor = next.is_string() ? next.get<std::string>() : "";
            } while (!cursor.empty());
            CHECK(ids == ids_of(whole->json));
        }
    }
}

TEST_CASE("proven consents: as of every block they are what a node said then") {
    Reader reader;
    auto& world = reader.keeper.world;
    std::map<Height, std::string> said;
    const auto note = [&] {
        const auto tip = ledger::load_tip(world.network.tables()).value();
        const auto view = ledger::find_consent(world.network.tables(), "northbank", "c1",
                                               static_cast<TimeMs>(tip.time_us / 1000));
        said[tip.height] = api::format(api::consent_of(*view, tip.height, true));
    };
    TimeMs at = static_cast<TimeMs>(ledger::load_tip(world.network.tables())->time_us / 1000);
    note();
    for (const char* type : {"suspend", "resume", "withdraw"}) {
        world.network.record("northbank", {lt::lifecycle(type, at += 1000)}, at);
        note();
        world.extend(2);
        at += 1000;
        note();
    }
    for (const auto& [height, truth] : said) {
        const auto answer =
            reader.client.consent("northbank", "c1", {{"as_of", std::to_string(height)}});
        INFO((answer ? "" : answer.error().why));
        REQUIRE(answer);
        CHECK(Json::parse(answer->json) == Json::parse(truth));
        const auto list =
            reader.client.consents({{"recipient", "unilab"}, {"as_of", std::to_string(height)}});
        REQUIRE(list);
        CHECK(Json::parse(list->json)["items"].back()["state"] == Json::parse(truth)["state"]);
    }
    const auto before = reader.client.consent("northbank", "c2", {{"as_of", "1"}});
    REQUIRE_FALSE(before);
    CHECK(before.error().kind == FailureKind::not_found);
}

TEST_CASE("proven accesses: of a subject with a consent, provider or actor") {
    World world;
    const auto all = world.client.accesses({{"subject", "sub:alice"}, {"limit", "500"}});
    REQUIRE(all);
    const Json whole = Json::parse(all->json);
    std::map<std::string, std::size_t> of_consent;
    for (const auto& item : whole["items"]) of_consent[item["event"]["consent_id"]] += 1;
    CHECK(of_consent.size() == 3);
    const auto count = [&world](const std::vector<Filter>& more) {
        std::vector<Filter> filters{{"subject", "sub:alice"}, {"limit", "500"}};
        filters.insert(filters.end(), more.begin(), more.end());
        const auto found = world.client.accesses(filters);
        INFO((found ? "" : found.error().why));
        REQUIRE(found);
        CHECK(found->proven);
        return Json::parse(found->json)["items"].size();
    };
    CHECK(count({{"consent", "c5"}}) == of_consent["c5"]);
    CHECK(count({{"consent", "c5"}, {"issuer", "medcare"}}) == 0);
    CHECK(count({{"actor", "unilab"}}) == whole["items"].size());
    CHECK(count({{"provider", "medcare"}}) == whole["items"].size());
    CHECK(count({{"provider", "medcare"}, {"consent", "c3"}}) == of_consent["c3"]);
    CHECK(count({{"provider", "citygov"}}) == 0);
    // Pages, and a window.
    std::size_t joined = 0;
    std::string cursor;
    do {
        const auto page = world.client.accesses({{"subject", "sub:alice"},
                                                 {"provider", "medcare"},
                                                 {"limit", "7"},
                                                 {"cursor", cursor}});
        REQUIRE(page);
        joined += Json::parse(page->json)["items"].size();
        const Json next = Json::parse(page->json)["next_cursor"];
        cursor = next.is_string() ? next.get<std::string>() : "";
    } while (!cursor.empty());
    CHECK(joined == whole["items"].size());
    const std::string time = whole["items"][4]["time"];
    CHECK(count({{"provider", "medcare"}, {"from", time}}) +
              count({{"provider", "medcare"}, {"to", time}}) ==
          joined);
}

TEST_CASE("proven access: is the entry of the log, whatever stands beside it") {
    World world;
    const auto listed = world.client.accesses({{"subject", "sub:alice"}, {"limit", "500"}});
    const Json item = Json::parse(listed->json)["items"][0];
    const std::string index = std::to_string(item["index"].get<std::uint64_t>());
    const auto answer = world.client.access(index);
    INFO((answer ? "" : answer.error().why));
    REQUIRE(answer);
    CHECK(answer->proven);
    Json shown = Json::parse(answer->json);
    shown.erase("entry");
    CHECK(shown == item);
    for (const std::function<void(Json&)>& lie : std::vector<std::function<void(Json&)>>{
             [](Json& said) { said["index"] = said["index"].get<std::uint64_t>() - 1; },
             [](Json& said) {
                 Bytes entry = from_base64(said["entry"].get<std::string>()).value();
                 entry[2] ^= 1;  // The verdict.
                 said["entry"] = to_base64(entry);
             }}) {
        world.keeper.lie_of_access = lie;
        const auto refused = world.client.access(index);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().kind == FailureKind::verification_failed);
    }
}

TEST_CASE("hostile server: no lie about a consent is believed") {
    struct Case {
        const char* name;
        std::function<bool(Keeper&, ledger::Evidence&, unsigned)> tell;
    };
    const auto drop = [](ledger::Evidence& evidence, std::size_t at) {
        evidence.entries.erase(evidence.entries.begin() + static_cast<std::ptrdiff_t>(at));
        evidence.leaves.erase(evidence.leaves.begin() + static_cast<std::ptrdiff_t>(at));
    };
    const std::vector<Case> cases{
        {"its last change is left out",
         [&drop](Keeper&, ledger::Evidence& evidence, unsigned) {
             drop(evidence, evidence.entries.size() - 1);
             return true;
         }},
        {"a change or use is left out",
         [&drop](Keeper&, ledger::Evidence& evidence, unsigned at) {
             drop(evidence, at % evidence.entries.size());
             return true;
         }},
        {"a denied use was permitted, or the reverse",
         [](Keeper&, ledger::Evidence& evidence, unsigned at) {
             Bytes& entry = evidence.entries[at % evidence.entries.size()];
             entry[2] ^= 3;
             return true;
         }},
        {"a withdrawal is something else",
         [](Keeper&, ledger::Evidence& evidence, unsigned at) {
             Bytes& entry = evidence.entries[at % evidence.entries.size()];
             entry[1] = entry[1] == 0x0a ? 0x06 : 0x0a;
             return true;
         }},
        {"the consent is not there",
         [](Keeper& keeper, ledger::Evidence& evidence, unsigned at) {
             const ledger::Question asked = evidence.question;
             evidence = keeper.world.ask(
                 lt::ask_about(ledger::IndexKey::actor, "no" + std::to_string(at)));
             evidence.question = asked;
             return true;
         }},
        {"it is another subject's",
         [](Keeper& keeper, ledger::Evidence& evidence, unsigned) {
             evidence = keeper.world.ask(lt::ask_about(ledger::IndexKey::subject, "sub:bob"));
             return true;
         }},
        {"as it was before",
         [](Keeper& keeper, ledger::Evidence& evidence, unsigned at) {
             ledger::Question less = evidence.question;
             less.as_of_height = 3 + at % 12;
             evidence = keeper.world.ask(less);
             return true;
         }},
        {"as it was before, and called now",
         [](Keeper& keeper, ledger::Evidence& evidence, unsigned at) {
             const ledger::Question asked = evidence.question;
             ledger::Question less = asked;
             less.as_of_height = 3 + at % 12;
             evidence = keeper.world.ask(less);
             evidence.question = asked;
             return true;
         }},
        {"only a part of its log",
         [](Keeper& keeper, ledger::Evidence& evidence, unsigned at) {
             if (ledger::end_position(evidence) < 9) return false;
             ledger::EvidencePage page;
             page.position = 1 + at % 8;
             page.limit = 1 + at % 4;
             evidence = keeper.world.page(evidence.question, page).evidence;
             return true;
         }},
        {"a turned bit of an entry",
         [](Keeper&, ledger::Evidence& evidence, unsigned at) {
             Bytes& entry = evidence.entries[at % evidence.entries.size()];
             entry[at % entry.size()] ^= static_cast<std::uint8_t>(1U << at % 8);
             return true;
         }},
    };
    // CONSENTREE_LIES=10000 is the long form.
    const char* many = std::getenv("CONSENTREE_LIES");
    const int rounds = many != nullptr ? std::atoi(many) : 12;
    World world(4);  // Small, so that many lies take little time.
    unsigned at = 0;
    for (const Case& one : cases) {
        for (int round = 0; round < rounds; ++round) {
            // One lie, told about the at-th page of the answer.
            const unsigned honest = ++at % 2;
            bool told = false;
            unsigned asked = 0;
            world.keeper.lie = [&](ledger::Evidence& evidence) {
                if (asked++ < honest || told) return;
                const ledger::Evidence truth = evidence;
                told = one.tell(world.keeper, evidence, at) && evidence != truth;
            };
            const auto answer = at % 3 == 0   ? world.client.consent("northbank", "c5")
                                : at % 3 == 1 ? world.client.consents({{"subject", "sub:alice"}})
                                              : world.client.consents({{"recipient", "unilab"}});
            INFO(one.name << " " << round);
            if (!told) continue;
            REQUIRE_FALSE(answer);
            CHECK(answer.error().kind == FailureKind::verification_failed);
        }
    }
    world.keeper.lie = {};
    CHECK(world.client.consent("northbank", "c2"));  // Of a subject without such consents.
}

TEST_CASE("hostile server: an older state of a consent is refused") {
    World world;
    const ledger::Evidence old_consent =
        world.keeper.world.ask(lt::ask_about(ledger::IndexKey::consent, "c5", "northbank"));
    const ledger::Evidence old_subject = world.keeper.world.ask(lt::about_alice);
    world.keeper.world.extend();
    REQUIRE(world.client.consent("northbank", "c5"));
    world.keeper.lie = [&](ledger::Evidence& evidence) {
        evidence = evidence.question.kind == ledger::IndexKey::consent ? old_consent : old_subject;
    };
    const auto refused = world.client.consents({{"subject", "sub:alice"}});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == "checkpoint-older");
}

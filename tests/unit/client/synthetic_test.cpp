// Synthetic data: the same on every machine, in the proportions that the profiles say, and judged
// by a ledger exactly as planted.
#include "client/synthetic/findings.h"
#include "client/synthetic/generator.h"
#include "client/synthetic/happenings.h"
#include "client/synthetic/plants.h"
#include "common/limits.h"
#include "tests/unit/ledger/domain_fixture.h"

#include <catch2/catch.hpp>
#include <set>

namespace consentree::client::synthetic {
namespace {

using ledger::test::Network;

Settings settings_of(std::string_view profile, std::uint64_t size) {
    Settings settings;
    settings.profile = profile;
    settings.seed = 7;
    settings.size = size;
    settings.tag = "t1";
    settings.institutions = {"northbank", "medcare", "citygov", "unilab"};
    settings.start = ledger::test::start_time();
    return settings;
}

std::string hash_of(const Settings& settings) {
    Generator generator(settings);
    Hash hash;
    while (const auto round = generator.next()) {
        for (const Group& group : round->groups) {
            for (const Draft& draft : group.events) {
                hash = sha256({hash.view(), as_bytes(draft.text)});
            }
        }
        for (const Planted& planted : round->planted) {
            hash = sha256({hash.view(), as_bytes(planted.finding.key + planted.kind)});
        }
    }
    return to_hex(hash.view());
}

// A ledger that the load is executed on: a block for each stage.
class Loaded {
public:
    void run(const Settings& settings) {
        Generator generator(settings);
        while (const auto round = generator.next()) run(*round);
    }
    void run(const Round& round) {
        for (unsigned stage = 0; stage < stage_count; ++stage) {
            run_stage(round, static_cast<Stage>(stage));
        }
        planted.insert(planted.end(), round.planted.begin(), round.planted.end());
    }

    Compared compared(const Settings& settings) const {
        Findings findings(settings.institutions, settings.tag);
        const std::uint64_t size = ledger::load_tip(network.tables())->tree_size;
        for (std::uint64_t leaf = 0; leaf < size; ++leaf) {
            const auto entry = ledger::get_entry(network.tables(), leaf);
            if (entry) findings.add(entry->verdict, entry->flags, as_text(entry->event_bytes));
        }
        return compare(planted, findings.take());
    }

    Network network;
    std::vector<Planted> planted;
    std::map<std::string, std::uint64_t> types;

private:
    // What one institution signs comes in its order; among institutions nothing is ordered.
    void run_stage(const Round& round, Stage stage) {
        if (stage == Stage::ask) asked_ = at_;
        if (stage == Stage::late && round.waits_for_expiry) at_ += soon_ms + 1;
        std::vector<ledger::Transaction> transactions;
        for (std::size_t i = 4; i-- > 0;) {
            std::vector<std::string> events;
            for (const Group& group : round.groups) {
                if (group.stage != stage || group.institution != i) continue;
                for (const Draft& draft : group.events) {
                    const TimeMs occurred = draft.claims_earlier ? asked_ : at_;
                    events.push_back(finished(draft, occurred, at_, targets_[i]));
                    types[type_of(events.back())] += 1;
                }
                if (events.size() > 500) add(transactions, i, events);
            }
            if (!events.empty()) add(transactions, i, events);
        }
        if (transactions.empty()) return;
        at_ += 100;
        network.run(network.block({network.batch(transactions)}, at_));
        for (const ledger::Transaction& transaction : transactions) {
            const auto id = ledger::transaction_id(transaction.header);
            const auto outcome = ledger::get_outcome(network.tables(), id);
            INFO(outcome->code << ": " << outcome->detail << " at " << outcome->pointer);
            REQUIRE(outcome->status == ledger::TxStatus::committed);
        }
        at_ += 100;
    }
    static std::string type_of(const std::string& event) {
        return event.substr(9, event.find('"', 9) - 9);
    }
    void add(std::vector<ledger::Transaction>& transactions,
             std::size_t institution,
             std::vector<std::string>& events) {
        static const std::vector<std::string> names = {"northbank", "medcare", "citygov", "unilab"};
        transactions.push_back(
            network.sign(names[institution], std::move(events), at_ + ledger::test::day_ms / 2));
        events.clear();
        const auto id = ledger::transaction_id(transactions.back().header);
        if (targets_[institution].empty()) targets_[institution] = to_hex(id.view());
    }

    TimeMs at_ = ledger::test::start_time();
    TimeMs asked_ = at_;
    std::string targets_[4];
};

// What happens once in a thousand transactions, all of it, after a load.
void happen_all(Loaded& loaded, Settings settings) {
    settings.tag = "t2";
    World world(settings, *find_profile(settings.profile));
    Round round;
    for (std::uint64_t nth = 0; nth < 9; ++nth) happen(world, round, nth + 1, nth);
    std::stable_sort(round.groups.begin(), round.groups.end(),
                     [](const Group& a, const Group& b) { return a.stage < b.stage; });
    loaded.run(round);
    CHECK(loaded.compared(settings).unexpected.empty());
}

}  // namespace

TEST_CASE("synthetic: the same seed makes the same events, another makes others") {
    for (const Profile& profile : profiles()) {
        INFO(profile.name);
        const Settings settings = settings_of(profile.name, 1500);
        const std::string hash = hash_of(settings);
        CHECK(hash_of(settings) == hash);
        Settings other = settings;
        other.seed = 8;
        CHECK(hash_of(other) != hash);
    }
    // On every machine.
    CHECK(hash_of(settings_of("open-banking", 1000)) ==
          "49d3f36b8b7fb2724b0aaba472745dbbfea21144d4ca52218608f42766befda0");
}

TEST_CASE("synthetic: each thousand has exactly the profile's mix") {
    for (const Profile& profile : profiles()) {
        INFO(profile.name);
        Generator generator(settings_of(profile.name, 3000));
        std::map<std::uint64_t, Operation> operations;
        std::uint64_t stormed = 0;
        while (const auto round = generator.next()) {
            for (const Group& group : round->groups) {
                if (group.operation == Operation::setup) continue;
                if (group.operation == Operation::storm) {
                    stormed += group.stage == Stage::change ? 1u : 0u;
                    continue;
                }
                const auto [at, is_new] = operations.emplace(group.number, group.operation);
                CHECK(at->second == group.operation);
            }
        }
        REQUIRE(operations.size() == 3000);
        for (std::uint64_t first = 1; first < 3000; first += 1000) {
            for (const Share& share : profile.mix) {
                unsigned count = 0;
                for (std::uint64_t n = first; n < first + 1000; ++n) {
                    count += operations[n] == share.operation ? 1u : 0u;
                }
                CHECK(count == share.per_thousand);
            }
        }
        const std::uint64_t consents = generator.subjects() * profile.consents_each;
        CHECK(stormed == consents * profile.storm_per_mille / 1000);
    }
}

TEST_CASE("synthetic: ranks are drawn as often as their weights say") {
    for (const Skew skew : {Skew::none, Skew::zipf_1_0, Skew::zipf_1_2}) {
        const Ranks ranks(1000, skew);
        Random random(3);
        std::vector<std::uint64_t> drawn(1000);
        constexpr std::uint64_t draws = 200'000;
        for (std::uint64_t i = 0; i < draws; ++i) ++drawn[ranks.draw(random)];
        for (const std::size_t rank : {0u, 1u, 9u, 99u}) {
            const double expected = static_cast<double>(draws) *
                                    static_cast<double>(ranks.weight(rank)) /
                                    static_cast<double>(ranks.total());
            CHECK(static_cast<double>(drawn[rank]) == Approx(expected).epsilon(0.2).margin(10));
        }
    }
    // 1 / rank, and 1 / rank to the power of 1.2, to half a percent.
    const Ranks one(100, Skew::zipf_1_0), steeper(1000, Skew::zipf_1_2);
    CHECK(one.weight(0) == one.weight(9) * 10 + 6);
    CHECK(static_cast<double>(steeper.weight(0)) / static_cast<double>(steeper.weight(31)) ==
          Approx(64).epsilon(0.005));
    CHECK(static_cast<double>(steeper.weight(0)) / static_cast<double>(steeper.weight(999)) ==
          Approx(3981.07).epsilon(0.005));
}

TEST_CASE("synthetic: the recipients have the shares that the profiles say") {
    for (const std::string name : {"open-banking", "aa-lending", "register"}) {
        INFO(name);
        const Settings settings = settings_of(name, 4000);
        Generator generator(settings);
        const Recipients& shares = generator.profile().recipients;
        std::uint64_t members = 0, frequent = 0, all = 0;
        while (const auto round = generator.next()) {
            for (const Group& group : round->groups) {
                if (group.operation != Operation::access) continue;
                const std::string& text = group.events.front().text;
                if (!text.starts_with(R"({"type":"access.request")")) continue;
                const std::size_t at = text.find(R"("actor_org":")") + 13;
                const std::string actor = text.substr(at, text.find('"', at) - at);
                const std::size_t dash = actor.find('-');
                ++all;
                members += dash == actor.npos ? 1u : 0u;
                if (dash != actor.npos) {
                    frequent += std::stoul(actor.substr(dash + 1)) <= shares.frequent ? 1u : 0u;
                }
            }
        }
        CHECK(static_cast<double>(members) / static_cast<double>(all) ==
              Approx(shares.members_share / 1000.0).margin(0.06));
        CHECK(static_cast<double>(frequent) / static_cast<double>(all) ==
              Approx(shares.frequent_share / 1000.0).margin(0.06));
    }
}

TEST_CASE("synthetic: what a ledger's reader finds is what was planted, no more and no fewer") {
    std::set<std::string> kinds;
    std::map<std::string, std::uint64_t> types;
    for (const Profile& profile : profiles()) {
        // Four thousand of one profile have every kind of violation.
        const std::uint64_t size = profile.name == "open-banking" ? 4000 : 1000;
        const Settings settings = settings_of(profile.name, size);
        Loaded loaded;
        loaded.run(settings);
        const Compared compared = loaded.compared(settings);
        INFO(profile.name << ": " << loaded.planted.size() << " planted");
        for (const Planted& missed : compared.missed) {
            UNSCOPED_INFO("missed " << missed.kind << " " << missed.finding.key);
        }
        for (const Finding& finding : compared.unexpected) {
            UNSCOPED_INFO("unexpected " << describe(finding) << " " << finding.key);
        }
        CHECK(loaded.planted.size() > 4);
        CHECK(compared.missed.empty());
        CHECK(compared.unexpected.empty());
        for (const Planted& planted : loaded.planted) kinds.insert(planted.kind);
        if (profile.name == "open-banking") happen_all(loaded, settings);
        for (const auto& [type, count] : loaded.types) types[type] += count;
    }
    for (const std::string_view kind : denied_kinds()) CHECK(kinds.contains(std::string(kind)));
    for (const std::string_view kind : other_kinds()) CHECK(kinds.contains(std::string(kind)));
    CHECK(kinds.contains("unusual-volume"));
    for (const char* type : {"consent.request",         "consent.authorise",
                             "consent.reject",          "consent.amend",
                             "consent.renew",           "consent.suspend",
                             "consent.resume",          "consent.resource_add",
                             "consent.resource_remove", "consent.withdraw",
                             "consent.revoke",          "consent.invalidate",
                             "party.register",          "agreement.propose",
                             "agreement.accept",        "agreement.end",
                             "access.request",          "access.decision",
                             "access.delivery",         "access.receipt",
                             "access.denial",           "access.use",
                             "access.disclosure",       "access.deletion",
                             "access.erasure_request",  "access.erasure_result",
                             "access.rights_request",   "access.rights_result",
                             "access.breach",           "access.override",
                             "access.correction"}) {
        INFO(type);
        CHECK(types[type] != 0);
    }
}

TEST_CASE("synthetic: a comparison names what is missing and what nobody planted") {
    const Finding denied{Rule::verdict, "e_t_1.request", "DENY", {"EXPIRED"}, {}};
    const Finding missing{Rule::missing_receipt, "e_t_2.delivery", "", {}, {}};
    const std::vector<Planted> planted = {{"expired", denied, "", "", "", ""},
                                          {"missing-receipt", missing, "", "", "", ""}};
    CHECK(compare(planted, {missing, denied}).agrees());
    CHECK(compare(planted, {denied}).missed.size() == 1);
    Finding other = denied;
    other.reasons = {"STATE_WITHDRAWN"};
    const Compared changed = compare(planted, {missing, other});
    CHECK(changed.missed.size() == 1);
    CHECK(changed.unexpected.size() == 1);
    CHECK(changed.kinds.front().expected == "DENY EXPIRED");
    CHECK(changed.kinds.front().found == 0);
    CHECK(compare(planted, {missing, denied, denied}).unexpected.size() == 1);
}

}  // namespace consentree::client::synthetic

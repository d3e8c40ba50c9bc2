#include "ledger/evidence_make.h"
#include "ledger/key_log.h"
#include "tests/unit/ledger/domain_fixture.h"
#include "tests/unit/ledger/receipt_fixture.h"

#include <random>

namespace consentree::ledger::test {
namespace {

// A ledger with some history, whose newest block is certified.
struct Certified {
    Network network;
    TimeMs first = start_time() + 1000;
    Genesis validators = test_genesis();
    Policy policy = parse_policy(format_policy(validators)).value();
    std::shared_ptr<const PatriciaVersion> map;
    std::string note;

    // Blocks at first, first + 1000, ...
    explicit Certified(int blocks) {
        validators.network = network.genesis().network;
        policy = parse_policy(format_policy(validators)).value();
        network.grant({}, start_time());
        RecordText other;
        other.consent_id = "c2";
        other.subject = "sub:bob";
        other.grantors = R"([{"party":"sub:bob","capacity":"self"}])";
        network.submit("northbank", {request_consent(other, start_time())}, start_time());
        std::mt19937 random(11);
        for (int block = 0; block < blocks; ++block) {
            std::vector<std::string> events;
            for (unsigned k = 0; k <= random() % 4; ++k) {
                AccessText text;
                text.session_id = "s" + std::to_string(block) + std::to_string(k);
                text.consent_id = random() % 3 == 0 ? "c2" : "c1";
                text.subject = text.consent_id == "c2" ? "sub:bob" : "sub:alice";
                events.push_back(access_request(text, first + block * 1000));
            }
            network.record("unilab", std::move(events), first + block * 1000);
        }
        certify({{0, 1'795'000'001}, {2, 1'795'000'003}, {3, 1'795'000'002}});
    }
    void certify(const std::vector<std::pair<std::uint8_t, std::uint64_t>>& signers) {
        const Tip tip = load_tip(network.tables()).value();
        map = load_index_map(network.tables()).version();
        note = test_note(validators, {test_origin, tip.tree_size, tip.root}, signers);
    }
    Evidence ask(const Question& question) const {
        auto made =
            make_evidence({network.tables(), *map, note, network.genesis().network}, question);
        if (!made) FAIL(made.error().code << ": " << made.error().detail);
        return std::move(*made);
    }
    EvidenceReport check(const Evidence& evidence) const {
        return verify_evidence(format_evidence(evidence), policy);
    }
};

const Question about_alice{IndexKey::subject, "sub:alice", {}, {}, {}};
const Question about_c1{IndexKey::consent, "c1", "northbank", {}, {}};

// What lists say, which have a model of their own.
std::vector<std::uint64_t> listed(const Certified& world, const Question& question) {
    LeafQuery query;
    query.direction = Direction::ascending;
    query.tree_size = UINT64_MAX;
    query.limit = 100'000;
    if (question.kind == IndexKey::subject) query.subject = question.label;
    if (question.kind == IndexKey::consent) {
        query.consent = consent_key(question.issuer, question.label);
    }
    std::vector<std::uint64_t> leaves;
    for (const std::uint64_t leaf : list_leaves(world.network.tables(), query).leaves) {
        const auto time =
            static_cast<TimeMs>(get_entry(world.network.tables(), leaf)->time_us / 1000);
        if (question.from && time < *question.from) continue;
        if (question.to && time >= *question.to) continue;
        leaves.push_back(leaf);
    }
    return leaves;
}

}  // namespace

TEST_CASE("evidence: is every entry of the key in the time, and proves it") {
    const Certified world(60);
    std::mt19937 random(3);
    for (int round = 0; round < 300; ++round) {
        Question question = random() % 2 == 0 ? about_alice : about_c1;
        const auto time = [&] {
            return world.first + static_cast<TimeMs>(random() % 70'000) - 4'000;
        };
        if (random() % 3 != 0) question.from = time();
        if (random() % 3 != 0) question.to = std::max(time(), question.from.value_or(0));
        const Evidence evidence = world.ask(question);
        CHECK(parse_evidence(format_evidence(evidence)).value() == evidence);
        const EvidenceReport report = world.check(evidence);
        INFO(report.reason.code << " " << report.reason.detail);
        REQUIRE(report.verdict == ProofVerdict::verified);
        std::vector<std::uint64_t> leaves;
        for (const ProvenEntry& entry : report.entries) leaves.push_back(entry.index);
        CHECK(leaves == listed(world, question));
    }
}

TEST_CASE("evidence: says in sentences what it proves") {
    const Certified world(3);
    const EvidenceReport report = world.check(world.ask(about_alice));
    REQUIRE(report.verdict == ProofVerdict::verified);
    CHECK(report.proven.at(0).find(" entries are recorded about the subject sub:alice, and no "
                                   "others.") != std::string::npos);
    CHECK(report.proven.at(1).starts_with("The answer is complete up to 2026-06-01T00:00:03.000Z"));
    CHECK(report.proven.at(2).find("(3 needed)") != std::string::npos);
    CHECK(report.not_checked.size() == 2);
    CHECK(report.as_of_s == 1'795'000'001);
}

TEST_CASE("evidence: proves that nothing is recorded") {
    const Certified world(5);
    Question question{IndexKey::provider, "nobody", {}, {}, {}};
    Evidence evidence = world.ask(question);
    CHECK_FALSE(evidence.value.has_value());
    const EvidenceReport report = world.check(evidence);
    REQUIRE(report.verdict == ProofVerdict::verified);
    CHECK(report.proven.at(0) == "Nothing is recorded about the provider nobody.");
    // The same absence of somebody who is there.
    evidence.question.label = "medcare";
    CHECK(world.check(evidence).verdict == ProofVerdict::failed);
    evidence = world.ask(about_alice);
    evidence.value.reset();
    evidence.records.clear();
    evidence.entries.clear();
    evidence.range = {};
    CHECK(world.check(evidence).reason.code == "absence-failed");
}

TEST_CASE("evidence: a lying server is found out") {
    const Certified world(40);
    const Evidence other_key = world.ask({IndexKey::subject, "sub:bob", {}, {}, {}});
    std::mt19937 random(5);
    for (int round = 0; round < 2'000; ++round) {
        Question question = random() % 2 == 0 ? about_alice : about_c1;
        if (random() % 2 == 0) question.from = world.first + static_cast<TimeMs>(random() % 20'000);
        if (random() % 2 == 0)
            question.to = world.first + 20'000 + static_cast<TimeMs>(random() % 20'000);
        Evidence lie = world.ask(question);
        const Evidence truth = lie;
        const std::size_t at = random() % lie.entries.size();
        switch (random() % 12) {
            case 0: lie.entries.erase(lie.entries.begin() + static_cast<std::ptrdiff_t>(at)); break;
            case 1:
                lie.records.erase(lie.records.begin() +
                                  static_cast<std::ptrdiff_t>(random() % lie.records.size()));
                break;
            case 2: lie.entries.push_back(lie.entries[at]); break;
            case 3: std::swap(lie.entries.front(), lie.entries.back()); break;
            case 4: lie.entries[at][lie.entries[at].size() - 1 - random() % 64] ^= 1; break;
            case 5: lie.map_proof = other_key.map_proof; break;
            case 6: lie.value = other_key.value; break;
            case 7:
                lie.range.end -= 1;
                lie.records.pop_back();
                break;
            case 8:  // The last entries are left out, and the range says so.
                lie.entries.pop_back();
                lie.records.pop_back();
                lie.range =
                    key_log_proof(
                        world.network.tables(),
                        find_key_log(world.network.tables(), map_key_of(question)).value(),
                        decode_map_value(*lie.value)->count, lie.range.begin, lie.range.end - 1)
                        .value();
                break;
            case 9:  // The first.
                lie.entries.erase(lie.entries.begin());
                lie.records.erase(lie.records.begin());
                lie.range =
                    key_log_proof(
                        world.network.tables(),
                        find_key_log(world.network.tables(), map_key_of(question)).value(),
                        decode_map_value(*lie.value)->count, lie.range.begin + 1, lie.range.end)
                        .value();
                break;
            case 10: lie.seal[random() % lie.seal.size()] ^= 0x10; break;
            default:
                lie = other_key;
                lie.question = question;
                break;
        }
        if (lie == truth) continue;
        const EvidenceReport report = world.check(lie);
        INFO("round " << round << " " << report.reason.code);
        CHECK(report.verdict != ProofVerdict::verified);
    }
}

TEST_CASE("evidence: no byte of it may change") {
    const Certified world(4);
    const std::string json = format_evidence(world.ask(about_alice));
    REQUIRE(verify_evidence(json, world.policy).verdict == ProofVerdict::verified);
    for (std::size_t at = 0; at < json.size(); at += 3) {
        std::string changed = json;
        changed[at] = static_cast<char>(changed[at] ^ (at % 2 == 0 ? 1 : 0x20));
        INFO("byte " << at << " of " << json.size());
        CHECK(verify_evidence(changed, world.policy).verdict != ProofVerdict::verified);
    }
    for (std::size_t size = 0; size < json.size(); size += 7) {
        CHECK(verify_evidence(json.substr(0, size), world.policy).verdict == ProofVerdict::failed);
    }
}

TEST_CASE("evidence: a file of an earlier day verifies for ever (golden)") {
    const Json golden = read_json("tests/vectors/evidence-1.json");
    const Policy policy = parse_policy(golden["trust"].get<std::string>()).value();
    const std::string json = golden["evidence"];
    const EvidenceReport report = verify_evidence(json, policy);
    INFO(report.reason.code << " " << report.reason.detail);
    REQUIRE(report.verdict == ProofVerdict::verified);
    CHECK(report.proven.at(0) == golden["proven"][0]);
    CHECK(report.proven.at(1) == golden["proven"][1]);
    CHECK(format_evidence(parse_evidence(json).value()) == json);
    for (std::size_t at = 0; at < json.size(); ++at) {
        std::string changed = json;
        changed[at] = static_cast<char>(changed[at] ^ 1);
        INFO("byte " << at);
        CHECK(verify_evidence(changed, policy).verdict != ProofVerdict::verified);
    }
}

TEST_CASE("evidence: undecidable is no forgery, and the other way round") {
    Certified world(3);
    Evidence evidence = world.ask(about_alice);
    evidence.network.bytes[0] ^= 1;
    CHECK(world.check(evidence).reason.code == "other-network");
    CHECK(world.check(evidence).verdict == ProofVerdict::undecidable);
    std::string json = format_evidence(world.ask(about_alice));
    json.replace(json.find(R"("version":1)"), 11, R"("version":2)");
    CHECK(verify_evidence(json, world.policy).verdict == ProofVerdict::undecidable);
    // 2f signatures; and one signer twice.
    world.certify({{0, 1'795'000'001}, {2, 1'795'000'003}});
    CHECK(world.check(world.ask(about_alice)).verdict == ProofVerdict::undecidable);
    world.certify({{0, 1'795'000'001}, {2, 1'795'000'003}, {2, 1'795'000'004}});
    CHECK(world.check(world.ask(about_alice)).verdict != ProofVerdict::verified);
}

TEST_CASE("evidence: is not made of tables, map and note of different blocks") {
    Certified world(3);
    const auto older = world.map;
    world.network.record("unilab", {access_request({}, world.first + 9'000)}, world.first + 9'000);
    const auto ask = [&](const PatriciaVersion& map) {
        return make_evidence(
            {world.network.tables(), map, world.note, world.network.genesis().network},
            about_alice);
    };
    // An older certified checkpoint with its map, over newer tables: the note is not of that block.
    CHECK(ask(*load_index_map(world.network.tables()).version()).error().code == "no-checkpoint");
    world.certify({{0, 1'795'000'001}, {2, 1'795'000'003}, {3, 1'795'000'002}});
    CHECK(ask(*older).error().code == "no-checkpoint");
    CHECK(ask(*world.map).has_value());
}

}  // namespace consentree::ledger::test

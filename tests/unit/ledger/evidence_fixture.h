// A ledger whose newest block is certified, and questions about it.
#pragma once

#include "ledger/evidence_make.h"
#include "ledger/key_log.h"
#include "tests/unit/ledger/domain_fixture.h"
#include "tests/unit/ledger/receipt_fixture.h"

#include <random>

namespace consentree::ledger::test {

// A ledger with some history, whose newest block is certified.
struct Certified {
    Network network{"certified"};  // Of all of them: other histories of it are forks.
    TimeMs first = start_time() + 1000;
    Genesis validators = test_genesis();
    std::string trust;  // The policy's text.
    Policy policy;
    std::shared_ptr<const PatriciaVersion> map;
    std::string note;

    // Blocks at first, first + 1000, ...
    explicit Certified(int blocks) {
        validators.network = network.genesis().network;
        // SEALs name the set of the network's own genesis.
        trust = format_policy(validators);
        const std::string set = to_hex(validator_set_hash(validators).view());
        trust.replace(trust.find(set), set.size(),
                      to_hex(validator_set_hash(network.genesis()).view()));
        policy = parse_policy(trust).value();
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
    // One more block, certified.
    void extend(std::size_t accesses = 1) {
        const Tip tip = load_tip(network.tables()).value();
        const auto at = static_cast<TimeMs>(tip.time_us / 1000) + 1000;
        std::vector<std::string> events;
        for (std::size_t k = 0; k < accesses; ++k) events.push_back(access_request({}, at));
        network.record("unilab", std::move(events), at);
        certify({{0, 1'795'000'001}, {2, 1'795'000'003}, {3, 1'795'000'002}});
    }
    void certify(const std::vector<std::pair<std::uint8_t, std::uint64_t>>& signers) {
        const Tip tip = load_tip(network.tables()).value();
        map = load_index_map(network.tables()).version();
        note = test_note(validators, {test_origin, tip.tree_size, tip.root}, signers);
    }
    Evidence ask(const Question& question) const { return page(question, {}).evidence; }
    MadeEvidence page(const Question& question, const EvidencePage& page) const {
        auto made = make_evidence({network.tables(), *map, note, network.genesis().network},
                                  question, page);
        if (!made) FAIL(made.error().code << ": " << made.error().detail);
        return std::move(*made);
    }
    EvidenceReport check(const Evidence& evidence) const {
        return verify_evidence(format_evidence(evidence), policy);
    }
};

inline Question ask_about(IndexKey kind, const std::string& label, const std::string& issuer = {}) {
    Question question;
    question.kind = kind;
    question.label = label;
    question.issuer = issuer;
    return question;
}
inline const Question about_alice = ask_about(IndexKey::subject, "sub:alice");
inline const Question about_c1 = ask_about(IndexKey::consent, "c1", "northbank");

// What lists say, which have a model of their own.
inline std::vector<std::uint64_t> listed(const Certified& world, const Question& question) {
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
        if (question.as_of_time && time > *question.as_of_time) continue;
        if (question.as_of_height &&
            get_entry(world.network.tables(), leaf)->height > *question.as_of_height) {
            continue;
        }
        leaves.push_back(leaf);
    }
    return leaves;
}

}  // namespace consentree::ledger::test

// A network of four validators with keys of fixed seeds, and a receipt that it issued.
#pragma once

#include "ledger/receipt.h"
#include "ledger/tlog_proof.h"
#include "ledger/transaction.h"

#include "log_fixture.h"

namespace consentree::ledger::test {

inline const std::string test_origin = "consentree.example/test";

inline Genesis test_genesis(std::size_t validators = 4) {
    Genesis genesis;
    genesis.network = sha256(as_bytes("a network for tests"));
    genesis.name = "test";
    genesis.origin = test_origin;
    for (std::size_t i = 0; i < validators; ++i) {
        const ValidatorKeys keys =
            ValidatorKeys::from(test_key(static_cast<std::uint8_t>(100 + i)));
        genesis.validators.push_back({"bank-" + std::to_string(i), keys.identity.public_key(),
                                      keys.vote.public_key(), keys.cosignature.public_key(),
                                      keys.log.public_key()});
    }
    return genesis;
}

// The note over a checkpoint, cosigned by these validators at these times.
inline std::string test_note(const Genesis& genesis,
                             const Checkpoint& checkpoint,
                             const std::vector<std::pair<std::uint8_t, std::uint64_t>>& signers) {
    std::vector<NamedCosignature> cosignatures;
    for (const auto& [index, time_s] : signers) {
        const ValidatorKeys keys =
            ValidatorKeys::from(test_key(static_cast<std::uint8_t>(100 + index)));
        cosignatures.push_back({cosigner_name(genesis, index), keys.cosignature.public_key(),
                                cosign(keys.cosignature, format_checkpoint(checkpoint), time_s)});
    }
    const ValidatorKeys first = ValidatorKeys::from(test_key(100));
    return assemble_note(checkpoint, first.log, cosignatures);
}

// A transaction of three events, recorded as entries 5, 6 and 7 of a log of 20.
struct Issued {
    Genesis genesis = test_genesis();
    Transaction transaction;
    std::vector<Bytes> entries;
    std::vector<Hash> leaves;

    Issued() {
        const std::vector<std::string> events{R"({"type":"access.request","n":1})",
                                              R"({"type":"access.request","n":2})",
                                              R"({"type":"access.request","n":3})"};
        transaction = sign_transaction(test_key(9), genesis.network, 1'795'086'400'000,
                                       Bytes(16, 0x5a), events);
        leaves = test_leaves(20);
        for (std::uint32_t i = 0; i < 3; ++i) {
            EntryHead head;
            head.kind = 0x20;
            head.verdict = 0x0100;
            head.height = 12;
            head.commit_time_us = 1'795'000'000'123'456;
            head.tx_id = transaction_id(transaction.header);
            head.position = i;
            head.length = static_cast<std::uint32_t>(events[i].size());
            entries.push_back(encode_entry(head, as_bytes(events[i])));
            leaves[5 + i] = leaf_hash(entries.back());
        }
    }

    Checkpoint checkpoint() const { return {test_origin, leaves.size(), root_of(leaves)}; }
    std::string quorum_note() const {
        return test_note(genesis, checkpoint(),
                         {{0, 1'795'000'001}, {2, 1'795'000'003}, {3, 1'795'000'002}});
    }
    Receipt receipt(const std::vector<std::uint32_t>& positions, const std::string& note) const {
        std::vector<Hash> event_leaves;
        for (const std::string& event : transaction.events) {
            event_leaves.push_back(leaf_hash(as_bytes(event)));
        }
        Receipt made{genesis.network, transaction.header, transaction.signature, {}};
        for (const std::uint32_t position : positions) {
            const std::uint64_t index = 5 + position;
            const TlogProof proof{std::nullopt, index, path_of(leaves, index), note};
            made.entries.push_back({position, entries[position], path_of(event_leaves, position),
                                    format_tlog_proof(proof)});
        }
        return made;
    }
    Policy policy() const { return parse_policy(format_policy(genesis)).value(); }
};

}  // namespace consentree::ledger::test

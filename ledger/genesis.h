// The network as it starts: validators, institutions, keys and rules. The genesis file's bytes
// name the network: network id = SHA-256(bytes).
#pragma once

#include "common/error.h"
#include "common/keys.h"
#include "common/types.h"

#include <string>
#include <string_view>
#include <vector>

namespace consentree::ledger {

struct Role {
    static constexpr std::uint8_t submit = 1, audit = 2, admin = 4, operate = 8, authority = 16;
};

struct ValidatorEntry {
    std::string institution;
    PublicKey identity, vote, cosignature, log;
};
struct InstitutionEntry {
    std::string id;    // "northbank": [a-z0-9-]{1,64}
    std::string name;  // "Northbank"
};
struct KeyEntry {
    std::string institution;
    PublicKey key;
    std::uint8_t roles = 0;
};

struct Genesis {
    Hash network;        // SHA-256 of the file's bytes.
    std::string name;    // "demo"
    std::string origin;  // C2SP origin of the log: "consentree.example/demo"
    TimeUs time_us = 0;
    std::int64_t clock_skew_ms = 15 * 60 * 1000;  // occurred_at against block time.
    std::vector<ValidatorEntry> validators;       // Epoch 1; the index is the validator index.
    std::vector<InstitutionEntry> institutions;
    std::vector<KeyEntry> keys;
};

// Strict: unknown members, duplicates, invalid keys, too few validators are refused with pointer.
Checked<Genesis> parse_genesis(std::string_view json);
// The bytes of a genesis file (everything but `network` is written).
std::string format_genesis(const Genesis& genesis);
// How many of so many validators decide: ceil((n+f+1)/2), where f = floor((n-1)/3).
constexpr std::size_t quorum_of(std::size_t validators) {
    return (validators + (validators - 1) / 3 + 2) / 2;
}
// C2SP key name of a validator's cosignature key: origin + "/" + institution.
std::string cosigner_name(const Genesis& genesis, ValidatorIndex validator);
// SHA-256 over the validators' keys in order, with a tag and the epoch.
Hash validator_set_hash(const Genesis& genesis);

}  // namespace consentree::ledger

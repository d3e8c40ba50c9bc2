// The trust file of a network.
#include "ledger/policy.h"

namespace consentree::ledger {

std::string format_policy(const Genesis& genesis) {
    const std::size_t count = genesis.validators.size();
    std::string text = "# Trust file of the network " + genesis.name +
                       " (c2sp.org/tlog-policy)\n# network " + to_hex(genesis.network.view()) +
                       "\n# validators 1 " + to_hex(validator_set_hash(genesis).view()) + "\n\n";
    for (const ValidatorEntry& validator : genesis.validators) {
        text += "log " +
                format_vkey(make_verifier_key(genesis.origin, KeyType::ed25519, validator.log)) +
                "\n";
    }
    text += "\n";
    std::string members;
    for (std::size_t i = 0; i < count; ++i) {
        // The key's name serves as the witness's: it cannot be "none" nor the group's.
        const std::string name = cosigner_name(genesis, static_cast<ValidatorIndex>(i));
        text += "witness " + name + " " +
                format_vkey(make_verifier_key(name, KeyType::cosignature,
                                              genesis.validators[i].cosignature)) +
                "\n";
        members += " " + name;
    }
    return text + "\ngroup validators " + std::to_string(quorum_of(count)) + members +
           "\nquorum validators\n";
}

}  // namespace consentree::ledger

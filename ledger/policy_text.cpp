// The text of trust files.
#include "ledger/policy.h"

#include "common/limits.h"
#include "ledger/decimal.h"

#include <set>

namespace consentree::ledger {
namespace {

std::vector<std::string_view> split_items(std::string_view line) {
    std::vector<std::string_view> items;
    while (true) {
        const std::size_t begin = line.find_first_not_of(" \t");
        if (begin == std::string_view::npos) return items;
        line.remove_prefix(begin);
        const std::size_t end = std::min(line.find_first_of(" \t"), line.size());
        items.push_back(line.substr(0, end));
        line.remove_prefix(end);
    }
}

class PolicyParser {
public:
    // What is wrong with the line, or nothing.
    std::optional<std::string> take(std::string_view line) {
        for (const char c : line) {
            if ((static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f) {
                return "control characters are not allowed";
            }
        }
        const auto items = split_items(line);
        if (items.empty()) return std::nullopt;
        if (items[0].front() == '#') return take_comment(items);
        if (items[0] == "log") return take_log(items);
        if (items[0] == "witness") return take_witness(items);
        if (items[0] == "group") return take_group(items);
        if (items[0] == "quorum") return take_quorum(items);
        return "a line starts with log, witness, group, quorum or #";
    }
    bool has_quorum() const { return has_quorum_; }
    Policy finish() { return std::move(policy_); }

private:
    using Items = std::vector<std::string_view>;
    using Complaint = std::optional<std::string>;

    Complaint take_comment(const Items& items) {
        if (items.size() == 4 && items[0] == "#" && items[1] == "validators") {
            return take_validators(items);
        }
        if (items.size() != 3 || items[0] != "#" || items[1] != "network") return std::nullopt;
        const auto network = fixed_from_hex<Hash>(items[2]);
        if (!network) return std::nullopt;
        if (policy_.network && *policy_.network != *network) return "a second network is named";
        policy_.network = network;
        return std::nullopt;
    }

    Complaint take_validators(const Items& items) {
        const auto epoch = parse_decimal(items[2]);
        const auto hash = fixed_from_hex<Hash>(items[3]);
        if (!epoch || *epoch > UINT32_MAX || !hash) return std::nullopt;
        if (policy_.validators) return "a second set of validators is named";
        policy_.validators = TrustedSet{static_cast<Epoch>(*epoch), *hash};
        return std::nullopt;
    }

    Complaint take_key(std::string_view text, KeyType type, VerifierKey& key) {
        const auto parsed = parse_vkey(text);
        if (!parsed) return "the key " + std::string(text) + ": " + parsed.error().message();
        if (parsed->type != type) return "the key " + parsed->name + " is of the wrong type";
        key = *parsed;
        return std::nullopt;
    }

    Complaint take_log(const Items& items) {
        if (items.size() != 2 && items.size() != 3) return "expected: log <key> [<url>]";
        if (policy_.logs.size() == limits::policy_keys) return "too many logs";
        VerifierKey key;
        if (auto complaint = take_key(items[1], KeyType::ed25519, key)) return complaint;
        if (!log_keys_.insert(key.key).second) return "two logs have the same key";
        policy_.logs.push_back(std::move(key));
        return std::nullopt;
    }

    Complaint take_witness(const Items& items) {
        if (items.size() != 3 && items.size() != 4) {
            return "expected: witness <name> <key> [<url>]";
        }
        if (witness_keys_.size() == limits::policy_keys) return "too many witnesses";
        VerifierKey key;
        if (auto complaint = take_key(items[2], KeyType::cosignature, key)) return complaint;
        if (!witness_keys_.insert(key.key).second) return "two witnesses have the same key";
        return add_node({std::string(items[1]), std::move(key), 1, {}});
    }

    Complaint take_group(const Items& items) {
        if (items.size() < 4) return "expected: group <name> <k>|all|any <name>...";
        if (policy_.nodes.size() - witness_keys_.size() == limits::policy_groups) {
            return "too many groups";
        }
        PolicyNode group;
        group.name = items[1];
        for (std::size_t i = 3; i < items.size(); ++i) {
            const auto member = find(items[i]);
            if (!member) return std::string(items[i]) + " is not defined above";
            // So that a witness counts towards the quorum in one way only.
            if (!members_.insert(*member).second) {
                return std::string(items[i]) + " is already a member of a group";
            }
            group.members.push_back(*member);
        }
        if (items[2] == "all") {
            group.needed = group.members.size();
        } else if (items[2] != "any") {
            const auto needed = parse_decimal(items[2]);
            if (!needed || *needed < 1 || *needed > group.members.size()) {
                return "a group needs between 1 and all of its members";
            }
            group.needed = *needed;
        }
        return add_node(std::move(group));
    }

    Complaint take_quorum(const Items& items) {
        if (items.size() != 2) return "expected: quorum <name>|none";
        if (has_quorum_) return "a second quorum line";
        has_quorum_ = true;
        if (items[1] == "none") return std::nullopt;
        policy_.quorum = find(items[1]);
        if (!policy_.quorum) return std::string(items[1]) + " is not defined above";
        return std::nullopt;
    }

    Complaint add_node(PolicyNode node) {
        if (node.name == "none") return "the name none has a meaning of its own";
        if (find(node.name)) return "the name " + node.name + " is already taken";
        policy_.nodes.push_back(std::move(node));
        return std::nullopt;
    }

    std::optional<std::size_t> find(std::string_view name) const {
        for (std::size_t i = 0; i < policy_.nodes.size(); ++i) {
            if (policy_.nodes[i].name == name) return i;
        }
        return std::nullopt;
    }

    Policy policy_;
    bool has_quorum_ = false;
    std::set<PublicKey> log_keys_;
    std::set<PublicKey> witness_keys_;
    std::set<std::size_t> members_;
};

Refusal refusal(std::string detail) {
    return {"trust-file-malformed",
            std::move(detail),
            {},
            "the format is c2sp.org/tlog-policy; take the file from your network's operator"};
}

}  // namespace

Checked<Policy> parse_policy(std::string_view text) {
    if (text.size() > limits::policy_bytes) return refusal("the trust file is too large");
    PolicyParser parser;
    for (std::size_t number = 1; !text.empty(); ++number) {
        const std::size_t newline = std::min(text.find('\n'), text.size());
        if (auto complaint = parser.take(text.substr(0, newline))) {
            return refusal("line " + std::to_string(number) + ": " + *complaint);
        }
        text.remove_prefix(std::min(newline + 1, text.size()));
    }
    if (!parser.has_quorum()) return refusal("there is no quorum line");
    return parser.finish();
}

}  // namespace consentree::ledger

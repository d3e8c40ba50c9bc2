#include "ledger/governance.h"

#include "common/assert.h"
#include "common/hash.h"
#include "ledger/mapping_pin.h"

#include <algorithm>
#include <bit>

namespace consentree::ledger {
namespace {

Refusal refuse(std::string_view code,
               std::string detail,
               std::string_view pointer,
               std::string_view hint) {
    return {std::string(code), std::move(detail), std::string(pointer), std::string(hint)};
}

// Bit k: validator k is run by that institution.
std::uint64_t validators_of(const Genesis& genesis, std::string_view institution) {
    std::uint64_t bits = 0;
    for (std::size_t k = 0; k < genesis.validators.size(); ++k) {
        if (genesis.validators[k].institution == institution) bits |= std::uint64_t{1} << k;
    }
    return bits;
}

Refusal not_a_validator(std::string_view institution) {
    return refuse("not-authorised",
                  "institution " + std::string(institution) + " runs no validator", "",
                  "Policies are proposed and approved by institutions that run a validator.");
}

Refusal refuse_version(std::uint32_t given, std::uint32_t expected, std::string_view pointer) {
    return refuse("version-conflict",
                  "the event names version " + std::to_string(given) + " where version " +
                      std::to_string(expected) + " was expected",
                  pointer, "A policy's next version is one above the version in force.");
}

std::uint32_t next_version(const PolicyState& policy) {
    return static_cast<std::uint32_t>(policy.versions.size()) + 1;
}

// The document is in force, and its rivals are dropped.
void put_in_force(PolicyState& policy,
                  PolicyDocument& document,
                  const Hash& sha256,
                  const RecordedAt& at) {
    document.in_force_ms = at.time;
    document.in_force_height = at.height;
    document.in_force_leaf = at.leaf;
    policy.versions.push_back(sha256);
    policy.proposals.clear();
}

// Once enough have approved, it comes into force.
void approve(const GovernanceContext& context,
             PolicyState& policy,
             PolicyDocument& document,
             const Hash& sha256) {
    const Genesis& genesis = context.genesis;
    document.approved |= validators_of(genesis, context.institution);
    const auto count = static_cast<std::size_t>(std::popcount(document.approved));
    if (count < quorum_of(genesis.validators.size())) return;
    put_in_force(policy, document, sha256, context.at);
}

struct Proposal {
    PolicyState& policy;
    PolicyDocument& document;
};
Proposal add_proposal(Overlay& overlay,
                      const PolicyEvent& event,
                      PolicyType type,
                      const RecordedAt& at) {
    const Hash sha256 = *fixed_from_hex<Hash>(event.sha256);
    PolicyState& policy =
        overlay.policies().change(named_key(StateKind::policy, event.policy_id)).value;
    policy.type = type;
    policy.proposals.push_back(sha256);
    PolicyDocument& document =
        overlay.policy_documents().change(hash_key(StateKind::document, sha256)).value;
    document.json = event.document;
    document.version = event.version;
    document.leaf = at.leaf;
    document.proposed_ms = at.time;
    return {policy, document};
}

// That each of a scheme's vocabularies has come into force with these bytes.
std::optional<Refusal> check_pins(Overlay& overlay, const Scheme& scheme) {
    for (std::size_t k = 0; k < scheme.pins.size(); ++k) {
        const VocabularyPin& pin = scheme.pins[k];
        const auto& row = overlay.policies().at(named_key(StateKind::policy, pin.id));
        const bool is_known = row.exists && row.value.type == PolicyType::vocabulary &&
                              pin.version <= row.value.versions.size() &&
                              row.value.versions[pin.version - 1] == pin.sha256;
        if (is_known) continue;
        return refuse("policy-unknown",
                      "no vocabulary " + pin.id + " of version " + std::to_string(pin.version) +
                          " and these bytes has come into force",
                      "/policy/vocabularies/" + std::to_string(k),
                      "Have the vocabulary approved first, and name its SHA-256.");
    }
    return std::nullopt;
}

// What the document is; its parser says what is wrong with it.
Checked<PolicyType> check_document(Overlay& overlay, const PolicyEvent& event) {
    const auto at_policy = [](Refusal refusal) {
        refusal.pointer = "/policy" + refusal.pointer;
        return refusal;
    };
    if (event.is_vocabulary) {
        const auto vocabulary = Vocabulary::parse(event.document);
        if (!vocabulary) return at_policy(vocabulary.error());
        return PolicyType::vocabulary;
    }
    if (event.is_mapping) {
        const auto pin = parse_mapping_pin(event.document);
        if (!pin) return at_policy(pin.error());
        return PolicyType::mapping;
    }
    const auto scheme = parse_scheme(event.document);
    if (!scheme) return at_policy(scheme.error());
    if (auto refusal = check_pins(overlay, *scheme)) return std::move(*refusal);
    return PolicyType::scheme;
}

std::optional<Refusal> check_place(const PolicyState& policy, const PolicyEvent& event) {
    if (event.version != next_version(policy)) {
        return refuse_version(event.version, next_version(policy), "/policy/version");
    }
    const bool is_crowded = policy.proposals.size() == policy_proposals_max;
    if (is_crowded || policy.versions.size() == policy_versions_max) {
        return refuse(
            "limit-reached",
            std::string("the policy has too many ") + (is_crowded ? "proposals" : "versions"),
            "/policy/id", "Approve one of the proposals, or use another id.");
    }
    return std::nullopt;
}

std::shared_ptr<const Scheme> parse_stored(Overlay& overlay, const Hash& sha256) {
    const auto text = [&overlay](const Hash& hash) -> const std::string& {
        const auto& row = overlay.policy_documents().at(hash_key(StateKind::document, hash));
        CT_ASSERT(row.exists);
        return row.value.json;
    };
    auto scheme = parse_scheme(text(sha256));
    CT_ASSERT(scheme.has_value());  // It was parsed when it was proposed.
    std::vector<std::shared_ptr<const Vocabulary>> vocabularies;
    for (const VocabularyPin& pin : scheme->pins) {
        auto vocabulary = Vocabulary::parse(text(pin.sha256));
        CT_ASSERT(vocabulary.has_value());
        vocabularies.push_back(std::make_shared<const Vocabulary>(std::move(*vocabulary)));
    }
    CT_ASSERT(bind(*scheme, std::move(vocabularies)));
    return std::make_shared<const Scheme>(std::move(*scheme));
}

Bytes recurring_key(const ConsentRecord& record, std::string_view recipient) {
    std::string pair;
    for (const std::string_view part :
         {std::string_view(record.scheme), std::string_view(record.issuer),
          std::string_view(record.subject), recipient}) {
        pair += part;
        pair += '\0';
    }
    return hash_key(StateKind::recurring, sha256(as_bytes(pair)));
}

// A recurring consent whose scheme allows one of a pair.
bool is_one_of_pair(Overlay& overlay, const Terms& terms) {
    if (terms.record.scheme.empty() || terms.record.fetch.once) return false;
    const auto scheme = scheme_version(overlay, terms.record.scheme, terms.scheme_version);
    return scheme != nullptr && scheme->one_recurring_per_pair;
}

// What was one of the pair may have been amended to something else.
bool is_still_one_of_pair(Overlay& overlay,
                          const ConsentKey& older,
                          const ConsentRecord& record,
                          std::string_view recipient) {
    const Overlay::Slot& slot = overlay.consent(older);
    if (!slot.exists) return false;
    const Terms& terms = *slot.consent.terms;
    const auto& recipients = terms.record.recipients;
    return terms.record.scheme == record.scheme && is_one_of_pair(overlay, terms) &&
           std::find(recipients.begin(), recipients.end(), recipient) != recipients.end();
}

}  // namespace

std::optional<Refusal> propose_policy(const GovernanceContext& context, const PolicyEvent& event) {
    if (validators_of(context.genesis, context.institution) == 0) {
        return not_a_validator(context.institution);
    }
    const Bytes key = named_key(StateKind::policy, event.policy_id);
    const auto& now = context.overlay.policies().at(key);
    if (auto refusal = check_place(now.value, event)) return refusal;
    const Hash sha256 = *fixed_from_hex<Hash>(event.sha256);
    const Bytes document_key = hash_key(StateKind::document, sha256);
    if (context.overlay.policy_documents().at(document_key).exists) {
        return refuse("policy-state", "this document has been proposed already", "/policy",
                      "Approve it, or propose another.");
    }
    const auto type = check_document(context.overlay, event);
    if (!type) return type.error();
    if (now.exists && now.value.type != *type) {
        return refuse("policy-state",
                      "the policy of this id is a " + std::string(policy_type_name(now.value.type)),
                      "/policy/schema", "Choose another id.");
    }
    Proposal proposal = add_proposal(context.overlay, event, *type, context.at);
    proposal.document.proposed_by = context.institution;
    approve(context, proposal.policy, proposal.document, sha256);
    return std::nullopt;
}

std::optional<Refusal> approve_policy(const GovernanceContext& context, const PolicyEvent& event) {
    const std::uint64_t bits = validators_of(context.genesis, context.institution);
    if (bits == 0) return not_a_validator(context.institution);
    const Bytes key = named_key(StateKind::policy, event.policy_id);
    const Hash sha256 = *fixed_from_hex<Hash>(event.sha256);
    const PolicyState& now = context.overlay.policies().at(key).value;
    if (std::find(now.proposals.begin(), now.proposals.end(), sha256) == now.proposals.end()) {
        return refuse("policy-unknown", "no document of this id and hash waits to be approved",
                      "/sha256", "Read what was proposed before you approve it.");
    }
    if (event.version != next_version(now)) {
        return refuse_version(event.version, next_version(now), "/version");
    }
    PolicyDocument& document =
        context.overlay.policy_documents().change(hash_key(StateKind::document, sha256)).value;
    if ((document.approved & bits) == bits) {
        return refuse("policy-state", "this institution has approved it already", "", "");
    }
    approve(context, context.overlay.policies().change(key).value, document, sha256);
    return std::nullopt;
}

bool came_into_force(Overlay& overlay, const PolicyEvent& event, std::uint64_t leaf) {
    const Hash sha256 = *fixed_from_hex<Hash>(event.sha256);
    const PolicyDocument& document =
        overlay.policy_documents().at(hash_key(StateKind::document, sha256)).value;
    return document.in_force_ms != 0 && document.in_force_leaf == leaf;
}

std::optional<Refusal> repeat_policy(Overlay& overlay,
                                     const Event& event,
                                     const RecordedAt& at,
                                     bool is_in_force) {
    const PolicyEvent& body = event.policy();
    if (event.kind == EventKind::policy_propose) {
        const auto type = check_document(overlay, body);
        if (!type) return type.error();
        add_proposal(overlay, body, *type, at);
    }
    if (!is_in_force) return std::nullopt;
    const Hash sha256 = *fixed_from_hex<Hash>(body.sha256);
    PolicyState& policy =
        overlay.policies().change(named_key(StateKind::policy, body.policy_id)).value;
    const auto& waiting = policy.proposals;
    if (std::find(waiting.begin(), waiting.end(), sha256) == waiting.end() ||
        body.version != next_version(policy)) {
        return refuse("policy-unknown", "no document of this id and hash waits to be approved",
                      "/sha256", "");
    }
    PolicyDocument& document =
        overlay.policy_documents().change(hash_key(StateKind::document, sha256)).value;
    put_in_force(policy, document, sha256, at);
    return std::nullopt;
}

std::shared_ptr<const Scheme> scheme_version(Overlay& overlay,
                                             std::string_view id,
                                             std::uint32_t version) {
    const auto& row = overlay.policies().at(named_key(StateKind::policy, id));
    const auto& versions = row.value.versions;
    if (row.value.type != PolicyType::scheme || version == 0 || version > versions.size()) {
        return nullptr;
    }
    const Hash& sha256 = versions[version - 1];
    auto scheme = overlay.schemes().find(sha256);
    if (scheme == nullptr) {
        scheme = parse_stored(overlay, sha256);
        overlay.schemes().put(sha256, scheme);
    }
    return scheme;
}

std::shared_ptr<const Scheme> scheme_in_force(Overlay& overlay, std::string_view id) {
    const auto& row = overlay.policies().at(named_key(StateKind::policy, id));
    return scheme_version(overlay, id, static_cast<std::uint32_t>(row.value.versions.size()));
}

std::optional<Refusal> read_by_scheme(Overlay& overlay, Terms& terms) {
    terms.written = terms.record.fetch;
    if (terms.record.scheme.empty()) return std::nullopt;
    const auto scheme = scheme_in_force(overlay, terms.record.scheme);
    if (scheme == nullptr) {
        return refuse(
            "scheme-unknown", "no scheme " + terms.record.scheme + " is in force on this ledger",
            "/consent/scheme", "Have the scheme proposed and approved, or leave the member out.");
    }
    const auto faults = validity_faults(*scheme, terms.record);
    if (!faults.empty()) {
        return refuse("scheme-invalid",
                      faults.front().detail + " (rule " + faults.front().rule + " of " +
                          scheme->id + ", version " + std::to_string(scheme->version) + ")",
                      "/consent" + faults.front().pointer,
                      "Change what the scheme does not allow.");
    }
    terms.record = as_read(*scheme, std::move(terms.record));
    terms.scheme_version = scheme->version;
    terms.exceeds_limits = !consent_faults(*scheme, terms.record).empty();
    return std::nullopt;
}

std::vector<ConsentKey> recurring_in_place(Overlay& overlay,
                                           const ConsentKey& key,
                                           const Terms& terms) {
    std::vector<ConsentKey> holders;
    if (!is_one_of_pair(overlay, terms)) return holders;
    for (const std::string& recipient : terms.record.recipients) {
        const ConsentKey& older =
            overlay.recurring().at(recurring_key(terms.record, recipient)).value.consent;
        if (older != key && is_still_one_of_pair(overlay, older, terms.record, recipient) &&
            std::find(holders.begin(), holders.end(), older) == holders.end()) {
            holders.push_back(older);
        }
    }
    return holders;
}

std::vector<ConsentKey> replace_recurring(Overlay& overlay,
                                          const ConsentKey& key,
                                          const Terms& terms) {
    auto replaced = recurring_in_place(overlay, key, terms);
    if (!is_one_of_pair(overlay, terms)) return replaced;
    for (const std::string& recipient : terms.record.recipients) {
        overlay.recurring().change(recurring_key(terms.record, recipient)).value.consent = key;
    }
    return replaced;
}

}  // namespace consentree::ledger

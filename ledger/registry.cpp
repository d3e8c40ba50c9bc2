#include "ledger/registry.h"

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

bool contains(const std::vector<std::string>& list, std::string_view item) {
    return std::find(list.begin(), list.end(), item) != list.end();
}

// Bit k: party k. 64 parties at most.
std::uint64_t bit_of(const std::vector<std::string>& parties, std::string_view institution) {
    const auto at = std::find(parties.begin(), parties.end(), institution);
    return std::uint64_t{1} << (at - parties.begin());
}

// Once every party has accepted, what was proposed is in force.
void accept(AgreementState& agreement, std::string_view institution) {
    const auto& parties = agreement.proposed.terms.parties;
    agreement.accepted |= bit_of(parties, institution);
    if (static_cast<std::size_t>(std::popcount(agreement.accepted)) < parties.size()) return;
    agreement.in_force = std::exchange(agreement.proposed, {});
    agreement.accepted = 0;
}

Refusal not_a_party(std::string_view institution, std::string_view pointer) {
    return refuse("not-authorised",
                  "institution " + std::string(institution) + " is no party of the agreement",
                  pointer, "It is for the agreement's parties.");
}

std::optional<Refusal> propose(const RegistryContext& context,
                               const AgreementEvent& event,
                               OverlayRows<AgreementState>::Row& row) {
    AgreementState& agreement = row.value;
    const std::uint32_t expected = agreement.in_force.version + 1;
    if (event.version != expected) {
        return refuse("version-conflict",
                      "the agreement names version " + std::to_string(event.version) +
                          " where version " + std::to_string(expected) + " was expected",
                      "/agreement/version", "Propose one version above the one in force.");
    }
    if (agreement.ended_ms != 0) {
        return refuse("agreement-state", "the agreement has ended", "/agreement/agreement_id",
                      "Propose a new agreement with another id.");
    }
    const bool is_amended = agreement.in_force.version != 0;
    if (!contains(event.terms->parties, context.institution) ||
        (is_amended && !contains(agreement.in_force.terms.parties, context.institution))) {
        return not_a_party(context.institution, "/agreement/parties");
    }
    agreement.proposed = {event.version, event.sha256, context.leaf, *event.terms};
    agreement.accepted = 0;
    accept(agreement, context.institution);
    return std::nullopt;
}

std::optional<Refusal> accept_proposed(const RegistryContext& context,
                                       const AgreementEvent& event,
                                       AgreementState& agreement) {
    const AgreementVersion& proposed = agreement.proposed;
    if (proposed.version == 0 || agreement.ended_ms != 0) {
        return refuse("agreement-state", "nothing waits to be accepted in this agreement",
                      "/agreement_id", "See which version is in force.");
    }
    if (event.version != proposed.version || event.sha256 != proposed.sha256) {
        return refuse("agreement-mismatch",
                      "what waits to be accepted is version " + std::to_string(proposed.version) +
                          " with the hash " + proposed.sha256,
                      event.version != proposed.version ? "/version" : "/sha256",
                      "Read what was proposed before you accept it.");
    }
    if (!contains(proposed.terms.parties, context.institution)) {
        return not_a_party(context.institution, "");
    }
    if ((agreement.accepted & bit_of(proposed.terms.parties, context.institution)) != 0) {
        return refuse("agreement-state", "this institution has accepted it already", "", "");
    }
    accept(agreement, context.institution);
    return std::nullopt;
}

std::optional<Refusal> end(const RegistryContext& context, AgreementState& agreement) {
    if (!contains(*agreement_parties(agreement), context.institution) &&
        !contains(agreement.in_force.terms.parties, context.institution)) {
        return not_a_party(context.institution, "");
    }
    if (agreement.ended_ms != 0) {
        return refuse("agreement-state", "the agreement has ended already", "/agreement_id", "");
    }
    agreement.ended_ms = context.time;
    return std::nullopt;
}

}  // namespace

const std::vector<std::string>* agreement_parties(const AgreementState& agreement) {
    const bool is_proposed = agreement.proposed.version != 0;
    return is_proposed ? &agreement.proposed.terms.parties : &agreement.in_force.terms.parties;
}

namespace {

constexpr std::uint32_t author_shift = 8;
constexpr std::uint32_t author_mask = 0x7f;

std::vector<std::string_view> possible_authors(const AgreementState* agreement,
                                               const AgreementEvent& event) {
    std::vector<std::string_view> parties;
    const auto add = [&parties](const std::vector<std::string>& list) {
        parties.insert(parties.end(), list.begin(), list.end());
    };
    if (event.terms) {
        add(event.terms->parties);
    } else if (agreement != nullptr) {
        add(agreement->proposed.terms.parties);
    }
    if (agreement != nullptr) add(agreement->in_force.terms.parties);
    return parties;
}

}  // namespace

std::uint32_t author_flags(const AgreementState* agreement,
                           const AgreementEvent& event,
                           std::string_view institution) {
    const auto parties = possible_authors(agreement, event);
    const auto at = std::find(parties.begin(), parties.end(), institution);
    return static_cast<std::uint32_t>(at - parties.begin()) << author_shift;
}

std::string_view author_of(const AgreementState* agreement,
                           const AgreementEvent& event,
                           std::uint32_t flags) {
    const auto parties = possible_authors(agreement, event);
    const std::size_t at = flags >> author_shift & author_mask;
    return at < parties.size() ? parties[at] : std::string_view();
}

std::optional<Refusal> register_party(const RegistryContext& context, const PartyEvent& event) {
    auto& row = context.overlay.parties().change(named_key(StateKind::party, event.party_id));
    const bool is_institution =
        load_institution(context.overlay.before(), event.party_id).has_value();
    const bool is_own = event.party_id == context.institution;
    const bool is_registered = row.value.versions != 0;
    if ((is_institution && !is_own) ||
        (is_registered && !is_own && row.value.registered_by != context.institution)) {
        return refuse("not-authorised",
                      is_institution ? "an institution registers itself"
                                     : "the party was registered by " + row.value.registered_by,
                      "/party/party_id", "Choose another id, or have its owner register it anew.");
    }
    row.value.registered_by = context.institution;
    row.value.leaf = context.leaf;
    row.value.versions += 1;
    row.value.since = context.height;
    return std::nullopt;
}

std::optional<Refusal> apply_agreement(const RegistryContext& context,
                                       const AgreementEvent& event,
                                       EventKind kind) {
    const Bytes key = named_key(StateKind::agreement, event.agreement_id);
    if (kind == EventKind::agreement_propose) {
        return propose(context, event, context.overlay.agreements().change(key));
    }
    if (context.overlay.agreement(event.agreement_id) == nullptr) {
        return refuse("agreement-unknown", "the ledger has no agreement of this id",
                      "/agreement_id", "Propose it first.");
    }
    AgreementState& agreement = context.overlay.agreements().change(key).value;
    return kind == EventKind::agreement_accept ? accept_proposed(context, event, agreement)
                                               : end(context, agreement);
}

std::optional<Refusal> check_agreement(Overlay& overlay, const ConsentRecord& record, TimeMs time) {
    if (record.agreement.empty()) return std::nullopt;
    const AgreementState* agreement = overlay.agreement(record.agreement);
    if (agreement == nullptr || !is_in_force(*agreement, time)) {
        return refuse("agreement-unknown", "no agreement of this id is in force",
                      "/consent/agreement", "Have it proposed and accepted by its parties first.");
    }
    const AgreementTerms& terms = agreement->in_force.terms;
    const auto mismatch = [](std::string detail, std::string_view pointer) {
        return refuse("agreement-mismatch", std::move(detail), pointer,
                      "Cite an agreement that covers this consent, or amend the agreement.");
    };
    if (!contains(terms.parties, record.provider) && !contains(terms.parties, record.issuer)) {
        return mismatch("neither provider nor issuer is a party of the agreement",
                        "/consent/provider");
    }
    const auto outside = [](const std::vector<std::string>& list,
                            const std::vector<std::string>& allowed) {
        return std::find_if(list.begin(), list.end(), [&](const std::string& item) {
                   return !contains(allowed, item);
               }) != list.end();
    };
    if (outside(record.recipients, terms.parties)) {
        return mismatch("a recipient is no party of the agreement", "/consent/recipients");
    }
    if (outside(record.purposes, terms.purposes)) {
        return mismatch("a purpose is not one of the agreement's", "/consent/purposes");
    }
    if (!terms.categories.empty() && outside(record.categories, terms.categories)) {
        return mismatch("a category is not one of the agreement's", "/consent/categories");
    }
    return std::nullopt;
}

}  // namespace consentree::ledger

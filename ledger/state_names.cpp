// What consents and their states are called, apart from any row: verifiers need no more.
#include "common/hash.h"
#include "ledger/state.h"

namespace consentree::ledger {
namespace {

constexpr std::pair<ConsentStatus, std::string_view> status_names[] = {
    {ConsentStatus::requested, "requested"},   {ConsentStatus::partial, "partial"},
    {ConsentStatus::active, "active"},         {ConsentStatus::suspended, "suspended"},
    {ConsentStatus::rejected, "rejected"},     {ConsentStatus::withdrawn, "withdrawn"},
    {ConsentStatus::revoked, "revoked"},       {ConsentStatus::expired, "expired"},
    {ConsentStatus::superseded, "superseded"}, {ConsentStatus::invalidated, "invalidated"},
};

}  // namespace

ConsentKey consent_key(std::string_view issuer, std::string_view consent_id) {
    static constexpr std::uint8_t zero = 0;
    return sha256({as_bytes(issuer), BytesView(&zero, 1), as_bytes(consent_id)});
}

std::string_view status_name(ConsentStatus status) {
    for (const auto& [known, name] : status_names) {
        if (known == status) return name;
    }
    return {};
}

std::optional<ConsentStatus> status_of(std::string_view name) {
    for (const auto& [status, known] : status_names) {
        if (known == name) return status;
    }
    return std::nullopt;
}

}  // namespace consentree::ledger

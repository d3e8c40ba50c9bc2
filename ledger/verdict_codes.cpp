// What verdicts, checks and flags are called.
#include "ledger/verdict.h"

namespace consentree::ledger {
namespace {

struct CheckText {
    std::string_view code;
    std::string_view remedy;
};
// By number of the check.
constexpr CheckText check_texts[] = {
    {"", ""},
    {"CONSENT_UNKNOWN", "Record the consent, or cite the one that covers this access."},
    {"SIGNATURE_INVALID", "Sign with a key that is registered for the institution."},
    {"SUBJECT_MISMATCH", "Cite a consent of the subject whose data is accessed."},
    {"RECIPIENT_MISMATCH", "The consent must name the accessing institution as a recipient."},
    {"STATE_NOT_ACTIVE",
     "The consent must be active: authorised, and neither suspended nor ended."},
    {"NOT_YET_VALID", "Wait until the consent's valid_from."},
    {"EXPIRED", "Ask the subject for a new consent: this one has expired."},
    {"AUTHORITY_LAPSED", "Ask for a new consent: the authority of one of its grantors has ended."},
    {"PURPOSE_MISMATCH", "Access for a consented purpose, or ask for consent to this one."},
    {"CATEGORY_EXCEEDED", "Ask for consented categories only, or for consent to the others."},
    {"ACTION_NOT_ALLOWED", "Use an allowed action, or ask for consent to this one."},
    {"RESOURCE_NOT_IN_SCOPE", "Ask for resources in the consent's scope only."},
    {"DATA_RANGE_EXCEEDED", "Ask for data inside the consented range only."},
    {"ONE_TIME_USED", "Ask for a new consent: this one was for one use."},
    {"FREQUENCY_EXCEEDED", "Wait until the window allows another use, or ask for a new consent."},
    {"PLACE_NOT_ALLOWED", "Access from a place that the consent allows."},
    {"ONWARD_NOT_ALLOWED", "Disclose to parties that the consent allows only."},
    {"RESTRICTED", "Wait until the restriction or objection has ended."},
    {"RETENTION_ENDED", "Delete the data; ask for a new delivery under a valid consent."},
    {"SCHEME_LIMIT", "Stay within the limits of the scheme."},
    {"NO_PERMITTED_REQUEST",
     "Deliver only in a session whose access request was permitted; use only what was delivered."},
    {"AGREEMENT_NOT_IN_FORCE",
     "Have the data-sharing agreement renewed by its parties, or cite one that names the purpose."},
};
constexpr unsigned checks_end = 23;
static_assert(std::size(check_texts) == checks_end);
static_assert(flag_recorded_late >= std::uint32_t{1} << checks_end);

}  // namespace

std::string_view verdict_name(Verdict verdict) {
    switch (verdict) {
        case Verdict::permit: return "PERMIT";
        case Verdict::deny: return "DENY";
        case Verdict::permit_other_basis: return "PERMIT_OTHER_BASIS";
        case Verdict::override_used: return "OVERRIDE";
        case Verdict::needs_review: return "NEEDS_REVIEW";
        default: return "";
    }
}

std::string_view check_code(Check check) {
    const auto number = static_cast<std::size_t>(check);
    return number < checks_end ? check_texts[number].code : std::string_view();
}

std::string_view check_remedy(Check check) {
    const auto number = static_cast<std::size_t>(check);
    return number < checks_end ? check_texts[number].remedy : std::string_view();
}

std::vector<std::string> reason_codes(std::uint32_t flags) {
    std::vector<std::string> codes;
    for (unsigned number = 1; number < checks_end; ++number) {
        const auto check = static_cast<Check>(number);
        if ((flags & flag_of(check)) == 0) continue;
        const std::string_view status =
            status_name(static_cast<ConsentStatus>(flags >> flag_status_shift));
        if (check != Check::state || status.empty()) {
            codes.emplace_back(check_code(check));
            continue;
        }
        std::string& code = codes.emplace_back("STATE_");
        for (const char c : status) code += static_cast<char>(c - 'a' + 'A');
    }
    return codes;
}

std::vector<std::string> flag_names(std::uint32_t flags) {
    std::vector<std::string> names;
    if ((flags & flag_late) != 0) names.emplace_back("LATE");
    if ((flags & flag_future) != 0) names.emplace_back("FUTURE");
    if ((flags & flag_in_flight) != 0) names.emplace_back("IN_FLIGHT");
    if ((flags & flag_claim_differs) != 0) names.emplace_back("CLAIM_DIFFERS");
    if ((flags & flag_recorded_late) != 0) names.emplace_back("CONSENT_RECORDED_LATE");
    return names;
}

}  // namespace consentree::ledger

// What verdicts, checks and flags are called.
#include "ledger/verdict.h"

namespace consentree::ledger {
namespace {

struct CheckText {
    std::string_view code;
    std::string_view means;  // That it failed.
    std::string_view remedy;
};
// By number of the check.
constexpr CheckText check_texts[] = {
    {"", "", ""},
    {"CONSENT_UNKNOWN", "the ledger has no such consent",
     "Record the consent, or cite the one that covers this access."},
    {"SIGNATURE_INVALID", "the signature is not by a registered key",
     "Sign with a key that is registered for the institution."},
    {"SUBJECT_MISMATCH", "the consent is of another subject",
     "Cite a consent of the subject whose data is accessed."},
    {"RECIPIENT_MISMATCH", "the accessing institution is none of the consent's recipients",
     "The consent must name the accessing institution as a recipient."},
    {"STATE_NOT_ACTIVE", "the consent is not active",
     "The consent must be active: authorised, and neither suspended nor ended."},
    {"NOT_YET_VALID", "the consent has not begun", "Wait until the consent's valid_from."},
    {"EXPIRED", "the consent has expired",
     "Ask the subject for a new consent: this one has expired."},
    {"AUTHORITY_LAPSED", "the authority of a grantor has ended",
     "Ask for a new consent: the authority of one of its grantors has ended."},
    {"PURPOSE_MISMATCH", "the purpose is none of the consented ones",
     "Access for a consented purpose, or ask for consent to this one."},
    {"CATEGORY_EXCEEDED", "a category of data is not consented to",
     "Ask for consented categories only, or for consent to the others."},
    {"ACTION_NOT_ALLOWED", "the action is none of the allowed ones",
     "Use an allowed action, or ask for consent to this one."},
    {"RESOURCE_NOT_IN_SCOPE", "an account or record is not in the consent's scope",
     "Ask for resources in the consent's scope only."},
    {"DATA_RANGE_EXCEEDED", "the range of the data is not inside the consent's",
     "Ask for data inside the consented range only."},
    {"ONE_TIME_USED", "the consent was for one use, and has been used",
     "Ask for a new consent: this one was for one use."},
    {"FREQUENCY_EXCEEDED", "the uses that the consent allows are taken",
     "Wait until the window allows another use, or ask for a new consent."},
    {"PLACE_NOT_ALLOWED", "the place is none of those that the consent allows",
     "Access from a place that the consent allows."},
    {"ONWARD_NOT_ALLOWED", "the data may not be passed on to that party",
     "Disclose to parties that the consent allows only."},
    {"RESTRICTED", "a restriction or objection of the subject is in force",
     "Wait until the restriction or objection has ended."},
    {"RETENTION_ENDED", "what was delivered may no longer be kept, or was deleted",
     "Delete the data; ask for a new delivery under a valid consent."},
    {"SCHEME_LIMIT", "a limit of the scheme does not hold",
     "Stay within the limits of the scheme."},
    {"NO_PERMITTED_REQUEST",
     "the session has no permitted request before a delivery, or no delivery before a use",
     "Deliver only in a session whose access request was permitted; use only what was delivered."},
    {"AGREEMENT_NOT_IN_FORCE",
     "the data-sharing agreement is not in force, or does not name the purpose",
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

std::string_view check_means(Check check) {
    const auto number = static_cast<std::size_t>(check);
    return number < checks_end ? check_texts[number].means : std::string_view();
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
    if (is_trimmed(flags)) names.emplace_back("TRIMMED");
    if ((flags & flag_recorded_late) != 0) names.emplace_back("CONSENT_RECORDED_LATE");
    return names;
}

}  // namespace consentree::ledger

// Whether an access was permitted by the consent in force at its place in the log: the rule of
// docs/verdict.md as a pure function over a few facts. It reads no state, clock or setting.
#pragma once

#include "ledger/state.h"

#include <memory>

namespace consentree::ledger {

struct Scheme;

// The high byte of an entry's verdict.
enum class Verdict : std::uint8_t {
    none = 0,
    permit = 1,
    deny = 2,
    permit_other_basis = 3,
    override_used = 4,
    needs_review = 5,
};
std::string_view verdict_name(Verdict verdict);  // "PERMIT"; empty for none.
inline Verdict verdict_of(std::uint16_t code) {
    return static_cast<Verdict>(code >> 8);
}

// The checks, numbered as in docs/verdict.md. Bit k of an entry's flags: check k failed.
enum class Check : std::uint8_t {
    none = 0,
    consent_known = 1,
    signature = 2,
    subject = 3,
    recipient = 4,
    state = 5,
    valid_from = 6,
    valid_until = 7,
    authority = 8,
    purpose = 9,
    category = 10,
    action = 11,
    resource = 12,
    data_range = 13,
    one_time = 14,
    frequency = 15,
    place = 16,
    onward = 17,
    restricted = 18,
    retention = 19,
    scheme_limit = 20,
    session = 21,  // A delivery has a permitted request of its session before it, a use a delivery.
    agreement = 22,  // The agreement that is cited is in force and names the purpose.
};
inline Check check_of(std::uint16_t code) {
    return static_cast<Check>(code & 0xff);
}
inline constexpr std::uint32_t flag_of(Check check) {
    return std::uint32_t{1} << static_cast<unsigned>(check);
}
// Of policy.propose and policy.approve: with it the document came into force.
inline constexpr std::uint32_t flag_in_force = 1u;
// By event time only: the consent was granted after the access that it was to cover.
inline constexpr std::uint32_t flag_recorded_late = 1u << 23;
inline constexpr std::uint32_t flag_late = 1u << 24;
inline constexpr std::uint32_t flag_future = 1u << 25;
inline constexpr std::uint32_t flag_in_flight = 1u << 26;
inline constexpr std::uint32_t flag_claim_differs = 1u << 27;  // A decision unlike the verdict.
// Bits 28 to 31, if check 5 failed: the ConsentStatus that it found.
inline constexpr unsigned flag_status_shift = 28;
// If check 5 did not fail: the request was let in for less than the range of data that it asked
// for (docs/schemes.md, "Over-long requests").
inline constexpr std::uint32_t flag_trimmed = 1u << flag_status_shift;
inline constexpr bool is_trimmed(std::uint32_t flags) {
    return (flags & flag_trimmed) != 0 && (flags & flag_of(Check::state)) == 0;
}

std::string_view check_code(Check check);    // "PURPOSE_MISMATCH"
std::string_view check_means(Check check);   // That it failed, one sentence.
std::string_view check_remedy(Check check);  // What would have to change, one sentence.
// Codes of the failing checks in order (check 5 with its state: "STATE_WITHDRAWN"), and the names
// of the other flags.
std::vector<std::string> reason_codes(std::uint32_t flags);
std::vector<std::string> flag_names(std::uint32_t flags);

// What the rule looks at. Nothing else decides.
struct AccessFacts {
    const AccessEvent* access = nullptr;           // The request, or the delivery.
    TimeMs time = 0;                               // Block time.
    const ConsentRecord* consent = nullptr;        // The version in force; null: not on the ledger.
    ConsentStatus status = ConsentStatus::active;  // Expiry left aside: that is check 7.
    bool signature_valid = true;
    std::uint64_t uses = 0;        // Counted before and not given back.
    bool is_window_full = false;   // Of these the unattended ones in the window that holds time.
    bool is_same_session = false;  // The session was counted already: paging, no new use.
    bool is_in_scope = true;       // The resources that the request names.
    bool is_restricted = false;    // A restriction or objection of the subject is in force.
    bool agreement_holds = true;   // That the consent or the access cites.
    // Where the consent is under a scheme: as it was when the consent was recorded, and as it is.
    std::shared_ptr<const Scheme> scheme_at_grant, scheme_now;
    bool exceeds_limits = false;    // The consent, by the scheme at its grant.
    bool is_overridden = false;     // Break-glass access is in force for the session.
    Verdict asked = Verdict::none;  // Of the session's newest request.
    // What range of data it was let in for.
    std::optional<TimeMs> granted_from, granted_until;
    std::optional<TimeMs> delivered;  // Newest delivery of the session, if one was made.
    bool is_deleted = false;          // What was delivered.
};
struct Judgement {
    Verdict verdict = Verdict::none;
    Check primary = Check::none;               // The first failing check.
    std::uint32_t flags = 0;                   // Every failing check; TRIMMED.
    std::optional<TimeMs> granted_until = {};  // With TRIMMED: the end of the data's range.
    std::uint16_t code() const {
        return static_cast<std::uint16_t>(static_cast<unsigned>(verdict) << 8 |
                                          static_cast<unsigned>(primary));
    }
    // OVERRIDE and NEEDS_REVIEW are no permission.
    bool is_permitted() const {
        return verdict == Verdict::permit || verdict == Verdict::permit_other_basis;
    }
};
Judgement judge_request(const AccessFacts& facts);
Judgement judge_delivery(const AccessFacts& facts);
// Use and disclosure of what was delivered.
Judgement judge_use(const AccessFacts& facts);

// Until when data delivered then may be kept; nothing: no time ends it. Months and years are
// calendar months, the day clamped.
std::optional<TimeMs> retention_end(const Retention& retention, TimeMs delivered);

// The first millisecond of the window that holds time: uses from it on are counted.
TimeMs window_start(const Fetch& fetch, TimeMs valid_from, TimeMs time);
// The first millisecond whose window no longer holds a use at that time.
TimeMs window_end(const Fetch& fetch, TimeMs valid_from, TimeMs use);

}  // namespace consentree::ledger

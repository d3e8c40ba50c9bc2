// Turns the library's typed calls into event texts (docs/events.md). Pure: the clock and the ids
// come in from outside, and what a call and its agreement leave open is named, never invented.
#pragma once

#include "client/agreement.h"
#include "client/client.h"
#include "common/types.h"

#include <string>
#include <vector>

namespace consentree::client {

struct BuiltEvents {
    std::vector<std::string> events;
    std::string consent_id, event_id, session_id;
    std::vector<std::string> supplied;  // Record members that the agreement filled.
};

Outcome<BuiltEvents> build_grant(const Grant& grant,
                                 const Agreement& agreement,
                                 const std::string& institution,
                                 TimeMs now);
Outcome<BuiltEvents> build_amend(const Amend& amend, TimeMs now);
ConsentStep step_of(const Withdraw& withdraw);
Outcome<BuiltEvents> build_step(const ConsentStep& step,
                                const std::string& institution,
                                TimeMs now);
Outcome<BuiltEvents> build_access(const AccessRecord& access,
                                  const std::string& institution,
                                  TimeMs now);
Outcome<BuiltEvents> build_access(const AccessEvent& access,
                                  const std::string& institution,
                                  TimeMs now);
// Whether the provider or manager of the consent records it, about another institution.
bool is_of_provider(std::string_view access_type);
// A member that nothing says: a usage failure that names it.
Failure missing_member(const std::string& member, const std::string& hint);

// RFC 3339, "2027-06-30" (its first millisecond, UTC), "2027-06", or "30d" / "6m" / "1y" from now;
// as records spell it.
Outcome<std::string> parse_when(const std::string& text, TimeMs now);
// "cns_" + 26 Crockford base32 digits: 48 bits of time, 80 random bits (the ULID layout).
std::string new_id(std::string_view prefix, TimeMs now);
TimeMs wall_clock();

}  // namespace consentree::client

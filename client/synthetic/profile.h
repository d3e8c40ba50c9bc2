// The workloads that synthetic data imitates, as tables: what happens how often, to whom, and what
// the consents say. Pure data.
#pragma once

#include "client/synthetic/random.h"

#include <string_view>
#include <vector>

namespace consentree::client::synthetic {

// What one transaction of a workload is. setup is what must be there before, and counts as none.
enum class Operation : std::uint8_t {
    setup,
    access,
    denied,
    renew,
    give,
    reject,
    withdraw,
    pause,
    amend,
    deletion,
    other,
    storm,  // A withdrawal besides those of the mix.
};
std::string_view name_of(Operation operation);
inline constexpr std::size_t operation_count = 12;

struct Share {
    Operation operation;
    unsigned per_thousand;
};

// Parts of a thousand accesses. What is left over is the other parties'.
struct Recipients {
    std::string_view prefix;  // Of parties that are no institution of the network.
    unsigned frequent, others;
    unsigned members_share, frequent_share;
};

// What every consent of the workload says. Lists are JSON.
struct Wording {
    std::string_view purpose, repeated_purpose;  // The second: of consents for more than one use.
    std::string_view other_purpose;              // Of no consent.
    std::string_view category, more_categories, foreign_category;
    std::string_view legal_basis;
    unsigned uses;          // Unattended, in unit; 0: no limit.
    std::string_view unit;  // Of the limit.
    std::string_view country;
};

struct Profile {
    std::string_view name, what;
    std::vector<Share> mix;  // Of a thousand transactions.
    unsigned planted;        // Of a thousand: accesses that break a rule besides those denied.
    Skew skew;               // Of accesses over subjects.
    unsigned consents_each;  // Of a subject, before anything else happens.
    unsigned per_subject;    // Transactions for each subject, unless told.
    Recipients recipients;
    Wording wording;
    bool lists_recipients;      // One consent names all of them.
    bool recipients_ask;        // Members record their requests themselves.
    unsigned once_per_mille;    // Consents for one use.
    unsigned storm_per_mille;   // Consents that are withdrawn besides.
    unsigned public_per_mille;  // Accesses by public task rather than consent.
    unsigned rate;              // Transactions per second, unless told; 0: as fast as it goes.
    bool has_day;               // Eight times as much at noon as at night, if there is a rate.
    bool has_queries;           // An audit goes on meanwhile.
};
const std::vector<Profile>& profiles();
const Profile* find_profile(std::string_view name);

}  // namespace consentree::client::synthetic

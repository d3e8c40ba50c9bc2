// What synthetic data are made of: groups of events that one institution signs together, in stages
// of which each rests on the ones before, and the findings that they must lead to. Plain data.
#pragma once

#include "client/synthetic/event_text.h"
#include "client/synthetic/profile.h"

namespace consentree::client::synthetic {

// All of a stage is committed before the next begins: across institutions nothing else is ordered.
enum class Stage : std::uint8_t { give, ask, answer, after, change, late, settle };
inline constexpr std::size_t stage_count = 7;
inline Stage next(Stage stage) {
    return static_cast<Stage>(static_cast<unsigned>(stage) + 1);
}

// Of one transaction of the workload; its events are never torn apart.
struct Group {
    Stage stage = Stage::give;
    Operation operation = Operation::setup;
    std::size_t institution = 0;  // Who signs.
    std::uint64_t number = 0;     // Of the transaction in the workload, from 1; of setup 0.
    std::vector<Draft> events;
};

// By which rule a finding is found.
enum class Rule : std::uint8_t {
    verdict,  // Neither PERMIT nor PERMIT_OTHER_BASIS, or flagged.
    missing_receipt,
    commitment_differs,
    deletion_missing,
    unusual_volume,
};
std::string_view name_of(Rule rule);

// What somebody who reads the ledger must find.
struct Finding {
    Rule rule = Rule::verdict;
    std::string key;  // The event's id; of unusual volume "institution/user".
    std::string verdict;
    std::vector<std::string> reasons, flags;
    bool operator==(const Finding&) const = default;
};
struct Planted {
    std::string kind;  // "purpose"
    Finding finding;
    std::string session, issuer, consent, subject;
};

struct Round {
    std::vector<Group> groups;  // By stage.
    std::vector<Planted> planted;
    std::uint64_t done = 0;          // Transactions of the workload up to here,
    std::uint64_t transactions = 0;  // of which so many are this round's.
    // For the late stage of the next round: by then what expires soon has expired.
    std::vector<Group> later;
    bool waits_for_expiry = false;  // There are such of the round before.
};

}  // namespace consentree::client::synthetic

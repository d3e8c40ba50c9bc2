// Synthetic data: from a seed, a profile and a size a stream of events that imitates a workload,
// with known violations in it. The same on every machine, but for the times of events. Bounded by
// what World keeps; a round at a time.
#pragma once

#include "client/synthetic/session.h"

#include <optional>

namespace consentree::client::synthetic {

// Each so many have exactly the profile's mix.
inline constexpr std::uint64_t mix_transactions = 1000;

class Generator {
public:
    // The profile must be known, and there must be two institutions or more.
    explicit Generator(const Settings& settings);

    // Nothing once all has been made.
    std::optional<Round> next();
    // Only what rests on the rounds so far comes after this.
    void stop() { is_stopped_ = true; }
    std::uint64_t subjects() const { return world_.subjects(); }
    const Profile& profile() const { return world_.profile; }

private:
    Round first_consents();
    Round transactions();
    void plan();
    void make(Round& round, Operation operation);
    void access(Round& round);
    void make_unusual(Round& round, const Held& held, SessionText& text);
    void session(Round& round, Held& held);
    void after_delivery(Session& session, const Asked& asked);
    void renew(Round& round, bool amends);
    void give(Round& round, Operation operation);
    void end(Round& round, Operation operation);
    void delete_kept(Round& round, std::uint64_t number);
    void storm(Round& round);
    void add(Round& round,
             Stage stage,
             Operation operation,
             const Held& held,
             std::vector<Draft> events) const;

    World world_;
    std::uint64_t given_ = 0;  // Of the consents that are there before.
    bool is_set_up_ = false, is_stopped_ = false;
    std::vector<Group> later_;            // Of the round before.
    std::uint64_t number_ = 0;            // Of the transaction.
    std::vector<Operation> plan_;         // Of this thousand.
    std::vector<std::uint64_t> planted_;  // Which of its accesses break a rule.
    std::uint64_t accesses_ = 0;          // Of this thousand.
    std::uint64_t denied_kind_ = 0, other_kind_ = 0, happened_ = 0, stormed_ = 0;
    // One user at a time opens many records.
    unsigned unusual_left_ = 0, unusual_done_ = 0;
    std::uint64_t unusual_number_ = 0;
};

}  // namespace consentree::client::synthetic

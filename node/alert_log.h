// The alerts that this node has raised, newest kept, for the API's lists and streams. In memory:
// the log holds all that they are made of. Every function on any thread.
#pragma once

#include "ledger/watch/rules.h"

#include <deque>
#include <mutex>
#include <unordered_map>

namespace consentree::node {

using ledger::watch::Alert;
using ledger::watch::Position;

// Which alerts; empty members do not filter.
struct AlertFilter {
    std::string subject, provider, actor, issuer, consent_id;
    std::optional<ledger::watch::Rule> rule;
    ledger::watch::Severity severity = ledger::watch::Severity::notice;  // At least.
    bool only_open = false;
    bool accepts(const Alert& alert) const;
};

class AlertLog {
public:
    AlertLog(std::size_t most, TimeMs open_for) : most_(most), open_for_(open_for) {}

    // What the rules said about a leaf, in the order of the log. An alert's place in raised becomes
    // its ordinal; endings come after.
    void add(const ledger::watch::Moment& at, ledger::watch::Rules::Findings findings);
    void set_time(TimeMs block_time);

    // Raised, or ended, at a position.
    struct Happening {
        Position position;
        Alert alert;  // As it was then.
    };
    // Those from a position on and before a leaf, in order.
    std::vector<Happening> between(const Position& from,
                                   std::uint64_t end_leaf,
                                   const AlertFilter& filter,
                                   std::size_t limit) const;

    struct Page {
        std::vector<Alert> items;
        std::optional<std::uint64_t> next;  // Pass as from.
    };
    // from: the number of an alert, inclusive; none: the newest or the oldest.
    Page list(const AlertFilter& filter,
              ledger::Direction direction,
              std::optional<std::uint64_t> from,
              std::size_t limit) const;
    std::size_t open_count() const;
    // The first leaf from which on no alert was dropped to make room.
    std::uint64_t complete_from() const;

private:
    struct Ending {
        Position position;
        std::uint64_t number;
    };
    bool is_open(const Alert& alert) const;
    const Alert* find(std::uint64_t number) const;

    mutable std::mutex mutex_;
    std::size_t most_;
    TimeMs open_for_;
    TimeMs time_ = 0;          // Of the newest block.
    std::uint64_t first_ = 0;  // Number of the oldest that is kept.
    std::uint64_t complete_from_ = 0;
    std::deque<Alert> alerts_;
    std::deque<Ending> endings_;
    std::unordered_map<std::string, std::uint64_t> omissions_;  // By id: those that may end.
};

}  // namespace consentree::node

// What one report is: data, and a function from proven entries to rows. Makers read no clock, file
// or node: the same entries give the same rows, wherever they come from. Internal.
#pragma once

#include "client/api_reports.h"
#include "client/report/report.h"
#include "ledger/event.h"
#include "ledger/receipt.h"
#include "ledger/verdict.h"

#include <functional>
#include <map>
#include <memory>
#include <optional>

namespace consentree::client::report {

// A proven entry, parsed.
struct Seen {
    const ledger::ProvenEntry& entry;
    const ledger::Event& event;
    TimeMs time = 0;             // Block time.
    std::string_view signed_by;  // Fingerprint of the key; empty unless the kind asks for it.

    bool is_access() const { return ledger::is_access(event.kind); }
    ledger::Verdict verdict() const { return ledger::verdict_of(entry.head.verdict); }
};

using Emit = std::function<void(Row)>;
class Policies;

// What a maker is told: the question, read, and the moment that the answer speaks of.
struct Scope {
    Query query;
    Query filter;  // Of it what is not the key itself: all entries of the key are about that.
    std::shared_ptr<const Policies> policies;  // Whole once the maker finishes.
    std::optional<TimeMs> from, to;
    TimeMs moment = 0;  // Of the block, or the time asked about.
    Emit emit;

    bool is_in_time(TimeMs time) const { return (!from || time >= *from) && (!to || time < *to); }
    // Whether the filters that an access, or a consent's record, can be held against let it pass.
    bool passes(const ledger::AccessEvent& access) const;
    bool passes(const ledger::ConsentRecord& record) const;
};

class Maker {
public:
    virtual ~Maker() = default;
    virtual void take(const Seen& seen) = 0;
    // After the last entry.
    virtual void finish() {}
    // Rows that need entries from before the time asked for.
    virtual bool is_waiting() const { return false; }
    // What it left out that its name promises, and by which rule; empty: nothing.
    virtual std::string left_out() const { return {}; }
    // It can keep no more: the report fails.
    virtual bool is_full() const { return false; }
    // Why the entries do not lead to its rows, once it has finished: the report fails.
    virtual std::optional<Failure> trouble() const { return std::nullopt; }
};

enum class Order : std::uint8_t { newest_first, oldest_first };
enum class Reads : std::uint8_t {
    window,        // The entries of the time asked for.
    from_window,   // And what followed.
    until_window,  // And what went before, as long as the maker waits for it.
    everything,
};

struct Kind {
    std::string_view name;
    Order order = Order::newest_first;
    Reads reads = Reads::window;
    bool wants_signers = false;
    std::vector<Column> columns;
    std::unique_ptr<Maker> (*make)(const Scope& scope) = nullptr;
    // What repeated rows have in common, and the column of their time; empty: not collapsible.
    std::vector<std::string_view> same;
    std::string_view when = "recorded";
    bool is_by_event_time = false;  // Always, not only if it is asked for.
};
const Kind* find_kind(std::string_view name);
// The groups that make up the table of kinds, by meaning.
std::vector<Kind> access_kinds();     // Sessions and what became of them.
std::vector<Kind> consent_kinds();    // Consents as they stand and stood.
std::vector<Kind> duty_kinds();       // Deletion, erasure, breaches.
std::vector<Kind> record_kinds();     // Entries as they are.
std::vector<Kind> time_kinds();       // Accesses judged by event time.
std::vector<Kind> oversight_kinds();  // Accesses beside the consents that they cite.

// A maker whose take() is a function: for reports that look at each entry alone.
template <class Take>
class Each final : public Maker {
public:
    Each(Scope scope, Take function) : scope_(std::move(scope)), take_(std::move(function)) {}
    void take(const Seen& seen) override { take_(scope_, seen); }

private:
    Scope scope_;
    Take take_;
};
template <class Take>
std::unique_ptr<Maker> make_each(const Scope& scope, Take take) {
    return std::make_unique<Each<Take>>(scope, std::move(take));
}

// Rows of a kind whose repetitions are one: first date, number, last date. In memory, one for each
// that differs.
class Collapse {
public:
    Collapse(const Kind& kind);
    std::vector<Column> columns() const;
    void take(const Row& row);
    void finish(const Emit& emit);

private:
    struct Group {
        std::string first, last;
        std::uint64_t number = 0;
        std::vector<std::uint64_t> leaves;
    };
    std::vector<Column> same_;
    std::vector<std::size_t> at_;
    std::size_t when_ = 0;
    std::map<std::vector<std::string>, Group> groups_;
};

}  // namespace consentree::client::report

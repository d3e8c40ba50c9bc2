// Answers that are proven complete: evidence files, and lists whose pages carry their proof. What a
// node says beside the proof is not even looked at. Internal to the client library; safe to use
// from several threads.
#pragma once

#include "client/calls.h"
#include "client/client.h"
#include "client/submitter.h"
#include "client/trust.h"
#include "ledger/evidence.h"

namespace consentree::client {

// Which entries of a key's log a list shows: decided here, on the proven entries.
struct EntryFilter {
    bool lifecycle = true, access = true;
    std::string actor, consent, issuer, verdict;  // Empty: any.
    bool accepts(const ledger::ProvenEntry& entry) const;
};

// A list about one key.
struct KeyedList {
    std::string target;           // "/v1/accesses"
    std::vector<Filter> filters;  // Of the query: also limit, order and cursor.
    ledger::Question question;    // What the proof must be about.
    bool any_issuer = false;      // The node may say whose consent it is.
    bool descends = false;        // Unless the filters say otherwise.
    EntryFilter shows;
};

// A part of a key's log that is proven without a gap.
struct LogPart {
    ledger::Evidence evidence;
    ledger::EvidenceReport report;              // Its entries are in the log's order.
    std::uint64_t first = 0, end = 0, all = 0;  // Their positions, and how many the log has.
};

class Proven {
public:
    Proven(const NodeCalls& calls,
           const TrustFile& trust,
           CheckpointMemory& memory,
           const Receipts& receipts)
        : calls_(calls), trust_(trust), memory_(memory), receipts_(receipts) {}

    // Fetches page after page, joins them, and verifies the whole.
    Outcome<Evidence> evidence(const ledger::Question& asked, const Progress& progress) const;
    Outcome<Answer> list(const KeyedList& list) const;
    // An access that a node has found, by its place in the log or its event id: proven is that the
    // entry shown stands there, and is what was asked for.
    Outcome<Answer> access(const std::string& id, const std::vector<Filter>& filters) const;

    // Which page: from a position of the key's log on, or going down before it; none: from its
    // start or end. limit 0: as many entries as the node gives.
    struct Place {
        std::optional<std::uint64_t> position{};
        bool descends = false;
        std::size_t limit = 0;
    };
    // One page of the answer, verified, which starts exactly there and is not empty unless the
    // answer is.
    Outcome<LogPart> part(const ledger::Question& asked, const Place& place) const;
    // Its two halves: what a node says, and what of it is proven.
    Outcome<ledger::Evidence> page(const ledger::Question& asked, const Place& place) const;
    Outcome<LogPart> verified(ledger::Evidence evidence, const Place& place) const;
    NodeCalls::Clock::time_point deadline() const { return calls_.deadline(); }

private:
    // Verified; and not behind the newest checkpoint seen, unless an earlier moment was asked for.
    std::optional<Failure> check(const ledger::EvidenceReport& report) const;

    const NodeCalls& calls_;
    const TrustFile& trust_;
    CheckpointMemory& memory_;
    const Receipts& receipts_;
};

// "<height>.<position>": where a list goes on, and as of which block.
struct ListCursor {
    Height height = 0;
    std::uint64_t position = 0;
};
std::optional<ListCursor> read_cursor(std::string_view text);
std::string cursor_text(const ListCursor& cursor);

std::string value_of(const std::vector<Filter>& filters, std::string_view name);
// The node's answer is a lie (failed), or cannot be judged.
Failure refused(Standing standing, const std::string& why, const std::string& hint = {});
Failure timed_out();

api::Entry entry_of(const ledger::ProvenEntry& proven);

// Nothing if the kind is unknown, or a time is no time.
std::optional<ledger::Question> question_of(const Question& question,
                                            const std::string& institution);
// The list of accesses that the filters describe, if it is about one key and can be filtered by
// what the entries themselves say; otherwise why not.
Outcome<KeyedList> keyed_accesses(const std::vector<Filter>& filters);
// The filters from, to and as_of as part of the question; false if one cannot be read.
bool read_window(const std::vector<Filter>& filters, ledger::Question& question);

}  // namespace consentree::client

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

private:
    Outcome<ledger::Evidence> page(const ledger::Question& asked,
                                   std::optional<std::uint64_t> position) const;
    // Verified; and not behind the newest checkpoint seen, unless an earlier moment was asked for.
    std::optional<Failure> check(const ledger::EvidenceReport& report) const;

    const NodeCalls& calls_;
    const TrustFile& trust_;
    CheckpointMemory& memory_;
    const Receipts& receipts_;
};

// Nothing if the kind is unknown, or a time is no time.
std::optional<ledger::Question> question_of(const Question& question,
                                            const std::string& institution);
// The list of accesses that the filters describe, if it is about one key and can be filtered by
// what the entries themselves say; otherwise why not.
Outcome<KeyedList> keyed_accesses(const std::vector<Filter>& filters);
// The filters from, to and as_of as part of the question; false if one cannot be read.
bool read_window(const std::vector<Filter>& filters, ledger::Question& question);

}  // namespace consentree::client

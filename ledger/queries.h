// Typed reads of the ledger's tables for the API and the tools. Every function may run on any
// thread that holds a Reader, takes bounded time per call and changes nothing.
#pragma once

#include "ledger/check_details.h"
#include "ledger/execute.h"
#include "ledger/seal.h"
#include "ledger/state.h"
#include "ledger/verdict.h"

namespace consentree::ledger {

struct EntryView {
    std::uint64_t index = 0;  // In the log.
    Height height = 0;
    TimeUs time_us = 0;
    TxId tx_id;
    std::uint32_t position = 0;  // In the transaction.
    EventKind kind = EventKind::consent_request;
    std::uint16_t verdict = 0;
    std::uint32_t flags = 0;
    std::optional<TimeMs> granted_until = {};  // Of the data, where flags say TRIMMED.
    Bytes event_bytes;                         // As signed.
};
// Nothing if the log is not that long (or the leaf is no event).
std::optional<EntryView> get_entry(const Reader& reader, std::uint64_t index);
// The leaf as hashed: head and event bytes.
Bytes entry_leaf_bytes(const EntryView& entry);
// The SEAL at that leaf; nothing if it is an event's, or beyond the log.
std::optional<Seal> get_seal(const Reader& reader, std::uint64_t index);

std::optional<TxOutcome> get_outcome(const Reader& reader, const TxId& id);
// The canonical binary form (decode_transaction), from the batch row that the outcome names.
std::optional<Bytes> get_transaction(const Reader& reader, const TxOutcome& outcome);

struct ConsentView {
    ConsentKey key;
    std::uint64_t number = 0;  // Order of first appearance; the cursor of lists.
    Terms terms;               // Of the version that the status is about.
    std::string record_json;   // Its exact bytes.
    ConsentStatus status = ConsentStatus::requested;  // At the asked time: expired, superseded too.
    TimeMs status_since_ms = 0;
    std::uint32_t latest_version = 1;        // Of all that were ever proposed.
    std::uint32_t pending_version = 0;       // An amendment that waits for authorisation, or 0.
    std::vector<std::string> authorised_by;  // Grantors, of the version in force.
    std::vector<std::string> pending_authorised_by;               // Of the amendment's.
    std::vector<std::string> added_resources, removed_resources;  // Since it was authorised.
    Height created_height = 0;
    Height version_height = 0;
    std::uint64_t events = 0;  // In its log, lifecycle and access.
    std::uint64_t uses = 0;    // Counted, returned ones not included.
    // Uses left: of the total (once, max_uses) and in the window that holds the asked time.
    std::optional<std::uint64_t> uses_left, window_uses_left;
    std::optional<TimeMs> next_use;  // If the window is full: when it has room again.
};
std::optional<ConsentView> find_consent(const Reader& reader,
                                        std::string_view issuer,
                                        std::string_view consent_id,
                                        TimeMs at);
// Consent ids are unique per issuer: all that bear the id, at most 16.
std::vector<ConsentView> consents_by_id(const Reader& reader,
                                        std::string_view consent_id,
                                        TimeMs at);
// Every version's terms, oldest first, at most limit from version `from` on.
struct VersionView {
    Terms terms;
    std::string record_json;
    Height height = 0;
};
std::vector<VersionView> consent_versions(const Reader& reader,
                                          const ConsentKey& key,
                                          std::uint32_t from,
                                          std::size_t limit);

// Which consents a list holds. Empty fields do not filter; the filters are joined by "and".
struct ConsentFilter {
    std::string issuer, subject, recipient, provider, purpose;
    std::optional<ConsentStatus> status;  // At `at`.
    std::optional<TimeMs> expires_before;
    TimeMs at = 0;
};
bool matches(const ConsentRecord& record, ConsentStatus status, const ConsentFilter& filter);
struct ConsentPage {
    std::vector<ConsentView> items;
    std::uint64_t next = 0;  // Pass as `from` for the next page; 0: there is no more.
};
// In order of number, from `from` (0: from the newest if descending, the oldest if ascending).
// Consents first recorded above as_of are left out. A page may hold fewer than limit items and
// still have a next: the rows read per call are bounded.
ConsentPage list_consents(const Reader& reader,
                          const ConsentFilter& filter,
                          Height as_of,
                          std::uint64_t from,
                          std::size_t limit,
                          Direction direction = Direction::descending);

// Log indexes of one key's events.
struct LeafPage {
    std::vector<std::uint64_t> leaves;
    std::optional<std::uint64_t> next;  // Pass as `from` for the next page.
};
struct LeafQuery {
    // At most one of these; none: all events. actor and provider list access events only.
    std::optional<ConsentKey> consent;
    std::string subject, actor, provider;
    bool lifecycle = true;          // Include consent.* events.
    bool access = true;             // Include access.* events.
    std::optional<EventKind> kind;  // Only these.
    Direction direction = Direction::descending;
    std::optional<std::uint64_t> from;  // Inclusive; none: the newest or the oldest.
    std::uint64_t tree_size = 0;        // Leaves from here on are left out (the pinned height).
    std::size_t limit = 50;
};
// As with list_consents, a page may be short and still have a next.
LeafPage list_leaves(const Reader& reader, const LeafQuery& query);

struct AccessView {
    EntryView entry;
    Event event;                       // Its body is an AccessEvent.
    std::string verdict;               // "PERMIT", "DENY", ... or empty for a decision or denial.
    std::string reason;                // Primary reason code, or empty.
    std::vector<std::string> reasons;  // Every failing check's code, in check order.
    std::vector<std::string> flags;    // "LATE", "FUTURE", "IN_FLIGHT", ...
};
std::optional<AccessView> get_access(const Reader& reader, std::uint64_t index);
AccessView make_access_view(EntryView entry);
// The newest entry whose event_id it is among the events of that consent; bounded.
std::optional<AccessView> find_access(const Reader& reader,
                                      const ConsentKey& consent,
                                      std::string_view event_id);

// "May X use Y's data for Z now?" Nothing is recorded.
struct CheckQuestion {
    std::string issuer, consent_id;  // May be empty: then every consent of the subject is tried.
    std::string subject, actor_org, purpose, action = "view";
    std::vector<std::string> categories;
    Resources resources;                          // Neither all nor any: whatever is in scope.
    std::optional<TimeMs> data_from, data_until;  // None: the range of the consent.
    std::string place, agreement;                 // May be empty.
    bool attended = false;
};
struct CheckAnswer {
    bool allowed = false;
    std::optional<ConsentView> consent;  // That allows it, or comes nearest; no record_json.
    std::string verdict;                 // "PERMIT", "DENY" or "NEEDS_REVIEW"
    std::vector<FailedCheck> failed;     // In order; the first is the primary reason.
    std::string explanation;             // One sentence.
    std::string remedy;                  // What would have to change, or empty.
    // The end of the data's range, where a permitted access would be let in for less than was
    // asked.
    std::optional<TimeMs> granted_until;
    // What the consent, or the question, breaks of the limits of the consent's scheme, in words.
    std::vector<std::string> scheme_rules;
};
CheckAnswer check_now(const Reader& reader, const CheckQuestion& question, TimeMs at);

}  // namespace consentree::ledger

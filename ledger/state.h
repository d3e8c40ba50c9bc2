// The rows of Table::state (and Table::entry): what execution knows about consents, sessions,
// keys and institutions. Typed getters over any Reader; encodings are in docs/formats.md.
// Nothing here decides anything: rules are in consent.h and verdict.h.
#pragma once

#include "ledger/batch.h"
#include "ledger/event.h"
#include "ledger/tables.h"

namespace consentree::ledger {

// SHA-256(issuer || 0x00 || consent_id): the name of a consent in keys.
using ConsentKey = Hash;
ConsentKey consent_key(std::string_view issuer, std::string_view consent_id);

// EXPIRED and SUPERSEDED are derived, never stored.
enum class ConsentStatus : std::uint8_t {
    requested = 1,
    partial = 2,
    active = 3,
    suspended = 4,
    rejected = 5,
    withdrawn = 6,
    revoked = 7,
    invalidated = 8,
    superseded = 9,
    expired = 10,
};
std::string_view status_name(ConsentStatus status);  // "active"
std::optional<ConsentStatus> status_of(std::string_view name);

// One version of a consent. Written once, never changed.
struct Terms {
    ConsentRecord record;
    std::uint64_t leaf = 0;  // Of the consent.request, amend or renew that brought it.
    TimeMs recorded_ms = 0;
    Height height = 0;
    bool is_renewal = false;  // Resources that came and went stay so.
    // Of a record under a scheme: the scheme's version when it was recorded, by which the terms in
    // record are read; what it says of fetch itself; and whether it exceeds the scheme's limits.
    std::uint32_t scheme_version = 0;
    Fetch written = {};
    bool exceeds_limits = false;
};

// Whether an access request was counted as a use of its consent (docs/verdict.md, "Counting").
// Attended uses count toward the total only, unattended ones toward the rate as well.
enum class Use : std::uint8_t { none = 0, attended = 1, unattended = 2 };

// The times of a consent's unattended uses are kept in rows of this many (Table::uses); the newest,
// as long as they are fewer, lie in its ConsentState.
inline constexpr std::size_t uses_per_row = 16;
// Returned uses that are remembered with their time; older ones count as used again.
inline constexpr std::size_t returned_uses_max = 64;

// Of a consent's added and removed resources.
inline constexpr std::size_t resources_max = 64;

// What changes about a consent.
struct ConsentState {
    std::uint64_t number = 0;  // In order of first appearance on the ledger, from 1.
    ConsentStatus status = ConsentStatus::requested;  // Neither expired nor superseded.
    std::uint32_t version = 1;                        // The status is about this one.
    std::uint32_t latest_version = 1;                 // Of all that were ever proposed.
    std::uint32_t pending_version = 0;  // An amendment that waits for its authorisation, or 0.
    std::uint64_t authorised = 0;       // Bit k: grantor k of version has authorised.
    std::uint64_t pending_authorised = 0;
    TimeMs status_since_ms = 0;
    std::uint64_t superseded_by = 0;     // Number of the consent that takes its place, or 0,
    TimeMs superseded_from_ms = 0;       // and from when.
    std::uint64_t uses = 0;              // All that were counted, returned ones included.
    std::uint64_t rate_uses = 0;         // Of these the unattended ones.
    std::uint64_t returned = 0;          // Uses given back because nothing was delivered.
    std::vector<TimeMs> returned_times;  // When unattended returned ones were counted; ascending.
    std::uint64_t events = 0;            // Entries about it, of every kind.
    // Resources that came and went since the version was authorised; at most resources_max each.
    std::vector<std::string> added_resources, removed_resources;
    std::vector<TimeMs> newest_uses;  // Block times of the last rate_uses % uses_per_row.
    bool operator==(const ConsentState&) const = default;
};

// A row of Table::uses: the block times of uses_per_row unattended uses, in order.
using UsesRow = std::array<TimeMs, uses_per_row>;

// An access session: all access events with its id under one consent (or, where none is cited,
// of one actor institution).
struct SessionState {
    std::uint64_t request_leaf = 0;
    TimeMs first_ms = 0;        // Block time of its first request.
    std::uint16_t verdict = 0;  // Of its newest request.
    std::uint32_t flags = 0;
    Use use = Use::none;    // Of its newest counted request,
    TimeMs counted_ms = 0;  // and when that was.
    bool returned = false;  // Its use was given back.
    bool delivered = false;
    TimeMs delivered_ms = 0;  // Block time of the newest delivery.
    bool deleted = false;     // What was delivered was deleted after it.
    TimeMs override_until_ms = 0;
    std::optional<TimeMs> data_from, data_until;  // What its newest request was let in for.
    bool operator==(const SessionState&) const = default;
};

// Restrictions and objections of one subject (GDPR 18, 21) that are in force.
struct Restriction {
    std::string institution;  // That must keep them.
    std::string request;      // event_id of the request.
    bool operator==(const Restriction&) const = default;
};
using Restrictions = std::vector<Restriction>;  // At most restrictions_max.
inline constexpr std::size_t restrictions_max = 256;

struct PartyState {
    std::string registered_by;  // Institution; it alone may register the party anew.
    std::uint64_t leaf = 0;     // Of the newest party.register.
    std::uint32_t versions = 0;
    Height since = 0;
    bool operator==(const PartyState&) const = default;
};

struct AgreementVersion {
    std::uint32_t version = 0;  // 0: there is none.
    std::string sha256;         // Of the agreement's bytes, lower-case hexadecimal.
    std::uint64_t leaf = 0;
    AgreementTerms terms;
    bool operator==(const AgreementVersion&) const = default;
};
struct AgreementState {
    AgreementVersion in_force;   // Accepted by every party.
    AgreementVersion proposed;   // Waits for the others.
    std::uint64_t accepted = 0;  // Bit k: party k of proposed has accepted.
    TimeMs ended_ms = 0;         // 0: not ended.
    bool operator==(const AgreementState&) const = default;
};
// Accepted, begun, and neither ended nor run out.
bool is_in_force(const AgreementState& agreement, TimeMs time);

struct KeyState {
    std::string institution;
    std::uint8_t roles = 0;
    Height since = 0;
};
struct InstitutionState {
    std::string id, name;
    Height since = 0;
};

Bytes encode(const Terms& terms);
Result<Terms> decode_terms(BytesView bytes);
Bytes encode(const ConsentState& state);
Result<ConsentState> decode_consent_state(BytesView bytes);
Bytes encode(const UsesRow& row);
Result<UsesRow> decode_uses_row(BytesView bytes);
Bytes encode(const SessionState& session);
Result<SessionState> decode_session(BytesView bytes);
Bytes encode(const Restrictions& restrictions);
Result<Restrictions> decode_restrictions(BytesView bytes);
Bytes encode(const PartyState& party);
Result<PartyState> decode_party(BytesView bytes);
Bytes encode(const AgreementState& agreement);
Result<AgreementState> decode_agreement(BytesView bytes);

std::optional<ConsentState> load_consent(const Reader& reader, const ConsentKey& key);
std::optional<Terms> load_terms(const Reader& reader, const ConsentKey& key, std::uint32_t version);
UsesRow load_uses(const Reader& reader, const ConsentKey& key, std::uint64_t number);
std::optional<SessionState> load_session(const Reader& reader, BytesView session_key);
std::optional<KeyState> load_key(const Reader& reader, const PublicKey& key);
std::optional<InstitutionState> load_institution(const Reader& reader, std::string_view id);

// A row of Table::entry: the consecutive leaves of one transaction and phase.
struct EntryRow {
    struct Item {
        std::uint32_t position = 0;  // In the transaction.
        EventKind kind = EventKind::consent_request;
        std::uint16_t verdict = 0;
        std::uint32_t flags = 0;
        std::uint32_t offset = 0;  // Of the event's bytes in the batch row.
        std::uint32_t length = 0;
        std::optional<TimeMs> granted_until = {};  // Where flags say TRIMMED.
    };
    Height height = 0;
    TimeUs time_us = 0;
    TxId tx_id;
    BatchRef batch;  // Of the digest only the first 8 bytes are stored and read back.
    std::vector<Item> items;
};
Bytes encode(const EntryRow& row);
Result<EntryRow> decode_entry_row(BytesView bytes);

}  // namespace consentree::ledger

// What the HTTP API says, as plain structs with their JSON: requests and answers of docs/api.md.
// Shared by node and client; the only client header that node includes. Pure functions, any
// thread. Parsing bounds and checks; it never trusts the other side. Members whose value is JSON
// (records, events, receipts) are kept as JSON text.
#pragma once

#include "common/error.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace consentree::client::api {

inline constexpr std::string_view json_type = "application/json";
inline constexpr std::string_view problem_type = "application/problem+json";
inline constexpr std::string_view transaction_type = "application/vnd.consentree.tx";
inline constexpr std::string_view transaction_list_type = "application/vnd.consentree.tx-list";
inline constexpr std::size_t wait_seconds_max = 30;
inline constexpr std::size_t batch_transactions_max = 500;
inline constexpr std::size_t page_items_default = 50;

// RFC 9457.
struct Problem {
    std::string type;  // "/problems/consent-state"
    std::string title;
    unsigned status = 0;
    std::string detail;
    std::string instance;
    std::string code;  // "CT-1203"
    std::string request_id;
    std::string hint;
    struct Item {
        std::string pointer, detail;
    };
    std::vector<Item> errors;
    std::string tx_id;     // Of the transaction that it is about, or empty.
    bool decided = false;  // That transaction was ordered and rejected: final for these bytes.
    // The last part of type: "consent-state".
    std::string name() const;
};
std::string format(const Problem& problem);
Result<Problem> parse_problem(std::string_view json);

// A transaction as JSON carries it (POST /v1/transactions, application/json).
struct TransactionRequest {
    std::string payload;              // The header's exact bytes.
    std::string keyid;                // Fingerprint of the author's key; may be empty.
    std::string signature;            // 64 bytes.
    std::vector<std::string> events;  // Exact bytes.
};
std::string format(const TransactionRequest& request);
Checked<TransactionRequest> parse_transaction_request(std::string_view json);

// application/vnd.consentree.tx-list: u32 count, then that many blobs of canonical transactions.
std::string format_transaction_list(const std::vector<std::string>& transactions);
// Views into body.
Result<std::vector<std::string_view>> parse_transaction_list(std::string_view body);

enum class TxState {
    pending,    // Accepted by the node, not yet decided.
    committed,  // Final.
    rejected,   // Final: ordered, and refused by the ledger's rules.
    refused,    // Never ordered: it may be sent again once what `code` names is mended.
};
std::string_view name_of(TxState state);

// GET /v1/transactions/{id}; body of 201 and 202; one item of a batch answer.
struct TransactionAnswer {
    std::string tx_id;  // Hexadecimal; empty if the bytes were too broken to have one.
    TxState status = TxState::pending;
    std::uint64_t height = 0;           // committed, rejected
    std::string time;                   // Block time, RFC 3339.
    std::vector<std::uint64_t> leaves;  // committed: log index of each event.
    std::string code, detail, pointer;  // rejected, refused: "consent-state", ...
    bool replayed = false;              // The same bytes had been decided before.
    std::string receipt;                // JSON of the receipt file, or empty.
};
std::string format(const TransactionAnswer& answer);
Result<TransactionAnswer> parse_transaction_answer(std::string_view json);
std::string format(const std::vector<TransactionAnswer>& items);  // {"items":[...]}
Result<std::vector<TransactionAnswer>> parse_transaction_answers(std::string_view json);

// A list of the API: {items, next_cursor, as_of_height, complete}.
template <class Item>
struct Page {
    std::vector<Item> items;
    std::string next_cursor;  // Empty (null in JSON) on the last page.
    std::uint64_t as_of_height = 0;
    bool complete = true;  // false while next_cursor is there.
};

// A consent as it stands at as_of_height.
struct Consent {
    std::string issuer, consent_id;
    std::uint32_t version = 1;
    std::string state;  // requested partial active suspended rejected withdrawn revoked
                        // invalidated expired superseded
    std::string subject, provider, manager;
    std::vector<std::string> recipients, purposes, categories;
    std::string valid_from, valid_until;  // RFC 3339; valid_until is empty (null) if open ended.
    std::string status_since;             // RFC 3339: since when it is in that state.
    std::uint32_t latest_version = 1;     // Of all that were ever proposed.
    std::uint32_t pending_version = 0;    // An amendment that waits for authorisation, or 0.
    std::vector<std::string> authorised_by, pending_authorised_by;  // Grantors who have done it.
    std::string scheme, agreement;                                  // Or empty.
    bool needs_review = false;
    std::vector<std::string> added_resources, removed_resources;  // Since it was authorised.
    std::uint64_t created_height = 0, version_height = 0;
    std::uint64_t events = 0;                                  // In its log, lifecycle and access.
    std::uint64_t uses = 0;                                    // Counted so far.
    std::optional<std::uint64_t> uses_left, window_uses_left;  // None: unlimited.
    std::string next_use_at;                                   // If the window is full.
    std::uint64_t as_of_height = 0;
    std::string record;  // The canonical record, JSON; empty in lists.
};
std::string format(const Consent& consent);
Result<Consent> parse_consent(std::string_view json);
std::string format(const Page<Consent>& page);
Result<Page<Consent>> parse_consents(std::string_view json);

// One entry of the log: a lifecycle event or an access with its verdict. Items of history,
// accesses, timelines; GET /v1/entries/{index} and /v1/accesses/{id}.
struct Entry {
    std::uint64_t index = 0;  // Leaf of the log.
    std::uint64_t height = 0;
    std::string time;  // Block time, RFC 3339.
    std::string tx_id;
    std::uint32_t position = 0;  // Of the event in its transaction.
    std::string type;            // "consent.amend", "access.request", ...
    std::string verdict;  // PERMIT DENY PERMIT_OTHER_BASIS OVERRIDE NEEDS_REVIEW; empty: lifecycle.
    std::string reason;   // Code of the primary failing check, or empty.
    std::vector<std::string> failed;  // Codes of all failing checks, in order of the checks.
    std::vector<std::string> flags;   // LATE FUTURE IN_FLIGHT CLAIM_DIFFERS TRIMMED
    std::string granted_until;        // With TRIMMED: the end of the data's range that was granted.
    std::string event;                // The event, JSON.
    std::string entry;  // Exact leaf bytes in base64; only from /v1/entries and /v1/accesses/{id}.
};
std::string format(const Entry& entry);
Result<Entry> parse_entry(std::string_view json);
std::string format(const Page<Entry>& page);
Result<Page<Entry>> parse_entries(std::string_view json);

// POST /v1/consents:check: may recipient use subject's data for purpose now? Records nothing.
struct CheckRequest {
    std::string subject, recipient, purpose;
    std::vector<std::string> data;  // Categories.
    std::string action = "view";
    std::vector<std::string> resources;  // Empty: all.
    std::string issuer, consent_id;      // Empty: the node looks for one that allows it.
    std::string data_from, data_until;   // RFC 3339 or empty.
    std::string place, agreement;        // May be empty.
    bool attended = false;
};
std::string format(const CheckRequest& request);
Checked<CheckRequest> parse_check_request(std::string_view json);

struct CheckAnswer {
    bool allowed = false;
    std::string verdict;             // PERMIT, DENY or NEEDS_REVIEW
    std::string issuer, consent_id;  // Which consent decided; empty: none was found.
    std::uint32_t version = 0;
    std::string reason;  // "PURPOSE_MISMATCH"; empty if allowed.
    std::vector<std::string> failed;
    struct Check {
        std::uint32_t number = 0;  // docs/verdict.md
        std::string code, detail, remedy;
    };
    std::vector<Check> checks;              // The failing ones, in order.
    std::string explanation;                // One sentence.
    std::string remedy;                     // What would have to change, or empty.
    std::vector<std::string> scheme_rules;  // Those of the consent's scheme that it breaks.
    std::string granted_until;  // The end of the data's range, if less than was asked is allowed.
    // Of the consent that decided.
    std::string state, valid_from, valid_until;
    std::optional<std::uint64_t> uses, uses_left, window_uses_left;
    std::string next_use_at;
    std::string scheme, agreement;
    std::uint64_t as_of_height = 0;
    std::string as_of_time;
};
std::string format(const CheckAnswer& answer);
Result<CheckAnswer> parse_check_answer(std::string_view json);

// POST /v1/subjects:timeline: keeps the label out of access logs.
struct TimelineRequest {
    std::string subject;
    std::optional<std::uint32_t> limit;
    std::string cursor;
};
std::string format(const TimelineRequest& request);
Checked<TimelineRequest> parse_timeline_request(std::string_view json);

struct Checkpoint {
    std::uint64_t height = 0, tree_size = 0;
    std::string root;  // Hexadecimal.
    std::string note;  // C2SP checkpoint, exact text.
};
std::string format(const Checkpoint& checkpoint);
Result<Checkpoint> parse_checkpoint(std::string_view json);

struct Consistency {
    std::uint64_t from = 0, to = 0;  // Tree sizes.
    std::vector<std::string> proof;  // Hashes in base64.
};
std::string format(const Consistency& consistency);
Result<Consistency> parse_consistency(std::string_view json);

struct Block {
    std::uint64_t height = 0, view = 0;
    std::string id;    // Hexadecimal.
    std::string time;  // RFC 3339.
    std::uint64_t time_us = 0;
    struct Batch {
        std::uint16_t lane = 0;
        std::uint64_t seq = 0;
        std::string digest;
    };
    std::vector<Batch> batches;
};
std::string format(const Block& block);
Result<Block> parse_block(std::string_view json);

// An institution of the network, or anybody whom one has registered (docs/events.md).
struct Party {
    std::string id, name;                    // The name may be empty.
    std::optional<std::uint16_t> validator;  // Its index, if it runs one.
    struct Key {
        std::string fingerprint, key;    // key in base64.
        std::vector<std::string> roles;  // submit audit admin operate authority
    };
    std::vector<Key> keys;
    struct Registration {
        std::string by;  // Institution.
        std::uint64_t height = 0, entry = 0;
        std::uint32_t versions = 0;
        std::string record, record_bytes;  // JSON; its exact bytes in base64. Empty in lists.
    };
    std::optional<Registration> registered;
};
std::string format(const Party& party);
Result<Party> parse_party(std::string_view json);
std::string format(const Page<Party>& page);
Result<Page<Party>> parse_parties(std::string_view json);

// A data-sharing agreement as it stands at as_of_height.
struct Agreement {
    std::string id;
    std::string state;  // proposed accepted in_force expired ended
    struct Version {
        std::uint32_t version = 0;
        std::string sha256;  // Of its exact bytes.
        std::uint64_t entry = 0;
        std::vector<std::string> parties, purposes, categories;  // Categories may be empty: all.
        std::string valid_from, valid_until;
        std::vector<std::string> accepted_by, awaited;  // Of what is proposed.
        std::string record, record_bytes;  // JSON; its exact bytes in base64. Empty in lists.
    };
    std::optional<Version> agreed, proposed;  // What all parties have accepted; what waits.
    std::string ended_at;                     // Empty: not ended.
    std::uint64_t as_of_height = 0;
};
std::string format(const Agreement& agreement);
Result<Agreement> parse_agreement(std::string_view json);
std::string format(const Page<Agreement>& page);
Result<Page<Agreement>> parse_agreements(std::string_view json);

// A restriction or objection of a subject that is in force.
struct Restriction {
    std::string institution, request;  // Who must keep it; event_id of the request.
    std::string right, since, due;     // restrict or object; RFC 3339. May be empty.
    std::optional<std::uint64_t> entry;
};
std::string format(const Page<Restriction>& page);
Result<Page<Restriction>> parse_restrictions(std::string_view json);

struct Network {
    std::string network;  // Hexadecimal id: SHA-256 of genesis.
    std::string name, origin;
    std::size_t validators = 0, quorum = 0;
    std::string genesis;  // Exact text of the genesis file.
    std::string trust;    // C2SP tlog-policy text: what a client's trust file holds.
};
std::string format(const Network& network);
Result<Network> parse_network(std::string_view json);

struct Status {
    std::string institution, network, network_name, version;
    std::uint16_t validator = 0;
    std::uint64_t height = 0;
    std::string block_time;  // RFC 3339; empty before the first block.
    std::uint64_t tree_size = 0, certified_tree_size = 0;
    std::string root;
    std::uint64_t view = 0;
    std::string leader;
    bool catching_up = false, may_vote = true, ready = false;
    std::string condition;  // One sentence when something is not as it should be.
    std::uint64_t pending_transactions = 0, unordered_batches = 0, disk_bytes = 0;
    std::size_t validators = 0, quorum = 0, connected = 0;  // connected counts this node too.
    struct Peer {
        std::string institution;
        bool connected = false;
        std::uint64_t height = 0;
        std::string last_seen;  // RFC 3339; empty: never.
    };
    std::vector<Peer> peers;
};
std::string format(const Status& status);
Result<Status> parse_status(std::string_view json);

}  // namespace consentree::client::api

// Every bound of the system, in one place. Reaching a bound has the effect stated beside it.
#pragma once

#include <cstddef>
#include <cstdint>

namespace consentree::limits {

// Validators. A genesis outside these is refused.
inline constexpr std::size_t validators_min = 4;
inline constexpr std::size_t validators_max = 31;
inline constexpr std::size_t institutions_max = 1000;
inline constexpr std::size_t genesis_keys_max = 4000;
inline constexpr std::size_t genesis_bytes = 1024 * 1024;

// Events and transactions. Beyond: refused with a problem that names the limit.
inline constexpr std::size_t event_bytes = 16 * 1024;
inline constexpr std::size_t event_depth = 8;
inline constexpr std::size_t transaction_events = 1024;
inline constexpr std::size_t transaction_event_bytes = 1024 * 1024;  // All events together.
inline constexpr std::size_t header_bytes = 1024;                    // The JSON header.
inline constexpr std::size_t transaction_bytes =
    transaction_event_bytes + transaction_events * 4 + header_bytes + 128;
inline constexpr std::int64_t valid_ahead_ms =
    24 * 3600 * 1000;  // valid_until, ahead of block time.

// Requests with one session id are one use of a consent for this long after it was counted.
inline constexpr std::int64_t session_ms = 24 * 3600 * 1000;

// Log entries (C2SP tlog-tiles: a u16 length).
inline constexpr std::size_t entry_bytes = 65535;

// Notes, proofs, trust files and receipts. Beyond: malformed. C2SP asks verifiers to take at least
// 16 signatures a note, and 32 logs, witnesses and groups a trust file.
inline constexpr std::size_t note_bytes = 128 * 1024;
inline constexpr std::size_t note_signatures = 64;
inline constexpr std::size_t tlog_proof_bytes = note_bytes + 16 * 1024;
inline constexpr std::size_t policy_bytes = 64 * 1024;
inline constexpr std::size_t policy_keys = 64;  // Logs; and witnesses.
inline constexpr std::size_t policy_groups = 64;
inline constexpr std::size_t receipt_bytes = 8 * 1024 * 1024;
// Rows that execution keeps decoded. Beyond: those not used for long are read again.
inline constexpr std::size_t recent_heads = 32'768;
inline constexpr std::size_t recent_consents = 8'192;

// One page of evidence, its entries, and their bytes with their transactions'. Beyond: the next.
inline constexpr std::size_t evidence_bytes = 8 * 1024 * 1024;
inline constexpr std::size_t evidence_entries = 10'000;
inline constexpr std::size_t evidence_entry_bytes = 4 * 1024 * 1024;

// Lanes. A batch is sealed at the first of these; a larger transaction is a batch of its own.
inline constexpr std::size_t batch_bytes = 256 * 1024;
inline constexpr std::size_t batch_transactions = 500;
inline constexpr std::size_t batch_bytes_max = transaction_bytes + 256;
// Unordered batches of one lane that a node holds: about a second of work. At it the lane's owner
// answers 429 (one last transaction may go over it); batches of others beyond it are dropped, and
// pulled again when a block names them.
inline constexpr std::size_t lane_unordered_batches = 64;
inline constexpr std::size_t lane_unordered_bytes = 1024 * 1024;
// Batches that one block may order, and their bytes together. A proposer stops there.
inline constexpr std::size_t block_batches = 64;
inline constexpr std::size_t block_batch_bytes = 4 * 1024 * 1024;
inline constexpr std::size_t payload_bytes = 64 * 1024;

// How far a proposed block time may be ahead of a voter's clock before it holds back its vote.
inline constexpr std::uint64_t block_time_ahead_us = 500'000;

// Consensus core. Votes and proposals further ahead are dropped and the sender asked for
// certificates; finalized views are kept for a while to serve peers that are a little behind.
inline constexpr std::uint64_t view_window = 8;
inline constexpr std::uint64_t views_retained = 64;
// Views without a finalization above the last finalized one; beyond, no view is entered.
inline constexpr std::uint64_t views_open = 65536;
// Payloads of unfinalized proposals; beyond, only certified proposals are kept.
inline constexpr std::size_t open_payload_bytes = 64 * 1024 * 1024;
// Views asked for at once, and requests of one peer answered per retry interval.
inline constexpr std::size_t requests_open = 16;
inline constexpr std::size_t requests_answered = 64;

// Peers. A larger frame, or a full outgoing queue, closes the session.
inline constexpr std::size_t frame_bytes = 8 * 1024 * 1024;
inline constexpr std::size_t peer_queue_bytes = 64 * 1024 * 1024;
// Accepted connections whose handshake is not finished. One more closes the oldest.
inline constexpr std::size_t peer_handshakes = 64;
inline constexpr std::size_t sync_response_bytes = 4 * 1024 * 1024;

// API. Beyond: 413, 431, 429 or 503 with Retry-After.
inline constexpr std::size_t http_body_bytes = 2 * 1024 * 1024;
inline constexpr std::size_t http_header_bytes = 16 * 1024;
inline constexpr std::size_t http_sessions = 1024;
inline constexpr std::size_t page_items = 500;

// Source documents and mapping files of an import. Beyond: that document is refused.
inline constexpr std::size_t source_bytes = 1024 * 1024;
inline constexpr std::size_t source_depth = 32;
inline constexpr std::size_t mapping_bytes = 256 * 1024;
inline constexpr std::size_t mapping_rules = 256;
inline constexpr std::size_t mapping_values = 1024;  // That one path of a rule may match.
inline constexpr std::size_t mapping_faults = 64;    // That one check of a mapping file reports.

static_assert(transaction_bytes < http_body_bytes);
static_assert(batch_bytes_max < sync_response_bytes);
static_assert(sync_response_bytes + batch_bytes_max < frame_bytes);
static_assert(event_bytes + 256 < entry_bytes);

}  // namespace consentree::limits

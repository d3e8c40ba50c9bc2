// Transactions: a signed JSON header over 1 to 1,024 events (docs/formats.md, "Transaction").
#pragma once

#include "common/error.h"
#include "common/keys.h"
#include "common/types.h"
#include "ledger/event.h"

#include <memory>

namespace consentree::ledger {

using TxId = Hash;

inline constexpr std::string_view transaction_payload_type = "application/vnd.consentree.tx+json";

// {"v":1,"network":hex,"key":base64,"nonce":hex,"valid_until":time,"event_count":n,
//  "events_root":hex}
struct TransactionHeader {
    Hash network;
    PublicKey key;
    std::string nonce;  // 32 lower-case hexadecimal digits.
    TimeMs valid_until = 0;
    std::uint32_t event_count = 0;
    Hash events_root;  // RFC 6962 root over the events' bytes.
};

std::string format_header(const TransactionHeader& header);
Checked<TransactionHeader> parse_header(std::string_view json);
// DSSE pre-authentication encoding of the header bytes: what the author signs.
Bytes pre_authentication_encoding(std::string_view header_json);
// SHA-256 of that encoding.
TxId transaction_id(std::string_view header_json);

// The parts of a transaction as its author made them.
struct Transaction {
    std::string header;  // The exact bytes that were signed.
    Signature signature;
    std::vector<std::string> events;  // Exact bytes.
};
// Canonical binary form: header blob | signature | u32 count | event blobs.
Bytes encode(const Transaction& transaction);
Result<Transaction> decode_transaction(BytesView bytes);
// Builds and signs. nonce is 16 random bytes; events are 1 to 1,024 JSON texts.
Transaction sign_transaction(const SecretKey& key,
                             const Hash& network,
                             TimeMs valid_until,
                             BytesView nonce,
                             std::vector<std::string> events);

struct CheckedEvent {
    std::uint32_t offset = 0;  // Of the event's bytes in CheckedTransaction::encoded().
    std::uint32_t length = 0;
    Event event;
};

// A transaction whose every rule that needs no ledger state holds: structure, limits, network,
// signature, events root, and each event's strict JSON and schema. Whether the key is registered
// (only sound points are), may do this, and is in time is decided at execution.
class CheckedTransaction {
public:
    const TxId& id() const { return id_; }
    const TransactionHeader& header() const { return header_; }
    const std::vector<CheckedEvent>& events() const { return events_; }
    // Canonical binary form. A view into storage shared with the batch it came in.
    BytesView encoded() const { return encoded_; }

private:
    friend class TransactionCheck;
    friend class BatchBuilder;
    TxId id_;
    TransactionHeader header_;
    std::vector<CheckedEvent> events_;
    std::shared_ptr<const Bytes> storage_;
    BytesView encoded_;
};

// encoded is a part of *storage (often all of it).
Checked<CheckedTransaction> check_transaction(std::shared_ptr<const Bytes> storage,
                                              BytesView encoded,
                                              const Hash& network);

}  // namespace consentree::ledger

#include "ledger/transaction.h"

#include "common/assert.h"
#include "common/codec.h"
#include "common/hash.h"
#include "common/limits.h"
#include "common/time.h"
#include "ledger/event_fields.h"
#include "ledger/merkle.h"

namespace consentree::ledger {
namespace {

constexpr std::size_t nonce_digits = 32;

template <class Fixed>
Fixed read_fixed(ObjectReader& reader, std::string_view name, bool is_hex) {
    const auto member = reader.require(name, Json::Type::string);
    if (!member) return {};
    const auto value = is_hex ? fixed_from_hex<Fixed>(member->string())
                              : fixed_from_base64<Fixed>(member->string());
    // Hexadecimal has one spelling: that of to_hex.
    if (!value || (is_hex && to_hex(value->view()) != member->string())) {
        reader.fail(name, is_hex ? "64 lower-case hexadecimal digits were expected"
                                 : "base64 of 32 bytes was expected");
        return {};
    }
    return *value;
}

Refusal refuse(std::string_view code,
               std::string detail,
               std::string pointer = "",
               std::string hint = "") {
    return {std::string(code), std::move(detail), std::move(pointer), std::move(hint)};
}

}  // namespace

std::string format_header(const TransactionHeader& header) {
    std::string json = R"({"v":1,"network":")" + to_hex(header.network.view());
    json += R"(","key":")" + to_base64(header.key.view());
    json += R"(","nonce":")" + header.nonce;
    json += R"(","valid_until":")" + format_time(header.valid_until);
    json += R"(","event_count":)" + std::to_string(header.event_count);
    json += R"(,"events_root":")" + to_hex(header.events_root.view()) + "\"}";
    return json;
}

Checked<TransactionHeader> parse_header(std::string_view json) {
    const auto document = Json::parse(json, {.bytes = limits::header_bytes, .depth = 1});
    if (!document) return document.error();
    Fields fields(document->root(), "");
    TransactionHeader header;
    fields.integer("v", 1, 1);
    header.network = read_fixed<Hash>(fields.reader, "network", true);
    header.key = read_fixed<PublicKey>(fields.reader, "key", false);
    header.nonce = fields.code("nonce");
    const bool is_hex = header.nonce.find_first_not_of("0123456789abcdef") == std::string::npos;
    if (header.nonce.size() != nonce_digits || !is_hex) {
        fields.reader.fail("nonce", "32 lower-case hexadecimal digits were expected");
    }
    header.valid_until = fields.time("valid_until");
    header.event_count =
        static_cast<std::uint32_t>(fields.integer("event_count", 1, limits::transaction_events));
    header.events_root = read_fixed<Hash>(fields.reader, "events_root", true);
    if (auto refusal = fields.reader.finish()) return std::move(*refusal);
    return header;
}

// DSSE v1: "DSSEv1" SP LEN(type) SP type SP LEN(body) SP body.
Bytes pre_authentication_encoding(std::string_view header_json) {
    std::string text = "DSSEv1 " + std::to_string(transaction_payload_type.size()) + " ";
    text += transaction_payload_type;
    text += " " + std::to_string(header_json.size()) + " ";
    text += header_json;
    return to_bytes(as_bytes(text));
}

TxId transaction_id(std::string_view header_json) {
    return sha256(pre_authentication_encoding(header_json));
}

Bytes encode(const Transaction& transaction) {
    Writer out;
    std::size_t bytes = transaction.header.size() + 128;
    for (const std::string& event : transaction.events) bytes += event.size() + 4;
    out.reserve(bytes);
    out.text(transaction.header);
    out.fixed(transaction.signature);
    out.u32(static_cast<std::uint32_t>(transaction.events.size()));
    for (const std::string& event : transaction.events) out.text(event);
    return out.take();
}

Result<Transaction> decode_transaction(BytesView bytes) {
    consentree::Reader in(bytes);
    Transaction transaction;
    transaction.header = in.text(limits::header_bytes);
    transaction.signature = in.fixed<Signature>();
    const std::uint32_t count = in.count(limits::transaction_events, 4);
    transaction.events.reserve(count);
    for (std::uint32_t k = 0; k < count && !in.failed(); ++k) {
        transaction.events.push_back(in.text(limits::event_bytes));
    }
    if (const auto end = in.finish(); !end) return end.error();
    if (count == 0) return Errc::malformed;
    return transaction;
}

Transaction sign_transaction(const SecretKey& key,
                             const Hash& network,
                             TimeMs valid_until,
                             BytesView nonce,
                             std::vector<std::string> events) {
    CT_ASSERT(nonce.size() * 2 == nonce_digits);
    CT_ASSERT(!events.empty() && events.size() <= limits::transaction_events);
    std::vector<Hash> leaves;
    leaves.reserve(events.size());
    for (const std::string& event : events) leaves.push_back(leaf_hash(as_bytes(event)));
    Transaction transaction;
    transaction.header = format_header({.network = network,
                                        .key = key.public_key(),
                                        .nonce = to_hex(nonce),
                                        .valid_until = valid_until,
                                        .event_count = static_cast<std::uint32_t>(events.size()),
                                        .events_root = root_of(leaves)});
    transaction.signature = key.sign(pre_authentication_encoding(transaction.header));
    transaction.events = std::move(events);
    return transaction;
}

// The only maker of CheckedTransaction.
class TransactionCheck {
public:
    TransactionCheck(std::shared_ptr<const Bytes> storage, BytesView encoded) : in_(encoded) {
        checked_.storage_ = std::move(storage);
        checked_.encoded_ = encoded;
    }

    Checked<CheckedTransaction> run(const Hash& network) {
        if (checked_.encoded_.size() > limits::transaction_bytes) {
            return refuse("too-large", "the transaction has more than " +
                                           std::to_string(limits::transaction_bytes) + " bytes");
        }
        if (auto refusal = split()) return std::move(*refusal);
        if (auto refusal = check_header(network)) return std::move(*refusal);
        if (auto refusal = check_events()) return std::move(*refusal);
        return std::move(checked_);
    }

private:
    // Finds the parts without copying them.
    std::optional<Refusal> split() {
        header_ = as_text(in_.blob(limits::header_bytes));
        signature_ = in_.fixed<Signature>();
        const std::uint32_t count = in_.count(limits::transaction_events, 4);
        checked_.events_.reserve(count);
        std::size_t total = 0;
        for (std::uint32_t k = 0; k < count && !in_.failed(); ++k) {
            const BytesView event = in_.blob(limits::event_bytes);
            if (in_.failed()) break;
            CheckedEvent& part = checked_.events_.emplace_back();
            part.offset = static_cast<std::uint32_t>(event.data() - checked_.encoded_.data());
            part.length = static_cast<std::uint32_t>(event.size());
            total += event.size();
        }
        const auto end = in_.finish();
        if (!end && end.error() == make_error_code(Errc::too_large)) {
            return refuse("too-large",
                          "a part of the transaction is above its limit: header 1 "
                          "KiB, 1,024 events, 16 KiB an event");
        }
        if (!end || count == 0) {
            return refuse("malformed-transaction", "the bytes are not a transaction");
        }
        if (total > limits::transaction_event_bytes) {
            return refuse("too-large", "the events have more than 1 MiB together");
        }
        return std::nullopt;
    }

    std::optional<Refusal> check_header(const Hash& network) {
        auto header = parse_header(header_);
        if (!header) {
            Refusal refusal = header.error();
            refusal.pointer = "/header" + refusal.pointer;
            return refusal;
        }
        checked_.header_ = std::move(*header);
        if (checked_.header_.network != network) {
            return refuse("wrong-network", "the transaction was made for another network",
                          "/header/network", "Sign for the network that this node serves.");
        }
        const Bytes signed_bytes = pre_authentication_encoding(header_);
        if (!verify(checked_.header_.key, signed_bytes, signature_)) {
            return refuse("bad-signature", "the signature does not verify with the header's key",
                          "/signatures/0", "Sign the DSSE encoding of the exact header bytes.");
        }
        checked_.id_ = sha256(signed_bytes);
        return std::nullopt;
    }

    std::optional<Refusal> check_events() {
        if (checked_.header_.event_count != checked_.events_.size()) {
            return refuse("events-root-mismatch", "event_count is not the number of events",
                          "/header/event_count");
        }
        std::vector<Hash> leaves;
        leaves.reserve(checked_.events_.size());
        for (const CheckedEvent& part : checked_.events_) leaves.push_back(leaf_hash(bytes(part)));
        if (root_of(leaves) != checked_.header_.events_root) {
            return refuse("events-root-mismatch",
                          "events_root is not the RFC 6962 root of the "
                          "events",
                          "/header/events_root");
        }
        for (std::size_t k = 0; k < checked_.events_.size(); ++k) {
            auto event = parse_event(as_text(bytes(checked_.events_[k])));
            if (!event) {
                Refusal refusal = event.error();
                refusal.pointer = "/events/" + std::to_string(k) + refusal.pointer;
                return refusal;
            }
            checked_.events_[k].event = std::move(*event);
        }
        return check_event_ids();
    }

    std::optional<Refusal> check_event_ids() const {
        if (checked_.events_.size() < 2) return std::nullopt;
        std::vector<std::pair<std::string_view, std::size_t>> ids;
        for (std::size_t k = 0; k < checked_.events_.size(); ++k) {
            const Event& event = checked_.events_[k].event;
            if (is_access(event.kind)) ids.emplace_back(event.access().event_id, k);
        }
        std::sort(ids.begin(), ids.end());
        for (std::size_t k = 1; k < ids.size(); ++k) {
            if (ids[k].first != ids[k - 1].first) continue;
            return refuse("duplicate-event-id", "two events of the transaction have this event_id",
                          "/events/" + std::to_string(ids[k].second) + "/event_id");
        }
        return std::nullopt;
    }

    BytesView bytes(const CheckedEvent& part) const {
        return checked_.encoded_.subspan(part.offset, part.length);
    }

    consentree::Reader in_;
    CheckedTransaction checked_;
    std::string_view header_;
    Signature signature_;
};

Checked<CheckedTransaction> check_transaction(std::shared_ptr<const Bytes> storage,
                                              BytesView encoded,
                                              const Hash& network) {
    return TransactionCheck(std::move(storage), encoded).run(network);
}

}  // namespace consentree::ledger

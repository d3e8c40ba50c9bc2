#include "ledger/batch.h"

#include "common/assert.h"
#include "common/codec.h"
#include "common/hash.h"
#include "common/limits.h"

namespace consentree::ledger {
namespace {

constexpr std::string_view body_tag = "consentree/batch-body/v1\n";
constexpr std::string_view header_tag = "consentree/batch/v1\n";
constexpr std::size_t header_bytes = 32 + 4 + 2 + 8 + 32 + 32 + 4 + 4;
constexpr std::size_t body_offset = header_bytes + Signature::byte_count;

void encode(Writer& out, const BatchHeader& header) {
    out.fixed(header.network);
    out.u32(header.epoch);
    out.u16(header.lane);
    out.u64(header.seq);
    out.fixed(header.previous);
    out.fixed(header.digest);
    out.u32(header.transaction_count);
    out.u32(header.event_count);
}

Bytes signed_bytes(BytesView encoded_header) {
    Bytes message = to_bytes(as_bytes(header_tag));
    message.insert(message.end(), encoded_header.begin(), encoded_header.end());
    return message;
}

Refusal refuse(std::string_view code, std::string detail) {
    return {std::string(code), std::move(detail), "", ""};
}

}  // namespace

Result<BatchHeader> decode_batch_header(BytesView encoded) {
    if (encoded.size() < body_offset) return Errc::truncated;
    consentree::Reader in(encoded.first(header_bytes));
    BatchHeader header;
    header.network = in.fixed<Hash>();
    header.epoch = in.u32();
    header.lane = in.u16();
    header.seq = in.u64();
    header.previous = in.fixed<Hash>();
    header.digest = in.fixed<Hash>();
    header.transaction_count = in.u32();
    header.event_count = in.u32();
    if (header.seq == 0 || header.transaction_count == 0 ||
        header.transaction_count > limits::batch_transactions) {
        return Errc::malformed;
    }
    return header;
}

// The only maker of CheckedBatch.
class BatchBuilder {
public:
    BatchBuilder() : batch_(std::make_shared<CheckedBatch>()) {}

    Checked<BatchPtr> check(Bytes encoded, const Genesis& genesis) {
        if (auto refusal = check_header(encoded, genesis)) return std::move(*refusal);
        const auto storage = std::make_shared<const Bytes>(std::move(encoded));
        batch_->encoded_ = storage;
        consentree::Reader in(BytesView(*storage).subspan(body_offset));
        batch_->transactions_.reserve(batch_->header_.transaction_count);
        std::size_t events = 0;
        for (std::uint32_t k = 0; k < batch_->header_.transaction_count; ++k) {
            const BytesView part = in.blob(limits::transaction_bytes);
            if (in.failed()) return refuse("malformed-batch", "the batch's body is cut off");
            auto transaction = check_transaction(storage, part, genesis.network);
            if (!transaction) return transaction.error();
            events += transaction->events().size();
            batch_->transactions_.push_back(std::move(*transaction));
        }
        if (!in.finish() || events != batch_->header_.event_count) {
            return refuse("malformed-batch", "the batch's body is not what its header says");
        }
        return BatchPtr(batch_);
    }

    BatchPtr seal(BatchHeader header,
                  const SecretKey& identity,
                  std::vector<CheckedTransaction> transactions) {
        Writer body;
        std::size_t bytes = 0;
        for (const CheckedTransaction& transaction : transactions) {
            bytes += transaction.encoded().size() + 4;
            header.event_count += static_cast<std::uint32_t>(transaction.events().size());
        }
        body.reserve(bytes);
        for (const CheckedTransaction& transaction : transactions) {
            body.blob(transaction.encoded());
        }
        header.transaction_count = static_cast<std::uint32_t>(transactions.size());
        header.digest = sha256({as_bytes(body_tag), BytesView(body.bytes())});
        Writer out;
        out.reserve(body_offset + body.bytes().size());
        encode(out, header);
        out.fixed(identity.sign(signed_bytes(out.bytes())));
        out.raw(body.bytes());
        const auto storage = std::make_shared<const Bytes>(out.take());
        // The transactions move their views to the batch, so that their own storage can go.
        std::size_t offset = body_offset;
        for (CheckedTransaction& transaction : transactions) {
            const std::size_t length = transaction.encoded_.size();
            transaction.encoded_ = BytesView(*storage).subspan(offset + 4, length);
            transaction.storage_ = storage;
            offset += 4 + length;
        }
        batch_->header_ = header;
        batch_->encoded_ = storage;
        batch_->transactions_ = std::move(transactions);
        return batch_;
    }

private:
    std::optional<Refusal> check_header(const Bytes& encoded, const Genesis& genesis) {
        const auto header = decode_batch_header(encoded);
        if (!header) return refuse("malformed-batch", "the batch's header is malformed");
        batch_->header_ = *header;
        const bool may_be_long = header->transaction_count == 1;
        if (encoded.size() > (may_be_long ? limits::batch_bytes_max : limits::batch_bytes)) {
            return refuse("too-large", "the batch is above its limit");
        }
        if (header->network != genesis.network || header->epoch != 1) {
            return refuse("wrong-network", "the batch was made for another network or epoch");
        }
        if (header->lane >= genesis.validators.size()) {
            return refuse("malformed-batch", "the batch names a lane that does not exist");
        }
        const BytesView bytes(encoded);
        if (sha256({as_bytes(body_tag), bytes.subspan(body_offset)}) != header->digest) {
            return refuse("malformed-batch", "the batch's digest is not that of its body");
        }
        const auto signature = *Signature::from(bytes.subspan(header_bytes, 64));
        if (!verify(genesis.validators[header->lane].identity,
                    signed_bytes(bytes.first(header_bytes)), signature)) {
            return refuse("bad-signature", "the lane's signature does not verify");
        }
        return std::nullopt;
    }

    std::shared_ptr<CheckedBatch> batch_;
};

Checked<BatchPtr> check_batch(Bytes encoded, const Genesis& genesis) {
    return BatchBuilder().check(std::move(encoded), genesis);
}

BatchPtr seal_batch(const Genesis& genesis,
                    ValidatorIndex lane,
                    std::uint64_t seq,
                    const Hash& previous,
                    const SecretKey& identity,
                    std::vector<CheckedTransaction> transactions) {
    CT_ASSERT(!transactions.empty() && transactions.size() <= limits::batch_transactions);
    return BatchBuilder().seal({.network = genesis.network,
                                .epoch = 1,
                                .lane = lane,
                                .seq = seq,
                                .previous = previous,
                                .digest = {},
                                .transaction_count = 0,
                                .event_count = 0},
                               identity, std::move(transactions));
}

Bytes batch_key(ValidatorIndex lane, std::uint64_t seq, const Hash& digest) {
    Writer out;
    out.u16(lane);
    out.u64(seq);
    out.raw(digest.view().first(8));
    return out.take();
}

Bytes encode(const Payload& payload) {
    Writer out;
    out.u64(payload.time_us);
    out.u32(static_cast<std::uint32_t>(payload.batches.size()));
    for (const BatchRef& batch : payload.batches) {
        out.u16(batch.lane);
        out.u64(batch.seq);
        out.fixed(batch.digest);
    }
    return out.take();
}

Result<Payload> decode_payload(BytesView bytes) {
    consentree::Reader in(bytes);
    Payload payload;
    payload.time_us = in.u64();
    const std::uint32_t count = in.count(limits::block_batches, 2 + 8 + 32);
    payload.batches.reserve(count);
    for (std::uint32_t k = 0; k < count; ++k) {
        BatchRef batch;
        batch.lane = in.u16();
        batch.seq = in.u64();
        batch.digest = in.fixed<Hash>();
        if (k > 0) {
            const BatchRef& last = payload.batches.back();
            const bool is_later =
                last.lane < batch.lane || (last.lane == batch.lane && last.seq < batch.seq);
            if (!is_later) in.fail(Errc::not_canonical);
        }
        payload.batches.push_back(batch);
    }
    if (const auto end = in.finish(); !end) return end.error();
    return payload;
}

}  // namespace consentree::ledger

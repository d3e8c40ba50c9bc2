#include "audit/replay.h"

#include "common/codec.h"
#include "consensus/stored_block.h"
#include "ledger/key_log.h"

#include <deque>
#include <future>

namespace consentree::audit {
namespace {

using ledger::Table;

// Blocks that are read and checked ahead of the one that is executed.
constexpr std::size_t blocks_ahead = 8;
constexpr std::uint64_t progress_blocks = 16;

struct Problem {
    Table table;
    Bytes key;
    std::string what;
};

// A block with all that it orders. With a problem it must not be executed.
struct Loaded {
    Height height = 0;
    consensus::Block block;
    consensus::BlockId id;
    bool is_finalized = false;
    TimeUs time_us = 0;
    std::vector<ledger::BatchPtr> batches;
    std::uint64_t signatures = 0;
    std::optional<Problem> problem;
};

// Everything about a block that needs no ledger state. Any thread.
class Loader {
public:
    Loader(const Ledgers& ledgers, Height height) : ledgers_(ledgers) { out_.height = height; }

    Loaded run() {
        load();
        return std::move(out_);
    }

private:
    void problem(std::string what) {
        out_.problem = Problem{Table::block, consensus::block_key(out_.height), std::move(what)};
    }

    void load() {
        const Bytes key = consensus::block_key(out_.height);
        const auto row = ledgers_.stored.get(Table::block, key);
        if (!row) return problem("is missing");
        const auto stored = consensus::decode_stored_block(*row);
        auto block = stored ? consensus::decode_block(stored->block)
                            : Result<consensus::Block>(stored.error());
        if (!block) return problem("does not decode: " + block.error().message());
        out_.block = std::move(*block);
        out_.id = consensus::block_id(ledgers_.validators, out_.block);
        if (out_.block.height != out_.height) {
            return problem("says that it is block " + std::to_string(out_.block.height));
        }
        if (!check_finalization(stored->finalization)) return;
        const auto payload = ledger::decode_payload(out_.block.payload);
        if (!payload) return problem("has a payload that does not decode");
        out_.time_us = payload->time_us;
        for (const ledger::BatchRef& ref : payload->batches) {
            if (!load_batch(ref)) return;
        }
    }

    bool check_finalization(BytesView bytes) {
        if (bytes.empty()) return true;
        const auto certificate = consensus::decode_certificate(bytes);
        if (!certificate) {
            problem("has a finalization that does not decode");
            return false;
        }
        const consensus::Ballot& ballot = certificate->ballot;
        out_.signatures += certificate->signatures.size();
        if (ballot.kind != consensus::VoteKind::finalize || ballot.view != out_.block.view ||
            ballot.block != out_.id) {
            problem("is not the block that its finalization names");
            return false;
        }
        const auto verified = consensus::verify_certificate(*certificate, ledgers_.validators);
        if (!verified) {
            problem("has a finalization that a quorum of the genesis validators did not sign: " +
                    verified.error().message());
            return false;
        }
        out_.is_finalized = true;
        return true;
    }

    bool load_batch(const ledger::BatchRef& ref) {
        const Bytes key = ledger::batch_key(ref.lane, ref.seq, ref.digest);
        const auto bad = [&](std::string what) {
            const std::string block = " (ordered by block " + std::to_string(out_.height) + ")";
            out_.problem = Problem{Table::batch, key, std::move(what) + block};
            return false;
        };
        auto row = ledgers_.stored.get(Table::batch, key);
        if (!row) return bad("is missing");
        auto batch = ledger::check_batch(std::move(*row), ledgers_.genesis);
        if (!batch) return bad("is not what was signed: " + batch.error().detail);
        const ledger::BatchHeader& header = (*batch)->header();
        if (header.lane != ref.lane || header.seq != ref.seq || header.digest != ref.digest) {
            return bad("is not the batch that the block orders");
        }
        out_.signatures += 1 + header.transaction_count;
        out_.batches.push_back(std::move(*batch));
        return true;
    }

    const Ledgers& ledgers_;
    Loaded out_;
};

class Replay {
public:
    Replay(const Ledgers& ledgers,
           Findings& findings,
           Report& report,
           const std::function<void(const Progress&)>& on_progress)
        : ledgers_(ledgers),
          findings_(findings),
          report_(report),
          on_progress_(on_progress),
          map_(ledger::load_index_map(*ledgers.expected.snapshot())) {
        out_.tip = *ledger::load_tip(*ledgers.expected.snapshot());
    }

    Replayed run() {
        const Height last = last_height();
        Height next = 1;
        std::deque<std::future<Loaded>> loading;
        while (out_.tip.height < last) {
            while (loading.size() < blocks_ahead && next <= last) {
                loading.push_back(std::async(std::launch::async, [this, height = next] {
                    return Loader(ledgers_, height).run();
                }));
                ++next;
            }
            Loaded block = loading.front().get();
            loading.pop_front();
            if (!execute(block)) return out_;
            const bool is_due = block.height % progress_blocks == 0 || block.height == last;
            if (is_due && on_progress_) on_progress_({"blocks", block.height, last});
        }
        out_.is_complete = true;
        return out_;
    }

private:
    Height last_height() const {
        Height last = 0;
        ledgers_.stored.scan(Table::block, {}, {}, ledger::Direction::descending,
                             [&](BytesView key, BytesView) {
                                 last = Reader(key).u64();
                                 return false;
                             });
        // A key of another form would make any number of it; the blocks are consecutive.
        const auto tip = ledgers_.stored.get(Table::meta, as_bytes("tip"));
        const auto decoded = tip ? ledger::decode_tip(*tip) : Errc::not_found;
        return decoded ? std::max(last, decoded->height) : last;
    }

    // What a voter checks of a block on its parent (node/driver): the chain, the time, the lanes.
    std::string why_not_next(const Loaded& next) const {
        const consensus::Block& block = next.block;
        if (block.parent != out_.tip.block_id) return "does not follow the block before it";
        if (block.parent_view != out_.tip.view || block.view <= out_.tip.view) {
            return "has another view than can follow the block before it";
        }
        if (next.time_us <= out_.tip.time_us) return "is not later than the block before it";
        std::vector<ledger::LaneCursor> lanes = out_.tip.lanes;
        for (const ledger::BatchPtr& batch : next.batches) {
            const ledger::BatchHeader& header = batch->header();
            if (header.lane >= lanes.size()) return "orders a lane that is not there";
            ledger::LaneCursor& lane = lanes[header.lane];
            if (header.seq != lane.next_seq || header.previous != lane.last_digest) {
                return "orders batch " + std::to_string(header.seq) + " of a lane out of turn";
            }
            lane = {header.seq + 1, header.digest};
        }
        return {};
    }

    bool execute(Loaded& next) {
        report_.signatures += next.signatures;
        if (!next.problem) {
            if (std::string why = why_not_next(next); !why.empty()) {
                next.problem = Problem{Table::block, consensus::block_key(next.height), why};
            }
        }
        if (next.problem) {
            findings_.row(next.problem->table, next.problem->key, next.problem->what);
            return false;
        }
        const ledger::OrderedBlock ordered{next.height, next.block.view, next.id, next.time_us,
                                           next.batches};
        ledger::Execution execution =
            ledger::execute(ledgers_.genesis, *ledgers_.expected.snapshot(), ordered, map_);
        ledger::WriteSet& writes = execution.writes;
        writes.push_back({Table::block, consensus::block_key(next.height), Bytes()});
        for (const ledger::BatchPtr& batch : next.batches) {
            const ledger::BatchHeader& header = batch->header();
            writes.push_back(
                {Table::batch, ledger::batch_key(header.lane, header.seq, header.digest), Bytes()});
            report_.transactions += header.transaction_count;
        }
        if (!ledgers_.expected.append(writes)) {
            findings_.undecidable("the scratch folder refused a write: is its disk full?");
            return false;
        }
        out_.tip = execution.tip;
        if (next.is_finalized) out_.finalized_height = next.height;
        ++report_.blocks;
        ++report_.seals;
        report_.batches += next.batches.size();
        report_.entries += execution.events_committed;
        report_.height = next.height;
        return true;
    }

    const Ledgers& ledgers_;
    Findings& findings_;
    Report& report_;
    const std::function<void(const Progress&)>& on_progress_;
    ledger::PatriciaTree map_;
    Replayed out_;
};

}  // namespace

Replayed replay(const Ledgers& ledgers,
                Findings& findings,
                Report& report,
                const std::function<void(const Progress&)>& on_progress) {
    return Replay(ledgers, findings, report, on_progress).run();
}

}  // namespace consentree::audit

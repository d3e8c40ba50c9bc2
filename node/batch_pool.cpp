#include "node/batch_pool.h"

#include "common/codec.h"
#include "common/limits.h"
#include "node/clock.h"
#include "node/log.h"

namespace consentree::node {

using ledger::BatchPtr;
using ledger::BatchRef;
using ledger::LaneCursor;

namespace {

constexpr TimeUs ask_again_us = 200'000;
// Requests of one peer for stored batches that are answered at once; more are dropped.
constexpr std::size_t reads_for_peer = 64;

Bytes encode_ref(const BatchRef& ref) {
    Writer writer;
    writer.u16(ref.lane);
    writer.u64(ref.seq);
    writer.fixed(ref.digest);
    return writer.take();
}

std::optional<BatchRef> decode_ref(BytesView body) {
    Reader reader(body);
    BatchRef ref;
    ref.lane = reader.u16();
    ref.seq = reader.u64();
    ref.digest = reader.fixed<Hash>();
    if (!reader.finish()) return std::nullopt;
    return ref;
}

ledger::Write row_of(const ledger::CheckedBatch& batch) {
    const BatchRef ref = ref_of(batch);
    return {ledger::Table::batch, ledger::batch_key(ref.lane, ref.seq, ref.digest),
            to_bytes(batch.encoded())};
}

}  // namespace

BatchRef ref_of(const ledger::CheckedBatch& batch) {
    const ledger::BatchHeader& header = batch.header();
    return {header.lane, header.seq, header.digest};
}

BatchPool::BatchPool(Workers& workers,
                     Disk& disk,
                     storage::Store& store,
                     const ledger::Genesis& genesis,
                     ValidatorIndex self,
                     Handlers handlers)
    : workers_(workers),
      disk_(disk),
      store_(store),
      genesis_(genesis),
      self_(self),
      handlers_(std::move(handlers)),
      lanes_(genesis.validators.size()),
      serving_(genesis.validators.size(), 0) {}

const BatchPool::Held* BatchPool::find_held(const BatchRef& ref) const {
    if (ref.lane >= lanes_.size()) return nullptr;
    const auto at_seq = lanes_[ref.lane].held.find(ref.seq);
    if (at_seq == lanes_[ref.lane].held.end()) return nullptr;
    for (const Held& held : at_seq->second) {
        if (held.digest == ref.digest) return &held;
    }
    return nullptr;
}

BatchPool::Held* BatchPool::find_held(const BatchRef& ref) {
    return const_cast<Held*>(std::as_const(*this).find_held(ref));
}

void BatchPool::receive(ValidatorIndex from, Bytes encoded) {
    const auto header = ledger::decode_batch_header(encoded);
    if (!header || header->lane >= lanes_.size() || header->network != genesis_.network) {
        log::warn("a peer sent a batch that is malformed or of another network",
                  {{"peer", genesis_.validators[from].institution}});
        return;
    }
    const BatchRef ref{header->lane, header->seq, header->digest};
    Lane& lane = lanes_[ref.lane];
    if (ref.seq < lane.next_seq || find_held(ref) != nullptr) return;
    if (!wanted_.contains({ref.lane, ref.seq, ref.digest})) {
        // Unasked: only the owner's, and only as far ahead as the bounds allow. What is dropped
        // here is pulled when a block names it, or once there is room: this node may be the next
        // to propose, and nobody else may have anything to order.
        if (from != ref.lane || lane.held.contains(ref.seq)) return;
        const bool fits = lane.count < limits::lane_unordered_batches &&
                          lane.bytes < limits::lane_unordered_bytes + limits::batch_bytes &&
                          ref.seq < lane.next_seq + limits::lane_unordered_batches;
        if (!fits) {
            const bool is_near = lane.dropped.size() < limits::lane_unordered_batches;
            if (is_near) lane.dropped.emplace(ref.seq, ref.digest);
            return;
        }
    }
    lane.held[ref.seq].push_back({ref.digest, Stage::checking, nullptr, encoded.size()});
    lane.count += 1;
    lane.bytes += encoded.size();
    check(ref, std::move(encoded));
}

// Checked and stored in one go on a work thread; not synced, since nobody is promised anything
// before this node votes for a block that names it.
void BatchPool::check(const BatchRef& ref, Bytes encoded) {
    auto bytes = std::make_shared<Bytes>(std::move(encoded));
    in_hand_ += 1;
    workers_.run(
        workers_.work,
        [this, bytes] {
            auto checked = ledger::check_batch(std::move(*bytes), genesis_);
            if (checked) disk_.append({row_of(**checked)});
            return checked;
        },
        [this, ref](Checked<BatchPtr> checked) {
            in_hand_ -= 1;
            if (checked) return stored(ref, std::move(*checked));
            log::error("a lane signed a batch that breaks the rules; it will not be ordered",
                       {{"lane", genesis_.validators[ref.lane].institution},
                        {"seq", ref.seq},
                        {"code", checked.error().code},
                        {"detail", checked.error().detail}});
            wanted_.erase({ref.lane, ref.seq, ref.digest});
            if (Held* held = find_held(ref)) held->stage = Stage::invalid;
            handlers_.on_invalid(ref);
        });
}

void BatchPool::stored(const BatchRef& ref, BatchPtr batch) {
    wanted_.erase({ref.lane, ref.seq, ref.digest});
    Held* held = find_held(ref);
    if (held == nullptr) return;  // Ordered meanwhile.
    held->stage = Stage::stored;
    held->batch = std::move(batch);
    handlers_.on_stored(ref);
}

void BatchPool::add(BatchPtr batch, std::function<void()> done) {
    const BatchRef ref = ref_of(*batch);
    if (const Held* held = find_held(ref); held != nullptr) {
        if (done && held->stage == Stage::stored) done();
        return;
    }
    Lane& lane = lanes_[ref.lane];
    lane.held[ref.seq].push_back({ref.digest, Stage::checking, nullptr, batch->encoded().size()});
    lane.count += 1;
    lane.bytes += batch->encoded().size();
    const bool is_own = done != nullptr;
    in_hand_ += 1;
    workers_.run(
        workers_.disk,
        [this, batch, is_own] {
            if (is_own) {
                disk_.write({row_of(*batch)});
            } else {
                disk_.append({row_of(*batch)});
            }
            return batch;
        },
        [this, ref, done = std::move(done)](BatchPtr written) {
            in_hand_ -= 1;
            stored(ref, std::move(written));
            if (done) done();
        });
}

void BatchPool::restore(BatchPtr batch) {
    const ledger::BatchHeader& header = batch->header();
    Lane& lane = lanes_[header.lane];
    lane.count += 1;
    lane.bytes += batch->encoded().size();
    lane.held[header.seq].push_back({header.digest, Stage::stored, batch, batch->encoded().size()});
}

BatchPtr BatchPool::find(const BatchRef& ref) const {
    const Held* held = find_held(ref);
    return held != nullptr && held->stage == Stage::stored ? held->batch : nullptr;
}

bool BatchPool::is_invalid(const BatchRef& ref) const {
    const Held* held = find_held(ref);
    return held != nullptr && held->stage == Stage::invalid;
}

void BatchPool::want(const BatchRef& ref, ValidatorIndex ask_first) {
    if (find_held(ref) != nullptr) return;  // On its way through the checks.
    const WantedKey key{ref.lane, ref.seq, ref.digest};
    const auto [entry, is_new] = wanted_.try_emplace(key, Wanted{ask_first, 0});
    if (is_new) ask(key, entry->second, monotonic_us());
}

void BatchPool::ask(const WantedKey& key, Wanted& wanted, TimeUs now) {
    const auto& [lane, seq, digest] = key;
    const auto frame = make_frame(FrameType::batch_request, encode_ref({lane, seq, digest}));
    for (std::size_t tried = 0; tried < lanes_.size(); ++tried) {
        const ValidatorIndex peer = wanted.next_peer;
        wanted.next_peer = static_cast<ValidatorIndex>((peer + 1U) % lanes_.size());
        if (peer != self_ && peers_->send(peer, frame)) break;
    }
    wanted.asked_at = now;
}

void BatchPool::retry(TimeUs now) {
    for (auto& [key, wanted] : wanted_) {
        const BatchRef ref{std::get<0>(key), std::get<1>(key), std::get<2>(key)};
        if (find_held(ref) == nullptr && now >= wanted.asked_at + ask_again_us) {
            ask(key, wanted, now);
        }
    }
}

void BatchPool::serve(ValidatorIndex to, BytesView body) {
    const auto ref = decode_ref(body);
    if (!ref || ref->lane >= lanes_.size()) return;
    if (const BatchPtr batch = find(*ref)) {
        peers_->send(to, make_frame(FrameType::batch, batch->encoded()));
        return;
    }
    if (serving_[to] >= reads_for_peer) return;  // It will ask again.
    serving_[to] += 1;
    auto snapshot = store_.snapshot();
    workers_.run(
        workers_.work,
        [snapshot, ref = *ref] {
            return snapshot->get(ledger::Table::batch,
                                 ledger::batch_key(ref.lane, ref.seq, ref.digest));
        },
        [this, to](std::optional<Bytes> stored) {
            serving_[to] -= 1;
            if (stored) peers_->send(to, make_frame(FrameType::batch, *stored));
        });
}

void BatchPool::advance(const std::vector<LaneCursor>& cursors) {
    for (std::size_t index = 0; index < lanes_.size(); ++index) {
        Lane& lane = lanes_[index];
        lane.next_seq = cursors[index].next_seq;
        while (!lane.held.empty() && lane.held.begin()->first < lane.next_seq) {
            for (const Held& held : lane.held.begin()->second) {
                lane.count -= 1;
                lane.bytes -= held.bytes;
            }
            lane.held.erase(lane.held.begin());
        }
    }
    std::erase_if(wanted_, [&](const auto& entry) {
        return std::get<1>(entry.first) < cursors[std::get<0>(entry.first)].next_seq;
    });
    for (std::size_t index = 0; index < lanes_.size(); ++index) {
        want_dropped(static_cast<ValidatorIndex>(index));
    }
}

// As many as there is room for; the others once these are ordered.
void BatchPool::want_dropped(ValidatorIndex index) {
    Lane& lane = lanes_[index];
    std::size_t count = lane.count, bytes = lane.bytes;
    while (!lane.dropped.empty() && count < limits::lane_unordered_batches &&
           bytes < limits::lane_unordered_bytes) {
        const auto [seq, digest] = *lane.dropped.begin();
        lane.dropped.erase(lane.dropped.begin());
        if (seq < lane.next_seq) continue;
        want({index, seq, digest}, index);
        count += 1;
        bytes += limits::batch_bytes;
    }
}

const BatchPool::Held* BatchPool::next_of(const Lane& lane, const LaneCursor& cursor) const {
    const auto at_seq = lane.held.find(cursor.next_seq);
    if (at_seq == lane.held.end()) return nullptr;
    for (const Held& held : at_seq->second) {
        if (held.stage == Stage::stored && held.batch->header().previous == cursor.last_digest) {
            return &held;
        }
    }
    return nullptr;
}

std::vector<BatchRef> BatchPool::pick(const std::vector<LaneCursor>& cursors) const {
    std::vector<BatchRef> refs;
    std::size_t bytes = 0;
    std::vector<LaneCursor> next = cursors;
    // One batch of each lane in turn, so that no lane can crowd out the others.
    for (bool found = true; found;) {
        found = false;
        for (std::size_t index = 0; index < lanes_.size(); ++index) {
            const Held* held = next_of(lanes_[index], next[index]);
            if (held == nullptr) continue;
            const bool full = refs.size() == limits::block_batches ||
                              bytes + held->bytes > limits::block_batch_bytes;
            if (full && !refs.empty()) {
                found = false;
                break;
            }
            refs.push_back(
                {static_cast<ValidatorIndex>(index), next[index].next_seq, held->digest});
            bytes += held->bytes;
            next[index] = {next[index].next_seq + 1, held->digest};
            found = true;
        }
    }
    std::sort(refs.begin(), refs.end(), [](const BatchRef& a, const BatchRef& b) {
        return std::tie(a.lane, a.seq) < std::tie(b.lane, b.seq);
    });
    return refs;
}

bool BatchPool::has_work(const std::vector<LaneCursor>& cursors) const {
    for (std::size_t index = 0; index < lanes_.size(); ++index) {
        if (next_of(lanes_[index], cursors[index]) != nullptr) return true;
    }
    return false;
}

bool BatchPool::has_work_of_all(const std::vector<LaneCursor>& cursors) const {
    for (std::size_t index = 0; index < lanes_.size(); ++index) {
        if (next_of(lanes_[index], cursors[index]) == nullptr) return false;
    }
    return true;
}

std::size_t BatchPool::count() const {
    std::size_t total = 0;
    for (const Lane& lane : lanes_) total += lane.count;
    return total;
}

std::vector<BatchPtr> BatchPool::unordered(ValidatorIndex lane) const {
    std::vector<BatchPtr> batches;
    for (const auto& [seq, at_seq] : lanes_[lane].held) {
        for (const Held& held : at_seq) {
            if (held.stage == Stage::stored) batches.push_back(held.batch);
        }
    }
    return batches;
}

}  // namespace consentree::node

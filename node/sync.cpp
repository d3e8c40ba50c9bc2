#include "node/sync.h"

#include "common/codec.h"
#include "common/limits.h"
#include "node/clock.h"
#include "node/log.h"

namespace consentree::node {

using consensus::Committed;
using ledger::BatchPtr;

namespace {

constexpr TimeUs answer_within_us = 5'000'000;
// A peer is ahead and nothing has been committed here for so long: this node is behind.
constexpr TimeUs idle_behind_us = 400'000;
constexpr Height far_behind = 16;
constexpr std::size_t response_blocks = 4096;

// A response is u32 count, then per block: block blob, finalization blob (empty: none), whether its
// batches follow, and those. Blocks without batches only link the ones before to a finalization.
struct WireBlock {
    Bytes block, finalization;
    bool has_batches = false;
    std::vector<Bytes> batches;
};

Bytes encode(const std::vector<WireBlock>& blocks) {
    Writer writer;
    writer.u32(static_cast<std::uint32_t>(blocks.size()));
    for (const WireBlock& block : blocks) {
        writer.blob(block.block);
        writer.blob(block.finalization);
        writer.boolean(block.has_batches);
        for (const Bytes& batch : block.batches) writer.blob(batch);
    }
    return writer.take();
}

std::optional<WireBlock> read_block(const ledger::Reader& reader, Height height) {
    const auto row = reader.get(ledger::Table::block, block_key(height));
    if (!row) return std::nullopt;
    auto stored = decode_stored_block(*row);
    if (!stored) return std::nullopt;
    return WireBlock{std::move(stored->block), std::move(stored->finalization), false, {}};
}

// Adds the block's batches; the bytes that they take, or nothing if one is not there.
std::optional<std::size_t> read_batches(const ledger::Reader& reader, WireBlock& wire) {
    const auto block = consensus::decode_block(wire.block);
    if (!block) return std::nullopt;
    const auto payload = ledger::decode_payload(block->payload);
    if (!payload) return std::nullopt;
    std::size_t bytes = 0;
    for (const ledger::BatchRef& ref : payload->batches) {
        auto batch =
            reader.get(ledger::Table::batch, ledger::batch_key(ref.lane, ref.seq, ref.digest));
        if (!batch) return std::nullopt;
        bytes += batch->size() + 4;
        wire.batches.push_back(std::move(*batch));
    }
    wire.has_batches = true;
    return bytes;
}

// Reads a stretch from the store: it ends with a block that has a finalization.
Bytes read_stretch(const ledger::Reader& reader, Height from) {
    std::vector<WireBlock> blocks;
    std::size_t bytes = 0;
    bool full = false;
    for (Height height = from; blocks.size() < response_blocks; ++height) {
        auto wire = read_block(reader, height);
        if (!wire) break;
        bytes += wire->block.size() + wire->finalization.size() + 16;
        if (!full) {
            const auto batch_bytes = read_batches(reader, *wire);
            if (!batch_bytes) break;
            bytes += *batch_bytes;
            full = bytes > limits::sync_response_bytes;
            if (full && !blocks.empty()) *wire = *read_block(reader, height);
        }
        const bool certified = !wire->finalization.empty();
        blocks.push_back(std::move(*wire));
        if (full && certified) break;
    }
    while (!blocks.empty() && blocks.back().finalization.empty()) blocks.pop_back();
    return encode(blocks);
}

// The next block of a response: it must follow last, and its finalization must hold.
Result<Committed> check_block(Reader& reader,
                              const Committed& last,
                              const consensus::ValidatorSet& set) {
    auto block = consensus::decode_block(reader.blob(limits::payload_bytes + 1024));
    if (!block) return block.error();
    if (block->height != last.block.height + 1 || block->parent != last.id) {
        return Errc::proof_failed;
    }
    Committed next{consensus::block_id(set, *block), std::move(*block), std::nullopt};
    const BytesView finalization = reader.blob(limits::validators_max * 128);
    if (finalization.empty()) return next;
    auto certificate = consensus::decode_certificate(finalization);
    if (!certificate) return certificate.error();
    const consensus::Ballot expected{consensus::VoteKind::finalize, next.block.view, next.id};
    if (certificate->ballot != expected) return Errc::proof_failed;
    if (auto valid = consensus::verify_certificate(*certificate, set); !valid) return valid.error();
    next.finalization = std::move(*certificate);
    return next;
}

using KnownBatches = std::unordered_map<Hash, BatchPtr, UniformHash>;

Result<std::vector<BatchPtr>> check_batches(Reader& reader,
                                            const consensus::Block& block,
                                            const KnownBatches& known,
                                            const ledger::Genesis& genesis) {
    const auto payload = ledger::decode_payload(block.payload);
    if (!payload) return payload.error();
    std::vector<BatchPtr> batches;
    for (const ledger::BatchRef& ref : payload->batches) {
        const BytesView bytes = reader.blob(limits::batch_bytes_max);
        const auto held = known.find(ref.digest);
        if (held != known.end() && ref_of(*held->second) == ref) {
            batches.push_back(held->second);
            continue;
        }
        auto batch = ledger::check_batch(to_bytes(bytes), genesis);
        if (!batch) return Errc::bad_signature;
        if (ref_of(**batch) != ref) return Errc::proof_failed;
        batches.push_back(std::move(*batch));
    }
    return batches;
}

}  // namespace

Sync::Sync(Workers& workers,
           BatchPool& pool,
           Committer& committer,
           storage::Store& store,
           const ledger::Genesis& genesis,
           const consensus::ValidatorSet& set,
           ValidatorIndex self,
           Handlers handlers)
    : workers_(workers),
      pool_(pool),
      committer_(committer),
      store_(store),
      genesis_(genesis),
      set_(set),
      self_(self),
      handlers_(std::move(handlers)),
      heights_(genesis.validators.size(), 0),
      serving_(genesis.validators.size(), false),
      last_progress_(monotonic_us()) {}

void Sync::hear_height(ValidatorIndex peer, Height height) {
    heights_[peer] = height;
}

void Sync::on_peer_height(ValidatorIndex peer, Height height) {
    hear_height(peer, height);
    if (!active_ && height > committer_.queued_height() + far_behind) demand();
}

void Sync::on_peer_down(ValidatorIndex peer) {
    heights_[peer] = 0;
    if (stage_ == Stage::asked && asked_ == peer) stage_ = Stage::none;
}

void Sync::demand() {
    if (!active_) {
        log::info("catching up from peers", {{"height", committer_.queued_height()}});
    }
    active_ = true;
    if (stage_ == Stage::none) ask(monotonic_us());
}

void Sync::tick(TimeUs now) {
    const Height here = committer_.tip().height;
    if (here != last_height_) {
        last_height_ = here;
        last_progress_ = now;
    }
    const Height best = *std::max_element(heights_.begin(), heights_.end());
    const bool is_idle = committer_.queued_height() == here && pool_.in_hand() == 0;
    if (best > here && is_idle && now > last_progress_ + idle_behind_us) active_ = true;
    if (active_ && best <= here && stage_ == Stage::none) {
        active_ = false;
        log::info("caught up", {{"height", here}});
    }
    if (stage_ == Stage::asked && now > asked_at_ + answer_within_us) {
        heights_[asked_] = 0;  // Another peer next time.
        stage_ = Stage::none;
    }
    if (active_ && stage_ == Stage::none) ask(now);
}

void Sync::ask(TimeUs now) {
    if (committer_.queued_height() != committer_.tip().height) return;  // on_committed() asks.
    // What is being checked need not be fetched; the lanes' bounds end that, and tick() asks.
    if (pool_.in_hand() > 0) return;
    const auto best = std::max_element(heights_.begin(), heights_.end());
    if (*best <= committer_.tip().height) return;
    asked_ = static_cast<ValidatorIndex>(best - heights_.begin());
    Writer writer;
    writer.u64(committer_.tip().height + 1);
    if (peers_->send(asked_, make_frame(FrameType::blocks_request, writer.bytes()))) {
        stage_ = Stage::asked;
        asked_at_ = now;
    } else {
        *best = 0;
    }
}

void Sync::serve(ValidatorIndex to, BytesView request) {
    Reader reader(request);
    const Height from = reader.u64();
    if (!reader.finish() || from == 0 || serving_[to]) return;  // One at a time for each peer.
    serving_[to] = true;
    auto snapshot = store_.snapshot();
    workers_.run(
        workers_.work, [snapshot, from] { return read_stretch(*snapshot, from); },
        [this, to](const Bytes& response) {
            serving_[to] = false;
            peers_->send(to, make_frame(FrameType::blocks_response, response));
        });
}

// Pure. after is the block below the first one wanted.
Result<Sync::Stretch> Sync::check(BytesView response,
                                  const Committed& after,
                                  const KnownBatches& known,
                                  const consensus::ValidatorSet& set,
                                  const ledger::Genesis& genesis) {
    Reader reader(response);
    Stretch stretch;
    Committed last = after;
    const std::uint32_t count = reader.count(response_blocks, 9);
    for (std::uint32_t index = 0; index < count && !reader.failed(); ++index) {
        auto next = check_block(reader, last, set);
        if (!next) return next.error();
        last = *next;
        const bool has_batches = reader.boolean();
        if (has_batches && stretch.blocks.size() != index) return Errc::malformed;
        if (!has_batches) continue;
        auto batches = check_batches(reader, last.block, known, genesis);
        if (!batches) return batches.error();
        for (BatchPtr& batch : *batches) stretch.batches.push_back(std::move(batch));
        stretch.blocks.push_back(std::move(*next));
    }
    if (auto end = reader.finish(); !end) return end.error();
    // The last finalization covers all below it: they are its ancestors.
    if (count > 0 && !last.finalization) return Errc::proof_failed;
    return stretch;
}

Sync::KnownBatches Sync::known_batches() const {
    KnownBatches known;
    for (std::size_t lane = 0; lane < genesis_.validators.size(); ++lane) {
        for (BatchPtr& batch : pool_.unordered(static_cast<ValidatorIndex>(lane))) {
            const Hash digest = batch->header().digest;
            known.emplace(digest, std::move(batch));
        }
    }
    return known;
}

void Sync::receive(ValidatorIndex from, Bytes response) {
    if (stage_ != Stage::asked || from != asked_) return;  // Nobody asked for it.
    stage_ = Stage::checking;
    const ledger::Tip& tip = committer_.tip();
    Committed after{tip.block_id, {}, std::nullopt};
    after.block.height = tip.height;
    auto bytes = std::make_shared<Bytes>(std::move(response));
    workers_.run(
        workers_.work,
        [this, bytes, after, known = known_batches()] {
            return check(*bytes, after, known, set_, genesis_);
        },
        [this, from](Result<Stretch> stretch) {
            if (stretch && !stretch->blocks.empty()) {
                install(std::move(*stretch));
                return;
            }
            stage_ = Stage::none;
            heights_[from] = 0;
            if (!stretch) peers_->drop(from, "it served blocks that do not verify");
        });
}

void Sync::install(Stretch stretch) {
    if (stretch.blocks.front().block.height != committer_.queued_height() + 1) {
        stage_ = Stage::none;  // Consensus got there first.
        return;
    }
    stage_ = Stage::installing;
    install_until_ = stretch.blocks.back().block.height;
    for (const Committed& block : stretch.blocks) {
        if (block.finalization) installing_ = {block.block, *block.finalization};
    }
    for (BatchPtr& batch : stretch.batches) pool_.add(std::move(batch));
    // The committer waits for the batches that are still being written.
    for (Committed& block : stretch.blocks) committer_.enqueue(std::move(block));
}

void Sync::on_committed() {
    if (stage_ != Stage::installing) {
        if (active_ && stage_ == Stage::none) ask(monotonic_us());
        return;
    }
    if (committer_.tip().height < install_until_) return;
    stage_ = Stage::none;
    last_progress_ = monotonic_us();
    if (installing_) {
        handlers_.on_installed(std::move(*installing_));
        installing_.reset();
    }
    ask(last_progress_);
}

}  // namespace consentree::node

#include "bench/index.h"

#include "bench/measure.h"
#include "bench/workload.h"
#include "common/codec.h"
#include "common/limits.h"
#include "ledger/entry.h"
#include "ledger/execute.h"
#include "ledger/key_log.h"
#include "ledger/log_tree.h"
#include "ledger/seal.h"
#include "ledger/state_keys.h"
#include "storage/store.h"

#include <chrono>
#include <iostream>
#include <random>

namespace consentree::bench {

using namespace ledger;

namespace {

constexpr std::size_t block_events = 2'000;  // As many as a block holds under load.
constexpr std::size_t transaction_events = 100;
constexpr std::size_t institutions = 50;
constexpr std::uint64_t mark_events = 200'000;

// The state that a node keeps from block to block, and what it writes for each.
class IndexedLog {
public:
    explicit IndexedLog(const std::filesystem::path& folder, std::uint64_t pairs)
        : folder_(folder), pairs_(pairs) {}

    Checked<void> open() {
        auto store = storage::open_rocks_store(folder_);
        if (!store) return store.error();
        store_ = std::move(*store);
        return {};
    }
    void close() { store_.reset(); }
    std::uint64_t events() const { return events_; }
    std::uint64_t keys() const { return map_.size(); }

    // A block. Its events name every subject and consent once before they choose at random.
    bool add_block() {
        const auto before = store_->snapshot();
        LogTree tree = LogTree::load(*before, tree_size_);
        KeyLogChanges index(*before, recent_.heads);
        WriteSet writes;
        Bytes batch;
        time_us_ += 100'000;
        ++height_;
        for (std::size_t k = 0; k < block_events; ++k, ++events_) {
            if (k % transaction_events == 0) start_row(tree.size());
            append_event(k, tree, index, batch);
            if ((k + 1) % transaction_events == 0) {
                writes.push_back({Table::entry, entry_key(first_leaf_), encode(row_)});
            }
        }
        index.collect_writes(time_us_, map_, writes);
        seal(tree, writes);
        tree.collect_writes(writes);
        writes.push_back({Table::batch, batch_key(0, height_, Hash{}), std::move(batch)});
        tree_size_ = tree.size();
        return store_->write(writes).has_value();
    }

    // The map as a start builds it.
    PatriciaTree rebuild() const { return load_index_map(*store_->snapshot()); }
    Hash root() const { return map_.root(); }

private:
    void start_row(std::uint64_t leaf) {
        first_leaf_ = leaf;
        row_.height = height_;
        row_.time_us = time_us_;
        row_.items.clear();
    }

    void append_event(std::size_t k, LogTree& tree, KeyLogChanges& index, Bytes& batch) {
        std::uniform_int_distribution<std::uint64_t> any(0, pairs_ - 1);
        const std::uint64_t pair = events_ < pairs_ ? events_ : any(random_);
        std::array<std::uint8_t, payload_bytes> event{};
        for (std::size_t at = 0; at + 8 <= event.size(); at += 8) {
            const std::uint64_t word = random_();
            std::memcpy(event.data() + at, &word, 8);
        }
        const auto kind = EventKind::access_request;
        EntryHead head;
        head.kind = static_cast<std::uint8_t>(kind);
        head.height = height_;
        head.commit_time_us = time_us_;
        head.position = static_cast<std::uint32_t>(k % transaction_events);
        head.length = payload_bytes;
        const Hash leaf = leaf_hash(encode(head), event);
        const KeyLogItem item{tree.size(), kind};
        const Hash record = record_hash({head.kind, 0, item.leaf, time_us_, leaf});
        index.add(consent_key("bench", std::to_string(pair)), item, record);
        index.add(IndexKey::subject, "sub:" + std::to_string(pair), item, record);
        index.add(IndexKey::actor, "actor-" + std::to_string(pair % institutions), item, record);
        index.add(IndexKey::provider, "provider-" + std::to_string(random_() % institutions), item,
                  record);
        tree.append(leaf);
        row_.items.push_back({head.position, kind, 0, 0, static_cast<std::uint32_t>(batch.size()),
                              static_cast<std::uint32_t>(payload_bytes)});
        batch.insert(batch.end(), event.begin(), event.end());
    }

    void seal(LogTree& tree, WriteSet& writes) {
        Seal seal;
        seal.height = height_;
        seal.block_time_us = time_us_;
        seal.index = tree.size();
        seal.key_count = map_.size();
        seal.index_root = map_.root();
        const auto bytes = encode(seal);
        writes.push_back({Table::seal, entry_key(seal.index), to_bytes(bytes)});
        tree.append(leaf_hash(bytes));
    }

    std::filesystem::path folder_;
    std::uint64_t pairs_;  // Of a subject and its consent.
    std::unique_ptr<storage::Store> store_;
    PatriciaTree map_;
    RecentState recent_;
    std::mt19937_64 random_{1};
    EntryRow row_;
    std::uint64_t first_leaf_ = 0, tree_size_ = 0, events_ = 0;
    Height height_ = 0;
    TimeUs time_us_ = 1'767'225'600'000'000;
};

client::Failure failed(std::string what) {
    client::Failure failure;
    failure.code = "bench-failed";
    failure.what = std::move(what);
    return failure;
}

}  // namespace

client::Outcome<IndexFigures> measure_index(const std::filesystem::path& folder,
                                            const IndexLoad& load) {
    IndexedLog log(folder / "ledger", std::max<std::uint64_t>(1, load.keys / 2));
    if (auto opened = log.open(); !opened) return failed(opened.error().detail);
    IndexFigures figures;
    double cpu_us = own_cpu_us();
    std::uint64_t marked = 0;
    while (log.events() < load.events) {
        if (!log.add_block()) return failed("the store refused a write");
        if (log.events() - marked < mark_events) continue;
        const double now = own_cpu_us();
        figures.marks.push_back(
            {log.events(), (now - cpu_us) / static_cast<double>(log.events() - marked)});
        std::cerr << "\r  " << log.events() << " of " << load.events << " events, "
                  << figures.marks.back().cpu_us << " us each   " << std::flush;
        marked = log.events();
        cpu_us = own_cpu_us();
    }
    std::cerr << "\n";
    log.close();
    if (auto opened = log.open(); !opened) return failed(opened.error().detail);
    const auto began = std::chrono::steady_clock::now();
    const PatriciaTree map = log.rebuild();
    const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - began;
    if (map.root() != log.root()) return failed("the map that was built anew has another root");
    figures.keys = map.size();
    figures.rebuild_s = spent.count();
    figures.bytes_per_key =
        static_cast<double>(map.memory_bytes()) / static_cast<double>(map.size());
    return figures;
}

}  // namespace consentree::bench

// The map's tree in memory: 32-byte keys to 32-byte values, about 110 bytes a key, never on disk
// and made anew from the stored rows at every start. One thread builds and updates it; the
// versions that it hands out never change and may be read and dropped on any thread.
#pragma once

#include "ledger/patricia.h"

#include <deque>
#include <memory>

namespace consentree::ledger {

class PatriciaArena;

struct PatriciaEntry {
    Hash key;
    Hash value;
};

// Names a node of the arena: inner nodes and leaves count apart.
enum class PatriciaRef : std::uint32_t { none = 0xffffffff };

// The tree as it was when it was taken. While it lives, no node that any later update replaced is
// used again: memory grows with the updates made meanwhile, so nobody keeps one for long. It may
// outlive the tree.
class PatriciaVersion {
public:
    PatriciaVersion(std::shared_ptr<PatriciaArena> arena,
                    PatriciaRef top,
                    std::uint64_t generation,
                    std::uint64_t size);
    ~PatriciaVersion();
    PatriciaVersion(const PatriciaVersion&) = delete;
    PatriciaVersion& operator=(const PatriciaVersion&) = delete;

    const Hash& root() const { return root_; }
    std::uint64_t size() const { return size_; }
    std::optional<Hash> find(const Hash& key) const;
    // Of presence if find(key) has a value, else of absence.
    Bytes prove(const Hash& key) const;

private:
    std::shared_ptr<PatriciaArena> arena_;
    PatriciaRef top_;
    std::uint64_t generation_;
    std::uint64_t size_;
    Hash root_;
};

// Every function is for the one thread that owns the tree.
class PatriciaTree {
public:
    class Builder;

    PatriciaTree();
    ~PatriciaTree();
    PatriciaTree(PatriciaTree&&) noexcept;
    PatriciaTree& operator=(PatriciaTree&&) noexcept;

    // Inserts and changes. Sorted by key, each key once. Nodes that change are copied, each once a
    // call; entries that change nothing cost a search.
    void update(std::span<const PatriciaEntry> entries);
    Hash root() const;
    std::uint64_t size() const { return size_; }
    std::size_t memory_bytes() const;
    std::shared_ptr<const PatriciaVersion> version() const;

private:
    // What the update that ended a generation replaced: versions of it and of older ones may
    // still read these nodes.
    struct Retired {
        std::uint64_t generation;
        std::vector<PatriciaRef> nodes;
    };
    void reuse_unreachable();
    void warm(PatriciaRef node, std::span<const PatriciaEntry> entries) const;
    PatriciaRef descend(PatriciaRef node,
                        std::size_t from,
                        std::span<const PatriciaEntry> entries,
                        bool is_warm);
    PatriciaRef apply(PatriciaRef node, std::size_t from, std::span<const PatriciaEntry> entries);
    PatriciaRef branch_off(PatriciaRef node,
                           bool is_right,
                           std::size_t bit,
                           std::span<const PatriciaEntry> entries);
    PatriciaRef change_leaf(PatriciaRef leaf, const PatriciaEntry& entry);
    PatriciaRef build(std::span<const PatriciaEntry> entries);

    std::shared_ptr<PatriciaArena> arena_;
    PatriciaRef top_ = PatriciaRef::none;
    std::uint64_t size_ = 0;
    std::uint64_t generation_ = 0;
    std::deque<Retired> retired_;        // Oldest first.
    std::vector<PatriciaRef> replaced_;  // By the update under way; not to be used again by it.
};

// Builds a tree from entries in ascending key order, two hashes a key.
class PatriciaTree::Builder {
public:
    Builder();
    // key must be greater than the one before.
    void add(const Hash& key, const Hash& value);
    // Once, at the end.
    PatriciaTree finish();

private:
    void join_last();

    PatriciaTree tree_;
    Hash last_key_;
    // Finished subtrees from left to right, and between each two the bit where they part. The bits
    // increase: a subtree that parts from its left neighbour further down is joined to it.
    std::vector<PatriciaRef> subtrees_;
    std::vector<std::size_t> bits_;
};

}  // namespace consentree::ledger

#include "node/cosigner.h"

#include "common/codec.h"
#include "node/clock.h"
#include "node/fatal.h"
#include "node/log.h"

namespace consentree::node {

namespace {

// Sizes above the certified one for which lines are kept. Beyond it the smallest are dropped: a
// larger certified tree covers them.
constexpr std::size_t open_trees = 256;

struct WireLine {
    Height height = 0;
    std::uint64_t tree_size = 0;
    Hash root;
    ledger::Cosignature cosignature;
};

Bytes encode(const WireLine& line) {
    Writer writer;
    writer.u64(line.height);
    writer.u64(line.tree_size);
    writer.fixed(line.root);
    writer.u64(line.cosignature.time_s);
    writer.fixed(line.cosignature.signature);
    return writer.take();
}

std::optional<WireLine> decode(BytesView body) {
    Reader reader(body);
    WireLine line;
    line.height = reader.u64();
    line.tree_size = reader.u64();
    line.root = reader.fixed<Hash>();
    line.cosignature.time_s = reader.u64();
    line.cosignature.signature = reader.fixed<Signature>();
    if (!reader.finish()) return std::nullopt;
    return line;
}

}  // namespace

Cosigner::Cosigner(const ledger::Genesis& genesis,
                   const consensus::ValidatorSet& set,
                   ValidatorIndex self,
                   const ValidatorKeys& keys,
                   Handlers handlers)
    : genesis_(genesis), set_(set), self_(self), keys_(keys), handlers_(std::move(handlers)) {}

void Cosigner::restore(std::uint64_t tree_size, std::string note) {
    certified_size_ = tree_size;
    note_ = std::move(note);
}

std::string Cosigner::text_of(std::uint64_t tree_size, const Hash& root) const {
    return ledger::format_checkpoint({genesis_.origin, tree_size, root});
}

// A tree of another size is never met in trees_: what was rejected there and recorded here has no
// leaf there. The block's height tells.
void Cosigner::compare(Height height) {
    Block& block = blocks_[height];
    if (!block.own) return;
    std::size_t others = 0;
    for (auto& [validator, said] : block.lines) {
        auto& [size, line] = said;
        if (std::pair(size, line.root) == *block.own) continue;
        if (!line.is_checked) {
            line.is_checked =
                ledger::verify_cosignature(genesis_.validators[validator].cosignature,
                                           text_of(size, line.root), line.cosignature);
        }
        if (line.is_checked) ++others;
    }
    if (others > set_.faults()) {
        stop_process("this node's log has another root after block " + std::to_string(height) +
                     " than " + std::to_string(others) + " other validators cosigned");
    }
}

void Cosigner::sign(Height height, std::uint64_t tree_size, const Hash& root) {
    blocks_[height].own = {tree_size, root};
    newest_height_ = height;
    compare(height);
    while (blocks_.size() > open_trees) blocks_.erase(blocks_.begin());
    newest_size_ = tree_size;
    newest_root_ = root;
    const auto cosignature =
        ledger::cosign(keys_.cosignature, text_of(tree_size, root), wall_us() / 1'000'000);
    newest_frame_ =
        make_frame(FrameType::cosignature, encode({height, tree_size, root, cosignature}));
    peers_->broadcast(newest_frame_);
    Tree& tree = trees_[tree_size];
    tree.own_root = root;
    tree.lines[self_] = {root, cosignature, true};
    gather(tree_size, set_.quorum());
}

void Cosigner::refresh() {
    if (newest_frame_ != nullptr) sign(newest_height_, newest_size_, newest_root_);
}

void Cosigner::gather_late() {
    const auto found = trees_.find(certified_size_);
    if (found == trees_.end()) return;
    const auto& lines = found->second.lines;
    const bool has_new = std::any_of(lines.begin(), lines.end(),
                                     [](const auto& line) { return !line.second.is_checked; });
    if (has_new) gather(certified_size_, set_.count());
}

void Cosigner::send_newest_to(ValidatorIndex peer) {
    if (newest_frame_ != nullptr) peers_->send(peer, newest_frame_);
}

void Cosigner::receive(ValidatorIndex from, BytesView body) {
    const auto line = decode(body);
    if (!line) {
        peers_->drop(from, "a cosignature that does not decode");
        return;
    }
    if (handlers_.on_height) handlers_.on_height(from, line->height);
    // Far ahead of this node it tells nothing yet; it is said again.
    if (line->height <= newest_height_ + open_trees / 2 &&
        line->height + open_trees / 2 >= newest_height_) {
        blocks_[line->height].lines[from] = {line->tree_size,
                                             {line->root, line->cosignature, false}};
        compare(line->height);
    }
    if (line->tree_size < certified_size_) return;
    Tree& tree = trees_[line->tree_size];
    Line& held = tree.lines[from];
    if (held.cosignature.time_s > line->cosignature.time_s) return;
    if (held.is_checked && held.cosignature == line->cosignature) return;
    held = {line->root, line->cosignature, false};
    // What comes after the quorum adds to the note, but nobody waits for it: gather_late().
    if (line->tree_size > certified_size_ || note_.empty()) {
        gather(line->tree_size, set_.quorum());
    }
    while (trees_.size() > open_trees) trees_.erase(trees_.begin());
}

void Cosigner::check_lines(std::uint64_t tree_size, Tree& tree, std::size_t enough) {
    std::size_t same = 0, others = 0;
    for (auto line = tree.lines.begin(); line != tree.lines.end();) {
        const bool is_same = line->second.root == *tree.own_root;
        if (!line->second.is_checked && !(is_same && same >= enough)) {
            const auto& key = genesis_.validators[line->first].cosignature;
            line->second.is_checked = ledger::verify_cosignature(
                key, text_of(tree_size, line->second.root), line->second.cosignature);
            if (!line->second.is_checked) {
                log::warn("a cosignature does not verify",
                          {{"validator", genesis_.validators[line->first].institution}});
                line = tree.lines.erase(line);
                continue;
            }
        }
        if (line->second.is_checked) ++(is_same ? same : others);
        ++line;
    }
    // With more than f validators against this node, an honest one is: it cannot go on.
    if (others > set_.faults()) {
        stop_process("this node's log has another root at size " + std::to_string(tree_size) +
                     " than " + std::to_string(others) + " other validators cosigned");
    }
}

void Cosigner::gather(std::uint64_t tree_size, std::size_t enough) {
    const auto found = trees_.find(tree_size);
    if (found == trees_.end() || !found->second.own_root) return;
    Tree& tree = found->second;
    if (tree.lines.size() < set_.quorum()) return;
    check_lines(tree_size, tree, enough);
    std::vector<ledger::NamedCosignature> lines;
    for (const auto& [validator, line] : tree.lines) {
        if (!line.is_checked || line.root != *tree.own_root) continue;
        lines.push_back({ledger::cosigner_name(genesis_, validator),
                         genesis_.validators[validator].cosignature, line.cosignature});
    }
    if (lines.size() < set_.quorum()) return;
    const ledger::Checkpoint checkpoint{genesis_.origin, tree_size, *tree.own_root};
    note_ = ledger::assemble_note(checkpoint, keys_.log, lines);
    certified_size_ = tree_size;
    trees_.erase(trees_.begin(), found);
    handlers_.on_certified(checkpoint, note_);
}

}  // namespace consentree::node

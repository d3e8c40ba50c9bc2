#include "audit/checkpoints.h"

#include "common/codec.h"
#include "ledger/log_tree.h"
#include "ledger/merkle.h"
#include "ledger/policy.h"

namespace consentree::audit {
namespace {

using ledger::Table;

ledger::Policy policy_of(const ledger::Genesis& genesis) {
    return ledger::parse_policy(ledger::format_policy(genesis)).value();
}

// Why this stored note is not one that this node can have kept; empty if it is.
std::string why_not_kept(const Ledgers& ledgers,
                         const Replayed& replayed,
                         const std::string& text,
                         Report& report) {
    const auto note = ledger::parse_note(text);
    if (!note) return "is no signed note";
    const auto verified = ledger::check_note(policy_of(ledgers.genesis), text);
    if (verified.verdict != ledger::ProofVerdict::verified) {
        return "is not cosigned by a quorum: " + verified.reason.detail;
    }
    report.signatures += note->signatures.size();
    // One line of the log, all others cosignatures that hold.
    if (note->signatures.size() != verified.signers.size() + 1) {
        return "has a line that no validator of the genesis signed";
    }
    const std::uint64_t size = verified.checkpoint.tree_size;
    report.checkpoint_size = std::max(report.checkpoint_size, size);
    if (size > replayed.tip.tree_size) {
        return replayed.is_complete ? "is of a larger tree than this ledger has" : "";
    }
    const auto root = ledger::root_at(*ledgers.expected.snapshot(), size);
    if (!root || *root != verified.checkpoint.root) {
        return "has another root than this ledger at size " + std::to_string(size);
    }
    return {};
}

std::string compare_with(const Ledgers& ledgers,
                         const Replayed& replayed,
                         const Peer& peer,
                         Findings& findings) {
    const auto text = peer.note();
    if (!text) return peer.name + " does not answer";
    const auto verified = ledger::check_note(policy_of(ledgers.genesis), *text);
    if (verified.verdict != ledger::ProofVerdict::verified) {
        findings.undecidable(peer.name +
                             " gives a checkpoint that proves nothing: " + verified.reason.detail);
        return peer.name + " gives no cosigned checkpoint";
    }
    const ledger::Checkpoint& theirs = verified.checkpoint;
    const std::uint64_t ours = replayed.tip.tree_size;
    const std::string sizes =
        std::to_string(theirs.tree_size) + " leaves there, " + std::to_string(ours) + " here";
    Finding fork;
    fork.table = "meta";
    fork.what =
        "this ledger is not the one that a quorum cosigned to " + peer.name + " (" + sizes + ")";
    fork.expected = "root " + to_hex(theirs.root.view());
    if (theirs.tree_size <= ours) {
        const auto root = ledger::root_at(*ledgers.expected.snapshot(), theirs.tree_size);
        if (root && *root == theirs.root) return peer.name + " has the same log (" + sizes + ")";
        findings.add(std::move(fork));
        return peer.name + " has another log";
    }
    const auto proof = peer.consistency(ours, theirs.tree_size);
    if (!proof) {
        findings.undecidable(peer.name + " proves no consistency with this ledger (" + sizes + ")");
        return peer.name + " has a longer log, not proven to go on from this one";
    }
    if (ledger::verify_consistency(ours, theirs.tree_size, replayed.tip.root, theirs.root,
                                   *proof)) {
        return peer.name + " has a log that goes on from this one (" + sizes + ")";
    }
    findings.add(std::move(fork));
    return peer.name + " has another log";
}

}  // namespace

void check_checkpoint_rows(const Ledgers& ledgers,
                           const Replayed& replayed,
                           Findings& findings,
                           Report& report) {
    std::uint64_t rows = 0;
    ledgers.stored.scan(Table::checkpoint, {}, {}, ledger::Direction::ascending,
                        [&](BytesView key, BytesView value) {
                            ++rows;
                            Reader in(key);
                            const bool is_newest = in.u64() == 0 && in.finish().has_value();
                            const Bytes found = to_bytes(value);
                            std::string why = "is there, but no node writes it";
                            if (is_newest) {
                                why = why_not_kept(ledgers, replayed, std::string(as_text(value)),
                                                   report);
                            }
                            if (!why.empty())
                                findings.row(Table::checkpoint, key, why, nullptr, &found);
                            return true;
                        });
    report.rows.push_back({table_name(Table::checkpoint), rows});
    if (rows == 0 && replayed.tip.height > 0) {
        findings.undecidable(
            "table checkpoint: no cosigned checkpoint is stored; a node has one from its "
            "first block on");
    }
}

void compare_with_peers(const Ledgers& ledgers,
                        const Replayed& replayed,
                        const std::vector<Peer>& peers,
                        Findings& findings,
                        Report& report) {
    for (const Peer& peer : peers) {
        report.peers.push_back(compare_with(ledgers, replayed, peer, findings));
    }
}

}  // namespace consentree::audit

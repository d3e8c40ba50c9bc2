// Makes evidence from the tables of a node. Pure reads: any thread that holds a Reader.
#pragma once

#include "common/limits.h"
#include "ledger/evidence.h"
#include "ledger/patricia_tree.h"
#include "ledger/queries.h"
#include "ledger/tables.h"

namespace consentree::ledger {

struct EvidenceSource {
    const Reader& reader;        // The tables after a block,
    const PatriciaVersion& map;  // the index map after the same block,
    std::string note;            // and the certified checkpoint of exactly that block.
    Hash network;
};

// Which of the answer's entries one page holds: those from a position of the key's log on (or,
// going down, before it), until enough have been taken or the page is full.
struct EvidencePage {
    std::optional<std::uint64_t> position;  // None: from the first, or down from the last.
    Direction direction = Direction::ascending;
    // Of the entries that count, in the page's direction; none: all do.
    std::size_t limit = limits::evidence_entries;
    std::size_t at_most = limits::evidence_entries;  // Of all, so that the work is bounded.
    std::function<bool(const EntryView&)> counts;
};
struct MadeEvidence {
    Evidence evidence;
    std::optional<std::uint64_t> next;  // Position of the next page; none: there is no more.
};
// Refused with "no-checkpoint" if the note is of another block, "invalid-parameter" if the position
// or the moment asked about cannot be.
Checked<MadeEvidence> make_evidence(const EvidenceSource& source,
                                    const Question& question,
                                    const EvidencePage& page = {});

}  // namespace consentree::ledger

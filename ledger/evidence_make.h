// Makes evidence from the tables of a node. Pure reads: any thread that holds a Reader.
#pragma once

#include "ledger/evidence.h"
#include "ledger/patricia_tree.h"
#include "ledger/tables.h"

namespace consentree::ledger {

struct EvidenceSource {
    const Reader& reader;        // The tables after a block,
    const PatriciaVersion& map;  // the index map after the same block,
    std::string note;            // and the certified checkpoint of exactly that block.
    Hash network;
};
// Refused with "evidence-too-large" if there are more than limits::evidence_entries answers or
// their bytes do not fit: ask for a shorter time. "no-checkpoint" if the note is of another block.
Checked<Evidence> make_evidence(const EvidenceSource& source, const Question& question);

}  // namespace consentree::ledger

// Consensus messages that finalize votes rest on: proposals and notarizations of blocks that are
// not committed yet, as rows of Table::meta ("journal", view u64, kind u8). Deleted in the same
// write that stores the blocks.
#pragma once

#include "consensus/messages.h"
#include "ledger/tables.h"

#include <set>

namespace consentree::node {

class Journal {  // Lives on the loop.
public:
    // Reads back what an earlier run kept.
    std::vector<consensus::Message> load(const ledger::Reader& reader);
    // The rows that keep these messages.
    ledger::WriteSet rows(const std::vector<consensus::Message>& messages) const;
    // Their rows are in the store: drop() may delete them.
    void written(const std::vector<consensus::Message>& messages);
    // The deletion of all rows of views up to and including committed.
    ledger::WriteSet drop(View committed);

private:
    std::set<std::pair<View, Bytes>> keys_;
};

}  // namespace consentree::node

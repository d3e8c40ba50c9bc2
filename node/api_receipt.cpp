#include "node/api_receipt.h"

#include "ledger/log_tree.h"
#include "ledger/queries.h"
#include "ledger/receipt.h"
#include "ledger/tlog_proof.h"
#include "ledger/tree_levels.h"

namespace consentree::node {

namespace {

Refusal internal(const char* detail) {
    return Refusal{"internal-error", detail, "", ""};
}

}  // namespace

Checked<std::string> make_tlog_proof(const ApiView& view, std::uint64_t index) {
    if (index >= view.note_size) {
        return Refusal{"no-checkpoint", "the newest checkpoint does not cover it yet", "", ""};
    }
    auto path = ledger::inclusion_path(*view.reader, index, view.note_size);
    if (!path) return internal("the log cannot be read");
    return {boost::system::in_place_value,
            ledger::format_tlog_proof({std::nullopt, index, std::move(*path), view.note})};
}

Checked<std::string> make_receipt(const ledger::Genesis& genesis,
                                  const ApiView& view,
                                  const ledger::TxOutcome& outcome,
                                  ReceiptRange range) {
    const auto bytes = ledger::get_transaction(*view.reader, outcome);
    if (!bytes) return internal("the transaction's bytes are not here");
    auto transaction = ledger::decode_transaction(*bytes);
    if (!transaction) return internal("the transaction's bytes cannot be read");
    const std::size_t event_count = transaction->events.size();
    if (range.from >= event_count) {
        return Refusal{"invalid-parameter",
                       "the transaction has " + std::to_string(event_count) + " events", "", ""};
    }
    std::vector<Hash> leaves;
    leaves.reserve(event_count);
    for (const std::string& event : transaction->events) {
        leaves.push_back(ledger::leaf_hash(as_bytes(event)));
    }
    const ledger::TreeLevels tree(std::move(leaves));
    ledger::Receipt receipt;
    receipt.network = genesis.network;
    receipt.signature = transaction->signature;
    const std::size_t end = range.from + std::min(event_count - range.from, range.count);
    for (std::size_t position = range.from; position < end; ++position) {
        const std::uint64_t index = outcome.leaves.at(position);
        auto proof = make_tlog_proof(view, index);
        if (!proof) return proof.error();
        const auto entry = ledger::get_entry(*view.reader, index);
        if (!entry) return internal("the log cannot be read");
        receipt.entries.push_back({static_cast<std::uint32_t>(position),
                                   ledger::entry_leaf_bytes(*entry), tree.path(position),
                                   std::move(*proof)});
    }
    receipt.header = std::move(transaction->header);
    return {boost::system::in_place_value, ledger::format_receipt(receipt)};
}

}  // namespace consentree::node

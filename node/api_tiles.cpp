// The log for clients that check it themselves: tiles and entry bundles (c2sp.org/tlog-tiles) and
// proofs of single leaves (c2sp.org/tlog-proof).
#include "ledger/decimal.h"
#include "ledger/tlog_tiles.h"
#include "node/api_handlers.h"
#include "node/api_receipt.h"

namespace consentree::node {

namespace {

// Nothing is served that the newest cosigned checkpoint does not cover.
std::uint64_t published_size(const ApiView& view) {
    return std::min(view.note_size, view.tip.tree_size);
}

ApiReply tile_reply(const ApiCall& call, const std::optional<Bytes>& bytes) {
    if (bytes) return bytes_reply(*bytes);
    return problem_reply(call.request, Refusal{"tile-not-found",
                                               "the newest checkpoint has a tree of " +
                                                   std::to_string(published_size(*call.view)),
                                               "", ""});
}

ApiReply no_such_name(const ApiCall& call) {
    return problem_reply(
        call.request,
        Refusal{"tile-not-found",
                "a tile is named by level (0 to 63), number (as x001/x234/067) and, if partial, "
                "its width (.p/1 to .p/255)",
                "", ""});
}

}  // namespace

ApiReply answer_tile(const ApiCall& call) {
    const auto level = ledger::parse_decimal(call.captures.at(0));
    const auto tile = ledger::parse_tile_name(call.captures.at(1));
    if (!level || *level > ledger::tile_level_max || !tile) return no_such_name(call);
    const ApiView& view = *call.view;
    return tile_reply(call, ledger::read_tile(*view.reader, *level, *tile, published_size(view)));
}

ApiReply answer_entry_bundle(const ApiCall& call) {
    const auto tile = ledger::parse_tile_name(call.captures.at(0));
    if (!tile) return no_such_name(call);
    const ApiView& view = *call.view;
    return tile_reply(call, ledger::read_entry_bundle(*view.reader, *tile, published_size(view)));
}

ApiReply answer_entry_proof(const ApiCall& call) {
    const auto index = ledger::parse_decimal(call.captures.at(0));
    if (!index) {
        return problem_reply(call.request, Refusal{"invalid-parameter",
                                                   "the index is a whole number from 0", "", ""});
    }
    if (call.view->note.empty()) {
        return problem_reply(call.request,
                             Refusal{"no-checkpoint", "nothing has been cosigned yet", "", ""});
    }
    if (*index >= published_size(*call.view)) {
        return problem_reply(call.request,
                             Refusal{"entry-not-found", "the log is not that long", "", ""});
    }
    auto proof = make_tlog_proof(*call.view, *index);
    if (!proof) return problem_reply(call.request, proof.error());
    return text_reply(std::move(*proof));
}

}  // namespace consentree::node

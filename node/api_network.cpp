// The log's checkpoints and proofs, blocks, and the network itself.
#include "common/time.h"
#include "consensus/messages.h"
#include "ledger/checkpoint.h"
#include "ledger/log_tree.h"
#include "ledger/policy.h"
#include "node/api_handlers.h"
#include "node/committer.h"

#include <charconv>

namespace consentree::node {

namespace {

std::optional<std::uint64_t> to_number(std::string_view text) {
    std::uint64_t value = 0;
    const auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc() || at != text.data() + text.size()) return {};
    return value;
}

ApiReply no_checkpoint(const ApiCall& call) {
    return problem_reply(call.request,
                         Refusal{"no-checkpoint", "nothing has been cosigned yet", "", ""});
}

}  // namespace

ApiReply answer_checkpoint(const ApiCall& call) {
    const auto note = ledger::parse_note(call.view->note);
    if (!note) return no_checkpoint(call);
    const auto parsed = ledger::parse_checkpoint(note->text);
    if (!parsed) return no_checkpoint(call);
    api::Checkpoint checkpoint;
    checkpoint.height = call.view->tip.height;
    checkpoint.tree_size = parsed->tree_size;
    checkpoint.root = to_hex(parsed->root.view());
    checkpoint.note = call.view->note;
    return json_reply(api::format(checkpoint));
}

ApiReply answer_checkpoint_note(const ApiCall& call) {
    if (call.view->note.empty()) return no_checkpoint(call);
    return text_reply(call.view->note);
}

ApiReply answer_consistency(const ApiCall& call) {
    api::Consistency answer;
    answer.from = call.number("from").value_or(0);
    answer.to = call.number("to").value_or(call.view->note_size);
    if (answer.from > answer.to || answer.to > call.view->tip.tree_size) {
        return problem_reply(
            call.request,
            Refusal{"invalid-parameter",
                    "from <= to <= " + std::to_string(call.view->tip.tree_size) + " is expected",
                    "", ""});
    }
    // RFC 6962 2.1.2 defines no proof from the empty tree, which any tree extends.
    if (answer.from > 0 && answer.from < answer.to) {
        const auto proof = ledger::consistency_proof(*call.view->reader, answer.from, answer.to);
        if (!proof) return problem_reply(call.request, Refusal{"internal-error", "", "", ""});
        for (const Hash& hash : *proof) answer.proof.push_back(to_base64(hash.view()));
    }
    return json_reply(api::format(answer));
}

ApiReply answer_block(const ApiCall& call) {
    const auto height = to_number(call.captures.at(0));
    if (!height) {
        return problem_reply(call.request, Refusal{"invalid-parameter",
                                                   "the height is a whole number from 1", "", ""});
    }
    const Refusal missing{"block-not-found", "no block of this height is stored here", "", ""};
    if (*height > call.view->tip.height) return problem_reply(call.request, missing);
    const auto row = call.view->reader->get(ledger::Table::block, block_key(*height));
    if (!row) return problem_reply(call.request, missing);
    const auto stored = decode_stored_block(*row);
    if (!stored) return problem_reply(call.request, Refusal{"internal-error", "", "", ""});
    const auto block = consensus::decode_block(stored->block);
    if (!block) return problem_reply(call.request, Refusal{"internal-error", "", "", ""});
    const auto payload = ledger::decode_payload(block->payload);
    if (!payload) return problem_reply(call.request, Refusal{"internal-error", "", "", ""});
    consensus::ValidatorSet set;
    set.network = call.service.facade.genesis().network;
    api::Block answer;
    answer.height = block->height;
    answer.view = block->view;
    answer.id = to_hex(consensus::block_id(set, *block).view());
    answer.time_us = payload->time_us;
    answer.time = format_time(static_cast<TimeMs>(payload->time_us / 1000));
    for (const ledger::BatchRef& batch : payload->batches) {
        answer.batches.push_back({batch.lane, batch.seq, to_hex(batch.digest.view())});
    }
    return json_reply(api::format(answer));
}

ApiReply answer_network(const ApiCall& call) {
    const ledger::Genesis& genesis = call.service.facade.genesis();
    api::Network network;
    network.network = to_hex(genesis.network.view());
    network.name = genesis.name;
    network.origin = genesis.origin;
    consensus::ValidatorSet set;
    set.vote_keys.resize(genesis.validators.size());
    network.validators = set.count();
    network.quorum = set.quorum();
    network.genesis = call.service.facade.genesis_json();
    network.trust = ledger::format_policy(genesis);
    return json_reply(api::format(network));
}

}  // namespace consentree::node

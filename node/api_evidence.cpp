// Complete answers with their proof, for files that are checked offline.
#include "ledger/evidence_make.h"
#include "node/api_handlers.h"
#include "node/problem.h"

namespace consentree::node {

namespace {

constexpr int attempts = 16;

}  // namespace

ApiReply answer_evidence(const ApiCall& call) {
    ledger::Question question;
    const auto kind = ledger::index_key_of(call.captures.at(0));
    if (!kind) {
        return problem_reply(
            call.request,
            Refusal{"invalid-parameter", "evidence is about a subject, consent, actor or provider",
                    "", ""});
    }
    question.kind = *kind;
    question.label = call.captures.at(1);
    question.issuer = call.text("issuer");
    question.from = call.time("from");
    question.to = call.time("to");
    const bool is_consent = question.kind == ledger::IndexKey::consent;
    if (is_consent == question.issuer.empty()) {
        return problem_reply(call.request,
                             Refusal{"invalid-parameter",
                                     is_consent ? "a consent is named with its ?issuer="
                                                : "issuer goes with a consent alone",
                                     "", ""});
    }
    if (question.from && question.to && *question.from > *question.to) {
        return problem_reply(call.request,
                             Refusal{"invalid-parameter", "from must not be after to", "", ""});
    }
    // Tables, map and note are three calls: all again if a block came in between.
    Checked<ledger::Evidence> evidence = Refusal{};
    for (int attempt = 0; attempt < attempts; ++attempt) {
        const auto map = call.service.facade.index_map();
        const ApiViewPtr view = attempt == 0 ? call.view : call.service.view();
        evidence = ledger::make_evidence(
            {*view->reader, *map, view->note, call.service.facade.genesis().network}, question);
        if (evidence || evidence.error().code != "no-checkpoint") break;
    }
    if (!evidence) return problem_reply(call.request, evidence.error());
    return json_reply(ledger::format_evidence(*evidence));
}

}  // namespace consentree::node

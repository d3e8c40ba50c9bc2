// Complete answers with their proof, for files that are checked offline.
#include "ledger/evidence_make.h"
#include "node/api_handlers.h"
#include "node/problem.h"

#include <nlohmann/json.hpp>

namespace consentree::node {

namespace {

constexpr int attempts = 16;
constexpr std::size_t label_bytes_max = 256;

Refusal invalid(const char* detail) {
    return Refusal{"invalid-parameter", detail, "", ""};
}

// JSON can say it as it is: it is UTF-8.
bool is_text(const std::string& bytes) {
    using nlohmann::json;
    const std::string said = json(bytes).dump(-1, ' ', false, json::error_handler_t::ignore);
    return json::parse(said).get_ref<const std::string&>() == bytes;
}

// What a file of evidence could not say is refused here.
Checked<ledger::Question> question_of(const ApiCall& call) {
    ledger::Question question;
    const auto kind = ledger::index_key_of(call.captures.at(0));
    if (!kind) return invalid("evidence is about a subject, consent, actor or provider");
    question.kind = *kind;
    question.label = call.captures.at(1);
    if (question.label.size() > label_bytes_max) return invalid("a label has at most 256 bytes");
    question.issuer = call.text("issuer");
    if (!is_text(question.label) || !is_text(question.issuer)) {
        return invalid("labels are UTF-8");
    }
    question.from = call.time("from");
    question.to = call.time("to");
    const bool is_consent = question.kind == ledger::IndexKey::consent;
    if (is_consent && question.issuer.empty()) return invalid("a consent is named with ?issuer=");
    if (!is_consent && !question.issuer.empty()) return invalid("only a consent has an issuer");
    if (question.from.value_or(0) < 0 || question.to.value_or(0) < 0) {
        return invalid("from and to are not before 1970");
    }
    if (question.from && question.to && *question.from > *question.to) {
        return invalid("from must not be after to");
    }
    return question;
}

}  // namespace

ApiReply answer_evidence(const ApiCall& call) {
    const auto question = question_of(call);
    if (!question) return problem_reply(call.request, question.error());
    // Tables, map and note are three calls: all again if a block came in between.
    Checked<ledger::Evidence> evidence = Refusal{};
    for (int attempt = 0; attempt < attempts; ++attempt) {
        const auto map = call.service.facade.index_map();
        const ApiViewPtr view = attempt == 0 ? call.view : call.service.view();
        evidence = ledger::make_evidence(
            {*view->reader, *map, view->note, call.service.facade.genesis().network}, *question);
        if (evidence || evidence.error().code != "no-checkpoint") break;
    }
    if (!evidence) return problem_reply(call.request, evidence.error());
    return json_reply(ledger::format_evidence(*evidence));
}

}  // namespace consentree::node

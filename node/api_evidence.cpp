// Complete answers with their proof: files that are checked offline, and pages of lists.
#include "node/api_evidence.h"

#include "common/limits.h"
#include "ledger/decimal.h"
#include "node/api_handlers.h"
#include "node/problem.h"

#include <nlohmann/json.hpp>

namespace consentree::node {

namespace {

constexpr int attempts = 16;
constexpr std::size_t label_bytes_max = 256;
// Entries behind one page of a list, shown or not.
constexpr std::size_t list_entries_max = 2'000;

Refusal invalid(const char* detail) {
    return Refusal{"invalid-parameter", detail, "", ""};
}

// JSON can say it as it is: it is UTF-8.
bool is_text(const std::string& bytes) {
    using nlohmann::json;
    const std::string said = json(bytes).dump(-1, ' ', false, json::error_handler_t::ignore);
    return json::parse(said).get_ref<const std::string&>() == bytes;
}

struct ProofCursor {
    Height height = 0;
    std::uint64_t position = 0;
};
std::optional<ProofCursor> read_cursor(std::string_view text) {
    const std::size_t dot = std::min(text.find('.'), text.size());
    const auto height = ledger::parse_decimal(text.substr(0, dot));
    const auto position = ledger::parse_decimal(text.substr(std::min(dot + 1, text.size())));
    if (!height || !position) return std::nullopt;
    return ProofCursor{*height, *position};
}

std::string with_proof(std::string page_json, const std::string& evidence_json) {
    page_json.back() = ',';  // The page's closing brace.
    return page_json + "\"proof\":" + evidence_json + "}";
}

}  // namespace

// What evidence could not say is refused here.
Checked<ledger::Question> question_of_key(const ApiCall& call,
                                          ledger::IndexKey kind,
                                          std::string label,
                                          std::string issuer) {
    ledger::Question question;
    question.kind = kind;
    question.label = std::move(label);
    question.issuer = std::move(issuer);
    if (question.label.size() > label_bytes_max) return invalid("a label has at most 256 bytes");
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
    if (call.has("as_of") && !ledger::read_as_of(call.text("as_of"), question)) {
        return invalid("as_of is a block's height, or a time in RFC 3339 or a date");
    }
    return question;
}

Checked<ledger::MadeEvidence> certified_evidence(const ApiCall& call,
                                                 const ledger::Question& question,
                                                 const ledger::EvidencePage& page) {
    // Tables, map and note are three calls: all again if a block came in between.
    Checked<ledger::MadeEvidence> made = Refusal{};
    for (int attempt = 0; attempt < attempts; ++attempt) {
        const auto map = call.service.facade.index_map();
        const ApiViewPtr view = attempt == 0 ? call.view : call.service.view();
        made = ledger::make_evidence(
            {*view->reader, *map, view->note, call.service.facade.genesis().network}, question,
            page);
        if (made || made.error().code != "no-checkpoint") break;
    }
    return made;
}

ApiReply answer_evidence(const ApiCall& call) {
    const auto kind = ledger::index_key_of(call.captures.at(0));
    if (!kind) {
        return problem_reply(call.request,
                             invalid("evidence is about a subject, consent, actor or provider"));
    }
    const auto question = question_of_key(call, *kind, call.captures.at(1), call.text("issuer"));
    if (!question) return problem_reply(call.request, question.error());
    ledger::EvidencePage page;
    page.position = call.number("position");
    page.limit = call.number("limit").value_or(page.limit);
    if (call.has("limit") && (page.limit == 0 || page.limit > limits::evidence_entries)) {
        return problem_reply(call.request, invalid("limit is 1 to 10,000"));
    }
    if (call.text("order") == "desc") page.direction = ledger::Direction::descending;
    const auto made = certified_evidence(call, *question, page);
    if (!made) return problem_reply(call.request, made.error());
    return json_reply(ledger::format_evidence(made->evidence));
}

Checked<bool> wants_proof(const ApiCall& call) {
    if (call.has("proof") && call.text("proof") != "1") return invalid("proof is 1, or left out");
    if (call.has("as_of") && !call.has("proof")) return invalid("as_of needs proof=1");
    return call.has("proof");
}

ApiReply proven_page(const ApiCall& call,
                     const PageRequest& page,
                     Checked<ledger::Question> question,
                     const EntryTest& test) {
    if (!question) return problem_reply(call.request, question.error());
    ledger::EvidencePage part;
    part.direction = page.direction;
    part.limit = page.limit;
    part.at_most = list_entries_max;
    if (!page.cursor.empty()) {
        const auto cursor = read_cursor(page.cursor);
        if (!cursor) {
            return problem_reply(
                call.request,
                Refusal{"invalid-cursor", "not a cursor of a list with its proof", "", ""});
        }
        part.position = cursor->position;
        const bool is_pinned = question->as_of_height || question->as_of_time;
        if (!is_pinned) question->as_of_height = cursor->height;
    }
    const auto passes = [&test](const ledger::EntryView& entry) { return !test || test(entry); };
    part.counts = passes;
    const auto made = certified_evidence(call, *question, part);
    if (!made) return problem_reply(call.request, made.error());
    api::Page<api::Entry> answer;
    answer.as_of_height =
        question->as_of_height.value_or(ledger::decode_seal(made->evidence.seal)->height);
    for (std::size_t k = 0; k < made->evidence.entries.size(); ++k) {
        const bool is_up = page.direction == ledger::Direction::ascending;
        const std::size_t at = is_up ? k : made->evidence.entries.size() - 1 - k;
        const auto entry = ledger::decode_entry(made->evidence.entries[at]);
        ledger::EntryView view{
            made->evidence.leaves[at],  entry->head.height,
            entry->head.commit_time_us, entry->head.tx_id,
            entry->head.position,       static_cast<ledger::EventKind>(entry->head.kind),
            entry->head.verdict,        entry->head.flags,
            entry->head.granted_until,  to_bytes(entry->event)};
        if (passes(view)) answer.items.push_back(entry_of(std::move(view)));
    }
    if (made->next) {
        answer.complete = false;
        answer.next_cursor =
            std::to_string(answer.as_of_height) + "." + std::to_string(*made->next);
    }
    return json_reply(with_proof(api::format(answer), ledger::format_evidence(made->evidence)));
}

}  // namespace consentree::node

// Consents as they stand, their history, and the question that partners ask most.
#include "client/api_view.h"
#include "common/time.h"
#include "node/api_evidence.h"
#include "node/api_handlers.h"
#include "node/api_lists.h"

namespace consentree::node {

namespace {

api::CheckAnswer check_answer_of(ledger::CheckAnswer found, Height height) {
    api::CheckAnswer answer;
    answer.allowed = found.allowed;
    answer.verdict = std::move(found.verdict);
    for (ledger::FailedCheck& failed : found.failed) {
        answer.failed.push_back(failed.code);
        answer.checks.push_back({static_cast<std::uint32_t>(failed.check), std::move(failed.code),
                                 std::move(failed.detail), std::move(failed.remedy)});
    }
    if (!answer.failed.empty()) answer.reason = answer.failed.front();
    answer.explanation = std::move(found.explanation);
    answer.remedy = std::move(found.remedy);
    answer.scheme_rules = std::move(found.scheme_rules);
    answer.as_of_height = height;
    if (!found.consent) return answer;
    api::Consent consent = api::consent_of(*found.consent, height, false);
    answer.issuer = std::move(consent.issuer);
    answer.consent_id = std::move(consent.consent_id);
    answer.version = consent.version;
    answer.state = std::move(consent.state);
    answer.valid_from = std::move(consent.valid_from);
    answer.valid_until = std::move(consent.valid_until);
    answer.uses = consent.uses;
    answer.uses_left = consent.uses_left;
    answer.window_uses_left = consent.window_uses_left;
    answer.next_use_at = std::move(consent.next_use_at);
    answer.scheme = std::move(consent.scheme);
    answer.agreement = std::move(consent.agreement);
    return answer;
}

ApiReply consent_entries(const ApiCall& call, bool lifecycle) {
    const auto page = read_page_request(
        call, lifecycle ? ledger::Direction::ascending : ledger::Direction::descending);
    if (!page) return problem_reply(call.request, page.error());
    const auto consent = find_one_consent(call, call.captures.at(0));
    if (!consent) return problem_reply(call.request, consent.error());
    ledger::LeafQuery query;
    query.consent = consent->key;
    query.lifecycle = lifecycle;
    query.access = !lifecycle;
    const auto proof = wants_proof(call);
    if (!proof) return problem_reply(call.request, proof.error());
    if (*proof) {
        const ledger::ConsentRecord& record = consent->terms.record;
        return proven_page(
            call, *page,
            question_of_key(call, ledger::IndexKey::consent, record.consent_id, record.issuer),
            with_kinds(query, {}));
    }
    return entry_page(call, *page, query, {});
}

}  // namespace

ApiReply answer_consents(const ApiCall& call) {
    const auto page = read_page_request(call, ledger::Direction::descending);
    if (!page) return problem_reply(call.request, page.error());
    ledger::ConsentFilter filter;
    filter.issuer = call.text("issuer");
    filter.subject = call.text("subject");
    filter.recipient = call.text("recipient");
    filter.provider = call.text("provider");
    filter.purpose = call.text("purpose");
    filter.status = ledger::status_of(call.text("state"));
    filter.expires_before = call.time("expires_before");
    filter.at = now_ms(*call.view);
    const ledger::ConsentPage found =
        ledger::list_consents(*call.view->reader, filter, page->height, page->from.value_or(0),
                              page->limit, page->direction);
    api::Page<api::Consent> answer;
    answer.as_of_height = page->height;
    for (const ledger::ConsentView& view : found.items) {
        answer.items.push_back(api::consent_of(view, page->height, false));
    }
    if (found.next != 0) {
        answer.complete = false;
        answer.next_cursor = call.service.cursors.seal(
            Cursor{page->height, page->tree_size, found.next}, page->list);
    }
    return json_reply(api::format(answer));
}

ApiReply answer_consent(const ApiCall& call) {
    const auto consent = find_one_consent(call, call.captures.at(0));
    if (!consent) return problem_reply(call.request, consent.error());
    return json_reply(api::format(api::consent_of(*consent, call.view->tip.height, true)));
}

ApiReply answer_consent_history(const ApiCall& call) {
    return consent_entries(call, true);
}

ApiReply answer_consent_accesses(const ApiCall& call) {
    return consent_entries(call, false);
}

ApiReply answer_check(const ApiCall& call) {
    const auto request = api::parse_check_request(call.request.body);
    if (!request) return problem_reply(call.request, request.error());
    ledger::CheckQuestion question;
    question.issuer = request->issuer;
    question.consent_id = request->consent_id;
    question.subject = request->subject;
    question.actor_org = request->recipient;
    question.purpose = request->purpose;
    question.action = request->action;
    question.categories = request->data;
    question.place = request->place;
    question.agreement = request->agreement;
    question.attended = request->attended;
    if (!request->resources.empty()) {
        question.resources = ledger::Resources{.all = false, .labels = request->resources};
    }
    const auto read_time = [](const std::string& text, std::optional<TimeMs>& time) {
        if (!text.empty()) time = parse_rfc3339(text);
        return text.empty() || time.has_value();
    };
    for (const auto& [text, time, pointer] :
         {std::tuple(&request->data_from, &question.data_from, "/data_from"),
          std::tuple(&request->data_until, &question.data_until, "/data_until")}) {
        if (!read_time(*text, *time)) {
            return problem_reply(
                call.request,
                Refusal{"schema-violation", "a time in RFC 3339 is expected", pointer, ""});
        }
    }
    // An id without its issuer: only if it is the only one.
    if (!question.consent_id.empty() && question.issuer.empty()) {
        const auto consent = find_one_consent(call, question.consent_id);
        if (!consent) return problem_reply(call.request, consent.error());
        question.issuer = consent->terms.record.issuer;
    }
    const TimeMs now = now_ms(*call.view);
    ledger::CheckAnswer found = ledger::check_now(*call.view->reader, question, now);
    api::CheckAnswer answer = check_answer_of(std::move(found), call.view->tip.height);
    answer.as_of_time = format_time(now);
    return json_reply(api::format(answer));
}

}  // namespace consentree::node

// Consents as they stand, their history, and the question that partners ask most.
#include "client/api_view.h"
#include "common/time.h"
#include "node/api_evidence.h"
#include "node/api_handlers.h"
#include "node/api_lists.h"

namespace consentree::node {

namespace {

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
    auto asked = api::check_question_of(*request);
    if (!asked) return problem_reply(call.request, asked.error());
    ledger::CheckQuestion& question = *asked;
    // An id without its issuer: only if it is the only one.
    if (!question.consent_id.empty() && question.issuer.empty()) {
        const auto consent = find_one_consent(call, question.consent_id);
        if (!consent) return problem_reply(call.request, consent.error());
        question.issuer = consent->terms.record.issuer;
    }
    const TimeMs now = now_ms(*call.view);
    ledger::CheckAnswer found = ledger::check_now(*call.view->reader, question, now);
    return json_reply(
        api::format(api::check_answer_of(std::move(found), {call.view->tip.height, now})));
}

}  // namespace consentree::node

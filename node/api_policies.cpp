// Schemes and vocabularies: what is in force, what is proposed, and who has approved it.
#include "client/api_policy.h"
#include "common/time.h"
#include "ledger/queries_policies.h"
#include "node/api_handlers.h"
#include "node/api_lists.h"

namespace consentree::node {

namespace {

api::PolicyDocument document_of(const ledger::PolicyDocumentView& view, bool with_text) {
    api::PolicyDocument document;
    document.version = view.document.version;
    document.sha256 = to_hex(view.sha256.view());
    document.leaf = view.document.leaf;
    document.proposed_by = view.document.proposed_by;
    document.proposed_at = format_time(view.document.proposed_ms);
    document.approved_by = view.approved_by;
    if (view.document.in_force_ms != 0) {
        document.in_force_since = format_time(view.document.in_force_ms);
    }
    if (with_text) document.document = view.document.json;
    return document;
}

api::Policy policy_of(const ApiCall& call, const ledger::PolicyView& view, bool with_text) {
    api::Policy policy;
    policy.id = view.id;
    policy.type = ledger::policy_type_name(view.type);
    if (view.in_force) policy.in_force = document_of(*view.in_force, with_text);
    for (const ledger::PolicyDocumentView& proposal : view.proposals) {
        policy.proposals.push_back(document_of(proposal, with_text));
    }
    policy.as_of_height = call.view->tip.height;
    return policy;
}

}  // namespace

ApiReply answer_policies(const ApiCall& call) {
    const auto page = read_page_request(call, ledger::Direction::ascending);
    if (!page) return problem_reply(call.request, page.error());
    const std::uint64_t from = page->from.value_or(0);
    const auto policies = ledger::list_policies(*call.view->reader, call.service.facade.genesis(),
                                                from, page->limit + 1);
    api::Page<api::Policy> answer;
    answer.as_of_height = page->height;
    for (const ledger::PolicyView& policy : policies) {
        if (answer.items.size() == page->limit) break;
        answer.items.push_back(policy_of(call, policy, false));
    }
    if (policies.size() > page->limit) {
        answer.complete = false;
        answer.next_cursor = call.service.cursors.seal(
            Cursor{page->height, page->tree_size, from + page->limit}, page->list);
    }
    return json_reply(api::format(answer));
}

ApiReply answer_policy(const ApiCall& call) {
    const ledger::Genesis& genesis = call.service.facade.genesis();
    const std::string& id = call.captures.at(0);
    auto view = ledger::find_policy(*call.view->reader, genesis, id);
    const Refusal missing{"policy-not-found", "the ledger has no such policy or version", "", ""};
    if (!view) return problem_reply(call.request, missing);
    if (const auto version = call.number("version")) {
        view->in_force = ledger::find_policy_version(
            *call.view->reader, genesis, id,
            static_cast<std::uint32_t>(std::min<std::uint64_t>(*version, UINT32_MAX)));
        if (!view->in_force) return problem_reply(call.request, missing);
    }
    return json_reply(api::format(policy_of(call, *view, true)));
}

}  // namespace consentree::node

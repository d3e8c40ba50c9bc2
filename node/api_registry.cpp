// Parties, data-sharing agreements, and the restrictions of a subject.
#include "client/api_json.h"
#include "client/api_view.h"
#include "common/time.h"
#include "ledger/queries_registry.h"
#include "node/api_handlers.h"
#include "node/api_lists.h"

namespace consentree::node {

namespace {

std::string bytes_of(const std::string& record) {
    return to_base64(as_bytes(record));
}

std::string name_in(const std::string& record) {
    const client::api::Json json = client::api::embed(record);
    const auto name = json.is_object() ? json.find("name") : json.end();
    return name != json.end() && name->is_string() ? name->get<std::string>() : std::string();
}

api::Party party_of(const ledger::PartyView& view, const ledger::Genesis& genesis) {
    api::Party party;
    party.id = view.institution.id;
    party.name = view.institution.name;
    for (std::size_t i = 0; i < genesis.validators.size(); ++i) {
        if (genesis.validators[i].institution == party.id) {
            party.validator = static_cast<std::uint16_t>(i);
        }
    }
    for (const ledger::PartyView::Key& key : view.keys) {
        api::Party::Key shown;
        shown.fingerprint = fingerprint(key.key);
        shown.key = to_base64(key.key.view());
        using ledger::Role;
        for (const auto& [role, name] :
             {std::pair(Role::submit, "submit"), std::pair(Role::audit, "audit"),
              std::pair(Role::admin, "admin"), std::pair(Role::operate, "operate"),
              std::pair(Role::authority, "authority")}) {
            if ((key.roles & role) != 0) shown.roles.emplace_back(name);
        }
        party.keys.push_back(std::move(shown));
    }
    if (!view.registered) return party;
    const ledger::PartyState& state = *view.registered;
    party.registered = {state.registered_by, state.since, state.leaf, state.versions, {}, {}};
    if (party.name.empty()) party.name = name_in(view.record_json);
    return party;
}

// The page ends before the list does: where it goes on.
template <class Item>
void go_on(const ApiCall& call,
           const PageRequest& page,
           std::string after,
           api::Page<Item>& answer) {
    answer.complete = false;
    answer.next_cursor = call.service.cursors.seal(
        Cursor{page.height, page.tree_size, 0, std::move(after)}, page.list);
}

}  // namespace

ApiReply answer_parties(const ApiCall& call) {
    const auto page = read_page_request(call, ledger::Direction::ascending);
    if (!page) return problem_reply(call.request, page.error());
    const auto parties = ledger::list_parties(*call.view->reader, page->after, page->limit);
    api::Page<api::Party> answer;
    answer.as_of_height = page->height;
    for (const ledger::PartyView& party : parties.items) {
        answer.items.push_back(party_of(party, call.service.facade.genesis()));
    }
    if (parties.has_more) go_on(call, *page, answer.items.back().id, answer);
    return json_reply(api::format(answer));
}

ApiReply answer_party(const ApiCall& call) {
    const auto view = ledger::find_party(*call.view->reader, call.captures.at(0));
    if (!view) {
        return problem_reply(call.request,
                             Refusal{"party-not-found", "nobody is known by this id", "", ""});
    }
    api::Party party = party_of(*view, call.service.facade.genesis());
    if (party.registered) {
        party.registered->record = view->record_json;
        party.registered->record_bytes = bytes_of(view->record_json);
    }
    return json_reply(api::format(party));
}

ApiReply answer_agreements(const ApiCall& call) {
    const auto page = read_page_request(call, ledger::Direction::ascending);
    if (!page) return problem_reply(call.request, page.error());
    const ledger::AgreementPage found = ledger::list_agreements(
        *call.view->reader, {call.text("party"), call.text("state"), now_ms(*call.view)},
        page->after, page->limit);
    api::Page<api::Agreement> answer;
    answer.as_of_height = page->height;
    for (const ledger::AgreementView& view : found.items) {
        answer.items.push_back(api::agreement_of(view, page->height));
    }
    if (!found.next.empty()) go_on(call, *page, found.next, answer);
    return json_reply(api::format(answer));
}

ApiReply answer_agreement(const ApiCall& call) {
    const auto view =
        ledger::find_agreement(*call.view->reader, call.captures.at(0), now_ms(*call.view));
    if (!view) {
        return problem_reply(call.request,
                             Refusal{"agreement-not-found", "no agreement has this id", "", ""});
    }
    return json_reply(api::format(api::agreement_of(*view, call.view->tip.height)));
}

ApiReply answer_restrictions(const ApiCall& call) {
    const std::string& subject = call.captures.at(0);
    if (!ledger::is_subject(subject)) {
        return problem_reply(
            call.request,
            Refusal{"invalid-parameter", "a subject label is sub: and 1 to 64 characters", "", ""});
    }
    api::Page<api::Restriction> answer;
    answer.as_of_height = call.view->tip.height;
    for (const auto& view : ledger::restrictions_of(*call.view->reader, subject)) {
        answer.items.push_back(api::restriction_of(view));
    }
    return json_reply(api::format(answer));
}

}  // namespace consentree::node

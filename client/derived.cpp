#include "client/derived.h"

#include "client/api_view.h"
#include "common/limits.h"
#include "ledger/decimal.h"
#include "verifier/verify.h"

#include <map>

namespace consentree::client {

namespace {

Failure usage(const Refusal& refusal) {
    Failure failure;
    failure.kind = FailureKind::usage;
    failure.code = refusal.code;
    failure.what = refusal.detail;
    failure.pointer = refusal.pointer;
    return failure;
}

// What parties have agreed, and what governance has put in force.
struct Governance {
    ledger::Replay replay;
    Height height = 0;
    TimeMs moment = 0;
    Verification verification;
};

Outcome<std::shared_ptr<Governance>> replay_governance(const Proven& proven) {
    GovernanceLog log(proven, {});
    if (auto failure = log.load()) return *failure;
    if (auto failure = log.cannot_tell_agreements()) return *failure;
    const ledger::EvidenceReport& report = log.report();
    auto governance = std::make_shared<Governance>();
    if (const auto refusal = log.apply_before(UINT64_MAX, governance->replay)) {
        return unlike_the_rules(refusal->detail);
    }
    governance->height = height_of(report);
    governance->moment = moment_of(report, false);
    governance->verification = verifier::describe(report);
    return governance;
}

Answer proven_answer(std::string json, Height height, Verification verification) {
    Answer answer;
    answer.json = std::move(json);
    answer.as_of_height = height;
    answer.proven = true;
    answer.verification = std::move(verification);
    return answer;
}

// An id without its issuer: only if it is the only one of the subject.
std::optional<Failure> find_issuer(const ledger::Reader& tables,
                                   TimeMs at,
                                   ledger::CheckQuestion& question) {
    if (question.consent_id.empty() || !question.issuer.empty()) return std::nullopt;
    const auto found = ledger::consents_by_id(tables, question.consent_id, at);
    if (found.size() == 1) {
        question.issuer = found.front().terms.record.issuer;
        return std::nullopt;
    }
    if (found.empty()) {
        Failure failure;
        failure.kind = FailureKind::not_found;
        failure.code = "consent-not-found";
        failure.what = "the subject has no consent with this id";
        return failure;
    }
    std::string issuers;
    for (const ledger::ConsentView& view : found) issuers += " " + view.terms.record.issuer;
    Failure failure =
        usage({"ambiguous-consent", "issuers with this consent id:" + issuers, "", ""});
    failure.hint = "Name the issuer.";
    return failure;
}

}  // namespace

Outcome<Answer> Derived::check(const std::string& request_json, const Progress& progress) const {
    const auto request = api::parse_check_request(request_json);
    if (!request) return usage(request.error());
    auto question = api::check_question_of(*request);
    if (!question) return usage(question.error());
    SubjectQuestion asked;
    asked.label = question->subject;
    asked.wants_governance = true;
    asked.deadline = proven_.deadline();
    const auto subject = replay_subject(proven_, asked, progress);
    if (!subject) return subject.error();
    SubjectState& state = **subject;
    const ledger::Reader& tables = state.replay.tables();
    if (auto failure = find_issuer(tables, state.moment, *question)) return *failure;
    const api::CheckAnswer checked = api::check_answer_of(
        ledger::check_now(tables, *question, state.moment), {state.height, state.moment});
    return proven_answer(api::format(checked), state.height, std::move(state.verification));
}

Outcome<Answer> Derived::agreement(std::string_view id) const {
    const auto governance = replay_governance(proven_);
    if (!governance) return governance.error();
    Governance& state = **governance;
    const auto view = ledger::find_agreement(state.replay.tables(), id, state.moment);
    if (!view) {
        Failure failure;
        failure.kind = FailureKind::not_found;
        failure.code = "agreement-not-found";
        failure.what = "no agreement has this id";
        failure.why = "proven: up to block " + std::to_string(state.height) + " none was recorded";
        return failure;
    }
    return proven_answer(api::format(api::agreement_of(*view, state.height)), state.height,
                         std::move(state.verification));
}

Outcome<Answer> Derived::agreements(const std::vector<Filter>& filters) const {
    std::size_t limit = api::page_items_default;
    if (const std::string text = value_of(filters, "limit"); !text.empty()) {
        const auto number = ledger::parse_decimal(text);
        if (!number || *number == 0 || *number > limits::page_items) {
            return usage({"invalid-parameter", "limit is 1 to 500", "", ""});
        }
        limit = *number;
    }
    const auto governance = replay_governance(proven_);
    if (!governance) return governance.error();
    Governance& state = **governance;
    const ledger::AgreementFilter filter{value_of(filters, "party"), value_of(filters, "state"),
                                         state.moment};
    api::Page<api::Agreement> page;
    page.as_of_height = state.height;
    const auto found =
        ledger::list_agreements(state.replay.tables(), filter, value_of(filters, "cursor"), limit);
    for (const ledger::AgreementView& view : found.items) {
        page.items.push_back(api::agreement_of(view, state.height));
    }
    page.next_cursor = found.next;
    page.complete = found.next.empty();
    return proven_answer(api::format(page), state.height, std::move(state.verification));
}

Outcome<Answer> Derived::restrictions(const std::string& label, const Progress& progress) const {
    // What was asked for stands in the entry of the request: of several with one id the last.
    using Id = std::pair<std::string, std::string>;
    std::map<Id, ledger::RestrictionView> requests;
    const auto take = [&](const ledger::ProvenEntry& entry, const ledger::ConsentRecord*) {
        if (static_cast<ledger::EventKind>(entry.head.kind) !=
            ledger::EventKind::access_rights_request) {
            return;
        }
        const auto event = ledger::parse_event(entry.event);
        if (!event) return;
        const ledger::AccessEvent& access = event->access();
        requests[{access.actor_org, access.event_id}] = {
            {access.actor_org, access.event_id},
            access.after->right,
            static_cast<TimeMs>(entry.head.commit_time_us / 1000),
            access.after->until,
            entry.index};
    };
    SubjectQuestion asked;
    asked.label = label;
    asked.deadline = proven_.deadline();
    const auto subject = replay_subject(proven_, asked, progress, take);
    if (!subject) return subject.error();
    SubjectState& state = **subject;
    api::Page<api::Restriction> page;
    page.as_of_height = state.height;
    for (const auto& view : ledger::restrictions_of(state.replay.tables(), label)) {
        const auto request =
            requests.find({view.restriction.institution, view.restriction.request});
        page.items.push_back(
            api::restriction_of(request == requests.end() ? view : request->second));
    }
    return proven_answer(api::format(page), state.height, std::move(state.verification));
}

}  // namespace consentree::client

#include "client/api_view.h"

#include "common/bytes.h"
#include "common/time.h"

namespace consentree::client::api {

Consent consent_of(const ledger::ConsentView& view, Height height, bool with_record) {
    const ledger::ConsentRecord& record = view.terms.record;
    Consent consent;
    consent.issuer = record.issuer;
    consent.consent_id = record.consent_id;
    consent.version = record.version;
    consent.state = ledger::status_name(view.status);
    consent.subject = record.subject;
    consent.provider = record.provider;
    consent.manager = record.manager;
    consent.recipients = record.recipients;
    consent.purposes = record.purposes;
    consent.categories = record.categories;
    consent.valid_from = format_time(record.valid_from);
    if (record.valid_until) consent.valid_until = format_time(*record.valid_until);
    consent.status_since = format_time(view.status_since_ms);
    consent.latest_version = view.latest_version;
    consent.pending_version = view.pending_version;
    consent.authorised_by = view.authorised_by;
    consent.pending_authorised_by = view.pending_authorised_by;
    consent.scheme = record.scheme;
    consent.agreement = record.agreement;
    consent.needs_review = record.needs_review;
    consent.added_resources = view.added_resources;
    consent.removed_resources = view.removed_resources;
    consent.created_height = view.created_height;
    consent.version_height = view.version_height;
    consent.events = view.events;
    consent.uses = view.uses;
    consent.uses_left = view.uses_left;
    consent.window_uses_left = view.window_uses_left;
    if (view.next_use) consent.next_use_at = format_time(*view.next_use);
    consent.as_of_height = height;
    if (with_record) consent.record = view.record_json;
    return consent;
}

Checked<ledger::CheckQuestion> check_question_of(const CheckRequest& request) {
    ledger::CheckQuestion question;
    question.issuer = request.issuer;
    question.consent_id = request.consent_id;
    question.subject = request.subject;
    question.actor_org = request.recipient;
    question.purpose = request.purpose;
    question.action = request.action;
    question.categories = request.data;
    question.place = request.place;
    question.agreement = request.agreement;
    question.attended = request.attended;
    if (!request.resources.empty()) {
        question.resources = ledger::Resources{.all = false, .labels = request.resources};
    }
    const auto read_time = [](const std::string& text, std::optional<TimeMs>& time) {
        if (!text.empty()) time = parse_rfc3339(text);
        return text.empty() || time.has_value();
    };
    for (const auto& [text, time, pointer] :
         {std::tuple(&request.data_from, &question.data_from, "/data_from"),
          std::tuple(&request.data_until, &question.data_until, "/data_until")}) {
        if (!read_time(*text, *time)) {
            return Refusal{"schema-violation", "a time in RFC 3339 is expected", pointer, ""};
        }
    }
    return question;
}

CheckAnswer check_answer_of(ledger::CheckAnswer found, const AsOf& as_of) {
    CheckAnswer answer;
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
    if (found.granted_until) answer.granted_until = format_time(*found.granted_until);
    answer.as_of_height = as_of.height;
    answer.as_of_time = format_time(as_of.time);
    if (!found.consent) return answer;
    Consent consent = consent_of(*found.consent, as_of.height, false);
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

namespace {

Agreement::Version version_of(const ledger::AgreementVersion& version, const std::string& record) {
    Agreement::Version shown;
    shown.version = version.version;
    shown.sha256 = version.sha256;
    shown.entry = version.leaf;
    shown.parties = version.terms.parties;
    shown.purposes = version.terms.purposes;
    shown.categories = version.terms.categories;
    shown.valid_from = format_time(version.terms.valid_from);
    if (version.terms.valid_until) shown.valid_until = format_time(*version.terms.valid_until);
    shown.record = record;
    if (!record.empty()) shown.record_bytes = to_base64(as_bytes(record));
    return shown;
}

}  // namespace

Agreement agreement_of(const ledger::AgreementView& view, Height height) {
    Agreement agreement;
    agreement.id = view.id;
    agreement.state = view.status;
    if (view.state.in_force.version != 0) {
        agreement.agreed = version_of(view.state.in_force, view.in_force_json);
    }
    if (view.state.proposed.version != 0) {
        agreement.proposed = version_of(view.state.proposed, view.proposed_json);
        agreement.proposed->accepted_by = view.accepted_by;
        agreement.proposed->awaited = view.awaited;
    }
    if (view.state.ended_ms != 0) agreement.ended_at = format_time(view.state.ended_ms);
    agreement.as_of_height = height;
    return agreement;
}

Restriction restriction_of(const ledger::RestrictionView& view) {
    Restriction shown{
        view.restriction.institution, view.restriction.request, view.right, {}, {}, {}};
    if (!view.right.empty()) {
        shown.since = format_time(view.since);
        shown.entry = view.leaf;
    }
    if (view.due) shown.due = format_time(*view.due);
    return shown;
}

}  // namespace consentree::client::api

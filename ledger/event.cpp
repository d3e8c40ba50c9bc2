#include "ledger/event.h"

#include "ledger/event_fields.h"
#include "ledger/event_member.h"

#include <algorithm>
#include <utility>

namespace consentree::ledger {
namespace {

constexpr std::pair<EventKind, std::string_view> kinds[] = {
    {EventKind::access_request, "access.request"},
    {EventKind::access_decision, "access.decision"},
    {EventKind::access_delivery, "access.delivery"},
    {EventKind::access_receipt, "access.receipt"},
    {EventKind::access_denial, "access.denial"},
    {EventKind::access_use, "access.use"},
    {EventKind::access_disclosure, "access.disclosure"},
    {EventKind::access_deletion, "access.deletion"},
    {EventKind::access_erasure_request, "access.erasure_request"},
    {EventKind::access_erasure_result, "access.erasure_result"},
    {EventKind::access_rights_request, "access.rights_request"},
    {EventKind::access_rights_result, "access.rights_result"},
    {EventKind::access_breach, "access.breach"},
    {EventKind::access_override, "access.override"},
    {EventKind::access_correction, "access.correction"},
    {EventKind::consent_request, "consent.request"},
    {EventKind::consent_authorise, "consent.authorise"},
    {EventKind::consent_reject, "consent.reject"},
    {EventKind::consent_amend, "consent.amend"},
    {EventKind::consent_renew, "consent.renew"},
    {EventKind::consent_suspend, "consent.suspend"},
    {EventKind::consent_resume, "consent.resume"},
    {EventKind::consent_resource_add, "consent.resource_add"},
    {EventKind::consent_resource_remove, "consent.resource_remove"},
    {EventKind::consent_withdraw, "consent.withdraw"},
    {EventKind::consent_revoke, "consent.revoke"},
    {EventKind::consent_invalidate, "consent.invalidate"},
    {EventKind::party_register, "party.register"},
    {EventKind::agreement_propose, "agreement.propose"},
    {EventKind::agreement_accept, "agreement.accept"},
    {EventKind::agreement_end, "agreement.end"},
    {EventKind::policy_propose, "policy.propose"},
    {EventKind::policy_approve, "policy.approve"},
};

LifecycleEvent read_lifecycle(Fields& fields, EventKind kind) {
    LifecycleEvent event;
    if (brings_record(kind)) {
        if (const auto value = fields.reader.require("consent", Json::Type::object)) {
            event.record = read_record(*value, fields.reader);
        }
        if (event.record) {
            event.issuer = event.record->issuer;
            event.consent_id = event.record->consent_id;
            event.version = event.record->version;
        }
        return event;
    }
    event.issuer = fields.institution("issuer");
    event.consent_id = fields.code("consent_id");
    event.version = static_cast<std::uint32_t>(fields.integer("version", 1, versions_max));
    if (kind == EventKind::consent_authorise) {
        event.grantor = fields.code("grantor");
        fields.code("method", Need::optional);
    } else {
        if (kind == EventKind::consent_resource_add || kind == EventKind::consent_resource_remove) {
            event.resources = fields.codes("resources", 1);
        }
        event.reason = fields.kept_text("reason", text_bytes, Need::optional);
        event.by = fields.code("by", Need::optional);
    }
    return event;
}

}  // namespace

std::string_view type_name(EventKind kind) {
    for (const auto& [known, name] : kinds) {
        if (known == kind) return name;
    }
    return {};
}

std::optional<EventKind> kind_of(std::string_view name) {
    for (const auto& [kind, known] : kinds) {
        if (known == name) return kind;
    }
    return std::nullopt;
}

Checked<Event> parse_event(std::string_view json) {
    const auto document = Json::parse(json, {});
    if (!document) return document.error();
    Fields fields(document->root(), "");
    Event event;
    const auto type = fields.reader.require("type", Json::Type::string);
    if (!type) return *fields.reader.finish();
    const auto kind = kind_of(type->string());
    if (!kind) {
        fields.reader.fail("type", "this event type is not known");
        return *fields.reader.finish();
    }
    event.kind = *kind;
    if (is_access(*kind)) {
        event.body = read_access(fields, *kind);
    } else if (is_lifecycle(*kind)) {
        event.body = read_lifecycle(fields, *kind);
    } else if (*kind == EventKind::party_register) {
        event.body = read_party(fields);
    } else if (is_policy(*kind)) {
        event.body = read_policy(fields, *kind);
    } else {
        event.body = read_agreement(fields, *kind);
    }
    event.occurred_at = fields.time("occurred_at");
    if (auto refusal = fields.reader.finish()) return std::move(*refusal);
    return event;
}

std::string_view member_json(std::string_view event_json, std::string_view member) {
    const auto document = Json::parse(event_json, {});
    if (!document || !document->root().is(Json::Type::object)) return {};
    ObjectReader reader(document->root(), "");
    const auto object = reader.find(member, Json::Type::object);
    return object ? object->raw() : std::string_view();
}

std::string_view record_json(std::string_view event_json) {
    return member_json(event_json, "consent");
}

}  // namespace consentree::ledger

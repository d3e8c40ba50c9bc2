#include "ledger/event.h"

#include "ledger/event_fields.h"

#include <algorithm>
#include <utility>

namespace consentree::ledger {
namespace {

constexpr std::pair<EventKind, std::string_view> kinds[] = {
    {EventKind::access_request, "access.request"},
    {EventKind::access_decision, "access.decision"},
    {EventKind::access_delivery, "access.delivery"},
    {EventKind::access_denial, "access.denial"},
    {EventKind::consent_request, "consent.request"},
    {EventKind::consent_authorise, "consent.authorise"},
    {EventKind::consent_reject, "consent.reject"},
    {EventKind::consent_amend, "consent.amend"},
    {EventKind::consent_suspend, "consent.suspend"},
    {EventKind::consent_resume, "consent.resume"},
    {EventKind::consent_withdraw, "consent.withdraw"},
    {EventKind::consent_revoke, "consent.revoke"},
};

constexpr std::uint32_t versions_max = 1'000'000;
constexpr std::int64_t counts_max = 1'000'000'000'000'000;

LifecycleEvent read_lifecycle(Fields& fields, EventKind kind) {
    LifecycleEvent event;
    if (kind == EventKind::consent_request || kind == EventKind::consent_amend) {
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
        event.reason = fields.kept_text("reason", text_bytes, Need::optional);
        event.by = fields.code("by", Need::optional);
    }
    return event;
}

void read_request(Fields& fields, AccessEvent& event) {
    event.purpose = fields.code("purpose");
    event.categories = fields.codes("categories", 1);
    event.resources = fields.resources("resources");
    event.data_from = fields.optional_time("data_from");
    event.data_until = fields.optional_time("data_until");
    event.action = fields.code("action");
    event.attended = fields.boolean("attended");
    event.place = fields.code("place", Need::optional);
    event.legal_basis = fields.one_of(
        "legal_basis",
        {"consent", "contract", "legal_obligation", "vital", "public_task", "legitimate_interest"});
    if (event.data_from && event.data_until && *event.data_until <= *event.data_from) {
        fields.reader.fail("data_until", "it must be later than data_from");
    }
    if (event.consent_id.empty() && event.legal_basis == "consent") {
        fields.reader.fail("consent_id", "an access on the basis of consent cites one");
    }
}

void read_delivery(Fields& fields, AccessEvent& event) {
    const auto list = fields.reader.require("status", Json::Type::array);
    if (!list) return;
    if (list->count() < 1 || list->count() > list_items) {
        fields.reader.fail("status", "1 to 64 items were expected");
        return;
    }
    Json::Value item = list->first();
    for (std::uint32_t index = 0; index < list->count(); ++index, item = item.next()) {
        Fields inner(item, fields.reader.pointer_to("status") + "/" + std::to_string(index));
        std::string resource = inner.code("resource");
        std::string status = inner.one_of(
            "status", {"ready", "delivered", "denied", "timeout", "pending", "failed"});
        event.status.push_back({std::move(resource), std::move(status)});
        if (auto refusal = inner.reader.finish()) fields.reader.fail(std::move(*refusal));
    }
    if (fields.reader.find("record_count")) {
        event.record_count = fields.integer("record_count", 0, counts_max);
    }
    if (fields.reader.find("byte_count")) {
        event.byte_count = fields.integer("byte_count", 0, counts_max);
    }
    if (fields.reader.find("content_commitment")) {
        fields.sha256("content_commitment");
        event.content_commitment = fields.code("content_commitment");
    }
}

AccessEvent read_access(Fields& fields, EventKind kind) {
    AccessEvent event;
    event.event_id = fields.code("event_id");
    event.session_id = fields.code("session_id");
    const bool cites_consent = fields.reader.find("issuer") || fields.reader.find("consent_id");
    if (cites_consent) {
        event.issuer = fields.institution("issuer");
        event.consent_id = fields.code("consent_id");
        event.version =
            static_cast<std::uint32_t>(fields.integer("version", 1, versions_max, Need::optional));
    }
    event.actor_org = fields.code("actor_org");
    event.actor_user = fields.code("actor_user", Need::optional);
    event.subject = fields.subject("subject");
    event.trace_id = fields.code("trace_id", Need::optional);
    switch (kind) {
        case EventKind::access_request: read_request(fields, event); break;
        case EventKind::access_decision:
            event.claimed_permit = fields.one_of("claimed", {"permit", "deny"}) == "permit";
            event.reasons = fields.codes("reasons", 0);
            event.policy_version = fields.code("policy_version");
            break;
        case EventKind::access_delivery: read_delivery(fields, event); break;
        default: event.reasons = fields.codes("reasons", 1); break;
    }
    if (kind != EventKind::access_request && event.consent_id.empty()) {
        fields.reader.fail("consent_id", "this event cites the consent of its session");
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
    } else {
        event.body = read_lifecycle(fields, *kind);
    }
    event.occurred_at = fields.time("occurred_at");
    if (auto refusal = fields.reader.finish()) return std::move(*refusal);
    return event;
}

std::string_view record_json(std::string_view event_json) {
    const auto document = Json::parse(event_json, {});
    if (!document || !document->root().is(Json::Type::object)) return {};
    ObjectReader reader(document->root(), "");
    const auto record = reader.find("consent", Json::Type::object);
    return record ? record->raw() : std::string_view();
}

}  // namespace consentree::ledger

// The events of access: from the request to the deletion of what was delivered, and what subjects
// ask of those who hold their data (docs/events.md, "Access").
#include "ledger/event_fields.h"

namespace consentree::ledger {
namespace {

constexpr std::int64_t counts_max = 1'000'000'000'000'000;

void read_data_range(Fields& fields, AccessEvent& event) {
    event.data_from = fields.optional_time("data_from");
    event.data_until = fields.optional_time("data_until");
    if (event.data_from && event.data_until && *event.data_until <= *event.data_from) {
        fields.reader.fail("data_until", "it must be later than data_from");
    }
}

void read_request(Fields& fields, AccessEvent& event) {
    event.purpose = fields.code("purpose");
    event.categories = fields.codes("categories", 1);
    event.resources = fields.resources("resources");
    read_data_range(fields, event);
    event.action = fields.code("action");
    event.attended = fields.boolean("attended");
    event.place = fields.code("place", Need::optional);
    event.legal_basis = fields.legal_basis();
}

void read_delivery(Fields& fields, AccessEvent& event) {
    read_objects(fields, "status", 1, list_items, Need::required, [&](Fields& item) {
        std::string resource = item.code("resource");
        std::string status =
            item.one_of("status", {"ready", "delivered", "denied", "timeout", "pending", "failed"});
        event.status.push_back({std::move(resource), std::move(status)});
    });
    read_data_range(fields, event);
    if (fields.reader.find("record_count")) {
        event.record_count = fields.integer("record_count", 0, counts_max);
    }
    if (fields.reader.find("byte_count")) {
        event.byte_count = fields.integer("byte_count", 0, counts_max);
    }
    event.content_commitment = fields.sha256("content_commitment", Need::optional);
}

void read_use(Fields& fields, AccessEvent& event, Aftermath& after) {
    after.delivery = fields.code("delivery", Need::optional);
    event.purpose = fields.code("purpose");
    event.categories = fields.codes("categories", 1);
    event.action = fields.code("action");
    event.place = fields.code("place", Need::optional);
    event.legal_basis = fields.legal_basis();
}

void read_disclosure(Fields& fields, AccessEvent& event, Aftermath& after) {
    after.delivery = fields.code("delivery");
    after.onward_party = fields.code("onward_party");
    event.purpose = fields.code("purpose");
    event.categories = fields.codes("categories", 1);
    event.action = "disclose";
    event.place = fields.code("place", Need::optional);
    event.legal_basis = fields.legal_basis();
}

void read_deletion(Fields& fields) {
    fields.codes("deliveries", 1);
    fields.code("method");
    fields.text("attestation", text_bytes);
}

void read_result(Fields& fields, Aftermath& after) {
    after.request = fields.code("request");
    after.result = fields.one_of("result", {"done", "refused", "partial", "lifted"});
    after.ground = fields.code("ground", Need::optional);
    if (after.result != "done" && after.result != "lifted" && after.ground.empty()) {
        fields.reader.fail("ground", "a request that is not wholly met needs a ground");
    }
}

// Which sessions are affected: a list of them, or all of an institution in a time.
void read_affected(Fields& fields) {
    const bool has_sessions = fields.reader.find("sessions").has_value();
    if (has_sessions == fields.reader.find("query").has_value()) {
        fields.reader.fail("sessions", "either sessions or a query was expected");
    }
    fields.codes("sessions", 1, Need::optional);
    read_object(fields, "query", Need::optional, [](Fields& item) {
        item.code("actor_org");
        const TimeMs from = item.time("from");
        if (item.time("until") <= from) item.reader.fail("until", "it must be later than from");
    });
}

void read_breach(Fields& fields, AccessEvent& event) {
    fields.time("detected_at");
    fields.optional_time("notified_authority_at");
    fields.optional_time("notified_subjects_at");
    read_affected(fields);
    event.categories = fields.codes("categories", 1);
    fields.integer("count", 0, counts_max);
    fields.text("cause", text_bytes, Need::optional);
}

void read_correction(Fields& fields, Aftermath& after) {
    after.target_tx = fields.sha256("target_tx");
    after.target_position =
        static_cast<std::uint32_t>(fields.integer("target_position", 0, 1'000'000));
    fields.text("reason", text_bytes);
}

// The kinds that lead to a delivery, or refuse it.
bool read_first(Fields& fields, EventKind kind, AccessEvent& event) {
    switch (kind) {
        case EventKind::access_request: read_request(fields, event); return true;
        case EventKind::access_decision:
            event.claimed_permit = fields.one_of("claimed", {"permit", "deny"}) == "permit";
            event.reasons = fields.codes("reasons", 0);
            event.policy_version = fields.code("policy_version");
            return true;
        case EventKind::access_delivery: read_delivery(fields, event); return true;
        case EventKind::access_denial: event.reasons = fields.codes("reasons", 1); return true;
        default: return false;
    }
}

// The others.
void read_aftermath(Fields& fields, EventKind kind, AccessEvent& event) {
    Aftermath after;
    switch (kind) {
        case EventKind::access_receipt:
            after.delivery = fields.code("delivery");
            event.content_commitment = fields.sha256("content_commitment", Need::optional);
            break;
        case EventKind::access_use: read_use(fields, event, after); break;
        case EventKind::access_disclosure: read_disclosure(fields, event, after); break;
        case EventKind::access_deletion: read_deletion(fields); break;
        case EventKind::access_erasure_request:
            fields.codes("scope", 1);
            after.ground = fields.code("ground");
            after.until = fields.time("due");
            break;
        case EventKind::access_rights_request:
            after.right =
                fields.one_of("right", {"access", "rectify", "restrict", "port", "object"});
            after.until = fields.optional_time("due");
            break;
        case EventKind::access_erasure_result:
        case EventKind::access_rights_result: read_result(fields, after); break;
        case EventKind::access_breach: read_breach(fields, event); break;
        case EventKind::access_override:
            fields.text("reason", text_bytes);
            fields.code("approver");
            after.until = fields.time("until");
            break;
        default: read_correction(fields, after); break;
    }
    event.after.set(std::move(after));
}

// Events of an access session; the others stand for themselves.
bool is_of_session(EventKind kind) {
    return kind <= EventKind::access_deletion || kind == EventKind::access_override;
}

// Which of them cite a consent, always or unless the legal basis is another.
void check_citation(Fields& fields, EventKind kind, const AccessEvent& event) {
    if (!event.consent_id.empty() || !is_of_session(kind)) return;
    if (event.legal_basis.empty()) {
        fields.reader.fail("consent_id", "this event cites the consent of its session");
    } else if (event.legal_basis == "consent") {
        fields.reader.fail("consent_id", "an access on the basis of consent cites one");
    }
}

}  // namespace

AccessEvent read_access(Fields& fields, EventKind kind) {
    AccessEvent event;
    event.event_id = fields.code("event_id");
    event.session_id =
        fields.code("session_id", is_of_session(kind) ? Need::required : Need::optional);
    const bool cites_consent = fields.reader.find("issuer") || fields.reader.find("consent_id");
    if (cites_consent) {
        event.issuer = fields.institution("issuer");
        event.consent_id = fields.code("consent_id");
        event.version =
            static_cast<std::uint32_t>(fields.integer("version", 1, versions_max, Need::optional));
    }
    event.agreement = fields.code("agreement", Need::optional);
    event.actor_org = fields.code("actor_org");
    event.actor_user = fields.code("actor_user", Need::optional);
    event.subject = fields.subject(
        "subject", kind == EventKind::access_breach ? Need::optional : Need::required);
    event.trace_id = fields.code("trace_id", Need::optional);
    if (!read_first(fields, kind, event)) read_aftermath(fields, kind, event);
    check_citation(fields, kind, event);
    return event;
}

}  // namespace consentree::ledger

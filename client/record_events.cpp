// The events that bring no consent record: steps of a consent, and accesses.
#include "client/record.h"
#include "common/time.h"

#include <nlohmann/json.hpp>

namespace consentree::client {

namespace {

using Json = nlohmann::ordered_json;

void set_text(Json& object, const char* member, const std::string& value) {
    if (!value.empty()) object[member] = value;
}

std::string or_else(const std::string& value, const std::string& other) {
    return value.empty() ? other : value;
}

std::string dump(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// Events that stand in a session; the others are about a subject.
bool is_of_session(std::string_view type) {
    for (const char* other :
         {"access.erasure_request", "access.erasure_result", "access.breach",
          "access.rights_request", "access.rights_result", "access.correction"}) {
        if (type == other) return false;
    }
    return true;
}

// The ids of what subjects ask for are told apart from those of accesses.
std::string_view id_prefix(std::string_view type) {
    if (type == "access.breach") return "brc_";
    if (type.starts_with("access.erasure_") || type.starts_with("access.rights_")) return "rgt_";
    return "acc_";
}

Outcome<Json> own_members(const AccessEvent& access) {
    if (access.members.empty()) return Json::object();
    Json members = Json::parse(access.members, nullptr, false);
    if (members.is_object()) return members;
    return missing_member("members", "Give the event's own members as a JSON object.");
}

}  // namespace

ConsentStep step_of(const Withdraw& withdraw) {
    ConsentStep step;
    step.type = withdraw.revoke ? "consent.revoke" : "consent.withdraw";
    step.consent_id = withdraw.consent_id;
    step.version = withdraw.version;
    step.issuer = withdraw.issuer;
    step.reason = withdraw.reason;
    step.by = withdraw.by;
    return step;
}

Outcome<BuiltEvents> build_step(const ConsentStep& step,
                                const std::string& institution,
                                TimeMs now) {
    if (step.consent_id.empty()) return missing_member("consent_id", "Say which consent.");
    Json event;
    event["type"] = step.type;
    event["issuer"] = or_else(step.issuer, institution);
    event["consent_id"] = step.consent_id;
    event["version"] = step.version;
    if (!step.resources.empty()) event["resources"] = step.resources;
    set_text(event, "grantor", step.grantor);
    set_text(event, "method", step.method);
    set_text(event, "reason", step.reason);
    set_text(event, "by", step.by);
    event["occurred_at"] = format_time(now);
    if (event["issuer"] == "") return missing_member("issuer", "Give --issuer or --institution.");
    BuiltEvents built;
    built.consent_id = step.consent_id;
    built.events = {dump(event)};
    return built;
}

bool is_of_provider(std::string_view access_type) {
    for (const char* type :
         {"access.decision", "access.delivery", "access.denial", "access.override"}) {
        if (access_type == type) return true;
    }
    return false;
}

Outcome<BuiltEvents> build_access(const AccessEvent& access,
                                  const std::string& institution,
                                  TimeMs now) {
    const auto own = own_members(access);
    if (!own) return own.error();
    Json event;
    event["type"] = access.type;
    event["event_id"] = or_else(access.event_id, new_id(id_prefix(access.type), now));
    set_text(event, "session_id", access.session_id);
    if (!access.consent_id.empty()) {
        event["issuer"] = or_else(access.issuer, institution);
        event["consent_id"] = access.consent_id;
        if (access.version != 0) event["version"] = access.version;
    }
    set_text(event, "agreement", access.agreement);
    event["actor_org"] = or_else(access.actor, is_of_provider(access.type) ? "" : institution);
    set_text(event, "actor_user", access.actor_user);
    set_text(event, "subject", access.subject);
    for (const auto& [member, value] : own->items()) event[member] = value;
    set_text(event, "trace_id", access.trace_id);
    event["occurred_at"] = format_time(now);
    if (!access.occurred_at.empty()) {
        auto when = parse_when(access.occurred_at, now);
        if (!when) return when.error();
        event["occurred_at"] = *when;
    }
    if (event["actor_org"] == "") {
        return missing_member("actor_org", "Say which institution accesses (--actor).");
    }
    if (access.subject.empty() && access.type != "access.breach") {
        return missing_member("subject", "Say whose data it is (--subject), or cite a consent.");
    }
    if (access.session_id.empty() && is_of_session(access.type)) {
        return missing_member("session_id", "Say in which session: access record printed its id.");
    }
    BuiltEvents built;
    built.consent_id = access.consent_id;
    built.event_id = event["event_id"].get<std::string>();
    built.session_id = access.session_id;
    built.events = {dump(event)};
    return built;
}

Outcome<BuiltEvents> build_access(const AccessRecord& access,
                                  const std::string& institution,
                                  TimeMs now) {
    if (access.purpose.empty()) return missing_member("purpose", "Give it in the call.");
    if (access.data.empty()) {
        return missing_member("categories", "Say which categories of data (--data).");
    }
    Json own;
    own["purpose"] = access.purpose;
    own["categories"] = access.data;
    own["resources"] = access.resources.empty() ? Json("all") : Json(access.resources);
    for (const auto& [member, text] :
         {std::pair{"data_from", access.data_from}, std::pair{"data_until", access.data_until}}) {
        if (text.empty()) continue;
        auto when = parse_when(text, now);
        if (!when) return when.error();
        own[member] = *when;
    }
    own["action"] = access.action;
    own["attended"] = access.attended;
    set_text(own, "place", access.place);
    own["legal_basis"] = access.legal_basis;
    AccessEvent event;
    event.type = "access.request";
    event.members = own.dump(-1, ' ', false, Json::error_handler_t::replace);
    event.consent_id = access.consent_id;
    event.version = access.version;
    event.issuer = access.issuer;
    event.subject = access.subject;
    event.actor = access.actor;
    event.actor_user = access.actor_user;
    event.agreement = access.agreement;
    event.trace_id = access.trace_id;
    event.occurred_at = access.occurred_at;
    event.event_id = access.event_id;
    event.session_id = or_else(access.session_id, new_id("ses_", now));
    return build_access(event, institution, now);
}

}  // namespace consentree::client

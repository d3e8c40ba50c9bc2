#include "client/synthetic/event_text.h"

#include "common/hash.h"
#include "common/time.h"

namespace consentree::client::synthetic {
namespace {

constexpr std::string_view open_time = "0000-00-00T00:00:00.000Z";
constexpr std::string_view open_target =
    "0000000000000000000000000000000000000000000000000000000000000000";
// Of the notice, which is the same for all.
const std::string& notice_sha256() {
    static const std::string hash =
        to_hex(sha256(as_bytes("Whose data are shared with whom, and what for.")).view());
    return hash;
}

void fill(std::string& text, std::string_view open, std::string_view value) {
    const std::size_t at = text.rfind(open);
    if (at != std::string::npos) text.replace(at, open.size(), value);
}

std::string quoted(std::string_view value) {
    return '"' + std::string(value) + '"';
}

std::string record_of(const ConsentText& c) {
    std::string out = R"({"schema":"consentree/consent/1","consent_id":")" + c.id;
    out += R"(","issuer":")" + c.issuer + R"(","version":)" + std::to_string(c.version);
    out += R"(,"subject":")" + c.subject + R"(","grantors":[{"party":")" + c.subject;
    out += R"(","capacity":"self"}],"provider":")" + c.issuer + R"(","recipients":)" + c.recipients;
    out += R"(,"purposes":[{"code":")" + c.purpose + R"("}],"legal_basis":)";
    out += quoted(c.legal_basis);
    if (!c.agreement.empty()) out += R"(,"agreement":)" + quoted(c.agreement);
    if (!c.review.empty()) out += R"(,"needs_review":)" + quoted(c.review);
    out += R"(,"categories":)" + c.categories + R"(,"resources":)" + c.resources;
    out += R"(,"actions":)" + c.actions + R"(,"valid_from":)" + quoted(c.valid_from);
    out += R"(,"valid_until":)" + quoted(c.valid_until);
    if (!c.data_from.empty()) out += R"(,"data_from":)" + quoted(c.data_from);
    if (!c.data_until.empty()) out += R"(,"data_until":)" + quoted(c.data_until);
    out += R"(,"fetch":)" + c.fetch + R"(,"retention":)" + c.retention;
    if (!c.places.empty()) out += R"(,"geo_limit":)" + c.places;
    out += R"(,"storage_places":[")" + c.country + R"("],"jurisdiction":[")" + c.country;
    out += R"("],"notice":{"uri":"https://)" + c.issuer + R"(.example/notice","version":"3",)";
    out += R"("sha256":")" + notice_sha256() + R"(","language":"en"},)";
    out += R"("expression":{"type":"explicit","method":"app","at":)" + quoted(c.said_at);
    return out + R"(},"withdrawal_uri":"https://)" + c.issuer + R"(.example/consents"})";
}

EventText about(std::string_view type, const ConsentText& consent) {
    EventText event("consent." + std::string(type));
    event.text("issuer", consent.issuer).text("consent_id", consent.id);
    event.number("version", consent.version);
    return event;
}

}  // namespace

std::string finished(const Draft& draft, TimeMs occurred, TimeMs now, std::string_view target_tx) {
    std::string text = draft.text;
    fill(text, open_time, format_time(occurred));
    fill(text, soon_text, format_time(now + soon_ms));
    if (draft.needs_target) fill(text, open_target, target_tx);
    return text;
}

EventText& EventText::json(std::string_view name, std::string_view value) {
    if (out_.size() > 1) out_ += ',';
    out_ += '"';
    out_ += name;
    out_ += "\":";
    out_ += value;
    return *this;
}

EventText& EventText::text(std::string_view name, std::string_view value) {
    return json(name, quoted(value));
}

EventText& EventText::number(std::string_view name, std::uint64_t value) {
    return json(name, std::to_string(value));
}

EventText& EventText::optional(std::string_view name, std::string_view value) {
    return value.empty() ? *this : text(name, value);
}

Draft EventText::draft() const {
    Draft draft;
    draft.text = out_ + R"(,"occurred_at":")" + std::string(open_time) + "\"}";
    return draft;
}

Draft EventText::correction() const {
    EventText whole = *this;
    Draft draft = whole.text("target_tx", open_target).number("target_position", 0).draft();
    draft.needs_target = true;
    return draft;
}

Draft consent_event(std::string_view type, const ConsentText& consent) {
    return EventText("consent." + std::string(type)).json("consent", record_of(consent)).draft();
}

std::string periodic(unsigned count, std::string_view unit) {
    if (count == 0) return R"({"kind":"periodic"})";
    return R"({"kind":"periodic","count":)" + std::to_string(count) + R"(,"unit":")" +
           std::string(unit) + "\"}";
}

Draft change_event(std::string_view type,
                   const ConsentText& consent,
                   std::string_view reason,
                   std::string_view resources) {
    EventText event = about(type, consent);
    if (!resources.empty()) event.json("resources", resources);
    return event.optional("reason", reason).draft();
}

Draft authorise_event(const ConsentText& consent) {
    return about("authorise", consent)
        .text("grantor", consent.subject)
        .text("method", "sca")
        .draft();
}

EventText access_text(std::string_view type,
                      const SessionText& session,
                      std::string_view event_id) {
    EventText event("access." + std::string(type));
    event.text("event_id", event_id).optional("session_id", session.session);
    event.optional("issuer", session.issuer).optional("consent_id", session.consent);
    if (session.version != 0) event.number("version", session.version);
    event.text("actor_org", session.actor).optional("actor_user", session.user);
    return event.optional("subject", session.subject);
}

}  // namespace consentree::client::synthetic

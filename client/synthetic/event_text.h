// Texts of events, as docs/events.md has them, with the time of the event left open. Pure. What
// goes in are codes and labels of the generator's own: nothing needs escaping.
#pragma once

#include "common/types.h"

#include <string>
#include <string_view>

namespace consentree::client::synthetic {

// An event without its time.
struct Draft {
    std::string text;
    bool claims_earlier = false;  // It claims to have happened before this round's changes.
    bool needs_target = false;    // A correction: target_tx is open too.
};
// How long a consent is valid that expires while the data are loaded.
inline constexpr TimeMs soon_ms = 5000;
// The event with its time, and with what else was open.
std::string finished(const Draft& draft, TimeMs occurred, TimeMs now, std::string_view target_tx);
// Stands for "soon" in valid_until.
inline constexpr std::string_view soon_text = "9999-00-00T00:00:00.000Z";

// Members of a JSON object in the order in which they are added.
class EventText {
public:
    explicit EventText(std::string_view type) { text("type", type); }
    EventText& text(std::string_view name, std::string_view value);
    EventText& json(std::string_view name, std::string_view value);
    EventText& number(std::string_view name, std::uint64_t value);
    // Left out if it is empty.
    EventText& optional(std::string_view name, std::string_view value);
    Draft draft() const;
    Draft correction() const;

private:
    std::string out_ = "{";
};

struct ConsentText {
    std::string id, subject, issuer;  // The issuer is the provider too.
    std::uint32_t version = 1;
    std::string recipients;  // JSON, as the rest but for codes and times.
    std::string purpose;
    std::string categories, resources = "\"all\"", actions = R"(["view","store"])";
    std::string legal_basis, agreement, country, review;
    std::string valid_from, valid_until;
    std::string data_from, data_until;
    std::string fetch, retention = R"({"unit":"day","value":30,"basis":"from_delivery"})";
    std::string places;
    std::string said_at;
};
Draft consent_event(std::string_view type, const ConsentText& consent);
// {"kind":"periodic","count":4,"unit":"day"}; count 0: no limit.
std::string periodic(unsigned count, std::string_view unit);
// reject, suspend, resume, withdraw, revoke, invalidate, and resource_add and _remove with
// resources.
Draft change_event(std::string_view type,
                   const ConsentText& consent,
                   std::string_view reason,
                   std::string_view resources = {});
Draft authorise_event(const ConsentText& consent);

// What the events of a session have in common.
struct SessionText {
    std::string session, issuer, consent, actor, user, subject;
    std::uint32_t version = 0;
};
EventText access_text(std::string_view type, const SessionText& session, std::string_view event_id);

}  // namespace consentree::client::synthetic

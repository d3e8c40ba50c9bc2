// The events that institutions submit, parsed: consent lifecycle and access (docs/events.md).
// Pure values that own their text; the signed JSON bytes themselves are kept by the transaction.
// Parsing checks grammar and schema only: what an event may do is decided at execution.
#pragma once

#include "common/error.h"
#include "common/types.h"

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace consentree::ledger {

// The kind byte of a log entry. 0x00 is the SEAL; gaps are kept for events to come.
enum class EventKind : std::uint8_t {
    consent_request = 0x01,
    consent_authorise = 0x02,
    consent_reject = 0x03,
    consent_amend = 0x04,
    consent_suspend = 0x06,
    consent_resume = 0x07,
    consent_withdraw = 0x0a,
    consent_revoke = 0x0b,
    access_request = 0x20,
    access_decision = 0x21,
    access_delivery = 0x22,
    access_denial = 0x24,
};
inline bool is_access(EventKind kind) {
    return static_cast<std::uint8_t>(kind) >= 0x20;
}
// The member "type": "consent.request". Empty for a byte that is no kind.
std::string_view type_name(EventKind kind);
std::optional<EventKind> kind_of(std::string_view type_name);

// Accounts or records in scope: all of them, or those listed.
struct Resources {
    bool all = false;
    std::vector<std::string> labels;
    bool operator==(const Resources&) const = default;
};

struct Grantor {
    std::string party;
    std::string capacity;  // self, joint_holder, guardian, attorney, ...
    std::optional<TimeMs> authority_until;
    bool operator==(const Grantor&) const = default;
};

enum class TimeUnit : std::uint8_t { hour = 1, day = 2, month = 3, year = 4 };
enum class Window : std::uint8_t { sliding = 1, calendar = 2, anchored = 3 };

// How often data may be fetched. count 0: periodic without a limit.
struct Fetch {
    bool once = false;
    std::uint32_t count = 0;
    TimeUnit unit = TimeUnit::day;
    Window window = Window::sliding;
    bool operator==(const Fetch&) const = default;
};

// What of a consent record the rules read. The record's other members are checked against the
// schema and live on in the event's bytes.
struct ConsentRecord {
    std::string consent_id;
    std::string issuer;
    std::uint32_t version = 1;
    std::string supersedes;  // Consent id of the same issuer, or empty.
    std::string subject;
    std::vector<Grantor> grantors;
    std::uint32_t threshold = 1;  // Grantors who must authorise: any = 1, all = their number.
    std::string provider;
    std::vector<std::string> recipients;
    std::string manager;  // Or empty.
    std::vector<std::string> purposes;
    std::string legal_basis;
    std::vector<std::string> categories;
    Resources resources;
    std::vector<std::string> actions;
    TimeMs valid_from = 0;
    std::optional<TimeMs> valid_until;
    std::optional<TimeMs> data_from, data_until;
    Fetch fetch;
    std::optional<std::uint32_t> max_uses;
    bool operator==(const ConsentRecord&) const = default;
};

// request, amend (record set), authorise (grantor set), reject, suspend, resume, withdraw, revoke.
struct LifecycleEvent {
    std::string issuer;
    std::string consent_id;
    std::uint32_t version = 1;
    std::optional<ConsentRecord> record;
    std::string grantor;
    std::string reason;  // Or empty.
    std::string by;      // Or empty.
    bool operator==(const LifecycleEvent&) const = default;
};

struct ResourceStatus {
    std::string resource;
    std::string status;  // ready, delivered, denied, timeout, pending, failed
    bool operator==(const ResourceStatus&) const = default;
};

// Members that an event of its kind does not have are empty.
struct AccessEvent {
    std::string event_id;
    std::string session_id;
    std::string issuer;         // Both empty only if the legal basis is not consent
    std::string consent_id;     // and no consent is cited.
    std::uint32_t version = 0;  // Of the consent; 0: whichever is in force.
    std::string actor_org;
    std::string actor_user;
    std::string subject;
    std::string trace_id;
    // access.request
    std::string purpose;
    std::vector<std::string> categories;
    Resources resources;
    std::optional<TimeMs> data_from, data_until;
    std::string action;
    bool attended = false;
    std::string place;
    std::string legal_basis;  // consent, contract, legal_obligation, vital, public_task, ...
    // access.decision and access.denial
    bool claimed_permit = false;
    std::vector<std::string> reasons;
    std::string policy_version;
    // access.delivery
    std::vector<ResourceStatus> status;
    std::optional<std::int64_t> record_count, byte_count;
    std::string content_commitment;
    bool operator==(const AccessEvent&) const = default;
};

struct Event {
    EventKind kind = EventKind::consent_request;
    TimeMs occurred_at = 0;  // As the submitter claims; never decides.
    std::variant<LifecycleEvent, AccessEvent> body;

    const LifecycleEvent& lifecycle() const { return std::get<LifecycleEvent>(body); }
    const AccessEvent& access() const { return std::get<AccessEvent>(body); }
    bool operator==(const Event&) const = default;
};

// Strict: unknown, missing, repeated or over-long members are refused with code (malformed-json,
// schema-violation, too-large), sentence and JSON Pointer.
Checked<Event> parse_event(std::string_view json);
// The exact bytes of the record in a consent.request or consent.amend that parse_event accepts;
// empty for other input.
std::string_view record_json(std::string_view event_json);

// The grammars of labels, for those who build events. 1 to 128 of [A-Za-z0-9:._|-].
bool is_code(std::string_view text);
// "sub:" and 1 to 64 of [A-Za-z0-9._-].
bool is_subject(std::string_view text);
// 1 to 64 of [a-z0-9-].
bool is_institution(std::string_view text);

}  // namespace consentree::ledger

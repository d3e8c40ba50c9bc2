// The events that institutions submit, parsed: consent lifecycle, parties, agreements and
// policies, access (docs/events.md).
// Pure values that own their text; the signed JSON bytes themselves are kept by the transaction.
// Parsing checks grammar and schema only: what an event may do is decided at execution.
#pragma once

#include "common/error.h"
#include "common/types.h"

#include <memory>
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
    consent_renew = 0x05,
    consent_suspend = 0x06,
    consent_resume = 0x07,
    consent_resource_add = 0x08,
    consent_resource_remove = 0x09,
    consent_withdraw = 0x0a,
    consent_revoke = 0x0b,
    consent_invalidate = 0x0c,
    party_register = 0x10,
    agreement_propose = 0x11,
    agreement_accept = 0x12,
    agreement_end = 0x13,
    policy_propose = 0x18,
    policy_approve = 0x19,
    access_request = 0x20,
    access_decision = 0x21,
    access_delivery = 0x22,
    access_receipt = 0x23,
    access_denial = 0x24,
    access_use = 0x25,
    access_disclosure = 0x26,
    access_deletion = 0x27,
    access_erasure_request = 0x28,
    access_erasure_result = 0x29,
    access_rights_request = 0x2a,
    access_rights_result = 0x2b,
    access_breach = 0x2c,
    access_override = 0x2d,
    access_correction = 0x2e,
};
inline bool is_lifecycle(EventKind kind) {
    return static_cast<std::uint8_t>(kind) < 0x10;
}
inline bool is_policy(EventKind kind) {
    return kind == EventKind::policy_propose || kind == EventKind::policy_approve;
}
// request, amend and renew: a whole consent record.
inline bool brings_record(EventKind kind) {
    return kind == EventKind::consent_request || kind == EventKind::consent_amend ||
           kind == EventKind::consent_renew;
}
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
    bool states_window = false;  // The record says how it lies, else its scheme may.
    bool operator==(const Fetch&) const = default;
};

// Where neither record nor scheme says: hours and days slide, months and years are anchored.
inline Window default_window(TimeUnit unit) {
    const bool is_short = unit == TimeUnit::hour || unit == TimeUnit::day;
    return is_short ? Window::sliding : Window::anchored;
}

// How long the recipient may keep what was delivered.
struct Retention {
    enum class Basis : std::uint8_t { from_delivery = 1, until_time = 2, until_event = 3 };
    Basis basis = Basis::from_delivery;
    bool is_infinite = false;
    TimeUnit unit = TimeUnit::day;
    std::uint32_t value = 0;      // 0: nothing may be kept.
    std::optional<TimeMs> until;  // With until_time.
    bool operator==(const Retention&) const = default;
};

// What of a consent record the rules read. The record's other members are checked against the
// schema and live on in the event's bytes.
struct ConsentRecord {
    std::string consent_id;
    std::string issuer;
    std::uint32_t version = 1;
    std::string supersedes;  // Consent id of the same issuer, or empty.
    std::string subject;
    std::string subject_kind;  // person, joint, organisation, minor; or empty.
    std::vector<Grantor> grantors;
    std::uint32_t threshold = 1;  // Grantors who must authorise: any = 1, all = their number.
    std::string provider;
    std::vector<std::string> recipients;
    std::vector<std::string> onward;  // Of these, who may pass data on.
    std::string manager;              // Or empty.
    std::string scheme;               // Policy that it is under; its template. Or empty.
    std::string template_id;
    std::string agreement;  // Data-sharing agreement that it is under, or empty.
    std::vector<std::string> purposes;
    std::string legal_basis;
    std::string special_basis;  // Or empty.
    std::vector<std::string> categories;
    Resources resources;
    std::vector<std::string> actions;
    TimeMs valid_from = 0;
    std::optional<TimeMs> valid_until;
    std::optional<TimeMs> data_from, data_until;
    Fetch fetch;
    std::optional<std::uint32_t> max_uses;
    Retention retention;
    std::vector<std::string> geo_limit;
    bool needs_review = false;  // A person must read it: the rules cannot tell what it permits.
    bool operator==(const ConsentRecord&) const = default;
};

// request, amend, renew (record set), authorise (grantor set), resource_add, resource_remove
// (resources set), reject, suspend, resume, withdraw, revoke, invalidate.
struct LifecycleEvent {
    std::string issuer;
    std::string consent_id;
    std::uint32_t version = 1;
    std::optional<ConsentRecord> record;
    std::string grantor;
    std::vector<std::string> resources;
    std::string reason;  // Or empty.
    std::string by;      // Or empty.
    bool operator==(const LifecycleEvent&) const = default;
};

struct PartyEvent {
    std::string party_id;
    bool operator==(const PartyEvent&) const = default;
};

// What of a data-sharing agreement the rules read.
struct AgreementTerms {
    std::vector<std::string> parties;  // Institutions.
    std::vector<std::string> purposes;
    std::vector<std::string> categories;  // Empty: not limited.
    TimeMs valid_from = 0;
    std::optional<TimeMs> valid_until;
    bool operator==(const AgreementTerms&) const = default;
};
// propose (terms and the hash of the agreement's bytes), accept (that hash), end.
struct AgreementEvent {
    std::string agreement_id;
    std::uint32_t version = 1;
    std::optional<AgreementTerms> terms;
    std::string sha256;  // Lower-case hexadecimal.
    bool operator==(const AgreementEvent&) const = default;
};

// A scheme or vocabulary: propose (the exact bytes of its document), approve.
struct PolicyEvent {
    std::string policy_id;
    std::uint32_t version = 1;
    std::string sha256;  // Of the document, lower-case hexadecimal.
    std::string document;
    bool is_vocabulary = false, is_mapping = false;  // Neither: a scheme.
    bool operator==(const PolicyEvent&) const = default;
};

struct ResourceStatus {
    std::string resource;
    std::string status;  // ready, delivered, denied, timeout, pending, failed
    bool operator==(const ResourceStatus&) const = default;
};

// A value that most owners lack: then it reads as T{}, and costs a pointer.
template <class T>
class Rare {
public:
    const T& operator*() const {
        static const T nothing{};
        return value_ ? *value_ : nothing;
    }
    const T* operator->() const { return &**this; }
    void set(T value) { value_ = std::make_shared<const T>(std::move(value)); }
    bool operator==(const Rare& other) const { return **this == *other; }

private:
    std::shared_ptr<const T> value_;
};

// What comes after a delivery, and what subjects ask for.
struct Aftermath {
    std::string delivery;      // receipt, use, disclosure: event_id of the delivery.
    std::string onward_party;  // disclosure
    std::string right;         // rights_request: access, rectify, restrict, port, object
    std::string request;       // erasure_result, rights_result: event_id of the request.
    std::string result;        // Of these: done, refused, partial, lifted.
    std::string ground;        // erasure_request and the results.
    std::string target_tx;     // correction: lower-case hexadecimal,
    std::uint32_t target_position = 0;
    std::optional<TimeMs> until;  // override: its end; erasure_request, rights_request: due.
    bool operator==(const Aftermath&) const = default;
};

// Members that an event of its kind does not have are empty.
struct AccessEvent {
    std::string event_id;
    std::string session_id;
    std::string issuer;  // Both empty if no consent is cited.
    std::string consent_id;
    std::uint32_t version = 0;  // Of the consent; 0: whichever is in force.
    std::string actor_org;
    std::string actor_user;
    std::string subject;
    std::string trace_id;
    std::string agreement;  // Cited for this access, or empty.
    // access.request; use and disclosure have some of them.
    std::string purpose;
    std::vector<std::string> categories;
    Resources resources;
    std::optional<TimeMs> data_from, data_until;  // access.delivery too.
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
    std::string content_commitment;  // access.receipt too.
    Rare<Aftermath> after;
    bool operator==(const AccessEvent&) const = default;
};

struct Event {
    EventKind kind = EventKind::consent_request;
    TimeMs occurred_at = 0;  // As the submitter claims; never decides.
    std::variant<LifecycleEvent, AccessEvent, PartyEvent, AgreementEvent, PolicyEvent> body;

    const LifecycleEvent& lifecycle() const { return std::get<LifecycleEvent>(body); }
    const AccessEvent& access() const { return std::get<AccessEvent>(body); }
    const AgreementEvent& agreement() const { return std::get<AgreementEvent>(body); }
    const PolicyEvent& policy() const { return std::get<PolicyEvent>(body); }
    bool operator==(const Event&) const = default;
};

// Strict: unknown, missing, repeated or over-long members are refused with code (malformed-json,
// schema-violation, too-large), sentence and JSON Pointer.
Checked<Event> parse_event(std::string_view json);
// The exact bytes of the record in a consent.request, amend or renew that parse_event accepts;
// empty for other input.
std::string_view record_json(std::string_view event_json);

// The grammars of labels, for those who build events. 1 to 128 of [A-Za-z0-9:._|-].
bool is_code(std::string_view text);
// "sub:" and 1 to 64 of [A-Za-z0-9._-].
bool is_subject(std::string_view text);
// 1 to 64 of [a-z0-9-].
bool is_institution(std::string_view text);

}  // namespace consentree::ledger

#include "ledger/watch/rules.h"

#include "common/assert.h"
#include "common/hash.h"
#include "common/time.h"
#include "ledger/access.h"
#include "ledger/watch/scene.h"

namespace consentree::ledger::watch {
namespace {

constexpr TimeMs hour_ms = 3'600'000;

enum class What : std::uint8_t { delivery = 1, receipt = 2, retention = 3, request = 4 };

Hash key_of(What what, BytesView scope, std::string_view id) {
    const std::uint8_t tag = static_cast<std::uint8_t>(what);
    const std::uint8_t zero = 0;
    return sha256({BytesView(&tag, 1), scope, BytesView(&zero, 1), as_bytes(id)});
}
// Of a delivery's halves the event_id is that of the delivery.
Hash half_key(What what, const AccessEvent& access, std::string_view delivery) {
    return key_of(what, session_key_of(access), delivery);
}
Hash request_key(const AccessEvent& access, std::string_view request) {
    const std::string scope = access.subject + '\0' + access.actor_org;
    return key_of(What::request, as_bytes(scope), request);
}

bool has_ended(ConsentStatus status) {
    return status == ConsentStatus::withdrawn || status == ConsentStatus::revoked ||
           status == ConsentStatus::invalidated;
}

std::string list_text(const std::vector<std::string>& items) {
    std::string text;
    for (const std::string& item : items) text += (text.empty() ? "" : ", ") + item;
    return text;
}

}  // namespace

struct Rules::Scene {
    const EntryView& entry;
    const Event& event;
    const Reader& reader;
    const AccessEvent& access;
    std::optional<Cited> consent;
    Findings findings;

    TimeMs time() const { return time_of(entry); }
    std::string deed() const { return deed_text(event.kind, access, consent); }
    void raise(Rule rule, Severity severity, std::string sentence) {
        Alert alert = alert_about(rule, severity, entry, access, consent);
        alert.sentence = std::move(sentence);
        findings.raised.push_back(std::move(alert));
    }
};

Rules::Findings Rules::read(const EntryView& entry, const Reader& reader) {
    if (!is_access(entry.kind)) return {};
    const auto event = parse_event(as_text(entry.event_bytes));
    if (!event) return {};  // It was admitted by this very function.
    const AccessEvent& access = event->access();
    Scene scene{entry, *event, reader, access, cited_by(access, reader), {}};
    switch (entry.kind) {
        case EventKind::access_request:
        case EventKind::access_use:
        case EventKind::access_disclosure:
            judge(scene);
            near_cap(scene);
            volume(scene);
            break;
        case EventKind::access_delivery:
            judge(scene);
            delivery(scene);
            break;
        case EventKind::access_receipt: receipt(scene); break;
        case EventKind::access_deletion:
            fulfil(half_key(What::retention, access, ""), scene.findings);
            break;
        case EventKind::access_erasure_request:
        case EventKind::access_rights_request:
            if (!access.after->until) break;
            expect(scene, Rule::overdue_request, request_key(access, access.event_id),
                   *access.after->until, scene.findings);
            break;
        case EventKind::access_erasure_result:
        case EventKind::access_rights_result:
            fulfil(request_key(access, access.after->request), scene.findings);
            break;
        case EventKind::access_breach:
            scene.raise(Rule::breach, Severity::serious,
                        access.actor_org + " recorded a breach of " + list_text(access.categories));
            break;
        case EventKind::access_override:
            scene.raise(Rule::override_used, Severity::warning,
                        "break-glass access for " + access.actor_org + " was allowed until " +
                            format_time(*access.after->until));
            break;
        default: break;
    }
    return std::move(scene.findings);
}

// What the verdict alone says.
void Rules::judge(Scene& scene) {
    const std::uint32_t flags = scene.entry.flags;
    const Verdict verdict = verdict_of(scene.entry.verdict);
    if (verdict == Verdict::override_used) {
        scene.raise(
            Rule::override_used, Severity::warning,
            scene.deed() + " by break-glass access, against " + list_text(reason_codes(flags)));
    }
    if (verdict == Verdict::needs_review) {
        scene.raise(
            Rule::needs_review, Severity::notice,
            scene.deed() + ", which a person has to read: the rules cannot tell what it permits");
    }
    const auto status = static_cast<ConsentStatus>(flags >> flag_status_shift);
    const bool is_after = (flags & flag_of(Check::state)) != 0 && has_ended(status);
    if (verdict != Verdict::deny || !is_after || !scene.consent) return;
    // Final states do not change: the tables of a later block say the same.
    const TimeMs since = scene.consent->status_since;
    std::string sentence = scene.deed() + ", which was " + std::string(status_name(status)) + " " +
                           span_text(scene.time() - since) + " before";
    if ((flags & flag_in_flight) != 0) {
        sentence += "; it says that this was " + span_text(since - scene.event.occurred_at) +
                    " before the ledger knew";
        return scene.raise(Rule::after_end, Severity::warning, std::move(sentence));
    }
    const bool is_asking = scene.entry.kind == EventKind::access_request;
    scene.raise(Rule::after_end, is_asking ? Severity::warning : Severity::serious,
                std::move(sentence));
}

void Rules::near_cap(Scene& scene) {
    const bool is_use = scene.entry.kind == EventKind::access_request &&
                        verdict_of(scene.entry.verdict) == Verdict::permit &&
                        !scene.access.attended;
    if (!is_use || !scene.consent || scene.consent->record.fetch.count < 2) return;
    const ConsentRecord& record = scene.consent->record;
    const std::uint64_t uses = uses_in_window(*scene.consent, scene.time(), scene.reader);
    if (uses * 100 < std::uint64_t{record.fetch.count} * settings_.near_cap_percent) return;
    // Once in a window.
    const TimeMs start = window_start(record.fetch, record.valid_from, scene.time());
    const auto said = said_near_cap_.take(scene.consent->key);
    const bool is_said = said && *said >= start;
    said_near_cap_.put(scene.consent->key, is_said ? *said : scene.time());
    if (is_said) return;
    scene.raise(Rule::near_cap, Severity::notice,
                scene.deed() + ": " + std::to_string(uses) + " of " +
                    std::to_string(record.fetch.count) + " uses in the window that began " +
                    format_time(start));
}

void Rules::volume(Scene& scene) {
    const auto unusual = volume_.count(scene.access.actor_org, scene.time());
    if (!unusual) return;
    scene.raise(Rule::unusual_volume, Severity::warning,
                scene.access.actor_org + " made " + std::to_string(unusual->in_hour) +
                    " accesses in this hour; in the " + std::to_string(unusual->hours) +
                    " hours before it was " + std::to_string(unusual->mean) +
                    " on average, with a standard deviation of " + std::to_string(unusual->spread));
    scene.findings.raised.back().subject.clear();  // It is about the institution.
}

void Rules::delivery(Scene& scene) {
    const AccessEvent& access = scene.access;
    if (!is_handed_over(access)) return;
    const Hash receipt_key = half_key(What::receipt, access, access.event_id);
    const Hash key = half_key(What::delivery, access, access.event_id);
    if (const auto waiting = obligations_.find(receipt_key)) {
        fulfil(receipt_key, scene.findings);
        confirmed_.put(key, scene.entry.index);
        compare(scene, waiting->leaf);
    } else if (!obligations_.find(key)) {
        expect(scene, Rule::unconfirmed_delivery, key,
               scene.time() + settings_.confirm_hours * hour_ms, scene.findings);
    }
    if (!scene.consent) return;
    const auto end = retention_end(scene.consent->record.retention, scene.time());
    if (!end) return;
    expect(scene, Rule::retention_ended, half_key(What::retention, access, ""),
           std::max(*end, scene.time()) + settings_.deletion_hours * hour_ms, scene.findings);
}

void Rules::receipt(Scene& scene) {
    const Hash key = half_key(What::delivery, scene.access, scene.access.after->delivery);
    const Hash own = half_key(What::receipt, scene.access, scene.access.after->delivery);
    if (const auto waiting = obligations_.find(key)) {
        fulfil(key, scene.findings);
        confirmed_.put(key, waiting->leaf);
        return compare(scene, waiting->leaf);
    }
    if (const auto leaf = confirmed_.take(key)) {
        confirmed_.put(key, *leaf);
        return compare(scene, *leaf);
    }
    if (obligations_.find(own)) return;
    expect(scene, Rule::unmatched_receipt, own, scene.time() + settings_.confirm_hours * hour_ms,
           scene.findings);
}

void Rules::compare(Scene& scene, std::uint64_t other_leaf) {
    const auto other = get_entry(scene.reader, other_leaf);
    const auto event = other ? parse_event(as_text(other->event_bytes)) : Checked<Event>(Refusal{});
    if (!event || !is_access(event->kind)) return;
    const std::string& theirs = event->access().content_commitment;
    const std::string& ours = scene.access.content_commitment;
    if (theirs.empty() || ours.empty() || theirs == ours) return;
    scene.raise(Rule::commitment_differs, Severity::serious,
                "what was handed over to " + scene.access.actor_org +
                    " and what it received differ: the "
                    "commitment of entry " +
                    std::to_string(scene.entry.index) + " is not that of entry " +
                    std::to_string(other_leaf));
}

void Rules::expect(const Scene& scene, Rule rule, const Hash& key, TimeMs due, Findings& findings) {
    const auto before = obligations_.expect(key, {rule, due, scene.entry.index, false});
    if (before && before->is_named) {
        findings.ended.push_back(id_of(before->rule, before->leaf));
    }
}

void Rules::fulfil(const Hash& key, Findings& findings) {
    const auto done = obligations_.fulfil(key);
    if (done && done->is_named) findings.ended.push_back(id_of(done->rule, done->leaf));
}

Rules::Findings Rules::read(const Seal& seal, const Reader& reader) {
    Findings findings;
    for (const auto& one :
         obligations_.take_overdue(static_cast<TimeMs>(seal.block_time_us / 1000))) {
        findings.raised.push_back(overdue(one, seal, reader));
    }
    return findings;
}

Alert Rules::overdue(const Obligations::One& one, const Seal& seal, const Reader& reader) const {
    const auto entry = get_entry(reader, one.leaf);
    CT_ASSERT(entry.has_value());
    const auto event = parse_event(as_text(entry->event_bytes));
    CT_ASSERT(event.has_value());
    const AccessEvent& access = event->access();
    const auto consent = cited_by(access, reader);
    Alert alert = alert_about(one.rule, Severity::warning, *entry, access, consent);
    const TimeMs now = static_cast<TimeMs>(seal.block_time_us / 1000);
    alert.raised = {{seal.index, 0}, seal.height, now};
    const std::string deed = deed_text(entry->kind, access, consent);
    switch (one.rule) {
        case Rule::unconfirmed_delivery:
            alert.sentence = deed + ", and " + access.actor_org +
                             " has not recorded its receipt within " +
                             span_text(settings_.confirm_hours * hour_ms);
            break;
        case Rule::unmatched_receipt:
            alert.sentence = deed + ", and no delivery " + access.after->delivery +
                             " was recorded within " + span_text(settings_.confirm_hours * hour_ms);
            break;
        case Rule::overdue_request: {
            const bool is_erasure = entry->kind == EventKind::access_erasure_request;
            alert.severity = Severity::serious;
            alert.sentence = access.actor_org + " has not answered " +
                             (is_erasure ? "the request for erasure " : "the request ") +
                             access.event_id + ", which was due " + format_time(one.due);
            break;
        }
        default:
            alert.severity = Severity::serious;
            alert.sentence = deed + "; it may be kept no longer, and no deletion is recorded";
            break;
    }
    return alert;
}

}  // namespace consentree::ledger::watch

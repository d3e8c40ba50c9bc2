#include "client/report/book.h"

#include "client/report/cells.h"
#include "client/report/session.h"
#include "common/time.h"

#include <algorithm>

namespace consentree::client::report {

using ledger::ConsentStatus;
using ledger::EventKind;

namespace {

std::shared_ptr<const ledger::Terms> terms_of(const Seen& seen) {
    return std::make_shared<const ledger::Terms>(
        ledger::Terms{*seen.event.lifecycle().record, seen.entry.index, seen.time,
                      seen.entry.head.height, seen.event.kind == EventKind::consent_renew});
}

}  // namespace

KnownConsent& Book::begin(const Seen& seen) {
    const ledger::LifecycleEvent& body = seen.event.lifecycle();
    KnownConsent& known = consents_[consent_name(body.issuer, body.consent_id)];
    order_.push_back(&known);
    known.consent = ledger::make_consent(terms_of(seen), order_.size(), seen.time);
    known.consent.state.version = known.consent.state.latest_version = body.version;
    known.text = text_of(seen);
    known.recorded = seen.time;
    return known;
}

const KnownConsent* Book::apply(const Seen& seen) {
    if (!ledger::is_lifecycle(seen.event.kind)) return nullptr;
    const ledger::LifecycleEvent& body = seen.event.lifecycle();
    const auto found = consents_.find(consent_name(body.issuer, body.consent_id));
    if (found == consents_.end() && !body.record) return nullptr;
    KnownConsent& known = found == consents_.end() ? begin(seen) : found->second;
    known.leaf = seen.entry.index;
    known.changed = seen.time;
    if (found == consents_.end()) return &known;
    ledger::ConsentState& state = known.consent.state;
    const ConsentStatus before = state.status;
    const std::uint32_t version = state.version;
    const ledger::Consent kept = known.consent;
    std::shared_ptr<const ledger::Terms> amended;
    if (body.record) amended = terms_of(seen);
    if (ledger::apply_event(known.consent, body, seen.event.kind, seen.time, amended)) {
        // The log of an institution that did not see all of it: what it sees now counts.
        known.consent = kept;
        if (body.record) {
            known.consent.state.latest_version = body.version - 1;
            (void)ledger::apply_event(known.consent, body, seen.event.kind, seen.time, amended);
        } else if (const auto next = ledger::next_status(ConsentStatus::active, seen.event.kind)) {
            state.status = *next;
            state.status_since_ms = seen.time;
        }
    }
    if (body.record) known.pending_text = text_of(seen);
    if (state.version != version) known.text = std::move(known.pending_text);
    if (seen.event.kind == EventKind::consent_authorise) {
        known.authorised.push_back({body.grantor, body.version, seen.time});
    }
    const bool is_active = state.status == ConsentStatus::active;
    const bool was_open = before == ConsentStatus::requested || before == ConsentStatus::partial;
    if (is_active && !known.given) known.given = seen.time;
    if (is_active && (was_open || state.version != version)) supersede(known, seen.time);
    return &known;
}

void Book::supersede(const KnownConsent& known, TimeMs time) {
    const ledger::ConsentRecord& record = known.record();
    if (record.supersedes.empty()) return;
    const auto old = consents_.find(consent_name(record.issuer, record.supersedes));
    if (old == consents_.end() || old->second.record().subject != record.subject) return;
    ledger::ConsentState& state = old->second.consent.state;
    if (state.superseded_by != 0) return;
    state.superseded_by = known.consent.state.number;
    state.superseded_from_ms = std::max(record.valid_from, time);
}

const KnownConsent* Book::find(std::string_view issuer, std::string_view consent_id) const {
    const auto found = consents_.find(consent_name(issuer, consent_id));
    return found == consents_.end() ? nullptr : &found->second;
}

std::string Book::text_of(const Seen& seen) const {
    return texts_ == Texts::kept ? std::string(ledger::record_json(seen.entry.event)) : "";
}

std::vector<Column> consent_columns() {
    return {text_column("issuer", false),      text_column("consent"),
            text_column("version", false),     text_column("subject"),
            text_column("provider"),           list_column("recipients"),
            list_column("purposes"),           list_column("categories", false),
            text_column("legal_basis", false), text_column("state"),
            text_column("given", false),       text_column("valid_from", false),
            text_column("valid_until")};
}

std::vector<std::string> consent_cells(const KnownConsent& known, TimeMs moment) {
    const ledger::ConsentRecord& record = known.record();
    return {record.issuer,
            record.consent_id,
            number(record.version),
            record.subject,
            record.provider,
            list(record.recipients),
            list(record.purposes),
            list(record.categories),
            record.legal_basis,
            known.status_name(moment),
            time_text(known.given),
            format_time(record.valid_from),
            record.valid_until ? format_time(*record.valid_until) : "open"};
}

}  // namespace consentree::client::report

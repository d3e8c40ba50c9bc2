#include "client/api_view.h"

#include "common/time.h"

namespace consentree::client::api {

Consent consent_of(const ledger::ConsentView& view, Height height, bool with_record) {
    const ledger::ConsentRecord& record = view.terms.record;
    Consent consent;
    consent.issuer = record.issuer;
    consent.consent_id = record.consent_id;
    consent.version = record.version;
    consent.state = ledger::status_name(view.status);
    consent.subject = record.subject;
    consent.provider = record.provider;
    consent.manager = record.manager;
    consent.recipients = record.recipients;
    consent.purposes = record.purposes;
    consent.categories = record.categories;
    consent.valid_from = format_time(record.valid_from);
    if (record.valid_until) consent.valid_until = format_time(*record.valid_until);
    consent.status_since = format_time(view.status_since_ms);
    consent.latest_version = view.latest_version;
    consent.pending_version = view.pending_version;
    consent.authorised_by = view.authorised_by;
    consent.pending_authorised_by = view.pending_authorised_by;
    consent.scheme = record.scheme;
    consent.agreement = record.agreement;
    consent.needs_review = record.needs_review;
    consent.added_resources = view.added_resources;
    consent.removed_resources = view.removed_resources;
    consent.created_height = view.created_height;
    consent.version_height = view.version_height;
    consent.events = view.events;
    consent.uses = view.uses;
    consent.uses_left = view.uses_left;
    consent.window_uses_left = view.window_uses_left;
    if (view.next_use) consent.next_use_at = format_time(*view.next_use);
    consent.as_of_height = height;
    if (with_record) consent.record = view.record_json;
    return consent;
}

}  // namespace consentree::client::api

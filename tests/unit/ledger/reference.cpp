#include "tests/unit/ledger/reference.h"

#include <algorithm>

namespace reference {
namespace {

bool has(const List& list, const std::string& item) {
    return std::find(list.begin(), list.end(), item) != list.end();
}
bool has_all(const List& list, const List& items) {
    for (const std::string& item : items) {
        if (!has(list, item)) return false;
    }
    return true;
}

constexpr Time day = 86'400'000;

// Whose keys are registered, and for what.
struct Key {
    std::string institution;
    List roles;
};
const std::map<std::string, Key> keys = {
    {"northbank", {"northbank", {"submit"}}},
    {"medcare", {"medcare", {"submit"}}},
    {"citygov", {"citygov", {"submit"}}},
    {"unilab", {"unilab", {"submit"}}},
    {"regulator", {"citygov", {"submit", "authority"}}},
    {"auditor", {"citygov", {"audit"}}},
    {"unilab-admin", {"unilab", {"admin"}}},
};

// The table of docs/events.md: which events a state allows.
const std::map<std::string, List> allowed = {
    {"requested", {"authorise", "reject"}},
    {"partial", {"authorise", "reject"}},
    {"active",
     {"authorise", "reject", "amend", "renew", "suspend", "withdraw", "revoke", "resource_add",
      "resource_remove", "invalidate"}},
    {"suspended",
     {"resume", "withdraw", "revoke", "resource_add", "resource_remove", "invalidate"}},
};
const std::map<std::string, std::string> leads_to = {
    {"reject", "rejected"},    {"suspend", "suspended"}, {"resume", "active"},
    {"withdraw", "withdrawn"}, {"revoke", "revoked"},    {"invalidate", "invalidated"},
};

std::string name_of(const Event& event) {
    return event.type.substr(event.type.find('.') + 1);
}
bool is_access(const Event& event) {
    return event.type.starts_with("access.");
}
bool is_final(const std::string& status) {
    return status == "rejected" || status == "withdrawn" || status == "revoked" ||
           status == "invalidated";
}

bool is_same_scope(const Record& a, const Record& b) {
    return a.scheme == b.scheme && a.template_id == b.template_id &&
           a.special_basis == b.special_basis && a.supersedes == b.supersedes &&
           a.subject == b.subject && a.provider == b.provider && a.manager == b.manager &&
           a.agreement == b.agreement && a.grantors == b.grantors && a.threshold == b.threshold &&
           a.recipients == b.recipients && a.onward == b.onward && a.purposes == b.purposes &&
           a.categories == b.categories && a.actions == b.actions && a.places == b.places &&
           a.all_resources == b.all_resources && a.resources == b.resources &&
           a.fetch.once == b.fetch.once && a.fetch.count == b.fetch.count &&
           (a.fetch.count == 0 ||
            (a.fetch.unit == b.fetch.unit && a.fetch.window == b.fetch.window &&
             a.fetch.says_window == b.fetch.says_window)) &&
           a.max_uses == b.max_uses && a.retention_unit == b.retention_unit &&
           a.retention_basis == b.retention_basis && a.retention_value == b.retention_value &&
           a.retention_until == b.retention_until && a.needs_review == b.needs_review;
}

// Check 2 and what else speaks against the transaction as a whole; what it refuses is not recorded.
std::string signature_fault(const Signature& signature, Time now) {
    if (signature.fault == "signature") return "bad-signature";
    if (signature.fault == "events") return "events-root-mismatch";
    const auto key = keys.find(signature.key);
    if (key == keys.end()) return "unknown-key";
    // No event here is one that an administrator's key is for.
    if (!has(key->second.roles, "submit")) return "not-authorised";
    if (signature.valid_until && *signature.valid_until < now) return "expired";
    if (signature.valid_until && *signature.valid_until > now + day) return "valid-until-too-far";
    return "";
}

}  // namespace

std::string World::status_in_force(const Consent& consent, Time now) const {
    const bool has_successor = consent.superseded && now >= *consent.superseded;
    return !is_final(consent.status) && has_successor ? "superseded" : consent.status;
}

std::string World::state_of(const std::string& id, Time now) const {
    const auto found = consents_.find(id);
    if (found == consents_.end()) return "";
    const std::string status = status_in_force(found->second, now);
    const auto& until = found->second.record().valid_until;
    const bool is_over = until && now >= *until;
    return is_over && !is_final(status) && status != "superseded" ? "expired" : status;
}

int World::version_of(const std::string& id) const {
    return consents_.contains(id) ? consents_.at(id).in_force : 0;
}
int World::newest_version_of(const std::string& id) const {
    return consents_.contains(id) ? consents_.at(id).newest : 0;
}
int World::pending_version_of(const std::string& id) const {
    return consents_.contains(id) ? consents_.at(id).pending : 0;
}
int World::agreed_version_of(const std::string& id) const {
    return agreements_.contains(id) ? agreements_.at(id).in_force.version : 0;
}
const Record* World::written_of(const std::string& id) const {
    return consents_.contains(id) ? &consents_.at(id).version().written : nullptr;
}
const Record* World::record_of(const std::string& id) const {
    return consents_.contains(id) ? &consents_.at(id).record() : nullptr;
}

std::vector<Outcome> World::submit(const Signature& signature,
                                   const std::vector<Event>& events,
                                   Time now) {
    const World before = *this;
    std::string refused = signature_fault(signature, now);
    for (const Event& event : events) {
        const auto cited = is_access(event) ? consents_.find(event.consent) : consents_.end();
        const Time skew = skew_of(cited != consents_.end() ? &cited->second : nullptr);
        if (refused.empty() && event.happened > now + skew) refused = "future-event";
    }
    const auto key = keys.find(signature.key);
    const std::string institution = key != keys.end() ? key->second.institution : "";
    const bool is_authority = key != keys.end() && has(key->second.roles, "authority");
    for (int phase = 0; phase < 2; ++phase) {
        for (const Event& event : events) {
            if (!refused.empty() || is_access(event) != (phase == 1)) continue;
            refused = refusal_of(institution, is_authority, event, now);
        }
    }
    if (!refused.empty()) {
        *this = before;
        return std::vector<Outcome>(events.size(), Outcome{refused, "", {}, {}});
    }
    std::vector<Outcome> outcomes;
    for (const Event& event : events) {
        outcomes.push_back(is_access(event) ? record(event, now) : Outcome());
    }
    return outcomes;
}

std::string World::refusal_of(const std::string& institution,
                              bool is_authority,
                              const Event& event,
                              Time now) {
    if (is_access(event)) return access_fault(institution, is_authority, event);
    if (event.type == "consent.request") return request_consent(institution, event, now);
    if (event.type.starts_with("consent.")) {
        return change_consent(institution, is_authority, event, now);
    }
    return change_agreement(institution, event, now);
}

std::string World::request_consent(const std::string& institution, const Event& event, Time now) {
    const Record& record = event.record;
    if (institution != "northbank") return "not-authorised";
    if (consents_.contains(record.id)) return "consent-exists";
    if (record.version != 1) return "version-conflict";
    if (!record.supersedes.empty()) {
        const auto old = consents_.find(record.supersedes);
        if (old == consents_.end()) return "consent-unknown";
        if (old->second.record().subject != record.subject) return "subject-mismatch";
    }
    std::string fault = agreement_fault(record, now);
    if (!fault.empty()) return fault;
    Version version;
    fault = read_by_scheme(record, version);
    if (!fault.empty()) return fault;
    Consent& consent = consents_[record.id];
    consent.versions[1] = version;
    consent.since = now;
    return "";
}

std::string World::read_by_scheme(const Record& record, Version& version) const {
    version.written = version.read = record;
    if (record.scheme.empty()) return "";
    const Scheme* const scheme = laws_->find(record.scheme);
    if (scheme == nullptr) return "scheme-unknown";
    if (breaks_scheme(*scheme, record)) return "scheme-invalid";
    version.read = as_read(*scheme, record);
    version.scheme_version = scheme->version;
    version.exceeds = exceeds_caps(*scheme, version.read);
    return "";
}

const Scheme* World::scheme_at_grant(const Consent& consent) const {
    const std::string& id = consent.record().scheme;
    return id.empty() ? nullptr : laws_->find(id, consent.version().scheme_version);
}

std::string World::agreement_fault(const Record& record, Time now) const {
    if (record.agreement.empty()) return "";
    if (!is_agreed(record.agreement, "", now)) return "agreement-unknown";
    const Agreement& terms = agreements_.at(record.agreement).in_force;
    const bool is_covered =
        (has(terms.parties, record.provider) || has(terms.parties, "northbank")) &&
        has_all(terms.parties, record.recipients) && has_all(terms.purposes, record.purposes) &&
        (terms.categories.empty() || has_all(terms.categories, record.categories));
    return is_covered ? "" : "agreement-mismatch";
}

bool World::is_agreed(const std::string& id, const std::string& purpose, Time now) const {
    const auto found = agreements_.find(id);
    if (found == agreements_.end()) return false;
    const Deal& deal = found->second;
    if (deal.in_force.version == 0 || now < deal.in_force.valid_from) return false;
    if (deal.in_force.valid_until && now >= *deal.in_force.valid_until) return false;
    if (deal.ended && now >= *deal.ended) return false;
    return purpose.empty() || has(deal.in_force.purposes, purpose);
}

std::string World::change_consent(const std::string& institution,
                                  bool is_authority,
                                  const Event& event,
                                  Time now) {
    const auto found = consents_.find(event.consent);
    if (found == consents_.end()) return "consent-unknown";
    Consent& consent = found->second;
    const Record& record = consent.record();
    const std::string name = name_of(event);
    const bool is_party = institution == record.provider || institution == record.manager ||
                          has(record.recipients, institution);
    const bool may = institution == "northbank" || (name == "invalidate" && is_authority) ||
                     (name == "resource_remove" && institution == record.provider) ||
                     ((name == "suspend" || name == "revoke") && (is_authority || is_party));
    if (!may) return "not-authorised";
    Version version;
    if (name == "amend" || name == "renew") {
        std::string fault = agreement_fault(event.record, now);
        if (fault.empty()) fault = read_by_scheme(event.record, version);
        if (!fault.empty()) return fault;
    }
    const std::string state = state_of(event.consent, now);
    const auto row = allowed.find(state);
    if (row == allowed.end() || !has(row->second, name)) return "consent-state";
    const bool is_answer = name == "authorise" || name == "reject";
    if (is_answer && state == "active" && consent.pending == 0) return "consent-state";
    if (name == "amend" || name == "renew") return amend(consent, event, version);
    const int expected = is_answer && consent.pending != 0 ? consent.pending : consent.in_force;
    const bool is_exact = is_answer || name == "resume" || name == "resource_add";
    if (is_exact ? event.version != expected : event.version > consent.newest) {
        return "version-conflict";
    }
    if (name == "authorise") return authorise(consent, event, now);
    for (const std::string& label : event.resources) {
        const bool is_added = name == "resource_add";
        (is_added ? consent.removed : consent.added).erase(label);
        (is_added ? consent.added : consent.removed).insert(label);
    }
    if (name == "reject" && consent.pending != 0) {
        consent.pending = 0;
    } else if (leads_to.contains(name)) {
        consent.status = leads_to.at(name);
        consent.since = now;
    }
    return "";
}

std::string World::amend(Consent& consent, const Event& event, const Version& version) {
    const bool is_renewal = event.type == "consent.renew";
    if (is_renewal && !is_same_scope(consent.version().written, event.record)) {
        return "scope-changed";
    }
    if (event.record.version != consent.newest + 1) return "version-conflict";
    if (event.record.subject != consent.record().subject) return "subject-mismatch";
    consent.newest = consent.pending = event.record.version;
    consent.pending_agreed.clear();
    consent.versions[consent.newest] = version;
    consent.versions[consent.newest].is_renewal = is_renewal;
    return "";
}

std::string World::authorise(Consent& consent, const Event& event, Time now) {
    const bool is_amended = consent.pending != 0;
    const int about = is_amended ? consent.pending : consent.in_force;
    const Record& record = consent.versions.at(about).read;
    if (!has(record.grantors, event.grantor)) return "not-authorised";
    auto& agreed = is_amended ? consent.pending_agreed : consent.agreed;
    if (!agreed.insert(event.grantor).second) return "consent-state";
    const bool is_enough = static_cast<int>(agreed.size()) >= record.threshold;
    if (!is_amended) {
        const std::string status = is_enough ? "active" : "partial";
        if (consent.status != status) consent.since = now;
        consent.status = status;
    } else if (is_enough) {
        consent.in_force = consent.pending;
        consent.pending = 0;
        consent.agreed = consent.pending_agreed;
        if (!consent.version().is_renewal) {
            consent.added.clear();
            consent.removed.clear();
        }
    }
    if (is_enough) supersede_by(consent, now);
    return "";
}

// Both periodic, of one subject and for the same recipient, under a scheme that allows one of these
// alone, and said so when each was recorded.
bool World::is_recurring_pair(const Consent& older, const Consent& newer) const {
    const Record &a = older.record(), &b = newer.record();
    if (a.scheme != b.scheme || a.subject != b.subject) return false;
    for (const Consent* consent : {&older, &newer}) {
        const Scheme* const scheme = scheme_at_grant(*consent);
        if (scheme == nullptr || !scheme->one_recurring) return false;
        if (consent->record().fetch.once) return false;
    }
    for (const std::string& recipient : a.recipients) {
        if (has(b.recipients, recipient)) return true;
    }
    return false;
}

void World::supersede_by(const Consent& consent, Time now) {
    const Record& record = consent.record();
    for (auto& [id, other] : consents_) {
        const bool is_granted = other.status == "active" || other.status == "suspended";
        const bool is_named = id == record.supersedes && other.record().subject == record.subject;
        const bool loses = is_named || (is_granted && is_recurring_pair(other, consent));
        if (&other == &consent || !loses || other.superseded) continue;
        other.superseded = std::max(now, record.valid_from);
    }
}

std::string World::change_agreement(const std::string& institution, const Event& event, Time now) {
    const bool is_known = agreements_.contains(event.agreement);
    if (event.type != "agreement.propose" && !is_known) return "agreement-unknown";
    Deal& deal = agreements_[event.agreement];
    const bool was_agreed = deal.in_force.version != 0;
    const bool is_old_party = has(deal.in_force.parties, institution);
    if (event.type == "agreement.propose") {
        if (event.terms.version != deal.in_force.version + 1) return "version-conflict";
        if (deal.ended) return "agreement-state";
        if (!has(event.terms.parties, institution)) return "not-authorised";
        if (was_agreed && !is_old_party) return "not-authorised";
        deal.proposed = event.terms;
        deal.accepted = {institution};
        return "";
    }
    const bool is_waiting = deal.proposed.version != 0;
    const bool is_new_party = is_waiting && has(deal.proposed.parties, institution);
    if (event.type == "agreement.end") {
        if (!is_old_party && !is_new_party) return "not-authorised";
        if (deal.ended) return "agreement-state";
        deal.ended = now;
        return "";
    }
    if (!is_waiting || deal.ended) return "agreement-state";
    if (event.terms.version != deal.proposed.version || event.terms.hash != deal.proposed.hash) {
        return "agreement-mismatch";
    }
    if (!is_new_party) return "not-authorised";
    if (!deal.accepted.insert(institution).second) return "agreement-state";
    if (deal.accepted.size() == deal.proposed.parties.size()) {
        deal.in_force = deal.proposed;
        deal.proposed = {};
    }
    return "";
}

}  // namespace reference

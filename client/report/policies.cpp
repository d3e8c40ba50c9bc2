#include "client/report/policies.h"

#include "ledger/scheme.h"

#include <algorithm>

namespace consentree::client::report {

void Policies::take(const Seen& seen) {
    if (seen.is_access()) {
        cites_consents_ = cites_consents_ || !seen.event.access().consent_id.empty();
    } else if (ledger::is_lifecycle(seen.event.kind)) {
        cites_consents_ = true;
        const auto& record = seen.event.lifecycle().record;
        if (!record || record->scheme.empty()) return;
        Meant& meant = meant_.try_emplace(record->scheme, Meant{seen.entry.index}).first->second;
        meant.since = std::min(meant.since, seen.entry.index);
        meant.recurs = meant.recurs || !record->fetch.once;
    }
}

bool Policies::begin(bool is_whole) {
    is_whole_ = is_whole;
    return !meant_.empty() || (cites_consents_ && !is_whole);
}

void Policies::govern(const Seen& seen) {
    if (ledger::is_policy(seen.event.kind)) entries_.push_back(seen.entry);
}

// One that came into force.
struct Policies::Version {
    ledger::PolicyEvent event;
    std::optional<ledger::Scheme> scheme;
    std::uint64_t until = UINT64_MAX;  // The leaf that put the next one in its place.

    std::string text() const {
        return event.policy_id + " version " + std::to_string(event.version) + " (" +
               event.sha256.substr(0, 12) + ")";
    }
};

// Of the schemes that the consents are under those in force since the first of them; where consents
// are not among the entries, all.
std::vector<Policies::Version> Policies::versions() const {
    std::map<std::string, std::string> documents;  // By hash.
    std::vector<Version> all;
    for (const ledger::ProvenEntry& entry : entries_) {
        const auto event = ledger::parse_event(entry.event);
        if (!event) continue;
        const ledger::PolicyEvent& body = event->policy();
        if (!body.document.empty()) documents[body.sha256] = body.document;
        if ((entry.head.flags & ledger::flag_in_force) == 0) continue;
        for (Version& version : all) {
            const bool is_last = version.until == UINT64_MAX;
            if (version.event.policy_id == body.policy_id && is_last) version.until = entry.index;
        }
        all.push_back({body, std::nullopt, UINT64_MAX});
    }
    std::vector<Version> found;
    for (Version& version : all) {
        const auto meant = meant_.find(version.event.policy_id);
        const bool is_meant = meant != meant_.end() && version.until > meant->second.since;
        if (is_whole_ && !is_meant) continue;
        auto scheme = ledger::parse_scheme(documents[version.event.sha256]);
        if (!scheme) continue;  // A vocabulary: told of with the schemes that pin it.
        version.scheme = std::move(*scheme);
        found.push_back(std::move(version));
    }
    return found;
}

std::string Policies::sentence() const {
    std::vector<std::string> schemes;
    for (const Version& version : versions()) {
        std::string text = version.text();
        const char* link = " with ";
        for (const ledger::VocabularyPin& pin : version.scheme->pins) {
            text += link + pin.id + " version " + std::to_string(pin.version) + " (" +
                    to_hex(pin.sha256.view()).substr(0, 12) + ")";
            link = " and ";
        }
        schemes.push_back(std::move(text));
    }
    if (schemes.empty()) return "none: no consent among these entries is under a scheme";
    std::string all = is_whole_ ? ""
                                : "some consents are older than these entries; all that was in "
                                  "force by then: ";
    for (const std::string& one : schemes) all += (&one == &schemes.front() ? "" : "; ") + one;
    return all;
}

bool Policies::may_replace() const {
    return std::ranges::any_of(versions(), [this](const Version& version) {
        const auto meant = meant_.find(version.event.policy_id);
        const bool recurs = meant != meant_.end() && meant->second.recurs;
        return version.scheme->one_recurring_per_pair && recurs;
    });
}

}  // namespace consentree::client::report

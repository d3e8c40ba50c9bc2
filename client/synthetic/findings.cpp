#include "client/synthetic/findings.h"

#include "client/synthetic/plants.h"
#include "ledger/event.h"
#include "ledger/verdict.h"

#include <algorithm>

namespace consentree::client::synthetic {
namespace {

using ledger::EventKind;
using ledger::Verdict;

bool is_end(EventKind kind) {
    return kind == EventKind::consent_withdraw || kind == EventKind::consent_revoke ||
           kind == EventKind::consent_invalidate;
}

bool is_handed_over(const ledger::AccessEvent& access) {
    return std::any_of(access.status.begin(), access.status.end(), [](const auto& one) {
        return one.status == "delivered" || one.status == "ready";
    });
}

std::string key_of(std::string_view issuer, std::string_view consent) {
    return std::string(issuer) + "|" + std::string(consent);
}

std::string joined(const std::vector<std::string>& words) {
    std::string line;
    for (const std::string& word : words) line += " " + word;
    return line;
}

}  // namespace

Findings::Findings(std::vector<std::string> institutions, std::string tag)
    : institutions_(institutions.begin(), institutions.end()), mark_("_" + tag + "_") {}

bool Findings::is_of_load(std::string_view id) const {
    return id.find(mark_) != std::string_view::npos;
}

void Findings::judge(std::uint16_t code, std::uint32_t bits, const std::string& event_id) {
    const Verdict verdict = ledger::verdict_of(code);
    const std::vector<std::string> flags = ledger::flag_names(bits);
    const bool is_fine = verdict == Verdict::none || verdict == Verdict::permit ||
                         verdict == Verdict::permit_other_basis;
    if (is_fine && flags.empty()) return;
    found_.push_back({Rule::verdict, event_id, std::string(ledger::verdict_name(verdict)),
                      ledger::reason_codes(bits), flags});
}

void Findings::add(std::uint16_t verdict, std::uint32_t flags, std::string_view text) {
    const auto event = ledger::parse_event(text);
    if (!event) return;
    if (ledger::is_lifecycle(event->kind)) {
        const ledger::LifecycleEvent& body = event->lifecycle();
        if (!is_of_load(body.consent_id)) return;
        ++events_;
        if (is_end(event->kind)) consents_[key_of(body.issuer, body.consent_id)].has_ended = true;
        return;
    }
    if (!ledger::is_access(event->kind)) {
        ++events_;
        return;
    }
    const ledger::AccessEvent& access = event->access();
    if (!is_of_load(access.event_id)) return;
    ++events_;
    judge(verdict, flags, access.event_id);
    if (event->kind == EventKind::access_request && !access.actor_user.empty()) {
        const std::string user = access.actor_org + "/" + access.actor_user;
        if (++users_[user] == unusual_sessions) {
            found_.push_back({Rule::unusual_volume, user, "", {}, {}});
        }
    }
    if (access.consent_id.empty() || !institutions_.contains(access.actor_org)) return;
    auto& deliveries = consents_[key_of(access.issuer, access.consent_id)].deliveries;
    if (event->kind == EventKind::access_delivery && is_handed_over(access)) {
        deliveries[access.session_id] = {access.event_id, access.content_commitment};
    }
    const auto delivery = deliveries.find(access.session_id);
    if (delivery == deliveries.end()) return;
    if (event->kind == EventKind::access_deletion) deliveries.erase(delivery);
    if (event->kind != EventKind::access_receipt) return;
    delivery->second.is_received = true;
    if (access.content_commitment == delivery->second.commitment) return;
    found_.push_back({Rule::commitment_differs, access.event_id, "", {}, {}});
}

std::vector<Finding> Findings::take() {
    for (const auto& [consent, open] : consents_) {
        for (const auto& [session, delivery] : open.deliveries) {
            if (!delivery.is_received) {
                found_.push_back({Rule::missing_receipt, delivery.event_id, "", {}, {}});
            }
            if (open.has_ended) {
                found_.push_back({Rule::deletion_missing, delivery.event_id, "", {}, {}});
            }
        }
    }
    consents_.clear();
    return std::move(found_);
}

std::string describe(const Finding& finding) {
    if (finding.rule != Rule::verdict) return std::string(name_of(finding.rule));
    const std::string line = finding.verdict + joined(finding.reasons) + joined(finding.flags);
    return line.starts_with(' ') ? line.substr(1) : line;
}

Compared compare(const std::vector<Planted>& planted, const std::vector<Finding>& found) {
    const auto place = [](const Finding& finding) {
        return std::string(name_of(finding.rule)) + " " + finding.key;
    };
    std::unordered_map<std::string, const Finding*> open;
    Compared result;
    for (const Finding& finding : found) {
        if (!open.emplace(place(finding), &finding).second) result.unexpected.push_back(finding);
    }
    for (const Planted& one : planted) {
        const std::string expected = describe(one.finding);
        auto kind = std::find_if(result.kinds.begin(), result.kinds.end(), [&](const auto& known) {
            return known.name == one.kind && known.expected == expected;
        });
        if (kind == result.kinds.end()) {
            kind = result.kinds.insert(kind, {one.kind, expected, 0, 0});
        }
        ++kind->planted;
        const auto at = open.find(place(one.finding));
        if (at != open.end() && *at->second == one.finding) {
            ++kind->found;
            open.erase(at);
        } else {
            result.missed.push_back(one);
        }
    }
    for (const Finding& finding : found) {
        const auto at = open.find(place(finding));
        if (at != open.end() && at->second == &finding) result.unexpected.push_back(finding);
    }
    return result;
}

}  // namespace consentree::client::synthetic

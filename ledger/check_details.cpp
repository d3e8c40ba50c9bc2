#include "ledger/check_details.h"

#include "common/time.h"

#include <algorithm>

namespace consentree::ledger {
namespace {

std::string joined(const std::vector<std::string>& items) {
    std::string text;
    for (const std::string& item : items) text += (text.empty() ? "" : ", ") + item;
    return text.empty() ? "none" : text;
}

std::vector<std::string> missing(const std::vector<std::string>& items,
                                 const std::vector<std::string>& allowed) {
    std::vector<std::string> out;
    std::copy_if(items.begin(), items.end(), std::back_inserter(out), [&](const auto& item) {
        return std::find(allowed.begin(), allowed.end(), item) == allowed.end();
    });
    return out;
}

std::string none_of(const char* what, const std::string& item, const std::vector<std::string>& of) {
    return std::string(what) + " " + item + " is none of the consent's: " + joined(of);
}

std::string lapsed_of(const ConsentRecord& consent, TimeMs time) {
    for (const Grantor& grantor : consent.grantors) {
        if (!grantor.authority_until || time < *grantor.authority_until) continue;
        return "the authority of " + grantor.party + " ended at " +
               format_time(*grantor.authority_until);
    }
    return {};
}

std::string range_of(const ConsentRecord& consent) {
    const auto bound = [](const std::optional<TimeMs>& time) {
        return time ? format_time(*time) : std::string("any time");
    };
    return "the consent is for data from " + bound(consent.data_from) + " until " +
           bound(consent.data_until);
}

std::string frequency_of(const ConsentRecord& consent, const AccessFacts& facts) {
    if (consent.max_uses && facts.uses >= *consent.max_uses) {
        return "all " + std::to_string(*consent.max_uses) + " uses of the consent are taken";
    }
    return "all " + std::to_string(consent.fetch.count) + " uses in this window are taken";
}

// What the check's own sentence cannot say; empty if that says it all.
std::string particulars(Check check, const AccessFacts& facts) {
    if (facts.consent == nullptr) return {};
    const ConsentRecord& consent = *facts.consent;
    const AccessEvent& access = *facts.access;
    switch (check) {
        case Check::recipient:
            return none_of("the institution", access.actor_org, consent.recipients);
        case Check::state: return "the consent is " + std::string(status_name(facts.status));
        case Check::valid_from: return "the consent begins at " + format_time(consent.valid_from);
        case Check::valid_until: return "the consent ended at " + format_time(*consent.valid_until);
        case Check::authority: return lapsed_of(consent, facts.time);
        case Check::purpose: return none_of("the purpose", access.purpose, consent.purposes);
        case Check::category:
            return "not consented to: " + joined(missing(access.categories, consent.categories)) +
                   "; consented to: " + joined(consent.categories);
        case Check::action: return none_of("the action", access.action, consent.actions);
        case Check::data_range: return range_of(consent);
        case Check::frequency: return frequency_of(consent, facts);
        case Check::place:
            return none_of("the place", access.place.empty() ? "(not given)" : access.place,
                           consent.geo_limit);
        case Check::agreement: {
            const std::string& id =
                consent.agreement.empty() ? access.agreement : consent.agreement;
            return "the agreement " + id + " is not in force, or is not for " + access.purpose;
        }
        default: return {};
    }
}

}  // namespace

std::vector<FailedCheck> failed_checks(const Judgement& judgement, const AccessFacts& facts) {
    std::vector<FailedCheck> failed;
    const std::vector<std::string> codes = reason_codes(judgement.flags);  // In the same order.
    for (unsigned number = 1; failed.size() < codes.size(); ++number) {
        const auto check = static_cast<Check>(number);
        if ((judgement.flags & flag_of(check)) == 0) continue;
        std::string detail = particulars(check, facts);
        if (detail.empty()) detail = check_means(check);
        failed.push_back(
            {check, codes[failed.size()], std::move(detail), std::string(check_remedy(check))});
    }
    return failed;
}

}  // namespace consentree::ledger

#include "client/synthetic/profile.h"

namespace consentree::client::synthetic {
namespace {

const std::vector<Share> open_banking_mix = {
    {Operation::access, 978}, {Operation::denied, 7}, {Operation::renew, 5}, {Operation::give, 4},
    {Operation::withdraw, 3}, {Operation::amend, 2},  {Operation::other, 1}};

constexpr Wording open_banking_wording = {"ob|account-information",
                                          "ob|account-information",
                                          "dpv|Marketing",
                                          "ob-uk|ReadBalances",
                                          R"(["ob-uk|ReadBalances","ob-uk|ReadAccountsBasic"])",
                                          "ob-uk|ReadStatementsDetail",
                                          "consent",
                                          4,
                                          "day",
                                          "GB"};

Profile open_banking() {
    Profile profile{};
    profile.name = "open-banking";
    profile.what = "account information: few subjects are read often, 20 parties read most";
    profile.mix = open_banking_mix;
    profile.planted = 6;
    profile.skew = Skew::zipf_1_0;
    profile.consents_each = 5;
    profile.per_subject = 25;
    profile.recipients = {"tpp", 17, 80, 400, 400};
    profile.wording = open_banking_wording;
    return profile;
}

Profile aa_lending() {
    Profile profile{};
    profile.name = "aa-lending";
    profile.what = "loans through account aggregators: a consent, one or a few fetches, deletion";
    profile.mix = {{Operation::give, 300},   {Operation::reject, 20},   {Operation::access, 560},
                   {Operation::denied, 60},  {Operation::withdraw, 20}, {Operation::pause, 10},
                   {Operation::deletion, 30}};
    profile.planted = 12;
    profile.skew = Skew::none;
    profile.consents_each = 1;
    profile.per_subject = 10;
    profile.recipients = {"fiu", 7, 40, 300, 400};
    profile.wording = {"rebit|103",
                       "rebit|104",
                       "rebit|101",
                       "rebit|DEPOSIT.SUMMARY",
                       R"(["rebit|DEPOSIT.SUMMARY","rebit|DEPOSIT.TRANSACTIONS"])",
                       "rebit|INSURANCE_POLICIES.PROFILE",
                       "consent",
                       5,
                       "month",
                       "IN"};
    profile.recipients_ask = true;
    profile.once_per_mille = 667;
    return profile;
}

Profile registers() {
    Profile profile{};
    profile.name = "register";
    profile.what = "queries of public registers: 50 organisations ask nine of ten";
    profile.mix = {{Operation::access, 997}, {Operation::denied, 2}, {Operation::give, 1}};
    profile.planted = 2;
    profile.skew = Skew::zipf_1_2;
    profile.consents_each = 1;
    profile.per_subject = 10;
    profile.recipients = {"org", 47, 10, 300, 600};
    profile.wording = {"benefit-decision",
                       "benefit-decision",
                       "dpv|Marketing",
                       "population-register",
                       R"(["population-register","tax-record"])",
                       "criminal-record",
                       "public_task",
                       0,
                       "day",
                       "EE"};
    profile.lists_recipients = true;
    profile.public_per_mille = 800;
    profile.has_day = true;
    return profile;
}

Profile audit_day() {
    Profile profile = open_banking();
    profile.name = "audit-day";
    profile.what = "open-banking at 150 a second, and five questions a second asked meanwhile";
    profile.rate = 150;
    profile.has_queries = true;
    return profile;
}

Profile storm() {
    Profile profile = open_banking();
    profile.name = "storm";
    profile.what = "open-banking while 5 % of all consents are withdrawn";
    profile.storm_per_mille = 50;
    return profile;
}

}  // namespace

std::string_view name_of(Operation operation) {
    static constexpr std::string_view names[operation_count] = {
        "setup",    "access", "denied", "renew",    "give",  "reject",
        "withdraw", "pause",  "amend",  "deletion", "other", "storm"};
    return names[static_cast<std::size_t>(operation)];
}

const std::vector<Profile>& profiles() {
    static const std::vector<Profile> all = {open_banking(), aa_lending(), registers(), audit_day(),
                                             storm()};
    return all;
}

const Profile* find_profile(std::string_view name) {
    for (const Profile& profile : profiles()) {
        if (profile.name == name) return &profile;
    }
    return nullptr;
}

}  // namespace consentree::client::synthetic

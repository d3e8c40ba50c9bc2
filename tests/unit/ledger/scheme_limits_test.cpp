// The fair-use table of the Account Aggregator system, row by row, and which row decides.
#include "scheme_fixture.h"

#include <ctime>
#include <iostream>
#include <random>

namespace consentree::ledger::test {
namespace {

// Sahamati's table, typed again from its page: what each row allows at most, by unit.
struct Row {
    std::string id, template_id, purpose;
    bool once;
    std::string category;
    std::uint32_t life_day, life_month;    // DataLife.
    std::uint32_t hourly, daily, monthly;  // Frequency; yearly is 0 in all.
    Span life, range;
};
constexpr auto D = TimeUnit::day;
constexpr auto M = TimeUnit::month;
constexpr auto Y = TimeUnit::year;
const Row table[] = {
    {"101-other", "", "101", false, "TRANSACTIONS.DEPOSIT", 31, 1, 0, 1, 31, {Y, 1}, {M, 13}},
    {"101-securities", "", "101", false, "SUMMARY.EQUITIES", 31, 1, 0, 1, 31, {Y, 1}, {Y, 20}},
    {"102-other", "", "102", false, "PROFILE.NPS", 31, 1, 0, 1, 45, {Y, 1}, {M, 13}},
    {"102-securities", "", "102", false, "SUMMARY.SIP", 31, 1, 0, 1, 45, {Y, 1}, {Y, 10}},
    {"102-CT019-other", "CT019", "102", false, "SUMMARY.OTHER", 7, 0, 0, 1, 45, {Y, 1}, {M, 13}},
    {"102-CT019-securities",
     "CT019",
     "102",
     false,
     "SUMMARY.BONDS",
     7,
     0,
     0,
     1,
     45,
     {Y, 1},
     {Y, 10}},
    {"103", "", "103", true, "TRANSACTIONS.GSTR1_3B", 31, 1, 0, 0, 0, {M, 1}, {M, 14}},
    {"103-CT006", "CT006", "103", true, "SUMMARY.MUTUAL_FUNDS", 45, 1, 0, 0, 0, {D, 45}, {M, 12}},
    {"104", "", "104", false, "TRANSACTIONS.REIT", 31, 1, 0, 0, 5, {Y, 5}, {M, 6}},
    {"104-CT035", "CT035", "104", false, "SUMMARY.DEPOSIT", 31, 1, 0, 1, 31, {Y, 8}, {D, 1}},
    {"104-CT042", "CT042", "104", false, "SUMMARY.GSTR1_3B", 90, 3, 0, 0, 1, {Y, 1}, {M, 6}},
    {"104-CT043", "CT043", "104", false, "SUMMARY.DEBENTURES", 7, 0, 0, 0, 25, {Y, 1}, {M, 6}},
    {"104-CT046", "CT046", "104", false, "TRANSACTIONS.DEPOSIT", 1, 0, 0, 0, 3, {M, 18}, {M, 1}},
    {"105", "", "105", true, "SUMMARY.LIFE_INSURANCE", 1, 0, 0, 0, 0, {D, 1}, {D, 1}},
    {"105-CT010", "CT010", "105", true, "TRANSACTIONS.CIS", 7, 0, 0, 0, 0, {M, 1}, {M, 6}},
    {"105-CT045", "CT045", "105", true, "TRANSACTIONS.DEPOSIT", 1, 0, 0, 0, 0, {D, 1}, {M, 12}},
};

// A consent that asks for the most that its row allows.
ConsentRecord at_the_caps(const Row& row) {
    ConsentRecord consent;
    consent.recipients = {"fiu"};
    consent.purposes = {"rebit|" + row.purpose};
    consent.categories = {"rebit|" + row.category};
    consent.template_id = row.template_id;
    consent.actions = {"store"};
    consent.valid_from = at("2026-01-31T10:00:00.000Z");
    consent.valid_until = after(consent.valid_from, row.life);
    consent.data_from = at("2024-02-29T00:00:00.000Z");
    consent.data_until = after(*consent.data_from, row.range);
    consent.fetch.once = row.once;
    consent.fetch.unit = row.daily != 0 ? D : M;
    consent.fetch.count = row.once ? 0 : row.daily != 0 ? row.daily : row.monthly;
    consent.retention.unit = TimeUnit::day;
    consent.retention.value = row.life_day;
    return consent;
}

const Scheme& account_aggregator() {
    static const Scheme scheme = load_scheme("rebit-aa");
    return scheme;
}
std::string broken(const ConsentRecord& consent) {
    CHECK(validity_faults(account_aggregator(), consent).empty());
    return rules_of(consent_faults(account_aggregator(), consent));
}

void check_retention(const Row& row, const std::string& rule) {
    ConsentRecord consent = at_the_caps(row);
    consent.retention.value = row.life_day + 1;
    CHECK(broken(consent) == rule);
    consent.retention.unit = TimeUnit::month;
    consent.retention.value = row.life_month + 1;
    CHECK(broken(consent) == rule);
    consent.retention.value = row.life_month;
    consent.actions = {row.life_month == 0 ? "view" : "store"};
    CHECK(broken(consent) == "");
    consent.actions = {"query"};
    consent.retention.unit = TimeUnit::year;
    consent.retention.value = 1;
    CHECK(broken(consent) == rule);
    consent.retention.is_infinite = true;
    consent.retention.value = 0;
    CHECK(broken(consent) == rule);
}

void check_frequency(const Row& row, const std::string& rule) {
    const std::uint32_t most[] = {row.hourly, row.daily, row.monthly, 0};
    for (std::size_t unit = 0; unit < std::size(most); ++unit) {
        INFO("unit " << unit);
        ConsentRecord consent = at_the_caps(row);
        consent.fetch.unit = static_cast<TimeUnit>(unit + 1);
        consent.fetch.count = most[unit] + 1;
        CHECK(broken(consent) == rule);
        if (most[unit] == 0) continue;
        consent.fetch.count = most[unit];
        CHECK(broken(consent) == "");
    }
}

}  // namespace

TEST_CASE("fair use: each row at its caps, and one more") {
    CHECK(std::size(table) == 16);
    CHECK(account_aggregator().consent_limits.rows.size() == 16);
    for (const Row& row : table) {
        INFO(row.id);
        const std::string rule = "consents/" + row.id;
        CHECK(broken(at_the_caps(row)) == "");
        check_retention(row, rule);
        if (!row.once) check_frequency(row, rule);

        ConsentRecord consent = at_the_caps(row);
        ++*consent.valid_until;
        CHECK(broken(consent) == rule);
        consent = at_the_caps(row);
        ++*consent.data_until;
        CHECK(broken(consent) == rule);

        // Not in the table: the other kind of fetch, and a purpose.
        consent = at_the_caps(row);
        consent.fetch.once = !row.once;
        consent.fetch.count = 1;
        CHECK(broken(consent) == "consents/unlisted");
        consent.purposes = {"rebit|199"};
        CHECK(rules_of(validity_faults(account_aggregator(), consent)) == "valid/purpose");
    }
}

TEST_CASE("fair use: a template's row beats the row for all, where it is for the FI type") {
    ConsentRecord consent = at_the_caps(table[9]);  // CT035, eight years.
    CHECK(broken(consent) == "");
    consent.template_id = "CT999";  // No row of its own: none a day, five years.
    CHECK(broken(consent) == "consents/104,consents/104");
    consent.template_id = "";
    CHECK(broken(consent) == "consents/104,consents/104");
    consent.template_id = "CT035";
    consent.categories = {"rebit|TRANSACTIONS.DEPOSIT"};  // The row is for SUMMARY only.
    CHECK(broken(consent) == "consents/104-CT035");
    // CT035 is for DEPOSIT; for the other type the row for all decides, and both must hold.
    consent.categories = {"rebit|SUMMARY.DEPOSIT", "rebit|SUMMARY.TERM_DEPOSIT"};
    CHECK(broken(consent) == "consents/104,consents/104");
}

TEST_CASE(
    "fair use: over several FI types a consent takes the widest range, a request the strictest") {
    ConsentRecord consent = at_the_caps(table[0]);
    consent.categories = {"rebit|SUMMARY.DEPOSIT", "rebit|SUMMARY.ETF"};
    consent.data_until = after(*consent.data_from, {Y, 20});
    CHECK(broken(consent) == "");
    ++*consent.data_until;
    CHECK(broken(consent) == "consents/101-securities");

    AccessEvent request;
    request.actor_org = "fiu";
    request.purpose = "rebit|101";
    request.categories = {"rebit|SUMMARY.ETF"};
    request.data_from = at("2023-01-31T00:00:00.000Z");
    request.data_until = at("2025-01-31T00:00:00.000Z");
    Scheme strict = account_aggregator();
    strict.request_limits.trims_range = false;
    const auto broken_by = [&] {
        const auto faults = request_faults(strict, consent, request);
        CHECK(faults.empty() == keeps_limits(strict, consent, request));
        CHECK(keeps_limits(account_aggregator(), consent, request));
        CHECK(faults.empty() ==
              (latest_data_until(strict, consent, request) == request.data_until));
        return rules_of(faults);
    };
    CHECK(broken_by() == "");
    ++*request.data_until;
    CHECK(broken_by() == "requests/101-securities");
    request.categories.push_back("rebit|SUMMARY.DEPOSIT");
    request.data_until = at("2024-02-29T00:00:00.000Z");  // 13 months, clamped.
    CHECK(broken_by() == "");
    ++*request.data_until;
    CHECK(broken_by() == "requests/101-other");
    request.data_until.reset();
    CHECK(broken_by() == "requests/101-other");
    request.purpose = "rebit|105";
    request.data_until = at("2023-02-01T00:00:00.000Z");
    CHECK(broken_by() == "");
    ++*request.data_until;
    CHECK(broken_by() == "requests/105");
    consent.template_id = "CT010";
    request.data_until = at("2023-07-31T00:00:00.000Z");
    CHECK(broken_by() == "");
}

TEST_CASE("fair use: months are clamped to the last day") {
    ConsentRecord consent = at_the_caps(table[6]);  // One month from 31 January.
    CHECK(format_time(*consent.valid_until) == "2026-02-28T10:00:00.000Z");
    // Fourteen months from 29 February 2024.
    CHECK(format_time(*consent.data_until) == "2025-04-29T00:00:00.000Z");
    consent.valid_until = at("2026-02-28T10:00:00.001Z");
    const auto faults = consent_faults(account_aggregator(), consent);
    REQUIRE(faults.size() == 1);
    CHECK(faults[0].pointer == "/valid_until");
    CHECK(faults[0].detail ==
          "the row allows a consent of at most 1 month, until 2026-02-28T10:00:00.000Z; this one "
          "ends 2026-02-28T10:00:00.001Z");
}

namespace {

// The rule of docs/schemes.md, "Which row decides", said plainly.
const LimitRow* row_that_decides(const std::vector<LimitRow>& rows,
                                 const ConsentRecord& consent,
                                 const AccessEvent& request) {
    const auto names = [](const std::vector<std::string>& key, const std::string& name) {
        return key.empty() || std::find(key.begin(), key.end(), name) != key.end();
    };
    const LimitRow* best = nullptr;
    const auto rank = [](const LimitRow& row) {
        return std::make_tuple(!row.recipients.empty(), !row.templates.empty(),
                               !row.purposes.empty(), row.once.has_value(),
                               !row.categories.empty());
    };
    for (const LimitRow& row : rows) {
        const bool is_for =
            names(row.recipients, request.actor_org) && names(row.templates, consent.template_id) &&
            names(row.purposes, request.purpose) &&
            (!row.once || *row.once == consent.fetch.once) &&
            (row.categories.empty() || matches_any(row.categories, request.categories[0]));
        if (is_for && (best == nullptr || rank(row) > rank(*best))) best = &row;
    }
    return best;
}

}  // namespace

TEST_CASE("limits: the row found is the one that the rule names, for random tables") {
    std::mt19937 random(7);
    const auto pick = [&](unsigned count) { return static_cast<unsigned>(random() % count); };
    const auto some = [&](char prefix) {
        std::vector<std::string> names;
        for (unsigned k = 0; k < 3; ++k) {
            if (pick(4) == 0) names.push_back(prefix + std::to_string(k));
        }
        return names;
    };
    const CodePattern patterns[] = {{"a.", "x", true},
                                    {"a.1x", "", false},
                                    {"", "", true},
                                    {"b", "", true},
                                    {"b.1y", "", false}};
    unsigned found = 0;
    for (int round = 0; round < 1000; ++round) {
        Scheme scheme;
        LimitTable& limits = scheme.request_limits;
        for (unsigned k = 0, count = 1 + pick(64); k < count; ++k) {
            LimitRow row;
            row.id = std::to_string(k);
            row.recipients = some('r');
            row.templates = some('t');
            row.purposes = some('p');
            if (pick(3) == 0) row.once = pick(2) == 0;
            for (const CodePattern& pattern : patterns) {
                if (pick(4) == 0) row.categories.push_back(pattern);
            }
            row.data_range = Span{D, 1};
            limits.rows.push_back(row);
        }
        limits.refuses_unlisted = true;
        const std::vector<LimitRow> rows = limits.rows;
        limits.compile();
        ConsentRecord consent;
        consent.template_id = "t" + std::to_string(pick(4));
        consent.fetch.once = pick(2) == 0;
        AccessEvent request;
        request.actor_org = "r" + std::to_string(pick(4));
        request.purpose = "p" + std::to_string(pick(4));
        const char* const categories[] = {"a.1x", "a.2x", "a.1", "b", "b.1y", "c"};
        request.categories = {categories[pick(6)]};
        request.data_from = 0;
        request.data_until = 25 * 3'600'000;
        const LimitRow* const expected = row_that_decides(rows, consent, request);
        const auto faults = request_faults(scheme, consent, request);
        REQUIRE(faults.size() == 1);
        CHECK(faults[0].rule == "requests/" + (expected == nullptr ? "unlisted" : expected->id));
        if (expected != nullptr) ++found;
    }
    CHECK(found > 250);
}

TEST_CASE("bench: microseconds per judged request", "[.bench]") {
    ConsentRecord consent = at_the_caps(table[0]);
    AccessEvent request;
    request.actor_org = "fiu";
    request.purpose = "rebit|101";
    request.categories = {"rebit|PROFILE.ETF", "rebit|SUMMARY.ETF", "rebit|TRANSACTIONS.DEPOSIT"};
    request.data_from = at("2023-01-31T00:00:00.000Z");
    request.data_until = at("2024-01-31T00:00:00.000Z");
    const Scheme& scheme = account_aggregator();
    constexpr int rounds = 1'000'000;
    int kept = 0;
    const std::clock_t start = std::clock();
    for (int k = 0; k < rounds; ++k) kept += keeps_limits(scheme, consent, request) ? 1 : 0;
    const double each = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC * 1e6 / rounds;
    CHECK(kept == rounds);
    std::cout << "keeps_limits, three categories: " << each << " us\n";
    const std::clock_t whole = std::clock();
    for (int k = 0; k < rounds / 10; ++k) kept += consent_faults(scheme, consent).empty() ? 1 : 0;
    std::cout << "consent_faults: "
              << static_cast<double>(std::clock() - whole) / CLOCKS_PER_SEC * 1e7 / rounds
              << " us\n";
}

}  // namespace consentree::ledger::test

// What a consent of each scheme must be, how it is read, and which documents are no scheme.
#include "scheme_fixture.h"

namespace consentree::ledger::test {
namespace {

std::string invalid(const Scheme& scheme, const ConsentRecord& consent) {
    return rules_of(validity_faults(scheme, consent));
}

ConsentRecord consent_for(std::vector<std::string> categories) {
    ConsentRecord consent;
    consent.recipients = {"recipient"};
    consent.purposes = {"rebit|101"};
    consent.categories = std::move(categories);
    consent.actions = {"view"};
    consent.valid_from = at("2026-01-31T10:00:00.000Z");
    consent.valid_until = at("2026-06-30T00:00:00.000Z");
    consent.data_from = 0;
    consent.data_until = 1;
    consent.fetch.count = 1;
    return consent;
}

ConsentRecord open_banking(std::initializer_list<std::string> permissions) {
    ConsentRecord consent = consent_for({});
    for (const std::string& permission : permissions) {
        consent.categories.push_back("ob-uk|" + permission);
    }
    return consent;
}

}  // namespace

TEST_CASE("schemes: the documents in policies/ are of schemes with their own id and version 1") {
    for (const std::string id : {"rebit-aa", "ob-uk", "berlin-group", "cdr", "gdpr"}) {
        const Scheme scheme = load_scheme(id);
        CHECK(scheme.id == id);
        CHECK(scheme.version == 1);
        CHECK_FALSE(scheme.title.empty());
    }
    CHECK(load_scheme("rebit-aa").clock_skew_ms == 15 * 60'000);
    CHECK(load_scheme("berlin-group").one_recurring_per_pair);
    CHECK_FALSE(load_scheme("ob-uk").one_recurring_per_pair);
}

TEST_CASE("account aggregator: DataLife follows consentMode") {
    const Scheme scheme = load_scheme("rebit-aa");
    ConsentRecord consent = consent_for({"rebit|PROFILE.DEPOSIT"});
    CHECK(invalid(scheme, consent) == "");
    // The decoded sample payload: VIEW with a DataLife of four months.
    consent.retention.unit = TimeUnit::month;
    consent.retention.value = 4;
    CHECK(invalid(scheme, consent) == "valid/view-keeps-nothing");
    consent.actions = {"store"};
    CHECK(invalid(scheme, consent) == "");
    consent.retention.value = 0;
    CHECK(invalid(scheme, consent) == "valid/store-keeps");
    consent.retention.is_infinite = true;
    CHECK(invalid(scheme, consent) == "");  // But no row of the fair-use table allows it.
    consent.retention.value = 1;
    CHECK(invalid(scheme, consent) == "valid/unlimited-life");
    consent.retention.is_infinite = false;
    consent.retention.unit = TimeUnit::hour;
    CHECK(invalid(scheme, consent) == "valid/life-unit");
}

TEST_CASE("account aggregator: required members and known codes") {
    const Scheme scheme = load_scheme("rebit-aa");
    ConsentRecord consent = consent_for({"rebit|PROFILE.DEPOSIT"});
    consent.purposes = {"rebit|199"};
    CHECK(invalid(scheme, consent) == "valid/purpose");
    consent = consent_for({"rebit|PROFILE.DEPOSIT", "rebit|BALANCE.DEPOSIT"});
    CHECK(invalid(scheme, consent) == "valid/consent-types");
    consent = consent_for({"rebit|PROFILE.DEPOSIT"});
    consent.valid_until.reset();
    consent.data_until.reset();
    consent.fetch.count = 0;
    CHECK(invalid(scheme, consent) == "valid/has-end,valid/has-data-range,valid/frequency");
    // The sample artefact lasts a millisecond more than the year that the row allows.
    consent = consent_for({"rebit|PROFILE.DEPOSIT"});
    consent.valid_from = at("2019-05-28T11:38:20.380Z");
    consent.valid_until = at("2020-05-28T11:38:20.381Z");
    CHECK(rules_of(consent_faults(scheme, consent)) == "consents/101-other");
}

TEST_CASE("uk open banking: the sets of permissions that the standard allows") {
    const Scheme scheme = load_scheme("ob-uk");
    // The sets of the samples.
    CHECK(invalid(scheme, open_banking({"ReadAccountsBasic", "ReadBalances"})) == "");
    CHECK(invalid(scheme,
                  open_banking({"ReadAccountsDetail", "ReadBalances", "ReadBeneficiariesDetail",
                                "ReadDirectDebits", "ReadProducts", "ReadStandingOrdersDetail",
                                "ReadTransactionsCredits", "ReadTransactionsDebits",
                                "ReadTransactionsDetail", "ReadOffers", "ReadPAN", "ReadParty",
                                "ReadPartyPSU", "ReadScheduledPaymentsDetail",
                                "ReadStatementsDetail"})) == "");
    CHECK(invalid(scheme, open_banking({"ReadBalances"})) == "valid/accounts");
    CHECK(invalid(scheme, open_banking({"ReadAccountsBasic", "ReadTransactionsDetail"})) ==
          "valid/transactions-need-direction");
    CHECK(invalid(scheme, open_banking({"ReadAccountsBasic", "ReadTransactionsDebits"})) ==
          "valid/direction-needs-transactions");
    CHECK(invalid(scheme, open_banking({"ReadAccountsBasic", "ReadTransactionsBasic",
                                        "ReadTransactionsCredits"})) == "");
    CHECK(invalid(scheme, open_banking({"ReadAccountsBasic", "ReadEverything"})) ==
          "valid/permissions");
    CHECK(invalid(scheme, open_banking({})) == "valid/accounts");
    ConsentRecord open_ended = open_banking({"ReadAccountsBasic"});
    open_ended.valid_until.reset();
    CHECK(invalid(scheme, open_ended) == "");

    const auto fault =
        validity_faults(scheme, open_banking({"ReadAccountsBasic", "ReadTransactionsDebits"}));
    CHECK(fault[0].pointer == "/categories");
}

TEST_CASE("uk open banking: detail implies basic, and not the reverse") {
    const Scheme scheme = load_scheme("ob-uk");
    const std::vector<std::string> detail = {"ob-uk|ReadAccountsDetail"};
    CHECK(category_covered(scheme, detail, "ob-uk|ReadAccountsBasic"));
    CHECK(category_covered(scheme, detail, "ob-uk|ReadAccountsDetail"));
    CHECK_FALSE(category_covered(scheme, detail, "ob-uk|ReadStatementsBasic"));
    CHECK_FALSE(category_covered(scheme, {"ob-uk|ReadAccountsBasic"}, "ob-uk|ReadAccountsDetail"));
}

TEST_CASE("berlin group: four unattended accesses a day, unless more are agreed") {
    const Scheme scheme = load_scheme("berlin-group");
    ConsentRecord consent = consent_for({"bg|accounts"});
    consent.fetch.count = 100;
    CHECK(as_read(scheme, consent).fetch.count == 4);
    consent.fetch.count = 2;
    CHECK(as_read(scheme, consent).fetch.count == 2);
    consent.fetch.count = 0;  // Without a limit.
    CHECK(as_read(scheme, consent).fetch == Fetch{.count = 4, .unit = TimeUnit::day});
    consent.fetch.count = 100;
    consent.agreement = "agreement-7";
    CHECK(as_read(scheme, consent).fetch.count == 100);
    consent.fetch.unit = TimeUnit::hour;
    CHECK(invalid(scheme, consent) == "valid/per-day");
    consent.fetch = Fetch{.once = true};
    CHECK(invalid(scheme, consent) == "");
    CHECK(as_read(scheme, consent).fetch == Fetch{.once = true});
}

TEST_CASE("consumer data right: up to a day is once, over a year is 365 days") {
    const Scheme scheme = load_scheme("cdr");
    ConsentRecord consent = consent_for({"cdr|bank:accounts.basic:read"});
    const TimeMs from = consent.valid_from;
    consent.valid_until = from + 24 * 3'600'000;
    CHECK(as_read(scheme, consent).fetch.once);
    ++*consent.valid_until;
    CHECK(as_read(scheme, consent).fetch == consent.fetch);
    consent.valid_until = from + 365 * 24 * 3'600'000ll;
    CHECK(as_read(scheme, consent).valid_until == consent.valid_until);
    ++*consent.valid_until;
    CHECK(as_read(scheme, consent).valid_until == from + 365 * 24 * 3'600'000ll);
    consent.valid_until.reset();
    CHECK(invalid(scheme, consent) == "valid/has-end");
}

TEST_CASE("schemes: a record that states no window has the scheme's") {
    Scheme scheme;
    scheme.windows[1] = Window::calendar;
    ConsentRecord consent = consent_for({"x"});
    CHECK(as_read(scheme, consent).fetch.window == Window::calendar);
    consent.fetch.states_window = true;
    CHECK(as_read(scheme, consent).fetch.window == Window::sliding);
    consent.fetch.states_window = false;
    consent.fetch.unit = TimeUnit::month;
    CHECK(as_read(scheme, consent).fetch.window == consent.fetch.window);
}

TEST_CASE("gdpr: narrower purposes, special categories, an end to storage") {
    const Scheme scheme = load_scheme("gdpr");
    const std::vector<std::string> consented = {"dpv|Marketing", "duo|DUO:0000042", "own-purpose"};
    CHECK(purpose_covered(scheme, consented, "dpv|DirectMarketing"));
    CHECK(purpose_covered(scheme, consented, "duo|DUO:0000006"));
    CHECK(purpose_covered(scheme, consented, "own-purpose"));
    CHECK_FALSE(purpose_covered(scheme, consented, "fhir-act-reason|TREAT"));
    const Scheme strict = load_scheme("rebit-aa");
    CHECK_FALSE(purpose_covered(strict, {"rebit|101"}, "rebit|102"));

    ConsentRecord consent = consent_for({"dpv-pd|Genetic"});
    CHECK(invalid(scheme, consent) == "valid/special-basis");
    consent.special_basis = "gdpr|9-2-a";
    CHECK(invalid(scheme, consent) == "");
    consent.retention.is_infinite = true;
    CHECK(invalid(scheme, consent) == "valid/storage-limitation");
}

namespace {

std::string document(const std::string& members) {
    return R"({"schema":"consentree/scheme/1","id":"s","version":1,"title":"T")" + members + "}";
}
std::string refusal_of(const std::string& members) {
    const auto scheme = parse_scheme(document(members));
    return scheme ? "accepted" : scheme.error().code + " " + scheme.error().pointer;
}
std::string rule(const std::string& needs) {
    return R"(,"valid":[{"id":"r","because":"b","needs":)" + needs + "}]";
}
std::string rows(const std::string& members) {
    return R"(,"consents":{"unlisted":"refused","rows":[{"id":"r","for":{})" + members + "}]}";
}

}  // namespace

TEST_CASE("schemes: what is refused in a document, and where") {
    CHECK(refusal_of("") == "accepted");
    CHECK(refusal_of(R"(,"rules":[])") == "schema-violation /rules");
    CHECK(refusal_of(R"(,"valid":[{"id":"r","because":"b"}])") ==
          "schema-violation /valid/0/needs");
    CHECK(refusal_of(rule("{}")) == "schema-violation /valid/0/needs");
    CHECK(refusal_of(rule(R"({"age":18})")) == "schema-violation /valid/0/needs/age");
    CHECK(refusal_of(rule(R"({"has_end":1})")) == "schema-violation /valid/0/needs/has_end");
    CHECK(refusal_of(rule(R"({"any_category":["a*b*"]})")) ==
          "schema-violation /valid/0/needs/any_category/0");
    CHECK(refusal_of(rule(R"({"any_category":["@none"]})")) ==
          "schema-violation /valid/0/needs/any_category/0");
    CHECK(refusal_of(rule(R"({"action":["look"]})")) == "schema-violation /valid/0/needs/action/0");
    CHECK(refusal_of(rule(R"({"fetch_count":{"min":2,"max":1}})")) ==
          "schema-violation /valid/0/needs/fetch_count/max");
    CHECK(refusal_of(rule(R"({"fetch_count":{}})")) ==
          "schema-violation /valid/0/needs/fetch_count");
    CHECK(refusal_of(rule(R"({"fetch_count":{"min":9223372036854775807}})")) ==
          "schema-violation /valid/0/needs/fetch_count/min");
    CHECK(refusal_of(rule(R"({"fetch_count":{"min":9223372036854775808}})"))
              .starts_with("malformed-json"));
    CHECK(refusal_of(rule(R"({"life_at_most":{"day":1,"month":1}})")) ==
          "schema-violation /valid/0/needs/life_at_most/month");
    CHECK(refusal_of(rule(R"({"life_at_most":{"year":10001}})")) ==
          "schema-violation /valid/0/needs/life_at_most/year");
    CHECK(
        refusal_of(rule(R"({"has_end":true}},{"id":"r","because":"b","needs":{"has_end":true})")) ==
        "schema-violation /valid/1/id");
    CHECK(refusal_of(R"(,"groups":{"g":["@g"]})") == "schema-violation /groups/g/0");
    CHECK(refusal_of(R"(,"implies":{"a":[]})") == "schema-violation /implies/a");
    CHECK(refusal_of(R"(,"windows":{"week":"sliding"})") == "schema-violation /windows/week");
    CHECK(refusal_of(R"(,"vocabularies":[{"id":"v","version":1,"sha256":"00"}])") ==
          "schema-violation /vocabularies/0/sha256");
    CHECK(refusal_of(R"(,"reads":[{"id":"r","because":"b","as":{}}])") ==
          "schema-violation /reads/0/as");
    CHECK(refusal_of(rows("")) == "accepted");
    CHECK(refusal_of(rows(R"(,"retention":{"week":1})")) ==
          "schema-violation /consents/rows/0/retention/week");
    CHECK(refusal_of(rows(R"(,"frequency":{"day":-1})")) ==
          "schema-violation /consents/rows/0/frequency/day");
    CHECK(refusal_of(R"(,"requests":{"unlisted":"allowed",)"
                     R"("rows":[{"id":"r","for":{},"life":{"day":1}}]})") ==
          "schema-violation /requests/rows/0/life");
    CHECK(refusal_of(R"(,"consents":{"unlisted":"maybe","rows":[]})") ==
          "schema-violation /consents/unlisted");
    CHECK(refusal_of(R"(,"note":)" + std::string(8, '[') + std::string(8, ']'))
              .starts_with("malformed-json"));
    CHECK(parse_scheme(std::string(16'001, ' ')).error().code == "too-large");
}

TEST_CASE("schemes: vocabularies are bound by their ids and versions, in order") {
    Scheme scheme = accepted(parse_scheme(document(
        R"(,"vocabularies":[{"id":"v","version":2,"sha256":")" + std::string(64, 'a') + "\"}]")));
    const auto make = [](const std::string& id, int version) {
        return std::make_shared<const Vocabulary>(
            Vocabulary::parse(R"({"schema":"consentree/vocabulary/1","id":")" + id +
                              R"(","version":)" + std::to_string(version) +
                              R"(,"title":"T","terms":[{"code":"a"}]})")
                .value());
    };
    CHECK_FALSE(bind(scheme, {}));
    CHECK_FALSE(bind(scheme, {nullptr}));
    CHECK_FALSE(bind(scheme, {make("w", 2)}));
    CHECK_FALSE(bind(scheme, {make("v", 1)}));
    CHECK(bind(scheme, {make("v", 2)}));
}

}  // namespace consentree::ledger::test

#include "client/import/built_in.h"
#include "client/import/convert.h"
#include "client/import/json_tree.h"
#include "client/import/standardise.h"
#include "common/files.h"
#include "common/hash.h"
#include "common/limits.h"
#include "ledger/event.h"

#include <catch2/catch.hpp>

using namespace consentree;
using namespace consentree::client::mapping;
using nlohmann::json;

namespace {

const Bytes key(32, 0x5a);

std::string built_in(const std::string& path) {
    const auto text = built_in_file("mappings/" + path);
    REQUIRE(text.has_value());
    return std::string(*text);
}

Mapping mapping_of(const std::string& name) {
    auto mapping = parse_mapping(built_in(name + ".json"));
    if (!mapping) FAIL(mapping.error().pointer << ": " << mapping.error().detail);
    return *mapping;
}

json agreement_of(const std::string& name) {
    json agreement = json::parse(built_in("samples/agreement-" + name + ".json"));
    agreement["parties"]["DC1"] = "unilab";
    agreement["parties"]["cookiejar-aa@finvu.in"] = "unilab";
    agreement["parties"]["BARB0KIMXXX"] = "northbank";
    return agreement;
}

Outcome import_text(const std::string& name,
                    std::string_view source,
                    bool strict = true,
                    std::string_view jws_key = {}) {
    const Mapping mapping = mapping_of(name);
    const json agreement = agreement_of(name);
    return standardise({source, mapping, agreement, key, jws_key, strict});
}

// "pointer rule" of every refusal.
std::vector<std::string> reasons(const Outcome& outcome) {
    std::vector<std::string> result;
    for (const Refused& refused : outcome.refused) {
        result.push_back(refused.pointer + " " + refused.rule);
    }
    return result;
}

using Reasons = std::vector<std::string>;

// A sample with one member replaced, or removed where value is discarded.
std::string with(const std::string& sample, const std::string& pointer, const json& value) {
    json document = json::parse(built_in("samples/" + sample));
    if (value.is_discarded()) {
        const json::json_pointer at(pointer);
        document.at(at.parent_pointer()).erase(at.back());
    } else {
        document[json::json_pointer(pointer)] = value;
    }
    return document.dump();
}
const json removed = json(json::value_t::discarded);

}  // namespace

TEST_CASE("import: the samples of the project give records that the ledger accepts") {
    struct Case {
        const char *mapping, *file;
        Reasons refused;
        std::vector<std::string> steps;
    };
    const Case cases[] = {
        {"rebit-aa", "rebit-aa-request-budget.json", {}, {"request"}},
        {"rebit-aa", "rebit-aa-detail-loan.json", {}, {"request"}},
        {"rebit-aa", "rebit-aa-artefact.json", {}, {"request", "authorise"}},
        {"rebit-aa", "rebit-aa-artefact-paused.json", {}, {"request", "authorise", "suspend"}},
        {"rebit-aa",
         "rebit-aa-request-view-kept.json",
         {"/ConsentDetail/DataLife/value rebit-aa/view-keeps-nothing"},
         {}},
        {"ob-uk", "ob-uk-authorised.json", {}, {"request", "authorise"}},
        {"ob-uk", "ob-uk-awaiting.json", {}, {"request"}},
        {"ob-uk",
         "ob-uk-request-no-accounts.json",
         {"/Data/Permissions ob-uk/accounts",
          "/Data/Permissions ob-uk/transactions-need-direction"},
         {}},
    };
    for (const Case& one : cases) {
        INFO(one.file);
        const Outcome outcome =
            import_text(one.mapping, built_in("samples/" + std::string(one.file)));
        CHECK(reasons(outcome) == one.refused);
        REQUIRE(outcome.value.has_value() == one.refused.empty());
        if (!outcome.value) continue;
        CHECK(outcome.value->steps == one.steps);
        for (const std::string& event : events_of(*outcome.value, "2026-11-01T00:00:00.000Z")) {
            INFO(event);
            CHECK(ledger::parse_event(event).has_value());
        }
    }
}

TEST_CASE("import: an open banking consent becomes this record") {
    const std::string source = built_in("samples/ob-uk-authorised.json");
    const Outcome outcome = import_text("ob-uk", source);
    REQUIRE(outcome.value.has_value());
    const json& record = outcome.value->record;
    CHECK(record["consent_id"] == "northbank-sample-0001");
    CHECK(record["subject"] == "sub:ob-sample-customer");
    CHECK(record["categories"][0] == "ob-uk|ReadAccountsDetail");
    CHECK(record["valid_from"] == "2026-09-10T10:00:00.000Z");
    CHECK(record["valid_until"] == "2027-09-09T23:00:00.000Z");  // An offset of +01:00.
    CHECK(record["fetch"] ==
          json{{"kind", "periodic"}, {"count", 4}, {"unit", "day"}, {"window", "sliding"}});
    CHECK(record["source"]["sha256"] == to_hex(sha256(as_bytes(source)).view()));
    CHECK(record["source"]["mapping_id"] == "ob-uk-3");
}

TEST_CASE("import: a signed artefact becomes this record, without identifiers") {
    const std::string source = built_in("samples/rebit-aa-artefact.json");
    const Outcome outcome = import_text("rebit-aa", source);
    REQUIRE(outcome.value.has_value());
    const json& record = outcome.value->record;
    CHECK(record["consent_id"] == "aa-sample-0004");
    CHECK(record["subject"] == pseudonym(key, "sub:", "sample-customer-4@northbank-aa"));
    CHECK(record["resources"].size() == 2);
    CHECK(record["resources"][0] == pseudonym(key, "acc:", "sample-link-0002"));
    CHECK(record["categories"].size() == 6);
    CHECK(record["categories"][5] == "rebit|TRANSACTIONS.TERM_DEPOSIT");
    CHECK(record["fetch"]["unit"] == "day");
    CHECK(record["retention"] == json{{"unit", "day"}, {"value", 31}, {"basis", "from_delivery"}});
    const std::string text = record.dump();
    for (const char* identifier : {"sample-customer", "sample-link", "XXXXXXXX"}) {
        CHECK(text.find(identifier) == std::string::npos);
    }
    CHECK(json::parse(outcome.value->jws_header)["alg"] == "RS256");
}

TEST_CASE("import: a signature counts only with the key that made it") {
    const std::string source = built_in("samples/rebit-aa-artefact.json");
    auto pem = read_file("mappings/samples/rebit-aa-artefact.pub.pem", 4096);
    REQUIRE(pem.has_value());
    const Outcome unchecked = import_text("rebit-aa", source);
    REQUIRE(unchecked.value.has_value());
    CHECK_FALSE(unchecked.value->jws_verified);
    const Outcome checked = import_text("rebit-aa", source, true, *pem);
    REQUIRE(checked.value.has_value());
    CHECK(checked.value->jws_verified);
    json forged = json::parse(source);
    auto jws = forged["signedConsent"].get<std::string>();
    jws[jws.size() - 20] = jws[jws.size() - 20] == 'A' ? 'B' : 'A';
    forged["signedConsent"] = jws;
    CHECK(reasons(import_text("rebit-aa", forged.dump(), true, *pem)) ==
          Reasons{"/signedConsent jws-signature"});
    forged["signedConsent"] = "a.b";
    CHECK(reasons(import_text("rebit-aa", forged.dump())) == Reasons{"/signedConsent jws-form"});
}

TEST_CASE("import: rules of the Account Aggregator standard are kept") {
    struct Case {
        const char* pointer;
        json value;
        Reasons refused;
    };
    const std::string base = "rebit-aa-request-budget.json";
    const Case cases[] = {
        {"/ConsentDetail/consentExpiry",
         "2026-09-01T08:00:00.000Z",
         {"/ConsentDetail/consentExpiry rebit-consent-life"}},
        {"/ConsentDetail/FIDataRange/from",
         "2028-01-01T00:00:00Z",
         {"/ConsentDetail/FIDataRange rebit-data-range"}},
        {"/ConsentDetail/DataLife",
         {{"unit", "DAY"}, {"value", 0}},
         {"/ConsentDetail/DataLife/value rebit-aa/store-keeps"}},
        {"/ConsentDetail/Frequency/value",
         0,
         {"/ConsentDetail/Frequency/value rule 28 (/fetch/count)"}},
        {"/ConsentDetail/Purpose/code", "199", {"/ConsentDetail/Purpose/code table rebit-purpose"}},
        {"/ConsentDetail/Purpose/refUri",
         "not a url",
         {"/ConsentDetail/Purpose/refUri rebit-purpose-uri"}},
        {"/ConsentDetail/fiTypes/1", "GOLD", {"/ConsentDetail/fiTypes/1 table rebit-fi-type"}},
        {"/ConsentDetail/consentStart",
         "01/09/2026",
         {"/ConsentDetail/consentStart rule 23 (/valid_from)"}},
        {"/ConsentDetail/DataFilter",
         json::array({{{"type", "TRANSACTIONTYPE"}, {"operator", "="}, {"value", "BOTH"}}}),
         {"/ConsentDetail/DataFilter/0/value rebit-data-filter"}},
        {"/ConsentDetail/DataConsumer/id",
         "nobody",
         {"/ConsentDetail/DataConsumer/id party-known"}},
        {"/ConsentDetail/Customer",
         removed,
         {"/ConsentDetail/Customer/id rule 5 (/subject)",
          "/ConsentDetail/Customer/id rule 6 (/grantors/0/party)"}},
        {"/ConsentDetail/surprise", 1, {"/ConsentDetail/surprise unknown-member"}},
    };
    for (const Case& one : cases) {
        INFO(one.pointer);
        CHECK(reasons(import_text("rebit-aa", with(base, one.pointer, one.value))) == one.refused);
    }
}

TEST_CASE("import: rules of UK Open Banking are kept") {
    const std::string base = "ob-uk-authorised.json";
    const auto permissions = [&](json list) {
        return reasons(import_text("ob-uk", with(base, "/Data/Permissions", std::move(list))));
    };
    CHECK(permissions(json::array()) == Reasons{"/Data/Permissions/* rule 12 (/categories)",
                                                "/Data/Permissions ob-permission-set"});
    CHECK(permissions({"ReadBalances"}) == Reasons{"/Data/Permissions ob-uk/accounts"});
    CHECK(permissions({"ReadAccountsBasic", "ReadTransactionsBasic"}) ==
          Reasons{"/Data/Permissions ob-uk/transactions-need-direction"});
    CHECK(permissions({"ReadAccountsBasic", "ReadTransactionsCredits"}) ==
          Reasons{"/Data/Permissions ob-uk/direction-needs-transactions"});
    CHECK(permissions({"ReadAccountsBasic", "ReadAccountsBasic"}) ==
          Reasons{"/Data/Permissions/1 ob-permission-set"});
    CHECK(permissions({"ReadAccountsBasic", "ReadEverything"}) ==
          Reasons{"/Data/Permissions/1 table ob-permission"});
    CHECK(permissions({"ReadAccountsBasic"}).empty());
    CHECK(reasons(import_text("ob-uk", with(base, "/Data/Status", "REJT"))) ==
          Reasons{"/Data/Status status-known"});
    const Outcome open_ended =
        import_text("ob-uk", with(base, "/Data/ExpirationDateTime", removed));
    REQUIRE(open_ended.value.has_value());
    CHECK(open_ended.value->record["valid_until"].is_null());
}

TEST_CASE("import: what neither source nor agreement has is named, never invented") {
    const Mapping mapping = mapping_of("ob-uk");
    const std::string source = built_in("samples/ob-uk-authorised.json");
    json agreement = agreement_of("ob-uk");
    agreement["record"].erase("retention");
    const Outcome outcome = standardise({source, mapping, agreement, key, {}, true});
    CHECK(reasons(outcome) == Reasons{" agreement-lacks /record/retention"});
    agreement["record"]["retention"] = {{"unit", "fortnight"}, {"value", 1}};
    CHECK(reasons(standardise({source, mapping, agreement, key, {}, true})) ==
          Reasons{" record /retention/unit"});
}

TEST_CASE("import: an identifier without a pseudonym key is refused") {
    const Mapping mapping = mapping_of("rebit-aa");
    const json agreement = agreement_of("rebit-aa");
    const std::string source = built_in("samples/rebit-aa-request-budget.json");
    const Outcome outcome = standardise({source, mapping, agreement, {}, {}, true});
    REQUIRE_FALSE(outcome.value.has_value());
    CHECK(reasons(outcome).front() == "/ConsentDetail/Customer/id pseudonym-key");
    CHECK(pseudonym(key, "sub:", "a") != pseudonym(key, "acc:", "a").replace(0, 4, "sub:"));
    CHECK(ledger::is_subject(pseudonym(key, "sub:", "a")));
}

TEST_CASE("import: a leaf that the mapping does not know is reported, or refused if strict") {
    const std::string source = with("ob-uk-awaiting.json", "/Data/Novelty", json{{"a", 1}});
    const Outcome lenient = import_text("ob-uk", source, false);
    REQUIRE(lenient.value.has_value());
    CHECK(lenient.value->unknown == Reasons{"/Data/Novelty/a"});
    CHECK(reasons(import_text("ob-uk", source)) == Reasons{"/Data/Novelty/a unknown-member"});
}

TEST_CASE("import: every member of a record is traced to where it came from") {
    const Outcome outcome =
        import_text("rebit-aa", built_in("samples/rebit-aa-request-budget.json"));
    REQUIRE(outcome.value.has_value());
    std::map<std::string, TraceItem> by_member;
    for (const TraceItem& item : outcome.value->trace) by_member[item.to] = item;
    CHECK(by_member["/valid_from"].origin == "source");
    CHECK(by_member["/valid_from"].pointer == "/ConsentDetail/consentStart");
    CHECK(by_member["/valid_from"].rule == "rule 23 (/valid_from)");
    CHECK(by_member["/notice"].origin == "agreement");
    CHECK(by_member["/notice"].pointer == "/record/notice");
    CHECK(by_member["/jurisdiction"].origin == "const");
    CHECK(by_member["/consent_id"].origin == "digest");
    for (const auto& [name, value] : outcome.value->record.items()) {
        const bool traced = std::any_of(by_member.begin(), by_member.end(), [&](const auto& item) {
            return item.first == "/" + name || item.first.starts_with("/" + name + "/");
        });
        INFO(name);
        CHECK(traced);
    }
}

TEST_CASE("import: a broken mapping is refused with the place in it") {
    const auto pointer_of = [](const std::string& pointer, const json& value) {
        json mapping = json::parse(built_in("ob-uk.json"));
        mapping[json::json_pointer(pointer)] = value;
        auto parsed = parse_mapping(mapping.dump());
        REQUIRE_FALSE(parsed.has_value());
        return parsed.error().pointer;
    };
    CHECK(pointer_of("/surprise", 1) == "/surprise");
    CHECK(pointer_of("/rules/0/from", "/Data") == "/rules/0");
    CHECK(pointer_of("/rules/1/as", "magic") == "/rules/1");
    CHECK(pointer_of("/rules/12/table", "missing") == "/rules/12");
    CHECK(pointer_of("/checks/0/rule", "missing") == "/checks/0/rule");
    CHECK(pointer_of("/target", "other") == "/target");
    CHECK_FALSE(parse_mapping("[]").has_value());
    CHECK_FALSE(parse_mapping(R"({"mapping": "a", "mapping": "b"})").has_value());
}

TEST_CASE("import: every fault of a mapping file is reported at once") {
    json mapping = json::parse(built_in("ob-uk.json"));
    mapping["surprise"] = 1;
    mapping["rules"][1]["as"] = "magic";
    mapping["rules"][15]["styles"] = {"date"};
    mapping["checks"][0]["is"] = "x";
    mapping["tables"]["ob-permission"]["n\u00e9"] = 1.5;
    std::vector<Refusal> faults;
    CHECK_FALSE(read_mapping(mapping.dump(), faults).has_value());
    std::vector<std::string> pointers;
    for (const Refusal& fault : faults) pointers.push_back(fault.pointer);
    CHECK(pointers == Reasons{"/tables/ob-permission/n\u00e9", "/tables/ob-permission/n\u00e9",
                              "/rules/1", "/rules/15", "/checks/0", "/surprise"});
    faults.clear();
    json endless = json::parse(built_in("ob-uk.json"));
    for (int i = 0; i < 200; ++i) endless["x" + std::to_string(i)] = 1;
    CHECK_FALSE(read_mapping(endless.dump(), faults).has_value());
    CHECK(faults.size() == limits::mapping_faults);
}

TEST_CASE("import: the hash of a mapping does not depend on how it is laid out") {
    const std::string text = built_in("ob-uk.json");
    auto dense = parse_mapping(json::parse(text).dump());
    REQUIRE(dense.has_value());
    CHECK(dense->hash == mapping_of("ob-uk").hash);
}

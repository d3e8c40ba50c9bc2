#include "ledger/event.h"

#include "tests/unit/ledger/domain_fixture.h"

#include <catch2/catch.hpp>

namespace consentree::ledger::test {
namespace {

std::string replaced(std::string text, std::string_view from, std::string_view to) {
    const std::size_t at = text.find(from);
    REQUIRE(at != std::string::npos);
    return text.replace(at, from.size(), to);
}

std::string fault_of(std::string_view text) {
    const auto event = parse_event(text);
    if (event) return "accepted";
    return event.error().code + " at " + event.error().pointer;
}

}  // namespace

TEST_CASE("event: every type has a name and a byte of its own") {
    for (const char* name :
         {"consent.request", "consent.authorise", "consent.reject", "consent.amend",
          "consent.suspend", "consent.resume", "consent.withdraw", "consent.revoke",
          "access.request", "access.decision", "access.delivery", "access.denial"}) {
        const auto kind = kind_of(name);
        REQUIRE(kind.has_value());
        CHECK(type_name(*kind) == name);
        CHECK(is_access(*kind) == std::string_view(name).starts_with("access."));
    }
    CHECK_FALSE(kind_of("consent.").has_value());
    CHECK(type_name(static_cast<EventKind>(0)).empty());
}

TEST_CASE("event: reads a consent record whole") {
    RecordText text;
    text.grantors =
        R"([{"party":"sub:alice","capacity":"self"},{"party":"g2","capacity":"guardian",)"
        R"("authority_ref":"r","authority_until":"2026-07-01T00:00:00.000Z"}])";
    text.authorisation = R"("all")";
    text.resources = R"(["acc1","acc2"])";
    text.valid_until = "null";
    text.data_range = R"(,"data_from":"2025-01-01T00:00:00.000Z","data_until":null)";
    text.fetch = R"({"kind":"periodic","count":4,"unit":"month"})";
    text.max_uses = "9";
    const std::string json = request_consent(text, start_time());
    const auto event = parse_event(json);
    REQUIRE(event.has_value());
    const ConsentRecord& record = *event->lifecycle().record;
    CHECK(event->occurred_at == start_time());
    CHECK(event->lifecycle().consent_id == "c1");
    CHECK(record.threshold == 2);
    CHECK(record.grantors[1].authority_until == *parse_time("2026-07-01T00:00:00.000Z"));
    CHECK(record.resources.labels == std::vector<std::string>{"acc1", "acc2"});
    CHECK_FALSE(record.valid_until.has_value());
    CHECK(record.data_from == *parse_time("2025-01-01T00:00:00.000Z"));
    CHECK_FALSE(record.data_until.has_value());
    CHECK(record.fetch == Fetch{false, 4, TimeUnit::month, Window::anchored});
    CHECK(record.max_uses == 9u);
    CHECK(record_json(json) == record_text(text));
    CHECK(decode_terms(encode(Terms{record, 7, 8, 9}))->record == record);
}

TEST_CASE("event: refuses a record with a fault, and says where") {
    const std::string good = request_consent({}, start_time());
    CHECK(fault_of(good) == "accepted");
    struct Case {
        const char* from;
        const char* to;
        const char* pointer;
    };
    const Case cases[] = {
        {R"("version":1,)", "", "/consent/version"},
        {R"("version":1,)", R"("version":0,)", "/consent/version"},
        {R"("version":1,)", R"("version":"1",)", "/consent/version"},
        {R"("consent_id":"c1")", R"("consent_id":"c 1")", "/consent/consent_id"},
        {R"("subject":"sub:alice")", R"("subject":"alice")", "/consent/subject"},
        {R"("subject":"sub:alice")", R"("subject":"sub:")", "/consent/subject"},
        {R"("issuer":"northbank")", R"("issuer":"North")", "/consent/issuer"},
        {R"("capacity":"self")", R"("capacity":"friend")", "/consent/grantors/0/capacity"},
        {R"("capacity":"self")", R"("capacity":"guardian")", "/consent/grantors/0/authority_ref"},
        {R"([{"code":"research"}])", "[]", "/consent/purposes"},
        {R"([{"code":"research"}])", R"([{"code":"research","x":1}])", "/consent/purposes/0/x"},
        {R"("resources":"all")", R"("resources":"some")", "/consent/resources"},
        {R"("resources":"all")", R"("resources":[])", "/consent/resources"},
        {R"(["view"])", R"(["look"])", "/consent/actions"},
        {R"(["view"])", R"(["view","view"])", "/consent/actions/1"},
        {R"("valid_until":"2027-01-01T00:00:00.000Z")",
         R"("valid_until":"2026-01-01T00:00:00.000Z")", "/consent/valid_until"},
        {R"("valid_until":"2027-01-01T00:00:00.000Z",)", "", "/consent/valid_until"},
        {R"("valid_from":"2026-01-01T00:00:00.000Z")", R"("valid_from":"2026-01-01")",
         "/consent/valid_from"},
        {R"({"kind":"periodic"})", R"({"kind":"once","count":1})", "/consent/fetch/count"},
        {R"({"kind":"periodic"})", R"({"kind":"periodic","count":1})", "/consent/fetch/unit"},
        {R"({"kind":"periodic"})", R"({"kind":"periodic","unit":"day"})", "/consent/fetch/unit"},
        {R"("storage_places":["DE"])", R"("storage_places":["de"])", "/consent/storage_places/0"},
        {R"("language":"en")", R"("language":7)", "/consent/notice/language"},
        {R"("legal_basis":"consent")", R"("legal_basis":"habit")", "/consent/legal_basis"},
        {R"("occurred_at":"2026-06-01T00:00:00.000Z")", R"("occurred_at":"2026-06-01T00:00:00Z")",
         "/occurred_at"},
    };
    for (const Case& one : cases) {
        INFO(one.to);
        CHECK(fault_of(replaced(good, one.from, one.to)) ==
              std::string("schema-violation at ") + one.pointer);
    }
    const std::string lone = R"({"type":"consent.steal"})";
    CHECK(fault_of(lone) == "schema-violation at /type");
    CHECK(fault_of("[]") == "schema-violation at ");
    CHECK(fault_of(replaced(good, "{\"type\"", "{\"type\":\"a\",\"type\"")) ==
          "malformed-json at /type");
}

TEST_CASE("event: reads access events and refuses members of other types") {
    const TimeMs at = start_time();
    AccessText text;
    text.version = 2;
    text.data_range = R"(,"data_from":"2026-01-01T00:00:00.000Z")";
    const auto request = parse_event(access_request(text, at));
    REQUIRE(request.has_value());
    CHECK(request->access().version == 2);
    CHECK(request->access().resources.all);
    CHECK(request->access().data_from == *parse_time("2026-01-01T00:00:00.000Z"));

    const auto delivery = parse_event(access_event(
        "delivery", text, at, std::string(delivered) + R"(,"record_count":3,"byte_count":0)"));
    REQUIRE(delivery.has_value());
    CHECK(delivery->access().status[0] == ResourceStatus{"r1", "delivered"});
    CHECK(delivery->access().record_count == 3);
    const auto decision = parse_event(access_event(
        "decision", text, at, R"(,"claimed":"deny","reasons":["x"],"policy_version":"p1")"));
    REQUIRE(decision.has_value());
    CHECK_FALSE(decision->access().claimed_permit);
    CHECK(fault_of(access_event("denial", text, at, R"(,"reasons":["x"])")) == "accepted");
    CHECK(fault_of(access_event("denial", text, at, R"(,"reasons":[])")) ==
          "schema-violation at /reasons");
    CHECK(fault_of(access_event("denial", text, at, R"(,"reasons":["x"],"claimed":"deny")")) ==
          "schema-violation at /claimed");

    AccessText without;
    without.consent_id.clear();
    CHECK(fault_of(access_request(without, at)) == "schema-violation at /consent_id");
    without.legal_basis = "vital";
    CHECK(fault_of(access_request(without, at)) == "accepted");
}

TEST_CASE("event: labels keep their grammar") {
    CHECK(is_code("rebit|103"));
    CHECK(is_code(std::string(128, 'a')));
    CHECK_FALSE(is_code(std::string(129, 'a')));
    CHECK_FALSE(is_code(""));
    CHECK_FALSE(is_code("a b"));
    CHECK_FALSE(is_code("a/b"));
    CHECK(is_subject("sub:" + std::string(64, 'f')));
    CHECK_FALSE(is_subject("sub:" + std::string(65, 'f')));
    CHECK_FALSE(is_subject("sub:a|b"));
    CHECK(is_institution("north-bank-2"));
    CHECK_FALSE(is_institution("northBank"));
}

}  // namespace consentree::ledger::test

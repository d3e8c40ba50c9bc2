// The OpenAPI document against the server: every route answers, and answers as it says.
#include "node/api_routes.h"
#include "node/openapi.h"
#include "node/problem.h"
#include "tests/unit/node/api_fixture.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>

using namespace consentree;
using namespace consentree::node;
using namespace consentree::node::test;
using nlohmann::json;
namespace api = consentree::client::api;

namespace {

struct Example {
    std::map<std::string, std::string> captures;
    std::map<std::string, std::string> bodies;  // By operationId.
    std::map<std::string, std::string> queries;
};

std::string fill(std::string pattern, const std::map<std::string, std::string>& captures) {
    for (std::size_t open = pattern.find('{'); open != std::string::npos;
         open = pattern.find('{')) {
        const std::size_t close = pattern.find('}', open);
        const std::string name = pattern.substr(open + 1, close - open - 1);
        pattern.replace(open, close - open + 1, captures.at(name));
    }
    return pattern;
}

// Members, types and required names, as deep as the document goes.
void check_schema(const json& document, const json& schema, const json& value) {
    if (schema.contains("$ref")) {
        const std::string path = schema.at("$ref").get<std::string>().substr(1);
        return check_schema(document, document.at(json::json_pointer(path)), value);
    }
    const json type = schema.value("type", json());
    const bool is_nullable =
        type.is_array() && std::find(type.begin(), type.end(), "null") != type.end();
    if (is_nullable && value.is_null()) return;
    if (schema.value("type", json()) == "array") {
        REQUIRE(value.is_array());
        for (const json& item : value) check_schema(document, schema.at("items"), item);
    }
    if (schema.value("type", json()) == "string") CHECK(value.is_string());
    if (schema.value("type", json()) == "integer") CHECK(value.is_number_unsigned());
    if (schema.value("type", json()) == "boolean") CHECK(value.is_boolean());
    if (!schema.contains("properties")) return;
    REQUIRE(value.is_object());
    for (const json& name : schema.value("required", json::array())) {
        INFO(name);
        CHECK(value.contains(name.get<std::string>()));
    }
    for (const auto& [name, member] : value.items()) {
        INFO(name);
        REQUIRE(schema.at("properties").contains(name));
        check_schema(document, schema.at("properties").at(name), member);
    }
}

Example make_example(Harness& harness) {
    harness.grant("c-1", "sub:ann");
    const std::string bytes =
        harness.transaction(harness.world.medcare, {access_event("a-1", "c-1", "sub:ann")});
    const std::string hash(64, 'b');
    harness.commit(
        harness.world.medcare,
        {R"({"type":"agreement.propose","agreement":{"schema":"consentree/agreement-record/1",)"
         R"("agreement_id":"agr-1","version":1,"parties":["medcare","unilab"],)"
         R"("purposes":[{"code":"research"}],"valid_from":"2026-01-01T00:00:00.000Z",)"
         R"("valid_until":null,"retention":{"unit":"day","value":30,"basis":"from_delivery"},)"
         R"("onward_transfer":{"allowed":false},"confidentiality":{"sha256":")" +
             hash + R"("},"penalty":{"sha256":")" + hash + R"("}},"occurred_at":")" + now_text() +
             R"("})",
         R"({"type":"party.register","party":{"schema":"consentree/party/1",)"
         R"("party_id":"medcare","name":"Medcare","type":"institution"},"occurred_at":")" +
             now_text() + R"("})",
         R"({"type":"access.rights_request","event_id":"r-1","actor_org":"medcare",)"
         R"("subject":"sub:ann","right":"object","occurred_at":")" +
             now_text() + R"("})"});
    Caller caller(harness.server.port());
    const Answer answer = caller.call("POST", "/v1/transactions", bytes, api::transaction_type,
                                      "Prefer: wait=30\r\n");
    harness.put_in_force("purposes", 1,
                         R"({"schema":"consentree/vocabulary/1","id":"purposes","version":1,)"
                         R"("title":"T","terms":[{"code":"research"}]})");
    Example example;
    example.captures = {{"tx_id", json::parse(answer.body).at("tx_id")},
                        {"consent_id", "c-1"},
                        {"access_id", json::parse(answer.body).at("leaves")[0].dump()},
                        {"agreement_id", "agr-1"},
                        {"subject", "sub:ann"},
                        {"index", "0"},
                        {"level", "0"},
                        {"tile", "000.p/1"},
                        {"height", "1"},
                        {"party_id", "medcare"},
                        {"policy_id", "purposes"},
                        {"problem", "busy"},
                        {"kind", "subject"},
                        {"label", "sub:ann"}};
    api::CheckRequest check;
    check.subject = "sub:ann";
    check.recipient = "unilab";
    check.purpose = "research";
    check.data = {"lab-results"};
    example.bodies = {{"submitTransaction", bytes},
                      {"submitTransactions", api::format_transaction_list({bytes})},
                      {"checkConsent", api::format(check)},
                      {"postTimeline", R"({"subject":"sub:ann"})"}};
    return example;
}

Answer call(Caller& caller,
            const Route& route,
            const Example& example,
            const std::string& method,
            const std::string& query = {}) {
    const std::string target = fill(std::string(route.pattern), example.captures) + query;
    const auto body = example.bodies.find(std::string(route.id));
    if (body == example.bodies.end() || method == "OPTIONS") return caller.call(method, target);
    const std::string_view type = route.body_types.back();
    return caller.call(method, target, body->second, type, "Prefer: wait=10\r\n");
}

}  // namespace

TEST_CASE("api document: every route of it answers as its schema says") {
    Harness harness;
    const Example example = make_example(harness);
    Caller caller(harness.server.port());
    const json document = json::parse(caller.get("/v1/openapi.json").body);
    CHECK(document.at("openapi") == "3.1.0");
    std::size_t operations = 0;
    for (const auto& [path, methods] : document.at("paths").items()) operations += methods.size();
    CHECK(operations == api_routes().size());
    for (const Route& route : api_routes()) {
        INFO(route.pattern);
        std::string method(route.method);
        std::string lower = method;
        for (char& c : lower) c = static_cast<char>(std::tolower(c));
        const json& operation = document.at("paths").at(std::string(route.pattern)).at(lower);
        CHECK(operation.at("operationId") == std::string(route.id));
        // A stream has no end: its head is what GET would begin with.
        const bool is_stream = route.answer_type == "text/event-stream";
        Caller once(harness.server.port());
        const Answer answer =
            is_stream ? call(once, route, example, "HEAD") : call(caller, route, example, method);
        INFO(answer.body);
        CHECK(answer.status == route.status);
        CHECK(answer.headers.count("request-id") == 1);
        CHECK(answer.headers.count("consentree-height") == 1);
        CHECK(answer.headers.count("consentree-network") == 1);
        const json& said = operation.at("responses").at(std::to_string(answer.status));
        if (route.answer_schema.empty()) {
            const std::string type = answer.headers.at("content-type");
            CHECK(type.substr(0, type.find(';')) == route.answer_type);
            CHECK(said.at("content").contains(std::string(route.answer_type)));
        } else {
            CHECK(answer.headers.at("content-type") == "application/json");
            check_schema(document, said.at("content").at("application/json").at("schema"),
                         json::parse(answer.body));
        }
    }
}

TEST_CASE("api document: schemas cover problems and optional members") {
    const json document = json::parse(openapi_document());
    const auto schema = [&document](const char* name) {
        return document.at("components").at("schemas").at(name);
    };
    api::Problem problem{"/problems/x",        "t", 409, "d", "i", "CT-1", "r", "h", {{"/a", "b"}},
                         std::string(64, 'a'), true};
    check_schema(document, schema("Problem"), json::parse(api::format(problem)));
    api::TransactionAnswer refused;
    refused.status = api::TxState::rejected;
    refused.code = "consent-state";
    refused.replayed = true;
    check_schema(document, schema("TransactionAnswer"), json::parse(api::format(refused)));
    api::CheckRequest check{"s", "r", "p", {"d"}, "view", {"x"}, "i",
                            "c", "f", "u", "NL",  "a",    true};
    check_schema(document, schema("CheckRequest"), json::parse(api::format(check)));
    api::TimelineRequest timeline{"s", 5, "c"};
    check_schema(document, schema("TimelineRequest"), json::parse(api::format(timeline)));
    api::TransactionRequest request{"p", "k", std::string(64, 's'), {"e"}};
    check_schema(document, schema("TransactionRequest"), json::parse(api::format(request)));
}

TEST_CASE("api document: HEAD is GET without a body, OPTIONS says what is allowed") {
    Harness harness;
    const Example example = make_example(harness);
    Caller caller(harness.server.port());
    for (const Route& route : api_routes()) {
        if (route.answer_type == "text/event-stream") continue;  // Has no end: see api_events.
        INFO(route.pattern);
        const Answer options = call(caller, route, example, "OPTIONS");
        CHECK(options.status == 204);
        CHECK(options.headers.at("allow").find(route.method) != std::string::npos);
        const Answer wrong = call(caller, route, example, "DELETE");
        CHECK(wrong.status == 405);
        CHECK(wrong.headers.at("allow") == options.headers.at("allow"));
        if (route.method != "GET" || route.pattern == "/metrics") continue;
        const Answer get = call(caller, route, example, "GET");
        const Answer head = call(caller, route, example, "HEAD");
        CHECK(head.status == get.status);
        CHECK(head.body.empty());
        CHECK(head.headers.at("content-length") == std::to_string(get.body.size()));
        CHECK(head.headers.at("content-type") == get.headers.at("content-type"));
    }
    CHECK(caller.call("OPTIONS", "*").status == 204);
}

TEST_CASE("api document: a parameter that is not in it is refused on every route") {
    Harness harness;
    const Example example = make_example(harness);
    Caller caller(harness.server.port());
    const auto name_of = [](const Answer& answer) {
        return api::parse_problem(answer.body)->name();
    };
    const std::map<ParameterKind, std::string> wrong{{ParameterKind::text, ""},
                                                     {ParameterKind::number, "-1"},
                                                     {ParameterKind::limit, "501"},
                                                     {ParameterKind::time, "yesterday"},
                                                     {ParameterKind::order, "up"},
                                                     {ParameterKind::state, "gone"},
                                                     {ParameterKind::agreement_state, "active"},
                                                     {ParameterKind::verdict, "MAYBE"},
                                                     {ParameterKind::hash, "xyz"},
                                                     {ParameterKind::flag, "yes"}};
    for (const Route& route : api_routes()) {
        INFO(route.pattern);
        const std::string method(route.method);
        const Answer unknown = call(caller, route, example, method, "?subjekt=x");
        CHECK(unknown.status == 400);
        CHECK(name_of(unknown) == "unknown-parameter");
        for (const Parameter& parameter : route.parameters) {
            INFO(parameter.name);
            const std::string query =
                "?" + std::string(parameter.name) + "=" + wrong.at(parameter.kind);
            CHECK(name_of(call(caller, route, example, method, query)) == "invalid-parameter");
        }
    }
    CHECK(name_of(caller.get("/v1/consents?limit=1&limit=2")) == "invalid-parameter");
    CHECK(name_of(caller.get("/v1/consents?subject=%zz")) == "bad-request");
    CHECK(name_of(caller.get("/v1/consents/")) == "path-unknown");
    CHECK(name_of(caller.get("/v1/consents/a/b/c")) == "path-unknown");
    CHECK(name_of(caller.get("/v2/consents")) == "path-unknown");
}

TEST_CASE("api document: says where a token is asked for, and what answers its absence") {
    const json document = json::parse(openapi_document());
    const json& schemes = document.at("components").at("securitySchemes");
    CHECK(schemes.at("bearer").at("scheme") == "bearer");
    for (const Route& route : api_routes()) {
        INFO(route.pattern);
        std::string method(route.method);
        for (char& c : method) c = static_cast<char>(std::tolower(c));
        const json& operation = document.at("paths").at(std::string(route.pattern)).at(method);
        const bool is_open = route.role == CallerRole::nobody;
        CHECK(operation.contains("security") != is_open);
        CHECK(operation.at("responses").contains("401") != is_open);
        CHECK(operation.at("responses").contains("403") == (route.role == CallerRole::client));
        if (!is_open) CHECK(operation.at("security")[0].contains("bearer"));
    }
}

// Every code with which the ledger or the node refuses something is a problem of the table: the
// sources are read for them, so that a new one cannot be forgotten.
TEST_CASE("api document: every refusal has a problem of its own") {
    const std::regex code_of(
        R"re((?:refuse|mismatch|Refusal)\w*\s*[({]\s*"([a-z]+(?:-[a-z]+)+)")re");
    // Of evidence that is checked offline, of peers, and of a node that does not start: these are
    // no answers of the API.
    const std::set<std::string> elsewhere{
        "header-malformed", "odd-key",           "evidence-unsupported", "malformed-batch",
        "not-a-validator",  "config-invalid",    "config-unreadable",    "disk-failed",
        "store-damaged",    "data-folder",       "genesis-unreadable",   "address-invalid",
        "cannot-listen",    "api-listen-failed", "api-not-loopback"};
    std::size_t found = 0;
    for (const char* folder : {"ledger", "node"}) {
        for (const auto& file : std::filesystem::directory_iterator(folder)) {
            if (file.path().extension() != ".cpp") continue;
            std::ifstream source(file.path());
            const std::string text{std::istreambuf_iterator<char>(source), {}};
            for (std::sregex_iterator at(text.begin(), text.end(), code_of), end; at != end; ++at) {
                const std::string code = (*at)[1];
                INFO(file.path().string() << ": " << code);
                ++found;
                if (!elsewhere.contains(code)) CHECK(find_problem_kind(code) != nullptr);
            }
        }
    }
    CHECK(found > 60);
}

TEST_CASE("api document: problem names and codes are unique and in docs/api.md") {
    std::ifstream file("docs/api.md");
    std::stringstream text;
    text << file.rdbuf();
    std::set<std::string_view> names, codes;
    for (const ProblemKind& kind : problem_kinds()) {
        INFO(kind.name);
        CHECK(names.insert(kind.name).second);
        CHECK(codes.insert(kind.code).second);
        CHECK(kind.status >= 400);
        const std::string row = "| `" + std::string(kind.name) + "` | " + std::string(kind.code) +
                                " | " + std::to_string(kind.status) + " | " +
                                std::string(kind.title) + " |";
        CHECK(text.str().find(row) != std::string::npos);
    }
    for (const Route& route : api_routes()) {
        INFO(route.pattern);
        std::string last(route.pattern.substr(route.pattern.rfind('/')));
        CHECK(text.str().find(last.substr(0, last.find('{'))) != std::string::npos);
    }
}

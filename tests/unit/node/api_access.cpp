// The API for other machines: TLS, tokens, roles; the client library speaks it too.
#include "client/client.h"
#include "client/http.h"
#include "common/files.h"
#include "common/hash.h"
#include "ledger/policy.h"
#include "node/api_tls.h"
#include "tests/unit/client/temporary_home.h"
#include "tests/unit/node/api_fixture.h"

#include <catch2/catch.hpp>
#include <cstdlib>

using namespace consentree;
using namespace consentree::node;
using namespace consentree::node::test;
using client::FailureKind;
using client::Http;
using client::HttpAccess;
namespace api = consentree::client::api;

namespace {

// A folder with a certificate for an address, made as docs/operations.md says.
struct Certificate {
    client::test::TemporaryHome home;
    std::string certificate = home.file("api.crt");
    std::string key = home.file("api.key");

    explicit Certificate(const std::string& names = "IP:127.0.0.1") {
        const std::string command =
            "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 "
            "-subj /CN=node -addext subjectAltName=" +
            names + " -keyout '" + key + "' -out '" + certificate + "' 2>/dev/null";
        REQUIRE(std::system(command.c_str()) == 0);
        std::filesystem::permissions(key, std::filesystem::perms::owner_read);
    }
};

const std::string reader = "ctt_reader";
const std::string grafana = "ctt_grafana";

// What a client is given: certificates to believe, and a file with this token.
HttpAccess access_of(const Certificate& made, const std::string& ca, const std::string& token) {
    if (token.empty()) return {ca, {}};
    const std::string file = made.home.file(token + ".token");
    REQUIRE(replace_file(file, token + "\n", 0600));
    return {ca, file};
}
HttpAccess access_of(const Certificate& made, const std::string& token) {
    return access_of(made, made.certificate, token);
}

ApiConfig secure_config(const Certificate& made) {
    ApiConfig config;
    config.certificate = made.certificate;
    config.private_key = made.key;
    config.callers = {{"audit", CallerRole::client, sha256(as_bytes(reader))},
                      {"grafana", CallerRole::monitor, sha256(as_bytes(grafana))}};
    return config;
}

client::Outcome<client::HttpResponse> get(const ApiServer& server,
                                          const std::string& target,
                                          const HttpAccess& access,
                                          const std::string& scheme = "https") {
    const std::string port = std::to_string(server.port());
    auto http = Http::make({scheme + "://127.0.0.1:" + port}, access);
    REQUIRE(http);
    return (*http)->send({.target = target}, std::chrono::seconds(20),
                         Http::Clock::now() + std::chrono::seconds(30));
}

unsigned status_of(const ApiServer& server, const std::string& target, const HttpAccess& access) {
    const auto answer = get(server, target, access);
    REQUIRE(answer);
    return answer->status;
}

std::string name_of(const std::string& body) {
    return api::parse_problem(body)->name();
}

}  // namespace

TEST_CASE("api access: over TLS a caller needs a token, and its role says what it reaches") {
    const Certificate made;
    Harness harness(secure_config(made));
    const ApiServer& server = harness.server;
    for (const std::string& token : {std::string(), std::string("ctt_other"), reader + "x"}) {
        const auto refused = get(server, "/v1/consents", access_of(made, token));
        REQUIRE(refused);
        CHECK(refused->status == 401);
        CHECK(name_of(refused->body) == "caller-unknown");
        CHECK(refused->body.find("medcare") == std::string::npos);
        CHECK(status_of(server, "/livez", access_of(made, token)) == 200);
        CHECK(status_of(server, "/livez?verbose", access_of(made, token)) == 401);
        CHECK(status_of(server, "/readyz", access_of(made, token)) == 401);
    }
    CHECK(status_of(server, "/v1/consents", access_of(made, reader)) == 200);
    CHECK(status_of(server, "/metrics", access_of(made, reader)) == 200);
    for (const char* path : {"/metrics", "/livez", "/readyz", "/version", "/v1/status",
                             "/v1/openapi.json", "/problems", "/problems/busy"}) {
        INFO(path);
        CHECK(status_of(server, path, access_of(made, grafana)) == 200);
    }
    for (const char* path : {"/v1/consents", "/v1/accesses", "/v1/entries/0", "/checkpoint",
                             "/tile/entries/000.p/1", "/v1/evidence/subject/sub:ann"}) {
        INFO(path);
        const auto refused = get(server, path, access_of(made, grafana));
        REQUIRE(refused);
        CHECK(refused->status == 403);
        CHECK(name_of(refused->body) == "caller-not-allowed");
    }
    CHECK(status_of(server, "/v1/nothing", access_of(made, grafana)) == 404);
}

TEST_CASE("api access: a client believes only the certificates it was given, for that host") {
    const Certificate made, other, elsewhere("IP:192.0.2.1,DNS:node.example");
    Harness harness(secure_config(made));
    for (const std::string& ca : {other.certificate, std::string()}) {
        const auto answer = get(harness.server, "/version", access_of(made, ca, reader));
        REQUIRE_FALSE(answer);
        CHECK(answer.error().kind == FailureKind::unreachable);
        CHECK(answer.error().why.find("TLS failed") == 0);
    }
    Harness wrong_host(secure_config(elsewhere));
    CHECK_FALSE(get(wrong_host.server, "/version", access_of(elsewhere, reader)));
    // Neither side speaks to the other's plain text, and both go on.
    const auto plain_text = get(harness.server, "/version", access_of(made, {}, reader), "http");
    REQUIRE(plain_text);
    CHECK(plain_text->status == 400);
    CHECK(name_of(plain_text->body) == "https-only");
    Harness plain;
    CHECK_FALSE(get(plain.server, "/version", {made.certificate, {}}));
    CHECK(get(plain.server, "/version", {}, "http"));
    CHECK(status_of(harness.server, "/version", access_of(made, reader)) == 200);
    const auto unusable = Http::make({"https://127.0.0.1:1"}, {made.key, {}});
    REQUIRE_FALSE(unusable);
    CHECK(unusable.error().code == "ca-unusable");
}

TEST_CASE("api access: a token is not sent in the clear to another machine") {
    const Certificate made;
    const HttpAccess access = access_of(made, {}, reader);
    CHECK(Http::make({"http://127.0.0.1:8501"}, access));
    CHECK(Http::make({"http://[::1]:8501", "http://localhost:1"}, access));
    CHECK(Http::make({"https://node.example"}, access));
    for (const char* url : {"http://node.example:8501", "http://192.0.2.1"}) {
        const auto refused = Http::make({"http://127.0.0.1:8501", url}, access);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().code == "token-in-the-clear");
    }
    for (const char* text : {"", "\nctt_1", "two words", "ctt_1\r\n"}) {
        REQUIRE(replace_file(access.token, text, 0600));
        const auto refused = Http::make({"https://node.example"}, access);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().code == "token-unusable");
    }
}

TEST_CASE("api access: without TLS, tokens are asked for on loopback as well") {
    ApiConfig config;
    config.callers = {{"audit", CallerRole::client, sha256(as_bytes(reader))}};
    Harness harness(config);
    Caller caller(harness.server.port());
    const Answer refused = caller.get("/v1/consents");
    CHECK(refused.status == 401);
    CHECK(refused.headers.at("www-authenticate") == "Bearer realm=\"consentree\"");
    CHECK_FALSE(refused.keep_alive);
    const Answer alive = Caller(harness.server.port()).get("/livez");
    CHECK(alive.status == 200);
    CHECK_FALSE(alive.keep_alive);  // A stranger's place is for one request.
    CHECK(alive.headers.count("consentree-height") == 0);
    for (const std::string& credentials :
         {"Bearer " + reader, "bearer " + reader, "BEARER " + reader}) {
        Caller again(harness.server.port());
        CHECK(again.call("GET", "/v1/consents", {}, {}, "Authorization: " + credentials + "\r\n")
                  .status == 200);
    }
    for (const std::string& credentials : {reader, "Basic " + reader, std::string("Bearer "),
                                           std::string("Bearer"), "Bearer  " + reader}) {
        Caller again(harness.server.port());
        INFO(credentials);
        CHECK(again.call("GET", "/v1/consents", {}, {}, "Authorization: " + credentials + "\r\n")
                  .status == 401);
    }
}

TEST_CASE("api access: beyond loopback it listens with TLS and callers, and says what is missing") {
    const Certificate made;
    const World world;
    FakeNode node(world);
    Metrics metrics;
    const auto missing = [&](ApiConfig config) {
        config.host = "0.0.0.0";
        ApiServer server(node, metrics, config);
        const auto started = server.start();
        if (started) return std::string();
        CHECK(started.error().code == "api-not-loopback");
        return started.error().detail;
    };
    const std::string none = missing({});
    CHECK(none.find("api.certificate") != std::string::npos);
    CHECK(none.find("api.callers") != std::string::npos);
    ApiConfig config = secure_config(made);
    CHECK(missing(config).empty());
    config.callers.clear();
    CHECK(missing(config).find("without the tokens of its callers (api.callers)") !=
          std::string::npos);
    config = secure_config(made);
    config.certificate.clear();
    CHECK(missing(config).find("without TLS (api.certificate and api.private_key)") !=
          std::string::npos);

    const auto refusal = [&](const std::string& certificate, const std::string& key) {
        ApiConfig broken = secure_config(made);
        broken.certificate = certificate;
        broken.private_key = key;
        ApiServer server(node, metrics, broken);
        const auto started = server.start();
        REQUIRE_FALSE(started.has_value());
        CHECK(started.error().code == "api-tls");
        return started.error().detail;
    };
    const Certificate other;
    CHECK(refusal(made.certificate, other.key).find(other.key) == 0);
    CHECK(refusal(made.key, made.key).find(made.key) == 0);
    CHECK(refusal(made.certificate, made.certificate + ".none").find(".none") != std::string::npos);
    std::filesystem::permissions(other.key, std::filesystem::perms(0644));
    CHECK(refusal(other.certificate, other.key).find("can read") != std::string::npos);
}

TEST_CASE("api access: who does not finish the TLS handshake is let go") {
    const Certificate made;
    ApiConfig config = secure_config(made);
    config.header_time = std::chrono::milliseconds(30);
    Harness harness(config);
    for (const char* bytes : {"", "\x16\x03\x01", "\x16\x03\x01\xff\xff"}) {
        Caller silent(harness.server.port());
        silent.send(bytes);
        CHECK_FALSE(silent.receive());
    }
}

TEST_CASE("api access: those who show no token take few places and hinder nobody who has one") {
    const Certificate made;
    ApiConfig config = secure_config(made);
    config.strangers = 2;
    Harness harness(config);
    const std::string url = "https://127.0.0.1:" + std::to_string(harness.server.port());
    auto known = Http::make({url}, access_of(made, reader));
    REQUIRE(known);
    const auto ask = [&] {
        return (*known)->send({.target = "/version"}, std::chrono::seconds(20),
                              Http::Clock::now() + std::chrono::seconds(20));
    };
    REQUIRE(ask());
    Caller first(harness.server.port());
    Caller second(harness.server.port());
    Caller third(harness.server.port());
    CHECK_FALSE(third.receive());  // At once: the others still have their handshake's time.
    const auto answer = ask();     // On the connection that it has.
    REQUIRE(answer);
    CHECK(answer->status == 200);
}

TEST_CASE("api access: a host name is answered if the certificate is for it") {
    const Certificate made("IP:127.0.0.1,IP:192.0.2.7,DNS:node.example,DNS:*.wild.example");
    const auto tls = load_api_tls(made.certificate, made.key);
    REQUIRE(tls.has_value());
    for (const char* host : {"node.example", "NODE.example", "a.wild.example", "192.0.2.7"}) {
        CHECK(is_named(*tls, host));
    }
    for (const char* host :
         {"", "example", "evil.example", "a.b.wild.example", "192.0.2.8", "node"}) {
        CHECK_FALSE(is_named(*tls, host));
    }
}

TEST_CASE("api access: a client submits and verifies over HTTPS") {
    const Certificate made("IP:127.0.0.2");
    ApiConfig config = secure_config(made);
    config.host = "127.0.0.2";
    Harness harness(config);
    client::Options options;
    options.urls = {"https://127.0.0.2:" + std::to_string(harness.server.port())};
    const HttpAccess access = access_of(made, reader);
    options.ca = access.ca;
    options.token = access.token;
    options.trust = made.home.file("trust.policy");
    options.institution = "northbank";
    REQUIRE(replace_file(options.trust, ledger::format_policy(harness.world.genesis)));
    const std::string key = made.home.file("partner.key");
    REQUIRE(harness.world.partner.save(key).has_value());
    auto loaded = client::SigningKey::load(key);
    REQUIRE(loaded);
    options.key = std::move(*loaded);
    auto client = client::Client::connect(std::move(options));
    REQUIRE(client);
    auto submitted =
        client->submit_events({request_event("c-1", "sub:ann"), authorise_event("c-1", "sub:ann")});
    INFO((submitted ? "" : submitted.error().what_to_do()));
    REQUIRE(submitted);
    CHECK(submitted->receipt.verified());
    CHECK(submitted->receipt.verification.signers.size() == 3);
}

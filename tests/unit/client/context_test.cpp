#include "client/context.h"

#include "common/files.h"
#include "tests/unit/client/temporary_home.h"

#include <catch2/catch.hpp>

using namespace consentree;
using namespace consentree::client;
using namespace consentree::client::test;

TEST_CASE("context: saved, chosen, listed, forgotten") {
    TemporaryHome home;
    CHECK(current_context().empty());
    CHECK(list_contexts().empty());
    Context context;
    context.name = "demo";
    context.urls = {"http://127.0.0.1:8501", "http://127.0.0.1:8502"};
    context.ca = "/keys/api.crt";
    context.token = "/keys/api.token";
    context.key = home.file("with \"quotes\" and \\.key");
    context.trust = "relative/trust.policy";
    context.institution = "northbank";
    REQUIRE(save_context(context));
    REQUIRE(use_context("demo"));
    CHECK(current_context() == "demo");
    const auto loaded = load_context("demo");
    REQUIRE(loaded);
    CHECK(loaded->urls == context.urls);
    CHECK(loaded->ca == context.ca);
    CHECK(loaded->token == context.token);
    CHECK(loaded->key == context.key);
    CHECK(loaded->trust == std::filesystem::absolute(context.trust).string());
    CHECK(loaded->institution == "northbank");
    CHECK(loaded->agreement.empty());
    CHECK(list_contexts() == std::vector<std::string>{"demo"});
    REQUIRE(remove_context("demo"));
    CHECK(current_context().empty());
    CHECK(load_context("demo").error().kind == FailureKind::not_found);
}

TEST_CASE("context: a name is never a path") {
    TemporaryHome home;
    for (const char* name : {"", "../x", "a/b", "A", "a.b", "a b"}) {
        INFO(name);
        Context context;
        context.name = name;
        CHECK(save_context(context).error().code == "invalid-context");
        CHECK(use_context(name).error().code == "invalid-context");
    }
    CHECK_FALSE(use_context("unknown"));
}

TEST_CASE("context: a file with a mistake is refused with its place") {
    TemporaryHome home;
    const auto file = config_home() / "contexts" / "mine.toml";
    std::filesystem::create_directories(file.parent_path());
    REQUIRE(replace_file(file, "urls = [\"http://127.0.0.1:8501\"\nkey = 1"));
    CHECK(load_context("mine").error().why.find("line 2") != std::string::npos);
    REQUIRE(replace_file(file, "url = \"http://127.0.0.1:8501\"\n"));
    CHECK(load_context("mine").error().why.find("\"url\"") != std::string::npos);
    REQUIRE(replace_file(file, "urls = [1]\n"));
    CHECK_FALSE(load_context("mine"));
    REQUIRE(replace_file(file, "key = 1\n"));
    CHECK_FALSE(load_context("mine"));
}

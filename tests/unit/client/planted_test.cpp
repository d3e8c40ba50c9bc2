#include "client/cli/demo_planted.h"
#include "client/cli/demo_workload.h"
#include "common/files.h"

#include <catch2/catch.hpp>

using namespace consentree;
using namespace consentree::client::cli;
namespace fs = std::filesystem;
namespace synthetic = consentree::client::synthetic;

namespace {

// A demo that is only its folder, gone at the end of the test.
struct Folder {
    Demo demo;
    Folder() {
        std::string name = (fs::temp_directory_path() / "consentree-planted-XXXXXX").string();
        REQUIRE(mkdtemp(name.data()) != nullptr);
        demo.folder = name;
    }
    ~Folder() { fs::remove_all(demo.folder); }
};

synthetic::Settings settings_of(const std::string& tag) {
    synthetic::Settings settings;
    settings.profile = "storm";
    settings.seed = UINT64_MAX;
    settings.size = 12;
    settings.subjects = 20;
    settings.tag = tag;
    settings.institutions = {"northbank", "unilab"};
    return settings;
}

synthetic::Planted planted_one() {
    return {"in-flight",
            {synthetic::Rule::verdict, "e_a_1.request", "DENY", {"STATE_WITHDRAWN"}, {"IN_FLIGHT"}},
            "s_a_1",
            "northbank",
            "cns_a_1",
            "sub:1"};
}

}  // namespace

TEST_CASE("planted: what was written down is read again, load by load") {
    const Folder folder;
    const PlantedFile file(folder.demo);
    REQUIRE(file.read().has_value());
    CHECK(file.read()->empty());
    REQUIRE(file.begin(settings_of("a")).has_value());
    REQUIRE(file.add("a", {planted_one()}).has_value());
    REQUIRE(file.end("a", 12, 40).has_value());
    REQUIRE(file.begin(settings_of("b")).has_value());  // Interrupted.
    REQUIRE(file.reached("b", 4, 11).has_value());
    REQUIRE(file.reached("b", 8, 22).has_value());
    REQUIRE(file.add("b", {planted_one()}).has_value());
    const auto loads = file.read();
    REQUIRE(loads.has_value());
    REQUIRE(loads->size() == 2);
    const PlantedLoad& load = loads->front();
    CHECK(load.settings.profile == "storm");
    CHECK(load.settings.seed == UINT64_MAX);
    CHECK(load.settings.institutions == settings_of("a").institutions);
    CHECK(load.done == 12);
    CHECK(load.whole == 12);
    CHECK(load.events == 40);
    CHECK_FALSE(load.started.empty());
    CHECK_FALSE(load.ended.empty());
    REQUIRE(load.planted.size() == 1);
    CHECK(load.planted[0].kind == "in-flight");
    CHECK(load.planted[0].finding == planted_one().finding);
    CHECK(load.planted[0].consent == "cns_a_1");
    CHECK(loads->back().ended.empty());
    CHECK(loads->back().done == 8);
    CHECK(loads->back().events == 22);
    CHECK(loads->back().whole == 4);  // Of the last round more may come with the next.
    CHECK(loads->back().planted.size() == 1);
}

TEST_CASE("planted: what a killed program wrote half is left out, and the next load begins") {
    const Folder folder;
    const PlantedFile file(folder.demo);
    REQUIRE(file.begin(settings_of("a")).has_value());
    REQUIRE(file.reached("a", 4, 11).has_value());
    auto text = read_file(file.path(), 4096);
    REQUIRE(text);
    REQUIRE(replace_file(file.path(), *text + R"({"load":"a","kind":"pur)"));
    REQUIRE(file.read().has_value());
    CHECK(file.read()->front().done == 4);
    REQUIRE(file.begin(settings_of("b")).has_value());
    const auto loads = file.read();
    REQUIRE(loads.has_value());
    REQUIRE(loads->size() == 2);
    CHECK(loads->front().planted.empty());
    CHECK(loads->back().settings.tag == "b");
}

TEST_CASE("planted: of an interrupted load what may lack its end is not judged") {
    const auto finding = [](const std::string& key) {
        return synthetic::Finding{synthetic::Rule::verdict, key, "DENY", {"EXPIRED"}, {}};
    };
    PlantedLoad load;
    load.settings = settings_of("a");
    load.whole = 4;
    load.done = 8;
    for (const char* key : {"e_a_4.request", "e_a_5.request", "northbank/u-night-7"}) {
        synthetic::Planted one = planted_one();
        one.finding = finding(key);
        load.planted.push_back(one);
    }
    std::vector<synthetic::Finding> found{finding("e_a_1.use"), finding("e_a_12.receipt")};
    CHECK(drop_unsettled(load, found) == 2);
    REQUIRE(load.planted.size() == 1);
    CHECK(load.planted[0].finding.key == "e_a_4.request");
    REQUIRE(found.size() == 1);
    CHECK(found[0].key == "e_a_1.use");
    load.ended = "2026-11-26T00:00:00.000Z";
    found.push_back(finding("e_a_12.receipt"));
    CHECK(drop_unsettled(load, found) == 0);
    CHECK(found.size() == 2);
}

TEST_CASE("planted: a line that is none is named") {
    const std::string begin = R"({"load":"a","profile":"storm"})"
                              "\n";
    for (const std::string line :
         {"", "{", "[]", "7", R"({"load":"b","kind":"x","rule":"verdict"})",
          R"({"load":"a","kind":"x","rule":"wish"})", R"({"load":"a","kind":7,"rule":"verdict"})",
          R"({"load":"a","rule":"verdict","flags":"LATE"})", R"({"load":7})",
          R"({"load":"a","ended":"now","done":"many"})"}) {
        INFO(line);
        const Folder folder;
        const PlantedFile file(folder.demo);
        REQUIRE(write_new_file(file.path(), begin + line + "\n").has_value());
        const auto loads = file.read();
        REQUIRE_FALSE(loads.has_value());
        CHECK(loads.error().code == "planted-malformed");
        CHECK(loads.error().what.find("line 2") != std::string::npos);
    }
}

TEST_CASE("planted: options that are no workload are refused") {
    WorkloadOptions options;
    options.profile = "open-banking";
    CHECK(wrong_with(options).empty());
    options.size = 0;
    CHECK(wrong_with(options).find("--size") == 0);
    options.size = 100'000'001;
    CHECK(wrong_with(options).find("--size") == 0);
    options.size = 1;
    options.subjects = 2'000'001;
    CHECK(wrong_with(options).find("--subjects") == 0);
    options.profile = "open-bank";
    CHECK(wrong_with(options).find("aa-lending") != std::string::npos);
}

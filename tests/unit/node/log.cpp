#include "node/log.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

using namespace consentree::node;

namespace {

using Lines = std::shared_ptr<std::vector<std::string>>;

// Lines written until the end of the test case.
struct Capture {
    Lines lines = std::make_shared<std::vector<std::string>>();
    Capture() {
        log::capture([kept = lines](std::string_view line) { kept->emplace_back(line); });
    }
    ~Capture() { log::configure({log::Format::json, log::Level::error}); }
};

std::string render(log::Format format, std::string_view value) {
    return log::render(format, log::Level::info, 0, "message", {{"key", value}});
}

}  // namespace

TEST_CASE("log: a JSON line carries time, level, message and typed fields") {
    const std::string line = log::render(
        log::Format::json, log::Level::warn, 1'700'000'000'123, "peer refused",
        {{"peer", "medcare"}, {"height", 7U}, {"delta", -3}, {"up", false}, {"rate", 0.5}}, 12);
    CHECK(line == R"({"time":"2023-11-14T22:13:20.123Z","level":"warn","message":"peer refused",)"
                  R"("peer":"medcare","height":7,"delta":-3,"up":false,"rate":0.5,"left_out":12})");
}

TEST_CASE("log: a text line is for people") {
    const std::string line = log::render(log::Format::text, log::Level::info, 0, "peer connected",
                                         {{"peer", "medcare"}, {"reason", "two words"}});
    CHECK(line ==
          "1970-01-01T00:00:00.000Z info  peer connected  peer=medcare  reason=\"two words\"");
}

TEST_CASE("log: no value can forge a line, a field or a terminal command") {
    const std::vector<std::string> hostile{"a\nb",
                                           "a\r\nb",
                                           "\x1b[2J",
                                           "\",\"level\":\"error",
                                           "back\\slash",
                                           std::string(1, 0),
                                           "\x7f",
                                           "\xC2\x9B"
                                           "2J",
                                           "\xE2\x80\xAE",
                                           "\xE2\x80\xA8",
                                           "\xFF\xFE",
                                           "\xC0\x8A",
                                           "\xED\xA0\x80",
                                           "\xF4\x90\x80\x80",
                                           "cut \xE2\x82",
                                           "  level=error"};
    for (const std::string& value : hostile) {
        const std::string json = render(log::Format::json, value);
        const auto parsed = nlohmann::json::parse(json, nullptr, false);
        INFO(json);
        REQUIRE(parsed.is_object());
        CHECK(parsed.size() == 4);
        CHECK(parsed["level"] == "info");
        for (const std::string& line : {json, render(log::Format::text, value)}) {
            CHECK(std::none_of(line.begin(), line.end(), [](char c) {
                return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
            }));
            CHECK(line.find("\xE2\x80") == std::string::npos);
            CHECK(line.find("\xC2\x9B") == std::string::npos);
        }
    }
    CHECK(render(log::Format::text, "  level=error").find("key=\"  level=error\"") !=
          std::string::npos);
}

TEST_CASE("log: well-formed text passes unchanged through JSON") {
    const std::string value = "Zürich \xE2\x82\xAC \xF0\x9F\x8C\xB3 \"quoted\" \\ \n end";
    const auto parsed = nlohmann::json::parse(render(log::Format::json, value));
    CHECK(parsed["key"] == value);
}

TEST_CASE("log: a long value is cut") {
    CHECK(render(log::Format::json, std::string(100'000, 'x')).size() < 2000);
}

TEST_CASE("log: lines that repeat are limited, others are not") {
    const Capture capture;
    for (int i = 0; i < 500; ++i) log::warn("refused a stranger", {{"number", i}});
    log::warn("something else");
    const auto& lines = *capture.lines;
    CHECK(lines.size() < 30);
    CHECK(lines.back().find("something else") != std::string::npos);
}

TEST_CASE("log: levels below the chosen one are not written") {
    const Capture capture;
    log::debug("fine detail");
    CHECK(capture.lines->size() == 1);
    log::configure({log::Format::json, log::Level::error});
    CHECK_FALSE(log::is_enabled(log::Level::warn));
    CHECK(log::is_enabled(log::Level::error));
}

TEST_CASE("log: lines of several threads stay whole") {
    const Capture capture;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([] {
            for (int i = 0; i < 100; ++i) log::debug("from a thread", {{"number", i}});
        });
    }
    for (auto& thread : threads) thread.join();
    REQUIRE(capture.lines->size() == 400);
    for (const auto& line : *capture.lines) CHECK(nlohmann::json::accept(line));
}

TEST_CASE("log: names of levels and formats") {
    CHECK(log::parse_level("warn") == log::Level::warn);
    CHECK_FALSE(log::parse_level("loud").has_value());
    CHECK(log::parse_format("json") == log::Format::json);
    CHECK_FALSE(log::parse_format("xml").has_value());
}

// docs/samples.md says of every published sample what becomes of it; here that is held against
// what does.
#include "client/import/built_in.h"
#include "client/import/standardise.h"
#include "common/files.h"
#include "ledger/event.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

using namespace consentree;
using namespace consentree::client::mapping;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

constexpr const char* table_head = "| File | Mapping | Outcome | Why |";

std::string why_refused(const std::vector<Refused>& refused) {
    std::string why;
    for (std::size_t i = 0; i < refused.size() && i < 2; ++i) {
        const Refused& one = refused[i];
        why += i == 0 ? "" : "; ";
        why += (one.pointer.empty() ? "" : "`" + one.pointer + "` ") + one.rule + ": " + one.detail;
    }
    if (refused.size() > 2) why += "; and " + std::to_string(refused.size() - 2) + " more";
    return why;
}

// One row of the table, as it is.
std::string row_of(const std::string& name, const std::string& text, const json& agreement) {
    const Bytes key(32, 0x5a);
    std::string mapping_id = "-", outcome = "refused", why;
    const auto mapping = detect_mapping(text);
    if (!mapping) {
        why = why_refused({mapping.error()});
    } else {
        mapping_id = (*mapping)->id;
        const Outcome result = standardise({text, **mapping, agreement, key, {}, false});
        why = why_refused(result.refused);
        if (result.value) {
            outcome.clear();
            for (const std::string& step : result.value->steps) {
                outcome += (outcome.empty() ? "" : ", ") + step;
            }
            if (!result.others.empty()) {
                outcome += "; " + std::to_string(result.others.size() + 1) + " records";
            }
            const auto review = result.value->record.find("needs_review");
            if (review != result.value->record.end()) {
                why = "needs review: " + review->get<std::string>();
            }
            for (const std::string& event : events_of(*result.value, "2026-11-01T00:00:00.000Z")) {
                INFO(name << " " << event);
                CHECK(ledger::parse_event(event).has_value());
            }
        }
    }
    std::replace(why.begin(), why.end(), '|', '/');
    return "| `" + name + "` | " + mapping_id + " | " + outcome + " | " + why + " |";
}

std::vector<std::string> rows_of(const std::string& document) {
    std::vector<std::string> rows;
    std::size_t at = document.find(table_head);
    REQUIRE(at != std::string::npos);
    at = document.find("\n| `", at);
    while (at != std::string::npos && document.compare(at, 4, "\n| `") == 0) {
        const std::size_t end = document.find('\n', at + 1);
        rows.push_back(document.substr(at + 1, end - at - 1));
        at = end;
    }
    return rows;
}

}  // namespace

TEST_CASE("import samples: what docs/samples.md says of each published sample is so") {
    const char* named = std::getenv("CONSENTREE_SAMPLES");
    const fs::path samples = named != nullptr ? fs::path(named) : fs::path("../shared/samples");
    if (!fs::exists(samples)) {
        WARN("no published samples at " << samples << "; CONSENTREE_SAMPLES names their folder");
        return;
    }
    const json agreement =
        json::parse(*built_in_file("mappings/samples/public-samples.agreement.json"));
    std::map<std::string, std::string> actual;
    for (const auto& entry : fs::recursive_directory_iterator(samples)) {
        if (!entry.is_regular_file() || entry.path().filename() == "README.md") continue;
        const std::string name = fs::relative(entry.path(), samples).string();
        auto text = read_file(entry.path(), 1 << 20);
        REQUIRE(text.has_value());
        actual[name] = row_of(name, *text, agreement);
    }
    if (const char* out = std::getenv("CONSENTREE_SAMPLES_WRITE")) {
        std::ofstream file(out);
        for (const auto& [name, row] : actual) file << row << "\n";
    }
    auto document = read_file("docs/samples.md", 1 << 20);
    REQUIRE(document.has_value());
    const std::vector<std::string> rows = rows_of(*document);
    std::vector<std::string> expected;
    for (const auto& [name, row] : actual) expected.push_back(row);
    CHECK(rows.size() >= 80);
    for (std::size_t i = 0; i < std::max(rows.size(), expected.size()); ++i) {
        CHECK((i < rows.size() ? rows[i] : "(no row)") ==
              (i < expected.size() ? expected[i] : "(no file)"));
    }
}

TEST_CASE("import samples: every built-in mapping is free of faults") {
    std::size_t files = 0;
    for (const std::string_view path : built_in_files()) {
        if (!path.starts_with("mappings/") || path.find('/') != path.rfind('/')) continue;
        INFO(path);
        ++files;
        std::vector<Refusal> faults;
        const auto mapping = read_mapping(*built_in_file(path), faults);
        for (const Refusal& fault : faults) UNSCOPED_INFO(fault.pointer << ": " << fault.detail);
        REQUIRE(mapping.has_value());
        CHECK("mappings/" + mapping->id + ".json" == path);
        CHECK_FALSE(mapping->title.empty());
    }
    CHECK(built_in_mappings().size() == files);
    CHECK(files >= 10);
}

// Reports in their forms, from a node that tells the truth and from one that does not.
#include "client/client.h"
#include "client/report/check.h"
#include "tests/unit/client/fake_node.h"
#include "tests/unit/client/report_fixture.h"
#include "tests/unit/client/temporary_home.h"

#include <nlohmann/json.hpp>

using namespace consentree;
using namespace consentree::client;
using namespace consentree::client::test;
using report::Query;
using Json = nlohmann::json;

namespace {

const Planted& planted() {
    static const Planted all;
    return all;
}

bool has(const std::string& text, std::string_view part) {
    return text.find(part) != text.npos;
}

std::string rendered(const char* form, const Query& query) {
    std::ostringstream out;
    const auto sink = report::make_sink(form, out);
    REQUIRE(planted().run(query, *sink, 5));
    return out.str();
}

// A report of one row whose cells a hostile institution chose.
std::string rendered(const char* form, const std::string& cell) {
    std::ostringstream out;
    const auto sink = report::make_sink(form, out);
    report::Heading heading;
    heading.name = heading.question = heading.about = cell;
    heading.columns = {{"session"}, {"actor"}, {"subject"}, {"index"}};
    sink->begin(heading);
    sink->row({{cell, cell, "plain", "7"}, {7}});
    report::Statement statement;
    statement.signers = {cell};
    sink->end(statement);
    return out.str();
}

// Serves evidence about the planted world, after a lie has had its way with it.
struct Served {
    TemporaryHome home;
    std::size_t page_entries = 5, pages = 0;
    std::function<void(std::size_t page, ledger::Evidence&)> lie;
    FakeNode node{[this](const FakeRequest& request) { return answer(request); }};
    Client client = connect();

    static std::string parameter(const std::string& target, const std::string& name) {
        const std::size_t at = target.find(name + "=");
        if (at == target.npos) return {};
        const std::size_t from = at + name.size() + 1;
        return target.substr(from, target.find('&', from) - from);
    }
    FakeReply answer(const FakeRequest& request) {
        ledger::Question question = lt::about_alice;
        const std::string moment = parameter(request.target, "as_of");
        if (!moment.empty()) question.as_of_height = std::stoull(moment);
        ledger::EvidencePage page;
        page.limit = page_entries;
        if (parameter(request.target, "order") == "desc") {
            page.direction = ledger::Direction::descending;
        }
        const std::string position = parameter(request.target, "position");
        if (!position.empty()) page.position = std::stoull(position);
        ledger::Evidence evidence = planted().world.page(question, page).evidence;
        if (lie) lie(pages, evidence);
        ++pages;
        return http_reply(200, ledger::format_evidence(evidence));
    }
    Client connect() {
        const std::string trust = home.file("trust.policy");
        REQUIRE(replace_file(trust, planted().world.trust));
        Options options;
        options.urls = {node.url()};
        options.trust = trust;
        options.state_dir = "none";
        auto connected = Client::connect(std::move(options));
        REQUIRE(connected);
        return std::move(*connected);
    }
};

}  // namespace

TEST_CASE("report forms: CSV is RFC 4180, and no cell is a formula") {
    const std::string text = rendered("csv", Query{.name = "accesses", .subject = "sub:alice"});
    CHECK(text.starts_with("session,subject,actor,user,purpose,categories,"));
    CHECK(std::count(text.begin(), text.end(), '\n') == 13);
    CHECK(has(text, "\r\ns12,sub:alice,unilab,"));
    CHECK(rendered("csv", "a,\"b\"\r\nc") ==
          "session,actor,subject,index\r\n\"a,\"\"b\"\"\r\nc\",\"a,\"\"b\"\"\r\nc\",plain,7\r\n");
    for (const std::string start : {"=", "+", "-", "@", "\t"}) {
        const std::string hostile = rendered("csv", start + "cmd|' /C calc'!A0");
        CHECK(has(hostile, "\r\n'" + start + "cmd|"));
        CHECK(has(hostile, ",'" + start + "cmd|"));
    }
    CHECK(has(rendered("csv", "\r=1"), "\r\n\"'\r=1\""));
}

TEST_CASE("report forms: HTML escapes everything, and loads and runs nothing") {
    const std::string hostile = "<script>alert('1')</script>\"&\x1b[2J";
    const std::string text = rendered("html", hostile);
    CHECK_FALSE(has(text, "<script"));
    CHECK_FALSE(has(text, "\x1b"));
    CHECK(has(text, "&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&quot;&amp;"));
    CHECK(has(text, "default-src 'none'"));
    for (const char* never : {"src=", "href=", "url(", "@import"}) CHECK_FALSE(has(text, never));
    const std::string page = rendered("html", Query{.name = "accesses", .subject = "sub:alice"});
    CHECK(has(page, "proven complete"));
    CHECK(has(page, "<td>s12</td>"));
}

TEST_CASE("report forms: JSON, JSON-LD and PROV-JSON are JSON whatever stands in cells") {
    for (const char* form : {"json", "jsonld", "prov"}) {
        INFO(form);
        for (const std::string cell : {"\"},{\"a\":\"", "\xff\xfe", "</script>", "a; b", "\n"}) {
            CHECK_FALSE(Json::parse(rendered(form, cell), nullptr, false).is_discarded());
        }
    }
    const Json linked =
        Json::parse(rendered("jsonld", Query{.name = "history", .subject = "sub:alice"}));
    CHECK(linked["@context"]["dpv"] == "https://w3id.org/dpv#");
    CHECK(linked["@graph"][0]["ctree:type"] == "consent.request");
    const Json by_notice =
        Json::parse(rendered("jsonld", Query{.name = "by-notice", .subject = "sub:alice"}));
    CHECK(by_notice["@graph"][0]["@type"] == "dpv:ConsentRecord");
    CHECK(by_notice["@graph"][0]["dpv:hasConsentStatus"]["@id"] == "dpv:ConsentGiven");
    CHECK(by_notice["@graph"][0]["dpv:hasPurpose"].is_array() == false);
}

TEST_CASE("report forms: PROV-JSON has the pattern of consent, access and data") {
    const Json prov =
        Json::parse(rendered("prov", Query{.name = "accesses", .subject = "sub:alice"}));
    CHECK(prov["entity"]["ctree:consent/northbank/c1"]["prov:type"] ==
          Json{{"$", "prov:Plan"}, {"type", "xsd:QName"}});
    CHECK(prov["activity"].size() == 13);  // Twelve accesses and one deletion.
    bool has_plan = false;
    for (const auto& link : prov["wasAssociatedWith"]) has_plan |= link.contains("prov:plan");
    CHECK(has_plan);
    CHECK(prov["wasGeneratedBy"].size() == 3);
    CHECK(prov["wasInvalidatedBy"].size() == 1);
}

TEST_CASE("report forms: an empty answer is proven, in every form") {
    for (const char* form : {"table", "csv", "json", "jsonld", "prov", "html"}) {
        INFO(form);
        const Query nobody{.name = "accesses", .subject = "sub:nobody"};
        const std::string text = rendered(form, nobody);
        CHECK_FALSE(text.empty());
        if (std::string(form) == "json") {
            CHECK(report::verify_report(text, planted().world.trust).standing ==
                  Standing::verified);
        }
    }
}

TEST_CASE("report forms: a saved report is checked offline, and no change of it passes") {
    for (const Query& query : {Query{.name = "accesses", .subject = "sub:alice"},
                               Query{.name = "history", .consent = "c4", .issuer = "northbank"},
                               Query{.name = "after-withdrawal", .subject = "sub:alice"},
                               Query{.name = "metrics", .actor = "unilab"}}) {
        const std::string text = rendered("json", query);
        const auto checked = report::verify_report(text, planted().world.trust);
        INFO(query.name << ": " << checked.reason);
        REQUIRE(checked.standing == Standing::verified);
        CHECK(checked.signers.size() == 3);
        const auto standing = [](const Json& json) {
            const std::string changed = json.dump();
            return report::verify_report(changed, planted().world.trust).standing;
        };
        const Json whole = Json::parse(text);
        CHECK(standing(whole) == Standing::verified);
        Json less = whole;
        less["parts"].erase(less["parts"].size() - 1);
        CHECK(standing(less) == Standing::failed);
        for (auto& part : (less = whole)["parts"]) {
            if (part["rows"].empty()) continue;
            part["rows"].erase(0);
            break;
        }
        CHECK(standing(less) == Standing::failed);
        Json other = whole;
        other["statement"]["rows"] = 99;
        CHECK(standing(other) == Standing::failed);
        (other = whole)["report"]["query"]["purpose"] = "nothing";
        CHECK(standing(other) == Standing::failed);
        (other = whole)["report"]["version"] = 3;
        CHECK(standing(other) == Standing::undecidable);
        other = whole;
        other["parts"][0]["evidence"]["entries"][0] = "AAAA";
        CHECK(standing(other) == Standing::failed);
    }
    CHECK(report::verify_report("{\"report\":1}", planted().world.trust).standing ==
          Standing::failed);
    const std::string deep = "{\"report\":" + std::string(100'000, '[');
    CHECK(report::verify_report(deep, planted().world.trust).standing == Standing::failed);
}

TEST_CASE("report forms: a node's pages are joined as they come, and counted") {
    Served served;
    Kept kept;
    std::vector<std::size_t> seen;
    const auto made =
        served.client.report({.name = "accesses", .subject = "sub:alice"}, kept,
                             [&](std::size_t done, std::size_t) { seen.push_back(done); });
    INFO((made ? "" : made.error().what_to_do()));
    REQUIRE(made);
    CHECK(made->rows == 12);
    CHECK(kept.rows.size() == 12);
    CHECK(kept.has_ended);
    CHECK(served.pages > 3);
    CHECK(std::is_sorted(seen.begin(), seen.end()));
    CHECK(seen.size() == served.pages);
}

TEST_CASE("report forms: a lie in a later page makes the rows so far void") {
    using Lie = std::function<void(std::size_t, ledger::Evidence&)>;
    const std::vector<Lie> lies = {
        [](std::size_t page, ledger::Evidence& evidence) {  // An entry altered,
            if (page == 4) evidence.entries.front().back() ^= 1;
        },
        [](std::size_t page, ledger::Evidence& evidence) {  // left out,
            if (page != 4) return;
            evidence.entries.pop_back();
            evidence.leaves.pop_back();
        },
        [](std::size_t page, ledger::Evidence& evidence) {  // another page than the one asked for.
            if (page != 4) return;
            ledger::EvidencePage last;
            last.direction = ledger::Direction::descending;
            last.limit = 5;
            evidence = planted().world.page(evidence.question, last).evidence;
        }};
    for (const Lie& lie : lies) {
        Served served;
        served.lie = lie;
        Kept kept;
        const auto made = served.client.report({.name = "accesses", .subject = "sub:alice"}, kept);
        REQUIRE_FALSE(made);
        CHECK(made.error().kind == FailureKind::verification_failed);
        CHECK(has(made.error().what, "rows so far are void"));
        CHECK_FALSE(kept.rows.empty());
        CHECK(kept.has_failed);
        CHECK_FALSE(kept.has_ended);
    }
}

TEST_CASE("report forms: a report that was cut short says that it is void") {
    Served served;
    served.lie = [](std::size_t page, ledger::Evidence& evidence) {
        if (page == 4) evidence.entries.front().back() ^= 1;
    };
    std::ostringstream out;
    const auto sink = report::make_sink("json", out);
    REQUIRE_FALSE(served.client.report({.name = "accesses", .subject = "sub:alice"}, *sink));
    CHECK(Json::parse(out.str())["void"]["error"] == "evidence-failed");
    CHECK(report::verify_report(out.str(), planted().world.trust).standing == Standing::failed);
}

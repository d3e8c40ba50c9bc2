// client/api: what one side writes, the other reads; what a hostile side writes is refused.
#include "client/api_json.h"
#include "client/api.h"

#include <catch2/catch.hpp>

using namespace consentree;
namespace api = consentree::client::api;

TEST_CASE("api json: every struct survives its own JSON") {
    api::TransactionAnswer answer;
    answer.tx_id = std::string(64, 'a');
    answer.status = api::TxState::committed;
    answer.height = 7;
    answer.time = "2026-11-22T00:00:00.000Z";
    answer.leaves = {1, 2, 1ULL << 60};
    answer.receipt = R"({"version":1})";
    const auto parsed = api::parse_transaction_answer(api::format(answer));
    REQUIRE(parsed.has_value());
    CHECK(parsed->leaves == answer.leaves);
    CHECK(parsed->receipt == answer.receipt);
    CHECK(api::format(*parsed) == api::format(answer));

    api::Page<api::Entry> page;
    page.items.resize(2);
    page.items[0].type = "access.request";
    page.items[0].verdict = "DENY";
    page.items[0].failed = {"A", "B"};
    page.items[0].event = R"({"z":1,"a":"é"})";
    page.items[1].event = "{}";
    page.next_cursor = "abc";
    page.complete = false;
    const auto entries = api::parse_entries(api::format(page));
    REQUIRE(entries.has_value());
    CHECK(entries->items[0].event == page.items[0].event);
    CHECK(api::format(*entries) == api::format(page));

    api::Consent consent;
    consent.uses_left = 3;
    consent.record = "{}";
    const auto shown = api::parse_consent(api::format(consent));
    REQUIRE(shown.has_value());
    CHECK(shown->uses_left == 3U);
    CHECK_FALSE(shown->window_uses_left);
    CHECK(api::format(*shown) == api::format(consent));

    api::Status status;
    status.peers.push_back({"medcare", true, 5, ""});
    CHECK(api::format(*api::parse_status(api::format(status))) == api::format(status));
    api::Party party;
    party.id = "medcare";
    party.keys.push_back({"ctk1", "AAAA", {"submit"}});
    CHECK(api::format(*api::parse_party(api::format(party))) == api::format(party));
    party.registered = {"medcare", 4, 9, 1, R"({"type":"institution"})", "e30="};
    CHECK(api::format(*api::parse_party(api::format(party))) == api::format(party));
    api::Agreement agreement;
    agreement.id = "agr-1";
    CHECK(api::format(*api::parse_agreement(api::format(agreement))) == api::format(agreement));
    agreement.agreed = {1, "ff", 3, {"a", "b"}, {"p"}, {}, "t", "", {}, {}, "", ""};
    agreement.proposed = {2,   "fe", 4,     {"a", "b"}, {"p"}, {"c"},
                          "t", "u",  {"a"}, {"b"},      "{}",  "e30="};
    agreement.ended_at = "t";
    CHECK(api::format(*api::parse_agreement(api::format(agreement))) == api::format(agreement));
    api::Page<api::Restriction> restrictions;
    restrictions.items = {{"a", "r-1", "", "", "", {}}, {"a", "r-2", "object", "t", "u", 7}};
    CHECK(api::format(*api::parse_restrictions(api::format(restrictions))) ==
          api::format(restrictions));
    api::CheckAnswer check;
    check.checks = {{9, "PURPOSE_MISMATCH", "detail", "remedy"}};
    check.uses = 3;
    CHECK(api::format(*api::parse_check_answer(api::format(check))) == api::format(check));
    api::Block block;
    block.batches.push_back({1, 2, "ff"});
    CHECK(api::format(*api::parse_block(api::format(block))) == api::format(block));
}

TEST_CASE("api json: answers of a hostile node are refused, not believed") {
    for (const char* text :
         {"", "null", "[]", "{", "{}", R"({"status":"done"})", R"({"status":7})",
          R"({"status":"pending","height":-1})", R"({"status":"pending","height":1.5})",
          R"({"status":"pending","height":"1"})", R"({"status":"pending","leaves":[-1]})",
          R"({"status":"pending","leaves":{}})", R"({"status":"pending","status":"committed"})"}) {
        INFO(text);
        CHECK_FALSE(api::parse_transaction_answer(text).has_value());
    }
    const std::string deep =
        R"({"status":"pending","receipt":)" + std::string(5000, '[') + std::string(5000, ']') + "}";
    CHECK_FALSE(api::parse_transaction_answer(deep).has_value());
    CHECK(api::parse_transaction_answer(R"({"status":"pending","more":1})").has_value());
    CHECK_FALSE(
        api::parse_party(R"({"id":"a","name":"b","validator":70000,"keys":[]})").has_value());
    CHECK_FALSE(api::parse_entries(R"({"items":[1],"as_of_height":1})").has_value());
    for (const char* text :
         {R"({"agreement_id":"a","state":"proposed","as_of_height":1,"proposed":[]})",
          R"({"agreement_id":"a","state":"proposed","as_of_height":1,"proposed":{"version":-1}})",
          R"({"agreement_id":1,"state":"proposed","as_of_height":1})"}) {
        INFO(text);
        CHECK_FALSE(api::parse_agreement(text).has_value());
    }
}

TEST_CASE("api json: transaction lists are bounded and exact") {
    const std::vector<std::string> items{"one", "", "three"};
    const std::string text = api::format_transaction_list(items);
    const auto parsed = api::parse_transaction_list(text);
    REQUIRE(parsed.has_value());
    CHECK(*parsed == std::vector<std::string_view>{"one", "", "three"});
    CHECK_FALSE(api::parse_transaction_list(text + "x").has_value());
    CHECK_FALSE(api::parse_transaction_list(text.substr(0, text.size() - 1)).has_value());
    CHECK_FALSE(
        api::parse_transaction_list(api::format_transaction_list(std::vector<std::string>(501)))
            .has_value());
}

TEST_CASE("api json: parsing is bounded in depth and refuses repeated names at any level") {
    CHECK(api::parse_bounded(R"({"a":[{"b":1},{"b":2}]})", 3).has_value());
    CHECK_FALSE(api::parse_bounded(R"({"a":[{"b":1,"b":2}]})", 3).has_value());
    CHECK_FALSE(api::parse_bounded("[[[[1]]]]", 3).has_value());
    CHECK(api::parse_bounded(R"(["[[[[[[[\"["])", 1).has_value());
    CHECK_FALSE(api::parse_bounded("{\"a\":\"\xc3\x28\"}", 3).has_value());
}

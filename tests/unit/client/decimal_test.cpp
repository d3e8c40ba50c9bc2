#include "client/import/decimal.h"

#include <catch2/catch.hpp>

using namespace consentree::client::mapping;

namespace {

std::string normal(std::string_view text) {
    const auto value = parse_decimal_number(text);
    return value ? format_decimal(*value) : "refused";
}

std::string scaled(std::string_view text,
                   std::uint32_t times,
                   std::uint32_t per,
                   std::optional<unsigned> places = std::nullopt) {
    const auto value = parse_decimal_number(text);
    REQUIRE(value.has_value());
    const auto result = scale_decimal(*value, times, per, places);
    if (!result) return "refused";
    return (result->exact ? "" : "~") + format_decimal(result->value);
}

}  // namespace

TEST_CASE("decimal: a number is kept digit for digit, in one spelling") {
    CHECK(normal("0") == "0");
    CHECK(normal("-0") == "0");
    CHECK(normal("-0.00") == "0");
    CHECK(normal("0.10") == "0.1");
    CHECK(normal("-2.50") == "-2.5");
    CHECK(normal("1e3") == "1000");
    CHECK(normal("1.5E+2") == "150");
    CHECK(normal("25e-4") == "0.0025");
    CHECK(normal("18446744073709551616") == "18446744073709551616");  // 2^64
    CHECK(normal("12345678901234567890.123456789") == "12345678901234567890.123456789");
    CHECK(normal("0.1e-30") == "0.0000000000000000000000000000001");
    CHECK(normal("0e999") == "0");
}

TEST_CASE("decimal: what is no number, or too long to be kept, is refused") {
    for (const char* text : {"",       "-",
                             "+1",     "01",
                             "-01",    ".5",
                             "5.",     "1e",
                             "1e+",    "1e400",
                             "1e-400", "1e99999999999",
                             "0x10",   "1,5",
                             "1 ",     " 1",
                             "NaN",    "Infinity",
                             "1_000",  "--1",
                             "1e1.5",  "99999999999999999999999999999999999999999"}) {
        INFO(text);
        CHECK(normal(text) == "refused");
    }
    CHECK(normal(std::string(5000, '9')) == "refused");
    CHECK(normal(std::string(40, '9')) == std::string(40, '9'));
}

TEST_CASE("decimal: rates and amounts convert exactly, or say that they were rounded") {
    CHECK(scaled("3.65", 1, 36500) == "0.0001");  // Per cent a year, as a fraction a day.
    CHECK(scaled("0.0001", 36500, 1) == "3.65");  // And back.
    CHECK(scaled("1200", 1, 12) == "100");        // A year's amount, a month.
    CHECK(scaled("12.34", 100, 1) == "1234");     // Pounds in pence.
    CHECK(scaled("1234", 1, 100) == "12.34");
    CHECK(scaled("-7", 1, 8) == "-0.875");
    CHECK(scaled("5", 1, 365) == "refused");  // It has no end.
    CHECK(scaled("5", 1, 365, 8) == "~0.01369863");
    CHECK(scaled("1", 1, 3, 0) == "~0");
    CHECK(scaled("-1", 1, 3, 0) == "~0");  // Zero has no sign.
    CHECK(scaled("2", 1, 3, 0) == "~1");
    CHECK(scaled("10", 1, 4, 0) == "~2");  // Half goes to the even neighbour.
    CHECK(scaled("14", 1, 4, 0) == "~4");
    CHECK(scaled("0.125", 1, 1, 2) == "~0.12");
    CHECK(scaled("0.375", 1, 1, 2) == "~0.38");
    CHECK(scaled("0.1251", 1, 1, 2) == "~0.13");
    CHECK(scaled("9.999", 1, 1, 2) == "~10");
    CHECK(scaled("0.10", 1, 1, 2) == "0.1");
    CHECK(scaled("0.5", 1, 3, 0) == "~0");
    CHECK(scaled("0", 1, 7) == "0");
    CHECK(scaled("9999999999999999999999999999999999999999", 1'000'000'000, 1) == "refused");
    CHECK(scaled("9999999999999999999999999999999999999999", 1'000'000'000, 1'000'000'000) ==
          std::string(40, '9'));
}

#include "common/time.h"

#include <catch2/catch.hpp>

using namespace consentree;

TEST_CASE("time: known instants") {
    CHECK(format_time(0) == "1970-01-01T00:00:00.000Z");
    CHECK(format_time(951'827'696'789) == "2000-02-29T12:34:56.789Z");
    CHECK(format_time(-1) == "1969-12-31T23:59:59.999Z");
    CHECK(parse_time("2000-02-29T12:34:56.789Z") == 951'827'696'789);
    CHECK(parse_time("9999-12-31T23:59:59.999Z") == 253'402'300'799'999);
    CHECK(parse_time("0000-01-01T00:00:00.000Z") == -62'167'219'200'000);
}

TEST_CASE("time: text and instant go both ways over every day of four centuries") {
    constexpr TimeMs day = 86'400'000;
    for (TimeMs time = *parse_date("1800-01-01"); time < *parse_date("2200-01-01"); time += day) {
        REQUIRE(parse_time(format_time(time + 12'345'678)) == time + 12'345'678);
        REQUIRE(from_civil(to_civil(time)) == time);
    }
}

TEST_CASE("time: records have one spelling") {
    for (const char* text :
         {"2027-06-30T00:00:00Z", "2027-06-30T00:00:00.00Z", "2027-06-30T00:00:00.0000Z",
          "2027-06-30t00:00:00.000Z", "2027-06-30T00:00:00.000z", "2027-06-30T00:00:00.000+00:00",
          "2027-06-30 00:00:00.000Z", "2027-02-29T00:00:00.000Z", "2027-13-01T00:00:00.000Z",
          "2027-00-01T00:00:00.000Z", "2027-06-31T00:00:00.000Z", "2027-06-30T24:00:00.000Z",
          "2027-06-30T23:60:00.000Z", "2027-06-30T23:59:60.000Z", "2027-06-30T23:59:5a.000Z",
          "+027-06-30T23:59:59.000Z", "", "2027-06-30T23:59:59.000Z "}) {
        INFO(text);
        CHECK_FALSE(parse_time(text));
    }
}

TEST_CASE("time: RFC 3339 at large") {
    const TimeMs noon = *parse_time("2027-06-30T12:00:00.000Z");
    CHECK(parse_rfc3339("2027-06-30T12:00:00Z") == noon);
    CHECK(parse_rfc3339("2027-06-30 17:30:00+05:30") == noon);
    CHECK(parse_rfc3339("2027-06-30t04:00:00.5-08:00") == noon + 500);
    CHECK(parse_rfc3339("2027-06-30T12:00:00.123999999Z") == noon + 123);
    for (const char* text : {"2027-06-30T12:00:00", "2027-06-30T12:00:00.Z",
                             "2027-06-30T12:00:00+0530", "2027-06-30T12:00:00+24:00",
                             "2027-06-30T12:00:00.1234567890Z", "2027-06-30T12:00:00ZZ"}) {
        INFO(text);
        CHECK_FALSE(parse_rfc3339(text));
    }
}

TEST_CASE("time: dates") {
    CHECK(parse_date("2027-06-30") == parse_time("2027-06-30T00:00:00.000Z"));
    for (const char* text : {"2027-6-30", "2027-06-30T", "2100-02-29", "27-06-30"}) {
        INFO(text);
        CHECK_FALSE(parse_date(text));
    }
}

TEST_CASE("time: months are calendar months, clamped to the last day") {
    const auto moved = [](const char* from, std::int64_t months) {
        return format_time(add_months(*parse_time(from), months));
    };
    CHECK(moved("2027-01-31T10:00:00.000Z", 1) == "2027-02-28T10:00:00.000Z");
    CHECK(moved("2028-01-31T10:00:00.000Z", 1) == "2028-02-29T10:00:00.000Z");
    CHECK(moved("2027-11-30T10:00:00.000Z", 14) == "2029-01-30T10:00:00.000Z");
    CHECK(moved("2027-01-15T10:00:00.000Z", -1) == "2026-12-15T10:00:00.000Z");
    CHECK(moved("2027-01-15T10:00:00.000Z", -13) == "2025-12-15T10:00:00.000Z");
}

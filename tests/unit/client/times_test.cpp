#include "client/import/times.h"
#include "common/time.h"

#include <catch2/catch.hpp>

using namespace consentree;
using namespace consentree::client::mapping;

namespace {

constexpr const char* berlin = "CET-1CEST,M3.5.0,M10.5.0/3";
constexpr const char* sydney = "AEST-10AEDT,M10.1.0,M4.1.0/3";
constexpr const char* havana = "CST5CDT,M3.2.0/0,M11.1.0/1";  // Changes at midnight.

std::string at(TimeStyle style,
               std::string_view text,
               const char* zone = nullptr,
               Edge edge = Edge::start,
               bool is_integer = false) {
    const auto parsed = zone == nullptr ? std::nullopt : parse_zone(zone);
    const auto time = read_time(style, text, is_integer, parsed ? &*parsed : nullptr, edge);
    return time ? format_time(*time) : "refused";
}

std::string epoch(TimeStyle style, std::string_view text) {
    return at(style, text, nullptr, Edge::start, true);
}

std::string local_to_utc(const char* zone, std::string_view text) {
    return at(TimeStyle::local, text, zone);
}

}  // namespace

TEST_CASE("times: instants of each style, at their bounds") {
    using S = TimeStyle;
    CHECK(at(S::rfc3339, "2024-02-29T12:00:00+05:30") == "2024-02-29T06:30:00.000Z");
    CHECK(at(S::rfc3339, "2023-02-29T12:00:00Z") == "refused");
    CHECK(at(S::rfc3339, "2024-02-29T24:00:00Z") == "refused");
    CHECK(at(S::rfc3339, "2024-02-29T23:59:60Z") == "refused");
    CHECK(at(S::rfc3339, "9999-12-31T23:59:59.999Z") == "9999-12-31T23:59:59.999Z");
    CHECK(at(S::rfc3339, "9999-12-31T23:59:59.999-00:01") == "refused");
    CHECK(at(S::rfc3339, "0000-01-01T00:00:00+00:01") == "refused");
    CHECK(at(S::rfc3339, "2024-02-29T12:00:00") == "refused");
    CHECK(at(S::rfc3339, "2024-02-29T12:00:00+0530") == "refused");
    CHECK(at(S::basic_offset, "2024-02-29T12:00:00.5+0530") == "2024-02-29T06:30:00.500Z");
    CHECK(at(S::basic_offset, "2024-02-29T12:00:00-2400") == "refused");
    CHECK(at(S::local, "2023-11-05T16:18:25") == "refused");  // No zone, no time.
    CHECK(at(S::local, "2023-11-05T16:18:25", "Z") == "2023-11-05T16:18:25.000Z");
    CHECK(at(S::local, "2023-11-05T16:18:25Z", "Z") == "refused");
}

TEST_CASE("times: epoch counts are integers within their range") {
    using S = TimeStyle;
    CHECK(epoch(S::epoch_s, "1510592400") == "2017-11-13T17:00:00.000Z");
    CHECK(epoch(S::epoch_s, "0") == "1970-01-01T00:00:00.000Z");
    CHECK(epoch(S::epoch_s, "9999999999") == "2286-11-20T17:46:39.000Z");
    CHECK(epoch(S::epoch_s, "10000000000") == "refused");  // Milliseconds, surely.
    CHECK(epoch(S::epoch_s, "-1") == "refused");
    CHECK(epoch(S::epoch_ms, "1510592400000") == "2017-11-13T17:00:00.000Z");
    CHECK(epoch(S::epoch_ms, "253402300799999") == "9999-12-31T23:59:59.999Z");
    CHECK(epoch(S::epoch_ms, "253402300800000") == "refused");
    CHECK(epoch(S::epoch_ms, "18446744073709551615") == "refused");
    CHECK(at(S::epoch_s, "1510592400") == "refused");  // A string is no count.
    CHECK(epoch(S::rfc3339, "2024") == "refused");
}

TEST_CASE("times: a date is the first moment of its day there, or of the day after") {
    using S = TimeStyle;
    CHECK(at(S::date, "2017-11-01") == "refused");
    CHECK(at(S::date, "2017-08-06", berlin) == "2017-08-05T22:00:00.000Z");
    CHECK(at(S::date, "2017-08-06", berlin, Edge::end) == "2017-08-06T22:00:00.000Z");
    CHECK(at(S::date, "2017-11-01", berlin, Edge::end) == "2017-11-01T23:00:00.000Z");
    CHECK(at(S::date, "2017-10-29", berlin) == "2017-10-28T22:00:00.000Z");  // 25 hours long.
    CHECK(at(S::date, "2017-10-29", berlin, Edge::end) == "2017-10-29T23:00:00.000Z");
    CHECK(at(S::date, "2024-02-29", "+05:30", Edge::end) == "2024-02-29T18:30:00.000Z");
    CHECK(at(S::date, "2017-12-31", "-03:00", Edge::end) == "2018-01-01T03:00:00.000Z");
    CHECK(at(S::date, "9999-12-31", "Z") == "9999-12-31T00:00:00.000Z");
    CHECK(at(S::date, "9999-12-31", "Z", Edge::end) == "refused");
    CHECK(at(S::date, "9999-12-31", "+01:00", Edge::end) == "9999-12-31T23:00:00.000Z");
    CHECK(at(S::date, "2017-11", "Z") == "refused");
    CHECK(at(S::date, "2023-02-29", "Z") == "refused");
    CHECK(at(S::date, "2017-11-01T00:00:00Z", "Z") == "refused");
    CHECK(at(S::partial_date, "1964", "Z") == "1964-01-01T00:00:00.000Z");
    CHECK(at(S::partial_date, "1964", "Z", Edge::end) == "1965-01-01T00:00:00.000Z");
    CHECK(at(S::partial_date, "2024-02", "Z", Edge::end) == "2024-03-01T00:00:00.000Z");
    CHECK(at(S::partial_date, "2015-12", "Z", Edge::end) == "2016-01-01T00:00:00.000Z");
    CHECK(at(S::partial_date, "2015-11-18", "Z", Edge::end) == "2015-11-19T00:00:00.000Z");
    CHECK(at(S::partial_date, "9999", "Z", Edge::end) == "refused");
    CHECK(at(S::partial_date, "2015-1", "Z") == "refused");
    CHECK(at(S::partial_date, "", "Z") == "refused");
}

TEST_CASE("times: zones change when their rules say, in both halves of the year") {
    CHECK(local_to_utc(berlin, "2026-03-29T01:59:59") == "2026-03-29T00:59:59.000Z");
    CHECK(local_to_utc(berlin, "2026-03-29T02:30:00") == "2026-03-29T01:30:00.000Z");  // Skipped.
    CHECK(local_to_utc(berlin, "2026-03-29T03:00:00") == "2026-03-29T01:00:00.000Z");
    CHECK(local_to_utc(berlin, "2026-10-25T02:30:00") == "2026-10-25T00:30:00.000Z");  // First.
    CHECK(local_to_utc(berlin, "2026-10-25T03:00:00") == "2026-10-25T02:00:00.000Z");
    CHECK(local_to_utc(sydney, "2026-01-15T12:00:00") == "2026-01-15T01:00:00.000Z");
    CHECK(local_to_utc(sydney, "2026-07-15T12:00:00") == "2026-07-15T02:00:00.000Z");
    CHECK(at(TimeStyle::date, "2026-03-08", havana) == "2026-03-08T05:00:00.000Z");
    CHECK(local_to_utc("<+0330>-3:30", "2026-07-15T12:00:00") == "2026-07-15T08:30:00.000Z");
}

TEST_CASE("times: what is no zone is refused") {
    for (const char* text : {"",
                             "Europe/Berlin",
                             "CET",
                             "+1",
                             "+01",
                             "+0100",
                             "+15:00",
                             "+01:60",
                             "CET-1CEST",
                             "CET-1CEST,M3.5.0",
                             "CET-1CEST,M13.5.0,M10.5.0",
                             "CET-1CEST,M3.6.0,M10.5.0",
                             "CET-1CEST,M3.5.7,M10.5.0",
                             "CET-1CEST,J60,J300",
                             "CET-1CEST,M3.5.0,M10.5.0/3x",
                             "CET-25",
                             "CET-1CEST-1,M3.5.0,M10.5.0",
                             "<+03-3",
                             "CE-1",
                             "CET-1CEST,M3.5.0,M10.5.0/999"}) {
        INFO(text);
        CHECK_FALSE(parse_zone(text).has_value());
    }
    CHECK_FALSE(parse_zone(std::string(100, 'A') + "1").has_value());
}

TEST_CASE("times: durations, and when they end") {
    const auto until = [](const char* from, const char* duration) -> std::string {
        const auto parsed = parse_duration(duration);
        if (!parsed) return "refused";
        const auto time = add(*parse_time(from), *parsed);
        return time ? format_time(*time) : "too late";
    };
    CHECK(until("2026-01-31T10:00:00.000Z", "P1M") == "2026-02-28T10:00:00.000Z");
    CHECK(until("2024-01-31T10:00:00.000Z", "P1M") == "2024-02-29T10:00:00.000Z");
    CHECK(until("2024-02-29T00:00:00.000Z", "P1Y") == "2025-02-28T00:00:00.000Z");
    CHECK(until("2026-01-31T00:00:00.000Z", "P1M1D") == "2026-03-01T00:00:00.000Z");
    CHECK(until("2026-01-31T00:00:00.000Z", "P2W") == "2026-02-14T00:00:00.000Z");
    CHECK(until("2026-01-01T00:00:00.000Z", "PT36H") == "2026-01-02T12:00:00.000Z");
    CHECK(until("2026-01-01T00:00:00.000Z", "P0D") == "2026-01-01T00:00:00.000Z");
    CHECK(until("9999-12-31T00:00:00.000Z", "P1D") == "too late");
    CHECK(until("2026-01-01T00:00:00.000Z", "P999999999W") == "too late");
    CHECK(until("2026-01-01T00:00:00.000Z", "P1001Y") == "refused");
    for (const char* text : {"",
                             "P",
                             "PT",
                             "P1",
                             "1M",
                             "P-1M",
                             "-P1M",
                             "P1.5Y",
                             "P1,5Y",
                             "P1M1Y",
                             "P1D1D",
                             "P1DT",
                             "PT1D",
                             "P1H",
                             "PT1S1M",
                             "P1T1",
                             "P1YT",
                             "p1m",
                             "P12345678901M",
                             "P 1M",
                             "P1M ",
                             "PTT1H",
                             "P1D2W"}) {
        INFO(text);
        CHECK_FALSE(parse_duration(text).has_value());
    }
}

TEST_CASE("times: a duration in one unit, or none") {
    const auto unit = [](const char* text) -> std::string {
        const auto one = in_one_unit(*parse_duration(text));
        return one ? std::to_string(one->value) + " " + std::string(one->unit) : "none";
    };
    CHECK(unit("P6M") == "6 month");
    CHECK(unit("P1Y") == "1 year");
    CHECK(unit("P1Y6M") == "18 month");
    CHECK(unit("P30D") == "30 day");
    CHECK(unit("P2W") == "14 day");
    CHECK(unit("PT24H") == "24 hour");
    CHECK(unit("P1DT12H") == "36 hour");
    CHECK(unit("PT90M") == "none");
    CHECK(unit("PT120M") == "2 hour");
    CHECK(unit("P1M1D") == "none");
    CHECK(unit("P0D") == "0 day");
}

// The calendar and the windows of the reference, counted out by hand.
#include "tests/unit/ledger/reference.h"

namespace reference {
namespace {

constexpr Time hour = 3'600'000, day = 24 * hour;

bool is_leap(int year) {
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}
int days_in(int year, int month) {
    if (month == 2) return is_leap(year) ? 29 : 28;
    return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

struct Date {
    int year = 1970, month = 1, day = 1;
    Time rest = 0;  // Milliseconds of the day.
};

Date date_of(Time time) {
    Date date;
    std::int64_t days = time / day;
    date.rest = time % day;
    for (; days >= (is_leap(date.year) ? 366 : 365); ++date.year) {
        days -= is_leap(date.year) ? 366 : 365;
    }
    for (; days >= days_in(date.year, date.month); ++date.month) {
        days -= days_in(date.year, date.month);
    }
    date.day += static_cast<int>(days);
    return date;
}

Time time_of(const Date& date) {
    std::int64_t days = date.day - 1;
    for (int year = 1970; year < date.year; ++year) days += is_leap(year) ? 366 : 365;
    for (int month = 1; month < date.month; ++month) days += days_in(date.year, month);
    return days * day + date.rest;
}

bool is_same_period(const std::string& unit, Time one, Time other) {
    const Date a = date_of(one), b = date_of(other);
    if (a.year != b.year) return false;
    if (unit == "year") return true;
    if (a.month != b.month) return false;
    if (unit == "month") return true;
    return a.day == b.day && (unit == "day" || a.rest / hour == b.rest / hour);
}

Time periods_on(const std::string& unit, Time from, int periods) {
    if (unit == "hour") return from + periods * hour;
    if (unit == "day") return from + periods * day;
    return months_on(from, unit == "month" ? periods : 12 * periods);
}

}  // namespace

Time months_on(Time time, int months) {
    Date date = date_of(time);
    for (; months > 0; --months) {
        if (++date.month > 12) date.month = 1, ++date.year;
    }
    for (; months < 0; ++months) {
        if (--date.month < 1) date.month = 12, --date.year;
    }
    if (date.day > days_in(date.year, date.month)) date.day = days_in(date.year, date.month);
    return time_of(date);
}

bool is_in_window(const Fetch& fetch, Time valid_from, Time use, Time now) {
    if (fetch.window == "calendar") return is_same_period(fetch.unit, use, now);
    if (fetch.window == "sliding") return use > periods_on(fetch.unit, now, -1);
    if (now < valid_from) return use >= valid_from;
    Time begin = valid_from;
    const bool is_even = fetch.unit == "hour" || fetch.unit == "day";
    const Time length = fetch.unit == "hour" ? hour : day;
    if (is_even) {
        begin += (now - valid_from) / length * length;
    } else {
        for (int k = 1; periods_on(fetch.unit, valid_from, k) <= now; ++k) {
            begin = periods_on(fetch.unit, valid_from, k);
        }
    }
    return use >= begin;
}

}  // namespace reference

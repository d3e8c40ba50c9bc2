#include "node/alert_log.h"

#include <catch2/catch.hpp>

using namespace consentree;
using namespace consentree::node;
using ledger::Direction;
using ledger::watch::Moment;
using ledger::watch::Rule;
using ledger::watch::Rules;

namespace {

constexpr TimeMs day_ms = 86'400'000;

Alert alert(Rule rule, std::uint64_t leaf, TimeMs time = 0, std::string subject = "sub:ann") {
    Alert one;
    one.rule = rule;
    one.subject = std::move(subject);
    one.leaf = leaf;
    one.raised.time = time;
    return one;
}

Moment at(std::uint64_t leaf, TimeMs time = 0) {
    return {{leaf, 0}, leaf, time};
}

std::vector<std::string> ids(const std::vector<Alert>& alerts) {
    std::vector<std::string> ids;
    for (const Alert& one : alerts) ids.push_back(one.id());
    return ids;
}

std::vector<std::string> told(const AlertLog& log,
                              Position from,
                              std::uint64_t end,
                              std::size_t limit) {
    std::vector<std::string> told;
    for (const auto& one : log.between(from, end, {}, limit)) {
        told.push_back(format_position(one.position) + (one.alert.ended ? " ended " : " ") +
                       one.alert.id());
    }
    return told;
}

}  // namespace

TEST_CASE("alert log: what was raised and what has ended is told in order, from any position") {
    AlertLog log(100, 7 * day_ms);
    log.add(at(10), {{alert(Rule::breach, 10), alert(Rule::needs_review, 9)}, {}});
    log.add(at(12), {{alert(Rule::overdue_request, 3)}, {}});
    log.add(at(15), {{alert(Rule::breach, 15)}, {"overdue-request:3", "overdue-request:4"}});
    const std::vector<std::string> all{"10.1 breach:10", "10.2 needs-review:9",
                                       "12.1 overdue-request:3", "15.1 breach:15",
                                       "15.2 ended overdue-request:3"};
    CHECK(told(log, {0, 0}, 16, 100) == all);
    CHECK(told(log, {10, 2}, 15, 100) ==
          std::vector<std::string>(all.begin() + 1, all.begin() + 3));
    CHECK(told(log, {12, 2}, 16, 1) == std::vector<std::string>{all[3]});
    CHECK(told(log, {15, 3}, 16, 100).empty());
    // What has ended cannot end again.
    log.add(at(16), {{}, {"overdue-request:3"}});
    CHECK(told(log, {16, 0}, 17, 100).empty());
}

TEST_CASE("alert log: lists go both ways, page by page") {
    AlertLog log(100, 7 * day_ms);
    for (std::uint64_t leaf = 1; leaf <= 5; ++leaf) {
        log.add(at(leaf), {{alert(Rule::breach, leaf, 0, leaf % 2 ? "sub:ann" : "sub:bea")}, {}});
    }
    const auto up = log.list({}, Direction::ascending, std::nullopt, 2);
    CHECK(ids(up.items) == std::vector<std::string>{"breach:1", "breach:2"});
    const auto rest = log.list({}, Direction::ascending, up.next, 10);
    CHECK(ids(rest.items) == std::vector<std::string>{"breach:3", "breach:4", "breach:5"});
    CHECK_FALSE(rest.next);
    AlertFilter ann;
    ann.subject = "sub:ann";
    const auto down = log.list(ann, Direction::descending, std::nullopt, 2);
    CHECK(ids(down.items) == std::vector<std::string>{"breach:5", "breach:3"});
    CHECK(ids(log.list(ann, Direction::descending, down.next, 2).items) ==
          std::vector<std::string>{"breach:1"});
    CHECK(log.list(ann, Direction::ascending, 99, 2).items.empty());
    CHECK(AlertLog(1, 1).list({}, Direction::descending, std::nullopt, 2).items.empty());
}

TEST_CASE("alert log: an omission is open until it ends, anything else for a time") {
    AlertLog log(100, 7 * day_ms);
    log.add(at(1, 0), {{alert(Rule::breach, 1), alert(Rule::overdue_request, 1)}, {}});
    log.set_time(7 * day_ms - 1);
    CHECK(log.open_count() == 2);
    log.set_time(7 * day_ms);
    CHECK(log.open_count() == 1);
    log.add(at(2, 8 * day_ms), {{}, {"overdue-request:1"}});
    CHECK(log.open_count() == 0);
    AlertFilter open;
    open.only_open = true;
    CHECK(log.list(open, Direction::ascending, std::nullopt, 9).items.empty());
}

TEST_CASE("alert log: the oldest make room, and it says from where on it is complete") {
    AlertLog log(2, 7 * day_ms);
    log.add(at(1), {{alert(Rule::overdue_request, 1)}, {}});
    CHECK(log.complete_from() == 0);
    log.add(at(2), {{alert(Rule::breach, 2), alert(Rule::breach, 22)}, {}});
    CHECK(log.complete_from() == 2);
    CHECK(ids(log.list({}, Direction::ascending, 0, 9).items) ==
          std::vector<std::string>{"breach:2", "breach:22"});
    // The end of one that is gone is not told.
    log.add(at(3), {{}, {"overdue-request:1"}});
    CHECK(told(log, {0, 0}, 9, 9) == std::vector<std::string>{"2.1 breach:2", "2.2 breach:22"});
}

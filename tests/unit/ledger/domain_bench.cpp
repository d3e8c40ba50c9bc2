// Hidden: ledger_bench "[.bench]" reports microseconds per event of the two hot steps.
#include "ledger/event.h"
#include "ledger/key_log.h"
#include "tests/unit/ledger/domain_fixture.h"

#include <catch2/catch.hpp>

#include <ctime>
#include <iostream>

namespace consentree::ledger::test {
namespace {

// Of CPU, so that a busy machine does not count.
double seconds_of(const std::function<void()>& work) {
    const std::clock_t start = std::clock();
    work();
    return static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
}

void report(const char* what, double seconds, double count) {
    std::cout << what << ": " << seconds * 1e6 / count << " us\n";
}

constexpr int consents = 10'000;

AccessText access_to(int k) {
    AccessText text;
    text.consent_id = "consent-" + std::to_string(k % consents);
    text.session_id = "session-" + std::to_string(k);
    return text;
}

}  // namespace

TEST_CASE("bench: microseconds per event", "[.bench]") {
    Network network;
    TimeMs now = start_time();
    const std::string event = access_request(access_to(7), now);
    std::cout << "event of " << event.size() << " bytes\n";
    report("parse_event", seconds_of([&] {
               bool all_good = true;
               for (int k = 0; k < 100'000; ++k) all_good = parse_event(event) && all_good;
               REQUIRE(all_good);
           }),
           100'000);

    RecordText record;
    record.fetch = R"({"kind":"periodic","count":1000,"unit":"day"})";
    for (int k = 0; k < consents;) {
        std::vector<Transaction> grants;
        for (int t = 0; t < 10; ++t) {
            std::vector<std::string> events;
            for (int e = 0; e < 10; ++e, ++k) {
                record.consent_id = "consent-" + std::to_string(k);
                events.push_back(request_consent(record, now));
                events.push_back(authorise(now, 1, record.consent_id));
            }
            grants.push_back(network.sign("northbank", std::move(events), now + day_ms / 2));
        }
        network.run(network.block({network.batch(grants)}, ++now));
    }

    constexpr int blocks = 40, transactions = 10, events_each = 100;
    double check = 0, execution = 0;
    std::size_t rows = 0, bytes = 0;
    int next = 0;
    for (int b = 0; b < blocks; ++b) {
        std::vector<Transaction> signed_transactions;
        for (int t = 0; t < transactions; ++t) {
            std::vector<std::string> events;
            for (int e = 0; e < events_each; ++e) {
                events.push_back(access_request(access_to(next++ * 7919 % 1'000'003), now));
            }
            signed_transactions.push_back(network.sign("unilab", std::move(events)));
        }
        for (const Transaction& transaction : signed_transactions) {
            check += seconds_of([&] { network.check(transaction); });
        }
        const OrderedBlock block = network.block({network.batch(signed_transactions)}, ++now);
        PatriciaTree map = load_index_map(network.tables());
        Execution done;
        execution +=
            seconds_of([&] { done = execute(network.genesis(), network.tables(), block, map); });
        REQUIRE(done.accesses_permitted == transactions * events_each);
        rows += done.writes.size();
        for (const Write& write : done.writes) bytes += write.key.size() + write.value->size();
        network.run(block);
    }
    const double events = blocks * transactions * events_each;
    report("check_transaction per event, signature included", check, events);
    report("execute per event", execution, events);
    std::cout << static_cast<double>(rows) / events << " rows and "
              << static_cast<double>(bytes) / events << " bytes per event\n";
}

}  // namespace consentree::ledger::test

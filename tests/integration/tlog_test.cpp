// A client of the C2SP formats that shares no code with the ledger, against four real nodes.
#include "tests/integration/network.h"

#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <thread>

using namespace consentree;
using consentree::integration::access_event;
using consentree::integration::Network;

namespace {

// Past one full tile, so that there are two levels. TLOG_EVENTS=66000: three.
std::uint64_t events_wanted() {
    const char* wanted = std::getenv("TLOG_EVENTS");
    return wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : 600;
}

}  // namespace

TEST_CASE("tlog: an independent client follows the growing log from its first leaf") {
    Network network;
    network.start_all();
    auto partner = network.client(0, {0, 1, 2, 3});
    std::uint64_t number = 0;
    const auto submit = [&](std::uint64_t count) {
        std::vector<std::string> events;
        for (std::uint64_t i = 0; i < count; ++i) {
            events.push_back(access_event("northbank", ++number));
        }
        return partner.submit_events(std::move(events));
    };
    const std::uint64_t wanted = events_wanted();
    while (number < wanted) {
        const auto done = submit(std::clamp<std::uint64_t>(wanted / 6, 1, 1000));
        INFO((done ? std::string() : done.error().what_to_do()));
        REQUIRE(done);
    }

    std::atomic<bool> is_done = false;
    std::thread load([&] {
        while (!is_done) static_cast<void>(submit(3));
    });
    const std::string command = "python3 tests/integration/tlog_client.py --url " + network.url(1) +
                                " --policy '" + network.files().trust.string() +
                                "' --seconds 300 --checkpoints 5 --min-size " +
                                std::to_string(wanted + 20);
    const int status = std::system(command.c_str());
    is_done = true;
    load.join();
    CHECK(status == 0);
}

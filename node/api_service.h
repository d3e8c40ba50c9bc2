// What the API's handlers work with: the node behind the facade, a consistent view of its tables,
// and the thread pool that checks and reads. Owned by ApiServer; outlives every request.
#pragma once

#include "ledger/tip.h"
#include "node/api_http.h"
#include "node/async.h"
#include "node/cursor.h"
#include "node/facade.h"
#include "node/feed.h"
#include "node/metrics.h"
#include "node/preview_pool.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <mutex>
#include <set>

namespace consentree::node {

// Tables and the checkpoint note that covers them, taken at one moment.
struct ApiView {
    std::shared_ptr<const ledger::Reader> reader;
    std::shared_ptr<PreviewPool> previews;  // On the reader.
    ledger::Tip tip;
    std::string note;             // Empty before the first.
    std::uint64_t note_size = 0;  // Its tree size.
};
using ApiViewPtr = std::shared_ptr<const ApiView>;

// Lets one coroutine on the API's thread wait for calls from other threads. Whoever may call it
// holds it; it keeps the context that it posts to.
class Wakeup : public std::enable_shared_from_this<Wakeup> {
public:
    explicit Wakeup(std::shared_ptr<asio::io_context> context);
    // Any thread, any number of times.
    void notify();
    // API thread: until notify() or the instant. Several notifications may count as one.
    Awaitable<void> wait_until(std::chrono::steady_clock::time_point until);

private:
    std::shared_ptr<asio::io_context> context_;
    asio::steady_timer timer_;
    bool notified_ = false;
};

class ApiService {
public:
    // What it is told by ApiConfig.
    struct Settings {
        std::size_t threads = 2;
        std::size_t streams = 64;
        std::chrono::milliseconds heartbeat{15'000};
        ledger::watch::Settings watch;
    };
    ApiService(Facade& node, Metrics& counters, const Settings& settings);

    Facade& facade;
    Metrics& metrics;
    CursorKey cursors;
    std::shared_ptr<asio::io_context> context;  // Of the API's thread.
    asio::thread_pool work;
    const std::chrono::milliseconds heartbeat;  // Of a stream that has nothing else to say.

    // The newest view; made once per snapshot and note of the node. Any thread.
    ApiViewPtr view();

    // API thread. Wake-ups that stop() must end.
    std::shared_ptr<Wakeup> make_wakeup();
    void end_waits();
    bool is_stopping() const { return stopping_; }

private:
    std::mutex mutex_;
    ApiViewPtr view_;
    std::set<std::weak_ptr<Wakeup>, std::owner_less<std::weak_ptr<Wakeup>>> wakeups_;
    bool stopping_ = false;

public:
    Feed feed;  // Uses all of the above.
};

}  // namespace consentree::node

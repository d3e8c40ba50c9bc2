// What is new on the ledger, for those who follow it: moves along the certified log, has the watch
// rules read every leaf, and wakes the streams. Its own thread reads; the one that votes only says
// that there is something.
#pragma once

#include "node/alert_log.h"
#include "node/async.h"

#include <atomic>
#include <boost/asio/thread_pool.hpp>
#include <memory>
#include <set>

namespace consentree::node {

class ApiService;
class Wakeup;
struct ApiView;

class Feed {
public:
    Feed(ApiService& service, const ledger::watch::Settings& settings, std::size_t streams_max);
    ~Feed();

    // API thread: until the service stops.
    Awaitable<void> run();
    // Any thread: reading back ends at the next leaf.
    void stop() { stopping_ = true; }
    void join() { pool_.join(); }

    // How far the feed has come: leaves from `first` to before `next` can be read in view, and what
    // the rules say of them is in alerts().
    struct Reach {
        std::shared_ptr<const ApiView> view;  // Null before the first.
        std::uint64_t next = 0;
        std::uint64_t watched_from = 0;  // The rules know nothing of what is before it.
        bool is_current = false;         // All that was certified when it was last looked.
    };
    Reach reach() const;  // Any thread.
    const ledger::watch::Settings& settings() const { return settings_; }
    const AlertLog& alerts() const { return alerts_; }

    // A place among the streams, for as long as it lives; null if all are taken. API thread.
    class Place {
    public:
        Place(Feed& feed, std::shared_ptr<Wakeup> wakeup);
        ~Place();
        Place(const Place&) = delete;
        Place& operator=(const Place&) = delete;
        Wakeup& wakeup() { return *wakeup_; }

    private:
        Feed& feed_;
        std::shared_ptr<Wakeup> wakeup_;
    };
    std::unique_ptr<Place> enter();

private:
    void advance();
    void read_leaf(std::uint64_t leaf, const ledger::Reader& reader);
    void count(const ledger::watch::Rules::Findings& findings);

    ApiService& service_;
    const ledger::watch::Settings settings_;
    std::size_t streams_max_;
    AlertLog alerts_;
    std::set<Wakeup*> streams_;  // API thread.
    std::atomic<bool> stopping_ = false;
    // Of the feed's thread.
    ledger::watch::Rules rules_;
    std::uint64_t next_ = 0;
    bool is_live_ = false;  // Reading back is over: what is found from now on is counted.
    struct Source;
    std::unique_ptr<Source> source_;

    mutable std::mutex mutex_;  // Over reach_.
    Reach reach_;
    boost::asio::thread_pool pool_{1};
};

}  // namespace consentree::node

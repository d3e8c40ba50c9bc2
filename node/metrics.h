// What the node counts, in Prometheus' terms. Made once, before the threads start; the counters
// may be incremented on any thread. Labels are small fixed sets: never an id of a subject, a
// consent, a key or an institution.
#pragma once

#include "node/facade.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <map>
#include <mutex>
#include <string_view>

namespace consentree::node {

class Metrics {
    prometheus::Registry registry_;  // First: the members below are its.

public:
    Metrics();
    Metrics(const Metrics&) = delete;
    Metrics& operator=(const Metrics&) = delete;

    // Ledger: the committer's side.
    prometheus::Counter& blocks;
    prometheus::Counter& lifecycle_entries;
    prometheus::Counter& access_entries;
    prometheus::Counter& accesses_permitted;
    prometheus::Counter& accesses_denied;
    prometheus::Counter& transactions_committed;
    prometheus::Counter& transactions_rejected;
    prometheus::Histogram& block_interval_seconds;
    prometheus::Histogram& commit_latency_seconds;  // Accepted in this lane to durable here.
    prometheus::Histogram& execution_seconds;
    prometheus::Histogram& disk_write_seconds;

    // Consensus: the driver's side.
    prometheus::Counter& notarize_votes;
    prometheus::Counter& nullify_votes;
    prometheus::Counter& finalize_votes;
    prometheus::Counter& views_nullified;
    prometheus::Counter& equivocations;

    // Peers.
    prometheus::Counter& peer_sent_bytes;
    prometheus::Counter& peer_received_bytes;
    prometheus::Counter& peer_handshakes_refused;

    // API. reason is a problem's name; any other is counted as "rejected".
    void count_refusal(std::string_view reason);
    // route is the template, never the raw path; "none" where no route matched.
    void observe_request(std::string_view route,
                         std::string_view method,
                         unsigned status,
                         double seconds);
    prometheus::Gauge& http_sessions;
    prometheus::Gauge& event_streams;
    // reason is one of a few: why the node ended a stream.
    void count_stream_end(std::string_view reason);
    void count_alert(std::string_view rule);
    void set_watch(std::size_t open, std::uint64_t forgotten);

    // Sets the gauges that mirror the node's status, and gives everything as Prometheus text.
    std::string scrape(const NodeStatus& status);

private:
    void set_process_gauges();
    prometheus::Gauge& gauge(const char* name, const char* help);

    prometheus::Family<prometheus::Counter>& refusals_;
    prometheus::Family<prometheus::Histogram>& requests_;
    prometheus::Family<prometheus::Counter>& alerts_;
    prometheus::Family<prometheus::Counter>& stream_ends_;
    prometheus::Gauge& open_alerts_;
    prometheus::Gauge& forgotten_;
    prometheus::Counter& cpu_seconds_;
    std::mutex mutex_;  // Over the two caches and the gauges of scrape().
    std::map<std::string, prometheus::Counter*, std::less<>> refusal_counters_;
    std::map<std::string, prometheus::Histogram*, std::less<>> request_histograms_;
    std::map<std::string, prometheus::Gauge*, std::less<>> gauges_;
};

}  // namespace consentree::node

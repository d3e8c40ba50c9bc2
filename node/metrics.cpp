#include "node/metrics.h"

#include "node/problem.h"
#include "node/version.h"

#include <prometheus/text_serializer.h>
#include <sys/resource.h>
#include <unistd.h>
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace consentree::node {

namespace {

using prometheus::Histogram;
using Labels = prometheus::Labels;

prometheus::Counter& counter(prometheus::Registry& registry,
                             const char* name,
                             const char* help,
                             const Labels& labels = {}) {
    return prometheus::BuildCounter().Name(name).Help(help).Register(registry).Add(labels);
}

// From a tenth of a millisecond to ten seconds.
const Histogram::BucketBoundaries seconds_buckets{0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005,
                                                  0.01,   0.025,   0.05,   0.1,   0.25,   0.5,
                                                  1,      2.5,     5,      10};

Histogram& histogram(prometheus::Registry& registry, const char* name, const char* help) {
    return prometheus::BuildHistogram().Name(name).Help(help).Register(registry).Add(
        {}, seconds_buckets);
}

constexpr const char* entries_name = "consentree_ledger_entries_total";
constexpr const char* entries_help = "Log entries committed, by kind.";
constexpr const char* accesses_name = "consentree_accesses_total";
constexpr const char* accesses_help = "Accesses committed, by verdict.";
constexpr const char* transactions_name = "consentree_transactions_total";
constexpr const char* transactions_help = "Transactions decided by the ledger, by status.";
constexpr const char* votes_name = "consentree_consensus_votes_total";
constexpr const char* votes_help = "Votes sent by this validator, by kind.";

}  // namespace

Metrics::Metrics()
    : blocks(counter(registry_, "consentree_blocks_total", "Blocks committed since start.")),
      lifecycle_entries(counter(registry_, entries_name, entries_help, {{"kind", "lifecycle"}})),
      access_entries(counter(registry_, entries_name, entries_help, {{"kind", "access"}})),
      accesses_permitted(
          counter(registry_, accesses_name, accesses_help, {{"outcome", "permitted"}})),
      accesses_denied(counter(registry_, accesses_name, accesses_help, {{"outcome", "denied"}})),
      transactions_committed(
          counter(registry_, transactions_name, transactions_help, {{"status", "committed"}})),
      transactions_rejected(
          counter(registry_, transactions_name, transactions_help, {{"status", "rejected"}})),
      block_interval_seconds(histogram(registry_,
                                       "consentree_block_interval_seconds",
                                       "Between the block times of consecutive blocks.")),
      commit_latency_seconds(histogram(registry_,
                                       "consentree_commit_latency_seconds",
                                       "From accepted by this node to committed.")),
      execution_seconds(
          histogram(registry_, "consentree_execution_seconds", "Execution of one block.")),
      disk_write_seconds(histogram(
          registry_, "consentree_storage_write_seconds", "One synced write to the store.")),
      notarize_votes(counter(registry_, votes_name, votes_help, {{"kind", "notarize"}})),
      nullify_votes(counter(registry_, votes_name, votes_help, {{"kind", "nullify"}})),
      finalize_votes(counter(registry_, votes_name, votes_help, {{"kind", "finalize"}})),
      views_nullified(counter(registry_,
                              "consentree_consensus_views_nullified_total",
                              "Views that ended without a block.")),
      equivocations(counter(registry_,
                            "consentree_equivocations_total",
                            "Validators seen to contradict themselves: alert at 1.")),
      peer_sent_bytes(
          counter(registry_, "consentree_peer_sent_bytes_total", "Bytes of frames sent.")),
      peer_received_bytes(
          counter(registry_, "consentree_peer_received_bytes_total", "Bytes of frames received.")),
      peer_handshakes_refused(counter(registry_,
                                      "consentree_peer_handshakes_refused_total",
                                      "Peer connections refused for their key.")),
      http_sessions(gauge("consentree_http_sessions", "Open API connections.")),
      event_streams(gauge("consentree_event_streams", "Open streams of events.")),
      refusals_(prometheus::BuildCounter()
                    .Name("consentree_transactions_rejected_total")
                    .Help("Transactions refused by this node's API, by reason.")
                    .Register(registry_)),
      requests_(prometheus::BuildHistogram()
                    .Name("consentree_http_request_duration_seconds")
                    .Help("API requests, by route template, method and status.")
                    .Register(registry_)),
      alerts_(prometheus::BuildCounter()
                  .Name("consentree_alerts_total")
                  .Help("Alerts raised since start, by rule.")
                  .Register(registry_)),
      stream_ends_(prometheus::BuildCounter()
                       .Name("consentree_event_streams_ended_total")
                       .Help("Streams that the node ended, by reason.")
                       .Register(registry_)),
      open_alerts_(gauge("consentree_alerts_open", "Alerts that are open.")),
      forgotten_(gauge("consentree_watch_forgotten",
                       "Obligations dropped to make room: alerts about them will be missing.")),
      cpu_seconds_(counter(registry_, "process_cpu_seconds_total", "User and system CPU time.")) {
    prometheus::BuildGauge()
        .Name("consentree_build_info")
        .Help("1, labelled with what runs.")
        .Register(registry_)
        .Add({{"version", std::string(version())}})
        .Set(1);
}

prometheus::Gauge& Metrics::gauge(const char* name, const char* help) {
    return prometheus::BuildGauge().Name(name).Help(help).Register(registry_).Add({});
}

void Metrics::count_refusal(std::string_view reason) {
    const ProblemKind& kind = problem_kind_of(Refusal{std::string(reason), "", "", ""});
    const std::lock_guard lock(mutex_);
    auto at = refusal_counters_.find(kind.name);
    if (at == refusal_counters_.end()) {
        const std::string name(kind.name);
        at = refusal_counters_.emplace(name, &refusals_.Add({{"reason", name}})).first;
    }
    at->second->Increment();
}

void Metrics::observe_request(std::string_view route,
                              std::string_view method,
                              unsigned status,
                              double seconds) {
    const std::string code = std::to_string(status);
    const std::string key = std::string(route) + ' ' + std::string(method) + ' ' + code;
    const std::lock_guard lock(mutex_);
    auto at = request_histograms_.find(key);
    if (at == request_histograms_.end()) {
        const Labels labels{
            {"route", std::string(route)}, {"method", std::string(method)}, {"code", code}};
        at = request_histograms_.emplace(key, &requests_.Add(labels, seconds_buckets)).first;
    }
    at->second->Observe(seconds);
}

// The families keep one counter for each set of labels.
void Metrics::count_stream_end(std::string_view reason) {
    stream_ends_.Add({{"reason", std::string(reason)}}).Increment();
}

void Metrics::count_alert(std::string_view rule) {
    alerts_.Add({{"rule", std::string(rule)}}).Increment();
}

void Metrics::set_watch(std::size_t open, std::uint64_t forgotten) {
    open_alerts_.Set(static_cast<double>(open));
    forgotten_.Set(static_cast<double>(forgotten));
}

void Metrics::set_process_gauges() {
    const auto set = [this](const char* name, const char* help, double value) {
        auto at = gauges_.find(name);
        if (at == gauges_.end()) at = gauges_.emplace(name, &gauge(name, help)).first;
        at->second->Set(value);
    };
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    const double cpu = seconds(usage.ru_utime) + seconds(usage.ru_stime);
    cpu_seconds_.Increment(std::max(0.0, cpu - cpu_seconds_.Value()));
    std::ifstream statm("/proc/self/statm");
    double total_pages = 0;
    double resident_pages = 0;
    if (statm >> total_pages >> resident_pages) {
        const auto page = static_cast<double>(::sysconf(_SC_PAGESIZE));
        set("process_resident_memory_bytes", "Resident memory.", resident_pages * page);
        set("process_virtual_memory_bytes", "Virtual memory.", total_pages * page);
    }
    std::error_code failed;
    std::filesystem::directory_iterator files("/proc/self/fd", failed);
    if (!failed) {
        set("process_open_fds", "Open file descriptors.",
            static_cast<double>(std::distance(begin(files), end(files))));
    }
}

std::string Metrics::scrape(const NodeStatus& status) {
    const std::lock_guard lock(mutex_);
    const auto set = [this](const char* name, const char* help, auto value) {
        auto at = gauges_.find(name);
        if (at == gauges_.end()) at = gauges_.emplace(name, &gauge(name, help)).first;
        at->second->Set(static_cast<double>(value));
    };
    const auto connected = std::count_if(status.peers.begin(), status.peers.end(),
                                         [](const PeerStatus& peer) { return peer.connected; });
    set("consentree_ledger_height", "Committed blocks.", status.height);
    set("consentree_ledger_tree_size", "Entries of the log.", status.tree_size);
    set("consentree_ledger_certified_tree_size", "Entries under a quorum-cosigned checkpoint.",
        status.certified_tree_size);
    set("consentree_ledger_block_time_seconds", "Time of the newest block.",
        static_cast<double>(status.block_time_us) / 1e6);
    set("consentree_consensus_view", "The view this validator is in.", status.view);
    set("consentree_consensus_may_vote", "1 while the vote guard is sound.", status.may_vote);
    set("consentree_catching_up", "1 while blocks come from peers.", status.catching_up);
    set("consentree_validators", "Validators of the network.", status.peers.size() + 1);
    set("consentree_validators_missing", "Validators that this node is not connected to.",
        static_cast<double>(status.peers.size()) - static_cast<double>(connected));
    set("consentree_mempool_transactions", "Accepted here and not yet decided.",
        status.pending_transactions);
    set("consentree_unordered_batches", "Batches not yet in a block.", status.unordered_batches);
    set("consentree_storage_bytes", "Bytes of the store on disk.", status.disk_bytes);
    set_process_gauges();
    std::ostringstream out;
    prometheus::TextSerializer().Serialize(out, registry_.Collect());
    return out.str();
}

}  // namespace consentree::node

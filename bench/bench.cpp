#include "bench/bench.h"

#include "bench/index.h"
#include "bench/load.h"
#include "bench/measure.h"
#include "bench/options.h"
#include "client/cli/demo_process.h"
#include "client/client.h"
#include "common/files.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>
#include <thread>

namespace consentree::bench {

namespace fs = std::filesystem;
namespace cli = client::cli;
using Json = nlohmann::ordered_json;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

void say(const std::string& line) {
    std::cerr << line << "\n";
}

// From here on SIGINT and SIGTERM stop the nodes, delete the folder and end the process. Called
// before other threads start, so that they all leave these signals to this one.
void clean_up_on_signal(const cli::Demo& demo, const fs::path& root) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigprocmask(SIG_BLOCK, &set, nullptr);
    std::thread([demo, root, set] {
        int signal = 0;
        sigwait(&set, &signal);
        cli::stop_nodes(demo);
        std::error_code error;
        fs::remove_all(root, error);
        _exit(1);
    }).detach();
}

client::Failure failed(std::string what) {
    client::Failure failure;
    failure.code = "bench-failed";
    failure.what = std::move(what);
    return failure;
}

// A new one, below the folder that was asked for.
client::Outcome<fs::path> make_folder(const Options& options) {
    std::error_code error;
    const fs::path above =
        options.folder.empty() ? fs::temp_directory_path(error) : fs::path(options.folder);
    fs::create_directories(above, error);
    std::string name = (above / "consentree-bench-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) return failed("cannot make a folder in " + above.string());
    return fs::path(name);
}

// A network of processes that is gone, with its folder, at the end of the scope.
class Network {
public:
    static client::Outcome<std::unique_ptr<Network>> start(const Options& options) {
        const auto folder = make_folder(options);
        if (!folder) return folder.error();
        auto network = std::unique_ptr<Network>(new Network(*folder, options.keep));
        auto demo = cli::make_demo(*folder / "net", options.nodes);
        if (!demo) return demo.error();
        network->demo_ = std::move(*demo);
        if (auto moved = cli::settle_ports(network->demo_); !moved) return moved.error();
        std::vector<std::size_t> all;
        for (std::size_t i = 0; i < options.nodes; ++i) {
            auto pid = cli::start_node(network->demo_, i);
            if (!pid) return pid.error();
            network->pids_.push_back(*pid);
            all.push_back(i);
        }
        clean_up_on_signal(network->demo_, network->root_);
        auto ready = cli::wait_ready(network->demo_, all, seconds(60), [] { return true; });
        if (!ready) return ready.error();
        return network;
    }
    ~Network() {
        if (!demo_.nodes.empty()) cli::stop_nodes(demo_);
        std::error_code error;
        if (keep_) {
            say("kept " + root_.string());
        } else {
            fs::remove_all(root_, error);
        }
    }
    Network(const Network&) = delete;
    Network& operator=(const Network&) = delete;

    const cli::Demo& demo() const { return demo_; }
    std::uint64_t cpu_us() const {
        std::uint64_t sum = 0;
        for (const int pid : pids_) sum += cpu_time_us(pid);
        return sum;
    }
    double resident_mib() const {
        std::uint64_t most = 0;
        for (const int pid : pids_) most = std::max(most, resident_bytes(pid));
        return static_cast<double>(most) / (1024.0 * 1024.0);
    }
    std::uint64_t certified() const {
        std::uint64_t least = reached(demo_, 0).certified_events;
        for (std::size_t i = 1; i < demo_.nodes.size(); ++i) {
            least = std::min(least, reached(demo_, i).certified_events);
        }
        return least;
    }

private:
    Network(fs::path root, bool keep) : root_(std::move(root)), keep_(keep) {}
    fs::path root_;
    bool keep_;
    cli::Demo demo_;
    std::vector<int> pids_;
};

// What one run gives.
struct Figures {
    double throughput = 0, spent_s = 0, cpu_us_per_event = 0, idle_cpu_percent = 0;
    double load_cpu_us_per_event = 0, blocks_per_s = 0;
    double calibration_before = 0, calibration_after = 0, resident_mib = 0;
    std::vector<double> latency_ms, check_ms;
    std::uint64_t events = 0, busy = 0, receipts_verified = 0;
    bool ran_out = false;
};

// To that many places after the point.
double rounded(double value, int places) {
    const double scale = std::pow(10.0, places);
    return std::round(value * scale) / scale;
}

// What was spent from its making to stop().
class Meter {
public:
    explicit Meter(const Network& network) : network_(network) {}
    void stop(std::uint64_t events, Figures& figures) const {
        const std::chrono::duration<double> spent = Clock::now() - began_;
        const auto count = static_cast<double>(std::max<std::uint64_t>(1, events));
        figures.events = events;
        figures.spent_s = spent.count();
        figures.throughput = static_cast<double>(events) / spent.count();
        figures.cpu_us_per_event = static_cast<double>(network_.cpu_us() - cpu_) / count;
        figures.load_cpu_us_per_event = (own_cpu_us() - own_cpu_) / count;
        const std::uint64_t blocks = reached(network_.demo(), 0).height - height_;
        figures.blocks_per_s = static_cast<double>(blocks) / spent.count();
    }

private:
    const Network& network_;
    const std::uint64_t height_ = reached(network_.demo(), 0).height;
    const std::uint64_t cpu_ = network_.cpu_us();
    const double own_cpu_ = own_cpu_us();
    const Clock::time_point began_ = Clock::now();
};

class Bench {
public:
    explicit Bench(const Options& options) : options_(options) {
        if (options_.events == 0) options_.events = options_.profile == "bulk" ? 100 : 1;
        if (is_timed() && options_.rate == 0) options_.rate = 500;
    }

    int run() {
        const bool is_index = options_.profile == "index";
        const auto failure = is_index ? measure_index_alone() : measure();
        if (failure) {
            std::cerr << "✗ " << failure->what_to_do() << "\n";
            return 1;
        }
        print(is_index ? index_result() : result());
        return 0;
    }

private:
    using Step = std::optional<client::Failure>;

    // Every transaction has its time, and is waited for.
    bool is_timed() const { return options_.profile == "latency" || options_.profile == "check"; }

    Step measure() {
        say("calibrating");
        figures_.calibration_before = calibrate(1.0);
        say("starting " + std::to_string(options_.nodes) + " nodes");
        auto network = Network::start(options_);
        if (!network) return network.error();
        auto workload = Workload::make((*network)->demo());
        if (!workload) return workload.error();
        if (auto failure = load_consents(**network, *workload)) return failure;
        measure_idle(**network);
        say("signing");
        sign(*workload);
        say("loading for " + std::to_string(static_cast<int>(options_.seconds)) + " s");
        auto failure = is_timed() ? load_latency(**network) : load_throughput(**network);
        if (failure) return failure;
        figures_.resident_mib = (*network)->resident_mib();
        figures_.calibration_after = calibrate(1.0);
        return std::nullopt;
    }

    Step measure_index_alone() {
        say("calibrating");
        figures_.calibration_before = calibrate(1.0);
        auto folder = make_folder(options_);
        if (!folder) return folder.error();
        auto measured = measure_index(*folder, IndexLoad{options_.keys, options_.stored_events});
        std::error_code ignored;
        if (!options_.keep) fs::remove_all(*folder, ignored);
        if (!measured) return measured.error();
        index_ = std::move(*measured);
        figures_.calibration_after = calibrate(1.0);
        return std::nullopt;
    }

    Step load_consents(const Network& network, Workload& workload) {
        std::vector<std::vector<Signed>> work;
        for (std::size_t i = 0; i < options_.nodes; ++i) work.push_back(workload.consents(i));
        Send how;
        how.time = seconds(60);
        const std::uint64_t before = network.certified();
        const Sent sent = send_all(network.demo(), work, how);
        const std::uint64_t wanted = options_.nodes * consents_each * 2;
        if (sent.refused != 0 || sent.events != wanted) {
            return failed("the consents were not taken: " + sent.reason);
        }
        if (!wait_certified(network.demo(), before + wanted, seconds(60))) {
            return failed("the consents were not committed within 60 s");
        }
        return std::nullopt;
    }

    void measure_idle(const Network& network) {
        constexpr double time_s = 3;
        std::this_thread::sleep_for(seconds(1));
        const std::uint64_t before = network.cpu_us();
        std::this_thread::sleep_for(milliseconds(static_cast<int>(time_s * 1000)));
        const auto spent = static_cast<double>(network.cpu_us() - before);
        figures_.idle_cpu_percent =
            spent / (time_s * 1e6 * static_cast<double>(options_.nodes)) * 100;
    }

    // Enough for the time at a rate that no machine of this size reaches, within 1 GiB.
    void sign(Workload& workload) {
        const double per_second = options_.rate > 0 ? options_.rate * 1.05
                                  : options_.events >= 10
                                      ? 120'000.0 / static_cast<double>(options_.events)
                                      : 9'000.0;
        const double most = 1024.0 * 1024 * 1024 /
                            (static_cast<double>(options_.events) * (payload_bytes + 4) + 400);
        const double all = std::min(per_second * (options_.seconds + 1), most);
        const auto each = static_cast<std::size_t>(all / static_cast<double>(options_.nodes)) + 1;
        for (std::size_t i = 0; i < options_.nodes; ++i) {
            work_.push_back(workload.accesses(i, each, options_.events));
            probes_.push_back(
                workload.accesses(i, static_cast<std::size_t>(options_.seconds * 20), 1));
            if (options_.profile != "check") continue;
            const double checks = options_.checks * options_.seconds;
            const auto share = checks / static_cast<double>(options_.nodes);
            checks_.push_back(workload.checks(i, static_cast<std::size_t>(share) + 1));
        }
    }

    Step load_throughput(const Network& network) {
        Send how;
        how.per_request = options_.events >= 10 ? 8 : 64;
        how.connections = options_.connections != 0 ? options_.connections : 3;
        how.rate = options_.rate;
        how.time = std::chrono::duration<double>(options_.seconds);
        // Beside the load, single transactions that are waited for: the latency under this load.
        Send probing = how;
        probing.connections = 1;
        probing.rate = 20;
        Latencies probed;
        const std::uint64_t events_before = network.certified();
        const Meter meter(network);
        std::thread prober([&] { probed = send_and_wait(network.demo(), probes_, probing); });
        const Sent sent = send_all(network.demo(), work_, how);
        prober.join();
        probed.read_receipts();
        const std::uint64_t total = sent.events + probed.good_ms.size();
        const bool is_done = wait_certified(network.demo(), events_before + total, seconds(60));
        meter.stop(total, figures_);
        if (sent.refused != 0) return failed("a node refused: " + sent.reason);
        if (!is_done) return failed("not all that was accepted was committed in 60 s more");
        figures_.busy = sent.busy;
        figures_.ran_out = sent.ran_out;
        figures_.latency_ms = std::move(probed.good_ms);
        return verify(network, probed.receipts);
    }

    Step load_latency(const Network& network) {
        Send how;
        how.connections = options_.connections != 0 ? options_.connections : 8;
        how.rate = options_.rate;
        how.time = std::chrono::duration<double>(options_.seconds);
        Send asking = how;
        asking.connections = 4;
        asking.rate = options_.checks;
        Latencies checked;
        const Meter meter(network);
        std::thread asker([&] { checked = ask(network.demo(), checks_, asking); });
        Latencies all = send_and_wait(network.demo(), work_, how);
        asker.join();
        meter.stop(all.answers.size() * options_.events, figures_);
        all.read_receipts();
        checked.read_checks();
        if (all.failed != 0) return failed("no receipt: " + all.reason);
        if (checked.failed != 0) return failed("not allowed: " + checked.reason);
        figures_.latency_ms = std::move(all.good_ms);
        figures_.check_ms = std::move(checked.good_ms);
        return verify(network, all.receipts);
    }

    // After the clock has stopped: what was counted as a receipt really is one.
    Step verify(const Network& network, const std::vector<std::string>& receipts) {
        constexpr std::size_t most = 1000;
        const auto trust = read_file(network.demo().trust(), 1 << 20);
        if (!trust) return failed("cannot read the trust file");
        const std::size_t step = receipts.size() / most + 1;
        for (std::size_t i = 0; i < receipts.size(); i += step) {
            const auto checked = client::verify_file(receipts[i], *trust);
            if (checked.standing != client::Standing::verified) {
                return failed("a receipt does not verify: " + checked.reason);
            }
            ++figures_.receipts_verified;
        }
        return std::nullopt;
    }

    Json result() const {
        const unsigned cores = std::max(1u, std::thread::hardware_concurrency());
        const double per_node = figures_.cpu_us_per_event / static_cast<double>(options_.nodes);
        Json json;
        json["profile"] = options_.profile;
        json["throughput_per_s"] = rounded(figures_.throughput, 0);
        json["p50_ms"] = rounded(percentile(figures_.latency_ms, 0.50), 2);
        json["p99_ms"] = rounded(percentile(figures_.latency_ms, 0.99), 2);
        if (options_.profile == "check") {
            const auto asked = static_cast<double>(figures_.check_ms.size());
            json["checks_per_s"] = rounded(asked / figures_.spent_s, 0);
            json["check_p50_ms"] = rounded(percentile(figures_.check_ms, 0.50), 2);
            json["check_p99_ms"] = rounded(percentile(figures_.check_ms, 0.99), 2);
            json["check_samples"] = figures_.check_ms.size();
        }
        json["nodes"] = options_.nodes;
        json["cores"] = cores;
        json["cpu_us_per_event"] = rounded(figures_.cpu_us_per_event, 1);
        json["cpu_us_per_event_and_node"] = rounded(per_node, 1);
        json["load_cpu_us_per_event"] = rounded(figures_.load_cpu_us_per_event, 1);
        json["blocks_per_s"] = rounded(figures_.blocks_per_s, 1);
        json["calibration_verifies_per_s"] =
            rounded((figures_.calibration_before + figures_.calibration_after) / 2, 0);
        json["calibration_before"] = rounded(figures_.calibration_before, 0);
        json["calibration_after"] = rounded(figures_.calibration_after, 0);
        json["fsync"] = true;
        json["signatures_checked_by"] = "every node";
        json["payload_bytes"] = payload_bytes;
        json["events_per_tx"] = options_.events;
        json["events"] = figures_.events;
        json["seconds"] = rounded(figures_.spent_s, 2);
        json["latency_samples"] = figures_.latency_ms.size();
        json["latency_is"] = "submission due to receipt in hand, over HTTP";
        json["receipts_verified"] = figures_.receipts_verified;
        json["idle_cpu_percent"] = rounded(figures_.idle_cpu_percent, 2);
        json["rss_mib_per_node"] = rounded(figures_.resident_mib, 1);
        json["busy_answers"] = figures_.busy;
        json["ran_out_of_work"] = figures_.ran_out;
        return json;
    }

    Json index_result() const {
        Json json;
        json["profile"] = options_.profile;
        json["payload_bytes"] = payload_bytes;
        json["keys_per_event"] = 4;
        json["keys"] = index_.keys;
        json["fsync"] = true;
        json["calibration_verifies_per_s"] =
            rounded((figures_.calibration_before + figures_.calibration_after) / 2, 0);
        Json marks = Json::array();
        for (const IndexFigures::Mark& mark : index_.marks) {
            marks.push_back({{"events", mark.events},
                             {"cpu_us_per_event", rounded(mark.cpu_us, 1)},
                             {"events_per_s_and_core", rounded(1e6 / mark.cpu_us, 0)}});
        }
        json["marks"] = std::move(marks);
        json["rebuild_s"] = rounded(index_.rebuild_s, 2);
        json["bytes_per_key"] = rounded(index_.bytes_per_key, 1);
        return json;
    }

    void print(const Json& json) const {
        if (options_.json) {
            std::cout << json.dump() << "\n" << std::flush;
            return;
        }
        for (const auto& [name, value] : json.items()) {
            std::printf("%-28s %s\n", name.c_str(), value.dump().c_str());
        }
    }

    Options options_;
    Figures figures_;
    IndexFigures index_;
    std::vector<std::vector<Signed>> work_, probes_, checks_;
};

}  // namespace

int run_bench(const std::vector<std::string>& args) {
    Options options;
    std::string wrong;
    if (!parse(args, options, wrong)) {
        std::cerr << "✗ " << wrong << "\n\n" << usage;
        return 2;
    }
    if (options.help) {
        std::cout << usage;
        return 0;
    }
    return Bench(options).run();
}

}  // namespace consentree::bench

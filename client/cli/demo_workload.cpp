#include "client/cli/demo_workload.h"

#include "client/cli/demo_load.h"
#include "client/cli/demo_planted.h"
#include "client/cli/demo_queries.h"
#include "client/cli/demo_sender.h"
#include "client/cli/output.h"
#include "client/record.h"
#include "client/synthetic/generator.h"

#include <signal.h>
#include <unistd.h>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>

namespace consentree::client::cli {

using Json = nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;
using synthetic::Generator;
using synthetic::Profile;
using synthetic::Round;

namespace {

constexpr std::uint64_t size_most = 100'000'000;
// Of a second's worth: how much of a day's load comes in each hour, eight times as much at noon as
// at night; 24 in all.
constexpr double hours[24] = {0.22, 0.22, 0.22, 0.22, 0.3, 0.5, 0.8, 1.2, 1.5, 1.7, 1.76, 1.76,
                              1.76, 1.7,  1.7,  1.7,  1.6, 1.4, 1.2, 0.9, 0.6, 0.5, 0.3,  0.24};

std::atomic<bool> stop_asked{false};
std::atomic<int> stops_asked{0};

// Ctrl+C: the round that is under way is finished. The third time the program ends.
class StopSignals {
public:
    StopSignals() {
        stop_asked = false;
        stops_asked = 0;
        struct sigaction action {};
        action.sa_handler = [](int) {
            stop_asked = true;
            if (++stops_asked == 3) _exit(exit_code::failed);
        };
        action.sa_flags = SA_RESTART;
        sigaction(SIGINT, &action, &interrupt_);
        sigaction(SIGTERM, &action, &terminate_);
    }
    StopSignals(const StopSignals&) = delete;
    StopSignals& operator=(const StopSignals&) = delete;
    ~StopSignals() {
        sigaction(SIGINT, &interrupt_, nullptr);
        sigaction(SIGTERM, &terminate_, nullptr);
    }

private:
    struct sigaction interrupt_ {
    }, terminate_{};
};

std::string time_of(double seconds) {
    const auto whole = static_cast<std::uint64_t>(seconds + 0.5);
    if (whole < 60) return std::to_string(whole) + " s";
    if (whole < 3600)
        return std::to_string(whole / 60) + " min " + std::to_string(whole % 60) + " s";
    return std::to_string(whole / 3600) + " h " + std::to_string(whole / 60 % 60) + " min";
}

std::uint64_t per_second(std::uint64_t count, double seconds) {
    return static_cast<std::uint64_t>(static_cast<double>(count) / std::max(seconds, 0.001));
}

// How far it is, on one line of a terminal, or a line now and then.
class ProgressLine {
public:
    ProgressLine(const Globals& globals, std::uint64_t size)
        : globals_(globals), size_(size), is_terminal_(isatty(STDERR_FILENO) != 0) {}

    void show(std::uint64_t done, std::uint64_t events) {
        const auto now = Clock::now();
        const std::chrono::duration<double> spent = now - started_;
        if (globals_.quiet || (!is_terminal_ && now - shown_ < std::chrono::seconds(5))) return;
        shown_ = now;
        std::string line =
            done == 0 ? "setting up" : grouped(done) + " of " + grouped(size_) + " transactions";
        line += ", " + grouped(events) +
                (done == 0 ? " of about " + grouped(set_up_) : std::string()) + " events, " +
                grouped(per_second(events, spent.count())) + "/s";
        if (done == 0) begun_ = now;
        if (done != 0 && done < size_) {
            const std::chrono::duration<double> since = now - begun_;
            const double left =
                since.count() * static_cast<double>(size_ - done) / static_cast<double>(done);
            line += ", " + time_of(left) + " left";
        }
        std::cerr << (is_terminal_ ? "\r  " : "  ") << line << (is_terminal_ ? "\033[K" : "\n")
                  << std::flush;
    }
    // Events that come before the first transaction.
    void expect(std::uint64_t set_up) { set_up_ = set_up; }
    void clear() const {
        if (is_terminal_ && !globals_.quiet) std::cerr << "\r\033[K" << std::flush;
    }
    double seconds() const {
        return std::chrono::duration<double>(Clock::now() - started_).count();
    }

private:
    const Globals& globals_;
    std::uint64_t size_, set_up_ = 0;
    bool is_terminal_;
    Clock::time_point started_ = Clock::now(), begun_ = started_, shown_{};
};

synthetic::Settings settings_of(const WorkloadOptions& options,
                                std::vector<std::string> institutions) {
    synthetic::Settings settings;
    settings.profile = options.profile;
    settings.seed = options.seed;
    settings.size = options.size;
    settings.subjects = options.subjects;
    settings.tag = load_tag().substr(0, 10);  // The time, to the millisecond.
    settings.institutions = std::move(institutions);
    settings.start = wall_clock();
    return settings;
}

class Workload {
public:
    Workload(const Globals& globals, const Demo& demo, const WorkloadOptions& options)
        : globals_(globals),
          demo_(demo),
          options_(options),
          profile_(*synthetic::find_profile(options.profile)),
          settings_(settings_of(options, institutions())),
          file_(demo),
          progress_(globals, options.size) {}

    int run() {
        auto sender = Sender::connect(demo_);
        if (!sender) return fail(globals_, sender.error());
        Generator generator(settings_);
        settings_.subjects = generator.subjects();
        progress_.expect(2 * profile_.consents_each * generator.subjects());
        if (auto begun = file_.begin(settings_); !begun) return fail(globals_, begun.error());
        const StopSignals signals;
        AuditQueries queries(demo_, settings_);
        while (const auto round = generator.next()) {
            if (profile_.has_queries && round->done != 0) queries.start();
            if (auto failure = send(*sender, *round)) {
                progress_.clear();
                queries.stop();
                fail(globals_, *failure);
                return interrupted(exit_code_of(failure->kind));
            }
            if (stop_asked) generator.stop();
        }
        progress_.clear();
        queries.stop();
        if (auto ended = file_.end(settings_.tag, done_, sent_.events); !ended) {
            return fail(globals_, ended.error());
        }
        report(queries);
        if (!options_.verify) return exit_code::done;
        return verify_load(globals_, demo_, settings_.tag);
    }

private:
    std::vector<std::string> institutions() const {
        std::vector<std::string> names;
        for (const DemoNode& node : demo_.nodes) names.push_back(node.institution);
        return names;
    }

    int interrupted(int code) const {
        say(globals_, "  load " + settings_.tag + " ended after " + grouped(done_) + " of " +
                          grouped(options_.size) + " transactions, " + grouped(sent_.events) +
                          " events; more may have come of the round that was under way");
        say(globals_, "  consentree demo verify-load shows what is there; another load can begin");
        return code;
    }

    double rate() const {
        const double mean = options_.rate < 0 ? profile_.rate : options_.rate;
        const std::uint64_t hour = std::min<std::uint64_t>(23, done_ * 24 / options_.size);
        return profile_.has_day ? mean * hours[hour] : mean;
    }

    std::optional<Failure> send(Sender& sender, const Round& round) {
        // Written down first: whatever ends this program, it is known what may be there.
        if (auto added = file_.add(settings_.tag, round.planted); !added) return added.error();
        auto sent = sender.send(round, rate(), stop_asked);
        if (!sent) return sent.error();
        done_ = round.done;
        sent_.events += sent->events;
        sent_.transactions += sent->transactions;
        planted_ += round.planted.size();
        progress_.show(done_, sent_.events);
        const auto reached = file_.reached(settings_.tag, done_, sent_.events);
        if (!reached) return reached.error();
        return std::nullopt;
    }

    void report(const AuditQueries& queries) const {
        const double seconds = progress_.seconds();
        if (globals_.output == OutputForm::json) {
            Json json = {{"load", settings_.tag},
                         {"profile", settings_.profile},
                         {"seed", settings_.seed},
                         {"size", settings_.size},
                         {"subjects", settings_.subjects},
                         {"transactions", done_},
                         {"events", sent_.events},
                         {"signatures", sent_.transactions},
                         {"planted", planted_},
                         {"seconds", seconds},
                         {"complete", done_ == options_.size}};
            if (profile_.has_queries) queries.add_to(json);
            print(json.dump(2));
            return;
        }
        const bool is_whole = done_ == options_.size;
        say_done(globals_, std::string(is_whole ? "loaded " : "stopped: loaded ") + grouped(done_) +
                               (is_whole ? "" : " of " + grouped(options_.size)) +
                               " transactions of " + settings_.profile + ", " +
                               grouped(sent_.events) + " events in " + time_of(seconds) + " (" +
                               grouped(per_second(sent_.events, seconds)) + "/s), with " +
                               grouped(planted_) + " findings planted");
        say(globals_, "  load " + settings_.tag + ", seed " + std::to_string(settings_.seed) +
                          "; what was planted: " + file_.path().string());
        if (profile_.has_queries) say(globals_, "  " + queries.summary());
    }

    const Globals& globals_;
    const Demo& demo_;
    const WorkloadOptions& options_;
    const Profile& profile_;
    synthetic::Settings settings_;
    PlantedFile file_;
    ProgressLine progress_;
    Sent sent_;
    std::uint64_t done_ = 0, planted_ = 0;
};

void count_round(const Round& round,
                 std::map<std::string, std::uint64_t>& counts,
                 std::uint64_t& bytes) {
    for (const synthetic::Group& group : round.groups) {
        for (const synthetic::Draft& draft : group.events) {
            const std::size_t end = draft.text.find('"', 9);
            counts[draft.text.substr(9, end - 9)] += 1;
            bytes += draft.text.size();
        }
    }
    for (const synthetic::Planted& planted : round.planted) counts["! " + planted.kind] += 1;
}

}  // namespace

std::string wrong_with(const WorkloadOptions& options) {
    if (synthetic::find_profile(options.profile) == nullptr) {
        std::string names;
        for (const Profile& profile : synthetic::profiles()) {
            names += (names.empty() ? "" : ", ") + std::string(profile.name);
        }
        return "there is no profile \"" + options.profile + "\": " + names;
    }
    if (options.size == 0 || options.size > size_most) return "--size takes 1 to 100000000";
    if (options.subjects > synthetic::subjects_max) return "--subjects takes 1 to 2000000";
    return "";
}

void add_workload_options(CLI::App& command, WorkloadOptions& options) {
    std::string names = "Synthetic data of one of these kinds:";
    for (const Profile& profile : synthetic::profiles()) {
        names += "\n  " + std::string(profile.name) +
                 std::string(14 - std::min<std::size_t>(13, profile.name.size()), ' ') +
                 std::string(profile.what);
    }
    command.add_option("--profile", options.profile, names);
    command
        .add_option("--size", options.size,
                    "Sessions of access and changes of consents; one is two to four events")
        ->capture_default_str();
    command.add_option("--subjects", options.subjects,
                       "People; as many as fit the size if left out");
    command.add_option("--seed", options.seed, "The same seed makes the same events")
        ->capture_default_str();
    command
        .add_option("--rate", options.rate,
                    "Transactions per second; 0: as fast as it goes. audit-day: 150 if left out")
        ->check(CLI::NonNegativeNumber.description(""));
    command.add_flag("--dry-run", options.dry_run, "Only say what would be loaded");
    command.add_flag("--verify", options.verify, "Read it back afterwards, as verify-load does");
}

int describe_workload(const Globals& globals, const WorkloadOptions& options) {
    Generator generator(settings_of(options, {"northbank", "medcare", "citygov", "unilab"}));
    std::map<std::string, std::uint64_t> counts;
    std::uint64_t bytes = 0, events = 0;
    while (const auto round = generator.next()) count_round(*round, counts, bytes);
    TextTable table({"EVENT OR FINDING", "COUNT"});
    Json items = Json::object(), planted = Json::object();
    for (const auto& [name, count] : counts) {
        table.row({name, grouped(count)});
        const bool is_planted = name.starts_with('!');
        (is_planted ? planted[name.substr(2)] : items[name]) = count;
        events += is_planted ? 0 : count;
    }
    if (globals.output == OutputForm::json) {
        print(Json{{"profile", options.profile},
                   {"seed", options.seed},
                   {"size", options.size},
                   {"subjects", generator.subjects()},
                   {"events", events},
                   {"event_bytes", bytes},
                   {"types", items},
                   {"planted", planted}}
                  .dump(2));
        return exit_code::done;
    }
    table.print();
    say_done(globals, grouped(options.size) + " transactions of " + options.profile + " about " +
                          grouped(generator.subjects()) + " people would be " + grouped(events) +
                          " events, " + grouped(bytes / 1024) + " KiB; nothing was sent");
    return exit_code::done;
}

int load_workload(const Globals& globals, const Demo& demo, const WorkloadOptions& options) {
    return Workload(globals, demo, options).run();
}

}  // namespace consentree::client::cli

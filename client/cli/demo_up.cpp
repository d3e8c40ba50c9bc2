#include "client/cli/demo_up.h"

#include "client/cli/demo_load.h"
#include "client/cli/demo_policies.h"
#include "client/cli/demo_process.h"
#include "client/cli/demo_tamper.h"
#include "client/cli/output.h"
#include "client/context.h"
#include "common/files.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cstdlib>
#include <iostream>
#include <nlohmann/json.hpp>

namespace consentree::client::cli {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

namespace {

constexpr std::chrono::seconds ready_time{90};

// SIGINT and SIGTERM end the demo, SIGCHLD tells of a node that ended, SIGUSR1 of a wish file.
// They are blocked, in every thread that this one starts, and taken here alone.
class Signals {
public:
    Signals() {
        sigemptyset(&set_);
        for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGCHLD, SIGUSR1}) {
            sigaddset(&set_, signal);
        }
        sigprocmask(SIG_BLOCK, &set_, nullptr);
    }
    // The next one, or 0 if none comes in that time.
    int take(long milliseconds) {
        const timespec time{milliseconds / 1000, milliseconds % 1000 * 1'000'000};
        const int signal = sigtimedwait(&set_, nullptr, &time);
        if (signal == SIGINT || signal == SIGTERM || signal == SIGHUP) stop_ = true;
        return signal > 0 ? signal : 0;
    }
    bool keep_going() {
        while (!stop_ && take(0) != 0) {
        }
        return !stop_;
    }
    bool is_stopped() const { return stop_; }

private:
    sigset_t set_{};
    bool stop_ = false;
};

std::string tilde(const fs::path& path) {
    const char* home = std::getenv("HOME");
    const std::string text = path.string();
    const std::string start = home == nullptr ? "" : std::string(home) + "/";
    if (start.size() > 1 && text.starts_with(start)) return "~/" + text.substr(start.size());
    return text;
}

class Up {
public:
    Up(const Globals& globals, const UpOptions& options) : globals_(globals), options_(options) {}

    int run() {
        std::error_code error;
        if (!options_.ready_file.empty()) fs::remove(options_.ready_file, error);
        if (auto failure = open()) return fail(globals_, *failure);
        auto lock = DemoLock::take(demo_);
        if (!lock) return fail(globals_, lock.error());
        stop_nodes(demo_);  // Left over from a demo that was killed.
        const auto failure = start();
        if (failure) {
            stop_nodes(demo_);
            if (signals_.is_stopped()) return exit_code::done;
            return fail(globals_, *failure);
        }
        print_screen();
        watch();
        say(globals_, "\nStopping the nodes. The data stays in " + tilde(demo_.folder));
        stop_nodes(demo_);
        return exit_code::done;
    }

private:
    using Step = std::optional<Failure>;

    void tick(const std::string& text) {
        const auto now = Clock::now();
        const auto tenths = std::chrono::duration_cast<std::chrono::milliseconds>(now - since_);
        since_ = now;
        const auto count = (tenths.count() + 50) / 100;
        const std::string time = std::to_string(count / 10) + "." + std::to_string(count % 10);
        const std::size_t width = 70;
        std::string line = text;
        // Columns, not bytes: all text here is ASCII.
        if (line.size() < width) line += std::string(width - line.size(), ' ');
        say_done(globals_, line + time + " s");
    }

    Step open() {
        const fs::path folder =
            options_.folder.empty() ? default_demo_folder() : fs::path(options_.folder);
        is_new_ = !is_demo_folder(folder);
        auto demo = is_new_ ? make_demo(folder, options_.nodes == 0 ? 4 : options_.nodes)
                            : open_demo(folder);
        if (!demo) return demo.error();
        demo_ = std::move(*demo);
        if (options_.nodes != 0 && options_.nodes != demo_.nodes.size()) {
            Failure failure;
            failure.kind = FailureKind::conflict;
            failure.code = "demo-size";
            failure.what = "the demo in " + tilde(demo_.folder) + " has " +
                           std::to_string(demo_.nodes.size()) + " nodes";
            failure.hint = "Delete it (consentree demo reset) or choose another folder: --dir D";
            return failure;
        }
        say(globals_, "consentree demo · " + std::to_string(demo_.nodes.size()) +
                          " nodes · data kept in " + tilde(demo_.folder));
        if (is_new_) {
            tick("keys and genesis for " + std::to_string(demo_.nodes.size()) + " institutions");
        }
        return std::nullopt;
    }

    Step start() {
        auto moved = settle_ports(demo_);
        if (!moved) return moved.error();
        if (*moved) {
            warn(globals_, "ports were busy: this demo uses " +
                               std::to_string(demo_.nodes.front().api) + " and " +
                               std::to_string(demo_.nodes.front().peer) + " onwards");
        }
        std::vector<std::size_t> all;
        std::string names;
        for (std::size_t i = 0; i < demo_.nodes.size(); ++i) {
            auto pid = start_node(demo_, i);
            if (!pid) return pid.error();
            all.push_back(i);
            names += (i == 0 ? "" : "  ") + demo_.nodes[i].name;
        }
        auto keep_going = [this] { return signals_.keep_going(); };
        auto ready = wait_ready(demo_, all, ready_time, keep_going);
        if (!ready) return ready.error();
        tick(names + " are up");
        if (auto failure = save_context_demo()) return failure;
        if (!demo_.loaded) {
            auto policies = put_policies_in_force(demo_);
            if (!policies) return policies.error();
            tick(std::to_string(*policies) + " schemes, vocabularies and mappings in force");
            auto loaded = load_samples(demo_, is_new_ ? "demo" : load_tag(), keep_going);
            if (!loaded) return loaded.error();
            demo_.loaded = true;
            if (auto saved = save_demo(demo_); !saved) return saved.error();
            tick("sample data: " + grouped(loaded->consents) + " consents (" +
                 grouped(loaded->imported) + " imported), " + grouped(loaded->accesses) +
                 " accesses, " + grouped(loaded->refused) + " denied");
        }
        return write_ready_file();
    }

    Step save_context_demo() {
        const std::string before = current_context();
        Context context;
        context.name = "demo";
        context.urls = demo_.urls();
        context.key = demo_.partner_key().string();
        context.trust = demo_.trust().string();
        context.institution = demo_.nodes.front().institution;
        context.agreement = demo_.agreement().string();
        if (auto saved = save_context(context); !saved) return saved.error();
        is_current_ = before.empty() || before == "demo";
        if (!is_current_) return std::nullopt;
        if (auto used = use_context("demo"); !used) return used.error();
        return std::nullopt;
    }

    Step write_ready_file() {
        if (options_.ready_file.empty()) return std::nullopt;
        using Json = nlohmann::ordered_json;
        Json nodes = Json::array();
        for (std::size_t i = 0; i < demo_.nodes.size(); ++i) {
            nodes.push_back({{"name", demo_.nodes[i].institution},
                             {"pid", find_node(demo_, i)},
                             {"api", demo_.nodes[i].url()},
                             {"peer", "127.0.0.1:" + std::to_string(demo_.nodes[i].peer)}});
        }
        std::error_code error;
        const Json ready = {{"cli", fs::read_symlink("/proc/self/exe", error).string()},
                            {"dir", demo_.folder.string()},
                            {"trust", demo_.trust().string()},
                            {"nodes", nodes},
                            {"keys",
                             {{"partner", demo_.partner_key().string()},
                              {"officer", demo_.officer_key().string()}}}};
        if (replace_file(options_.ready_file, ready.dump(2) + "\n")) return std::nullopt;
        Failure failure;
        failure.code = "file-not-written";
        failure.what = "cannot write " + options_.ready_file;
        return failure;
    }

    void print_screen() const {
        const char* name = std::getenv("CONSENTREE_CALLED");
        std::string call = name != nullptr ? name : globals_.program;
        if (!is_current_) call += " --context demo";
        // What deletes names what it deletes.
        const bool is_default = demo_.folder == default_demo_folder();
        const std::size_t count = demo_.nodes.size();
        const std::string url = demo_.nodes.front().url();
        std::string others;
        for (std::size_t i = 1; i < count; ++i) {
            others += (i == 1 ? ":" : "   :") + std::to_string(demo_.nodes[i].api) + " " +
                      demo_.nodes[i].name;
        }
        std::cout << "\nReady. A network of " << count << " institutions that tolerates "
                  << (count - 1) / 3 << " faulty.\n\n  API           " << url << "/v1   (" << url
                  << "/v1/openapi.json)\n  Other nodes   " << others
                  << "\n\nTry, in another terminal:\n"
                  << "  " << call << " status\n"
                  << "  " << call << " consent list --state active --limit 10\n"
                  << "  " << call << " consent grant --subject sub:8f2c --recipient unilab \\\n"
                  << "      --purpose research --data lab-results --expires 2027-06-30 --wait\n"
                  << "  " << call << " verify " << tilde(demo_.receipt()) << "\n"
                  << "  " << call << " demo kill 3\n\n"
                  << "Ctrl+C stops the nodes and keeps the data.  \"" << call << " demo reset"
                  << (is_default ? "" : " --dir " + demo_.folder.string()) << "\" deletes it.\n"
                  << std::flush;
    }

    void watch() {
        while (!signals_.is_stopped()) {
            signals_.take(500);
            report_ended();
            start_wished();
        }
    }

    void report_ended() {
        int status = 0;
        for (int pid = 0; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
            for (std::size_t i = 0; i < demo_.nodes.size(); ++i) {
                const auto text = read_file(demo_.pid_file(i), 64);
                if (!text || std::atoi(text->c_str()) != pid) continue;
                std::error_code error;
                fs::remove(demo_.pid_file(i), error);
                const std::string how =
                    WIFSIGNALED(status)
                        ? "was killed (signal " + std::to_string(WTERMSIG(status)) + ")"
                        : "ended with code " + std::to_string(WEXITSTATUS(status));
                const std::string said = last_words(demo_, i);
                if (!said.empty()) warn(globals_, demo_.nodes[i].name + ": " + said);
                const char* remedy = said.empty() ? ". Start it again: demo start "
                                                  : ". Bring it back from the others: demo reset ";
                warn(globals_, demo_.nodes[i].name + " " + how + remedy + std::to_string(i + 1));
            }
        }
    }

    void start_wished() {
        std::error_code error;
        for (std::size_t i = 0; i < demo_.nodes.size(); ++i) {
            if (!fs::remove(demo_.wish_file(i), error)) continue;
            if (find_node(demo_, i) != 0) continue;
            auto pid = start_node(demo_, i);
            if (!pid) {
                fail(globals_, pid.error());
            } else {
                say(globals_, demo_.nodes[i].name + " was started again");
            }
        }
    }

    const Globals& globals_;
    const UpOptions& options_;
    Signals signals_;
    Demo demo_;
    bool is_new_ = false;
    bool is_current_ = false;
    Clock::time_point since_ = Clock::now();
};

}  // namespace

int demo_up(const Globals& globals, const UpOptions& options) {
    return Up(globals, options).run();
}

}  // namespace consentree::client::cli

// consentree demo: a network of real node processes on this machine, with data in it.
#include "client/cli/commands.h"
#include "client/cli/demo_load.h"
#include "client/cli/demo_process.h"
#include "client/cli/demo_tamper.h"
#include "client/cli/demo_up.h"
#include "client/cli/demo_workload.h"
#include "client/cli/output.h"
#include "common/files.h"

#include <signal.h>
#include <unistd.h>
#include <iostream>
#include <nlohmann/json.hpp>

namespace consentree::client::cli {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;
using std::chrono::seconds;

namespace {

struct Options {
    std::string folder;
    std::size_t node = 0;  // From 1.
    bool delete_data = false;
    std::string how = "verdict";
    WorkloadOptions workload;
    std::string load;  // A tag.
    bool reports = false;
};

fs::path folder_of(const Options& options) {
    return options.folder.empty() ? demo_folder_in_use() : fs::path(options.folder);
}

// The demo, and the node that was named.
struct Chosen {
    Demo demo;
    std::size_t node = 0;  // From 0.
};
Outcome<Chosen> choose(const Options& options) {
    auto demo = open_demo(folder_of(options));
    if (!demo) return demo.error();
    if (options.node >= 1 && options.node <= demo->nodes.size()) {
        return Chosen{std::move(*demo), options.node - 1};
    }
    Failure failure;
    failure.kind = FailureKind::usage;
    failure.code = "no-such-node";
    failure.what = "there is no node " + std::to_string(options.node);
    failure.hint = "Nodes are numbered from 1 to " + std::to_string(demo->nodes.size());
    return failure;
}

Failure not_running(const Demo& demo) {
    Failure failure;
    failure.kind = FailureKind::unreachable;
    failure.code = "demo-not-running";
    failure.what = "the demo in " + demo.folder.string() + " is not running";
    failure.hint = "Start it: consentree demo up";
    return failure;
}

int down(const Globals& globals, const Options& options) {
    auto demo = open_demo(folder_of(options));
    if (!demo) return fail(globals, demo.error());
    const int holder = DemoLock::holder(demo->folder);
    if (holder == 0) {
        stop_nodes(*demo);
        say(globals, "The demo is not running.");
        return exit_code::done;
    }
    kill(holder, SIGTERM);
    if (!wait_gone(holder, seconds(30))) {
        Failure failure;
        failure.code = "not-stopped";
        failure.what = "process " + std::to_string(holder) + " has not ended after 30 s";
        return fail(globals, failure);
    }
    say_done(globals, "stopped; the data stays in " + demo->folder.string());
    return exit_code::done;
}

int status(const Globals& globals, const Options& options) {
    auto demo = open_demo(folder_of(options));
    if (!demo) return fail(globals, demo.error());
    TextTable table({"NODE", "INSTITUTION", "PROCESS", "STATE", "HEIGHT", "API"});
    Json items = Json::array();
    std::size_t ready = 0;
    std::vector<std::string> reasons;  // Why nodes have stopped by themselves.
    for (std::size_t i = 0; i < demo->nodes.size(); ++i) {
        const DemoNode& node = demo->nodes[i];
        const int pid = find_node(*demo, i);
        std::string state = pid == 0 ? "down" : "starting";
        std::uint64_t height = 0;
        if (pid != 0) {
            if (const auto answer = probe(*demo, i, "/readyz")) {
                state = answer->status == 200 ? "ready" : "not ready";
            }
            if (const auto answer = probe(*demo, i, "/v1/status")) {
                const Json json = Json::parse(answer->body, nullptr, false);
                if (json.is_object() && json.contains("height")) {
                    const Json& value = json["height"];
                    if (value.is_number_unsigned()) height = value.get<std::uint64_t>();
                    if (value.is_string())
                        height = std::strtoull(value.get<std::string>().c_str(), nullptr, 10);
                }
            }
        }
        if (state == "ready") ++ready;
        const std::string said = pid == 0 ? last_words(*demo, i) : "";
        if (!said.empty()) {
            state = "stopped";
            reasons.push_back(node.name + ": " + said);
        }
        table.row({std::to_string(i + 1), node.name, pid == 0 ? "-" : std::to_string(pid), state,
                   height == 0 ? "-" : grouped(height), node.url()});
        items.push_back({{"node", i + 1},
                         {"name", node.institution},
                         {"pid", pid},
                         {"state", state},
                         {"height", height},
                         {"reason", said},
                         {"api", node.url()}});
    }
    if (globals.output == OutputForm::json) {
        print(Json{{"dir", demo->folder.string()}, {"nodes", items}}.dump(2));
    } else {
        table.print();
        for (const std::string& reason : reasons) warn(globals, reason);
    }
    if (ready == 0) return exit_code::unreachable;
    return ready == demo->nodes.size() ? exit_code::done : exit_code::degraded;
}

int kill_node(const Globals& globals, const Options& options) {
    auto chosen = choose(options);
    if (!chosen) return fail(globals, chosen.error());
    const std::string& name = chosen->demo.nodes[chosen->node].name;
    const int pid = find_node(chosen->demo, chosen->node);
    if (pid == 0) {
        say(globals, name + " is not running.");
        return exit_code::done;
    }
    if (kill(pid, SIGKILL) != 0 || !wait_gone(pid, seconds(10))) {
        Failure failure;
        failure.code = "not-killed";
        failure.what = "process " + std::to_string(pid) + " could not be killed";
        return fail(globals, failure);
    }
    say_done(globals, name + " was killed with SIGKILL (process " + std::to_string(pid) + ")");
    const std::size_t count = chosen->demo.nodes.size(), tolerated = (count - 1) / 3;
    std::size_t down = 0;
    for (std::size_t i = 0; i < count; ++i) {
        if (find_node(chosen->demo, i) == 0) ++down;
    }
    const std::string network = "a network of " + std::to_string(count) + " tolerates " +
                                std::to_string(tolerated) + " faulty";
    const std::string hint =
        "Bring it back: consentree demo start " + std::to_string(chosen->node + 1);
    if (down <= tolerated) {
        say(globals, "The ledger goes on: " + network + ". " + hint);
    } else {
        warn(globals, network + ", and " + std::to_string(down) +
                          " are down: nothing is committed until enough are back. " + hint);
    }
    return exit_code::done;
}

int start_again(const Globals& globals, const Options& options) {
    auto chosen = choose(options);
    if (!chosen) return fail(globals, chosen.error());
    const Demo& demo = chosen->demo;
    const std::string& name = demo.nodes[chosen->node].name;
    if (find_node(demo, chosen->node) != 0) {
        say(globals, name + " is running already.");
        return exit_code::done;
    }
    const int holder = DemoLock::holder(demo.folder);
    if (holder == 0) return fail(globals, not_running(demo));
    if (!replace_file(demo.wish_file(chosen->node), "") || kill(holder, SIGUSR1) != 0) {
        return fail(globals, not_running(demo));
    }
    const auto appeared = std::chrono::steady_clock::now() + seconds(10);
    while (find_node(demo, chosen->node) == 0) {
        if (std::chrono::steady_clock::now() >= appeared) return fail(globals, not_running(demo));
        usleep(20'000);
    }
    auto ready = wait_ready(demo, {chosen->node}, seconds(90), [] { return true; });
    if (!ready) return fail(globals, ready.error());
    say_done(globals, name + " is back and has caught up");
    return exit_code::done;
}

Outcome<Demo> running_demo(const Options& options) {
    auto demo = open_demo(folder_of(options));
    if (demo && DemoLock::holder(demo->folder) == 0) return not_running(*demo);
    return demo;
}

int load(const Globals& globals, const Options& options) {
    const bool is_synthetic = !options.workload.profile.empty();
    if (const std::string wrong = is_synthetic ? wrong_with(options.workload) : "";
        !wrong.empty()) {
        return usage(globals, wrong, "consentree demo load --help");
    }
    if (is_synthetic && options.workload.dry_run) {
        return describe_workload(globals, options.workload);
    }
    auto demo = running_demo(options);
    if (!demo) return fail(globals, demo.error());
    if (is_synthetic) return load_workload(globals, *demo, options.workload);
    auto loaded = load_samples(*demo, load_tag(), [] { return true; });
    if (!loaded) return fail(globals, loaded.error());
    say_done(globals, "loaded " + grouped(loaded->consents) + " consents and " +
                          grouped(loaded->accesses) + " accesses more");
    return exit_code::done;
}

int check_load(const Globals& globals, const Options& options) {
    auto demo = running_demo(options);
    if (!demo) return fail(globals, demo.error());
    return verify_load(globals, *demo, options.load, options.reports);
}

int tamper(const Globals& globals, const Options& options) {
    auto chosen = choose(options);
    if (!chosen) return fail(globals, chosen.error());
    return tamper_node(globals, chosen->demo, chosen->node, options.how);
}

int reset(const Globals& globals, const Options& options) {
    if (options.node != 0) {
        auto chosen = choose(options);
        if (!chosen) return fail(globals, chosen.error());
        return reset_node(globals, chosen->demo, chosen->node);
    }
    const fs::path folder = folder_of(options);
    auto demo = open_demo(folder);
    if (!demo) return fail(globals, demo.error());
    if (const int holder = DemoLock::holder(demo->folder); holder != 0) {
        Failure failure;
        failure.kind = FailureKind::conflict;
        failure.code = "demo-running";
        failure.what = "the demo is running (process " + std::to_string(holder) + ")";
        failure.hint = "Stop it first: consentree demo down";
        return fail(globals, failure);
    }
    if (!options.delete_data) {
        const bool may_ask = !globals.no_input && isatty(STDIN_FILENO) != 0;
        std::string word;
        if (may_ask) {
            std::cerr << "This deletes " << demo->folder.string()
                      << ". Type \"delete\": " << std::flush;
            std::getline(std::cin, word);
        }
        if (word != "delete") {
            return usage(globals, "nothing was deleted", "consentree demo reset --delete-data");
        }
    }
    stop_nodes(*demo);
    std::error_code error;
    fs::remove_all(demo->folder, error);
    if (error) {
        Failure failure;
        failure.code = "not-deleted";
        failure.what = "cannot delete " + demo->folder.string();
        failure.why = error.message();
        return fail(globals, failure);
    }
    say_done(globals, "deleted " + demo->folder.string());
    return exit_code::done;
}

void add_up(CLI::App& demo, Globals& globals) {
    auto options = std::make_shared<UpOptions>();
    CLI::App* command = demo.add_subcommand(
        "up", "Start the network in the foreground; Ctrl+C stops it and keeps the data");
    command->add_option("--dir", options->folder, "Folder of the demo");
    command->add_option("--nodes", options->nodes, "4 or 7 institutions (default 4)")
        ->check(CLI::IsMember({4, 7}).description(""));
    command->add_option("--ready-file", options->ready_file,
                        "Write addresses and keys here as JSON once everything is ready");
    examples(command, "consentree demo up", "consentree demo up --nodes 7 --dir /tmp/seven");
    on_run(command, globals, [&globals, options] { return demo_up(globals, *options); });
}

void add_ways(CLI::App& command, const Globals& globals, Options& options) {
    std::string ways;
    for (const auto& way : globals.programs->tamper_ways) {
        ways += "\n  " + way.name +
                std::string(12 - std::min<std::size_t>(11, way.name.size()), ' ') + way.what;
    }
    command.add_option("--how", options.how, "One of:" + ways)->capture_default_str();
}

}  // namespace

void add_demo_commands(CLI::App& app, Globals& globals) {
    CLI::App* demo = app.add_subcommand("demo", "A network on this machine, with data in it");
    examples(demo, "consentree demo up", "consentree demo kill 3");
    add_up(*demo, globals);
    using Run = int (*)(const Globals&, const Options&);
    struct Entry {
        const char *name, *help;
        Run run;
        bool takes_node;
        bool needs_node;
    };
    const Entry entries[] = {
        {"down", "Stop the nodes and keep the data", down, false, false},
        {"status", "Which nodes run, and how high", status, false, false},
        {"kill", "Kill the process of node N (SIGKILL)", kill_node, true, true},
        {"start", "Start node N again", start_again, true, true},
        {"tamper", "Edit the files of node N behind its back, and see it found", tamper, true,
         true},
        {"load", "Load more sample data, or a synthetic workload, into the running demo", load,
         false, false},
        {"verify-load", "Read a synthetic load back, proven, and compare with what was planted",
         check_load, false, false},
        {"reset", "Delete the demo and its data; with N, only that node's, which fetches it again",
         reset, true, false},
    };
    for (const Entry& entry : entries) {
        auto options = std::make_shared<Options>();
        CLI::App* command = demo->add_subcommand(entry.name, entry.help);
        command->add_option("--dir", options->folder, "Folder of the demo");
        if (entry.takes_node) {
            command->add_option("N", options->node, "Number of the node, from 1")
                ->required(entry.needs_node);
        }
        if (entry.run == tamper) add_ways(*command, globals, *options);
        if (entry.run == reset) {
            command->add_flag("--delete-data", options->delete_data, "Do not ask");
        }
        if (entry.run == load) add_workload_options(*command, options->workload);
        if (entry.run == check_load) {
            command->add_option("--load", options->load, "Which: as load has printed it");
            command->add_flag(
                "--reports", options->reports,
                "Ask the named reports too, and see that they name the same sessions");
        }
        const std::string line =
            std::string("consentree demo ") + entry.name + (entry.takes_node ? " 3" : "");
        examples(command, line,
                 line + (entry.run == load ? " --profile open-banking --size 50000 --verify"
                                           : " --dir /tmp/seven"));
        const Run run = entry.run;
        on_run(command, globals, [&globals, options, run] { return run(globals, *options); });
    }
}

}  // namespace consentree::client::cli

#include "client/cli/demo_tamper.h"

#include "client/cli/audit.h"
#include "client/cli/demo_process.h"
#include "client/cli/output.h"
#include "common/files.h"

#include <signal.h>
#include <thread>

namespace consentree::client::cli {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

constexpr std::size_t log_lines = 12;
constexpr seconds verdict_time{15};
constexpr std::size_t findings_shown = 3;

Outcome<Done> stop(const Demo& demo, std::size_t node) {
    const int pid = find_node(demo, node);
    if (pid == 0) return Done{};
    kill(pid, SIGTERM);
    if (wait_gone(pid, seconds(15))) return Done{};
    Failure failure;
    failure.code = "not-stopped";
    failure.what = demo.nodes[node].name + " has not ended after 15 s";
    return failure;
}

// By the process that holds the demo; false if there is none.
bool wish_start(const Demo& demo, std::size_t node) {
    const int holder = DemoLock::holder(demo.folder);
    return holder != 0 && replace_file(demo.wish_file(node), "") && kill(holder, SIGUSR1) == 0;
}

// Until the node is ready or has ended; "ready", or its last words.
std::string fate_of(const Demo& demo, std::size_t node) {
    const auto end = Clock::now() + verdict_time;
    bool has_run = false;
    while (Clock::now() < end) {
        std::error_code error;
        const bool is_wished = fs::exists(demo.wish_file(node), error);
        const int pid = find_node(demo, node);
        has_run = has_run || pid != 0;
        if (pid == 0 && !is_wished && (has_run || !last_words(demo, node).empty())) {
            return last_words(demo, node);
        }
        if (pid != 0) {
            const auto answer = probe(demo, node, "/readyz");
            if (answer && answer->status == 200) return "ready";
        }
        std::this_thread::sleep_for(milliseconds(50));
    }
    return has_run ? "not ready" : "";
}

void say_fate(const Globals& globals, const Demo& demo, std::size_t node) {
    const std::string& name = demo.nodes[node].name;
    const std::string fate = fate_of(demo, node);
    if (fate == "ready") {
        say(globals, "  " + name +
                         " has started: what was changed is not among what it checks at a start. "
                         "It stops when the");
        say(globals,
            "  next block that rests on it gives another root than the others cosign; a client "
            "that verifies refuses its proofs (7).");
        return;
    }
    warn(globals, name + ": " + (fate.empty() ? "has ended" : fate));
}

}  // namespace

std::string last_words(const Demo& demo, std::size_t node) {
    const std::string tail = log_tail(demo, node, log_lines);
    for (const char* mark : {"consentree: FATAL: ", "consentree: storage failed", "✗ "}) {
        const std::size_t at = tail.rfind(mark);
        if (at == tail.npos) continue;
        const std::size_t end = tail.find('\n', at);
        // A later start that went well leaves its own lines behind.
        if (tail.find("node is up", at) != tail.npos) continue;
        return tail.substr(at, end == tail.npos ? end : end - at);
    }
    return {};
}

int tamper_node(const Globals& globals,
                const Demo& demo,
                std::size_t node,
                const std::string& how) {
    const std::string& name = demo.nodes[node].name;
    const std::string number = std::to_string(node + 1);
    auto request = audit_of_node(globals, demo.config(node));
    if (!request) return fail(globals, request.error());
    if (auto stopped = stop(demo, node); !stopped) return fail(globals, stopped.error());
    const auto done = globals.programs->tamper(request->data, how);
    if (!done) {
        Failure failure = failure_of(done.error());
        if (failure.code == "tamper-unknown") failure.kind = FailureKind::usage;
        wish_start(demo, node);
        return fail(globals, failure);
    }
    say_done(globals, name + " was stopped, and behind its back: " + *done);
    for (std::size_t i = 0; i < demo.nodes.size(); ++i) {
        if (i != node) request->peers.push_back(peer_at(demo.nodes[i].url(), globals));
    }
    say(globals, "\nconsentree audit ledger --node " + number);
    const auto report = run_audit(globals, std::move(*request));
    if (!report) return fail(globals, report.error());
    if (report->findings.empty()) warn(globals, "the audit has found nothing");
    say_findings(globals, *report, findings_shown);
    if (wish_start(demo, node)) {
        say(globals, "\nconsentree demo start " + number);
        say_fate(globals, demo, node);
    }
    say(globals, "\nThe others go on. Bring it back from them: consentree demo reset " + number);
    return exit_code::done;
}

int reset_node(const Globals& globals, const Demo& demo, std::size_t node) {
    const std::string& name = demo.nodes[node].name;
    auto request = audit_of_node(globals, demo.config(node));
    if (!request) return fail(globals, request.error());
    if (auto stopped = stop(demo, node); !stopped) return fail(globals, stopped.error());
    std::error_code error;
    fs::remove_all(request->data, error);
    if (error) {
        Failure failure;
        failure.code = "not-deleted";
        failure.what = "cannot delete " + request->data.string();
        failure.why = error.message();
        return fail(globals, failure);
    }
    if (!wish_start(demo, node)) {
        say_done(globals, "deleted the data of " + name + "; it fetches the ledger when it starts");
        return exit_code::done;
    }
    const auto end = Clock::now() + seconds(10);
    while (find_node(demo, node) == 0 && Clock::now() < end) {
        std::this_thread::sleep_for(milliseconds(20));
    }
    auto ready = wait_ready(demo, {node}, seconds(90), [] { return true; });
    if (!ready) return fail(globals, ready.error());
    say_done(globals, name + " has fetched the ledger from the others and is back");
    return exit_code::done;
}

}  // namespace consentree::client::cli

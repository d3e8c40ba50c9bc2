#include "client/cli/demo_process.h"

#include "client/http.h"
#include "common/files.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <thread>

namespace consentree::client::cli {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

namespace {

constexpr milliseconds poll{25};

Failure failed(std::string code, std::string what, std::string why) {
    Failure failure;
    failure.code = std::move(code);
    failure.what = std::move(what);
    failure.why = std::move(why);
    return failure;
}

// In the child, between fork and exec: async-signal-safe calls only.
[[noreturn]] void become_node(const char* program, char* const* arguments, int output, int parent) {
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent) _exit(127);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    const int input = open("/dev/null", O_RDONLY);
    dup2(input, STDIN_FILENO);
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
    execv(program, arguments);
    _exit(127);
}

// Collects our own child, so that a zombie does not look alive.
bool is_gone(int pid) {
    int status = 0;
    if (waitpid(pid, &status, WNOHANG) == pid) return true;
    return kill(pid, 0) != 0 && errno == ESRCH;
}

}  // namespace

Outcome<int> start_node(const Demo& demo, std::size_t node) {
    const std::string config = demo.config(node).string();
    const std::string log = demo.log(node).string();
    const int output = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (output < 0) return failed("log-not-opened", "cannot write " + log, std::strerror(errno));
    std::string words[] = {"consentree", "node", "start", "--config", config};
    char* arguments[] = {words[0].data(), words[1].data(), words[2].data(),
                         words[3].data(), words[4].data(), nullptr};
    // Closed by exec: only then does the process's command line name its node.
    int started[2] = {-1, -1};
    if (pipe2(started, O_CLOEXEC) != 0) {
        close(output);
        return failed("fork-failed", "cannot start a process", std::strerror(errno));
    }
    const int parent = getpid();
    const int pid = fork();
    if (pid == 0) become_node("/proc/self/exe", arguments, output, parent);
    close(output);
    close(started[1]);
    char none = 0;
    while (pid > 0 && read(started[0], &none, 1) < 0 && errno == EINTR) {
    }
    close(started[0]);
    if (pid < 0) return failed("fork-failed", "cannot start a process", std::strerror(errno));
    if (!replace_file(demo.pid_file(node), std::to_string(pid) + "\n")) {
        kill(pid, SIGKILL);
        return failed("file-not-written", "cannot write " + demo.pid_file(node).string(), "");
    }
    return pid;
}

int find_node(const Demo& demo, std::size_t node) {
    const auto text = read_file(demo.pid_file(node), 64);
    if (!text) return 0;
    const int pid = std::atoi(text->c_str());
    if (pid <= 1) return 0;
    // The pid may be another program's by now.
    std::ifstream file("/proc/" + std::to_string(pid) + "/cmdline", std::ios::binary);
    const std::string line((std::istreambuf_iterator<char>(file)),
                           std::istreambuf_iterator<char>());
    const bool is_node = line.find(demo.config(node).string() + '\0') != std::string::npos;
    return is_node ? pid : 0;
}

bool wait_gone(int pid, milliseconds time) {
    const auto end = Clock::now() + time;
    while (!is_gone(pid)) {
        if (Clock::now() >= end) return false;
        std::this_thread::sleep_for(poll);
    }
    return true;
}

void stop_nodes(const Demo& demo) {
    std::vector<int> pids;
    for (std::size_t i = 0; i < demo.nodes.size(); ++i) {
        if (const int pid = find_node(demo, i); pid != 0 && kill(pid, SIGTERM) == 0) {
            pids.push_back(pid);
        }
    }
    for (const int pid : pids) {
        if (wait_gone(pid, std::chrono::seconds(15))) continue;
        kill(pid, SIGKILL);
        wait_gone(pid, std::chrono::seconds(5));
    }
    std::error_code error;
    for (std::size_t i = 0; i < demo.nodes.size(); ++i) fs::remove(demo.pid_file(i), error);
}

std::optional<Probe> probe(const Demo& demo, std::size_t node, const std::string& path) {
    auto http = Http::make({demo.nodes[node].url()});
    if (!http) return std::nullopt;
    HttpRequest request;
    request.target = path;
    request.accept = "*/*";
    const milliseconds time(1000);
    auto answer = (*http)->send(request, time, Http::Clock::now() + time);
    if (!answer) return std::nullopt;
    return Probe{answer->status, answer->body};
}

Outcome<Done> wait_ready(const Demo& demo,
                         const std::vector<std::size_t>& nodes,
                         std::chrono::seconds time,
                         const std::function<bool()>& progress) {
    const auto end = Clock::now() + time;
    std::vector<std::size_t> waiting = nodes;
    std::string last;
    while (!waiting.empty()) {
        if (!progress()) return failed("stopped", "stopped while the nodes were starting", "");
        const std::size_t node = waiting.front();
        if (const int pid = find_node(demo, node); pid == 0 || is_gone(pid)) {
            return failed(
                "node-ended", demo.nodes[node].name + " ended while it was starting",
                "the end of " + demo.log(node).string() + ":\n" + log_tail(demo, node, 8));
        }
        if (auto answer = probe(demo, node, "/readyz")) {
            if (answer->status == 200) {
                waiting.erase(waiting.begin());
                continue;
            }
            last = answer->body.substr(0, 400);
        }
        if (Clock::now() >= end) {
            return failed(
                "not-ready",
                demo.nodes[node].name + " is not ready after " + std::to_string(time.count()) +
                    " s",
                last.empty() ? "it does not answer; see " + demo.log(node).string() : last);
        }
        std::this_thread::sleep_for(poll);
    }
    return Done{};
}

std::string log_tail(const Demo& demo, std::size_t node, std::size_t lines) {
    std::ifstream file(demo.log(node), std::ios::binary | std::ios::ate);
    if (!file) return "";
    const std::streamoff size = file.tellg();
    file.seekg(std::max<std::streamoff>(0, size - 8192));
    std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    std::size_t at = text.size();
    for (std::size_t seen = 0; at > 0 && seen <= lines; --at) {
        if (text[at - 1] == '\n') ++seen;
        if (seen > lines) break;
    }
    return text.substr(at);
}

}  // namespace consentree::client::cli

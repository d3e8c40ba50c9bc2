#include "client/cli/audit.h"

#include "client/api.h"
#include "client/calls.h"
#include "client/cli/output.h"
#include "common/bytes.h"

#include <unistd.h>
#include <iostream>

namespace consentree::client::cli {

namespace fs = std::filesystem;

namespace {

struct Options {
    std::string config, data, genesis, key, scratch, folder;
    std::size_t node = 0;  // Of the demo, from 1.
    std::vector<std::string> peers;
};

// One line that is drawn over on a terminal; a line at each quarter otherwise.
class Bar {
public:
    explicit Bar(const Globals& globals)
        : is_quiet_(globals.quiet || globals.output == OutputForm::json),
          is_terminal_(isatty(STDERR_FILENO) != 0) {}
    ~Bar() {
        if (is_drawn_) std::cerr << "\r\033[K" << std::flush;
    }
    Bar(const Bar&) = delete;
    Bar& operator=(const Bar&) = delete;

    void show(const audit::Progress& progress) {
        if (is_quiet_ || progress.of == 0) return;
        const std::uint64_t percent =
            std::min<std::uint64_t>(100, progress.done * 100 / progress.of);
        const std::uint64_t step = is_terminal_ ? percent : percent / 25;
        if (progress.step == step_ && step == last_) return;
        step_ = progress.step;
        last_ = step;
        const std::string what = progress.step == "files"    ? "reading files"
                                 : progress.step == "blocks" ? "computing blocks again"
                                                             : "comparing tables";
        const bool is_bytes = progress.step == "files";
        const std::uint64_t unit = is_bytes ? 1u << 20 : 1;
        const std::string count = grouped(progress.done / unit) + " of " +
                                  grouped(progress.of / unit) + (is_bytes ? " MiB" : "");
        if (!is_terminal_) {
            std::cerr << "  " << what << " " << percent << " %  (" << count << ")\n";
            return;
        }
        constexpr std::size_t width = 30;
        const std::size_t full = static_cast<std::size_t>(percent) * width / 100;
        std::cerr << "\r\033[K  " << what << " [" << std::string(full, '#')
                  << std::string(width - full, '.') << "] " << percent << " %  " << count
                  << std::flush;
        is_drawn_ = true;
    }

private:
    const bool is_quiet_, is_terminal_;
    bool is_drawn_ = false;
    std::string step_;
    std::uint64_t last_ = UINT64_MAX;
};

Outcome<std::size_t> demo_node(const Demo& demo, std::size_t number) {
    if (number >= 1 && number <= demo.nodes.size()) return number - 1;
    Failure failure;
    failure.kind = FailureKind::usage;
    failure.code = "no-such-node";
    failure.what = "there is no node " + std::to_string(number);
    failure.hint = "Nodes are numbered from 1 to " + std::to_string(demo.nodes.size());
    return failure;
}

Outcome<audit::Request> request_of(const Globals& globals, const Options& options) {
    if (!options.config.empty()) return audit_of_node(globals, options.config);
    if (options.node != 0) {
        const fs::path folder =
            options.folder.empty() ? demo_folder_in_use() : fs::path(options.folder);
        auto demo = open_demo(folder);
        if (!demo) return demo.error();
        const auto node = demo_node(*demo, options.node);
        if (!node) return node.error();
        auto request = audit_of_node(globals, demo->config(*node));
        if (!request || !options.peers.empty()) return request;
        for (std::size_t i = 0; i < demo->nodes.size(); ++i) {
            if (i == *node) continue;
            request->peers.push_back(peer_at(demo->nodes[i].url(), globals));
        }
        return request;
    }
    if (!options.data.empty()) {
        audit::Request request;
        request.data = options.data;
        return request;
    }
    Failure failure;
    failure.kind = FailureKind::usage;
    failure.code = "usage";
    failure.what = "no node was named";
    failure.hint = "consentree audit ledger --config node.toml (or --data DIR, or --node N)";
    return failure;
}

int audit_ledger(const Globals& globals, const Options& options) {
    auto request = request_of(globals, options);
    if (!request) return fail(globals, request.error());
    if (!options.genesis.empty()) request->genesis = options.genesis;
    if (!options.key.empty()) request->key = options.key;
    if (!options.scratch.empty()) request->scratch = options.scratch;
    for (const std::string& url : options.peers) {
        request->peers.push_back(peer_at(url, globals));
    }
    const auto report = run_audit(globals, std::move(*request));
    if (!report) return fail(globals, report.error());
    return print_audit(globals, *report);
}

Failure not_built() {
    Failure failure;
    failure.code = "not-in-this-build";
    failure.what = "this program was built without the audit";
    return failure;
}

}  // namespace

Failure failure_of(const Refusal& refusal) {
    Failure failure;
    failure.code = refusal.code;
    failure.what = refusal.detail;
    failure.hint = refusal.hint;
    return failure;
}

Outcome<audit::Request> audit_of_node(const Globals& globals, const fs::path& config) {
    if (!globals.programs->node_files) return not_built();
    auto request = globals.programs->node_files(config);
    if (!request) return failure_of(request.error());
    return std::move(*request);
}

audit::Peer peer_at(const std::string& url, const Globals& globals) {
    auto made = Http::make({url}, {globals.ca, globals.token});
    std::shared_ptr<Http> http = made ? std::move(*made) : nullptr;
    const auto get = [http, timeout = globals.timeout()](
                         const std::string& target) -> std::optional<std::string> {
        if (http == nullptr) return std::nullopt;
        auto answer = NodeCalls(*http, timeout).get_text(target);
        if (!answer) return std::nullopt;
        return std::move(answer->body);
    };
    audit::Peer peer;
    peer.name = url;
    peer.note = [get] { return get("/checkpoint"); };
    peer.consistency = [get](std::uint64_t from,
                             std::uint64_t to) -> std::optional<std::vector<Hash>> {
        const auto text =
            get("/v1/consistency?from=" + std::to_string(from) + "&to=" + std::to_string(to));
        const auto answer = text ? api::parse_consistency(*text) : Errc::not_found;
        if (!answer || answer->from != from || answer->to != to) return std::nullopt;
        std::vector<Hash> proof;
        for (const std::string& hash : answer->proof) {
            const auto bytes = from_base64(hash);
            if (!bytes || bytes->size() != Hash::byte_count) return std::nullopt;
            std::copy(bytes->begin(), bytes->end(), proof.emplace_back().data());
        }
        return proof;
    };
    return peer;
}

Outcome<audit::Report> run_audit(const Globals& globals, audit::Request request) {
    if (!globals.programs->audit) return not_built();
    Bar bar(globals);
    request.on_progress = [&](const audit::Progress& progress) { bar.show(progress); };
    auto report = globals.programs->audit(request);
    if (!report) return failure_of(report.error());
    return std::move(*report);
}

void add_audit_commands(CLI::App& app, Globals& globals) {
    CLI::App* audit = app.add_subcommand("audit", "Check everything that a node has stored");
    examples(audit, "consentree audit ledger --config node.toml",
             "consentree audit ledger --node 2");
    CLI::App* command = audit->add_subcommand(
        "ledger", "Read every stored byte of a node, compute everything again, compare");
    auto options = std::make_shared<Options>();
    command->add_option("--config", options->config, "The node's settings");
    command->add_option("--node", options->node, "A node of the demo, from 1");
    command->add_option("--dir", options->folder, "Folder of that demo");
    command->add_option("--data", options->data, "A data folder without settings");
    command->add_option("--genesis", options->genesis, "The network's genesis file");
    command->add_option("--node-key", options->key, "validator.key, for the vote guard");
    command->add_option("--scratch", options->scratch, "Where to compute; needs the ledger's size");
    command->add_option("--peers", options->peers, "Addresses of other nodes, to compare with")
        ->delimiter(',');
    examples(command, "consentree audit ledger --node 2",
             "consentree audit ledger --config node.toml --peers http://127.0.0.1:8502 -o json");
    on_run(command, globals, [&globals, options] { return audit_ledger(globals, *options); });
}

}  // namespace consentree::client::cli

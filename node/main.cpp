// The one binary: node, tool and benchmark. Puts together what no layer may include.

#include "audit/audit.h"
#include "audit/tamper.h"
#include "bench/bench.h"
#include "client/cli/cli.h"
#include "node/fatal.h"
#include "node/log.h"
#include "node/node.h"
#include "node/problem.h"

#include <unistd.h>
#include <cstdio>

namespace {

int report(const consentree::Refusal& refusal) {
    std::fprintf(stderr, "✗ %s\n", refusal.detail.c_str());
    if (!refusal.hint.empty()) std::fprintf(stderr, "  Do    %s\n", refusal.hint.c_str());
    std::fprintf(stderr, "  Code  %s\n", refusal.code.c_str());
    const bool is_damage = refusal.code == "data-damaged" || refusal.code == "store-damaged";
    return is_damage ? consentree::node::exit_fatal : 1;
}

int start_node(const std::filesystem::path& file) {
    using namespace consentree::node;
    const auto config = load_config(file);
    if (!config) return report(config.error());
    log::Options options = log::default_options();
    if (const auto format = log::parse_format(config->log_format)) options.format = *format;
    if (const auto level = log::parse_level(config->log_level)) options.level = *level;
    log::configure(options);
    auto node = Node::open(*config);
    if (!node) return report(node.error());
    const auto code = (*node)->run();
    return code ? *code : report(code.error());
}

consentree::Checked<consentree::audit::Request> node_files(const std::filesystem::path& file) {
    auto config = consentree::node::load_config(file);
    if (!config) return config.error();
    consentree::audit::Request request;
    request.data = config->data_dir;
    request.genesis = config->genesis;
    request.key = config->key;
    return request;
}

std::optional<consentree::client::cli::Explanation> explain(std::string_view code) {
    const auto* kind = consentree::node::find_problem_kind(code);
    if (kind == nullptr) return std::nullopt;
    return consentree::client::cli::Explanation{std::string(kind->title), std::string(kind->hint)};
}

}  // namespace

int main(int argc, char** argv) {
    consentree::init_crypto();
    consentree::client::cli::Programs programs;
    programs.node_start = &start_node;
    programs.bench = &consentree::bench::run_bench;
    programs.explain = &explain;
    programs.node_files = &node_files;
    programs.audit = &consentree::audit::run;
    programs.tamper = &consentree::audit::tamper;
    for (const auto& way : consentree::audit::tamper_ways()) {
        programs.tamper_ways.push_back({way.name, way.what});
    }
    return consentree::client::cli::run(argc, argv, programs);
}

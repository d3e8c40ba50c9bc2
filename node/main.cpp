// The one binary: node, tool and benchmark. Puts together what no layer may include.

#include "bench/bench.h"
#include "client/cli/cli.h"
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
    return 1;
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

std::optional<consentree::client::cli::Explanation> explain(std::string_view code) {
    const auto* kind = consentree::node::find_problem_kind(code);
    if (kind == nullptr) return std::nullopt;
    return consentree::client::cli::Explanation{std::string(kind->title), std::string(kind->hint)};
}

}  // namespace

int main(int argc, char** argv) {
    consentree::init_crypto();
    return consentree::client::cli::run(argc, argv,
                                        {&start_node, &consentree::bench::run_bench, &explain});
}

#include "client/cli/commands.h"
#include "client/cli/output.h"

namespace consentree::client::cli {

namespace {

int not_built(const Globals& globals, const std::string& part) {
    Failure failure;
    failure.code = "not-in-this-build";
    failure.what = "this program was built without " + part;
    return fail(globals, failure);
}

}  // namespace

void add_node_commands(CLI::App& app, Globals& globals) {
    CLI::App* node = app.add_subcommand("node", "Run a node");
    examples(node, "consentree node start --config node.toml", "consentree node start --help");
    CLI::App* start = node->add_subcommand("start", "Run a node in the foreground");
    auto config = std::make_shared<std::string>();
    start->add_option("--config", *config, "Its settings (TOML)")->required();
    examples(start, "consentree node start --config edu-health/northbank/node.toml",
             "consentree node start --config /etc/consentree/consentree.toml");
    on_run(start, globals, [&globals, config] {
        if (!globals.programs->node_start) return not_built(globals, "the node");
        return globals.programs->node_start(*config);
    });
}

void add_bench_command(CLI::App& app, Globals& globals) {
    CLI::App* bench = app.add_subcommand("bench", "Measure a network of its own on this machine");
    // Its options are its own: --nodes, --profile, --seconds, -o, ...
    bench->prefix_command();
    bench->set_help_flag();
    bench->fallthrough(false);
    examples(bench, "consentree bench --nodes 4 --profile single --seconds 20 -o json",
             "consentree bench --nodes 4 --profile latency --seconds 20");
    on_run(bench, globals, [&globals, bench] {
        if (!globals.programs->bench) return not_built(globals, "the benchmark");
        return globals.programs->bench(bench->remaining());
    });
}

}  // namespace consentree::client::cli

#include "client/cli/commands.h"
#include "client/cli/output.h"
#include "client/network_files.h"

#include <nlohmann/json.hpp>

namespace consentree::client::cli {

namespace {

struct NewOptions {
    NewNetwork network;
    std::vector<std::string> institutions;
    std::string folder;
    std::uint16_t peer_port = 0;
};

void print_json(const NetworkFiles& files) {
    nlohmann::ordered_json json;
    json["network"] = files.network;
    json["genesis"] = files.genesis.string();
    json["trust"] = files.trust.string();
    json["agreement"] = files.agreement.string();
    json["keys"] = {{"partner", files.partner_key.string()},
                    {"officer", files.officer_key.string()}};
    json["quorum"] = files.quorum;
    json["nodes"] = nlohmann::ordered_json::array();
    for (const auto& node : files.nodes) {
        json["nodes"].push_back({{"institution", node.institution},
                                 {"name", node.name},
                                 {"api", "http://" + node.api},
                                 {"peer", node.peer},
                                 {"config", node.config.string()},
                                 {"partner_key", node.partner_key.string()},
                                 {"admin_key", node.admin_key.string()}});
    }
    print(json.dump(2));
}

int make(const Globals& globals, const NewOptions& options) {
    NewNetwork network = options.network;
    network.folder = options.folder.empty() ? network.name : options.folder;
    network.peer_port = options.peer_port != 0 ? options.peer_port
                                               : static_cast<std::uint16_t>(network.api_port + 100);
    for (const std::string& text : options.institutions) {
        const std::size_t colon = text.find(':');
        network.institutions.push_back(
            {text.substr(0, colon), colon == text.npos ? "" : text.substr(colon + 1)});
    }
    auto files = make_network(network);
    if (!files) return fail(globals, files.error());
    if (globals.output == OutputForm::json) {
        print_json(*files);
        return exit_code::done;
    }
    say_done(globals, "network \"" + network.name + "\": " + std::to_string(files->nodes.size()) +
                          " institutions, " + std::to_string(files->quorum) +
                          " of them sign every checkpoint");
    TextTable table({"FILE", "WHAT"});
    table.row({files->genesis.string(), "genesis; its SHA-256 is the network's id"});
    table.row({files->trust.string(), "trust file: give it to everybody who verifies"});
    table.row({files->agreement.string(), "example agreement: fills consent records; edit it"});
    table.row({files->partner_key.string(),
               "signs for " + files->nodes[0].institution + " (role submit)"});
    table.row({files->officer_key.string(), "of " + files->nodes[2].institution + " (role audit)"});
    for (const auto& node : files->nodes) {
        table.row({node.config.string(), node.name + ", http://" + node.api});
    }
    table.print();
    say(globals,
        "Next, for each node:  consentree node start --config " + files->nodes[0].config.string());
    return exit_code::done;
}

}  // namespace

void add_net_commands(CLI::App& app, Globals& globals) {
    CLI::App* net = app.add_subcommand("net", "Make networks");
    examples(net, "consentree net new --name edu-health --institutions north,med,city,uni",
             "consentree net new --help");
    CLI::App* fresh = net->add_subcommand("new", "Make the keys and files of a new network");
    auto options = std::make_shared<NewOptions>();
    fresh->add_option("--name", options->network.name, "Of the network")->required();
    fresh
        ->add_option("--institutions", options->institutions,
                     "Ids, with commas between; \"id:Name\" says how to show it")
        ->required()
        ->delimiter(',')
        ->allow_extra_args(false);
    fresh->add_option("--dir", options->folder, "Folder to make (default: the name)");
    fresh->add_option("--base-port", options->network.api_port, "API of the first node (8501)");
    fresh->add_option("--peer-base-port", options->peer_port,
                      "Peer port of the first node (base port + 100)");
    examples(fresh,
             "consentree net new --name edu-health "
             "--institutions northbank,medcare,citygov:CityGov,unilab:UniLab",
             "consentree net new --name test --institutions a,b,c,d --dir /tmp/test "
             "--base-port 9501 -o json");
    on_run(fresh, globals, [&globals, options] { return make(globals, *options); });
}

}  // namespace consentree::client::cli

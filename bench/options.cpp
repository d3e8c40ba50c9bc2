#include "bench/options.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>

namespace consentree::bench {

const char* const usage =
    "consentree bench [--nodes 4|7] [--profile single|bulk|latency|check|index] [--seconds S]\n"
    "                 [--rate TX_PER_S] [--checks PER_S] [--events-per-tx N] [--connections N] "
    "[--dir D]\n"
    "                 [--keys N] [--events N] [--keep] [-o table|json]\n\n"
    "Starts a network of its own in a temporary folder (below --dir, or $TMPDIR), loads it with\n"
    "300-byte access events that were signed beforehand, and prints what it measured. --keep "
    "leaves\n"
    "the folder.\n"
    "  single   one signature an event, as fast as it goes\n"
    "  bulk     100 events a signature, as fast as it goes\n"
    "  latency  500 transactions a second, each waited for until its receipt is there\n"
    "  check    the same, and 500 questions a second whether an access is permitted\n"
    "  index    no network: log, tiles and index alone, until --events are stored under --keys\n\n"
    "Examples:\n"
    "  consentree bench --nodes 4 --profile single --seconds 20 -o json\n"
    "  consentree bench --profile latency --rate 500 --seconds 20\n";

namespace {

bool read_number(const std::string& text, double& value) {
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    return error == std::errc() && stop == end && std::isfinite(value) && value >= 0;
}

constexpr std::size_t index_most = 100'000'000;

std::size_t whole(double value) {
    return static_cast<std::size_t>(std::min(value, static_cast<double>(index_most) + 1));
}

}  // namespace

bool parse(const std::vector<std::string>& args, Options& options, std::string& wrong) {
    std::map<std::string, double> numbers;
    for (std::size_t i = 0; i < args.size(); ++i) {
        std::string name = args[i], value;
        if (name == "--help" || name == "-h") {
            options.help = true;
            return true;
        }
        if (name == "--keep") {
            options.keep = true;
            continue;
        }
        if (const auto equals = name.find('='); equals != std::string::npos) {
            value = name.substr(equals + 1);
            name.resize(equals);
        } else if (i + 1 < args.size()) {
            value = args[++i];
        }
        if (name == "-o" || name == "--output") {
            options.json = value == "json";
            if (value != "json" && value != "table") wrong = "-o takes table or json";
        } else if (name == "--profile") {
            options.profile = value;
        } else if (name == "--dir") {
            options.folder = value;
        } else if (name == "--nodes" || name == "--seconds" || name == "--rate" ||
                   name == "--checks" || name == "--events-per-tx" || name == "--connections" ||
                   name == "--keys" || name == "--events") {
            if (!read_number(value, numbers[name])) wrong = name + " takes a number";
        } else {
            wrong = "unknown option " + name;
        }
        if (!wrong.empty()) return false;
    }
    if (numbers.contains("--nodes")) options.nodes = static_cast<std::size_t>(numbers["--nodes"]);
    if (numbers.contains("--seconds")) options.seconds = numbers["--seconds"];
    options.rate = numbers["--rate"];
    if (numbers.contains("--checks")) options.checks = std::min(numbers["--checks"], 100'000.0);
    options.events = static_cast<std::size_t>(std::min(numbers["--events-per-tx"], 1025.0));
    options.connections = static_cast<std::size_t>(std::min(numbers["--connections"], 257.0));
    if (numbers.contains("--keys")) options.keys = whole(numbers["--keys"]);
    if (numbers.contains("--events")) options.stored_events = whole(numbers["--events"]);
    if (options.nodes != 4 && options.nodes != 7) wrong = "--nodes takes 4 or 7";
    if (options.profile != "single" && options.profile != "bulk" && options.profile != "latency" &&
        options.profile != "check" && options.profile != "index") {
        wrong = "--profile takes single, bulk, latency, check or index";
    }
    if (options.keys < 2 || options.keys > index_most) wrong = "--keys takes 2 to 100000000";
    if (options.stored_events < options.keys / 2 || options.stored_events > index_most) {
        wrong = "--events takes half of --keys to 100000000";
    }
    if (options.seconds < 1 || options.seconds > 3600) wrong = "--seconds takes 1 to 3600";
    if (options.events > 1024) wrong = "--events-per-tx takes 1 to 1024";
    if (options.connections > 256) wrong = "--connections takes 1 to 256";
    return wrong.empty();
}

}  // namespace consentree::bench

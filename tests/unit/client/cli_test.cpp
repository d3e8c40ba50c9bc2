#include "client/cli/commands.h"
#include "client/cli/output.h"
#include "client/context.h"
#include "common/files.h"
#include "common/hash.h"
#include "tests/unit/client/cli_run.h"
#include "tests/unit/client/temporary_home.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace consentree;
using namespace consentree::client;
using namespace consentree::client::test;
using Json = nlohmann::json;

namespace {

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

// Nothing listens on this port: it is reserved (TCP port service multiplexer).
const std::string nobody = "http://127.0.0.1:1";

void check_help(const CLI::App& app) {
    INFO(app.get_name());
    CHECK_FALSE(app.get_description().empty());
    const std::string footer = app.get_footer();
    std::size_t count = 0;
    for (std::size_t at = 0; (at = footer.find("\n  consentree ", at)) != std::string::npos; ++at) {
        ++count;
    }
    CHECK(count == 2);
    for (const CLI::App* command : app.get_subcommands({})) check_help(*command);
}

}  // namespace

TEST_CASE("cli: every command says what it is and ends its help with two examples") {
    CLI::App app("A tool", "consentree");
    const cli::Programs programs;
    cli::Globals globals;
    globals.programs = &programs;
    cli::examples(&app, "consentree a", "consentree b");
    for (const auto add :
         {cli::add_key_commands,     cli::add_net_commands,       cli::add_node_commands,
          cli::add_status_command,   cli::add_consent_commands,   cli::add_access_commands,
          cli::add_tx_commands,      cli::add_verify_command,     cli::add_context_commands,
          cli::add_bench_command,    cli::add_help_commands,      cli::add_import_commands,
          cli::add_demo_commands,    cli::add_audit_commands,     cli::add_report_commands,
          cli::add_mapping_commands, cli::add_export_commands,    cli::add_rights_commands,
          cli::add_party_commands,   cli::add_agreement_commands, cli::add_policy_commands,
          cli::add_watch_command}) {
        add(app, globals);
    }
    check_help(app);
    CHECK(app.get_subcommands({}).size() >= 15);
}

TEST_CASE("cli: wrong usage is exit code 2 and says what was meant") {
    TemporaryHome home;
    const Ran command = run_cli({"consnet", "list"});
    CHECK(command.code == 2);
    CHECK(has(command.err, "Did you mean \"consent\"?"));
    const Ran below = run_cli({"consent", "lsit"});
    CHECK(below.code == 2);
    CHECK(has(below.err, "Did you mean \"list\"?"));
    const Ran option = run_cli({"consent", "list", "--satte", "active"});
    CHECK(option.code == 2);
    CHECK(has(option.err, "Did you mean \"--state\"?"));
    const Ran word = run_cli({"consent", "show", "cns_1", "cns_2"});
    CHECK(word.code == 2);
    CHECK(has(word.err, "\"cns_2\" is one word too many"));
    const Ran ending = run_cli({"report", "accesses", "--subject", "sub:a", "--save", "a.pdf"});
    CHECK(ending.code == 2);
    CHECK(has(ending.err, ".csv"));
    CHECK(run_cli({"consent", "grant"}).code == 2);
    CHECK(run_cli({"consent"}).code == 2);
    CHECK(run_cli({}).code == 2);
    CHECK(run_cli({"-o", "xml", "version"}).code == 2);
    CHECK(run_cli({"--timeout", "0", "version"}).code == 2);
    CHECK(command.out.empty());
}

TEST_CASE("cli: help and version") {
    TemporaryHome home;
    const Ran help = run_cli({"--help"});
    CHECK(help.code == 0);
    CHECK(has(help.out, "consent"));
    CHECK(has(run_cli({"consent", "grant", "--help"}).out, "Examples:"));
    CHECK(has(run_cli({"help", "consent", "grant"}).out, "--recipient"));
    CHECK(has(run_cli({"help", "examples"}).out, "consentree demo up"));
    CHECK(run_cli({"help", "exmaples"}).code == 2);
    CHECK(has(run_cli({"version"}).out, "consentree 0."));
    CHECK(Json::parse(run_cli({"version", "-o", "json"}).out).contains("version"));
}

TEST_CASE("cli: what could not be written has not been said") {
    struct Full : std::streambuf {};  // Takes nothing.
    Full full;
    std::streambuf* const old = std::cout.rdbuf(&full);
    char name[] = "consentree", word[] = "version";
    char* words[] = {name, word, nullptr};
    const int code = cli::run(2, words, {});
    std::cout.rdbuf(old);
    CHECK(code == 1);
}

TEST_CASE("cli: the exit codes of the help are those of the manual") {
    const std::string topic = run_cli({"help", "exit-codes"}).out;
    const auto manual = read_file("docs/cli.md", 1 << 20);
    REQUIRE(manual);
    std::istringstream lines(topic);
    std::string line;
    std::getline(lines, line);
    int code = 0;
    while (std::getline(lines, line)) {
        CHECK(line.substr(2, 1) == std::to_string(code));
        const std::string row = "| " + std::to_string(code) + " | " + line.substr(5) + " |";
        INFO(row);
        CHECK(has(*manual, row));
        ++code;
    }
    CHECK(code == 10);
}

TEST_CASE("cli: keys are made once and shown") {
    TemporaryHome home;
    const std::string file = home.file("partner.key");
    const Ran made = run_cli({"key", "gen", "--out", file});
    CHECK(made.code == 0);
    CHECK(has(made.out, "ctk1-"));
    CHECK(has(made.err, "✓"));
    const Ran shown = run_cli({"key", "show", file, "-o", "json"});
    CHECK(shown.code == 0);
    CHECK(has(made.out, Json::parse(shown.out)["fingerprint"].get<std::string>()));
    const Ran again = run_cli({"key", "gen", "--out", file});
    CHECK(again.code == 6);
    CHECK(has(again.err, "key-not-written"));
    CHECK(run_cli({"key", "show", file, "-o", "json"}).out == shown.out);
    CHECK(run_cli({"key", "show", home.file("absent")}).code == 2);
    REQUIRE(replace_file(home.file("text"), "no key"));
    CHECK(run_cli({"key", "show", home.file("text")}).code == 2);
}

TEST_CASE("cli: a network in one line") {
    TemporaryHome home;
    const std::vector<std::string> line{
        "net", "new", "--name", "edu", "--institutions", "a,b,c:Cee,d", "--dir", home.file("edu")};
    std::vector<std::string> json_line = line;
    json_line.insert(json_line.end(), {"--base-port", "9501", "-o", "json"});
    const Ran made = run_cli(json_line);
    CHECK(made.code == 0);
    const Json files = Json::parse(made.out);
    CHECK(files["nodes"].size() == 4);
    CHECK(files["nodes"][2]["name"] == "Cee");
    CHECK(files["nodes"][3]["api"] == "http://127.0.0.1:9504");
    CHECK(files["quorum"] == 3);
    CHECK(std::filesystem::exists(files["keys"]["partner"].get<std::string>()));
    const Ran again = run_cli(line);
    CHECK(again.code == 6);
    CHECK(run_cli({"net", "new", "--name", "x", "--institutions", "a,b", "--dir", home.file("x")})
              .code == 2);
    const Ran spoken = run_cli(
        {"net", "new", "--name", "x", "--institutions", "a,b,c,d", "--dir", home.file("x")});
    CHECK(spoken.code == 0);
    CHECK(has(spoken.err, "consentree node start --config"));
}

TEST_CASE("cli: contexts") {
    TemporaryHome home;
    CHECK(run_cli({"context", "list"}).code == 0);
    CHECK(run_cli({"context", "add", "demo"}).code == 2);
    const Ran added = run_cli({"context", "add", "demo", "--url", nobody, "--institution", "a"});
    CHECK(added.code == 0);
    CHECK(has(added.err, "cannot be verified"));
    CHECK(has(run_cli({"context", "list"}).out, "demo *"));
    CHECK(Json::parse(run_cli({"context", "list", "-o", "json"}).out)["items"][0]["urls"][0] ==
          nobody);
    CHECK(run_cli({"context", "use", "other"}).code == 5);
    CHECK(run_cli({"status", "--context", "other"}).code == 5);
    CHECK(run_cli({"context", "remove", "demo"}).code == 0);
    CHECK(current_context().empty());
}

TEST_CASE("cli: nobody to talk to is exit code 3, nothing to talk with is 2") {
    TemporaryHome home;
    CHECK(run_cli({"status"}).code == 2);
    const Ran status = run_cli({"status", "--url", nobody});
    CHECK(status.code == 3);
    CHECK(has(status.err, "no answer from " + nobody));
    CHECK(has(status.err, "consentree explain unreachable"));
    const Ran json = run_cli({"consent", "list", "--url", nobody, "-o", "json"});
    CHECK(json.code == 3);
    CHECK(json.out.empty());
    CHECK(Json::parse(json.err)["exit_code"] == 3);
}

TEST_CASE("cli: a grant names what it lacks, and fills the rest from the agreement") {
    TemporaryHome home;
    REQUIRE(run_cli({"net", "new", "--name", "edu", "--institutions", "a,b,c,d", "--dir",
                     home.file("edu")})
                .code == 0);
    const std::vector<std::string> grant{"consent",     "grant",
                                         "--subject",   "sub:8f2c",
                                         "--recipient", "d",
                                         "--purpose",   "research",
                                         "--data",      "lab-results",
                                         "--expires",   "2027-06-30",
                                         "--url",       nobody,
                                         "--key",       home.file("edu/partner.key"),
                                         "--trust",     home.file("edu/trust.policy")};
    // The agreement beside the trust file completes it: it gets as far as the network.
    CHECK(run_cli(grant).code == 3);
    std::filesystem::remove(home.file("edu/agreement.json"));
    const Ran lacking = run_cli(grant);
    CHECK(lacking.code == 2);
    CHECK(has(lacking.err, "member-missing"));
    std::vector<std::string> keyless = grant;
    keyless[15] = home.file("absent");
    CHECK(run_cli(keyless).code == 2);
    keyless.erase(keyless.begin() + 14, keyless.begin() + 16);
    CHECK(has(run_cli(keyless).err, "no-key"));
}

TEST_CASE("cli: codes are explained") {
    cli::Programs programs;
    programs.explain = [](std::string_view code) -> std::optional<cli::Explanation> {
        if (code == "CT-1203") return cli::Explanation{"from the table of the API", "read it"};
        return std::nullopt;
    };
    CHECK(has(run_cli({"explain", "CT-1203"}, programs).out, "from the table of the API"));
    CHECK(has(run_cli({"explain", "fork"}, programs).out, "signed views"));
    CHECK(has(run_cli({"explain", "PURPOSE_MISMATCH"}, programs).out, "check 9"));
    const Ran unknown = run_cli({"explain", "forks"}, programs);
    CHECK(unknown.code == 5);
    CHECK(has(unknown.err, "Did you mean \"fork\"?"));
}

TEST_CASE("cli: a token is made for its caller's eyes, its hash for the node's settings") {
    const TemporaryHome home;
    const std::string file = home.file("grafana.token");
    const Ran made = run_cli({"key", "token", "--out", file, "-o", "json"});
    CHECK(made.code == 0);
    const auto text = read_file(file, 100);
    REQUIRE(text.has_value());
    REQUIRE(text->size() == 4 + 64 + 1);
    const std::string token = text->substr(0, 68);
    CHECK(token.starts_with("ctt_"));
    CHECK(Json::parse(made.out)["token_sha256"] == to_hex(sha256(as_bytes(token)).view()));
    CHECK_FALSE(has(made.out + made.err, token));
    CHECK((std::filesystem::status(file).permissions() & std::filesystem::perms(077)) ==
          std::filesystem::perms::none);
    CHECK(run_cli({"key", "token", "--out", file}).code == 6);
    CHECK(read_file(file, 100).value() == *text);
    const Ran refused = run_cli({"status", "--url", "http://192.0.2.1:1", "--token", file});
    CHECK(refused.code == 2);
    CHECK(has(refused.err, "token-in-the-clear"));
    CHECK_FALSE(has(refused.err, token));
}

TEST_CASE("cli: programs of other layers are called with their own arguments") {
    std::string config;
    std::vector<std::string> arguments;
    cli::Programs programs;
    programs.node_start = [&config](const std::filesystem::path& path) {
        config = path.string();
        return 9;
    };
    programs.bench = [&arguments](const std::vector<std::string>& args) {
        arguments = args;
        return 0;
    };
    CHECK(run_cli({"node", "start", "--config", "here/node.toml"}, programs).code == 9);
    CHECK(config == "here/node.toml");
    CHECK(run_cli({"bench", "--nodes", "4", "--profile", "bulk", "-o", "json"}, programs).code ==
          0);
    CHECK(arguments == std::vector<std::string>{"--nodes", "4", "--profile", "bulk", "-o", "json"});
    CHECK(run_cli({"node", "start", "--config", "x"}).code == 1);
}

TEST_CASE("cli: text of a node cannot drive the terminal") {
    CHECK(cli::printable("plain ✓ text") == "plain ✓ text");
    CHECK_FALSE(has(cli::printable("\x1b[2J\x07"), "\x1b"));
    CHECK_FALSE(has(cli::printable("\xc2\x9b\x32J"), "\xc2\x9b"));
    CHECK(cli::printable("\xff\xfe").size() == 6);
    CHECK(cli::grouped(18240) == "18 240");
    CHECK(cli::grouped(7) == "7");
    CHECK(cli::grouped(1234567) == "1 234 567");
}

// The tool, the plain commands of docs/curl.md and the installed package, each against four real
// nodes.
#include "common/files.h"
#include "tests/integration/network.h"
#include "tests/unit/client/cli_run.h"
#include "tests/unit/client/temporary_home.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace consentree;
using namespace consentree::client::test;
using consentree::integration::Network;
using Json = nlohmann::json;

namespace {

// The tool as the first institution uses it.
struct User {
    TemporaryHome home;
    const Network& network;

    explicit User(const Network& of) : network(of) {}
    Ran run(std::vector<std::string> words) const {
        for (std::size_t i = 0; i < network.size(); ++i) {
            words.insert(words.end(), {"--url", network.url(i)});
        }
        words.insert(words.end(), {"--key", network.files().partner_key.string(), "--trust",
                                   network.files().trust.string(), "-o", "json"});
        Ran ran = run_cli(words);
        INFO(words[0] + " " + words[1] + ": " + ran.err);
        return ran;
    }
    Json data(const std::vector<std::string>& words, int code = 0) const {
        const Ran ran = run(words);
        INFO(ran.err);
        REQUIRE(ran.code == code);
        return Json::parse(ran.out);
    }
    Json grant(const std::string& receipt) const {
        return data({"consent", "grant", "--subject", "sub:8f2c", "--recipient",
                     network.files().nodes[3].institution, "--purpose", "research", "--data",
                     "lab-results", "--expires", "2027-06-30", "--wait", "--receipt",
                     home.file(receipt)});
    }
    Json access(const std::string& consent,
                const std::string& purpose,
                const std::string& receipt) const {
        return data({"access", "record", "--subject", "sub:8f2c", "--consent", consent, "--issuer",
                     network.files().nodes[0].institution, "--actor",
                     network.files().nodes[3].institution, "--purpose", purpose, "--data",
                     "lab-results", "--wait", "--receipt", home.file(receipt)});
    }
    void verify(const std::string& receipt) const {
        const Ran ran =
            run_cli({"verify", home.file(receipt), "--trust", network.files().trust.string()});
        INFO(ran.err);
        CHECK(ran.code == 0);
    }
};

int shell(const std::string& command) {
    const int status = std::system(command.c_str());
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

std::string quoted(const std::string& text) {
    return "'" + text + "'";
}

}  // namespace

TEST_CASE("client: a consent is given, used, changed and ended, and every step is proven") {
    Network network;
    network.start_all();
    network.wait_ready();
    const User user(network);

    const Json granted = user.grant("grant.json");
    CHECK(granted["status"] == "committed");
    CHECK(granted["verified"] == true);
    const std::string id = granted["consent_id"];
    CHECK(id.starts_with("cns_"));
    user.verify("grant.json");

    const std::vector<std::string> check{
        "consent",  "check",       "--subject",
        "sub:8f2c", "--recipient", network.files().nodes[3].institution,
        "--data",   "lab-results", "--purpose"};
    const auto may = [&](const std::string& purpose, int code) {
        std::vector<std::string> words = check;
        words.push_back(purpose);
        return user.data(words, code);
    };
    CHECK(may("research", 0)["allowed"] == true);
    CHECK(may("marketing", 4)["reason"] == "PURPOSE_MISMATCH");

    CHECK(user.access(id, "research", "permit.json")["verdict"] == "PERMIT");
    CHECK(user.access(id, "marketing", "deny.json")["verdict"] == "DENY (PURPOSE_MISMATCH)");
    user.verify("permit.json");
    user.verify("deny.json");

    user.data({"consent", "amend", id, "--expires", "2028-01-31", "--wait", "--receipt",
               user.home.file("amend.json")});
    user.verify("amend.json");
    const Json shown = user.data({"consent", "show", id});
    CHECK(shown["version"] == 2);
    CHECK(shown["valid_until"] == "2028-01-31T00:00:00.000Z");

    const Json list = user.data({"consent", "list", "--subject", "sub:8f2c"});
    for (const char* member : {"items", "next_cursor", "as_of_height", "complete"}) {
        CHECK(list.contains(member));
    }
    CHECK(list["items"].size() == 1);
    CHECK(user.data({"access", "list", "--verdict", "DENY"})["items"].size() == 1);
    CHECK(user.data({"consent", "history", id, "--limit", "1", "--all"})["items"].size() == 4);

    user.data({"consent", "withdraw", id, "--wait", "--receipt", user.home.file("end.json")});
    user.verify("end.json");
    CHECK(may("research", 4)["allowed"] == false);
    const Ran again = user.run({"consent", "withdraw", id, "--wait"});
    CHECK(again.code == 4);
    CHECK(Json::parse(again.err)["error"] == "consent-state");
    CHECK(user.run({"consent", "show", "nowhere"}).code == 5);

    // All about the subject, and the proof that it is all: seven entries, of which none may go.
    const auto report = [&](const std::string& kind, const std::string& label) {
        return user.data({"report", "evidence", kind, label, "-o", user.home.file("case.ctree")});
    };
    CHECK(report("--subject", "sub:8f2c")["entries"] == 7);
    user.verify("case.ctree");
    Json file = Json::parse(*read_file(user.home.file("case.ctree"), 1 << 20));
    file["entries"].erase(3);
    REQUIRE(replace_file(user.home.file("lie.ctree"), file.dump()));
    CHECK(
        run_cli({"verify", user.home.file("lie.ctree"), "--trust", network.files().trust.string()})
            .code == 7);
    CHECK(report("--actor", network.files().nodes[3].institution)["entries"] == 7);
    CHECK(report("--subject", "sub:nobody")["entries"] == 0);
    user.verify("case.ctree");
    CHECK(user.run({"report", "evidence", "-o", "x"}).code == 2);
    CHECK(user.run({"report", "evidence", "--subject", "sub:8f2c"}).code == 2);
    // As of an earlier block there were fewer; and lists are proven too.
    const Json early = user.data({"report", "evidence", "--subject", "sub:8f2c", "--as-of", "1",
                                  "-o", user.home.file("early.ctree")});
    CHECK(early["entries"].get<int>() < 7);
    user.verify("early.ctree");
    CHECK(user.data({"access", "list", "--subject", "sub:8f2c"})["proven"] == true);
    CHECK(user.data({"access", "list"})["proven"] == false);
    CHECK(user.data({"access", "list", "--subject", "sub:8f2c"})["items"].size() == 2);
    CHECK(user.data({"access", "list", "--subject", "sub:8f2c", "--limit", "1"})["complete"] ==
          false);

    // With one institution gone the others go on, and the tool says that it is gone.
    network.kill(0);
    CHECK(user.grant("after.json")["verified"] == true);
    user.verify("after.json");
    CHECK(integration::wait_until([&] { return user.run({"status"}).code == 9; }));
}

TEST_CASE("client: an officer's key may not submit") {
    Network network;
    network.start_all();
    network.wait_ready();
    const User user(network);
    REQUIRE(replace_file(user.home.file("event.json"),
                         integration::access_event(network.files().nodes[2].institution, 1)));
    const Ran refused = run_cli({"tx", "submit", user.home.file("event.json"), "--wait", "--url",
                                 network.url(0), "--trust", network.files().trust.string(), "--key",
                                 network.files().officer_key.string()});
    CHECK(refused.code == 4);
    CHECK(refused.err.find("not-authorised") != std::string::npos);
}

TEST_CASE("client: the commands of docs/curl.md submit a transaction that verifies") {
    Network network;
    network.start_all();
    network.wait_ready();
    const User user(network);
    const std::string script = std::filesystem::absolute("tests/integration/curl_submit.sh");
    const std::string manual = std::filesystem::absolute("docs/curl.md");
    REQUIRE(shell("cd " + quoted(user.home.folder()) + " && API=" + network.url(1) +
                  " KEY=" + quoted(network.files().partner_key) + " bash " + quoted(script) + " " +
                  quoted(manual)) == 0);
    user.verify("curl.receipt.json");
    // The same bytes again, through the tool, are the same transaction.
    const Json answer = Json::parse(*read_file(user.home.file("answer.json"), 1 << 20));
    const Json repeated = user.data({"tx", "submit", user.home.file("transaction.json"), "--wait",
                                     "--receipt", user.home.file("again.json")});
    CHECK(repeated["tx_id"] == answer["tx_id"]);
    CHECK(repeated["height"] == answer["height"]);
}

TEST_CASE("client: a program against the installed package grants a consent") {
    Network network;
    network.start_all();
    network.wait_ready();
    const User user(network);
    const std::string folder = user.home.folder();
    const std::string example = std::filesystem::absolute("examples/submit");
    REQUIRE(shell("cmake --install " + quoted(CONSENTREE_BUILD_DIR) +
                  " --component client --prefix " + quoted(folder + "/prefix") + " > /dev/null") ==
            0);
    REQUIRE(shell("cmake -S " + quoted(example) + " -B " + quoted(folder + "/build") +
                  " -DCMAKE_PREFIX_PATH=" + quoted(folder + "/prefix") + " > /dev/null") == 0);
    REQUIRE(shell("cmake --build " + quoted(folder + "/build") + " > /dev/null") == 0);
    for (const auto& file :
         {network.files().partner_key, network.files().trust, network.files().agreement}) {
        std::filesystem::copy_file(file, user.home.folder() / file.filename());
    }
    REQUIRE(shell("cd " + quoted(folder) + " && build/submit " + network.url(0) + " " +
                  network.url(1) + " > said") == 0);
    const auto said = read_file(folder + "/said", 4096);
    REQUIRE(said);
    CHECK(said->starts_with("cns_"));
    CHECK(said->ends_with(" verified=true\n"));
}

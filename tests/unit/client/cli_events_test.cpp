// The commands that record events, against a node that keeps what was signed: each makes an event
// that the ledger's schema takes, with the members that its options say.
#include "client/api.h"
#include "client/cli/explain.h"
#include "common/files.h"
#include "common/hash.h"
#include "ledger/event.h"
#include "ledger/verdict.h"
#include "tests/unit/client/cli_run.h"
#include "tests/unit/client/fake_node.h"
#include "tests/unit/client/temporary_home.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>

using namespace consentree;
using namespace consentree::client;
using namespace consentree::client::test;
using Json = nlohmann::json;
using Words = std::vector<std::string>;

namespace {

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

// A node with one consent of version 3, whose amendment 4 waits; it takes whatever is submitted.
struct Setting {
    Setting() {
        consent.issuer = "medcare";
        consent.consent_id = "cns_1";
        consent.version = 3;
        consent.latest_version = consent.pending_version = 4;
        consent.state = "active";
        consent.subject = "sub:ann";
        consent.provider = "medcare";
        consent.recipients = {"unilab"};
        REQUIRE(run_cli({"net", "new", "--name", "x", "--institutions", "northbank,b,c,d", "--dir",
                         home.file("net")})
                    .code == 0);
        REQUIRE(replace_file(home.file("trust"), ledger.trust_text()));
        REQUIRE(
            run_cli({"context", "add", "test", "--url", node.url(), "--key",
                     home.file("net/partner.key"), "--trust", home.file("trust"), "--institution",
                     "northbank", "--agreement", home.file("net/agreement.json")})
                .code == 0);
    }

    FakeReply answer(const FakeRequest& request) {
        if (request.method == "POST") {
            const auto transaction = ledger::decode_transaction(as_bytes(request.body));
            REQUIRE(transaction.has_value());
            events = transaction->events;
        }
        if (request.target.starts_with("/v1/consents/cns_1")) {
            return http_reply(200, api::format(consent));
        }
        if (request.target.starts_with("/v1/agreements/agr-1")) {
            return http_reply(200, api::format(agreement));
        }
        return ledger.answer(request);
    }

    // The events that it signed, each as the ledger reads it.
    std::vector<ledger::Event> submit(Words words) {
        events.clear();
        ran = run_cli(std::move(words));
        INFO(ran.out << ran.err);
        CHECK(ran.code == 0);
        std::vector<ledger::Event> parsed;
        for (const std::string& event : events) {
            INFO(event);
            const auto one = ledger::parse_event(event);
            if (!one) FAIL(one.error().pointer + " " + one.error().detail);
            parsed.push_back(*one);
        }
        REQUIRE_FALSE(parsed.empty());
        return parsed;
    }
    ledger::AccessEvent access(Words words, const std::string& type) {
        const auto parsed = submit(std::move(words));
        REQUIRE(parsed.size() == 1);
        CHECK(type_name(parsed[0].kind) == type);
        return parsed[0].access();
    }

    TemporaryHome home;
    FakeLedger ledger;
    api::Consent consent;
    api::Agreement agreement;
    std::vector<std::string> events;
    Ran ran;
    FakeNode node{[this](const FakeRequest& request) { return answer(request); }};
};

Words operator+(Words words, const Words& more) {
    words.insert(words.end(), more.begin(), more.end());
    return words;
}

}  // namespace

TEST_CASE("cli events: what follows an access, with what the consent already says") {
    Setting setting;
    const Words cited{"--consent", "cns_1", "--session", "ses_1"};
    const auto delivered = setting.access(
        Words{"access", "deliver", "--status", "a=delivered,b=timeout", "--records", "12"} + cited,
        "access.delivery");
    CHECK(delivered.issuer == "medcare");
    CHECK(delivered.subject == "sub:ann");
    CHECK(delivered.actor_org == "unilab");  // Of what the provider records: the recipient.
    REQUIRE(delivered.status.size() == 2);
    CHECK(delivered.status[1].status == "timeout");
    CHECK(delivered.record_count == 12);
    CHECK(has(setting.ran.out, delivered.event_id));
    CHECK(
        setting.access(Words{"access", "deliver"} + cited, "access.delivery").status[0].resource ==
        "all");
    CHECK(
        setting.access(Words{"access", "receive", "--delivery", "acc_1"} + cited, "access.receipt")
            .actor_org == "northbank");
    CHECK(setting
              .access(Words{"access", "deny", "--reason", "EXPIRED,RESTRICTED"} + cited,
                      "access.denial")
              .reasons.size() == 2);
    const auto decided =
        setting.access(Words{"access", "decide", "--claim", "permit", "--policy", "p1"} + cited,
                       "access.decision");
    CHECK(decided.claimed_permit);
    CHECK(decided.reasons.empty());
    const Words what{"--purpose", "research", "--data", "lab-results,images"};
    const auto used =
        setting.access(Words{"access", "use", "--under", "agr-1"} + what + cited, "access.use");
    CHECK(used.action == "view");
    CHECK(used.categories.size() == 2);
    CHECK(used.legal_basis == "consent");
    CHECK(used.agreement == "agr-1");
    CHECK(setting
              .access(Words{"access", "disclose", "--delivery", "acc_1", "--to", "citygov"} + what +
                          cited,
                      "access.disclosure")
              .after->onward_party == "citygov");
    setting.access(Words{"access", "delete", "--delivery", "acc_1,acc_2", "--method", "overwrite",
                         "--attestation", "all copies, 2 disks"} +
                       cited,
                   "access.deletion");
    CHECK(has(setting.events[0], R"("attestation":"all copies, 2 disks")"));
    CHECK(setting
              .access(Words{"access", "override", "--reason", "unconscious, alone", "--approver",
                            "dr-lee", "--until", "1d"} +
                          cited,
                      "access.override")
              .after->until.has_value());
    const std::string tx(64, 'a');
    CHECK(
        setting
            .access({"access", "correct", "--tx", tx, "--reason", "wrong", "--subject", "sub:bob"},
                    "access.correction")
            .subject == "sub:bob");
}

TEST_CASE("cli events: what subjects ask for, and breaches") {
    Setting setting;
    const Words bob{"--subject", "sub:bob"};
    const auto asked =
        setting.access(Words{"rights", "request", "--right", "restrict", "--due", "30d"} + bob,
                       "access.rights_request");
    CHECK(asked.after->right == "restrict");
    CHECK(asked.actor_org == "northbank");
    CHECK(asked.event_id.starts_with("rgt_"));
    CHECK(setting
              .access(Words{"rights", "result", "--request", "rgt_1", "--result", "lifted"} + bob,
                      "access.rights_result")
              .after->result == "lifted");
    CHECK(setting
              .access(Words{"erasure", "request", "--scope", "a,b", "--ground", "withdrawn",
                            "--due", "2027-06-30"} +
                          bob,
                      "access.erasure_request")
              .after->until.has_value());
    CHECK(setting
              .access(Words{"erasure", "result", "--request", "rgt_1", "--result", "refused",
                            "--ground", "legal-claim"} +
                          bob,
                      "access.erasure_result")
              .after->ground == "legal-claim");
    const Words breach{"breach", "record",      "--detected", "2026-11-22",
                       "--data", "lab-results", "--count",    "12"};
    setting.access(breach + Words{"--affected", "ses_1,ses_2"}, "access.breach");
    CHECK(Json::parse(setting.events[0])["sessions"].size() == 2);
    setting.access(breach + Words{"--affected-of", "unilab", "--affected-from", "2026-11-01",
                                  "--affected-until", "2026-11-02", "--cause", "lost, stolen"},
                   "access.breach");
    CHECK(Json::parse(setting.events[0])["query"]["actor_org"] == "unilab");
    const Ran vague = run_cli(breach + Words{"--count", "many"});
    CHECK(vague.code == 2);
    const Ran sessionless = run_cli({"access", "deliver", "--consent", "cns_1"});
    CHECK(sessionless.code == 2);
    CHECK(has(sessionless.err, "session_id"));
}

TEST_CASE("cli events: the steps of a consent name the version that they are about") {
    Setting setting;
    const auto step = [&setting](Words words, const std::string& type) {
        const auto parsed = setting.submit(Words{"consent"} + words);
        REQUIRE(parsed.size() == 1);
        CHECK(type_name(parsed[0].kind) == type);
        return parsed[0].lifecycle();
    };
    const auto joined = step({"authorise", "cns_1", "--grantor", "sub:bob"}, "consent.authorise");
    CHECK(joined.version == 4);  // The amendment that waits.
    CHECK(joined.grantor == "sub:bob");
    CHECK(joined.issuer == "medcare");
    CHECK(step({"reject", "cns_1", "--issuer", "medcare"}, "consent.reject").version == 4);
    CHECK(step({"suspend", "cns_1", "--reason", "it rests"}, "consent.suspend").reason ==
          "it rests");
    CHECK(step({"resume", "cns_1"}, "consent.resume").version == 3);
    CHECK(step({"withdraw", "cns_1", "--by", "sub:ann"}, "consent.withdraw").by == "sub:ann");
    CHECK(step({"revoke", "cns_1", "--version", "2"}, "consent.revoke").version == 2);
    step({"invalidate", "cns_1"}, "consent.invalidate");
    CHECK(step({"resource-add", "cns_1", "--resource", "a,b"}, "consent.resource_add")
              .resources.size() == 2);
    step({"resource-remove", "cns_1", "--resource", "a"}, "consent.resource_remove");
    CHECK(run_cli({"consent", "resource-add", "cns_1"}).code == 2);
    CHECK(run_cli({"consent", "authorise", "cns_1"}).code == 2);
}

TEST_CASE("cli events: joint holders, renewals, and what a consent is under") {
    Setting setting;
    const Words line{"--subject", "sub:ann",         "--recipient",    "d",         "--purpose",
                     "research",  "--data",          "lab-results",    "--expires", "1y",
                     "--grantor", "sub:ann,sub:bob", "--authorisation"};
    const Words who{"--capacity", "joint_holder", "--authority-ref", "deed-7"};
    const auto requested =
        setting.submit(Words{"consent", "request"} + line + Words{"all"} + who +
                       Words{"--subject-kind", "joint", "--under", "agr-1", "--scheme", "aa"});
    REQUIRE(requested.size() == 1);
    const ledger::ConsentRecord& record = *requested[0].lifecycle().record;
    CHECK(record.threshold == 2);
    CHECK(record.grantors[1].capacity == "joint_holder");
    CHECK(record.grantors[0].capacity == "self");
    CHECK(record.agreement == "agr-1");
    CHECK(record.scheme == "aa");
    CHECK(record.subject_kind == "joint");
    CHECK(setting.submit(Words{"consent", "grant"} + line + Words{"all"} + who).size() == 3);
    CHECK(setting.submit(Words{"consent", "grant"} + line + Words{"1"} + who).size() == 2);
    const Ran bare = run_cli(Words{"consent", "grant"} + line + Words{"all"});
    CHECK(bare.code == 2);
    CHECK(has(bare.err, "capacity"));
    const Words self{"--capacity", "self", "--authority-ref", "deed-7"};
    CHECK(run_cli(Words{"consent", "grant"} + line + Words{"all"} + self).code == 2);

    Json next = Json::parse(setting.events[0])["consent"];
    next["version"] = 2;
    const std::string file = setting.home.file("record.json");
    REQUIRE(replace_file(file, next.dump()));
    const Words renewal{"consent", "renew", "cns_1", "--record", file};
    const auto renewed = setting.submit(renewal);
    REQUIRE(renewed.size() == 2);
    CHECK(renewed[0].kind == ledger::EventKind::consent_renew);
    CHECK(renewed[1].lifecycle().version == 2);
    CHECK(setting.submit(renewal + Words{"--pending"}).size() == 1);
    CHECK(setting.submit({"consent", "amend", "cns_1", "--record", file})[0].kind ==
          ledger::EventKind::consent_amend);
    CHECK(run_cli({"consent", "renew", "cns_1"}).code == 2);
}

TEST_CASE("cli events: an import is filled from the terms of an agreement of the ledger") {
    Setting setting;
    const Json sample = Json::parse(*read_file("mappings/samples/agreement-ob-uk.json", 1 << 16));
    // The parties settle on the ledger what the sample's file says; the file keeps the rest.
    Json terms{{"agreement_id", "agr-1"}}, file = sample;
    for (const char* name :
         {"purposes", "legal_basis", "retention", "storage_places", "notice", "withdrawal_uri"}) {
        terms[name] = sample["record"][name];
        file["record"].erase(name);
    }
    api::Agreement::Version agreed;
    agreed.version = 2;
    const auto agree = [&] {
        const std::string text = terms.dump();
        agreed.sha256 = to_hex(sha256(as_bytes(text)).view());
        agreed.record = text;
        agreed.record_bytes = to_base64(as_bytes(text));
        setting.agreement.agreed = agreed;
    };
    setting.agreement.id = "agr-1";
    setting.agreement.state = "in_force";
    agree();
    // Without a trust file what the node says of the agreement is taken.
    REQUIRE(run_cli({"context", "add", "word", "--url", setting.node.url(), "--institution",
                     "northbank"})
                .code == 0);
    const auto import_with = [&](const Json& filled, const Words& more) {
        REQUIRE(replace_file(setting.home.file("import.json"), filled.dump()));
        return run_cli(Words{"--context", "word", "import",
                             "mappings/samples/ob-uk-authorised.json", "--agreement",
                             setting.home.file("import.json"), "--dry-run", "-o", "json"} +
                       more);
    };
    const Ran ran = import_with(file, {"--agreement-id", "agr-1"});
    INFO(ran.out << ran.err);
    REQUIRE(ran.code == 0);
    const Json record = Json::parse(ran.out)["items"][0]["record"];
    CHECK(record["agreement"] == "agr-1");
    CHECK(record["source"]["agreement_sha256"] == agreed.sha256);
    CHECK(record["retention"] == sample["record"]["retention"]);
    CHECK(record["purposes"] == sample["record"]["purposes"]);

    const auto why = [&](const Json& filled, const Words& more) {
        const Ran failed = import_with(filled, more);
        CHECK(failed.code != 0);
        return failed.out + failed.err;
    };
    // A file that says the same may say it; one that says otherwise is no agreement of these two.
    CHECK(import_with(sample, {"--agreement-id", "agr-1"}).code == 0);
    Json other = sample;
    other["record"]["retention"]["value"] = 91;
    CHECK(has(why(other, {"--agreement-id", "agr-1"}), "at /record/retention"));
    other["record"]["agreement"] = "agr-2";
    CHECK(has(why(other, {"--agreement-id", "agr-1"}), "at /record/agreement"));
    // Of several purposes the file must say which are meant.
    terms["purposes"].push_back({{"code", "scoring"}});
    agree();
    CHECK(has(why(file, {"--agreement-id", "agr-1"}), "agreement-lacks /record/purposes"));
    CHECK(import_with(sample, {"--agreement-id", "agr-1"}).code == 0);
    // Other bytes than were agreed, or terms that are not in force.
    setting.agreement.agreed->record_bytes = to_base64(as_bytes(terms.dump() + " "));
    CHECK(has(why(file, {"--agreement-id", "agr-1"}), "shows other terms"));
    setting.agreement.state = "ended";
    CHECK(has(why(file, {"--agreement-id", "agr-1"}), "it is ended"));
}

TEST_CASE("cli events: an agreement is accepted by the hash of what was shown") {
    Setting setting;
    const std::string hash(64, 'b');
    const std::string text =
        R"({ "schema": "consentree/agreement-record/1", "agreement_id": "agr-1", "version": 1, )"
        R"("parties": ["northbank", "unilab"], "purposes": [{"code": "research"}], )"
        R"("valid_from": "2026-01-01T00:00:00.000Z", "valid_until": null, )"
        R"("retention": {"unit": "day", "value": 30, "basis": "from_delivery"}, )"
        R"("onward_transfer": {"allowed": false}, "confidentiality": {"sha256": ")" +
        hash + R"("}, "penalty": {"sha256": ")" + hash + R"("} })";
    const std::string own = to_hex(sha256(as_bytes(text)).view());
    REQUIRE(replace_file(setting.home.file("agr.json"), text + "\n"));
    const auto proposed = setting.submit({"agreement", "propose", setting.home.file("agr.json")});
    CHECK(proposed[0].agreement().sha256 == own);  // The bytes as they stand in the file.
    CHECK(has(setting.ran.err, own));

    api::Agreement::Version version;
    version.version = 1;
    version.sha256 = own;
    version.valid_from = "2026-01-01T00:00:00.000Z";
    version.accepted_by = {"unilab"};
    version.awaited = {"northbank"};
    version.record = text;
    version.record_bytes = to_base64(as_bytes(text));
    setting.agreement.id = "agr-1";
    setting.agreement.state = "proposed";
    setting.agreement.proposed = version;
    const auto accepted = setting.submit({"agreement", "accept", "agr-1", "--sha256", own});
    CHECK(accepted[0].agreement().sha256 == own);
    CHECK(has(setting.ran.err, "\"onward_transfer\""));
    setting.submit({"agreement", "accept", "agr-1", "--file", setting.home.file("agr.json")});

    setting.events.clear();
    const Ran unsaid = run_cli({"agreement", "accept", "agr-1", "--no-input", "--quiet"});
    CHECK(unsaid.code == 2);
    CHECK(has(unsaid.err, own));
    CHECK(run_cli({"agreement", "accept", "agr-1", "--sha256", hash}).code == 6);
    // A node that shows other terms than were proposed.
    setting.agreement.proposed->record_bytes = to_base64(as_bytes(text + " "));
    CHECK(run_cli({"agreement", "accept", "agr-1", "--sha256", own}).code == 7);
    setting.agreement.proposed.reset();
    CHECK(run_cli({"agreement", "accept", "agr-1"}).code == 4);
    CHECK(setting.events.empty());

    setting.submit({"agreement", "end", "agr-1", "--reason", "it is over, at last"});
    const Ran filler = run_cli({"agreement", "propose", setting.home.file("net/agreement.json")});
    CHECK(filler.code == 2);
    CHECK(has(filler.err, "fills consent records"));
    const Ran record =
        run_cli({"consent", "withdraw", "cns_1", "--agreement", setting.home.file("agr.json")});
    CHECK(record.code == 2);
    CHECK(has(record.err, "agreement propose"));
}

TEST_CASE("cli events: parties are registered, by default oneself") {
    Setting setting;
    setting.submit({"party", "register", "--name", "Northbank, plc", "--country", "NL"});
    const Json own = Json::parse(setting.events[0])["party"];
    CHECK(own["party_id"] == "northbank");
    CHECK(own["name"] == "Northbank, plc");
    CHECK(own["type"] == "institution");
    setting.submit({"party", "register", "--id", "cloud-1", "--type", "processor",
                    "--name-commitment", std::string(64, 'a')});
    CHECK(Json::parse(setting.events[0])["party"]["party_id"] == "cloud-1");
    CHECK(run_cli({"party", "register", "--name", "a", "--name-commitment", "b"}).code == 2);
}

TEST_CASE("cli: every code of the tool, of verdicts and of flags is explained") {
    const cli::Programs programs;
    const auto is_explained = [&programs](const std::string& code) {
        return cli::find_explanation(programs, code).has_value();
    };
    unsigned checks = 0;
    for (unsigned bit = 1; bit < 32; ++bit) {
        for (const std::uint32_t flags :
             {std::uint32_t{1} << bit, ledger::flag_of(ledger::Check::state) | bit << 28}) {
            for (const auto& names : {ledger::reason_codes(flags), ledger::flag_names(flags)}) {
                for (const std::string& name : names) {
                    INFO(name);
                    CHECK(is_explained(name));
                    ++checks;
                }
            }
        }
    }
    CHECK(checks > 30);
    for (int verdict = 1; verdict <= 5; ++verdict) {
        CHECK(
            is_explained(std::string(ledger::verdict_name(static_cast<ledger::Verdict>(verdict)))));
    }
    CHECK_FALSE(is_explained("STATE_GONE"));
    CHECK(has(run_cli({"explain", "STATE_WITHDRAWN"}).out, "check 5"));

    // The sources are read for the codes of failures; those of the API are in its own table.
    const auto manual = read_file("docs/api.md", 1 << 20);
    REQUIRE(manual);
    const std::regex code_of(R"re(code = (?:\w+ \? )?"([a-z]+(?:-[a-z]+)*)")re");
    std::size_t found = 0;
    for (const auto& file : std::filesystem::recursive_directory_iterator("client")) {
        if (file.path().extension() != ".cpp") continue;
        std::ifstream source(file.path());
        const std::string text{std::istreambuf_iterator<char>(source), {}};
        for (std::sregex_iterator at(text.begin(), text.end(), code_of), end; at != end; ++at) {
            const std::string code = (*at)[1];
            INFO(file.path().string() << ": " << code);
            ++found;
            CHECK((is_explained(code) || has(*manual, "| `" + code + "` |")));
        }
    }
    CHECK(found > 40);
}

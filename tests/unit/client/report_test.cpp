// Each named report finds exactly what was planted for it.
#include "client/report/by_event_time.h"
#include "common/files.h"
#include "tests/unit/client/report_fixture.h"

#include <set>

using namespace consentree;
using namespace consentree::client;
using namespace consentree::client::test;
using report::Query;
using Strings = std::vector<std::string>;

namespace {

const Planted& planted() {
    static const Planted all;
    return all;
}

Query about_unilab(const std::string& name) {
    Query query;
    query.name = name;
    query.actor = "unilab";
    return query;
}

Strings sessions(const Query& query) {
    return planted().ask(query).column("session");
}

}  // namespace

TEST_CASE("reports: each of the thirty questions has one, and one only") {
    std::set<unsigned> numbers;
    for (const api::ReportInfo& info : api::reports()) {
        INFO(info.name);
        numbers.insert(info.number);
        const report::Kind* kind = report::find_kind(info.name);
        REQUIRE(kind != nullptr);
        std::set<std::string> names;
        for (const report::Column& column : kind->columns) names.insert(column.name);
        CHECK(names.size() == kind->columns.size());
        for (const std::string_view same : kind->same) CHECK(names.count(std::string(same)) == 1);
        if (!kind->same.empty()) CHECK(names.count(std::string(kind->when)) == 1);
    }
    CHECK(numbers.size() == api::reports().size());
    CHECK(*numbers.rbegin() == numbers.size());
}

TEST_CASE("reports: an access session is one row, newest first, with all that followed") {
    const Kept kept = planted().ask(about_alice("accesses"));
    CHECK(kept.column("session") ==
          Strings{"s12", "s11", "s10", "s9", "s8", "s7", "s6", "s5", "s4", "s3", "s2", "s1"});
    const std::size_t last = kept.rows.size() - 1;
    CHECK(kept.cell(last, "user") == "user-7");
    CHECK(kept.cell(last, "claimed") == "permit");
    CHECK(kept.cell(last, "verdict") == "PERMIT");
    CHECK(kept.cell(last, "delivery") == "delivered");
    CHECK(kept.cell(last, "records") == "12");
    CHECK(kept.cell(last, "received") == format_time(planted().t0 + 3000));
    CHECK(kept.cell(last, "uses") == "1");
    CHECK(kept.cell(last, "disclosures") == "1");
    CHECK(kept.cell(last, "deleted") == format_time(planted().t0 + 3 * Planted::day));
    CHECK(kept.rows[last].leaves.size() == 7);
    CHECK(kept.cell(2, "delivery_verdict") == "DENY");  // s10, delivered after the withdrawal.
    CHECK(kept.statement.rows == kept.rows.size());
    CHECK(kept.statement.completeness.find("proven complete") != std::string::npos);
    CHECK(kept.statement.signers.size() == 3);
    CHECK(kept.heading.about == "the subject sub:alice");
}

TEST_CASE("reports: filters narrow, and the key is what is proven") {
    Query query = about_unilab("accesses");
    CHECK(sessions(query).size() == 13);
    query.subject = "sub:kid";
    CHECK(sessions(query) == Strings{"s13"});
    query = about_unilab("accesses");
    query.purpose = "marketing";
    CHECK(sessions(query) == Strings{"s4"});
    query = about_unilab("accesses");
    query.category = "diagnoses";
    CHECK(sessions(query) == Strings{"s3"});
    query = about_unilab("accesses");
    query.verdict = "OVERRIDE";
    CHECK(sessions(query) == Strings{"s7"});
    query = about_unilab("accesses");
    query.consent = "c3";
    query.issuer = "northbank";
    CHECK(sessions(query) == Strings{"s9", "s8"});
    Query provider;
    provider.name = "accesses";
    provider.provider = "medcare";
    provider.actor = "unilab";
    CHECK(sessions(provider).size() == 13);
    provider.actor = "citygov";
    const Kept none = planted().ask(provider);
    CHECK(none.rows.empty());
    CHECK(none.statement.entries > 0);
    const Kept nobody = planted().ask({.name = "accesses", .subject = "sub:nobody"});
    CHECK(nobody.rows.empty());
    CHECK(nobody.statement.entries == 0);
}

TEST_CASE("reports: a time takes its first millisecond and leaves out its last") {
    const TimeMs t0 = planted().t0;
    Query query = about_alice("accesses");
    query.from = format_time(t0 + Planted::day);
    query.to = format_time(t0 + 2 * Planted::day);
    CHECK(sessions(query) == Strings{"s2"});
    query.to = format_time(t0 + 2 * Planted::day + 1);
    CHECK(sessions(query) == Strings{"s3", "s2"});
    query.from = format_time(t0 + Planted::day + 1);
    query.to = format_time(t0 + Planted::day + 2000);
    const Kept cut = planted().ask(query);  // The delivery of s2, without its request.
    REQUIRE(cut.rows.size() == 1);
    CHECK(cut.cell(0, "session") == "s2");
    CHECK(cut.cell(0, "verdict") == "(request not in this time)");
}

TEST_CASE("reports: what was not covered, and by which rule") {
    CHECK(sessions(about_alice("uncovered")) ==
          Strings{"s11", "s10", "s9", "s7", "s4", "s3", "s1"});  // s1: its disclosure was not.
    CHECK(sessions(about_alice("over-frequency")) == Strings{"s9"});
    CHECK(sessions(about_alice("outside-scope")) == Strings{"s7", "s4", "s3", "s1"});
    CHECK(sessions(about_alice("other-basis")) == Strings{"s5"});
    Query one = about_alice("permitted");
    one.access = "req-s3";
    const Kept why = planted().ask(one);
    REQUIRE(why.rows.size() == 1);
    CHECK(why.cell(0, "reasons") == "CATEGORY_EXCEEDED");
    CHECK(why.cell(0, "what_would_have_to_change").find("consented categories") !=
          std::string::npos);
}

TEST_CASE("reports: accesses after a withdrawal, with the delay, whatever time is asked for") {
    Query query = about_alice("after-withdrawal");
    const Kept kept = planted().ask(query);
    REQUIRE(kept.column("session") == Strings{"s11", "s10"});
    CHECK(kept.column("delay") == Strings{"40 s", "10 s"});
    CHECK(kept.column("held") == Strings{"5 s", "5 s"});
    CHECK(kept.cell(1, "ended_by") == "WITHDRAWN");
    // The withdrawal itself lies before the time asked for.
    query.from = format_time(planted().t0 + 4 * Planted::day + Planted::hour + 30'000);
    const Kept later = planted().ask(query);
    REQUIRE(later.column("session") == Strings{"s11"});
    CHECK(later.cell(0, "delay") == "40 s");
}

TEST_CASE("reports: deliveries of which one side says nothing") {
    const Kept kept = planted().ask(about_alice("unmatched"));
    CHECK(kept.column("session") == Strings{"s10", "s2", "s1"});
    CHECK(kept.column("mismatch") == Strings{"no receipt", "no receipt", "the content differs"});
    Query query = about_alice("unmatched");
    query.to = format_time(planted().t0 + 2500);  // The receipt came after it, and still counts.
    CHECK(planted().ask(query).column("mismatch") == Strings{"the content differs"});
}

TEST_CASE("reports: whom the provider asks for signs no receipts: left out, and counted") {
    Planted own;
    const auto at = own.end + Planted::hour;
    const auto both = [&](const std::string& asked_by, const std::string& session) {
        auto& network = own.world.network;
        lt::AccessText text = own.access(session);
        network.record(asked_by, {lt::access_request(text, at)}, at);
        text.event_id = "del-" + session;
        network.record("medcare", {lt::access_event("delivery", text, at, lt::delivered)}, at);
    };
    both("medcare", "s50");
    both("medcare", "s51");
    both("unilab", "s52");
    own.certify(at + 1000);
    const Kept kept = own.ask(about_alice("unmatched"));
    CHECK(kept.column("session") == Strings{"s52", "s10", "s2", "s1"});
    CHECK(kept.statement.withheld.starts_with("2 deliveries without a receipt, whose request "));
    CHECK(planted().ask(about_alice("unmatched")).statement.withheld.starts_with("nothing: "));
}

TEST_CASE("reports: single entries: overrides, disclosures, staff, breaches") {
    const Kept overrides = planted().ask(about_alice("overrides"));
    REQUIRE(overrides.column("type") == Strings{"access.request", "access.override"});
    CHECK(overrides.cell(1, "approver") == "dr-jones");
    const Kept onward = planted().ask(about_unilab("onward"));
    REQUIRE(onward.column("onward_party") == Strings{"citygov"});
    CHECK(onward.cell(0, "reasons") == "ACTION_NOT_ALLOWED; ONWARD_NOT_ALLOWED");
    const Kept staff = planted().ask(about_unilab("staff"));
    CHECK(staff.column("user") == Strings{"user-8", "user-7"});
    Query one = about_unilab("staff");
    one.user = "user-7";
    CHECK(planted().ask(one).column("type") == Strings{"access.request"});
    const Kept breaches = planted().ask(about_unilab("breach-deadline"));
    REQUIRE(breaches.column("event") == Strings{"bre-2", "bre-1"});
    CHECK(breaches.column("inside_72_h") == Strings{"no", "yes"});
    CHECK(breaches.cell(1, "took") == "2 d 23 h");
}

TEST_CASE("reports: one record, unchanged, with its author and its hash") {
    Query query = about_alice("unchanged");
    query.access = "req-s1";
    const Kept kept = planted().ask(query);
    REQUIRE(kept.rows.size() == 1);
    const auto leaf = kept.rows[0].leaves.at(0);
    const auto entry = ledger::get_entry(planted().world.network.tables(), leaf);
    CHECK(kept.cell(0, "leaf_hash") ==
          to_hex(ledger::leaf_hash(ledger::entry_leaf_bytes(*entry)).view()));
    CHECK(kept.cell(0, "signed_by").starts_with("ctk1-"));
    CHECK(kept.cell(0, "record") == std::string(as_text(entry->event_bytes)));
}

TEST_CASE("reports: what was known as of a block or a time") {
    Query query = about_alice("as-of");
    query.as_of = format_time(planted().t0 + 3500);
    const Kept then = planted().ask(query);
    CHECK(then.column("type") == Strings{"access.receipt", "access.delivery", "access.decision",
                                         "access.request", "consent.authorise", "consent.request"});
    Query copy = about_alice("subject-copy");
    const Kept all = planted().ask(copy);
    CHECK(all.rows.size() == all.statement.entries);
    CHECK(all.cell(0, "type") == "consent.request");
}

TEST_CASE("reports: the life of a consent, and the consent as it stood at an access") {
    Query query;
    query.name = "history";
    query.consent = "c4";
    const Kept life = planted().ask(query);
    CHECK(life.column("type") ==
          Strings{"consent.request", "consent.authorise", "consent.withdraw"});
    CHECK(life.column("state_after") == Strings{"requested", "active", "withdrawn"});
    query.name = "consent-at";
    const Kept now = planted().ask(query);
    REQUIRE(now.rows.size() == 1);
    CHECK(now.cell(0, "state") == "withdrawn");
    query.access = "req-s10";
    const Kept then = planted().ask(query);
    REQUIRE(then.rows.size() == 1);
    CHECK(then.cell(0, "state") == "active");
    CHECK(then.cell(0, "notice_version") == "1");
    CHECK(then.cell(0, "record").starts_with(R"({"schema":"consentree/consent/1")"));
}

TEST_CASE("reports: consents that expire, by notice, joint ones, and the register") {
    Query query = about_alice("expiring");
    CHECK(planted().ask(query).column("consent") == Strings{"c8"});
    CHECK(planted().ask(query).cell(0, "expires_in") == "4 d 23 h");
    query.within = "4d";
    CHECK(planted().ask(query).rows.empty());
    Query notice = about_alice("by-notice");
    notice.notice = "1";
    CHECK(planted().ask(notice).column("consent") == Strings{"c1", "c3", "c4", "c5", "c8", "c9"});
    notice.notice = "2";
    CHECK(planted().ask(notice).rows.empty());
    const Kept joint = planted().ask(about_alice("joint"));
    REQUIRE(joint.column("consent") == Strings{"c7"});
    CHECK(joint.cell(0, "missing") == "sub:carl");
    CHECK(joint.cell(0, "every_one_agreed") == "no");
    Query provider;
    provider.name = "register";
    provider.provider = "medcare";
    const Kept lines = planted().ask(provider);
    REQUIRE(lines.rows.size() == 1);
    CHECK(lines.cell(0, "consents") == "6");  // c1, c3, c5, c6, c8, c9.
    CHECK(lines.cell(0, "subjects") == "2");
}

TEST_CASE("reports: consents per day") {
    Query query = about_alice("metrics");
    const Kept kept = planted().ask(query);
    const auto sum = [&kept](const std::string& column) {
        std::uint64_t total = 0;
        for (const std::string& cell : kept.column(column)) total += std::stoull(cell);
        return total;
    };
    CHECK(sum("given") == 6);
    CHECK(sum("withdrawn") == 1);
    CHECK(sum("suspended") == 1);
    CHECK(kept.cell(kept.rows.size() - 1, "active") == "5");
}

TEST_CASE("reports: special categories, minors and transfers beside their consents") {
    const Kept special = planted().ask(about_alice("special-category"));
    REQUIRE(special.column("session") == Strings{"s12"});
    CHECK(special.cell(0, "special_basis") == "gdpr|9-2-a");
    CHECK(special.cell(0, "expression") == "explicit");
    const Kept minors = planted().ask(about_unilab("minors"));
    REQUIRE(minors.column("session") == Strings{"s13"});
    CHECK(minors.cell(0, "guardians") == "sub:mum");
    CHECK(minors.cell(0, "authority_refs") == "court-1");
    CHECK(minors.cell(0, "authority_held") == "yes");
    const Kept transfers = planted().ask(about_alice("transfers"));
    REQUIRE(transfers.column("session") == Strings{"s6"});
    CHECK(transfers.cell(0, "outside") == "US");
}

TEST_CASE("reports: what must be deleted, erased and disposed of") {
    const Kept due = planted().ask(about_alice("deletion-due"));
    REQUIRE(due.column("session") == Strings{"s10", "s2"});
    CHECK(due.column("why") == Strings{"the consent was ended", "retention has ended"});
    const Kept erasure = planted().ask(about_alice("erasure"));
    REQUIRE(erasure.column("holder") == Strings{"citygov", "unilab"});
    CHECK(erasure.column("open") == Strings{"overdue", "no"});
    CHECK(erasure.cell(1, "answer") == "done");
    Query query = about_alice("disposal");
    query.keep = "30d";
    const Kept disposal = planted().ask(query);
    REQUIRE(disposal.column("consent") == Strings{"c4"});
    CHECK(disposal.cell(0, "due") == "yes");
    query.keep = "7y";
    CHECK(planted().ask(query).cell(0, "due") == "no");
}

TEST_CASE("reports: whose data was reached in a time") {
    Query query = about_unilab("breach-scope");
    query.from = format_time(planted().t0 + 4 * Planted::day);
    query.to = format_time(planted().t0 + 5 * Planted::day);
    const Kept kept = planted().ask(query);
    REQUIRE(kept.column("subject") == Strings{"sub:alice", "sub:kid"});
    CHECK(kept.column("requests") == Strings{"3", "1"});
    CHECK(kept.column("permitted") == Strings{"2", "1"});
    CHECK(kept.column("deliveries") == Strings{"1", "0"});
}

TEST_CASE("reports: repetitions as first date, number, last date") {
    Query query = about_alice("accesses");
    query.collapse = true;
    const Kept kept = planted().ask(query);
    REQUIRE(kept.heading.columns.size() == 8);
    std::uint64_t total = 0;
    for (const std::string& cell : kept.column("number")) total += std::stoull(cell);
    CHECK(total == 12);
    const Strings verdicts = kept.column("verdict");  // Denied accesses are rows of their own.
    CHECK(std::ranges::count(verdicts, "DENY") > 0);
    CHECK(std::ranges::count(verdicts, "PERMIT") > 0);
    CHECK(kept.cell(0, "first") <= kept.cell(0, "last"));
}

TEST_CASE("reports: what cannot be asked is refused, and says what to do") {
    const auto refusal = [](const Query& query) {
        Kept kept;
        const auto made = planted().run(query, kept);
        REQUIRE_FALSE(made);
        CHECK(made.error().kind == FailureKind::usage);
        CHECK(kept.rows.empty());
        return made.error().what;
    };
    CHECK(refusal({.name = "nonsense"}).find("no report") != std::string::npos);
    CHECK(refusal({.name = "accesses"}).find("--subject") != std::string::npos);
    CHECK(refusal({.name = "accesses", .subject = "sub:a", .from = "tomorrow"}).find("time") !=
          std::string::npos);
    CHECK(refusal({.name = "accesses", .subject = "sub:a", .keep = "7y"}).find("keep") !=
          std::string::npos);
    CHECK(refusal({.name = "accesses", .subject = "sub:a", .verdict = "deny"}).find("verdict") !=
          std::string::npos);
    CHECK(refusal({.name = "disposal", .subject = "sub:a"}).find("keep") != std::string::npos);
    CHECK(refusal({.name = "disposal", .subject = "sub:a", .keep = "7 years"}).find("length") !=
          std::string::npos);
    CHECK(refusal({.name = "history", .subject = "sub:a", .collapse = true}).find("collapse") !=
          std::string::npos);
    CHECK(refusal({.name = "accesses", .subject = "sub:a", .provider = "b"}).find("only one") !=
          std::string::npos);
}

TEST_CASE("reports: pages that do not follow one another are refused") {
    const Query query = about_alice("accesses");
    auto run = report::Run::begin(query, "");
    REQUIRE(run);
    Kept kept;
    const auto page = [&](std::optional<std::uint64_t> position, std::size_t limit) {
        ledger::EvidencePage asked;
        asked.position = position;
        asked.limit = limit;
        asked.direction = ledger::Direction::descending;
        return planted().world.page(run->question(), asked).evidence;
    };
    const auto take = [&](const ledger::Evidence& evidence) {
        return run->take(evidence, ledger::verify_evidence_page(evidence, planted().world.policy),
                         kept);
    };
    REQUIRE_FALSE(take(page(std::nullopt, 5)));
    const auto same = take(page(std::nullopt, 5));
    REQUIRE(same);
    CHECK(same->kind == FailureKind::verification_failed);
    const auto gap = take(page(*run->position() - 1, 5));
    REQUIRE(gap);
    CHECK(gap->kind == FailureKind::verification_failed);
    CHECK_FALSE(run->is_done());
}

TEST_CASE("reports: the verdict by event time beside the recorded one") {
    const Kept kept = planted().ask(about_alice("event-time"));
    const auto sessions = kept.column("session");
    CHECK(std::count(sessions.begin(), sessions.end(), "s11") == 1);
    for (std::size_t k = 0; k < kept.rows.size(); ++k) {
        INFO(sessions[k]);
        // All were recorded when they happened; the withdrawal was held for five seconds.
        CHECK(kept.cell(k, "differs") == "no");
    }
}

TEST_CASE("reports: --event-time adds columns to the rows that a report has without it") {
    const TimeMs at = planted().t0;
    std::size_t compared = 0;
    for (const api::ReportInfo& info : api::reports()) {
        if (info.takes.find("event-time") == info.takes.npos) continue;
        for (const bool is_narrowed : {false, true}) {
            Query query = about_alice(std::string(info.name));
            if (is_narrowed) {
                query.from = format_time(at + Planted::day);
                query.to = format_time(at + 4 * Planted::day + Planted::hour + 20'000);
            }
            INFO(info.name << " " << query.from);
            Kept plain, more;
            REQUIRE(planted().run(query, plain));
            query.event_time = true;
            REQUIRE(planted().run(query, more));
            REQUIRE(more.rows.size() == plain.rows.size());
            const auto& columns = more.heading.columns;
            const auto first =
                std::ranges::find(columns, "verdict_by_event_time", &report::Column::name) -
                columns.begin();
            for (std::size_t k = 0; k < plain.rows.size(); ++k) {
                CHECK(more.cell(k, "verdict_by_event_time") == more.cell(k, "verdict"));
                auto& cells = more.rows[k].cells;
                cells.erase(cells.begin() + first, cells.begin() + first + 8);
                CHECK(cells == plain.rows[k].cells);
                ++compared;
            }
        }
    }
    CHECK(compared > 50);
}

TEST_CASE("reports: docs/questions.md has each, with its question and its columns") {
    const auto text = read_file("docs/questions.md", 1 << 20);
    REQUIRE(text);
    for (const api::ReportInfo& info : api::reports()) {
        const std::string name = "`" + std::string(info.name) + "`";
        const std::string line =
            "| " + std::to_string(info.number) + " | " + std::string(info.question) + " | [" +
            name + "](#" + std::string(info.name) + ") | " + std::string(info.articles) + " |\n";
        INFO(line);
        CHECK(text->find(line) != std::string::npos);
        std::string columns = "### " + std::string(info.name) + "\n\nColumns:";
        const report::Kind* kind = report::find_kind(info.name);
        const auto all = kind->is_by_event_time ? with_event_time(kind->columns) : kind->columns;
        for (const report::Column& column : all) {
            columns += (&column == &all.front() ? " `" : ", `") + column.name + "`";
        }
        INFO(columns);
        CHECK(text->find(columns + ".\n") != std::string::npos);
    }
}

// A ledger with planted facts, one kind of each, and reports over its proven pages.
#pragma once

#include "client/report/run.h"
#include "common/time.h"
#include "tests/unit/ledger/evidence_fixture.h"

#include <functional>
#include <map>
#include <sstream>

namespace consentree::client::test {

namespace lt = consentree::ledger::test;

// Keeps what it is told.
struct Kept : report::Sink {
    report::Heading heading;
    std::vector<report::Row> rows;
    report::Statement statement;
    bool has_ended = false, has_failed = false;

    void begin(const report::Heading& given) override { heading = given; }
    void row(const report::Row& row) override {
        REQUIRE(row.cells.size() == heading.columns.size());
        rows.push_back(row);
    }
    void end(const report::Statement& given) override {
        statement = given;
        has_ended = true;
    }
    void fail(const Failure&) override { has_failed = true; }

    std::string cell(std::size_t row, const std::string& column) const {
        for (std::size_t k = 0; k < heading.columns.size(); ++k) {
            if (heading.columns[k].name == column) return rows.at(row).cells[k];
        }
        FAIL("no column " + column);
        return {};
    }
    std::vector<std::string> column(const std::string& name) const {
        std::vector<std::string> found;
        for (std::size_t k = 0; k < rows.size(); ++k) found.push_back(cell(k, name));
        return found;
    }
};

inline report::Query about_alice(const std::string& name) {
    report::Query query;
    query.name = name;
    query.subject = "sub:alice";
    return query;
}

// A certified ledger, and reports over it.
struct Reported {
    static constexpr TimeMs minute = 60'000, hour = 60 * minute, day = 24 * hour;

    lt::Certified world{0};

    void certify(TimeMs at) {
        const auto s = static_cast<std::uint64_t>(at / 1000);
        world.certify({{0, s}, {2, s}, {3, s}});
    }
    // Pages of at most this many entries.
    Outcome<report::Statement> run(const report::Query& query,
                                   report::Sink& sink,
                                   std::size_t page_entries = 1000) const {
        auto run = report::Run::begin(query, "northbank");
        if (!run) return run.error();
        while (!run->is_done()) {
            ledger::EvidencePage page;
            page.position = run->position();
            page.limit = page_entries;
            if (run->descends()) page.direction = ledger::Direction::descending;
            const ledger::Evidence evidence = world.page(run->question(), page).evidence;
            const auto report = ledger::verify_evidence_page(evidence, world.policy);
            INFO(report.reason.detail);
            REQUIRE(report.verdict == ledger::ProofVerdict::verified);
            if (auto failure = run->take(evidence, report, sink)) return *failure;
        }
        const report::Statement statement = run->finish(sink);
        if (auto trouble = run->trouble()) return *trouble;
        sink.end(statement);
        return statement;
    }
    // The same rows whatever the pages.
    Kept ask(const report::Query& query) const {
        Kept whole;
        const auto made = run(query, whole);
        INFO((made ? "" : made.error().what_to_do()));
        REQUIRE(made);
        Kept parts;
        REQUIRE(run(query, parts, 4));
        REQUIRE(parts.rows.size() == whole.rows.size());
        for (std::size_t k = 0; k < whole.rows.size(); ++k) {
            CHECK(parts.rows[k].cells == whole.rows[k].cells);
            CHECK(parts.rows[k].leaves == whole.rows[k].leaves);
        }
        return whole;
    }
};

class Planted : public Reported {
public:
    TimeMs t0 = world.first;
    TimeMs end = t0 + 40 * day;

    Planted() {
        plant_sessions();
        plant_verdicts();
        plant_consents();
        plant_duties();
        record("northbank", {lt::lifecycle("suspend", end, 1, "c9")}, end);
        // Blocks come in the order of their times.
        for (const auto& [at, happens] : plan_) happens();
        certify(end + 1000);
    }
    lt::AccessText access(const std::string& session, const std::string& consent = "c1") const {
        lt::AccessText text;
        text.session_id = session;
        text.event_id = "req-" + session;
        text.consent_id = consent;
        return text;
    }
    void record(const std::string& who, std::vector<std::string> events, TimeMs at) {
        plan_.emplace(at, [=, this] { world.network.record(who, events, at); });
    }
    void grant(const lt::RecordText& text, TimeMs at) {
        plan_.emplace(at, [=, this] { world.network.grant(text, at); });
    }
    void request(const lt::AccessText& text, TimeMs at) {
        record("unilab", {lt::access_request(text, at)}, at);
    }
    void tell(const std::string& who,
              const std::string& type,
              lt::AccessText text,
              const std::string& members,
              TimeMs at) {
        text.event_id = type.substr(0, 3) + "-" + text.session_id;
        record(who, {lt::access_event(type, text, at, members)}, at);
    }
    void deliver(const lt::AccessText& text, TimeMs at) {
        tell("medcare", "delivery", text, std::string(lt::delivered) + R"(,"record_count":12)", at);
    }

private:
    std::multimap<TimeMs, std::function<void()>> plan_;

    // s1: all that can follow; s2: delivered, and nothing was said to have arrived.
    void plant_sessions() {
        lt::AccessText one = access("s1");
        one.data_range = R"(,"actor_user":"user-7")";
        request(one, t0);
        tell("medcare", "decision", one,
             R"(,"claimed":"permit","reasons":[],"policy_version":"p1")", t0 + 1000);
        const std::string hash(63, '0');
        tell("medcare", "delivery", one,
             std::string(lt::delivered) + R"(,"record_count":12,"content_commitment":")" + hash +
                 "1\"",
             t0 + 2000);
        tell("unilab", "receipt", one,
             R"(,"delivery":"del-s1","content_commitment":")" + hash + "2\"", t0 + 3000);
        tell("unilab", "use", one,
             R"(,"delivery":"del-s1","purpose":"research","categories":["lab-results"],)"
             R"("action":"view","legal_basis":"consent","actor_user":"user-8")",
             t0 + hour);
        tell("unilab", "disclosure", one,
             R"(,"delivery":"del-s1","onward_party":"citygov","purpose":"research",)"
             R"("categories":["lab-results"],"legal_basis":"consent")",
             t0 + 2 * hour);
        tell("unilab", "deletion", one,
             R"(,"deliveries":["del-s1"],"method":"wipe","attestation":"done")", t0 + 3 * day);
        const lt::AccessText two = access("s2");
        request(two, t0 + day);
        deliver(two, t0 + day + 1000);
    }

    void plant_verdicts() {
        const TimeMs at = t0 + 2 * day;
        lt::AccessText wrong = access("s3");
        wrong.categories = R"(["diagnoses"])";
        request(wrong, at);
        wrong = access("s4");
        wrong.purpose = "marketing";
        request(wrong, at + minute);
        lt::AccessText vital = access("s5");
        vital.legal_basis = "vital";
        request(vital, at + 2 * minute);
        lt::AccessText abroad = access("s6");
        abroad.data_range = R"(,"place":"US")";
        request(abroad, at + 3 * minute);
        lt::AccessText broken = access("s7");
        tell("medcare", "override", broken,
             R"(,"reason":"unconscious","approver":"dr-jones","until":")" +
                 format_time(at + 2 * hour) + "\"",
             at + 4 * minute);
        broken.purpose = "emergency";
        request(broken, at + 5 * minute);
        lt::RecordText once;
        once.consent_id = "c3";
        once.fetch = R"({"kind":"once"})";
        grant(once, at);
        request(access("s8", "c3"), at + 6 * minute);
        request(access("s9", "c3"), at + 7 * minute);
    }

    // c4 is withdrawn between a request and its delivery.
    void plant_consents() {
        const TimeMs at = t0 + 4 * day;
        lt::RecordText text;
        text.consent_id = "c4";
        grant(text, at);
        request(access("s10", "c4"), at + minute);
        record("northbank", {lt::lifecycle("withdraw", at + hour - 5000, 1, "c4")}, at + hour);
        deliver(access("s10", "c4"), at + hour + 10'000);
        request(access("s11", "c4"), at + hour + 40'000);
        text = {};
        text.consent_id = "c5";
        text.more = R"(,"special_basis":"gdpr|9-2-a")";
        grant(text, at);
        request(access("s12", "c5"), at + 2 * hour);
        text = {};
        text.consent_id = "c6";
        text.subject = "sub:kid";
        text.more = R"(,"subject_kind":"minor")";
        text.grantors = R"([{"party":"sub:mum","capacity":"guardian","authority_ref":"court-1",)"
                        R"("authority_until":"2026-07-01T00:00:00.000Z"}])";
        record("northbank", {lt::request_consent(text, at), lt::authorise(at, 1, "c6", "sub:mum")},
               at + 3 * hour);
        lt::AccessText kid = access("s13", "c6");
        kid.subject = "sub:kid";
        request(kid, at + 4 * hour);
        text = {};
        text.consent_id = "c7";
        text.more = R"(,"subject_kind":"joint")";
        text.authorisation = R"("all")";
        text.grantors =
            R"([{"party":"sub:alice","capacity":"self"},)"
            R"({"party":"sub:carl","capacity":"joint_holder","authority_ref":"acc-1"}])";
        record("northbank",
               {lt::request_consent(text, at), lt::authorise(at, 1, "c7", "sub:alice")},
               at + 5 * hour);
        text = {};
        text.consent_id = "c8";
        text.valid_until = "\"" + format_time(end + 5 * day) + "\"";
        grant(text, at + 6 * hour);
        text = {};
        text.consent_id = "c9";
        grant(text, at + 6 * hour);
    }

    void plant_duties() {
        const TimeMs at = t0 + 6 * day;
        lt::AccessText none = access("");
        const auto tell_freely = [&](const std::string& type, const std::string& id,
                                     const std::string& members, TimeMs when) {
            record("unilab",
                   {R"({"type":"access.)" + type + R"(","event_id":")" + id +
                    R"(","session_id":"-","actor_org":"unilab","subject":"sub:alice")" + members +
                    R"(,"occurred_at":")" + format_time(when) + "\"}"},
                   when);
        };
        tell_freely("erasure_request", "era-1",
                    R"(,"scope":["lab-results"],"ground":"gdpr|17-1-b","due":")" +
                        format_time(at + 30 * day) + "\"",
                    at);
        tell_freely("erasure_result", "era-2", R"(,"request":"era-1","result":"done")", at + day);
        tell_freely("breach", "bre-1",
                    R"(,"detected_at":")" + format_time(at) + R"(","notified_authority_at":")" +
                        format_time(at + 71 * hour) +
                        R"(","sessions":["s1"],"categories":["lab-results"],"count":1)",
                    at + 4 * day);
        tell_freely("breach", "bre-2",
                    R"(,"detected_at":")" + format_time(at) + R"(","notified_authority_at":")" +
                        format_time(at + 72 * hour + 1) +
                        R"(","sessions":["s1"],"categories":["lab-results"],"count":1)",
                    at + 4 * day);
    }
};

}  // namespace consentree::client::test

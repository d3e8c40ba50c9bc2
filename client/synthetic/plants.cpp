#include "client/synthetic/plants.h"

#include "client/synthetic/happenings.h"
#include "client/synthetic/scene.h"
#include "common/hash.h"

#include <algorithm>

namespace consentree::client::synthetic {
namespace {

constexpr TimeMs day_ms = 86'400'000;

struct Kind {
    std::string_view name;
    void (*play)(Scene& scene);
};

// A request that is denied for one reason while its consent is in force.
void refuse_now(Scene& scene, const Asked& asked, std::string_view reason) {
    scene.give();
    Session session = scene.session();
    scene.refuse(session, Stage::ask, asked, {std::string(reason)});
}

// A request that comes after something has happened to its consent.
void refuse_after(Scene& scene, std::string_view change, std::string_view reason) {
    scene.give();
    if (!change.empty()) scene.change(change, Stage::change);
    Session session = scene.session();
    scene.refuse(session, Stage::late, scene.asked(), {std::string(reason)});
}

// A second session where the consent allows one.
void refuse_second(Scene& scene, std::string_view fetch, std::string_view reason) {
    scene.consent.fetch = fetch;
    scene.give();
    Session first = scene.session(".first");
    scene.serve(first);
    Session second = scene.session();
    scene.refuse(second, Stage::late, scene.asked(), {std::string(reason)});
}

void purpose(Scene& scene) {
    Asked asked = scene.asked();
    asked.purpose = scene.world().profile.wording.other_purpose;
    refuse_now(scene, asked, "PURPOSE_MISMATCH");
}

void category(Scene& scene) {
    Asked asked = scene.asked();
    asked.categories = "[\"" + std::string(scene.world().profile.wording.foreign_category) + "\"]";
    refuse_now(scene, asked, "CATEGORY_EXCEEDED");
}

void action(Scene& scene) {
    Asked asked = scene.asked();
    asked.action = "derive";
    refuse_now(scene, asked, "ACTION_NOT_ALLOWED");
}

void resource(Scene& scene) {
    scene.consent.resources = R"(["acc-1","acc-2"])";
    Asked asked = scene.asked();
    asked.resources = R"(["acc-9"])";
    refuse_now(scene, asked, "RESOURCE_NOT_IN_SCOPE");
}

void data_range(Scene& scene) {
    scene.consent.data_from = scene.world().time(-365 * day_ms);
    Asked asked = scene.asked();
    asked.data_from = scene.world().time(-3 * 365 * day_ms);
    refuse_now(scene, asked, "DATA_RANGE_EXCEEDED");
}

void place(Scene& scene) {
    scene.consent.places = R"(["DE","NL"])";
    Asked asked = scene.asked();
    asked.place = "US";
    refuse_now(scene, asked, "PLACE_NOT_ALLOWED");
}

void not_yet_valid(Scene& scene) {
    scene.consent.valid_from = scene.world().time(30 * day_ms);
    refuse_now(scene, scene.asked(), "NOT_YET_VALID");
}

// Recorded by the provider: the stranger is no party of the consent.
void recipient(Scene& scene) {
    scene.give();
    SessionText text = scene.names();
    text.actor = scene.world().recipient(scene.world().institutions());
    Session session = scene.session_as(std::move(text));
    session.request_by(scene.provider(), Stage::ask, scene.asked());
    session.denial(Stage::ask, "RECIPIENT_MISMATCH");
    scene.expect(session, "request", "DENY", {"RECIPIENT_MISMATCH"});
}

void subject(Scene& scene) {
    scene.give();
    SessionText text = scene.names();
    text.subject = scene.world().own_subject(0);
    Session session = scene.session_as(std::move(text));
    scene.refuse(session, Stage::ask, scene.asked(), {"SUBJECT_MISMATCH"});
}

void withdrawn(Scene& scene) {
    refuse_after(scene, "withdraw", "STATE_WITHDRAWN");
}
void revoked(Scene& scene) {
    refuse_after(scene, "revoke", "STATE_REVOKED");
}
void invalidated(Scene& scene) {
    refuse_after(scene, "invalidate", "STATE_INVALIDATED");
}
void suspended(Scene& scene) {
    refuse_after(scene, "suspend", "STATE_SUSPENDED");
    scene.change("resume", Stage::settle);
}

void expired(Scene& scene) {
    scene.consent.valid_until = soon_text;
    refuse_after(scene, "", "EXPIRED");
    scene.put_off();
}

void in_flight(Scene& scene) {
    scene.give();
    scene.change("withdraw", Stage::change);
    Session session = scene.session();
    scene.refuse(session, Stage::late, scene.asked(), {"STATE_WITHDRAWN"}, true);
}

void old_version(Scene& scene) {
    scene.give();
    scene.amend(Stage::change);
    SessionText text = scene.names();
    text.version = 1;
    Session session = scene.session_as(std::move(text));
    scene.refuse(session, Stage::late, scene.asked(), {"STATE_SUPERSEDED"});
}

void not_authorised(Scene& scene) {
    scene.ask_for_consent();
    Session session = scene.session();
    scene.refuse(session, Stage::ask, scene.asked(), {"STATE_REQUESTED"});
}

// The grant comes after the access that it was meant for.
void recorded_late(Scene& scene) {
    Session session = scene.session();
    session.request_by(scene.recipient(), Stage::ask, scene.asked());
    scene.give(Stage::change);
    scene.expect(session, "request", "DENY", {"CONSENT_UNKNOWN"});
}

void once(Scene& scene) {
    refuse_second(scene, R"({"kind":"once"})", "ONE_TIME_USED");
}
void frequency(Scene& scene) {
    refuse_second(scene, periodic(1, "day"), "FREQUENCY_EXCEEDED");
}

// Of a subject of its own: a restriction is in the way of all consents.
Draft rights(const Scene& scene,
             std::string_view type,
             std::string_view name,
             std::string_view right) {
    SessionText text;
    text.actor = scene.world().institution(scene.provider());
    text.subject = scene.consent.subject;
    const std::string event_id = "e" + scene.names().session.substr(1) + ".rights";
    EventText event = access_text(type, text, event_id + std::string(name));
    if (type == "rights_request") return event.text("right", right).draft();
    return event.text("request", event_id).text("result", right).draft();
}

void restricted(Scene& scene) {
    scene.consent.subject = scene.world().own_subject(scene.world().consents());
    scene.give();
    scene.add(Stage::change, scene.provider(), {rights(scene, "rights_request", "", "restrict")});
    Session session = scene.session();
    scene.refuse(session, Stage::late, scene.asked(), {"RESTRICTED"});
    scene.add(Stage::settle, scene.provider(),
              {rights(scene, "rights_result", ".lifted", "lifted")});
}

void agreement_ended(Scene& scene) {
    const World& world = scene.world();
    const std::string id = scene.consent.id + ".agreement";
    const std::string record = agreement_record(world, id, {scene.provider(), scene.recipient()});
    const std::string hash = to_hex(sha256(as_bytes(record)).view());
    scene.add(Stage::give, scene.provider(),
              {EventText("agreement.propose").json("agreement", record).draft()});
    scene.add(Stage::ask, scene.recipient(),
              {EventText("agreement.accept")
                   .text("agreement_id", id)
                   .number("version", 1)
                   .text("sha256", hash)
                   .draft()});
    scene.consent.agreement = id;
    scene.give(Stage::after);
    scene.add(Stage::change, scene.recipient(),
              {EventText("agreement.end").text("agreement_id", id).draft()});
    Session session = scene.session();
    scene.refuse(session, Stage::late, scene.asked(), {"AGREEMENT_NOT_IN_FORCE"});
}

constexpr Kind denied[] = {
    {"purpose", purpose},
    {"withdrawn", withdrawn},
    {"category", category},
    {"frequency", frequency},
    {"recipient", recipient},
    {"expired", expired},
    {"once-used-twice", once},
    {"resource", resource},
    {"suspended", suspended},
    {"data-range", data_range},
    {"in-flight", in_flight},
    {"restricted", restricted},
    {"recorded-late", recorded_late},
    {"place", place},
    {"old-version", old_version},
    {"action", action},
    {"revoked", revoked},
    {"subject", subject},
    {"not-yet-valid", not_yet_valid},
    {"not-authorised", not_authorised},
    {"invalidated", invalidated},
    {"agreement-ended", agreement_ended},
};

void delivered_late(Scene& scene) {
    scene.give();
    Session session = scene.session();
    session.request(Stage::ask, scene.asked());
    session.decision(scene.answer(), true);
    scene.change("withdraw", Stage::change);
    session.delivery(Stage::late);
    session.receipt(Stage::settle, session.commitment());
    session.deletion(Stage::settle);
    scene.expect(session, "delivery", "DENY", {"STATE_WITHDRAWN"});
}

void unasked(Scene& scene) {
    scene.give();
    Session session = scene.session();
    session.delivery(Stage::ask);
    session.receipt(Stage::after, session.commitment());
    scene.expect(session, "delivery", "DENY", {"NO_PERMITTED_REQUEST"});
}

// A use of what was delivered.
void use_late(Scene& scene, const Asked& asked, std::string_view reason) {
    scene.give();
    Session session = scene.session();
    scene.serve(session);
    session.use(Stage::late, asked);
    scene.expect(session, "use", "DENY", {std::string(reason)});
}

void kept_too_long(Scene& scene) {
    scene.consent.actions = R"(["view"])";
    scene.consent.retention = R"({"unit":"day","value":0,"basis":"from_delivery"})";
    use_late(scene, scene.asked(), "RETENTION_ENDED");
    scene.session().deletion(Stage::settle);
}

void used_after_deletion(Scene& scene) {
    scene.session().deletion(Stage::change);
    use_late(scene, scene.asked(), "RETENTION_ENDED");
}

void used_otherwise(Scene& scene) {
    Asked asked = scene.asked();
    asked.purpose = scene.world().profile.wording.other_purpose;
    use_late(scene, asked, "PURPOSE_MISMATCH");
}

void passed_on(Scene& scene) {
    scene.consent.actions = R"(["view","store","disclose"])";
    scene.give();
    Session session = scene.session();
    scene.serve(session);
    session.disclosure(Stage::late, scene.asked(), "broker-1");
    scene.expect(session, "disclosure", "DENY", {"ONWARD_NOT_ALLOWED"});
}

void missing_receipt(Scene& scene) {
    scene.give();
    Session session = scene.session();
    session.request(Stage::ask, scene.asked());
    session.decision(scene.answer(), true);
    session.delivery(scene.answer());
    scene.expect(Rule::missing_receipt, session, "delivery");
}

void commitment_differs(Scene& scene) {
    scene.give();
    Session session = scene.session();
    session.request(Stage::ask, scene.asked());
    session.delivery(scene.answer());
    session.receipt(Stage::after, to_hex(sha256(as_bytes(session.commitment())).view()));
    scene.expect(Rule::commitment_differs, session, "receipt");
}

void deletion_missing(Scene& scene) {
    scene.give();
    Session session = scene.session();
    scene.serve(session);
    scene.change("withdraw", Stage::change);
    scene.expect(Rule::deletion_missing, session, "delivery");
}

// The provider says that it let in what the ledger denies.
void claim_differs(Scene& scene) {
    scene.give();
    Asked asked = scene.asked();
    asked.purpose = scene.world().profile.wording.other_purpose;
    Session session = scene.session();
    session.request(Stage::ask, asked);
    session.decision(scene.answer(), true);
    scene.expect(session, "request", "DENY", {"PURPOSE_MISMATCH"});
    scene.expect(session, "decision", "", {}, {"CLAIM_DIFFERS"});
}

void emergency(Scene& scene) {
    scene.give();
    scene.change("withdraw", Stage::change);
    Session session = scene.session();
    session.override_until(Stage::late, scene.world().time(30 * day_ms));
    session.request_by(scene.provider(), Stage::late, scene.asked());
    session.delivery(Stage::late);
    session.receipt(Stage::settle, session.commitment());
    session.deletion(Stage::settle);
    scene.expect(session, "request", "OVERRIDE", {"STATE_WITHDRAWN"});
    scene.expect(session, "delivery", "OVERRIDE", {"STATE_WITHDRAWN"});
}

void needs_review(Scene& scene) {
    scene.consent.review = "the form excludes one employee by name";
    scene.give();
    Session session = scene.session();
    session.request(Stage::ask, scene.asked());
    session.denial(scene.answer(), "NEEDS_REVIEW");
    scene.expect(session, "request", "NEEDS_REVIEW", {});
}

constexpr Kind others[] = {
    {"missing-receipt", missing_receipt},
    {"delivered-after-withdrawal", delivered_late},
    {"kept-too-long", kept_too_long},
    {"passed-on", passed_on},
    {"deletion-missing", deletion_missing},
    {"commitment-differs", commitment_differs},
    {"used-for-other-purpose", used_otherwise},
    {"emergency", emergency},
    {"used-after-deletion", used_after_deletion},
    {"claim-differs", claim_differs},
    {"delivered-unasked", unasked},
    {"needs-review", needs_review},
};

template <std::size_t N>
std::vector<std::string_view> names_of(const Kind (&kinds)[N]) {
    std::vector<std::string_view> names;
    for (const Kind& kind : kinds) names.push_back(kind.name);
    return names;
}

}  // namespace

const std::vector<std::string_view>& denied_kinds() {
    static const auto names = names_of(denied);
    return names;
}

const std::vector<std::string_view>& other_kinds() {
    static const auto names = names_of(others);
    return names;
}

void plant(World& world, Round& round, std::uint64_t number, std::string_view kind) {
    Scene scene(world, round, number, kind);
    const auto play = [&](const Kind& one) {
        if (one.name == kind) one.play(scene);
    };
    std::for_each(std::begin(denied), std::end(denied), play);
    std::for_each(std::begin(others), std::end(others), play);
}

}  // namespace consentree::client::synthetic

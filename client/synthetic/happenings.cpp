#include "client/synthetic/happenings.h"

#include "client/synthetic/scene.h"
#include "common/hash.h"

#include <array>

namespace consentree::client::synthetic {
namespace {

constexpr TimeMs day_ms = 86'400'000;

std::string clause(std::string_view text) {
    return R"({"sha256":")" + to_hex(sha256(as_bytes(text)).view()) + R"(","summary":")" +
           std::string(text) + "\"}";
}

Draft party_event(const World& world, const std::string& id) {
    const std::string party = R"({"schema":"consentree/party/1","party_id":")" + id +
                              R"(","name":")" + id + R"(","type":"third_party","country":")" +
                              std::string(world.profile.wording.country) + "\"}";
    return EventText("party.register").json("party", party).draft();
}

// What a subject asks of an institution, and what came of it; no session of access.
struct Question {
    Question(Scene& of, std::size_t asked, std::string_view kind) : scene(of), institution(asked) {
        names.actor = scene.world().institution(institution);
        names.subject = scene.consent.subject;
        event_id = "e" + scene.names().session.substr(1) + "." + std::string(kind);
        type = kind;
    }
    EventText request() const { return access_text(type + "_request", names, event_id); }
    void ask(const EventText& event) const {
        scene.add(Stage::change, institution, {event.draft()});
    }
    void answer(std::string_view result) const {
        EventText event = access_text(type + "_result", names, event_id + ".result");
        event.text("request", event_id).text("result", result);
        scene.add(Stage::settle, institution, {event.draft()});
    }

    Scene& scene;
    std::size_t institution;
    SessionText names;
    std::string event_id, type;
};

void pause(Scene& scene) {
    scene.give();
    scene.change("suspend", Stage::change);
    scene.change("resume", Stage::settle);
}

void move_resources(Scene& scene) {
    scene.consent.resources = R"(["acc-1","acc-2"])";
    scene.give();
    scene.change("resource_remove", Stage::change, R"(["acc-2"])");
    scene.change("resource_add", Stage::settle, R"(["acc-3"])");
}

void ask_for_copy(Scene& scene) {
    const Question question(scene, scene.provider(), "rights");
    EventText event = question.request();
    question.ask(event.text("right", "access").text("due", scene.world().time(30 * day_ms)));
    question.answer("done");
}

void object(Scene& scene) {
    scene.consent.subject = scene.world().own_subject(scene.world().consents());
    const Question question(scene, scene.recipient(), "rights");
    EventText event = question.request();
    question.ask(event.text("right", "object"));
    question.answer("lifted");
}

void erase(Scene& scene) {
    const Question question(scene, scene.recipient(), "erasure");
    EventText event = question.request();
    event.json("scope", R"(["all"])").text("ground", "gdpr-17-1-b");
    question.ask(event.text("due", scene.world().time(30 * day_ms)));
    question.answer("done");
}

void breach(Scene& scene) {
    const World& world = scene.world();
    SessionText names;
    names.actor = world.institution(scene.provider());
    const std::string id = "e" + scene.names().session.substr(1) + ".breach";
    EventText event = access_text("breach", names, id);
    event.text("detected_at", world.time(-3'600'000));
    event.text("notified_authority_at", world.time(-1'800'000));
    event.json("query", R"({"actor_org":")" + names.actor + R"(","from":")" +
                            world.time(-2 * day_ms) + R"(","until":")" + world.time(-day_ms) +
                            "\"}");
    event.json("categories", "[\"" + std::string(world.profile.wording.category) + "\"]");
    scene.add(Stage::change, scene.provider(),
              {event.number("count", 12).text("cause", "a key was lost").draft()});
}

void correct(Scene& scene) {
    SessionText names;
    names.actor = scene.world().institution(scene.provider());
    names.subject = scene.consent.subject;
    const std::string id = "e" + scene.names().session.substr(1) + ".correction";
    EventText event = access_text("correction", names, id);
    event.text("reason", "recorded for the wrong branch");
    scene.add(Stage::change, scene.provider(), {event.correction()});
}

void revoke(Scene& scene) {
    scene.give();
    scene.change("revoke", Stage::change);
}

void invalidate(Scene& scene) {
    scene.give();
    scene.change("invalidate", Stage::change);
}

constexpr std::array happenings = {pause,  ask_for_copy,   breach, correct,   erase,
                                   object, move_resources, revoke, invalidate};

}  // namespace

std::string agreement_record(const World& world,
                             const std::string& id,
                             const std::vector<std::size_t>& parties) {
    std::string list;
    for (const std::size_t party : parties) {
        list += (list.empty() ? "\"" : ",\"") + world.institution(party) + "\"";
    }
    const Wording& wording = world.profile.wording;
    std::string purposes = R"({"code":")" + std::string(wording.purpose) + "\"}";
    if (wording.repeated_purpose != wording.purpose) {
        purposes += R"(,{"code":")" + std::string(wording.repeated_purpose) + "\"}";
    }
    return R"({"schema":"consentree/agreement-record/1","agreement_id":")" + id +
           R"(","version":1,"parties":[)" + list + R"(],"purposes":[)" + purposes +
           R"(],"valid_from":")" + world.time(-day_ms) + R"(","valid_until":")" +
           world.time(730 * day_ms) +
           R"(","retention":{"unit":"day","value":30,"basis":"from_delivery"},)"
           R"("onward_transfer":{"allowed":true},"confidentiality":)" +
           clause("what is delivered stays with the recipient") + R"(,"penalty":)" +
           clause("a tenth of the yearly fee for each breach") + "}";
}

void set_up(World& world, Round& round) {
    Group group;
    for (std::size_t i = world.institutions(); i < world.recipients(); ++i) {
        group.events.push_back(party_event(world, world.recipient(i)));
    }
    std::vector<std::size_t> parties;
    for (std::size_t i = 0; i < world.institutions(); ++i) parties.push_back(i);
    const std::string record = agreement_record(world, world.agreement(), parties);
    group.events.push_back(EventText("agreement.propose").json("agreement", record).draft());
    round.groups.push_back(std::move(group));
    EventText accepted("agreement.accept");
    accepted.text("agreement_id", world.agreement()).number("version", 1);
    accepted.text("sha256", to_hex(sha256(as_bytes(record)).view()));
    for (std::size_t i = 1; i < world.institutions(); ++i) {
        round.groups.push_back({Stage::ask, Operation::setup, i, 0, {accepted.draft()}});
    }
}

void happen(World& world, Round& round, std::uint64_t number, std::uint64_t nth) {
    Scene scene(world, round, number, {});
    happenings[nth % happenings.size()](scene);
}

}  // namespace consentree::client::synthetic

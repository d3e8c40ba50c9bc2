#include "client/synthetic/scene.h"

#include "client/synthetic/plants.h"

#include <algorithm>

namespace consentree::client::synthetic {
namespace {

Operation operation_of(std::string_view kind) {
    const auto& denied = denied_kinds();
    if (kind.empty()) return Operation::other;
    return std::find(denied.begin(), denied.end(), kind) != denied.end() ? Operation::denied
                                                                         : Operation::access;
}

}  // namespace

Scene::Scene(World& world, Round& round, std::uint64_t number, std::string_view kind)
    : world_(world),
      round_(round),
      number_(number),
      kind_(kind),
      operation_(operation_of(kind)),
      provider_(number % world.institutions()),
      recipient_((provider_ + 1 + number % (world.institutions() - 1)) % world.institutions()) {
    consent = world.text_from(world.next_consent(), provider_, world.subject(world.draw_subject()));
    consent.recipients = R"([{"party":")" + recipient_name() + R"("}])";
    consent.legal_basis = "consent";
    consent.fetch = periodic(0, {});
}

void Scene::add(Stage stage, std::size_t who, std::vector<Draft> events) {
    const bool is_own = operation_ == Operation::other;
    round_.groups.push_back({stage, is_own ? operation_ : Operation::setup, who,
                             is_own ? number_ : 0, std::move(events)});
}

void Scene::give(Stage stage) {
    round_.groups.push_back({stage,
                             Operation::setup,
                             provider_,
                             0,
                             {consent_event("request", consent), authorise_event(consent)}});
}

void Scene::put_off() {
    auto& groups = round_.groups;
    while (!groups.empty() && groups.back().number == number_ &&
           groups.back().stage >= Stage::late) {
        round_.later.insert(round_.later.begin(), std::move(groups.back()));
        groups.pop_back();
    }
}

void Scene::ask_for_consent() {
    add(Stage::give, provider_, {consent_event("request", consent)});
}

void Scene::amend(Stage stage) {
    ConsentText amended = consent;
    amended.version = 2;
    amended.categories = "[\"" + std::string(world_.profile.wording.category) + "\"]";
    add(stage, provider_, {consent_event("amend", amended), authorise_event(amended)});
}

void Scene::change(std::string_view type, Stage stage, std::string_view resources) {
    add(stage, provider_, {change_event(type, consent, "", resources)});
}

SessionText Scene::names(std::string_view name) const {
    SessionText text;
    text.session = world_.id("s", number_) + std::string(name);
    text.issuer = consent.issuer;
    text.consent = consent.id;
    text.actor = recipient_name();
    text.user = "u-" + std::to_string(number_ / 20);
    text.subject = consent.subject;
    return text;
}

Session Scene::session(std::string_view name) const {
    return session_as(names(name));
}

Session Scene::session_as(SessionText text) const {
    return Session(world_, round_, operation_, number_, std::move(text), provider_, recipient_);
}

Asked Scene::asked() const {
    Asked asked;
    asked.purpose = consent.purpose;
    asked.categories = "[\"" + std::string(world_.profile.wording.category) + "\"]";
    if (consent.resources != "\"all\"") asked.resources = R"(["acc-1"])";
    return asked;
}

Stage Scene::answer() const {
    return world_.profile.recipients_ask ? Stage::answer : Stage::ask;
}

void Scene::serve(Session& session) const {
    session.request(Stage::ask, asked());
    session.decision(answer(), true);
    session.delivery(answer());
    session.receipt(Stage::after, session.commitment());
}

void Scene::refuse(Session& session,
                   Stage stage,
                   const Asked& asked,
                   const std::vector<std::string>& reasons,
                   bool claims_earlier) {
    session.request(stage, asked, claims_earlier);
    const Stage answered = world_.profile.recipients_ask ? next(stage) : stage;
    session.decision(answered, false);
    session.denial(answered, reasons.front());
    std::vector<std::string> flags;
    if (claims_earlier) flags.push_back("IN_FLIGHT");
    expect(session, "request", "DENY", reasons, flags);
}

void Scene::plant(const Session& session, Finding finding) {
    const SessionText& text = session.text();
    round_.planted.push_back({std::string(kind_), std::move(finding), text.session, text.issuer,
                              text.consent, text.subject});
}

void Scene::expect(const Session& session,
                   std::string_view type,
                   std::string_view verdict,
                   const std::vector<std::string>& reasons,
                   const std::vector<std::string>& flags) {
    plant(session, {Rule::verdict, session.event_id(type), std::string(verdict), reasons, flags});
}

void Scene::expect(Rule rule, const Session& session, std::string_view type) {
    plant(session, {rule, session.event_id(type), "", {}, {}});
}

}  // namespace consentree::client::synthetic

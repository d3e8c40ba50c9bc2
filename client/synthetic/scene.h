// A scene of synthetic data: one consent of its own between an institution and another, what is
// done with it, and what is planted in it.
#pragma once

#include "client/synthetic/session.h"

namespace consentree::client::synthetic {

class Scene {
public:
    Scene(World& world, Round& round, std::uint64_t number, std::string_view kind);

    // Before it is given: what it shall say besides what all consents of the workload say.
    ConsentText consent;
    const World& world() const { return world_; }
    const std::string& recipient_name() const { return world_.institution(recipient_); }
    std::size_t provider() const { return provider_; }
    std::size_t recipient() const { return recipient_; }

    void give(Stage stage = Stage::give);
    void ask_for_consent();
    void amend(Stage stage);
    void change(std::string_view type, Stage stage, std::string_view resources = {});
    void add(Stage stage, std::size_t who, std::vector<Draft> events);
    // What has been added for the late stage and after comes a round later.
    void put_off();

    // The scene's session; with another name a further one.
    Session session(std::string_view name = {}) const;
    // A session with other members than the consent's.
    Session session_as(SessionText text) const;
    SessionText names(std::string_view name = {}) const;
    Asked asked() const;   // What the consent permits.
    Stage answer() const;  // When a request of the stage ask is answered.

    // Request, decision, delivery, receipt.
    void serve(Session& session) const;
    // Request, decision, denial: it must be found with these reasons.
    void refuse(Session& session,
                Stage stage,
                const Asked& asked,
                const std::vector<std::string>& reasons,
                bool claims_earlier = false);
    void expect(const Session& session,
                std::string_view type,
                std::string_view verdict,
                const std::vector<std::string>& reasons,
                const std::vector<std::string>& flags = {});
    void expect(Rule rule, const Session& session, std::string_view type);

private:
    void plant(const Session& session, Finding finding);

    World& world_;
    Round& round_;
    std::uint64_t number_;
    std::string_view kind_;
    Operation operation_;
    std::size_t provider_, recipient_;
};

}  // namespace consentree::client::synthetic

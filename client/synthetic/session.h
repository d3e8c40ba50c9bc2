// One session of access in events: who writes which of them, and when. Adds to a round; keeps only
// the numbers of the session's events.
#pragma once

#include "client/synthetic/world.h"

namespace consentree::client::synthetic {

// What a request asks for.
struct Asked {
    std::string purpose, categories, resources = "\"all\"", action = "view",
                                     legal_basis = "consent";
    std::string place, data_from, data_until;
    bool attended = false;
};

class Session {
public:
    // recipient: an institution's number, or one beyond those, who signs nothing itself.
    Session(World& world,
            Round& round,
            Operation operation,
            std::uint64_t number,
            SessionText text,
            std::size_t provider,
            std::size_t recipient);

    const SessionText& text() const { return text_; }
    // Ids of the session's events: the same for the same type.
    std::string event_id(std::string_view type) const;
    std::string commitment() const;

    // By the provider, or by the recipient itself, as the profile has it.
    void request(Stage stage, const Asked& asked, bool claims_earlier = false);
    void request_by(std::size_t who, Stage stage, const Asked& asked, bool claims_earlier = false);
    void decision(Stage stage, bool permit);
    void delivery(Stage stage, std::string_view status = "delivered");
    void denial(Stage stage, std::string_view reason);
    void override_until(Stage stage, std::string_view until);
    // By the recipient.
    void receipt(Stage stage, const std::string& commitment);
    void use(Stage stage, const Asked& asked);
    void disclosure(Stage stage, const Asked& asked, std::string_view to);
    void deletion(Stage stage);

private:
    void add(Stage stage, std::size_t who, const EventText& event, bool claims_earlier = false);
    EventText event(std::string_view type) const {
        return access_text(type, text_, event_id(type));
    }

    World& world_;
    Round& round_;
    Operation operation_;
    std::uint64_t number_;
    SessionText text_;
    std::size_t provider_, recipient_;
};

}  // namespace consentree::client::synthetic

#include "client/synthetic/session.h"

#include "common/hash.h"

namespace consentree::client::synthetic {
namespace {

std::string quoted(std::string_view text) {
    return '"' + std::string(text) + '"';
}

}  // namespace

Session::Session(World& world,
                 Round& round,
                 Operation operation,
                 std::uint64_t number,
                 SessionText text,
                 std::size_t provider,
                 std::size_t recipient)
    : world_(world),
      round_(round),
      operation_(operation),
      number_(number),
      text_(std::move(text)),
      provider_(provider),
      recipient_(recipient) {}

std::string Session::event_id(std::string_view type) const {
    return "e" + text_.session.substr(1) + "." + std::string(type);
}

std::string Session::commitment() const {
    return to_hex(sha256(as_bytes("content of " + text_.session)).view());
}

// Follows its predecessor into one group where the same institution signs in the same stage.
void Session::add(Stage stage, std::size_t who, const EventText& event, bool claims_earlier) {
    Draft draft = event.draft();
    draft.claims_earlier = claims_earlier;
    if (!round_.groups.empty()) {
        Group& last = round_.groups.back();
        if (last.stage == stage && last.institution == who && last.number == number_ &&
            last.operation == operation_) {
            last.events.push_back(std::move(draft));
            return;
        }
    }
    round_.groups.push_back({stage, operation_, who, number_, {std::move(draft)}});
}

void Session::request(Stage stage, const Asked& asked, bool claims_earlier) {
    const bool asks_itself = world_.profile.recipients_ask && world_.is_member(recipient_);
    request_by(asks_itself ? recipient_ : provider_, stage, asked, claims_earlier);
}

void Session::request_by(std::size_t who, Stage stage, const Asked& asked, bool claims_earlier) {
    EventText text = event("request");
    text.text("purpose", asked.purpose).json("categories", asked.categories);
    text.json("resources", asked.resources);
    text.optional("data_from", asked.data_from).optional("data_until", asked.data_until);
    text.text("action", asked.action).json("attended", asked.attended ? "true" : "false");
    text.optional("place", asked.place).text("legal_basis", asked.legal_basis);
    add(stage, who, text, claims_earlier);
}

void Session::decision(Stage stage, bool permit) {
    EventText text = event("decision");
    text.text("claimed", permit ? "permit" : "deny").json("reasons", "[]");
    add(stage, provider_, text.text("policy_version", "p1"));
}

void Session::delivery(Stage stage, std::string_view status) {
    EventText text = event("delivery");
    text.json("status", R"([{"resource":"acc-1","status":)" + quoted(status) + "}]");
    if (status == "delivered") {
        text.number("record_count", 1 + number_ % 90).number("byte_count", 200 + number_ % 9000);
        text.text("content_commitment", commitment());
    }
    add(stage, provider_, text);
}

void Session::denial(Stage stage, std::string_view reason) {
    EventText text = event("denial");
    add(stage, provider_, text.json("reasons", "[" + quoted(reason) + "]"));
}

void Session::override_until(Stage stage, std::string_view until) {
    EventText text = event("override");
    text.text("reason", "unconscious in the emergency room").text("approver", "doctor-on-duty");
    add(stage, provider_, text.text("until", until));
}

void Session::receipt(Stage stage, const std::string& commitment) {
    EventText text = event("receipt");
    text.text("delivery", event_id("delivery")).text("content_commitment", commitment);
    add(stage, recipient_, text);
}

void Session::use(Stage stage, const Asked& asked) {
    EventText text = event("use");
    text.text("delivery", event_id("delivery")).text("purpose", asked.purpose);
    text.json("categories", asked.categories).text("action", asked.action);
    add(stage, recipient_, text.text("legal_basis", asked.legal_basis));
}

void Session::disclosure(Stage stage, const Asked& asked, std::string_view to) {
    EventText text = event("disclosure");
    text.text("delivery", event_id("delivery")).text("onward_party", to);
    text.text("purpose", asked.purpose).json("categories", asked.categories);
    add(stage, recipient_, text.text("legal_basis", asked.legal_basis));
}

void Session::deletion(Stage stage) {
    EventText text = event("deletion");
    text.json("deliveries", "[" + quoted(event_id("delivery")) + "]");
    text.text("method", "crypto-erase").text("attestation", "the key was destroyed");
    add(stage, recipient_, text);
}

}  // namespace consentree::client::synthetic

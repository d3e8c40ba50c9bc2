// What a hostile node sends as a stream of events, and the cursors that hostile clients send back.
#include "client/event_stream.h"
#include "client/api_alerts.h"
#include "ledger/watch/alert.h"
#include "tests/fuzz/fuzz.h"

namespace consentree {

void fuzz(BytesView input) {
    const std::string_view text = as_text(input);
    if (const auto position = ledger::watch::parse_position(text)) {
        CT_ASSERT(ledger::watch::format_position(*position) == text);
    }
    // However the bytes are cut, the events are the same.
    std::vector<std::string> whole, cut;
    const auto into = [](std::vector<std::string>& events) {
        return [&events](const client::ServerEvent& event) {
            CT_ASSERT(event.data.size() <= client::EventParser::event_bytes_max);
            events.push_back(event.id + '\0' + event.name + '\0' + event.data);
            return true;
        };
    };
    client::EventParser one, many;
    const bool is_fine = one.feed(text, into(whole));
    bool is_fine_too = true;
    for (std::size_t at = 0; at < text.size() && is_fine_too; at += 3) {
        is_fine_too = many.feed(text.substr(at, 3), into(cut));
    }
    CT_ASSERT(is_fine == is_fine_too && whole == cut);
    if (const auto alert = client::api::parse_alert(text)) {
        const auto again = client::api::parse_alert(client::api::format(*alert));
        CT_ASSERT(again.has_value());
    }
}

}  // namespace consentree

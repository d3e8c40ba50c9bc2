#include "verifier/text.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace consentree::verifier {

namespace {

constexpr std::size_t events_shown = 50;

using Json = nlohmann::ordered_json;

std::string_view word_of(Standing standing) {
    switch (standing) {
        case Standing::verified: return "verified";
        case Standing::failed: return "failed";
        case Standing::undecidable: return "undecidable";
    }
    return "undecidable";
}

// The byte count of the UTF-8 sequence at the head of text, or 0 if there is none.
std::size_t sequence_at(std::string_view text) {
    const auto byte = [&text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char head = byte(0);
    const std::size_t length = head < 0x80                   ? 1
                               : head >= 0xc2 && head < 0xe0 ? 2
                               : head >= 0xe0 && head < 0xf0 ? 3
                               : head >= 0xf0 && head < 0xf5 ? 4
                                                             : 0;
    if (length == 0 || length > text.size()) return 0;
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xc0) != 0x80) return 0;
    }
    return length;
}

std::string list_text(const std::string& heading, const std::vector<std::string>& lines) {
    std::string text = "  " + heading + "\n";
    for (const std::string& line : lines) text += "    · " + printable(line) + "\n";
    return text;
}

std::string event_text(const Report& report, const Report::Event& event) {
    const std::string name = report.kind == "receipt" ? "Event " + std::to_string(event.position)
                                                      : "Entry " + std::to_string(event.index);
    return "  " + name + "      " + printable(event.type) +
           (event.verdict.empty() ? "" : ", verdict " + event.verdict) + ", recorded " +
           event.committed_at + " at height " + std::to_string(event.height) + ", entry " +
           std::to_string(event.index) + "\n";
}

// What an event may not be (docs/events.md), such as one that nests so deep that printing it would
// exhaust the stack, is null.
Json event_value(const std::string& text) {
    constexpr int depth_max = 8;
    bool is_deep = false;
    const Json::parser_callback_t watch = [&is_deep](int depth, Json::parse_event_t, Json&) {
        is_deep = is_deep || depth > depth_max;
        return !is_deep;
    };
    Json json = Json::parse(text, watch, false);
    if (is_deep || json.is_discarded()) return nullptr;
    return json;
}

Json event_json(const Report::Event& event) {
    return {{"position", event.position},      {"index", event.index}, {"height", event.height},
            {"time", event.committed_at},      {"type", event.type},   {"verdict", event.verdict},
            {"event", event_value(event.json)}};
}

}  // namespace

std::string printable(std::string_view text) {
    std::string clean;
    while (!text.empty()) {
        const std::size_t length = sequence_at(text);
        const unsigned char head = static_cast<unsigned char>(text[0]);
        const bool control = head < 0x20 || head == 0x7f ||
                             (length == 2 && head == 0xc2 &&
                              static_cast<unsigned char>(text[1]) < 0xa0);  // C1 controls
        if (length == 0 || (control && head != '\n')) {
            clean += "\xef\xbf\xbd";  // U+FFFD
        } else {
            clean += text.substr(0, length);
        }
        text.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return clean;
}

std::string grouped(std::uint64_t number) {
    std::string text = std::to_string(number);
    for (std::size_t at = text.size(); at > 3;) {
        at -= 3;
        text.insert(at, " ");
    }
    return text;
}

std::string to_text(const Report& report, std::string_view file) {
    const bool is_fork = report.kind == "fork";
    std::string text = "✓ verified   " + printable(file) + "\n";
    if (!report.tx_id.empty()) text += "  Transaction  " + report.tx_id + "\n";
    text += "  Log          " + printable(report.origin) + ", " + grouped(report.tree_size) +
            " entries\n";
    std::size_t shown = 0;
    for (const auto& event : report.events) {
        if (shown++ == events_shown) {
            text += "  … and " + grouped(report.events.size() - events_shown) +
                    " more; as JSON they are all there\n";
            break;
        }
        text += event_text(report, event);
    }
    text += list_text("Proven", report.proven);
    if (!is_fork) {
        text += "  As of        " + (report.as_of.empty() ? "unknown" : report.as_of) + "\n";
    }
    text += list_text(std::string(is_fork ? "Signed both (" : "Signed by (") +
                          std::to_string(report.signers.size()) + ", needed " +
                          std::to_string(report.quorum) + (is_fork ? " for each)" : ")"),
                      report.signers);
    return text + list_text("Not checked", report.not_checked);
}

std::string to_json(const Report& report) {
    Json json;
    json["result"] = word_of(report.standing);
    json["kind"] = report.kind;
    if (!report.reason.empty()) json["reason"] = report.reason;
    if (report.standing == Standing::verified) {
        json["network"] = report.network;
        json["origin"] = report.origin;
        json["tx_id"] = report.tx_id;
        json["proven"] = report.proven;
        json["as_of"] = report.as_of;
        json["tree_size"] = report.tree_size;
        json["signers"] = report.signers;
        json["signers_needed"] = report.quorum;
        json["not_checked"] = report.not_checked;
        json["events"] = Json::array();
        for (const auto& event : report.events) json["events"].push_back(event_json(event));
    }
    return json.dump(2, ' ', false, Json::error_handler_t::replace);
}

Complaint complaint_of(const Report& report, std::string_view file) {
    const bool failed = report.standing == Standing::failed;
    const std::string name(file);
    return {report.kind + (failed ? "-failed" : "-undecidable"),
            failed ? "verification FAILED: " + name + " has been altered or forged"
                   : "cannot be decided: " + name + " is not disproved, nor proved",
            report.reason,
            failed ? "Is it the right file? If so, keep it, and ask another node for it."
                   : "Is the trust file the one of this network?"};
}

}  // namespace consentree::verifier

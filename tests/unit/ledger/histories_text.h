// Objects as JSON, member by member, for the random histories.
#pragma once

#include "common/time.h"
#include "tests/unit/ledger/reference.h"

namespace reference {

class Text {
public:
    Text& raw(const std::string& name, const std::string& json) {
        out_ += out_.size() == 1 ? "\"" : ",\"";
        out_ += name + "\":" + json;
        return *this;
    }
    Text& text(const std::string& name, const std::string& value) {
        return raw(name, quoted(value));
    }
    // Nothing if empty.
    Text& some(const std::string& name, const std::string& value) {
        return value.empty() ? *this : text(name, value);
    }
    Text& number(const std::string& name, std::int64_t value) {
        return raw(name, std::to_string(value));
    }
    Text& boolean(const std::string& name, bool value) {
        return raw(name, value ? "true" : "false");
    }
    Text& time(const std::string& name, Time value) {
        return text(name, consentree::format_time(value));
    }
    Text& time(const std::string& name, const std::optional<Time>& value) {
        return value ? time(name, *value) : *this;
    }
    Text& list(const std::string& name, const List& items) { return raw(name, strings(items)); }
    std::string done() { return out_ + "}"; }

    static std::string quoted(const std::string& value) { return "\"" + value + "\""; }
    static std::string strings(const List& items) {
        List texts;
        for (const std::string& item : items) texts.push_back(quoted(item));
        return objects(texts);
    }
    static std::string objects(const List& items) {
        std::string json = "[";
        for (const std::string& item : items) json += (json.size() == 1 ? "" : ",") + item;
        return json + "]";
    }

private:
    std::string out_ = "{";
};

}  // namespace reference

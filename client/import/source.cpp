#include "client/import/source.h"

#include "common/limits.h"

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <unordered_set>

namespace consentree::client::mapping {

[[noreturn]] void throw_exception_from_error(const Refused& refused,
                                             const boost::source_location& where) {
    static_cast<void>(where);
    throw std::runtime_error(refused.rule + " at " + refused.pointer + ": " + refused.detail);
}

const SourceValue* SourceValue::find(std::string_view name) const {
    for (const SourceMember& member : members) {
        if (member.name == name) return &member.value;
    }
    return nullptr;
}

SourceValue* SourceValue::find(std::string_view name) {
    for (SourceMember& member : members) {
        if (member.name == name) return &member.value;
    }
    return nullptr;
}

std::string_view name_of(SourceValue::Kind kind) {
    switch (kind) {
        case SourceValue::Kind::null: return "null";
        case SourceValue::Kind::boolean: return "a boolean";
        case SourceValue::Kind::integer: return "an integer";
        case SourceValue::Kind::decimal: return "a number with a fraction";
        case SourceValue::Kind::text: return "a string";
        case SourceValue::Kind::array: return "an array";
        case SourceValue::Kind::object: return "an object";
    }
    return "";
}

std::string child(const std::string& pointer, std::string_view token) {
    std::string result = pointer + "/";
    for (char c : token) {
        if (c == '~') {
            result += "~0";
        } else if (c == '/') {
            result += "~1";
        } else {
            result += c;
        }
    }
    return result;
}

std::vector<std::string> pointer_tokens(std::string_view pointer) {
    std::vector<std::string> tokens;
    for (std::size_t at = 0; at < pointer.size(); ++at) {
        const char c = pointer[at];
        if (c == '/') {
            tokens.emplace_back();
        } else if (tokens.empty()) {
            return {};
        } else if (c == '~' && at + 1 < pointer.size()) {
            tokens.back() += pointer[++at] == '0' ? '~' : '/';
        } else {
            tokens.back() += c;
        }
    }
    return tokens;
}

namespace {

// Builds the tree while nlohmann's lexer reads. A stack entry points into its parent, whose
// vector grows only after the entry has been popped.
class Builder : public nlohmann::json_sax<nlohmann::json> {
public:
    bool null() override { return add({}); }
    bool boolean(bool value) override {
        return add({SourceValue::Kind::boolean, value ? "true" : "false", {}, {}});
    }
    bool number_integer(number_integer_t value) override {
        return add({SourceValue::Kind::integer, std::to_string(value), {}, {}});
    }
    bool number_unsigned(number_unsigned_t value) override {
        return add({SourceValue::Kind::integer, std::to_string(value), {}, {}});
    }
    bool number_float(number_float_t, const string_t& raw) override {
        return add({SourceValue::Kind::decimal, raw, {}, {}});
    }
    bool string(string_t& value) override {
        return add({SourceValue::Kind::text, std::move(value), {}, {}});
    }
    bool binary(binary_t&) override { return false; }
    bool start_object(std::size_t) override { return open(SourceValue::Kind::object); }
    bool start_array(std::size_t) override { return open(SourceValue::Kind::array); }
    bool end_object() override { return close(); }
    bool end_array() override { return close(); }

    bool key(string_t& name) override {
        Open& top = stack_.back();
        if (!top.names.insert(name).second) {
            refused_ = {child(here(), name), "json-duplicate-key",
                        "the member appears twice; which one was meant cannot be known"};
            return false;
        }
        top.name = std::move(name);
        return true;
    }

    bool parse_error(std::size_t,
                     const std::string&,
                     const nlohmann::detail::exception& error) override {
        std::string detail = error.what();
        if (error.id == 406) {
            refused_ = {here(), "json-number", "a number is too large to be read exactly"};
            return false;
        }
        if (auto from = detail.find("parse error "); from != std::string::npos) {
            detail = detail.substr(from + 12);
        }
        // What follows quotes the document, which may hold personal data.
        detail = detail.substr(0, detail.find("; last read"));
        if (detail.find("last read") != std::string::npos) {
            detail = detail.substr(0, detail.find(" - "));
        }
        refused_ = {here(), "json-syntax", "not JSON " + detail};
        return false;
    }

    SourceValue take() { return std::move(root_); }
    const Refused& refused() const { return refused_; }

private:
    struct Open {
        SourceValue* value;
        std::string pointer;
        std::string name;  // Of the member that comes next.
        std::unordered_set<std::string> names;
    };

    std::string here() const {
        if (stack_.empty()) return "";
        const Open& top = stack_.back();
        if (top.value->kind == SourceValue::Kind::array) {
            return child(top.pointer, std::to_string(top.value->items.size()));
        }
        return top.pointer;
    }

    SourceValue* place(SourceValue value) {
        if (stack_.empty()) {
            root_ = std::move(value);
            return &root_;
        }
        Open& top = stack_.back();
        if (top.value->kind == SourceValue::Kind::array) {
            top.value->items.push_back(std::move(value));
            return &top.value->items.back();
        }
        top.value->members.push_back({top.name, std::move(value)});
        return &top.value->members.back().value;
    }

    bool add(SourceValue value) {
        place(std::move(value));
        return true;
    }

    bool open(SourceValue::Kind kind) {
        std::string pointer = here();
        if (!stack_.empty() && stack_.back().value->kind == SourceValue::Kind::object) {
            pointer = child(pointer, stack_.back().name);
        }
        if (stack_.size() == limits::source_depth) {
            refused_ = {pointer, "json-depth",
                        "nested deeper than " + std::to_string(limits::source_depth) + " levels"};
            return false;
        }
        SourceValue value;
        value.kind = kind;
        stack_.push_back({place(std::move(value)), pointer, {}, {}});
        return true;
    }

    bool close() {
        stack_.pop_back();
        return true;
    }

    SourceValue root_;
    std::vector<Open> stack_;
    Refused refused_{"", "json-syntax", "not JSON"};
};

}  // namespace

boost::system::result<SourceValue, Refused> parse_source(std::string_view bytes) {
    if (bytes.size() > limits::source_bytes) {
        return Refused{"", "json-size",
                       "larger than " + std::to_string(limits::source_bytes) + " bytes"};
    }
    if (bytes.starts_with("\xEF\xBB\xBF")) {
        return Refused{"", "json-bom", "starts with a byte order mark"};
    }
    const std::size_t first = bytes.find_first_not_of(" \t\r\n");
    if (first != std::string_view::npos && bytes[first] == '<') {
        return Refused{"", "xml",
                       "this is XML; only JSON is read (a FHIR server gives JSON for "
                       "Accept: application/fhir+json)"};
    }
    Builder builder;
    if (!nlohmann::json::sax_parse(bytes.begin(), bytes.end(), &builder)) {
        return builder.refused();
    }
    return builder.take();
}

}  // namespace consentree::client::mapping

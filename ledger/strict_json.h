// JSON for what is signed and hashed: one strict profile of RFC 8259 (docs/formats.md, "Event").
// UTF-8 without BOM, no repeated member names, integers within int64 only, bounded depth and
// length. A parsed Json holds views into the caller's text, which must outlive it.
#pragma once

#include "common/error.h"
#include "common/limits.h"

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace consentree::ledger {

class Json {
public:
    enum class Type : std::uint8_t { null, boolean, integer, string, array, object };

private:
    // Values in the order of the text; a value's parts follow it.
    struct Node {
        std::string_view name, text, raw;
        std::int64_t number = 0;
        std::uint32_t next = 0;  // Index after this value's last part.
        std::uint32_t count = 0;
        Type type = Type::null;
    };

public:
    // A value of the document. Valid as long as its Json and the text parsed.
    class Value {
    public:
        Type type() const { return node().type; }
        bool is(Type type) const { return node().type == type; }
        bool boolean() const { return node().number != 0; }
        std::int64_t integer() const { return node().number; }
        std::string_view string() const { return node().text; }
        // Of an array or object.
        std::uint32_t count() const { return node().count; }
        // The name under which an object holds this value.
        std::string_view name() const { return node().name; }
        // The exact bytes of the value in the text.
        std::string_view raw() const { return node().raw; }
        // The first item or member (count() must not be 0), and the one after this.
        Value first() const { return {json_, index_ + 1}; }
        Value next() const { return {json_, node().next}; }

    private:
        friend class Json;
        Value(const Json* json, std::uint32_t index) : json_(json), index_(index) {}
        const Node& node() const { return json_->nodes_[index_]; }
        const Json* json_;
        std::uint32_t index_;
    };

    struct Limits {
        std::size_t bytes = limits::event_bytes;
        std::size_t depth = limits::event_depth;
    };
    // Refusals: too-large or malformed-json, with the JSON Pointer of the value at fault.
    static Checked<Json> parse(std::string_view text, const Limits& limits);

    Value root() const { return {this, 0}; }

    Json(Json&&) = default;
    Json& operator=(Json&&) = default;

private:
    friend class JsonParser;
    Json() = default;

    std::vector<Node> nodes_;
    std::deque<std::string> unescaped_;  // Strings that had escapes; never moved.
};

// Reads an object's members by name against a schema. The first fault sticks; finish() reports
// it, or the first member that nothing asked for.
class ObjectReader {
public:
    // pointer: JSON Pointer of the object ("" for the root).
    ObjectReader(Json::Value object, std::string pointer);

    // A member that must be there (required) or may be (find). Null is a value like others.
    std::optional<Json::Value> find(std::string_view name);
    std::optional<Json::Value> require(std::string_view name);
    // As above with a type; a member of another type is a fault.
    std::optional<Json::Value> find(std::string_view name, Json::Type type);
    std::optional<Json::Value> require(std::string_view name, Json::Type type);

    // The first fault wins. name may be empty: the object itself.
    void fail(std::string_view name, std::string detail);
    void fail(Refusal refusal);
    bool failed() const { return refusal_.has_value(); }
    std::string pointer_to(std::string_view name) const;
    // The fault, if there is one or a member is left over.
    std::optional<Refusal> finish();

private:
    Json::Value object_;
    std::string pointer_;
    std::uint64_t asked_ = 0;   // Bit k: member k was asked for.
    std::uint32_t cursor_ = 0;  // Members usually come in the order in which they are asked for.
    std::optional<Json::Value> at_cursor_;
    std::optional<Refusal> refusal_;
};

// A member name or index as a reference token of a JSON Pointer (RFC 6901).
std::string pointer_token(std::string_view name);

}  // namespace consentree::ledger

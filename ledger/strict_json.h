// JSON for what is signed and hashed: one strict profile of RFC 8259 (docs/formats.md, "Event").
// UTF-8 without BOM, no repeated member names, integers within int64 only, bounded depth and
// length. A parsed Json holds views into the caller's text, which must outlive it.
#pragma once

#include "common/error.h"
#include "common/limits.h"

#include <forward_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace consentree::ledger {

class Json {
public:
    enum class Type : std::uint8_t { null, boolean, integer, string, array, object };

private:
    // One of 64 bits for a name: two names with different bits are different.
    static std::uint64_t name_bit(std::string_view name) {
        if (name.empty()) return 1;
        const auto first = static_cast<unsigned char>(name.front());
        const auto last = static_cast<unsigned char>(name.back());
        return std::uint64_t{1} << ((name.size() * 5 + first * 3u + last * 11u) % 64);
    }

    // Values in the order of the text; a value's parts follow it.
    struct Node {
        std::string_view name, text, raw;
        std::int64_t number = 0;
        std::uint64_t name_bits = 0;  // Of an object: name_bit() of each member.
        std::uint32_t span = 0;       // This value and its parts are so many nodes.
        std::uint32_t count = 0;
        Type type = Type::null;
    };

public:
    // A value of the document. Valid as long as its Json and the text parsed.
    class Value {
    public:
        Type type() const { return node_->type; }
        bool is(Type type) const { return node_->type == type; }
        bool boolean() const { return node_->number != 0; }
        std::int64_t integer() const { return node_->number; }
        std::string_view string() const { return node_->text; }
        // Of an array or object.
        std::uint32_t count() const { return node_->count; }
        // The name under which an object holds this value.
        std::string_view name() const { return node_->name; }
        // The exact bytes of the value in the text.
        std::string_view raw() const { return node_->raw; }
        // The first item or member, and the one after this. Only for as many as count() says.
        Value first() const { return Value(node_ + 1); }
        Value next() const { return Value(node_ + node_->span); }
        // False only if the object has no member of that name: a quick look.
        bool may_have(std::string_view name) const {
            return (node_->name_bits & name_bit(name)) != 0;
        }

    private:
        friend class Json;
        explicit Value(const Node* node) : node_(node) {}
        const Node* node_;
    };

    struct Limits {
        std::size_t bytes = limits::event_bytes;
        std::size_t depth = limits::event_depth;
    };
    // Refusals: too-large or malformed-json, with the JSON Pointer of the value at fault.
    static Checked<Json> parse(std::string_view text, const Limits& limits);

    Value root() const { return Value(nodes_.data()); }

    Json(Json&&) = default;
    Json& operator=(Json&&) = default;

private:
    friend class JsonParser;
    Json() = default;

    std::vector<Node> nodes_;
    std::forward_list<std::string> unescaped_;  // Strings that had escapes; never moved.
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

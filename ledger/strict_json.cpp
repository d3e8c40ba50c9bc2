#include "ledger/strict_json.h"

#include "common/assert.h"
#include "common/bytes.h"

#include <algorithm>

namespace consentree::ledger {

// More members than this in one object are refused; repeated names are then cheap to find.
constexpr std::size_t object_members_max = 64;

// Recursive descent; the depth is bounded by Json::Limits.
class JsonParser {
public:
    JsonParser(std::string_view text, const Json::Limits& limits)
        : begin_(text.data()), at_(text.data()), end_(text.data() + text.size()), limits_(limits) {
        json_.nodes_.reserve(std::min<std::size_t>(text.size() / 8 + 8, 64));
    }

    Checked<Json> run() {
        if (!skip_space() || !value(0) || !skip_space()) return refusal();
        if (at_ != end_) {
            fail("there is text after the value");
            return refusal();
        }
        return std::move(json_);
    }

private:
    using Type = Json::Type;

    Refusal refusal() {
        return {.code = "malformed-json",
                .detail = detail_ + " (byte " + std::to_string(fault_ - begin_) + ")",
                .pointer = pointer_,
                .hint = "Send strict JSON: UTF-8, integers only, each member once."};
    }
    bool fail(std::string_view detail) {
        if (detail_.empty()) {
            detail_ = detail;
            fault_ = at_;
        }
        return false;
    }
    // Called on the way out of a failed member or item: the pointer grows from its end.
    bool fail_inside(std::string_view token) {
        pointer_ = "/" + pointer_token(token) + pointer_;
        return false;
    }

    bool skip_space() {
        while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\t' || *at_ == '\r')) ++at_;
        return true;
    }
    bool take(char c) {
        if (at_ == end_ || *at_ != c) return false;
        ++at_;
        return true;
    }
    bool take_word(std::string_view word) {
        if (static_cast<std::size_t>(end_ - at_) < word.size() ||
            std::string_view(at_, word.size()) != word) {
            return fail("a value was expected");
        }
        at_ += word.size();
        return true;
    }
    Json::Node& node(std::uint32_t index) { return json_.nodes_[index]; }

    bool value(std::size_t depth) {
        if (at_ == end_) return fail("the text ends where a value was expected");
        const auto index = static_cast<std::uint32_t>(json_.nodes_.size());
        const char* const start = at_;
        json_.nodes_.emplace_back();
        if (!value_at(index, depth)) return false;
        Json::Node& done = node(index);
        done.raw = std::string_view(start, static_cast<std::size_t>(at_ - start));
        done.span = static_cast<std::uint32_t>(json_.nodes_.size()) - index;
        return true;
    }

    bool value_at(std::uint32_t index, std::size_t depth) {
        switch (*at_) {
            case '{': return object(index, depth);
            case '[': return array(index, depth);
            case '"': node(index).type = Type::string; return string(node(index).text);
            case 't':
                node(index).type = Type::boolean;
                node(index).number = 1;
                return take_word("true");
            case 'f': node(index).type = Type::boolean; return take_word("false");
            case 'n': node(index).type = Type::null; return take_word("null");
            default: node(index).type = Type::integer; return integer(node(index).number);
        }
    }

    bool object(std::uint32_t index, std::size_t depth) {
        if (depth >= limits_.depth) return fail("it is nested too deeply");
        node(index).type = Type::object;
        ++at_;
        skip_space();
        if (take('}')) return true;
        std::uint32_t count = 0;
        for (;;) {
            std::string_view name;
            if (at_ == end_ || *at_ != '"') return fail("a member name was expected");
            if (!string(name)) return false;
            const std::uint64_t bit = Json::name_bit(name);
            if ((node(index).name_bits & bit) != 0 && is_repeated(index, count, name)) {
                fail("this member name is repeated");
                return fail_inside(name);
            }
            if (++count > object_members_max) return fail("an object has too many members");
            skip_space();
            if (!take(':')) return fail("':' was expected");
            skip_space();
            const auto member = static_cast<std::uint32_t>(json_.nodes_.size());
            if (!value(depth + 1)) return fail_inside(name);
            node(member).name = name;
            node(index).count = count;
            node(index).name_bits |= bit;
            skip_space();
            if (take('}')) return true;
            if (!take(',')) return fail("',' or '}' was expected");
            skip_space();
        }
    }

    bool is_repeated(std::uint32_t object, std::uint32_t count, std::string_view name) {
        for (std::uint32_t k = 0, member = object + 1; k < count; ++k) {
            if (node(member).name == name) return true;
            member += node(member).span;
        }
        return false;
    }

    bool array(std::uint32_t index, std::size_t depth) {
        if (depth >= limits_.depth) return fail("it is nested too deeply");
        node(index).type = Type::array;
        ++at_;
        skip_space();
        if (take(']')) return true;
        for (std::uint32_t count = 0;;) {
            if (!value(depth + 1)) return fail_inside(std::to_string(count));
            node(index).count = ++count;
            skip_space();
            if (take(']')) return true;
            if (!take(',')) return fail("',' or ']' was expected");
            skip_space();
        }
    }

    bool integer(std::int64_t& number) {
        const bool is_negative = take('-');
        if (at_ == end_ || *at_ < '0' || *at_ > '9') return fail("a value was expected");
        if (*at_ == '0' && (is_negative || (end_ - at_ > 1 && at_[1] >= '0' && at_[1] <= '9'))) {
            return fail("an integer has one spelling: no leading zero, no -0");
        }
        std::uint64_t magnitude = 0;
        const std::uint64_t limit = (std::uint64_t{1} << 63) - (is_negative ? 0 : 1);
        for (; at_ != end_ && *at_ >= '0' && *at_ <= '9'; ++at_) {
            const auto digit = static_cast<std::uint64_t>(*at_ - '0');
            if (magnitude > (limit - digit) / 10) return fail("the integer is out of range");
            magnitude = magnitude * 10 + digit;
        }
        if (at_ != end_ && (*at_ == '.' || *at_ == 'e' || *at_ == 'E')) {
            return fail("only integers are numbers; write amounts as strings");
        }
        number = static_cast<std::int64_t>(is_negative ? ~magnitude + 1 : magnitude);
        return true;
    }

    // The text between quotes: a view into the input, or into unescaped_ if it has escapes.
    bool string(std::string_view& text) {
        ++at_;
        const char* const start = at_;
        while (at_ != end_) {
            const auto c = static_cast<unsigned char>(*at_);
            if (c == '"') {
                text = std::string_view(start, static_cast<std::size_t>(at_ - start));
                ++at_;
                return true;
            }
            if (c == '\\') return string_with_escapes(start, text);
            if (c < 0x20) return fail("a control character must be escaped");
            if (c < 0x80) {
                ++at_;
            } else if (!utf8()) {
                return false;
            }
        }
        return fail("a string is not closed");
    }

    bool string_with_escapes(const char* start, std::string_view& text) {
        std::string& out = json_.unescaped_.emplace_front(start, at_);
        while (at_ != end_) {
            const auto c = static_cast<unsigned char>(*at_);
            if (c == '"') {
                ++at_;
                text = out;
                return true;
            }
            if (c == '\\') {
                if (!escape(out)) return false;
                continue;
            }
            if (c < 0x20) return fail("a control character must be escaped");
            const char* const from = at_;
            if (c < 0x80) {
                ++at_;
            } else if (!utf8()) {
                return false;
            }
            out.append(from, at_);
        }
        return fail("a string is not closed");
    }

    // One well-formed sequence of two to four bytes (Unicode 15, table 3-7).
    bool utf8() {
        const auto byte = [this](std::ptrdiff_t k) {
            return end_ - at_ > k ? static_cast<unsigned char>(at_[k]) : 0u;
        };
        const unsigned lead = byte(0);
        std::ptrdiff_t length = 0;
        unsigned second_min = 0x80, second_max = 0xbf;
        if (lead >= 0xc2 && lead <= 0xdf)
            length = 2;
        else if (lead >= 0xe0 && lead <= 0xef)
            length = 3;
        else if (lead >= 0xf0 && lead <= 0xf4)
            length = 4;
        if (lead == 0xe0) second_min = 0xa0;
        if (lead == 0xed) second_max = 0x9f;  // Surrogates.
        if (lead == 0xf0) second_min = 0x90;
        if (lead == 0xf4) second_max = 0x8f;
        bool is_valid = length != 0 && byte(1) >= second_min && byte(1) <= second_max;
        for (std::ptrdiff_t k = 2; k < length; ++k) {
            is_valid = is_valid && byte(k) >= 0x80 && byte(k) <= 0xbf;
        }
        if (!is_valid) return fail("it is not valid UTF-8");
        at_ += length;
        return true;
    }

    bool escape(std::string& out) {
        ++at_;
        if (at_ == end_) return fail("a string is not closed");
        switch (*at_++) {
            case '"': out += '"'; return true;
            case '\\': out += '\\'; return true;
            case '/': out += '/'; return true;
            case 'b': out += '\b'; return true;
            case 'f': out += '\f'; return true;
            case 'n': out += '\n'; return true;
            case 'r': out += '\r'; return true;
            case 't': out += '\t'; return true;
            case 'u': return unicode_escape(out);
            default: return fail("this escape is not of JSON");
        }
    }

    bool unicode_escape(std::string& out) {
        std::uint32_t point = 0;
        if (!hex4(point)) return false;
        if (point >= 0xdc00 && point <= 0xdfff) return fail("an escaped surrogate stands alone");
        if (point >= 0xd800 && point <= 0xdbff) {
            std::uint32_t low = 0;
            if (!take('\\') || !take('u')) return fail("an escaped surrogate stands alone");
            if (!hex4(low)) return false;
            if (low < 0xdc00 || low > 0xdfff) return fail("an escaped surrogate stands alone");
            point = 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00);
        }
        const auto add = [&out](std::uint32_t byte) { out += static_cast<char>(byte); };
        if (point < 0x80) {
            add(point);
        } else if (point < 0x800) {
            add(0xc0 | (point >> 6));
            add(0x80 | (point & 0x3f));
        } else if (point < 0x10000) {
            add(0xe0 | (point >> 12));
            add(0x80 | ((point >> 6) & 0x3f));
            add(0x80 | (point & 0x3f));
        } else {
            add(0xf0 | (point >> 18));
            add(0x80 | ((point >> 12) & 0x3f));
            add(0x80 | ((point >> 6) & 0x3f));
            add(0x80 | (point & 0x3f));
        }
        return true;
    }

    bool hex4(std::uint32_t& value) {
        for (int k = 0; k < 4; ++k, ++at_) {
            if (at_ == end_) return fail("a string is not closed");
            const char c = *at_;
            std::uint32_t digit = 0;
            if (c >= '0' && c <= '9')
                digit = static_cast<std::uint32_t>(c - '0');
            else if (c >= 'a' && c <= 'f')
                digit = static_cast<std::uint32_t>(c - 'a') + 10;
            else if (c >= 'A' && c <= 'F')
                digit = static_cast<std::uint32_t>(c - 'A') + 10;
            else
                return fail("four hexadecimal digits were expected");
            value = (value << 4) | digit;
        }
        return true;
    }

    const char* begin_;
    const char* at_;
    const char* end_;
    const char* fault_ = nullptr;
    Json::Limits limits_;
    Json json_;
    std::string detail_, pointer_;
};

Checked<Json> Json::parse(std::string_view text, const Limits& limits) {
    if (text.size() > limits.bytes) {
        return Refusal{.code = "too-large",
                       .detail = "the JSON text has " + std::to_string(text.size()) +
                                 " bytes; at most " + std::to_string(limits.bytes) +
                                 " are accepted",
                       .pointer = "",
                       .hint = "Split it, or put the bulk elsewhere and record its hash."};
    }
    return JsonParser(text, limits).run();
}

std::string pointer_token(std::string_view name) {
    std::string token;
    for (const char c : name.substr(0, 128)) {
        if (c == '~')
            token += "~0";
        else if (c == '/')
            token += "~1";
        else
            token += c;
    }
    return token;
}

ObjectReader::ObjectReader(Json::Value object, std::string pointer)
    : object_(object), pointer_(std::move(pointer)) {
    if (!object.is(Json::Type::object)) {
        fail("", "an object was expected");
    } else if (object.count() != 0) {
        at_cursor_ = object.first();
    }
}

std::optional<Json::Value> ObjectReader::find(std::string_view name) {
    if (!at_cursor_ || !object_.may_have(name)) return std::nullopt;
    const std::uint32_t count = object_.count();
    for (std::uint32_t tried = 0; tried < count; ++tried) {
        const Json::Value member = *at_cursor_;
        const std::uint32_t index = cursor_;
        const bool is_last = ++cursor_ == count;
        if (is_last) cursor_ = 0;
        at_cursor_ = is_last ? object_.first() : member.next();
        if (member.name() == name) {
            asked_ |= std::uint64_t{1} << index;
            return member;
        }
    }
    return std::nullopt;
}

std::optional<Json::Value> ObjectReader::require(std::string_view name) {
    auto member = find(name);
    if (!member) fail(name, "this member is missing");
    return member;
}

std::optional<Json::Value> ObjectReader::find(std::string_view name, Json::Type type) {
    static constexpr std::string_view names[] = {"null",     "true or false", "an integer",
                                                 "a string", "an array",      "an object"};
    auto member = find(name);
    if (!member || member->is(type)) return member;
    fail(name, std::string(names[static_cast<std::size_t>(type)]) + " was expected");
    return std::nullopt;
}

std::optional<Json::Value> ObjectReader::require(std::string_view name, Json::Type type) {
    auto member = find(name, type);
    if (!member) fail(name, "this member is missing");
    return member;
}

void ObjectReader::fail(std::string_view name, std::string detail) {
    if (refusal_) return;
    refusal_ = Refusal{.code = "schema-violation",
                       .detail = std::move(detail),
                       .pointer = pointer_to(name),
                       .hint = ""};
}

void ObjectReader::fail(Refusal refusal) {
    if (!refusal_) refusal_ = std::move(refusal);
}

std::string ObjectReader::pointer_to(std::string_view name) const {
    return name.empty() ? pointer_ : pointer_ + "/" + pointer_token(name);
}

std::optional<Refusal> ObjectReader::finish() {
    if (refusal_ || !object_.is(Json::Type::object)) return refusal_;
    std::uint32_t index = 0;
    for (Json::Value member = object_.first(); index < object_.count(); ++index) {
        if ((asked_ >> index & 1) == 0) {
            fail(member.name(), "this member is not known here");
            break;
        }
        member = member.next();
    }
    return refusal_;
}

}  // namespace consentree::ledger

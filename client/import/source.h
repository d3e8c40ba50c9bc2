// A source document as its bytes say it: strict JSON, numbers kept as text, members in order.
// Pure functions, any thread. Never repairs: what is not exactly JSON is refused with the place.
#pragma once

#include "client/import/refused.h"
#include "common/error.h"

#include <string>
#include <string_view>
#include <vector>

namespace consentree::client::mapping {

struct SourceMember;

struct SourceValue {
    enum class Kind { null, boolean, integer, decimal, text, array, object };
    Kind kind = Kind::null;
    std::string text;  // text: the string; integer, decimal: as written; boolean: true, false.
    std::vector<SourceValue> items;
    std::vector<SourceMember> members;

    bool is_container() const { return kind == Kind::array || kind == Kind::object; }
    const SourceValue* find(std::string_view name) const;
    SourceValue* find(std::string_view name);
};

struct SourceMember {
    std::string name;
    SourceValue value;
};

std::string_view name_of(SourceValue::Kind kind);
// One token more on a JSON Pointer (RFC 6901), escaped.
std::string child(const std::string& pointer, std::string_view token);
std::vector<std::string> pointer_tokens(std::string_view pointer);

// UTF-8 without BOM, no duplicate members, depth and size within common/limits.h.
boost::system::result<SourceValue, Refused> parse_source(std::string_view bytes);

}  // namespace consentree::client::mapping

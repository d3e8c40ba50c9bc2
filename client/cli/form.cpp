#include "client/cli/form.h"

#include "client/record.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

namespace consentree::client::cli {

namespace {

using Json = nlohmann::ordered_json;

Failure invalid(const Field& field, const std::string& why) {
    Failure failure;
    failure.kind = FailureKind::usage;
    failure.code = "invalid-value";
    failure.what = std::string(field.flag) + " cannot be read";
    failure.why = why;
    failure.hint = field.help;
    return failure;
}

std::vector<std::string> split(const std::string& text) {
    std::vector<std::string> parts;
    for (std::size_t at = 0; at <= text.size();) {
        const std::size_t end = std::min(text.find(',', at), text.size());
        parts.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return parts;
}

Outcome<Json> status_of(const Field& field, const std::vector<std::string>& given) {
    Json list = Json::array();
    for (const std::string& one : given) {
        const std::size_t equals = one.find('=');
        if (equals == std::string::npos) return invalid(field, "\"" + one + "\" has no =");
        list.push_back({{"resource", one.substr(0, equals)}, {"status", one.substr(equals + 1)}});
    }
    return list;
}

Outcome<Json> value_of(const Field& field, const std::vector<std::string>& given) {
    const std::string& text = given.front();
    switch (field.kind) {
        case FieldKind::text: return Json(text);
        case FieldKind::list: return Json(given);
        case FieldKind::status: return status_of(field, given);
        case FieldKind::time: {
            auto when = parse_when(text, wall_clock());
            if (!when) return when.error();
            return Json(*when);
        }
        case FieldKind::number: break;
    }
    std::uint64_t number = 0;
    const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || bad != std::errc() || end != text.data() + text.size()) {
        return invalid(field, "\"" + text + "\" is not a whole number");
    }
    return Json(number);
}

bool is_list(FieldKind kind) {
    return kind == FieldKind::list || kind == FieldKind::status;
}

}  // namespace

void add_fields(CLI::App* command, std::span<const Field> fields, FieldValues& values) {
    for (const Field& field : fields) {
        CLI::Option* option = command->add_option(field.flag, values[field.flag], field.help);
        if (is_list(field.kind)) {
            option->delimiter(',')->allow_extra_args(false);
        } else {
            option->expected(1);
        }
        if (field.required) option->required();
    }
}

Outcome<Json> members_of(std::span<const Field> fields, const FieldValues& values) {
    Json members = Json::object();
    for (const Field& field : fields) {
        const auto found = values.find(field.flag);
        std::vector<std::string> given;
        if (found != values.end()) given = found->second;
        if (given.empty() && *field.otherwise != '\0') {
            given = is_list(field.kind) ? split(field.otherwise)
                                        : std::vector<std::string>{field.otherwise};
        }
        if (given.empty()) continue;
        auto value = value_of(field, given);
        if (!value) return value.error();
        std::string pointer = "/" + std::string(field.member);
        std::replace(pointer.begin(), pointer.end(), '.', '/');
        members[Json::json_pointer(pointer)] = std::move(*value);
    }
    return members;
}

}  // namespace consentree::client::cli

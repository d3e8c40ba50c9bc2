#include "client/import/mapping.h"

#include "client/import/mapping_reader.h"
#include "client/import/scheme_rules.h"
#include "common/hash.h"
#include "common/limits.h"

#include <algorithm>

namespace consentree::client::mapping {

using nlohmann::json;

namespace {

constexpr std::pair<Target, std::string_view> targets[] = {
    {Target::consent, "consentree/consent/1"},
    {Target::lifecycle, "consentree/lifecycle/1"},
    {Target::access, "consentree/access/1"},
};

// A list of the file, each item read by read(item, its number).
template <class Read>
void read_list(const json* list, const std::string& pointer, Faults& faults, const Read& read) {
    if (list == nullptr) return;
    if (!list->is_array() || list->size() > limits::mapping_rules) {
        return faults.raise(pointer, "a list of at most " + std::to_string(limits::mapping_rules) +
                                         " items is expected");
    }
    for (std::size_t i = 0; i < list->size(); ++i) read((*list)[i], i);
}

Detect read_detect(const json& value, const std::string& pointer, Faults& faults) {
    ObjectReader reader(value, pointer, faults);
    Detect one;
    one.at = reader.path("at");
    one.is = reader.text("is");
    one.equals = reader.texts("equals");
    one.starts = reader.text("starts");
    if (reader.get("at") == nullptr) reader.raise("member \"at\" is missing");
    static constexpr std::string_view kinds[] = {"object", "array",   "string",
                                                 "number", "boolean", "absent"};
    if (!one.is.empty() &&
        std::find(std::begin(kinds), std::end(kinds), one.is) == std::end(kinds)) {
        reader.raise_at("is", "object, array, string, number, boolean or absent is expected");
    }
    const int ways =
        (one.is.empty() ? 0 : 1) + (one.equals.empty() ? 0 : 1) + (one.starts.empty() ? 0 : 1);
    if (ways != 1) reader.raise("exactly one of is, equals, starts is expected");
    return one;
}

Form read_form(const json& value, std::size_t number, Faults& faults) {
    ObjectReader reader(value, "/forms/" + std::to_string(number), faults);
    Form form;
    form.name = reader.text("name", true);
    form.base = reader.path("base");
    form.jws = reader.path("jws");
    form.format_version = reader.path("format_version");
    form.steps = reader.texts("steps");
    if (const json* refuse = reader.get("refuse")) {
        ObjectReader inner(*refuse, child(reader.pointer(), "refuse"), faults);
        form.refuse = inner.text("rule", true);
        form.because = inner.text("because", true);
    }
    const json* detect = reader.get("detect");
    if (detect == nullptr || !detect->is_array() || detect->empty()) {
        reader.raise("\"detect\" must be a list that is not empty");
        return form;
    }
    for (std::size_t i = 0; i < detect->size(); ++i) {
        const std::string pointer = child(child(reader.pointer(), "detect"), std::to_string(i));
        form.detect.push_back(read_detect((*detect)[i], pointer, faults));
    }
    return form;
}

Status read_status(const json& value, Faults& faults) {
    ObjectReader reader(value, "/status", faults);
    Status status;
    status.at = reader.path("at", true);
    status.absent = reader.texts("absent");
    status.each = reader.flag("each");
    const json* table = reader.get("table");
    if (table == nullptr || !table->is_object()) {
        reader.raise("\"table\" is missing");
        return status;
    }
    ObjectReader inner(*table, "/status/table", faults);
    for (const auto& [code, unused] : table->items()) status.table[code] = inner.texts(code);
    return status;
}

Split read_split(const json& value, Faults& faults) {
    ObjectReader reader(value, "/split", faults);
    Split split{reader.path("at", true), reader.conditions("where")};
    if (!split.at.ends_with("/*")) reader.raise_at("at", "a path that ends with /* is expected");
    return split;
}

std::shared_ptr<const ledger::Scheme> read_scheme(const json& value, Faults& faults) {
    ObjectReader reader(value, "/scheme", faults);
    const std::string id = reader.text("id", true);
    const auto sha256 = fixed_from_hex<Hash>(reader.text("sha256", true));
    auto scheme = sha256 ? find_scheme(id, *sha256) : nullptr;
    if (scheme == nullptr) reader.raise("no scheme of this program has this id and hash");
    return scheme;
}

void read_tables(const json& value, Mapping& mapping, Faults& faults) {
    if (!value.is_object()) return faults.raise("/tables", "an object is expected");
    for (const auto& [name, table] : value.items()) {
        if (!table.is_object()) return faults.raise(child("/tables", name), "not an object");
        for (const auto& [code, result] : table.items()) mapping.tables[name][code] = result;
    }
}

Target read_target(ObjectReader& reader) {
    const std::string name = reader.text("target", true);
    for (const auto& [target, known] : targets) {
        if (name == known) return target;
    }
    reader.raise_at("target",
                    "consentree/consent/1, consentree/lifecycle/1 or "
                    "consentree/access/1 is expected");
    return Target::consent;
}

// RFC 8785 and nlohmann write ASCII names and integers alike; other names and numbers might have
// another hash elsewhere.
void check_canonical(const SourceValue& value, const std::string& pointer, Faults& faults) {
    const bool number =
        value.kind == SourceValue::Kind::decimal || value.kind == SourceValue::Kind::integer;
    if (number && (value.kind == SourceValue::Kind::decimal || value.text.size() > 15)) {
        faults.raise(pointer, "a mapping has integers of at most 15 digits only");
    }
    for (std::size_t i = 0; i < value.items.size(); ++i) {
        check_canonical(value.items[i], child(pointer, std::to_string(i)), faults);
    }
    for (const SourceMember& member : value.members) {
        for (const char c : member.name) {
            if (static_cast<unsigned char>(c) < 0x80) continue;
            faults.raise(child(pointer, member.name), "names of members are ASCII");
            break;
        }
        check_canonical(member.value, child(pointer, member.name), faults);
    }
}

void read_document(const json& document, Mapping& mapping, Faults& faults) {
    ObjectReader reader(document, "", faults);
    mapping.id = reader.text("mapping", true);
    mapping.version =
        static_cast<std::uint32_t>(reader.integer("version", 1, 1'000'000).value_or(0));
    if (reader.get("version") == nullptr) reader.raise("member \"version\" is missing");
    mapping.source = reader.text("source", true);
    mapping.title = reader.text("title");
    mapping.target = read_target(reader);
    mapping.single_is_list = reader.flag("single_is_list");
    if (const json* tables = reader.get("tables")) read_tables(*tables, mapping, faults);
    read_list(reader.get("forms"), "/forms", faults, [&](const json& item, std::size_t i) {
        mapping.forms.push_back(read_form(item, i, faults));
    });
    if (mapping.forms.empty()) reader.raise("at least one form is expected");
    read_list(reader.get("rules"), "/rules", faults, [&](const json& item, std::size_t i) {
        mapping.rules.push_back(read_rule(item, i, mapping, faults));
    });
    read_list(reader.get("checks"), "/checks", faults, [&](const json& item, std::size_t i) {
        mapping.checks.push_back(read_check(item, i, faults));
    });
    mapping.ignore = reader.paths("ignore");
    if (const json* status = reader.get("status")) mapping.status = read_status(*status, faults);
    if (const json* scheme = reader.get("scheme")) mapping.scheme = read_scheme(*scheme, faults);
    if (const json* split = reader.get("split")) {
        mapping.split = read_split(*split, faults);
        if (mapping.target != Target::consent) reader.raise_at("split", "only consents are split");
    }
}

}  // namespace

std::string_view target_name(Target target) {
    return targets[static_cast<std::size_t>(target)].second;
}

std::optional<Mapping> read_mapping(std::string_view text, std::vector<Refusal>& found) {
    Faults faults(found);
    if (text.size() > limits::mapping_bytes) {
        found.push_back({"mapping-too-large", "the mapping file is too large", "", ""});
        return std::nullopt;
    }
    // parse_source refuses what json::parse lets pass: duplicate members, depth.
    auto strict = parse_source(text);
    if (!strict) {
        faults.raise(strict.error().pointer, strict.error().detail);
        return std::nullopt;
    }
    check_canonical(*strict, "", faults);
    const json document = json::parse(text, nullptr, false);
    Mapping mapping;
    read_document(document, mapping, faults);
    if (!found.empty()) return std::nullopt;
    mapping.hash = sha256(as_bytes(document.dump()));
    return mapping;
}

Checked<Mapping> parse_mapping(std::string_view text) {
    std::vector<Refusal> faults;
    auto mapping = read_mapping(text, faults);
    if (!mapping) return faults.front();
    return std::move(*mapping);
}

}  // namespace consentree::client::mapping

#include "client/import/mapping.h"

#include "client/import/checks.h"
#include "client/import/source.h"
#include "common/hash.h"
#include "common/limits.h"

#include <set>

namespace consentree::client::mapping {

using nlohmann::json;

namespace {

// Where reading stands; the first fault sticks and everything after it reads as empty.
struct Fault {
    std::optional<Refusal> refusal;

    void raise(const std::string& pointer, const std::string& detail) {
        if (!refusal) refusal = Refusal{"mapping-malformed", detail, pointer, ""};
    }
};

class ObjectReader {
public:
    ObjectReader(const json& value, std::string pointer, Fault& fault)
        : value_(value), pointer_(std::move(pointer)), fault_(fault) {
        if (!value_.is_object()) fault_.raise(pointer_, "an object is expected");
    }
    // Every member must have been asked for.
    ~ObjectReader() {
        if (!value_.is_object()) return;
        for (const auto& [name, value] : value_.items()) {
            if (!known_.contains(name)) fault_.raise(child(pointer_, name), "unknown member");
        }
    }
    ObjectReader(const ObjectReader&) = delete;
    ObjectReader& operator=(const ObjectReader&) = delete;

    const json* get(const std::string& name) {
        known_.insert(name);
        if (!value_.is_object()) return nullptr;
        const auto at = value_.find(name);
        return at == value_.end() ? nullptr : &*at;
    }
    std::string text(const std::string& name, bool required = false) {
        const json* value = get(name);
        if (value == nullptr) {
            if (required) fault_.raise(pointer_, "member \"" + name + "\" is missing");
            return "";
        }
        if (!value->is_string()) {
            fault_.raise(child(pointer_, name), "a string is expected");
            return "";
        }
        return value->get<std::string>();
    }
    // A string or a list of strings.
    std::vector<std::string> texts(const std::string& name) {
        const json* value = get(name);
        if (value == nullptr) return {};
        if (value->is_string()) return {value->get<std::string>()};
        std::vector<std::string> result;
        if (value->is_array()) {
            for (const json& item : *value) {
                if (item.is_string()) result.push_back(item.get<std::string>());
            }
        }
        if (!value->is_array() || result.size() != value->size()) {
            fault_.raise(child(pointer_, name), "a string or a list of strings is expected");
        }
        return result;
    }
    std::optional<std::int64_t> integer(const std::string& name) {
        const json* value = get(name);
        if (value == nullptr) return std::nullopt;
        if (!value->is_number_integer()) {
            fault_.raise(child(pointer_, name), "an integer is expected");
            return std::nullopt;
        }
        return value->get<std::int64_t>();
    }
    bool flag(const std::string& name) {
        const json* value = get(name);
        if (value == nullptr) return false;
        if (!value->is_boolean()) fault_.raise(child(pointer_, name), "true or false is expected");
        return value->is_boolean() && value->get<bool>();
    }
    std::optional<When> when() {
        const json* value = get("when");
        if (value == nullptr) return std::nullopt;
        ObjectReader inner(*value, child(pointer_, "when"), fault_);
        When result;
        result.at = inner.text("at", true);
        result.is = inner.text("is", true);
        return result;
    }
    const std::string& pointer() const { return pointer_; }
    void raise(const std::string& detail) { fault_.raise(pointer_, detail); }

private:
    const json& value_;
    std::string pointer_;
    Fault& fault_;
    std::set<std::string> known_;
};

const std::map<std::string, As> conversions = {
    {"string", As::string}, {"code", As::code},           {"int", As::integer},
    {"time", As::time},     {"text", As::text},           {"party", As::party},
    {"sha256", As::sha256}, {"pseudonym", As::pseudonym},
};

Rule read_rule(const json& value, std::size_t number, const Mapping& mapping, Fault& fault) {
    ObjectReader reader(value, "/rules/" + std::to_string(number), fault);
    Rule rule;
    rule.number = number;
    rule.to = reader.text("to", true);
    rule.from = reader.texts("from");
    if (const json* constant = reader.get("const")) rule.constant = *constant;
    rule.agreement = reader.text("agreement");
    rule.digest = reader.text("digest");
    rule.cross = reader.texts("cross");
    const int sources = (rule.from.empty() ? 0 : 1) + (rule.constant ? 1 : 0) +
                        (rule.agreement.empty() ? 0 : 1) + (rule.digest.empty() ? 0 : 1) +
                        (rule.cross.empty() ? 0 : 1);
    if (sources != 1) {
        reader.raise("exactly one of from, const, agreement, digest, cross is expected");
    }
    if (const std::string as = reader.text("as"); !as.empty()) {
        const auto found = conversions.find(as);
        if (found == conversions.end()) {
            reader.raise("unknown conversion \"" + as + "\"");
        } else {
            rule.as = found->second;
        }
    }
    rule.tables = reader.texts("table");
    for (const std::string& table : rule.tables) {
        if (!mapping.tables.contains(table)) reader.raise("no table \"" + table + "\"");
    }
    rule.kind = reader.text("kind");
    rule.prefix = reader.text("prefix");
    rule.join = reader.text("join");
    rule.styles = reader.texts("styles");
    for (const std::string& style : rule.styles) {
        if (style != "rfc3339" && style != "basic-offset" && style != "epoch-ms") {
            reader.raise("unknown time style \"" + style + "\"");
        }
    }
    rule.min = reader.integer("min");
    rule.max = reader.integer("max");
    rule.required = reader.flag("req");
    if (const json* absent = reader.get("absent")) rule.absent = *absent;
    rule.when = reader.when();
    if (!rule.to.starts_with('/')) reader.raise("\"to\" is not a JSON Pointer");
    if (rule.as == As::code && rule.cross.empty() && rule.tables.size() != 1) {
        reader.raise("a code needs one table");
    }
    if (!rule.cross.empty() && (rule.cross.size() != 2 || rule.tables.size() != 2)) {
        reader.raise("cross needs two paths and two tables");
    }
    if (rule.as == As::time && rule.styles.empty()) reader.raise("a time needs its styles");
    if (rule.as == As::pseudonym && rule.kind.empty()) reader.raise("a pseudonym needs its kind");
    return rule;
}

Check read_check(const json& value, std::size_t number, Fault& fault) {
    ObjectReader reader(value, "/checks/" + std::to_string(number), fault);
    Check check;
    check.id = reader.text("id", true);
    check.because = reader.text("because", true);
    check.at = reader.text("at", true);
    check.when = reader.when();
    for (const char* compare : {"lt", "le"}) {
        const std::vector<std::string> sides = reader.texts(compare);
        if (sides.empty()) continue;
        check.compare = compare;
        if (sides.size() != 2) {
            reader.raise("two pointers are expected");
            continue;
        }
        check.left = sides[0];
        check.right = sides[1];
    }
    check.integer = reader.text("int");
    check.min = reader.integer("min");
    check.max = reader.integer("max");
    check.url = reader.text("url");
    check.native = reader.text("rule");
    if (!check.native.empty() && !is_native_check(check.native)) {
        reader.raise("unknown rule \"" + check.native + "\"");
    }
    const int kinds = (check.compare.empty() ? 0 : 1) + (check.integer.empty() ? 0 : 1) +
                      (check.url.empty() ? 0 : 1) + (check.native.empty() ? 0 : 1);
    if (kinds != 1) reader.raise("exactly one of lt, le, int, url, rule is expected");
    return check;
}

Form read_form(const json& value, std::size_t number, Fault& fault) {
    ObjectReader reader(value, "/forms/" + std::to_string(number), fault);
    Form form;
    form.name = reader.text("name", true);
    form.base = reader.text("base");
    form.jws = reader.text("jws");
    form.format_version = reader.text("format_version");
    const json* detect = reader.get("detect");
    if (detect == nullptr || !detect->is_array() || detect->empty()) {
        reader.raise("\"detect\" must be a list that is not empty");
        return form;
    }
    for (const json& item : *detect) {
        ObjectReader inner(item, reader.pointer() + "/detect", fault);
        Detect one;
        one.at = inner.text("at", true);
        one.is = inner.text("is", true);
        form.detect.push_back(one);
    }
    return form;
}

Status read_status(const json& value, Fault& fault) {
    ObjectReader reader(value, "/status", fault);
    Status status;
    status.at = reader.text("at", true);
    status.absent = reader.texts("absent");
    const json* table = reader.get("table");
    if (table == nullptr || !table->is_object()) {
        reader.raise("\"table\" is missing");
        return status;
    }
    ObjectReader inner(*table, "/status/table", fault);
    for (const auto& [code, unused] : table->items()) status.table[code] = inner.texts(code);
    return status;
}

void read_tables(const json& value, Mapping& mapping, Fault& fault) {
    if (!value.is_object()) return fault.raise("/tables", "an object is expected");
    for (const auto& [name, table] : value.items()) {
        if (!table.is_object()) return fault.raise(child("/tables", name), "not an object");
        for (const auto& [code, result] : table.items()) mapping.tables[name][code] = result;
    }
}

// Lists of the file, each item read by read(item, its number).
template <class Read>
void read_list(const json* list, const std::string& pointer, Fault& fault, const Read& read) {
    if (list == nullptr) return;
    if (!list->is_array() || list->size() > limits::mapping_rules) {
        return fault.raise(pointer, "a list of at most " + std::to_string(limits::mapping_rules) +
                                        " items is expected");
    }
    for (std::size_t i = 0; i < list->size(); ++i) read((*list)[i], i);
}

}  // namespace

Checked<Mapping> parse_mapping(std::string_view text) {
    if (text.size() > limits::mapping_bytes) {
        return Refusal{"mapping-too-large", "the mapping file is too large", "", ""};
    }
    // parse_source refuses what json::parse lets pass: duplicate members, depth.
    if (auto strict = parse_source(text); !strict) {
        return Refusal{"mapping-malformed", strict.error().detail, strict.error().pointer, ""};
    }
    const json document = json::parse(text, nullptr, false);
    Mapping mapping;
    Fault fault;
    {
        ObjectReader reader(document, "", fault);
        mapping.id = reader.text("mapping", true);
        mapping.version = static_cast<std::uint32_t>(reader.integer("version").value_or(0));
        mapping.source = reader.text("source", true);
        if (reader.text("target", true) != "consentree/consent/1") {
            fault.raise("/target", "this build writes \"consentree/consent/1\"");
        }
        if (const json* tables = reader.get("tables")) read_tables(*tables, mapping, fault);
        read_list(reader.get("forms"), "/forms", fault, [&](const json& item, std::size_t i) {
            mapping.forms.push_back(read_form(item, i, fault));
        });
        read_list(reader.get("rules"), "/rules", fault, [&](const json& item, std::size_t i) {
            mapping.rules.push_back(read_rule(item, i, mapping, fault));
        });
        read_list(reader.get("checks"), "/checks", fault, [&](const json& item, std::size_t i) {
            mapping.checks.push_back(read_check(item, i, fault));
        });
        mapping.ignore = reader.texts("ignore");
        if (const json* status = reader.get("status")) mapping.status = read_status(*status, fault);
    }
    if (fault.refusal) return *fault.refusal;
    // nlohmann sorts members; with ASCII names and integers alone that is RFC 8785.
    mapping.hash = sha256(as_bytes(document.dump()));
    return mapping;
}

}  // namespace consentree::client::mapping

// The document of a scheme (docs/schemes.md, "The document").
#include "common/bytes.h"
#include "ledger/scheme.h"
#include "ledger/scheme_fields.h"

#include <algorithm>

namespace consentree::ledger {
namespace {

constexpr std::size_t rules_max = 64;
constexpr std::size_t patterns_max = 256;
constexpr std::size_t pins_max = 8;
constexpr std::size_t groups_max = 32;
constexpr std::uint32_t span_max = 10'000;
constexpr std::uint32_t number_max = 1'000'000'000;
constexpr std::string_view units[] = {"hour", "day", "month", "year"};

using Patterns = std::vector<CodePattern>;
using Groups = std::map<std::string, Patterns, std::less<>>;

enum class Kind { patterns, words, number, span, flag };

// The members of a condition.
struct FactMember {
    std::string_view name;
    SchemeFact fact;
    Kind kind;
    std::string_view words = {};  // Of Kind::words, with spaces between; empty: any code.
};
constexpr FactMember fact_members[] = {
    {"any_category", SchemeFact::any_category, Kind::patterns},
    {"all_categories", SchemeFact::all_categories, Kind::patterns},
    {"purpose", SchemeFact::purpose, Kind::words},
    {"known_purposes", SchemeFact::known_purposes, Kind::flag},
    {"action", SchemeFact::action, Kind::words, "view store query stream disclose derive"},
    {"template", SchemeFact::template_id, Kind::words},
    {"subject_kind", SchemeFact::subject_kind, Kind::words, "person joint organisation minor"},
    {"special_basis", SchemeFact::special_basis, Kind::flag},
    {"agreement", SchemeFact::agreement, Kind::flag},
    {"fetch", SchemeFact::fetch, Kind::words, "once periodic"},
    {"fetch_unit", SchemeFact::fetch_unit, Kind::words, "hour day month year"},
    {"fetch_count", SchemeFact::fetch_count, Kind::number},
    {"max_uses", SchemeFact::max_uses, Kind::number},
    {"retention_unit", SchemeFact::retention_unit, Kind::words, "hour day month year inf"},
    {"retention_value", SchemeFact::retention_value, Kind::number},
    {"retention_basis", SchemeFact::retention_basis, Kind::words,
     "from_delivery until_time until_event"},
    {"has_end", SchemeFact::has_end, Kind::flag},
    {"has_data_range", SchemeFact::has_data_range, Kind::flag},
    {"life_at_most", SchemeFact::life_at_most, Kind::span},
    {"life_above", SchemeFact::life_above, Kind::span},
};

bool is_one_of(std::string_view words, std::string_view text) {
    for (std::size_t from = 0; from < words.size();) {
        const std::size_t end = std::min(words.find(' ', from), words.size());
        if (words.substr(from, end - from) == text) return true;
        from = end + 1;
    }
    return false;
}

std::string item_name(std::string_view list, std::uint32_t index) {
    return std::string(list) + "/" + std::to_string(index);
}

// A code with at most one *, which stands for any text.
std::optional<CodePattern> pattern_of(std::string_view text) {
    const std::size_t star = text.find('*');
    if (star == std::string_view::npos) {
        if (!is_code(text)) return std::nullopt;
        return CodePattern{std::string(text), "", false};
    }
    const std::string_view head = text.substr(0, star), tail = text.substr(star + 1);
    const bool is_good = (head.empty() || is_code(head)) && (tail.empty() || is_code(tail)) &&
                         text.size() <= code_bytes;
    if (!is_good) return std::nullopt;
    return CodePattern{std::string(head), std::string(tail), true};
}

// The fault stands at /name/index; the pointer is put together here, as names have no slash.
void fail_item(Fields& fields, std::string_view name, std::uint32_t index, std::string detail) {
    fields.reader.fail({.code = "schema-violation",
                        .detail = std::move(detail),
                        .pointer = fields.reader.pointer_to("") + "/" + item_name(name, index),
                        .hint = ""});
}

// A list of strings, each given to take(text), which says what is wrong with it, or nothing.
template <class Take>
void read_strings(
    Fields& fields, std::string_view name, std::size_t least, Need need, const Take& take) {
    const auto member = need == Need::required ? fields.reader.require(name, Json::Type::array)
                                               : fields.reader.find(name, Json::Type::array);
    if (!member) return;
    if (member->count() < least || member->count() > patterns_max) {
        fields.reader.fail(name, std::to_string(least) + " to " + std::to_string(patterns_max) +
                                     " items were expected");
        return;
    }
    Json::Value item = member->first();
    for (std::uint32_t index = 0; index < member->count(); ++index, item = item.next()) {
        const std::string fault =
            item.is(Json::Type::string) ? take(item.string()) : "a string was expected";
        if (!fault.empty()) return fail_item(fields, name, index, fault);
    }
}

// Patterns, and names of groups with @ before them.
Patterns read_patterns(Fields& fields, std::string_view name, const Groups& groups, Need need) {
    Patterns patterns;
    read_strings(fields, name, 1, need, [&](std::string_view text) -> std::string {
        if (text.starts_with('@')) {
            const auto group = groups.find(text.substr(1));
            if (group == groups.end()) return "there is no group of this name above";
            patterns.insert(patterns.end(), group->second.begin(), group->second.end());
        } else if (auto pattern = pattern_of(text)) {
            patterns.push_back(std::move(*pattern));
        } else {
            return "a code was expected, with at most one *, or @ and the name of a group";
        }
        return patterns.size() > patterns_max ? "these are too many codes" : "";
    });
    return patterns;
}

// "*" (empty), one code, or a list of codes.
std::vector<std::string> read_key(Fields& fields, std::string_view name) {
    const auto member = fields.reader.find(name);
    if (!member || (member->is(Json::Type::string) && member->string() == "*")) return {};
    if (member->is(Json::Type::array)) return fields.codes(name, 1);
    return {fields.code(name)};
}

std::optional<TimeUnit> unit_of(std::string_view word) {
    for (std::size_t k = 0; k < std::size(units); ++k) {
        if (units[k] == word) return static_cast<TimeUnit>(k + 1);
    }
    return std::nullopt;
}

// {"month": 13}: exactly one unit.
std::optional<Span> read_span(Fields& outer, std::string_view name, Need need = Need::optional) {
    std::optional<Span> span;
    read_object(outer, name, need, [&](Fields& item) {
        for (const std::string_view unit : units) {
            if (!item.reader.find(unit)) continue;
            if (span) item.reader.fail(unit, "one unit only was expected");
            span =
                Span{*unit_of(unit), static_cast<std::uint32_t>(item.integer(unit, 1, span_max))};
        }
        if (!span && !item.reader.finish())
            item.reader.fail("", "one of these was expected: hour day month year");
    });
    return span;
}

std::optional<UnitCaps> read_caps(Fields& outer, std::string_view name) {
    std::optional<UnitCaps> caps;
    read_object(outer, name, Need::optional, [&](Fields& item) {
        caps.emplace();
        for (std::size_t k = 0; k < std::size(units); ++k) {
            if (!item.reader.find(units[k])) continue;
            caps->most[k] = static_cast<std::uint32_t>(item.integer(units[k], 0, number_max));
        }
    });
    return caps;
}

void read_number(Fields& outer, const FactMember& member, SchemeTest& test) {
    read_object(outer, member.name, Need::required, [&](Fields& item) {
        const bool has_least = item.reader.find("min").has_value();
        const bool has_most = item.reader.find("max").has_value();
        if (has_least) {
            test.least = static_cast<std::uint32_t>(item.integer("min", 0, number_max));
        }
        if (has_most) test.most = static_cast<std::uint32_t>(item.integer("max", 0, number_max));
        if (!has_least && !has_most) item.reader.fail("", "min or max was expected");
        if (test.least > test.most) item.reader.fail("max", "it is less than min");
    });
}

void read_words(Fields& fields, const FactMember& member, SchemeTest& test) {
    read_strings(fields, member.name, 1, Need::required, [&](std::string_view text) -> std::string {
        const std::string_view words = member.words;
        if (words.empty() ? !is_code(text) : !is_one_of(words, text)) {
            return words.empty() ? "a code was expected"
                                 : "one of these was expected: " + std::string(words);
        }
        test.codes.push_back({std::string(text), "", false});
        return "";
    });
}

SchemeCondition read_condition(Fields& outer,
                               std::string_view name,
                               const Groups& groups,
                               Need need) {
    SchemeCondition condition;
    read_object(outer, name, need, [&](Fields& fields) {
        for (const FactMember& member : fact_members) {
            if (!fields.reader.find(member.name)) continue;
            SchemeTest test{.fact = member.fact, .codes = {}, .span = {}};
            switch (member.kind) {
                case Kind::patterns:
                    test.codes = read_patterns(fields, member.name, groups, Need::required);
                    break;
                case Kind::words: read_words(fields, member, test); break;
                case Kind::number: read_number(fields, member, test); break;
                case Kind::span: test.span = read_span(fields, member.name).value_or(Span{}); break;
                case Kind::flag: test.wanted = fields.boolean(member.name); break;
            }
            condition.push_back(std::move(test));
        }
        if (condition.empty() && !fields.reader.finish())
            fields.reader.fail("", "at least one member was expected");
    });
    return condition;
}

// The id of a rule or row; ids are not repeated in their list.
template <class Item>
std::string read_id(Fields& fields, const std::vector<Item>& others) {
    std::string id = fields.code("id");
    for (const Item& other : others) {
        if (other.id == id) fields.reader.fail("id", "this id is repeated");
    }
    fields.text("note", text_bytes, Need::optional);
    return id;
}

void read_rules(Fields& outer, Scheme& scheme, const Groups& groups) {
    read_objects(outer, "valid", 0, rules_max, Need::optional, [&](Fields& fields) {
        SchemeRule rule;
        rule.id = read_id(fields, scheme.valid);
        rule.when = read_condition(fields, "when", groups, Need::optional);
        rule.needs = read_condition(fields, "needs", groups, Need::required);
        rule.because = fields.kept_text("because", text_bytes, Need::required);
        scheme.valid.push_back(std::move(rule));
    });
}

void read_readings(Fields& outer, Scheme& scheme, const Groups& groups) {
    read_objects(outer, "reads", 0, rules_max, Need::optional, [&](Fields& fields) {
        SchemeReading reading;
        reading.id = read_id(fields, scheme.reads);
        reading.when = read_condition(fields, "when", groups, Need::optional);
        read_object(fields, "as", Need::required, [&](Fields& as) {
            reading.as_once = as.one_of("fetch", {"once"}, Need::optional) == "once";
            reading.life_at_most = read_span(as, "life_at_most");
            read_object(as, "frequency_at_most", Need::optional, [&](Fields& item) {
                for (const std::string_view unit : units) {
                    if (!item.reader.find(unit)) continue;
                    if (reading.count_at_most) item.reader.fail(unit, "one unit only was expected");
                    reading.count_unit = *unit_of(unit);
                    reading.count_at_most =
                        static_cast<std::uint32_t>(item.integer(unit, 1, number_max));
                }
                if (!reading.count_at_most) {
                    item.reader.fail("", "one of these was expected: hour day month year");
                }
            });
            if (!reading.as_once && !reading.life_at_most && !reading.count_at_most) {
                as.reader.fail("", "at least one member was expected");
            }
        });
        reading.because = fields.kept_text("because", text_bytes, Need::required);
        scheme.reads.push_back(std::move(reading));
    });
}

LimitRow read_row(Fields& fields, const std::vector<LimitRow>& others, const Groups& groups) {
    LimitRow row;
    row.id = read_id(fields, others);
    read_object(fields, "for", Need::required, [&](Fields& key) {
        row.recipients = read_key(key, "recipient");
        row.templates = read_key(key, "template");
        row.purposes = read_key(key, "purpose");
        const std::string fetch = key.one_of("fetch", {"*", "once", "periodic"}, Need::optional);
        if (!fetch.empty() && fetch != "*") row.once = fetch == "once";
        const auto categories = key.reader.find("categories");
        const bool is_any =
            categories && categories->is(Json::Type::string) && categories->string() == "*";
        if (!is_any) row.categories = read_patterns(key, "categories", groups, Need::optional);
    });
    row.only = read_patterns(fields, "only", groups, Need::optional);
    row.data_range = read_span(fields, "data_range");
    return row;
}

void read_table(Fields& outer,
                std::string_view name,
                LimitTable& table,
                const Groups& groups,
                bool is_of_consents) {
    read_object(outer, name, Need::optional, [&](Fields& fields) {
        table.refuses_unlisted = fields.one_of("unlisted", {"allowed", "refused"}) == "refused";
        read_objects(fields, "rows", 1, limit_rows_max, Need::required, [&](Fields& item) {
            LimitRow row = read_row(item, table.rows, groups);
            if (is_of_consents) {
                row.retention = read_caps(item, "retention");
                row.frequency = read_caps(item, "frequency");
                row.life = read_span(item, "life");
            }
            table.rows.push_back(std::move(row));
        });
        if (is_of_consents) return;
        table.trims_range =
            fields.one_of("over_long", {"refused", "trimmed"}, Need::optional) == "trimmed";
    });
    table.compile();
}

Groups read_groups(Fields& outer) {
    Groups groups;
    const auto member = outer.reader.find("groups", Json::Type::object);
    if (!member) return groups;
    if (member->count() > groups_max) {
        outer.reader.fail("groups", "at most " + std::to_string(groups_max) + " were expected");
        return groups;
    }
    Fields fields(*member, outer.reader.pointer_to("groups"));
    Json::Value group = member->first();
    for (std::uint32_t index = 0; index < member->count(); ++index, group = group.next()) {
        const std::string name(group.name());
        if (!is_code(name)) fields.reader.fail(name, "the name of a group is a code");
        groups[name] = read_patterns(fields, name, groups, Need::required);
    }
    if (auto refusal = fields.reader.finish()) outer.reader.fail(std::move(*refusal));
    return groups;
}

// {"A": ["B"]}: who consented to A consented to B.
void read_implications(Fields& outer, Scheme& scheme) {
    const auto member = outer.reader.find("implies", Json::Type::object);
    if (!member || member->count() == 0) return;
    Fields fields(*member, outer.reader.pointer_to("implies"));
    Json::Value wider = member->first();
    for (std::uint32_t index = 0; index < member->count(); ++index, wider = wider.next()) {
        const std::string name(wider.name());
        if (!is_code(name)) fields.reader.fail(name, "a category was expected");
        for (const std::string& implied : fields.codes(name, 1)) {
            scheme.implied_by[implied].push_back(name);
        }
    }
    if (auto refusal = fields.reader.finish()) outer.reader.fail(std::move(*refusal));
}

void read_windows(Fields& outer, Scheme& scheme) {
    read_object(outer, "windows", Need::optional, [&](Fields& fields) {
        for (std::size_t k = 0; k < std::size(units); ++k) {
            const std::string word =
                fields.one_of(units[k], {"sliding", "calendar", "anchored"}, Need::optional);
            if (word == "sliding") scheme.windows[k] = Window::sliding;
            if (word == "calendar") scheme.windows[k] = Window::calendar;
            if (word == "anchored") scheme.windows[k] = Window::anchored;
        }
    });
}

void read_pins(Fields& outer, Scheme& scheme) {
    read_objects(outer, "vocabularies", 0, pins_max, Need::optional, [&](Fields& fields) {
        VocabularyPin pin;
        pin.id = read_id(fields, scheme.pins);
        pin.version = read_version(fields);
        const std::string sha256 = fields.code("sha256");
        fields.sha256("sha256");
        if (const auto digest = fixed_from_hex<Hash>(sha256)) pin.sha256 = *digest;
        scheme.pins.push_back(std::move(pin));
    });
}

bool read_flag(Fields& fields, std::string_view name) {
    return fields.reader.find(name) && fields.boolean(name);
}

}  // namespace

Checked<Scheme> parse_scheme(std::string_view json) {
    const auto document = Json::parse(json, scheme_json_limits);
    if (!document) return document.error();
    Fields fields(document->root(), "");
    Scheme scheme;
    fields.one_of("schema", {"consentree/scheme/1"});
    scheme.id = fields.code("id");
    scheme.version = read_version(fields);
    scheme.title = fields.kept_text("title", text_bytes, Need::required);
    fields.text("source", text_bytes, Need::optional);
    fields.text("note", text_bytes, Need::optional);
    read_pins(fields, scheme);
    scheme.narrower_purposes = read_flag(fields, "narrower_purposes");
    scheme.one_recurring_per_pair = read_flag(fields, "one_recurring_per_pair");
    if (fields.reader.find("clock_skew_minutes")) {
        scheme.clock_skew_ms = fields.integer("clock_skew_minutes", 0, 24 * 60) * 60'000;
    }
    read_windows(fields, scheme);
    const Groups groups = read_groups(fields);
    read_implications(fields, scheme);
    read_rules(fields, scheme, groups);
    read_readings(fields, scheme, groups);
    read_table(fields, "consents", scheme.consent_limits, groups, true);
    read_table(fields, "requests", scheme.request_limits, groups, false);
    if (auto refusal = fields.reader.finish()) return std::move(*refusal);
    return scheme;
}

}  // namespace consentree::ledger

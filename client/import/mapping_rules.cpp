// Rules and checks of a mapping file.
#include "client/import/checks.h"
#include "client/import/mapping_reader.h"

#include <algorithm>

namespace consentree::client::mapping {

using nlohmann::json;

namespace {

constexpr std::pair<As, std::string_view> conversions[] = {
    {As::string, "string"},     {As::text, "text"},       {As::code, "code"},
    {As::boolean, "bool"},      {As::boolish, "boolish"}, {As::integer, "int"},
    {As::decimal, "decimal"},   {As::time, "time"},       {As::date_end_of_day, "date_end_of_day"},
    {As::duration, "duration"}, {As::party, "party"},     {As::pseudonym, "pseudonym"},
    {As::sha256, "sha256"},     {As::concat, "concat"},   {As::names, "names"},
    {As::count, "count"},
};

constexpr std::int64_t any_least = INT64_MIN, any_most = INT64_MAX;

void read_origin(ObjectReader& reader, Rule& rule) {
    rule.from = reader.paths("from");
    if (const json* constant = reader.get("const")) rule.constant = *constant;
    rule.agreement = reader.path("agreement");
    rule.digest = reader.text("digest");
    rule.cross = reader.paths("cross");
    const int origins = (rule.from.empty() ? 0 : 1) + (rule.constant ? 1 : 0) +
                        (rule.agreement.empty() ? 0 : 1) + (rule.digest.empty() ? 0 : 1) +
                        (rule.cross.empty() ? 0 : 1);
    if (origins != 1) {
        reader.raise("exactly one of from, const, agreement, digest, cross is expected");
    }
}

void read_conversion(ObjectReader& reader, Rule& rule) {
    if (const std::string as = reader.text("as"); !as.empty()) {
        bool known = false;
        for (const auto& [conversion, name] : conversions) {
            if (name != as) continue;
            rule.as = conversion;
            known = true;
        }
        if (!known) reader.raise("unknown conversion \"" + as + "\"");
    }
    if (const std::string by = reader.text("by"); !by.empty()) {
        if (by == "prefix") rule.by = By::prefix;
        if (by == "start") rule.by = By::start;
        if (by != "prefix" && by != "start" && by != "exact") {
            reader.raise_at("by", "exact, prefix or start is expected");
        }
    }
    for (const std::string& name : reader.texts("styles")) {
        const auto style = time_style_of(name);
        if (style) {
            rule.styles.push_back(*style);
        } else {
            reader.raise_at("styles", "unknown time style \"" + name + "\"");
        }
    }
}

// What one conversion needs and another must not have.
void check_conversion(ObjectReader& reader, const Rule& rule) {
    const bool time = rule.as == As::time || rule.as == As::date_end_of_day;
    const bool looks_up = rule.as == As::code || rule.as == As::names;
    if (looks_up && rule.cross.empty() && rule.tables.size() != 1) {
        reader.raise("a code needs one table");
    }
    if (!rule.cross.empty() && (rule.cross.size() != 2 || rule.tables.size() != 2)) {
        reader.raise("cross needs two paths and two tables");
    }
    if (rule.as == As::concat && rule.parts.empty()) reader.raise("a concat needs its parts");
    if (rule.as == As::concat && !rule.tables.empty() && rule.tables.size() != rule.parts.size()) {
        reader.raise("a concat has one table a part (\"\" is none)");
    }
    if (time && rule.styles.empty()) reader.raise("a time needs its styles");
    for (const TimeStyle style : rule.styles) {
        if (time && needs_zone(style) && rule.zone.empty()) {
            reader.raise("the style " + std::string(name_of(style)) + " needs a zone");
        }
    }
    if (rule.as == As::pseudonym && rule.kind.empty()) reader.raise("a pseudonym needs its kind");
    if ((rule.times != 1 || rule.per != 1 || rule.places) && rule.as != As::decimal) {
        reader.raise("times, per and places are for decimals");
    }
    if (!rule.after.empty() && rule.as != As::duration) reader.raise("after is for durations");
    for (const When& where : rule.where) {
        if (where.is.empty() && !where.present)
            reader.raise_at("where", "it can only be about what is there");
    }
}

}  // namespace

Rule read_rule(const json& value, std::size_t number, const Mapping& mapping, Faults& faults) {
    ObjectReader reader(value, "/rules/" + std::to_string(number), faults);
    Rule rule;
    rule.number = number;
    rule.to = reader.text("to", true);
    if (!rule.to.starts_with('/')) reader.raise("\"to\" is not a JSON Pointer");
    read_origin(reader, rule);
    rule.tables = reader.texts("table");
    for (const std::string& table : rule.tables) {
        if (!table.empty() && !mapping.tables.contains(table)) {
            reader.raise("no table \"" + table + "\"");
        }
    }
    read_conversion(reader, rule);
    rule.all = reader.flag("all");
    rule.distinct = reader.flag("distinct");
    rule.first = reader.flag("first");
    rule.where = reader.conditions("where");
    rule.member = reader.paths("member");
    rule.skip = reader.texts("skip");
    rule.when = reader.conditions("when");
    rule.forms = reader.texts("form");
    for (const std::string& name : rule.forms) {
        const bool known = std::any_of(mapping.forms.begin(), mapping.forms.end(),
                                       [&](const Form& form) { return form.name == name; });
        if (!known) reader.raise_at("form", "no form \"" + name + "\"");
    }
    rule.parts = reader.paths("parts");
    rule.kind = reader.text("kind");
    rule.prefix = reader.text("prefix");
    rule.join = reader.text("join");
    rule.zone = reader.path("zone");
    rule.after = reader.path("after");
    constexpr std::int64_t factor_max = 1'000'000'000;
    rule.times = static_cast<std::uint32_t>(reader.integer("times", 1, factor_max).value_or(1));
    rule.per = static_cast<std::uint32_t>(reader.integer("per", 1, factor_max).value_or(1));
    rule.places = reader.integer("places", 0, 30);
    rule.min = reader.integer("min", any_least, any_most);
    rule.max = reader.integer("max", any_least, any_most);
    rule.required = reader.flag("req");
    if (const json* absent = reader.get("absent")) rule.absent = *absent;
    check_conversion(reader, rule);
    return rule;
}

Check read_check(const json& value, std::size_t number, Faults& faults) {
    ObjectReader reader(value, "/checks/" + std::to_string(number), faults);
    Check check;
    check.id = reader.text("id", true);
    check.because = reader.text("because", true);
    if (check.because.empty() || check.because.size() > 300) {
        reader.raise_at("because", "1 to 300 bytes are expected");
    }
    check.at = reader.path("at", true);
    check.when = reader.conditions("when");
    check.where = reader.conditions("where");
    check.is = reader.texts("is");
    check.min = reader.integer("min", any_least, any_most);
    check.max = reader.integer("max", any_least, any_most);
    if (const std::string effect = reader.text("effect"); !effect.empty()) {
        check.review = effect == "review";
        if (effect != "review" && effect != "refuse") {
            reader.raise_at("effect", "review or refuse is expected");
        }
    }
    for (const CheckKind& kind : check_kinds) {
        std::vector<std::string> operands = reader.paths(std::string(kind.name));
        if (operands.empty()) continue;
        if (!check.kind.empty()) reader.raise("a check is of one kind");
        const std::size_t most = kind.operands == 0 ? 16 : kind.operands;
        if (operands.size() < kind.operands || operands.size() > most) {
            reader.raise_at(std::string(kind.name), "the number of paths is wrong");
        }
        if (kind.needs_is == check.is.empty()) {
            reader.raise(kind.needs_is ? "\"is\" is missing" : "\"is\" is not for this kind");
        }
        check.kind = kind.name;
        check.operands = std::move(operands);
    }
    if (check.kind.empty()) reader.raise("one kind of check is expected");
    return check;
}

}  // namespace consentree::client::mapping

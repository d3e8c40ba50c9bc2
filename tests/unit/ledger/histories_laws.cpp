#include "tests/unit/ledger/histories_laws.h"

#include "common/hash.h"
#include "tests/unit/ledger/histories_text.h"

namespace reference {
namespace {

const List units = {"hour", "day", "month", "year"};
const List purposes = {"research", "teaching", "care", "trial"};

std::string hash_of(const std::string& json) {
    return consentree::to_hex(consentree::sha256(consentree::as_bytes(json)).view());
}

std::string span_json(const Span& span) {
    return Text().number(span.unit, span.value).done();
}
std::string caps_json(const Caps& caps) {
    Text text;
    for (const auto& [unit, most] : caps) text.number(unit, most);
    return text.done();
}

std::string test_json(const Test& test) {
    if (!test.words.empty()) return Text::strings(test.words);
    if (test.least || test.most) {
        Text text;
        if (test.least) text.number("min", *test.least);
        if (test.most) text.number("max", *test.most);
        return text.done();
    }
    if (test.about.starts_with("life_")) return span_json(test.span);
    return test.wanted ? "true" : "false";
}
std::string condition_json(const Condition& condition) {
    Text text;
    for (const Test& test : condition) text.raw(test.about, test_json(test));
    return text.done();
}

std::string reading_json(const Reading& reading, int number) {
    Text text, as;
    text.text("id", "a" + std::to_string(number));
    if (!reading.when.empty()) text.raw("when", condition_json(reading.when));
    if (reading.once) as.text("fetch", "once");
    if (reading.life) as.raw("life_at_most", span_json(*reading.life));
    if (reading.frequency) as.raw("frequency_at_most", span_json(*reading.frequency));
    return text.raw("as", as.done()).text("because", "so it is").done();
}

std::string key_json(const Row& row) {
    Text key;
    const auto part = [&key](const char* name, const List& codes) {
        if (codes.size() == 1) key.text(name, codes[0]);
        if (codes.size() > 1) key.list(name, codes);
    };
    part("recipient", row.recipients);
    part("purpose", row.purposes);
    if (row.templates.empty()) key.text("template", "*");
    part("template", row.templates);
    key.some("fetch", row.fetch);
    if (!row.categories.empty()) key.list("categories", row.categories);
    return key.done();
}

std::string table_json(const Table& table) {
    List rows;
    for (const Row& row : table.rows) {
        Text text;
        text.text("id", "r" + std::to_string(rows.size())).raw("for", key_json(row));
        if (!row.only.empty()) text.list("only", row.only);
        if (row.retention) text.raw("retention", caps_json(*row.retention));
        if (row.frequency) text.raw("frequency", caps_json(*row.frequency));
        if (row.life) text.raw("life", span_json(*row.life));
        if (row.data_range) text.raw("data_range", span_json(*row.data_range));
        rows.push_back(text.done());
    }
    Text text;
    text.text("unlisted", table.refuses_unlisted ? "refused" : "allowed");
    if (table.trims) text.text("over_long", "trimmed");
    return text.raw("rows", Text::objects(rows)).done();
}

}  // namespace

std::string scheme_json(const Scheme& scheme, const List& vocabulary_hashes) {
    Text text;
    text.text("schema", "consentree/scheme/1").text("id", scheme.id);
    text.number("version", scheme.version).text("title", "random");
    List pins, valid, reads;
    for (const Vocabulary& pinned : scheme.vocabularies) {
        pins.push_back(Text()
                           .text("id", pinned.id)
                           .number("version", pinned.version)
                           .text("sha256", vocabulary_hashes.at(pins.size()))
                           .done());
    }
    text.raw("vocabularies", Text::objects(pins)).boolean("narrower_purposes", scheme.narrower);
    text.boolean("one_recurring_per_pair", scheme.one_recurring);
    if (scheme.skew_minutes) text.number("clock_skew_minutes", *scheme.skew_minutes);
    Text windows, groups, implies;
    for (const auto& [unit, window] : scheme.windows) windows.text(unit, window);
    for (const auto& [name, patterns] : scheme.groups) groups.list(name, patterns);
    for (const auto& [wide, narrow] : scheme.implies) implies.list(wide, narrow);
    text.raw("windows", windows.done()).raw("groups", groups.done());
    text.raw("implies", implies.done());
    for (const Rule& rule : scheme.valid) {
        Text item;
        item.text("id", "v" + std::to_string(valid.size()));
        if (!rule.when.empty()) item.raw("when", condition_json(rule.when));
        item.raw("needs", condition_json(rule.needs)).text("because", "so it must be");
        valid.push_back(item.done());
    }
    for (const Reading& reading : scheme.reads) {
        reads.push_back(reading_json(reading, static_cast<int>(reads.size())));
    }
    text.raw("valid", Text::objects(valid)).raw("reads", Text::objects(reads));
    if (!scheme.consents.rows.empty()) text.raw("consents", table_json(scheme.consents));
    if (!scheme.requests.rows.empty()) text.raw("requests", table_json(scheme.requests));
    return text.done();
}

std::string vocabulary_json(const Vocabulary& vocabulary) {
    List terms;
    for (const auto& [code, broader] : vocabulary.broader) {
        terms.push_back(Text().text("code", code).list("broader", broader).done());
    }
    return Text()
        .text("schema", "consentree/vocabulary/1")
        .text("id", vocabulary.id)
        .number("version", vocabulary.version)
        .text("title", "random")
        .raw("terms", Text::objects(terms))
        .done();
}

Span Legislature::any_span() {
    const std::string unit = one_of(units);
    if (unit == "hour") return {unit, 1 + pick(2400)};
    if (unit == "day") return {unit, 1 + pick(100)};
    return {unit, 1 + pick(unit == "month" ? 4 : 2)};
}

List Legislature::any_patterns() {
    // Of "la*ab" the parts overlap in "lab".
    static const List patterns = {"lab", "demo", "genome", "*",    "l*",    "*emo",
                                  "*o",  "g*me", "la*ab",  "@few", "@many", "@many"};
    List some{one_of(patterns)};
    while (one_in(3)) some.push_back(one_of(patterns));
    return some;
}

Test Legislature::any_test() {
    switch (pick(19)) {
        case 0: return {.about = "any_category", .words = any_patterns()};
        case 1: return {.about = "all_categories", .words = any_patterns()};
        case 2: return {.about = "purpose", .words = {one_of(purposes), one_of(purposes)}};
        case 3: return {.about = "known_purposes", .wanted = !one_in(4)};
        case 4: return {.about = "action", .words = {one_of({"view", "store", "disclose"})}};
        case 5: return {.about = "template", .words = {one_of({"T1", "T2"})}};
        case 6: return {.about = "special_basis", .wanted = one_in(4)};
        case 7: return {.about = "agreement", .wanted = one_in(4)};
        case 8: return {.about = "fetch", .words = {one_of({"once", "periodic"})}};
        case 9: return {.about = "fetch_unit", .words = {one_of(units), one_of(units)}};
        case 10: return {.about = "fetch_count", .least = pick(2), .most = 1 + pick(3)};
        case 11: return {.about = "fetch_count", .most = pick(4)};
        case 12: return {.about = "max_uses", .least = 1 + pick(3)};
        case 13:
            return {.about = "retention_unit", .words = {"day", one_of({"inf", "hour", "month"})}};
        case 14: return {.about = "retention_value", .most = pick(4)};
        case 15:
            return {.about = "retention_basis",
                    .words = {"from_delivery", one_of({"until_time", "until_event"})}};
        case 16: return {.about = "has_end", .wanted = !one_in(4)};
        case 17: return {.about = "has_data_range", .wanted = one_in(2)};
        default: return {.about = one_in(2) ? "life_at_most" : "life_above", .span = any_span()};
    }
}

Condition Legislature::any_condition() {
    Condition condition{any_test()};
    const Test second = any_test();
    if (one_in(3) && second.about != condition[0].about) condition.push_back(second);
    return condition;
}

Reading Legislature::any_reading() {
    Reading reading;
    if (!one_in(4)) reading.when = any_condition();
    const int what = pick(5);
    reading.once = what == 0;
    if (what == 1 || what == 2) reading.life = any_span();
    if (what > 1) reading.frequency = Span{one_of(units), 1 + pick(3)};
    return reading;
}

Row Legislature::any_row(bool is_of_consents) {
    Row row;
    if (one_in(4)) row.recipients = {"unilab"};
    if (one_in(8)) row.recipients = {"citygov", "medcare"};
    if (one_in(4)) row.templates = {"T1"};
    if (one_in(8)) row.templates = {"T2", "T3"};
    if (one_in(3)) row.purposes = {one_of(purposes)};
    if (one_in(8)) row.purposes = {"teaching", "trial"};
    if (one_in(3)) row.fetch = one_of({"once", "periodic"});
    if (!one_in(3)) row.categories = any_patterns();
    if (one_in(6)) row.only = any_patterns();
    if (!one_in(3)) row.data_range = any_span();
    if (!is_of_consents) return row;
    const auto any_caps = [this] {
        Caps caps;
        for (const std::string& unit : units) {
            if (!one_in(4)) caps[unit] = pick(5);
        }
        return caps;
    };
    if (one_in(3)) row.retention = any_caps();
    if (one_in(4)) row.frequency = any_caps();
    if (one_in(4)) row.life = any_span();
    return row;
}

Table Legislature::any_table(bool is_of_consents) {
    Table table;
    table.refuses_unlisted = one_in(4);
    table.trims = !is_of_consents && one_in(2);
    for (int k = 1 + pick(5); k > 0; --k) table.rows.push_back(any_row(is_of_consents));
    return table;
}

Vocabulary Legislature::any_vocabulary() {
    Vocabulary vocabulary{.id = "words", .version = laws_.next_version("words"), .broader = {}};
    vocabulary.broader["research"] = {};
    vocabulary.broader["teaching"] = one_in(3) ? List{"research"} : List{};
    vocabulary.broader["trial"] = one_in(3) ? List{"research", "teaching"} : List{"research"};
    if (one_in(2)) vocabulary.broader["care"] = one_in(2) ? List{"trial"} : List{};
    vocabulary.broader["words" + std::to_string(random_())] = {};  // No two are the same.
    return vocabulary;
}

Scheme Legislature::any_scheme(const std::string& id) {
    Scheme scheme;
    scheme.id = id;
    const bool is_first = drafts_.size() < 3;  // These have no fault.
    scheme.version = laws_.next_version(id) + (!is_first && one_in(15) ? 1 : 0);
    const Laws::Document* const words = laws_.newest("words");
    if (words != nullptr && !one_in(5)) scheme.vocabularies.push_back(*words->vocabulary);
    // One that nobody has approved.
    if (!is_first && !scheme.vocabularies.empty() && one_in(20)) {
        scheme.vocabularies[0].version += 1;
    }
    scheme.narrower = one_in(2);
    scheme.one_recurring = one_in(2);
    if (one_in(3)) scheme.skew_minutes = std::vector<int>{0, 5, 60, 600}[random_() % 4];
    for (const std::string& unit : units) {
        if (one_in(2)) scheme.windows[unit] = one_of({"sliding", "calendar", "anchored"});
    }
    scheme.groups["few"] = {"lab", "g*"};
    scheme.groups["many"] = {"@few", "demo"};
    if (one_in(2)) scheme.implies["genome"] = {"lab"};
    if (one_in(3)) scheme.implies["lab"] = {"demo", "genome"};
    for (int k = pick(2); k > 0; --k) {
        Rule rule;
        if (!one_in(4)) rule.when = any_condition();
        rule.needs = any_condition();
        scheme.valid.push_back(rule);
    }
    for (int k = pick(3); k > 0; --k) scheme.reads.push_back(any_reading());
    if (!one_in(4)) scheme.consents = any_table(true);
    if (!one_in(3)) scheme.requests = any_table(false);
    return scheme;
}

void Legislature::propose(std::vector<Act>& acts, const std::string& id, Time now) {
    Laws::Document document;
    Draft draft;
    draft.id = id;
    if (id == "words") {
        document.vocabulary = any_vocabulary();
        draft.version = document.vocabulary->version;
        draft.json = vocabulary_json(*document.vocabulary);
    } else {
        document.scheme = any_scheme(id);
        draft.version = document.scheme->version;
        const Laws::Document* const words = laws_.newest("words");
        draft.json = scheme_json(*document.scheme, {words == nullptr ? "" : words->hash});
    }
    draft.hash = document.hash = hash_of(draft.json);
    const bool is_outsider = drafts_.size() >= 3 && one_in(30);
    Act act{is_outsider ? "watchdog-admin" : "northbank-admin", {}, {}, false};
    act.json = Text()
                   .text("type", "policy.propose")
                   .raw("policy", draft.json)
                   .time("occurred_at", now)
                   .done();
    act.refused = laws_.propose(act.key.substr(0, act.key.find('-')), document);
    acts.push_back(std::move(act));
    drafts_.push_back(std::move(draft));
}

void Legislature::approve(std::vector<Act>& acts,
                          const Draft& draft,
                          const std::string& who,
                          Time now) {
    Act act{who + "-admin", {}, {}, false};
    act.json = Text()
                   .text("type", "policy.approve")
                   .text("id", draft.id)
                   .number("version", draft.version)
                   .text("sha256", draft.hash)
                   .time("occurred_at", now)
                   .done();
    const int next = laws_.next_version(draft.id);
    act.refused = laws_.approve(who, draft.id, draft.version, draft.hash);
    act.in_force = laws_.next_version(draft.id) != next;
    acts.push_back(std::move(act));
}

std::vector<Legislature::Act> Legislature::next(Time now) {
    std::vector<Act> acts;
    if (drafts_.empty()) {
        for (const char* id : {"words", "fair", "strict"}) {
            propose(acts, id, now);
            const Draft draft = drafts_.back();
            for (const char* who : {"medcare", "citygov", "unilab"}) approve(acts, draft, who, now);
        }
        return acts;
    }
    if (one_in(3)) propose(acts, one_of({"words", "fair", "fair", "strict"}), now);
    for (int k = pick(3); k > 0; --k) {
        const Draft draft =
            drafts_[drafts_.size() - 1 - random_() % std::min<std::size_t>(drafts_.size(), 4)];
        approve(acts, draft, one_of({"medcare", "citygov", "unilab", "northbank", "watchdog"}),
                now);
    }
    return acts;
}

}  // namespace reference

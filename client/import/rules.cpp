#include "client/import/rules.h"

#include "client/import/convert.h"
#include "client/import/json_tree.h"
#include "common/hash.h"

#include <algorithm>

namespace consentree::client::mapping {

using nlohmann::json;

namespace {

bool is_in(const std::vector<std::string>& list, const std::string& text) {
    return std::find(list.begin(), list.end(), text) != list.end();
}

bool is_skipped(const Rule& rule, const std::string& text) {
    return std::any_of(rule.skip.begin(), rule.skip.end(),
                       [&](const std::string& start) { return text.starts_with(start); });
}

class Rules {
public:
    Rules(const Inputs& inputs, Paths& paths, Standardised& result, std::vector<Refused>& refused)
        : inputs_(inputs), paths_(paths), result_(result), refused_(refused) {}

    void operator()() {
        for (const Rule& rule : inputs_.mapping.rules) {
            if (!rule.forms.empty() && !is_in(rule.forms, result_.form)) continue;
            if (!paths_.holds(rule.when)) continue;
            // An earlier rule has given this member.
            if (rule.to.find('*') == std::string::npos &&
                value_at(result_.record, rule.to) != nullptr) {
                gather(rule);
                continue;
            }
            if (!apply(rule)) absent(rule);
        }
    }

private:
    void put(const Rule& rule, const std::string& to, json value, TraceItem trace) {
        if (!put_at(result_.record, to, std::move(value))) {
            refused_.push_back(
                {trace.pointer, rule_name(rule), "the mapping's \"to\" does not fit the record"});
            return;
        }
        trace.to = to;
        trace.rule = rule_name(rule);
        result_.trace.push_back(std::move(trace));
    }

    // False if the rule found nothing.
    bool apply(const Rule& rule) {
        if (rule.constant) {
            put(rule, rule.to, *rule.constant, {"", "const", "", ""});
            return true;
        }
        if (!rule.digest.empty()) {
            const std::string hash = to_hex(sha256(as_bytes(inputs_.source)).view());
            put(rule, rule.to, rule.digest + hash.substr(0, 40), {"", "digest", "", ""});
            return true;
        }
        if (!rule.agreement.empty()) {
            const json* value = value_at(inputs_.agreement, rule.agreement);
            if (value == nullptr) return false;
            put(rule, rule.to, *value, {"", "agreement", rule.agreement, ""});
            return true;
        }
        if (!rule.cross.empty()) return apply_cross(rule);
        return apply_from(rule);
    }

    // The member of an object that stands for it, or the value itself; null if it has none.
    const SourceValue* standing_for(const Rule& rule, Match& match) {
        if (rule.member.empty() || match.value->kind != SourceValue::Kind::object) {
            return match.value;
        }
        for (const std::string& member : rule.member) {
            if (const SourceValue* value = paths_.below(match, member)) {
                match.pointer += member;
                return value;
            }
        }
        return nullptr;
    }

    // The values that count, of the first path that has any, or of all paths.
    std::vector<Match> gather(const Rule& rule) {
        std::vector<Match> gathered;
        bool taken = false;
        for (const Path& path : rule.from) {
            std::vector<Match> found = paths_.find(path, rule.where);
            for (Match& match : found) match.value = standing_for(rule, match);
            std::erase_if(found, [&](const Match& match) {
                return match.value == nullptr ||
                       (!match.value->is_container() && is_skipped(rule, match.value->text));
            });
            if (taken && !rule.all) continue;  // The others were looked at, and are not unknown.
            taken = taken || !found.empty();
            std::move(found.begin(), found.end(), std::back_inserter(gathered));
        }
        return gathered;
    }

    bool gives_list(const Rule& rule) const {
        if (rule.first || rule.to.find('*') != std::string::npos) return false;
        return rule.all || std::any_of(rule.from.begin(), rule.from.end(), [](const Path& path) {
                   return path.find('*') != std::string::npos;
               });
    }

    bool apply_from(const Rule& rule) {
        std::vector<Match> matches = gather(rule);
        if (rule.as == As::count) {
            put(rule, rule.to, matches.size(), {"", "source", rule.from.front(), ""});
            return true;
        }
        if (matches.empty()) return false;
        const ConvertContext context{
            inputs_.mapping, inputs_.agreement, inputs_.pseudonym_key, result_.record,
            paths_,          result_.warnings};
        const std::size_t star = rule.to.find('*');
        const bool list = gives_list(rule);
        // Where values were left out, the others close up.
        const bool closes_up = rule.distinct || rule.all || !rule.where.empty() ||
                               !rule.skip.empty() || paths_.has_chosen();
        std::set<std::string> seen;
        std::size_t place = 0;
        for (const Match& match : matches) {
            auto value = convert(rule, match, context);
            if (!value) {
                refused_.push_back(value.error());
                continue;
            }
            if (value.value().is_null()) continue;  // The table leaves it out.
            if (rule.distinct && !seen.insert(value.value().dump()).second) continue;
            // Elements would not line up.
            if (!refused_.empty() && (list || star != std::string::npos)) continue;
            std::string to = rule.to;
            if (star != std::string::npos) {
                to.replace(star, 1, std::to_string(closes_up ? place : match.element));
            } else if (list) {
                to = child(to, std::to_string(place));
            }
            ++place;
            put(rule, to, std::move(value.value()), {"", "source", match.pointer, ""});
            if (rule.first) break;
        }
        return place != 0 || !refused_.empty();
    }

    bool apply_cross(const Rule& rule) {
        std::vector<std::string> lists[2];
        for (std::size_t side = 0; side < 2; ++side) {
            for (const Match& match : paths_.find(rule.cross[side])) {
                auto code =
                    match.value->is_container()
                        ? Converted(Refused{match.pointer, rule_name(rule), "a code is expected"})
                        : look_up(inputs_.mapping, rule.tables[side], rule.by, match.value->text,
                                  match.pointer);
                if (!code) {
                    refused_.push_back(code.error());
                } else if (code.value().is_string()) {
                    lists[side].push_back(code.value().get<std::string>());
                }
            }
        }
        if (lists[0].empty() || lists[1].empty()) return !refused_.empty();
        json values = json::array();
        for (const std::string& a : lists[0]) {
            for (const std::string& b : lists[1]) {
                if (values.size() == limits_of_a_list) break;
                const json code = std::string(rule.prefix).append(a).append(rule.join).append(b);
                if (std::find(values.begin(), values.end(), code) == values.end()) {
                    values.push_back(code);
                }
            }
        }
        put(rule, rule.to, std::move(values),
            {"", "source", paths_.resolve(rule.cross[0]) + " x " + paths_.resolve(rule.cross[1]),
             ""});
        return true;
    }

    void absent(const Rule& rule) {
        if (rule.absent) {
            put(rule, rule.to, *rule.absent, {"", "const", "", ""});
        } else if (rule.required && !rule.agreement.empty()) {
            refused_.push_back({"", "agreement-lacks " + rule.agreement,
                                "the source has no " + rule.to.substr(1) +
                                    ", and the agreement does not give it at " + rule.agreement});
        } else if (rule.required) {
            const Path& path = rule.cross.empty() ? rule.from.front() : rule.cross.front();
            refused_.push_back({paths_.resolve(path), rule_name(rule), "required, and not there"});
        }
    }

    // Longer than any list of a record may be, so that the ledger's schema refuses it.
    static constexpr std::size_t limits_of_a_list = 1024;

    const Inputs& inputs_;
    Paths& paths_;
    Standardised& result_;
    std::vector<Refused>& refused_;
};

}  // namespace

void apply_rules(const Inputs& inputs,
                 Paths& paths,
                 Standardised& result,
                 std::vector<Refused>& refused) {
    Rules(inputs, paths, result, refused)();
}

}  // namespace consentree::client::mapping

#include "client/import/standardise.h"

#include "client/import/checks.h"
#include "client/import/convert.h"
#include "client/import/json_tree.h"
#include "client/import/jws.h"
#include "client/import/paths.h"
#include "common/hash.h"
#include "common/limits.h"
#include "ledger/event.h"

#include <algorithm>

namespace consentree::client::mapping {

using nlohmann::json;

namespace {

bool is_kind(const SourceValue* value, const std::string& kind) {
    if (value == nullptr) return false;
    switch (value->kind) {
        case SourceValue::Kind::object: return kind == "object";
        case SourceValue::Kind::array: return kind == "array";
        case SourceValue::Kind::text: return kind == "string";
        default: return false;
    }
}

const SourceValue* whole_or_part(const SourceValue& document, const std::string& pointer) {
    const SourceValue* at = &document;
    for (const std::string& token : pointer_tokens(pointer)) {
        at = at->find(token);
        if (at == nullptr) return nullptr;
    }
    return at;
}

const Form* detect(const Mapping& mapping, const SourceValue& document) {
    for (const Form& form : mapping.forms) {
        bool fits = true;
        for (const Detect& one : form.detect) {
            fits = fits && is_kind(whole_or_part(document, one.at), one.is);
        }
        if (fits) return &form;
    }
    return nullptr;
}

// One document on its way to a record.
class Run {
public:
    explicit Run(const Inputs& inputs) : inputs_(inputs) {}

    Outcome operator()() {
        if (prepare()) {
            Paths paths(document_, form_->base);
            apply_rules(paths);
            read_status(paths);
            for (const Check& check : inputs_.mapping.checks) {
                if (auto refused = run_check(check, paths, result_.record)) {
                    refused_.push_back(std::move(*refused));
                }
            }
            report_unknown(paths);
            if (refused_.empty()) finish(paths);
        }
        // What the source itself breaks comes before what the importer has yet to supply.
        std::stable_partition(refused_.begin(), refused_.end(), [](const Refused& refused) {
            return refused.rule != "party-known" && refused.rule != "pseudonym-key" &&
                   !refused.rule.starts_with("agreement-lacks");
        });
        Outcome outcome;
        outcome.refused = std::move(refused_);
        if (outcome.refused.empty()) outcome.value = std::move(result_);
        return outcome;
    }

private:
    bool refuse(std::string pointer, std::string rule, std::string detail) {
        refused_.push_back({std::move(pointer), std::move(rule), std::move(detail)});
        return false;
    }

    bool prepare() {
        auto document = parse_source(inputs_.source);
        if (!document) {
            refused_.push_back(document.error());
            return false;
        }
        document_ = std::move(*document);
        form_ = detect(inputs_.mapping, document_);
        if (form_ == nullptr) {
            return refuse("", "not-a-consent",
                          "no form of a consent that mapping " + inputs_.mapping.id + " knows");
        }
        result_.form = form_->name;
        result_.record = json::object();
        return form_->jws.empty() || open_signed();
    }

    // The string at form.jws becomes {"header": …, "payload": …}.
    bool open_signed() {
        SourceValue* place = &document_;
        for (const std::string& token : pointer_tokens(form_->jws)) {
            place = place->find(token);
            if (place == nullptr) return refuse(form_->jws, "jws-form", "not there");
        }
        auto jws = open_jws(place->text, inputs_.jws_key);
        if (!jws) return refuse(form_->jws, jws.error().rule, jws.error().detail);
        SourceValue opened;
        opened.kind = SourceValue::Kind::object;
        const std::pair<const char*, const std::string*> parts[] = {{"header", &jws->header},
                                                                    {"payload", &jws->payload}};
        for (const auto& [name, text] : parts) {
            auto part = parse_source(*text);
            if (!part) {
                return refuse(child(form_->jws, name) + part.error().pointer, part.error().rule,
                              part.error().detail);
            }
            opened.members.push_back({name, std::move(*part)});
        }
        *place = std::move(opened);
        result_.jws_header = jws->header;
        result_.jws_verified = jws->verified;
        return true;
    }

    void put(const Rule& rule, const std::string& to, json value, TraceItem trace) {
        if (value.is_null() && !rule.absent) return;  // A table's null: leave it out.
        if (!put_at(result_.record, to, std::move(value))) {
            refuse(trace.pointer, rule_name(rule), "the mapping's \"to\" does not fit the record");
            return;
        }
        trace.to = to;
        trace.rule = rule_name(rule);
        result_.trace.push_back(std::move(trace));
    }

    void apply_rules(Paths& paths) {
        for (const Rule& rule : inputs_.mapping.rules) {
            if (rule.when && !paths.holds(*rule.when)) continue;
            // An earlier rule has given this member.
            if (rule.to.find('*') == std::string::npos &&
                value_at(result_.record, rule.to) != nullptr) {
                for (const Path& path : rule.from) paths.find(path);
                continue;
            }
            if (!apply(rule, paths)) absent(rule, paths);
        }
    }

    // False if the rule found nothing.
    bool apply(const Rule& rule, Paths& paths) {
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
        if (!rule.cross.empty()) return apply_cross(rule, paths);
        return apply_from(rule, paths);
    }

    bool apply_from(const Rule& rule, Paths& paths) {
        std::vector<Match> matches;
        bool many = false;
        for (const Path& path : rule.from) {
            std::vector<Match> found = paths.find(path);
            if (!matches.empty() || found.empty()) continue;
            matches = std::move(found);
            many = path.find('*') != std::string::npos;
        }
        if (matches.empty()) return false;
        const ConvertContext context{inputs_.mapping, inputs_.agreement, inputs_.pseudonym_key};
        const std::size_t star = rule.to.find('*');
        for (std::size_t i = 0; i < matches.size(); ++i) {
            auto value = convert(rule, matches[i], context);
            if (!value) {
                refused_.push_back(value.error());
                continue;
            }
            std::string to = rule.to;
            if (star != std::string::npos) {
                to.replace(star, 1, std::to_string(matches[i].element));
            } else if (many) {
                to = child(to, std::to_string(i));
            }
            if (!refused_.empty() && many) continue;  // Elements would not line up.
            put(rule, to, std::move(value.value()), {"", "source", matches[i].pointer, ""});
        }
        return true;
    }

    bool apply_cross(const Rule& rule, Paths& paths) {
        std::vector<std::string> lists[2];
        for (std::size_t side = 0; side < 2; ++side) {
            for (const Match& match : paths.find(rule.cross[side])) {
                auto code = look_up(inputs_.mapping, rule.tables[side], match);
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
                const json code = std::string(rule.prefix).append(a).append(rule.join).append(b);
                if (std::find(values.begin(), values.end(), code) == values.end()) {
                    values.push_back(code);
                }
            }
        }
        put(rule, rule.to, std::move(values),
            {"", "source", paths.resolve(rule.cross[0]) + " x " + paths.resolve(rule.cross[1]),
             ""});
        return true;
    }

    void absent(const Rule& rule, Paths& paths) {
        if (rule.absent) {
            put(rule, rule.to, *rule.absent, {"", "const", "", ""});
        } else if (rule.required && !rule.agreement.empty()) {
            refuse("", "agreement-lacks " + rule.agreement,
                   "the source has no " + rule.to.substr(1) +
                       ", and the agreement does not give it at " + rule.agreement);
        } else if (rule.required) {
            const Path& path = rule.cross.empty() ? rule.from.front() : rule.cross.front();
            refuse(paths.resolve(path), rule_name(rule), "required, and not there");
        }
    }

    void read_status(Paths& paths) {
        if (!inputs_.mapping.status) {
            result_.steps = {"request"};
            return;
        }
        const Status& status = *inputs_.mapping.status;
        const SourceValue* value = paths.one(status.at);
        if (value == nullptr) {
            result_.steps = status.absent;
            return;
        }
        const auto found = status.table.find(value->text);
        if (found == status.table.end()) {
            refuse(paths.resolve(status.at), "status-known",
                   "not a status of this standard that the mapping knows");
            return;
        }
        result_.steps = found->second;
    }

    void report_unknown(Paths& paths) {
        for (const Path& path : inputs_.mapping.ignore) paths.ignore(path);
        result_.unknown = paths.unused();
        if (!inputs_.strict) return;
        for (const std::string& pointer : result_.unknown) {
            refuse(pointer, "unknown-member", "the mapping neither uses nor ignores it");
        }
    }

    // Adds what binds the record to its source, and lets the ledger's own schema judge it.
    void finish(Paths& paths) {
        const SourceValue* version =
            form_->format_version.empty() ? nullptr : paths.one(form_->format_version);
        result_.record["source"] = {
            {"format", inputs_.mapping.source},
            {"format_version", version == nullptr ? "unstated" : version->text},
            {"sha256", to_hex(sha256(as_bytes(inputs_.source)).view())},
            {"mapping_id", inputs_.mapping.id + "-" + std::to_string(inputs_.mapping.version)},
            {"mapping_sha256", to_hex(inputs_.mapping.hash.view())}};
        result_.trace.push_back({"/source", "engine", "", ""});
        const std::string any_time = "2000-01-01T00:00:00.000Z";
        for (const std::string& event : lifecycle_events(result_, any_time)) {
            auto checked = ledger::parse_event(event);
            if (checked) continue;
            const Refusal& refusal = checked.error();
            std::string member = refusal.pointer;
            if (member.starts_with("/consent/")) member = member.substr(8);
            refuse(source_of(member), "record " + member, refusal.detail);
            return;
        }
    }

    // Where the record's member came from, by the longest traced prefix.
    std::string source_of(const std::string& member) const {
        std::size_t longest = 0;
        std::string pointer;
        for (const TraceItem& item : result_.trace) {
            const bool fits = member.starts_with(item.to) || item.to.starts_with(member);
            if (!fits || item.to.size() < longest || item.origin != "source") continue;
            longest = item.to.size();
            pointer = item.pointer;
        }
        return pointer;
    }

    const Inputs& inputs_;
    SourceValue document_;
    const Form* form_ = nullptr;
    Standardised result_;
    std::vector<Refused> refused_;
};

}  // namespace

Outcome standardise(const Inputs& inputs) {
    return Run(inputs)();
}

std::vector<std::string> lifecycle_events(const Standardised& consent,
                                          const std::string& occurred_at) {
    using nlohmann::ordered_json;
    std::vector<std::string> events;
    const json& record = consent.record;
    const auto about = [&](const std::string& type) {
        return ordered_json{{"type", type},
                            {"issuer", record.value("issuer", "")},
                            {"consent_id", record.value("consent_id", "")},
                            {"version", record.value("version", 1)}};
    };
    for (const std::string& step : consent.steps) {
        if (step == "request") {
            // The record's bytes in the order of RFC 8785.
            events.push_back("{\"type\":\"consent.request\",\"consent\":" + record.dump() +
                             ",\"occurred_at\":\"" + occurred_at + "\"}");
        } else if (step == "authorise") {
            const json* grantors = value_at(record, "/grantors");
            if (grantors == nullptr || !grantors->is_array()) continue;
            for (const json& grantor : *grantors) {
                ordered_json event = about("consent.authorise");
                event["grantor"] = grantor.is_object() ? grantor.value("party", "") : "";
                event["occurred_at"] = occurred_at;
                events.push_back(event.dump());
            }
        } else {
            ordered_json event = about("consent." + step);
            event["reason"] = "source-status";
            event["occurred_at"] = occurred_at;
            events.push_back(event.dump());
        }
    }
    return events;
}

}  // namespace consentree::client::mapping

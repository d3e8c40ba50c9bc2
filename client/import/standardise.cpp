#include "client/import/standardise.h"

#include "client/import/checks.h"
#include "client/import/convert.h"
#include "client/import/json_tree.h"
#include "client/import/jws.h"
#include "client/import/paths.h"
#include "client/import/rules.h"
#include "client/import/scheme_rules.h"
#include "common/hash.h"
#include "common/limits.h"
#include "ledger/event.h"

#include <algorithm>

namespace consentree::client::mapping {

using nlohmann::json;

namespace {

constexpr const char* any_time = "2000-01-01T00:00:00.000Z";
constexpr std::size_t review_bytes = 512;  // As the ledger limits a text.
constexpr std::size_t parts_max = 64;      // Records of one document: one transaction.

bool is_kind(const SourceValue* value, const std::string& kind) {
    if (value == nullptr || value->kind == SourceValue::Kind::null) return kind == "absent";
    switch (value->kind) {
        case SourceValue::Kind::object: return kind == "object";
        case SourceValue::Kind::array: return kind == "array";
        case SourceValue::Kind::text: return kind == "string";
        case SourceValue::Kind::boolean: return kind == "boolean";
        default: return kind == "number";
    }
}

bool fits(const Detect& detect, Paths& paths) {
    const std::vector<Match> found = paths.find(detect.at);
    if (found.empty()) return detect.is == "absent";
    return std::any_of(found.begin(), found.end(), [&](const Match& match) {
        if (!detect.is.empty()) return is_kind(match.value, detect.is);
        if (match.value->is_container()) return false;
        const std::string& text = match.value->text;
        if (!detect.starts.empty()) return text.starts_with(detect.starts);
        return std::find(detect.equals.begin(), detect.equals.end(), text) != detect.equals.end();
    });
}

// One document on its way to a record.
class Run {
public:
    explicit Run(const Inputs& inputs) : inputs_(inputs) {}

    Outcome operator()() {
        if (prepare()) {
            Paths paths(document_, form_->base, inputs_.mapping.single_is_list);
            const Standardised blank = result_;
            for (const Match& part : parts_of(paths)) {
                result_ = blank;
                if (!part.stars.empty()) paths.choose(inputs_.mapping.split->at, part.stars);
                make(paths);
                if (!part.stars.empty()) name_part();
                made_.push_back(std::move(result_));
            }
            paths.choose("", {});
            report_unknown(paths);
            for (Standardised& one : made_) {
                result_ = std::move(one);
                if (refused_.empty()) finish(paths);
                one = std::move(result_);
            }
        }
        // What the source itself breaks comes before what the importer has yet to supply.
        std::stable_partition(refused_.begin(), refused_.end(), [](const Refused& refused) {
            return refused.rule != "party-known" && refused.rule != "pseudonym-key" &&
                   !refused.rule.starts_with("agreement-lacks");
        });
        Outcome outcome;
        outcome.refused = std::move(refused_);
        if (!outcome.refused.empty()) return outcome;
        outcome.value = std::move(made_.front());
        outcome.others.assign(std::move_iterator(made_.begin() + 1),
                              std::move_iterator(made_.end()));
        return outcome;
    }

private:
    // The values that are records of their own; without any, the whole document is one.
    std::vector<Match> parts_of(Paths& paths) {
        std::vector<Match> parts;
        if (const auto& split = inputs_.mapping.split) parts = paths.find(split->at, split->where);
        if (parts.size() > parts_max) {
            refuse(paths.resolve(inputs_.mapping.split->at), "too-many-records",
                   "more than " + std::to_string(parts_max) + " records in one document");
        }
        if (parts.size() < 2 || parts.size() > parts_max) parts = {Match{}};
        return parts;
    }

    void make(Paths& paths) {
        std::vector<Refused> refused;
        std::swap(refused, refused_);
        apply_rules(inputs_, paths, result_, refused_);
        read_status(paths);
        run_checks(paths);
        if (inputs_.mapping.scheme != nullptr) keep_scheme();
        // What is missing for one part is often missing for all.
        for (Refused& one : refused_) {
            const bool is_new = std::none_of(refused.begin(), refused.end(), [&](const auto& old) {
                return old.pointer == one.pointer && old.rule == one.rule;
            });
            if (is_new) refused.push_back(std::move(one));
        }
        refused_ = std::move(refused);
    }

    // The document's own id groups its records.
    void name_part() {
        json& record = result_.record;
        const std::string id = record.value("consent_id", "");
        record["consent_id"] = id + "." + std::to_string(made_.size() + 1);
        if (!record.contains("arrangement_id")) record["arrangement_id"] = id;
        result_.trace.push_back({"/arrangement_id", "engine", "", "split"});
    }

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
        form_ = detect_form(inputs_.mapping, document_);
        if (form_ == nullptr) {
            return refuse("", "not-a-consent",
                          "no form of a document that mapping " + inputs_.mapping.id + " knows");
        }
        if (!form_->refuse.empty()) return refuse("", form_->refuse, form_->because);
        result_.target = inputs_.mapping.target;
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

    void read_status(Paths& paths) {
        if (!form_->steps.empty() || !inputs_.mapping.status) {
            result_.steps = form_->steps;
            if (result_.steps.empty()) result_.steps = {"request"};
            return;
        }
        const Status& status = *inputs_.mapping.status;
        const std::vector<Match> found = paths.find(status.at);
        if (found.empty() || status.each) result_.steps = status.absent;
        for (const Match& match : found) {
            const auto steps = status.table.find(match.value->text);
            if (steps == status.table.end()) {
                refuse(match.pointer, "status-known",
                       "not a status of this standard that the mapping knows");
                return;
            }
            auto& all = result_.steps;
            all.insert(all.end(), steps->second.begin(), steps->second.end());
            if (!status.each) break;
        }
        if (inputs_.mapping.target != Target::consent) return;
        if (const auto step = impossible_step(result_.steps)) {
            refuse(paths.resolve(status.at), "status-order",
                   "a consent cannot get to \"" + *step + "\" from the states before it");
        }
    }

    // Failed checks refuse the document, or ask for a person to look at it.
    void run_checks(Paths& paths) {
        std::string review;
        std::set<std::string> shown;  // Of the checks that share an id, the first that fails.
        for (const Check& check : inputs_.mapping.checks) {
            auto failed = run_check(check, paths, result_.record);
            if (!failed || !shown.insert(check.id).second) continue;
            if (!check.review) {
                refused_.push_back(std::move(*failed));
                continue;
            }
            result_.trace.push_back({"/needs_review", "check", failed->pointer, failed->rule});
            const std::string more = (review.empty() ? "" : "; ") + failed->detail;
            if (review.size() + more.size() <= review_bytes) review += more;
        }
        if (!review.empty()) result_.record["needs_review"] = review;
    }

    void keep_scheme() {
        const auto events = events_of(result_, any_time);
        if (events.empty()) return;
        for (Refused& broken : broken_rules(*inputs_.mapping.scheme, events.front())) {
            refuse(source_of(broken.pointer), broken.rule, broken.detail);
        }
    }

    void report_unknown(Paths& paths) {
        for (const Path& path : inputs_.mapping.ignore) paths.ignore(path);
        if (!form_->format_version.empty()) paths.ignore(form_->format_version);
        const std::vector<std::string> unknown = paths.unused();
        for (Standardised& one : made_) one.unknown = unknown;
        if (paths.overflow()) {
            refuse(*paths.overflow(), "too-many-values",
                   "more than " + std::to_string(limits::mapping_values) + " values at one path");
        }
        if (!inputs_.strict) return;
        for (const std::string& pointer : unknown) {
            refuse(pointer, "unknown-member", "the mapping neither uses nor ignores it");
        }
    }

    // Adds what binds the record to its source, and lets the ledger's own schema judge it.
    void finish(Paths& paths) {
        if (result_.target == Target::consent) bind(paths);
        const std::vector<std::string> events = events_of(result_, any_time);
        for (std::size_t i = 0; i < events.size(); ++i) {
            auto checked = ledger::parse_event(events[i]);
            if (checked) continue;
            const Refusal& refusal = checked.error();
            std::string member = refusal.pointer;
            if (member.starts_with("/consent/")) member = member.substr(8);
            std::string from = source_of(member);
            if (result_.target != Target::consent) {
                from = source_of("/common" + member);
                if (from.empty()) from = source_of("/" + result_.steps[i] + member);
            }
            refuse(from, "record " + member, refusal.detail);
            return;
        }
    }

    void bind(Paths& paths) {
        const SourceValue* version =
            form_->format_version.empty() ? nullptr : paths.one(form_->format_version);
        result_.record["source"] = {
            {"format", inputs_.mapping.source},
            {"format_version", version == nullptr ? "unstated" : version->text},
            {"sha256", to_hex(sha256(as_bytes(inputs_.source)).view())},
            {"mapping_id", inputs_.mapping.id + "-" + std::to_string(inputs_.mapping.version)},
            {"mapping_sha256", to_hex(inputs_.mapping.hash.view())}};
        if (!inputs_.agreement_sha256.empty()) {
            result_.record["source"]["agreement_sha256"] = inputs_.agreement_sha256;
        }
        result_.trace.push_back({"/source", "engine", "", ""});
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
            // Of what lies below the member: the place that holds it.
            for (std::size_t k = member.size(); k < item.to.size(); ++k) {
                if (item.to[k] == '/') pointer.erase(std::min(pointer.rfind('/'), pointer.size()));
            }
        }
        return pointer;
    }

    const Inputs& inputs_;
    SourceValue document_;
    const Form* form_ = nullptr;
    Standardised result_;  // At work on,
    std::vector<Standardised> made_;
    std::vector<Refused> refused_;
};

}  // namespace

const Form* detect_form(const Mapping& mapping, const SourceValue& document) {
    Paths paths(document, "", mapping.single_is_list);
    for (const Form& form : mapping.forms) {
        const bool is_it = std::all_of(form.detect.begin(), form.detect.end(),
                                       [&](const Detect& one) { return fits(one, paths); });
        if (is_it) return &form;
    }
    return nullptr;
}

Outcome standardise(const Inputs& inputs) {
    return Run(inputs)();
}

}  // namespace consentree::client::mapping

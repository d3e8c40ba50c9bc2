#include "client/report/run.h"

#include "client/report/by_event_time.h"
#include "client/report/cells.h"
#include "common/keys.h"
#include "common/time.h"
#include "ledger/map_fn.h"
#include "ledger/transaction.h"

#include <algorithm>

namespace consentree::client::report {

namespace {

using ledger::IndexKey;

Failure usage(const std::string& what, const std::string& hint) {
    Failure failure;
    failure.kind = FailureKind::usage;
    failure.code = "usage";
    failure.what = what;
    failure.hint = hint;
    return failure;
}

// The pages are not those of one answer.
Failure broken(const std::string& why) {
    Failure failure;
    failure.kind = FailureKind::verification_failed;
    failure.code = "evidence-failed";
    failure.what = "verification FAILED: the pages are not one complete answer";
    failure.why = why;
    failure.hint = "Ask another node.";
    return failure;
}

bool read_time(const std::string& text, std::optional<TimeMs>& time) {
    if (text.empty()) return true;
    time = parse_rfc3339(text);
    if (!time) time = parse_date(text);
    return time.has_value();
}

bool is_among(std::string_view words, std::string_view word) {
    for (const std::string& one : parts_of_words(words)) {
        if (one == word) return true;
    }
    return false;
}

// The members of a query that a report may be given, by the names of its parameters.
std::vector<std::pair<std::string, std::string>> members(const Query& query) {
    return {{"subject", query.subject},
            {"consent", query.consent},
            {"issuer", query.issuer},
            {"actor", query.actor},
            {"provider", query.provider},
            {"purpose", query.purpose},
            {"category", query.category},
            {"verdict", query.verdict},
            {"from", query.from},
            {"to", query.to},
            {"as-of", query.as_of},
            {"access", query.access},
            {"user", query.user},
            {"notice", query.notice},
            {"within", query.within},
            {"keep", query.keep},
            {"collapse", query.collapse ? "yes" : ""},
            {"event-time", query.event_time ? "yes" : ""}};
}

// Whose signatures cover the entries of a page, in their order.
std::vector<std::string> signers_of(const ledger::Evidence& evidence) {
    std::vector<std::string> signers;
    for (const ledger::SignedRun& run : evidence.transactions) {
        const auto header = ledger::parse_header(run.header);
        signers.insert(signers.end(), run.entries, header ? fingerprint(header->key) : "");
    }
    return signers;
}

}  // namespace

namespace {

bool is_verdict(std::string_view text) {
    for (int value = 1; value <= 5; ++value) {
        if (text == ledger::verdict_name(static_cast<ledger::Verdict>(value))) return true;
    }
    return false;
}

}  // namespace

Outcome<Run> Run::begin(const Query& query, const std::string& institution) {
    Run run;
    run.scope_.query = query;
    run.kind_ = find_kind(query.name);
    const auto& all = api::reports();
    const auto info = std::ranges::find(all, query.name, &api::ReportInfo::name);
    if (run.kind_ == nullptr || info == all.end()) {
        return usage("there is no report " + query.name, "consentree report --help lists them.");
    }
    run.info_ = &*info;
    for (const auto& [name, value] : members(query)) {
        const bool is_own = is_among(info->takes, name) || is_among(info->demands, name);
        const auto& common = api::report_parameters();
        const bool is_common = std::ranges::find(common, name) != common.end();
        if (!value.empty() && !is_own && !is_common) {
            return usage(query.name + " does not take " + name,
                         "See consentree report " + query.name + " --help.");
        }
        if (value.empty() && is_among(info->demands, name)) {
            return usage(query.name + " needs --" + name,
                         "See consentree report " + query.name + " --help.");
        }
    }
    if (!query.verdict.empty() && !is_verdict(query.verdict)) {
        return usage("there is no verdict " + query.verdict,
                     "One of: PERMIT, DENY, PERMIT_OTHER_BASIS, OVERRIDE, NEEDS_REVIEW.");
    }
    if (query.collapse && run.kind_->same.empty()) {
        return usage(query.name + " has nothing to collapse", "Leave --collapse out.");
    }
    if (query.collapse && query.event_time) {
        return usage("repeated accesses are put together by their recorded verdicts",
                     "Leave --collapse or --event-time out.");
    }
    if (auto failure = run.choose_key(institution)) return *failure;
    run.is_by_event_time_ = run.kind_->is_by_event_time || query.event_time;
    const IndexKey about = run.question_.kind;
    if (run.is_by_event_time_ && about != IndexKey::subject && about != IndexKey::consent) {
        return usage(
            "an institution's entries do not say what its accesses were by event time",
            "That takes all entries of the consents: name a subject (--subject) or a consent.");
    }
    if (auto failure = run.read_times()) return *failure;
    return run;
}

// What an access does not say of itself must be the key; otherwise the narrowest is.
std::optional<Failure> Run::choose_key(const std::string& institution) {
    Query& query = scope_.query;
    if (!query.provider.empty() && !query.subject.empty()) {
        return usage("of a subject and a provider only one can be named",
                     "Name the subject: the consents in its rows say who holds the data.");
    }
    scope_.filter = query;
    const std::pair<IndexKey, std::string*> choices[] = {
        {IndexKey::provider, &scope_.filter.provider},
        {IndexKey::consent, &scope_.filter.consent},
        {IndexKey::subject, &scope_.filter.subject},
        {IndexKey::actor, &scope_.filter.actor}};
    for (const auto& [kind, label] : choices) {
        const std::string_view name = ledger::index_key_name(kind);
        if (label->empty() || !is_among(info_->keys, name)) continue;
        question_.kind = kind;
        question_.label = std::exchange(*label, {});
        if (kind != IndexKey::consent) return std::nullopt;
        if (query.issuer.empty()) query.issuer = institution;
        question_.issuer = query.issuer;
        scope_.filter.issuer.clear();
        if (!query.issuer.empty()) return std::nullopt;
        return usage("a consent is named together with its issuer", "Give --issuer.");
    }
    std::string keys;
    for (const std::string& key : parts_of_words(info_->keys)) {
        keys += (keys.empty() ? "--" : ", --") + key;
    }
    return usage(query.name + " is about somebody: " + keys,
                 "consentree report " + query.name + " " + keys.substr(0, keys.find(',')) + " …");
}

std::optional<Failure> Run::read_times() {
    const Query& query = scope_.query;
    ledger::Question window;
    const bool is_moment = query.as_of.empty() || ledger::read_as_of(query.as_of, window);
    if (!is_moment || !read_time(query.from, window.from) || !read_time(query.to, window.to)) {
        return usage("--from, --to or --as-of is no time",
                     "Times are RFC 3339 or dates, e.g. 2026-11-01.");
    }
    for (const std::string* span : {&query.within, &query.keep}) {
        if (span->empty() || later(0, *span)) continue;
        return usage(*span + " is no length of time", "For example 12h, 30d, 6m or 7y.");
    }
    scope_.from = window.from;
    scope_.to = window.to;
    if (window.from && window.to && *window.from > *window.to) {
        return usage("--from is after --to", "");
    }
    const Reads reads = is_by_event_time_ ? Reads::everything : kind_->reads;
    if (reads == Reads::window || reads == Reads::from_window) question_.from = window.from;
    if (reads == Reads::window || reads == Reads::until_window) question_.to = window.to;
    question_.as_of_height = window.as_of_height;
    question_.as_of_time = window.as_of_time;
    return std::nullopt;
}

void Run::start(const ledger::EvidenceReport& report, Sink& sink) {
    const bool is_past = question_.as_of_height || question_.as_of_time;
    scope_.moment = static_cast<TimeMs>(report.as_of_time_us / 1000);
    statement_.time = format_time(scope_.moment);
    // The log was as it is until its validators last said so.
    if (!is_past && report.as_of_s) {
        scope_.moment = std::max(scope_.moment, static_cast<TimeMs>(*report.as_of_s) * 1000);
    }
    statement_.height = report.as_of_height;
    statement_.checkpoint = report.note;
    statement_.root = to_hex(report.checkpoint.root.view());
    statement_.tree_size = report.checkpoint.tree_size;
    statement_.signers = report.signers;
    statement_.signers_needed = report.signers_needed;
    statement_.rules = "verdicts as each entry holds them" +
                       std::string(is_by_event_time_ ? ", and by event time as of then" : "") +
                       "; index by MapFn " + to_hex(report.seal.mapfn.view()) + "; epoch " +
                       std::to_string(report.seal.epoch) + ", validators " +
                       to_hex(report.seal.validator_set.view());
    heading_.number = info_->number;
    heading_.name = info_->name;
    heading_.question = info_->question;
    heading_.articles = info_->articles;
    for (auto& [name, value] : members(scope_.query)) {
        if (!value.empty()) heading_.query.emplace_back(name, value);
    }
    heading_.about = ledger::describe(question_);
    heading_.network = to_hex(report.network.view());
    heading_.columns = is_by_event_time_ ? with_event_time(kind_->columns) : kind_->columns;
    if (scope_.query.collapse) {
        collapse_ = std::make_unique<Collapse>(*kind_);
        heading_.columns = collapse_->columns();
    }
    rows_ = std::make_shared<std::uint64_t>(0);
    sink_ = std::make_shared<Sink*>(&sink);
    const auto emit = [to = sink_, rows = rows_](const Row& row) {
        ++*rows;
        (*to)->row(row);
    };
    if (collapse_) {
        scope_.emit = [collapse = collapse_.get()](const Row& row) { collapse->take(row); };
    } else {
        scope_.emit = emit;
    }
    scope_.policies = policies_;
    maker_ = is_by_event_time_ ? make_by_event_time(*kind_, scope_) : kind_->make(scope_);
    if (!is_past) question_.as_of_height = report.seal.height;
    sink.begin(heading_);
    has_begun_ = true;
}

std::optional<Failure> Run::take(const ledger::Evidence& evidence,
                                 const ledger::EvidenceReport& report,
                                 Sink& sink) {
    const std::uint64_t first = ledger::first_position(evidence);
    const std::uint64_t end = ledger::end_position(evidence);
    const bool is_start = descends() ? report.to_end : report.from_start;
    if (position_ ? (descends() ? end : first) != *position_ : !is_start) {
        return broken("a page does not start where the one before it ended");
    }
    const bool is_end = descends() ? report.from_start : report.to_end;
    if (!is_end && report.entries.empty()) return broken("a page is empty");
    // Pages of different checkpoints agree on the order of the log.
    if (last_leaf_ && !report.entries.empty()) {
        const std::uint64_t next =
            descends() ? report.entries.back().index : report.entries.front().index;
        if (descends() ? next >= *last_leaf_ : next <= *last_leaf_) {
            return broken("the entries of two pages are not in one order");
        }
    }
    if (!has_begun_) start(report, sink);
    *sink_ = &sink;
    if (sink.wants_pages()) sink.page(ledger::format_evidence(evidence));
    feed(evidence, report);
    sink.flush();
    if (!report.entries.empty()) {
        last_leaf_ = descends() ? report.entries.front().index : report.entries.back().index;
    }
    if (!is_governing_) statement_.entries += report.entries.size();
    position_ = descends() ? first : end;
    is_done_ = is_done_ || is_end;
    reaches_start_ = reaches_start_ || first == 0;
    const bool is_whole = reaches_start_ && !is_early_enough_;
    if (is_done_ && !is_governing_ && policies_->begin(is_whole)) begin_governing();
    return std::nullopt;
}

void Run::begin_governing() {
    is_governing_ = true;
    is_done_ = false;
    position_.reset();
    last_leaf_.reset();
    governance_.kind = IndexKey::governance;
    governance_.label = ledger::governance_label;
    governance_.as_of_height = question_.as_of_height;
    governance_.as_of_time = question_.as_of_time;
}

void Run::feed(const ledger::Evidence& evidence, const ledger::EvidenceReport& report) {
    const auto& entries = report.entries;
    std::vector<std::string> signers;
    // By event time: who held back what an access crossed.
    const bool tells_holders =
        is_by_event_time_ && std::ranges::any_of(entries, [](const ledger::ProvenEntry& entry) {
            return ledger::is_lifecycle(static_cast<ledger::EventKind>(entry.head.kind));
        });
    if (kind_->wants_signers || tells_holders) signers = signers_of(evidence);
    signers.resize(entries.size());
    for (std::size_t k = 0; k < entries.size() && !is_done_; ++k) {
        const std::size_t at = descends() ? entries.size() - 1 - k : k;
        feed(entries[at], signers[at]);
    }
}

void Run::feed(const ledger::ProvenEntry& entry, std::string_view signed_by) {
    const auto event = ledger::parse_event(entry.event);
    if (!event) return;  // Verified evidence holds none such.
    const auto time = static_cast<TimeMs>(entry.head.commit_time_us / 1000);
    if (is_governing_) return policies_->govern({entry, *event, time, signed_by});
    const bool is_early = scope_.from && time < *scope_.from;
    const bool stops = kind_->reads == Reads::until_window && !is_by_event_time_;
    if (stops && is_early && !maker_->is_waiting()) {
        is_done_ = is_early_enough_ = true;
        return;
    }
    const Seen seen{entry, *event, time, signed_by};
    policies_->take(seen);
    maker_->take(seen);
}

Statement Run::finish(Sink& sink) {
    *sink_ = &sink;
    maker_->finish();
    if (collapse_) {
        collapse_->finish([this](const Row& row) {
            ++*rows_;
            (*sink_)->row(row);
        });
    }
    statement_.rows = *rows_;
    statement_.policies = policies_->sentence();
    const auto& from = is_early_enough_ ? scope_.from : question_.from;
    const std::string time = (from ? " from " + format_time(*from) : std::string()) +
                             (question_.to ? " to " + format_time(*question_.to) : std::string());
    statement_.completeness =
        "proven complete: these are all entries about " + heading_.about + time + ", up to " +
        (statement_.height != 0 ? "block " + std::to_string(statement_.height) + " of " : "") +
        statement_.time;
    statement_.withheld =
        "nothing: the ledger holds labels, codes and hashes; names, notices' texts and the data "
        "itself stay with the institutions";
    if (const std::string left_out = maker_->left_out(); !left_out.empty()) {
        statement_.withheld = left_out + "; else " + statement_.withheld;
    }
    return statement_;
}

}  // namespace consentree::client::report

#include "client/consents.h"

#include "client/api_view.h"
#include "common/limits.h"
#include "common/time.h"
#include "ledger/decimal.h"
#include "ledger/map_fn.h"
#include "verifier/verify.h"

#include <algorithm>
#include <unordered_map>

namespace consentree::client {

namespace {

using ledger::IndexKey;

// Entries that one page of an institution's log asks for, and subjects kept at hand.
constexpr std::size_t walk_entries = 500;
constexpr std::size_t subjects_kept = 16;

Failure usage(const std::string& what) {
    Failure failure;
    failure.kind = FailureKind::usage;
    failure.code = "invalid-parameter";
    failure.what = what;
    return failure;
}

Failure not_there(Height height) {
    Failure failure;
    failure.kind = FailureKind::not_found;
    failure.code = "consent-not-found";
    failure.what = "there is no consent of this issuer and id";
    failure.why = "proven: up to block " + std::to_string(height) + " nothing is recorded about it";
    return failure;
}

}  // namespace

// What a list asks for, and up to which block it speaks once its first page has said so.
struct Consents::Asked {
    ledger::Question base;  // as_of only.
    ledger::ConsentFilter filter;
    std::optional<ListCursor> cursor;
    std::size_t limit = api::page_items_default;
    bool descends = true;
    NodeCalls::Clock::time_point deadline;

    bool is_past() const { return base.as_of_height || base.as_of_time; }
    // Of a question: the moment asked about, else the block of the page before.
    ledger::Question question(IndexKey kind, std::string label) const {
        ledger::Question question = base;
        question.kind = kind;
        question.label = std::move(label);
        if (!is_past() && cursor) question.as_of_height = cursor->height;
        return question;
    }
    static Outcome<Asked> read(const std::vector<Filter>& filters, const Proven& proven);
};

Outcome<Consents::Asked> Consents::Asked::read(const std::vector<Filter>& filters,
                                               const Proven& proven) {
    Asked asked;
    asked.deadline = proven.deadline();
    const auto text = [&filters](std::string_view name) { return value_of(filters, name); };
    asked.filter.subject = text("subject");
    asked.filter.recipient = text("recipient");
    asked.filter.provider = text("provider");
    asked.filter.issuer = text("issuer");
    asked.filter.purpose = text("purpose");
    if (const std::string state = text("state"); !state.empty()) {
        asked.filter.status = ledger::status_of(state);
        if (!asked.filter.status) {
            auto failure = usage("no consent has the state " + state);
            failure.hint =
                "One of: requested, partial, active, suspended, rejected, withdrawn, revoked, "
                "invalidated, expired, superseded.";
            return failure;
        }
    }
    if (const std::string before = text("expires_before"); !before.empty()) {
        asked.filter.expires_before = parse_rfc3339(before);
        if (!asked.filter.expires_before) return usage("expires_before is no time in RFC 3339");
    }
    if (const std::string order = text("order"); !order.empty()) {
        if (order != "asc" && order != "desc") return usage("order is asc or desc");
        asked.descends = order == "desc";
    }
    if (const std::string limit = text("limit"); !limit.empty()) {
        const auto number = ledger::parse_decimal(limit);
        if (!number || *number == 0 || *number > limits::page_items) {
            return usage("limit is 1 to 500");
        }
        asked.limit = *number;
    }
    if (const std::string cursor = text("cursor"); !cursor.empty()) {
        asked.cursor = read_cursor(cursor);
        if (!asked.cursor) return usage("this is not a cursor of a proven list");
    }
    if (!read_window(filters, asked.base)) return usage("from, to or as_of is no time");
    asked.base.from = asked.base.to = {};
    return asked;
}

Outcome<Consents::SubjectPtr> Consents::replay(const std::string& label,
                                               const Asked& asked,
                                               const Progress& progress,
                                               const SeenEntry& seen) const {
    const ledger::Question question = asked.question(IndexKey::subject, label);
    return replay_subject(proven_, {label, question, asked.is_past(), false, asked.deadline},
                          progress, seen);
}

Outcome<Answer> Consents::one(const std::string& issuer,
                              const std::string& consent_id,
                              const std::vector<Filter>& filters,
                              const Progress& progress) const {
    auto asked = Asked::read(filters, proven_);
    if (!asked) return asked.error();
    std::string whose = issuer;
    if (whose.empty()) {
        auto said = calls_.get("/v1/consents/" + percent_encode(consent_id));
        if (!said) return said.error();
        const auto consent = api::parse_consent(said->body);
        if (!consent) return invalid_answer(*said, "it is not a consent");
        whose = consent->issuer;
    }
    // Whose consent it is stands in its first entry; its state in all of the subject's.
    ledger::Question question = asked->question(IndexKey::consent, consent_id);
    question.issuer = whose;
    const auto first = proven_.part(question, {.limit = 1});
    if (!first) return first.error();
    if (first->report.entries.empty()) return not_there(height_of(first->report));
    const auto event = ledger::parse_event(first->report.entries.front().event);
    if (!event || event->kind != ledger::EventKind::consent_request) {
        return unlike_the_rules("a consent does not begin with its request");
    }
    auto subject = replay(event->lifecycle().record->subject, *asked, progress);
    if (!subject) return subject.error();
    const auto view =
        ledger::find_consent((*subject)->replay.tables(), whose, consent_id, (*subject)->moment);
    if (!view) return unlike_the_rules("the consent is not its subject's");
    Answer answer;
    answer.json = api::format(api::consent_of(*view, (*subject)->height, true));
    answer.as_of_height = (*subject)->height;
    answer.proven = true;
    answer.verification = std::move((*subject)->verification);
    return answer;
}

namespace {

Answer proven_list(const api::Page<api::Consent>& page, Verification verification) {
    Answer answer;
    answer.json = api::format(page);
    answer.as_of_height = page.as_of_height;
    answer.proven = true;
    answer.verification = std::move(verification);
    return answer;
}

}  // namespace

// Those of one subject, in the order of their first appearance, which the cursor counts.
Outcome<Answer> Consents::list_of_subject(const Asked& asked, const Progress& progress) const {
    auto subject = replay(asked.filter.subject, asked, progress);
    if (!subject) return subject.error();
    ledger::ConsentFilter filter = asked.filter;
    filter.at = (*subject)->moment;
    const auto found = ledger::list_consents(
        (*subject)->replay.tables(), filter, UINT64_MAX, asked.cursor ? asked.cursor->position : 0,
        asked.limit, asked.descends ? ledger::Direction::descending : ledger::Direction::ascending);
    api::Page<api::Consent> page;
    page.as_of_height = (*subject)->height;
    for (const ledger::ConsentView& view : found.items) {
        page.items.push_back(api::consent_of(view, page.as_of_height, false));
    }
    if (found.next != 0) {
        page.complete = false;
        page.next_cursor = cursor_text({page.as_of_height, found.next});
    }
    return proven_list(page, std::move((*subject)->verification));
}

// Those that name an institution: its log shows every record that ever named it, and each of these
// consents is then looked at in its subject's log. It is listed where it first named it.
class Consents::Walk {
public:
    Walk(const Consents& consents, const Asked& asked, IndexKey kind, std::string institution)
        : consents_(consents),
          asked_(asked),
          kind_(kind),
          institution_(std::move(institution)),
          question_(asked.question(kind, institution_)) {}

    Outcome<Answer> run(const Progress& progress) {
        Proven::Place place{asked_.cursor ? std::optional(asked_.cursor->position) : std::nullopt,
                            asked_.descends, walk_entries};
        for (std::size_t walked = 0;;) {
            auto part = consents_.proven_.part(question_, place);
            if (!part) return part.error();
            if (auto failure = start(part->report)) return *failure;
            if (auto failure = take(*part)) return *failure;
            walked += part->report.entries.size();
            part->report.entries.clear();
            verification_ = verifier::describe(part->report);
            const bool is_end = asked_.descends ? part->report.from_start : part->report.to_end;
            const bool is_full = next_.has_value();
            if (progress && !(is_end && walked <= walk_entries)) progress(walked, part->all);
            if (is_end && !is_full) break;
            place.position = asked_.descends ? part->first : part->end;
            const bool is_late = NodeCalls::Clock::now() > asked_.deadline;
            if (is_late && !is_full) next_ = *place.position;
            if (next_) break;
        }
        if (next_) {
            page_.complete = false;
            page_.next_cursor = cursor_text({page_.as_of_height, *next_});
        }
        return proven_list(page_, std::move(verification_));
    }

private:
    // Of each page: all speak of the block that the first one spoke of.
    std::optional<Failure> start(const ledger::EvidenceReport& report) {
        const bool is_of_issuer = kind_ == IndexKey::actor && asked_.filter.recipient.empty();
        if (is_of_issuer && ledger::mapfn_version(report.seal.mapfn) < 2) {
            return refused(Standing::undecidable, "its index does not list issuers yet");
        }
        if (page_.as_of_height != 0) return std::nullopt;
        moment_ = moment_of(report, asked_.is_past());
        page_.as_of_height = height_of(report);
        if (!question_.as_of_height && !question_.as_of_time) {
            question_.as_of_height = page_.as_of_height;
        }
        return std::nullopt;
    }

    std::optional<Failure> take(const LogPart& part) {
        const auto& entries = part.report.entries;
        for (std::size_t k = 0; k < entries.size(); ++k) {
            const std::size_t at = asked_.descends ? entries.size() - 1 - k : k;
            const auto kind = static_cast<ledger::EventKind>(entries[at].head.kind);
            if (!ledger::brings_record(kind)) continue;
            if (page_.items.size() == asked_.limit) {
                next_ = part.first + at + (asked_.descends ? 1 : 0);
                return std::nullopt;
            }
            if (auto failure = consider(entries[at])) return failure;
        }
        return std::nullopt;
    }

    std::optional<Failure> consider(const ledger::ProvenEntry& entry) {
        const auto event = ledger::parse_event(entry.event);
        if (!event || !event->lifecycle().record) return std::nullopt;
        const ledger::ConsentRecord& record = *event->lifecycle().record;
        if (!names(record)) return std::nullopt;
        auto subject = subject_of(record.subject);
        if (!subject) return subject.error();
        const ledger::Reader& tables = (*subject)->replay.tables();
        const auto view = ledger::find_consent(tables, record.issuer, record.consent_id, moment_);
        if (!view) return unlike_the_rules("the consent is not its subject's");
        if (!is_first(tables, view->key, entry.index) ||
            !ledger::matches(view->terms.record, view->status, asked_.filter)) {
            return std::nullopt;
        }
        page_.items.push_back(api::consent_of(*view, page_.as_of_height, false));
        return std::nullopt;
    }

    bool names(const ledger::ConsentRecord& record) const {
        const ledger::ConsentFilter& filter = asked_.filter;
        if (kind_ == IndexKey::provider) return record.provider == institution_;
        if (filter.recipient.empty()) return record.issuer == institution_;
        return std::ranges::find(record.recipients, institution_) != record.recipients.end();
    }
    // Whether no version before the one of this entry names the institution.
    bool is_first(const ledger::Reader& tables,
                  const ledger::ConsentKey& key,
                  std::uint64_t leaf) const {
        for (std::uint32_t version = 1;; ++version) {
            const auto terms = ledger::load_terms(tables, key, version);
            if (!terms) return false;
            if (names(terms->record)) return terms->leaf == leaf;
        }
    }

    Outcome<SubjectPtr> subject_of(const std::string& label) {
        if (const auto known = subjects_.find(label); known != subjects_.end()) {
            return known->second;
        }
        Asked pinned = asked_;
        pinned.base.as_of_height = question_.as_of_height;
        auto subject = consents_.replay(label, pinned, {});
        if (!subject) return subject;
        if (subjects_.size() == subjects_kept) subjects_.clear();
        subjects_.emplace(label, *subject);
        return subject;
    }

    const Consents& consents_;
    const Asked& asked_;
    IndexKey kind_;
    std::string institution_;
    ledger::Question question_;
    TimeMs moment_ = 0;
    api::Page<api::Consent> page_;
    std::optional<std::uint64_t> next_;
    Verification verification_;
    std::unordered_map<std::string, SubjectPtr> subjects_;
};

Outcome<Answer> Consents::list(const std::vector<Filter>& filters, const Progress& progress) const {
    const auto asked = Asked::read(filters, proven_);
    if (!asked) return asked.error();
    const ledger::ConsentFilter& filter = asked->filter;
    if (!filter.subject.empty()) return list_of_subject(*asked, progress);
    if (!filter.recipient.empty()) {
        return Walk(*this, *asked, IndexKey::actor, filter.recipient).run(progress);
    }
    if (!filter.provider.empty()) {
        return Walk(*this, *asked, IndexKey::provider, filter.provider).run(progress);
    }
    if (!filter.issuer.empty()) {
        return Walk(*this, *asked, IndexKey::actor, filter.issuer).run(progress);
    }
    Failure failure = usage("only a list about a subject, recipient, provider or issuer is proven");
    failure.code = "no-proof";
    return failure;
}

Outcome<Answer> Consents::accesses(const std::vector<Filter>& filters,
                                   const Progress& progress) const {
    auto asked = Asked::read(filters, proven_);
    if (!asked) return asked.error();
    EntryFilter shows;
    shows.lifecycle = false;
    shows.actor = value_of(filters, "actor");
    shows.consent = value_of(filters, "consent");
    shows.issuer = value_of(filters, "issuer");
    shows.verdict = value_of(filters, "verdict");
    ledger::Question window;
    if (!read_window(filters, window)) return usage("from, to or as_of is no time");
    const std::string provider = value_of(filters, "provider");
    std::vector<ledger::ProvenEntry> found;
    const auto take = [&](const ledger::ProvenEntry& entry, const ledger::ConsentRecord* record) {
        if (record == nullptr || record->provider != provider || !shows.accepts(entry)) return;
        const auto time = entry.head.commit_time_us;
        const auto end = window.to ? static_cast<TimeUs>(*window.to) * 1000 : UINT64_MAX;
        if (!ledger::is_before(window, time) && time < end) found.push_back(entry);
    };
    auto subject = replay(value_of(filters, "subject"), *asked, progress, take);
    if (!subject) return subject.error();
    if (asked->descends) std::ranges::reverse(found);
    api::Page<api::Entry> page;
    page.as_of_height = (*subject)->height;
    std::size_t at = asked->cursor ? std::min(asked->cursor->position, found.size()) : 0;
    for (; at < found.size() && page.items.size() < asked->limit; ++at) {
        page.items.push_back(entry_of(found[at]));
    }
    if (at < found.size()) {
        page.complete = false;
        page.next_cursor = cursor_text({page.as_of_height, at});
    }
    Answer answer;
    answer.json = api::format(page);
    answer.as_of_height = page.as_of_height;
    answer.proven = true;
    answer.verification = std::move((*subject)->verification);
    return answer;
}

}  // namespace consentree::client

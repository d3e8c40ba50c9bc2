#include "client/proven.h"

#include "common/limits.h"
#include "common/time.h"
#include "ledger/decimal.h"
#include "ledger/event.h"
#include "ledger/verdict.h"
#include "verifier/verify.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace consentree::client {

namespace {

using ledger::IndexKey;

bool read_time(const std::string& text, std::optional<TimeMs>& time) {
    if (text.empty()) return true;
    time = parse_rfc3339(text);
    if (!time) time = parse_date(text);
    return time.has_value();
}

std::string time_or_none(const std::optional<TimeMs>& time) {
    return time ? format_time(*time) : "";
}

std::string as_of_text(const ledger::Question& question) {
    return question.as_of_height ? std::to_string(*question.as_of_height)
                                 : time_or_none(question.as_of_time);
}

// The proof that a page of a list carries; empty if there is none, or only a depth bomb.
std::string proof_of(const std::string& page) {
    constexpr int depth_max = 16;  // Events are in the items.
    bool is_deep = false;
    const auto json = nlohmann::json::parse(
        page,
        [&is_deep](int depth, nlohmann::json::parse_event_t, nlohmann::json&) {
            is_deep = is_deep || depth > depth_max;
            return !is_deep;
        },
        false);
    if (is_deep || !json.is_object() || !json.contains("proof")) return {};
    return json["proof"].dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

Failure refused(Standing standing, const std::string& why, const std::string& hint) {
    const bool failed = standing == Standing::failed;
    Failure failure;
    failure.kind = failed ? FailureKind::verification_failed : FailureKind::undecidable;
    failure.code = failed ? "evidence-failed" : "evidence-undecidable";
    failure.what = failed ? "verification FAILED: the node's answer is not complete and genuine"
                          : "the node's answer cannot be verified";
    failure.why = why;
    failure.hint =
        hint.empty() ? "Is the trust file the one of this network? Ask another node." : hint;
    return failure;
}

std::string value_of(const std::vector<Filter>& filters, std::string_view name) {
    for (const Filter& filter : filters) {
        if (filter.name == name) return filter.value;
    }
    return {};
}

Failure timed_out() {
    Failure failure;
    failure.kind = FailureKind::unreachable;
    failure.code = "timed-out";
    failure.what = "the answer did not come whole in time";
    failure.hint = "Allow more time, e.g. --timeout 300, or ask for a shorter one.";
    return failure;
}

std::optional<ListCursor> read_cursor(std::string_view text) {
    const std::size_t dot = text.find('.');
    if (dot == text.npos) return std::nullopt;
    const auto height = ledger::parse_decimal(text.substr(0, dot));
    const auto position = ledger::parse_decimal(text.substr(dot + 1));
    if (!height || !position) return std::nullopt;
    return ListCursor{*height, *position};
}

std::string cursor_text(const ListCursor& cursor) {
    return std::to_string(cursor.height) + "." + std::to_string(cursor.position);
}

api::Entry entry_of(const ledger::ProvenEntry& proven) {
    api::Entry entry;
    entry.index = proven.index;
    entry.height = proven.head.height;
    entry.time = format_time(static_cast<TimeMs>(proven.head.commit_time_us / 1000));
    entry.tx_id = to_hex(proven.head.tx_id.view());
    entry.position = proven.head.position;
    entry.type = ledger::type_name(static_cast<ledger::EventKind>(proven.head.kind));
    entry.event = proven.event;
    if (ledger::is_access(static_cast<ledger::EventKind>(proven.head.kind))) {
        entry.verdict = ledger::verdict_name(ledger::verdict_of(proven.head.verdict));
        entry.failed = ledger::reason_codes(proven.head.flags);
        if (!entry.failed.empty()) entry.reason = entry.failed.front();
        entry.flags = ledger::flag_names(proven.head.flags);
        entry.granted_until =
            proven.head.granted_until ? format_time(*proven.head.granted_until) : "";
    }
    return entry;
}

bool EntryFilter::accepts(const ledger::ProvenEntry& entry) const {
    const bool is_access = ledger::is_access(static_cast<ledger::EventKind>(entry.head.kind));
    if (!(is_access ? access : lifecycle)) return false;
    if (!verdict.empty() &&
        verdict != ledger::verdict_name(ledger::verdict_of(entry.head.verdict))) {
        return false;
    }
    if (actor.empty() && consent.empty() && issuer.empty()) return true;
    const auto event = ledger::parse_event(entry.event);
    if (!event || !ledger::is_access(event->kind)) return false;
    return (actor.empty() || actor == event->access().actor_org) &&
           (consent.empty() || consent == event->access().consent_id) &&
           (issuer.empty() || issuer == event->access().issuer);
}

std::optional<ledger::Question> question_of(const Question& question,
                                            const std::string& institution) {
    ledger::Question asked;
    const auto kind = ledger::index_key_of(question.kind);
    if (!kind || question.label.empty()) return std::nullopt;
    asked.kind = *kind;
    asked.label = question.label;
    if (asked.kind == IndexKey::consent) {
        asked.issuer = question.issuer.empty() ? institution : question.issuer;
    }
    if (!read_time(question.from, asked.from) || !read_time(question.to, asked.to)) {
        return std::nullopt;
    }
    if (!question.as_of.empty() && !ledger::read_as_of(question.as_of, asked)) return std::nullopt;
    return asked;
}

bool read_window(const std::vector<Filter>& filters, ledger::Question& question) {
    const std::string moment = value_of(filters, "as_of");
    return read_time(value_of(filters, "from"), question.from) &&
           read_time(value_of(filters, "to"), question.to) &&
           (moment.empty() || ledger::read_as_of(moment, question));
}

Outcome<KeyedList> keyed_accesses(const std::vector<Filter>& filters) {
    KeyedList list;
    list.target = "/v1/accesses";
    list.filters = filters;
    list.descends = true;
    list.shows.lifecycle = false;
    list.shows.actor = value_of(filters, "actor");
    list.shows.verdict = value_of(filters, "verdict");
    list.shows.issuer = value_of(filters, "issuer");
    const std::string subject = value_of(filters, "subject");
    const std::string provider = value_of(filters, "provider");
    const std::string consent = value_of(filters, "consent");
    Failure failure;
    failure.kind = FailureKind::usage;
    failure.code = "no-proof";
    // The order of the API: what an access does not say of itself must be the key.
    if (!provider.empty() && !subject.empty()) {
        failure.what = "neither of a subject and a provider is seen in an access";
        return failure;
    }
    if (!provider.empty()) {
        list.question.kind = IndexKey::provider;
        list.question.label = provider;
        list.shows.consent = consent;
    } else if (!subject.empty()) {
        list.question.kind = IndexKey::subject;
        list.question.label = subject;
        list.shows.consent = consent;
    } else if (!consent.empty()) {
        list.question.kind = IndexKey::consent;
        list.question.label = consent;
        list.question.issuer = list.shows.issuer;
        list.any_issuer = list.shows.issuer.empty();
    } else if (!list.shows.actor.empty()) {
        list.question.kind = IndexKey::actor;
        list.question.label = list.shows.actor;
    } else {
        failure.what = "only a list about a subject, consent, actor or provider is proven";
        return failure;
    }
    if (!read_window(filters, list.question)) {
        failure.what = "a time is no time";
        return failure;
    }
    return list;
}

std::optional<Failure> Proven::check(const ledger::EvidenceReport& report) const {
    if (report.verdict != ledger::ProofVerdict::verified) {
        return refused(verifier::standing_of(report.verdict), report.reason.detail,
                       report.reason.hint);
    }
    const bool is_past = report.question.as_of_height || report.question.as_of_time;
    auto observed = memory_.observe(
        report.checkpoint, report.note, receipts_.prover(),
        is_past ? CheckpointMemory::Older::accepted : CheckpointMemory::Older::refused);
    if (!observed) return observed.error();
    return std::nullopt;
}

Outcome<ledger::Evidence> Proven::page(const ledger::Question& asked, const Place& place) const {
    auto response =
        calls_.get(with_query("/v1/evidence/" + std::string(ledger::index_key_name(asked.kind)) +
                                  "/" + percent_encode(asked.label),
                              {{"issuer", asked.issuer},
                               {"from", time_or_none(asked.from)},
                               {"to", time_or_none(asked.to)},
                               {"as_of", as_of_text(asked)},
                               {"position", place.position ? std::to_string(*place.position) : ""},
                               {"order", place.descends ? "desc" : ""},
                               {"limit", place.limit != 0 ? std::to_string(place.limit) : ""}}));
    if (!response) return response.error();
    auto evidence = ledger::parse_evidence(response->body);
    if (!evidence) {
        const bool is_unknown = evidence.error().code == "evidence-unsupported";
        return refused(is_unknown ? Standing::undecidable : Standing::failed,
                       evidence.error().detail);
    }
    // A node may prove the answer to another question than ours, or leave the signatures out.
    if (evidence->question != asked)
        return refused(Standing::failed, "it answers another question");
    if (evidence->version < ledger::evidence_version_signed) {
        return refused(Standing::undecidable, "it is of an old version, without signatures");
    }
    return *evidence;
}

Outcome<Evidence> Proven::evidence(const ledger::Question& asked, const Progress& progress) const {
    const auto deadline = calls_.deadline();
    auto whole = page(asked, {});
    if (!whole) return whole.error();
    ledger::Question pinned = asked;
    std::size_t bytes = 0;
    while (whole->value && !whole->after) {
        const auto value = ledger::decode_map_value(*whole->value);
        if (!value) return refused(Standing::failed, "the key's value is malformed");
        const std::uint64_t end = ledger::end_position(*whole),
                            first = ledger::first_position(*whole);
        if (end >= value->count) break;
        if (progress) progress(whole->entries.size(), value->count - std::min(first, value->count));
        // The next pages speak of the same block, whatever has been recorded since.
        if (!asked.as_of_height && !asked.as_of_time && !pinned.as_of_height) {
            const auto seal = ledger::decode_seal(whole->seal);
            if (!seal) return refused(Standing::failed, "the SEAL is malformed");
            pinned.as_of_height = seal->height;
        }
        auto next = page(pinned, {.position = end});
        if (!next) return next.error();
        const std::size_t more = next->entries.size();
        for (const Bytes& entry : next->entries) bytes += entry.size() * 3;
        if (!join(*whole, std::move(*next)) || (more == 0 && !whole->after)) {
            return refused(Standing::failed, "its pages do not join up");
        }
        if (whole->entries.size() > ledger::evidence_file_entries ||
            bytes > ledger::evidence_file_bytes) {
            Failure failure;
            failure.code = "evidence-too-large";
            failure.what = "the answer does not fit one file of evidence";
            failure.hint = "Ask for a shorter time with --from and --to.";
            return failure;
        }
        if (NodeCalls::Clock::now() > deadline) return timed_out();
    }
    if (progress) progress(whole->entries.size(), whole->entries.size());
    // No block came in between: it is the newest that the answer speaks of.
    if (pinned != asked && !whole->as_of) whole->question = asked;
    const auto report = ledger::verify_evidence(*whole, trust_.policy);
    if (auto failure = check(report)) return *failure;
    return Evidence{ledger::format_evidence(*whole) + "\n", verifier::describe(report)};
}

namespace {

// A page starts where the one before ended, or at the very start; and it leads on.
std::optional<Failure> misplaced(const ledger::Evidence& evidence,
                                 const ledger::EvidenceReport& report,
                                 const Proven::Place& place) {
    const std::uint64_t near =
        place.descends ? ledger::end_position(evidence) : ledger::first_position(evidence);
    const bool is_start = place.descends ? report.to_end : report.from_start;
    if (place.position ? near != *place.position : !is_start) {
        return refused(Standing::failed, "the page does not start where it must");
    }
    const bool is_end = place.descends ? report.from_start : report.to_end;
    if (!is_end && report.entries.empty()) {
        return refused(Standing::failed, "the page is empty");
    }
    return std::nullopt;
}

}  // namespace

Outcome<LogPart> Proven::part(const ledger::Question& asked, const Place& place) const {
    auto evidence = page(asked, place);
    if (!evidence) return evidence.error();
    return verified(std::move(*evidence), place);
}

Outcome<LogPart> Proven::verified(ledger::Evidence evidence, const Place& place) const {
    LogPart part;
    part.report = ledger::verify_evidence_page(evidence, trust_.policy);
    if (auto failure = check(part.report)) return *failure;
    if (auto failure = misplaced(evidence, part.report, place)) return *failure;
    part.first = ledger::first_position(evidence);
    part.end = ledger::end_position(evidence);
    if (evidence.value) part.all = ledger::decode_map_value(*evidence.value)->count;
    part.evidence = std::move(evidence);
    return part;
}

Outcome<Answer> Proven::list(const KeyedList& list) const {
    std::vector<Filter> query = list.filters;
    query.push_back({"proof", "1"});
    auto response = calls_.get(with_query(list.target, query));
    if (!response) return response.error();
    const auto evidence = ledger::parse_evidence(proof_of(response->body));
    if (!evidence) {
        return invalid_answer(*response,
                              "its proof is missing or malformed: " + evidence.error().detail);
    }
    ledger::Question asked = list.question;
    const std::string order = value_of(list.filters, "order");
    const bool descends = order.empty() ? list.descends : order == "desc";
    const auto place = read_cursor(value_of(list.filters, "cursor"));
    if (place && !asked.as_of_height && !asked.as_of_time) asked.as_of_height = place->height;
    if (list.any_issuer) asked.issuer = evidence->question.issuer;
    if (evidence->question != asked)
        return refused(Standing::failed, "it answers another question");
    if (evidence->version < ledger::evidence_version_signed) {
        return refused(Standing::undecidable, "it is of an old version, without signatures");
    }
    const auto report = ledger::verify_evidence_page(*evidence, trust_.policy);
    if (auto failure = check(report)) return *failure;
    if (auto failure = misplaced(
            *evidence, report, {place ? std::optional(place->position) : std::nullopt, descends})) {
        return *failure;
    }
    api::Page<api::Entry> shown;
    for (const ledger::ProvenEntry& entry : report.entries) {
        if (list.shows.accepts(entry)) shown.items.push_back(entry_of(entry));
    }
    if (descends) std::ranges::reverse(shown.items);
    shown.complete = descends ? report.from_start : report.to_end;
    shown.as_of_height = report.as_of_height != 0 ? report.as_of_height : report.seal.height;
    if (!shown.complete) {
        shown.next_cursor =
            cursor_text({shown.as_of_height, descends ? ledger::first_position(*evidence)
                                                      : ledger::end_position(*evidence)});
    }
    Answer answer;
    answer.json = api::format(shown);
    answer.as_of_height = shown.as_of_height;
    answer.proven = true;
    answer.verification = verifier::describe(report);
    return answer;
}

}  // namespace consentree::client

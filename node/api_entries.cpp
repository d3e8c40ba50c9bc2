// Entries of the log: accesses with their verdicts, a subject's timeline, one entry.
#include "common/limits.h"
#include "node/api_evidence.h"
#include "node/api_handlers.h"
#include "node/api_lists.h"

#include <charconv>
#include <unordered_map>

namespace consentree::node {

namespace {

std::optional<std::uint64_t> to_index(std::string_view text) {
    std::uint64_t index = 0;
    const auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), index);
    if (text.empty() || error != std::errc() || at != text.data() + text.size()) return {};
    return index;
}

// The subject that the index files an access under: the cited consent's, as the ledger has it.
class SubjectOf {
public:
    SubjectOf(const ledger::Reader& reader, TimeMs at) : reader_(reader), at_(at) {}

    std::string operator()(const ledger::AccessEvent& access) {
        if (access.consent_id.empty()) return access.subject;
        const Hash key = ledger::consent_key(access.issuer, access.consent_id);
        auto known = known_.find(key);
        if (known == known_.end()) {
            const auto consent =
                ledger::find_consent(reader_, access.issuer, access.consent_id, at_);
            const std::string subject = consent ? consent->terms.record.subject : "";
            known = known_.emplace(key, subject).first;
        }
        return known->second.empty() ? access.subject : known->second;
    }

private:
    const ledger::Reader& reader_;
    TimeMs at_;
    std::unordered_map<Hash, std::string, UniformHash> known_;
};

struct AccessFilter {
    std::string consent, issuer, actor, subject, verdict;
    std::optional<TimeMs> from, to;

    bool needs_event() const {
        return !(consent.empty() && issuer.empty() && actor.empty() && subject.empty());
    }
    bool accepts_event(const ledger::AccessEvent& access, SubjectOf& subject_of) const {
        return (consent.empty() || consent == access.consent_id) &&
               (issuer.empty() || issuer == access.issuer) &&
               (actor.empty() || actor == access.actor_org) &&
               (subject.empty() || subject == subject_of(access));
    }
    bool accepts(const ledger::EntryView& entry, SubjectOf& subject_of) const {
        const auto time = static_cast<TimeMs>(entry.time_us / 1000);
        if ((from && time < *from) || (to && time >= *to)) return false;
        if (!verdict.empty() &&
            verdict != ledger::verdict_name(ledger::verdict_of(entry.verdict))) {
            return false;
        }
        if (!needs_event()) return true;
        const auto event = ledger::parse_event(as_text(entry.event_bytes));
        return event && ledger::is_access(event->kind) &&
               accepts_event(event->access(), subject_of);
    }
};

ApiReply timeline(const ApiCall& call, const PageRequest& page, const std::string& subject) {
    if (!ledger::is_subject(subject)) {
        return problem_reply(
            call.request,
            Refusal{"invalid-parameter", "a subject label is sub: and 1 to 64 characters", "", ""});
    }
    const auto proof = wants_proof(call);
    if (!proof) return problem_reply(call.request, proof.error());
    ledger::LeafQuery query;
    query.subject = subject;
    if (*proof) {
        return proven_page(call, page, question_of_key(call, ledger::IndexKey::subject, subject),
                           {});
    }
    return entry_page(call, page, query, {});
}

// The key that an access list is read from, as evidence names it.
Checked<ledger::Question> question_of_list(const ApiCall& call,
                                           const ledger::LeafQuery& query,
                                           const std::string& issuer) {
    using ledger::IndexKey;
    if (query.consent)
        return question_of_key(call, IndexKey::consent, call.text("consent"), issuer);
    if (!query.provider.empty()) return question_of_key(call, IndexKey::provider, query.provider);
    if (!query.subject.empty()) return question_of_key(call, IndexKey::subject, query.subject);
    if (!query.actor.empty()) return question_of_key(call, IndexKey::actor, query.actor);
    return Refusal{"invalid-parameter", "only a list about somebody has a proof", "",
                   "Name a subject, consent, actor or provider, or leave proof out."};
}

ApiReply one_entry(ledger::EntryView view) {
    const std::string leaf = to_base64(ledger::entry_leaf_bytes(view));
    api::Entry entry = entry_of(std::move(view));
    entry.entry = leaf;
    return json_reply(api::format(entry));
}

Refusal no_entry(const char* detail) {
    return Refusal{"entry-not-found", detail, "", ""};
}

}  // namespace

ApiReply answer_accesses(const ApiCall& call) {
    const auto page = read_page_request(call, ledger::Direction::descending);
    if (!page) return problem_reply(call.request, page.error());
    const auto proof = wants_proof(call);
    if (!proof) return problem_reply(call.request, proof.error());
    AccessFilter filter;
    filter.consent = call.text("consent");
    filter.issuer = call.text("issuer");
    filter.actor = call.text("actor");
    filter.subject = call.text("subject");
    filter.verdict = call.text("verdict");
    filter.from = call.time("from");
    filter.to = call.time("to");
    // One filter chooses the index; the others are tested on each entry that it gives. provider
    // goes first: an access event does not name it. With a proof the subject is next: that an entry
    // is under it cannot be seen in the entry either.
    ledger::LeafQuery query;
    query.lifecycle = false;
    query.provider = call.text("provider");
    const bool is_open = query.provider.empty();
    std::string issuer = filter.issuer;
    if (is_open && *proof && !filter.subject.empty()) {
        query.subject = std::exchange(filter.subject, {});
    } else if (is_open && !filter.consent.empty() && !filter.issuer.empty()) {
        query.consent = ledger::consent_key(filter.issuer, filter.consent);
        filter.consent.clear();
        filter.issuer.clear();
    } else if (is_open && !filter.consent.empty()) {
        const auto consent = find_one_consent(call, filter.consent);
        if (!consent) return problem_reply(call.request, consent.error());
        query.consent = consent->key;
        issuer = consent->terms.record.issuer;
        filter.consent.clear();
    } else if (is_open && !filter.subject.empty()) {
        query.subject = std::exchange(filter.subject, {});
    } else if (is_open && !filter.actor.empty()) {
        query.actor = std::exchange(filter.actor, {});
    }
    SubjectOf subject_of(*call.view->reader, now_ms(*call.view));
    const EntryTest test = [&filter, &subject_of](const ledger::EntryView& entry) {
        return filter.accepts(entry, subject_of);
    };
    if (*proof) {
        return proven_page(call, *page, question_of_list(call, query, issuer),
                           with_kinds(query, test));
    }
    return entry_page(call, *page, query, test);
}

ApiReply answer_access(const ApiCall& call) {
    const std::string& id = call.captures.at(0);
    if (const auto index = to_index(id)) {
        auto entry = ledger::get_entry(*call.view->reader, *index);
        if (!entry || !ledger::is_access(entry->kind)) {
            return problem_reply(call.request, no_entry("no access has this log index"));
        }
        return one_entry(std::move(*entry));
    }
    const std::string consent_id = call.text("consent");
    if (consent_id.empty()) {
        return problem_reply(
            call.request, Refusal{"invalid-parameter", "an event_id is looked up under its consent",
                                  "", "Give the consent, too, or the place in the log instead."});
    }
    Hash key;
    if (call.has("issuer")) {
        key = ledger::consent_key(call.text("issuer"), consent_id);
    } else {
        const auto consent = find_one_consent(call, consent_id);
        if (!consent) return problem_reply(call.request, consent.error());
        key = consent->key;
    }
    auto access = ledger::find_access(*call.view->reader, key, id);
    if (!access) return problem_reply(call.request, no_entry("no access has this event_id"));
    return one_entry(std::move(access->entry));
}

ApiReply answer_timeline(const ApiCall& call) {
    const auto page = read_page_request(call, ledger::Direction::ascending);
    if (!page) return problem_reply(call.request, page.error());
    return timeline(call, *page, call.captures.at(0));
}

ApiReply answer_posted_timeline(const ApiCall& call) {
    const auto request = api::parse_timeline_request(call.request.body);
    if (!request) return problem_reply(call.request, request.error());
    const std::size_t limit = request->limit.value_or(api::page_items_default);
    if (limit > limits::page_items) {
        return problem_reply(call.request,
                             Refusal{"invalid-parameter", "limit must be 1 to 500", "/limit", ""});
    }
    const bool is_proven = call.has("proof");
    auto page = make_page_request(call, "POST timeline " + request->subject,
                                  is_proven ? "" : request->cursor);
    if (!page) return problem_reply(call.request, page.error());
    if (is_proven) page->cursor = request->cursor;
    page->direction = ledger::Direction::ascending;
    page->limit = limit;
    return timeline(call, *page, request->subject);
}

ApiReply answer_entry(const ApiCall& call) {
    const auto index = to_index(call.captures.at(0));
    if (!index) {
        return problem_reply(call.request, Refusal{"invalid-parameter",
                                                   "the index is a whole number from 0", "", ""});
    }
    auto entry = ledger::get_entry(*call.view->reader, *index);
    if (!entry) {
        const bool is_seal = ledger::get_seal(*call.view->reader, *index).has_value();
        return problem_reply(
            call.request, no_entry(is_seal ? "this leaf is the SEAL of a block: it records no event"
                                           : "the log is not that long"));
    }
    return one_entry(std::move(*entry));
}

}  // namespace consentree::node

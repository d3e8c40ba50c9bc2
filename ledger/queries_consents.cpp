// Consents as people see them, lists of them, and the question "may X use Y's data for Z now?".
#include "common/assert.h"
#include "common/codec.h"
#include "common/time.h"
#include "ledger/access.h"
#include "ledger/entry_source.h"
#include "ledger/governance.h"
#include "ledger/map_fn.h"

#include <algorithm>
#include <bit>

namespace consentree::ledger {
namespace {

constexpr std::size_t same_id_max = 16;
constexpr std::size_t rows_per_call = 4096;
constexpr std::size_t candidates_max = 256;
constexpr std::size_t uses_looked_at = 1024;

bool contains(const std::vector<std::string>& list, std::string_view item) {
    return std::find(list.begin(), list.end(), item) != list.end();
}

std::string record_at(EntrySource& source, std::uint64_t leaf) {
    const auto entry = source.get(leaf);
    return entry ? std::string(record_json(as_text(entry->event_bytes))) : std::string();
}

// When a full window has room again: once so many of its oldest uses are outside that fewer than
// the limit are left. Nothing if these are too many to look through.
std::optional<TimeMs> next_use_at(Overlay& overlay,
                                  Overlay::Slot& slot,
                                  const Overlay::WindowUses& in_window,
                                  TimeMs at) {
    const ConsentRecord& record = slot.consent.terms->record;
    if (record.fetch.window != Window::sliding) {
        return window_end(record.fetch, record.valid_from, at);
    }
    const auto& returned = slot.consent.state.returned_times;
    std::uint64_t leave = in_window.count - record.fetch.count + 1;
    std::uint64_t place = in_window.first;
    if (leave > uses_looked_at) return std::nullopt;
    for (std::size_t looked = 0; looked < 2 * uses_looked_at; ++looked, ++place) {
        const TimeMs use = overlay.use_time(slot, place);
        if (std::binary_search(returned.begin(), returned.end(), use)) continue;
        if (--leave == 0) return window_end(record.fetch, record.valid_from, use);
    }
    return std::nullopt;
}

void fill_uses(ConsentView& view, Overlay& overlay, Overlay::Slot& slot, TimeMs at) {
    const ConsentState& state = slot.consent.state;
    const ConsentRecord& record = view.terms.record;
    view.uses = state.uses - state.returned;
    const auto left = [](std::uint64_t limit, std::uint64_t used) {
        return limit > used ? limit - used : 0;
    };
    if (record.fetch.once) view.uses_left = left(1, view.uses);
    if (record.max_uses) {
        const std::uint64_t of_total = left(*record.max_uses, view.uses);
        view.uses_left = std::min(view.uses_left.value_or(of_total), of_total);
    }
    if (record.fetch.count == 0) return;
    const TimeMs start = window_start(record.fetch, record.valid_from, at);
    const Overlay::WindowUses in_window = overlay.window_uses(slot, start);
    view.window_uses_left = left(record.fetch.count, in_window.count);
    if (*view.window_uses_left == 0) view.next_use = next_use_at(overlay, slot, in_window, at);
}

class ConsentReader {
public:
    ConsentReader(const Reader& reader, TimeMs at)
        : reader_(reader), overlay_(reader), source_(reader), at_(at) {}

    // Nothing if the ledger does not have it.
    Overlay::Slot* find(const ConsentKey& key) {
        Overlay::Slot& slot = overlay_.consent(key);
        return slot.exists ? &slot : nullptr;
    }

    ConsentView view(Overlay::Slot& slot) {
        ConsentView view = view_without_text(slot);
        view.record_json = record_at(source_, view.terms.leaf);
        return view;
    }

    // The text of the record is to be read with all that came in its batch.
    ConsentView view_without_text(Overlay::Slot& slot) {
        const ConsentState& state = slot.consent.state;
        ConsentView view;
        view.key = slot.key;
        view.number = state.number;
        view.terms = *slot.consent.terms;
        view.status = status_at(state, view.terms.record, at_);
        view.status_since_ms = status_since(state, view);
        view.latest_version = state.latest_version;
        view.pending_version = state.pending_version;
        view.authorised_by = chosen(view.terms.record.grantors, state.authorised);
        if (slot.consent.pending) {
            view.pending_authorised_by =
                chosen(slot.consent.pending->record.grantors, state.pending_authorised);
        }
        view.added_resources = state.added_resources;
        view.removed_resources = state.removed_resources;
        view.version_height = view.terms.height;
        view.created_height = created_height(slot);
        view.events = state.events;
        fill_uses(view, overlay_, slot, at_);
        return view;
    }

    Height created_height(const Overlay::Slot& slot) const {
        const Terms& terms = *slot.consent.terms;
        if (terms.record.version == 1) return terms.height;
        const auto first = load_terms(reader_, slot.key, 1);
        CT_ASSERT(first.has_value());
        return first->height;
    }

    bool matches(const Overlay::Slot& slot, const ConsentFilter& filter) const {
        const ConsentRecord& record = slot.consent.terms->record;
        return ledger::matches(record, status_at(slot.consent.state, record, at_), filter);
    }

    Overlay& overlay() { return overlay_; }

private:
    static std::vector<std::string> chosen(const std::vector<Grantor>& grantors,
                                           std::uint64_t bits) {
        std::vector<std::string> parties;
        for (std::size_t k = 0; k < grantors.size(); ++k) {
            if ((bits >> k & 1) != 0) parties.push_back(grantors[k].party);
        }
        return parties;
    }

    static TimeMs status_since(const ConsentState& state, const ConsentView& view) {
        if (view.status == ConsentStatus::expired) return *view.terms.record.valid_until;
        if (view.status == ConsentStatus::superseded) return state.superseded_from_ms;
        return state.status_since_ms;
    }

    const Reader& reader_;
    Overlay overlay_;
    EntrySource source_;
    TimeMs at_;
};

// The rows to walk: those of the rarest key that the filter names.
struct ListRange {
    Bytes prefix;
    Bytes key(std::uint64_t number) const {
        Writer out;
        out.raw(prefix);
        out.u64(number);
        return out.take();
    }
};

ListRange range_of(const ConsentFilter& filter) {
    const auto of = [](StateKind kind, std::string_view label) {
        Bytes key = list_key(kind, label_id(label), 0);
        key.resize(key.size() - 8);
        return ListRange{std::move(key)};
    };
    if (!filter.subject.empty()) return of(StateKind::by_subject, filter.subject);
    if (!filter.recipient.empty()) return of(StateKind::by_recipient, filter.recipient);
    if (!filter.provider.empty()) return of(StateKind::by_provider, filter.provider);
    return {Bytes{static_cast<std::uint8_t>(StateKind::by_number)}};
}

// (number, consent key) of the list from a number on; at most limit.
std::vector<std::pair<std::uint64_t, ConsentKey>> read_list(const Reader& reader,
                                                            const ListRange& range,
                                                            std::uint64_t from,
                                                            std::size_t limit,
                                                            Direction direction) {
    std::vector<std::pair<std::uint64_t, ConsentKey>> rows;
    const bool is_ascending = direction == Direction::ascending;
    const Bytes low = range.key(is_ascending ? from : 0);
    const Bytes high =
        range.key(is_ascending || from == 0 || from == UINT64_MAX ? UINT64_MAX : from + 1);
    reader.scan(Table::state, low, high, direction, [&](BytesView key, BytesView value) {
        consentree::Reader in(key.subspan(key.size() - 8));
        rows.emplace_back(in.u64(), ConsentKey::from(value).value());
        return rows.size() < limit;
    });
    return rows;
}

}  // namespace

bool matches(const ConsentRecord& record, ConsentStatus status, const ConsentFilter& filter) {
    const auto is_or_any = [](const std::string& wanted, const std::string& found) {
        return wanted.empty() || wanted == found;
    };
    const auto is_among = [](const std::string& wanted, const std::vector<std::string>& found) {
        return wanted.empty() || contains(found, wanted);
    };
    return is_or_any(filter.issuer, record.issuer) && is_or_any(filter.subject, record.subject) &&
           is_or_any(filter.provider, record.provider) &&
           is_among(filter.recipient, record.recipients) &&
           is_among(filter.purpose, record.purposes) &&
           (!filter.status || status == *filter.status) &&
           (!filter.expires_before ||
            (record.valid_until && *record.valid_until < *filter.expires_before));
}

std::optional<ConsentView> find_consent(const Reader& reader,
                                        std::string_view issuer,
                                        std::string_view consent_id,
                                        TimeMs at) {
    ConsentReader consents(reader, at);
    Overlay::Slot* slot = consents.find(consent_key(issuer, consent_id));
    if (slot == nullptr) return std::nullopt;
    return consents.view(*slot);
}

std::vector<ConsentView> consents_by_id(const Reader& reader,
                                        std::string_view consent_id,
                                        TimeMs at) {
    ConsentReader consents(reader, at);
    Bytes prefix = list_key(StateKind::by_id, label_id(consent_id), 0);
    prefix.resize(prefix.size() - 8);
    std::vector<ConsentView> views;
    for (const auto& [number, key] :
         read_list(reader, {std::move(prefix)}, 0, same_id_max, Direction::ascending)) {
        Overlay::Slot* slot = consents.find(key);
        CT_ASSERT(slot != nullptr);
        views.push_back(consents.view(*slot));
    }
    return views;
}

std::vector<VersionView> consent_versions(const Reader& reader,
                                          const ConsentKey& key,
                                          std::uint32_t from,
                                          std::size_t limit) {
    EntrySource source(reader);
    std::vector<VersionView> versions;
    for (std::uint32_t version = std::max(from, 1u); versions.size() < limit; ++version) {
        auto terms = load_terms(reader, key, version);
        if (!terms) break;
        VersionView& view = versions.emplace_back();
        view.record_json = record_at(source, terms->leaf);
        view.height = terms->height;
        view.terms = std::move(*terms);
    }
    return versions;
}

ConsentPage list_consents(const Reader& reader,
                          const ConsentFilter& filter,
                          Height as_of,
                          std::uint64_t from,
                          std::size_t limit,
                          Direction direction) {
    ConsentReader consents(reader, filter.at);
    ConsentPage page;
    const auto rows = read_list(reader, range_of(filter), from, rows_per_call + 1, direction);
    std::size_t read = 0;
    for (const auto& [number, key] : rows) {
        if (page.items.size() == limit || read == rows_per_call) {
            page.next = number;
            break;
        }
        ++read;
        Overlay::Slot* slot = consents.find(key);
        CT_ASSERT(slot != nullptr);
        if (!consents.matches(*slot, filter) || consents.created_height(*slot) > as_of) continue;
        page.items.push_back(consents.view(*slot));
    }
    return page;
}

namespace {

class CheckRun {
public:
    CheckRun(const Reader& reader, const CheckQuestion& question, TimeMs at)
        : reader_(reader), question_(question), at_(at), consents_(reader, at) {}

    CheckAnswer run() {
        std::optional<Found> best;
        for (const ConsentKey& key : candidates()) {
            Overlay::Slot* slot = consents_.find(key);
            if (slot == nullptr) continue;
            Found found = judge(*slot);
            if (best && !is_nearer(found.judgement, best->judgement)) continue;
            best = std::move(found);
            if (best->judgement.is_permitted()) break;
        }
        if (!best) best = judge_nothing();
        return answer(*best);
    }

private:
    struct Found {
        Overlay::Slot* slot = nullptr;
        Judgement judgement;
        std::vector<FailedCheck> failed;
    };

    // What allows it, else what only a person need read, else the one whose first failing check
    // comes last.
    static bool is_nearer(const Judgement& one, const Judgement& other) {
        const auto rank = [](const Judgement& judgement) {
            if (judgement.is_permitted()) return 1000;
            if (judgement.verdict == Verdict::needs_review) return 999;
            return static_cast<int>(judgement.primary);
        };
        return rank(one) > rank(other);
    }

    std::vector<ConsentKey> candidates() const {
        if (!question_.consent_id.empty() && !question_.issuer.empty()) {
            return {consent_key(question_.issuer, question_.consent_id)};
        }
        const bool by_id = !question_.consent_id.empty();
        Bytes prefix = list_key(by_id ? StateKind::by_id : StateKind::by_subject,
                                label_id(by_id ? question_.consent_id : question_.subject), 0);
        prefix.resize(prefix.size() - 8);
        std::vector<ConsentKey> keys;
        for (const auto& [number, key] :
             read_list(reader_, {std::move(prefix)}, 0, candidates_max, Direction::descending)) {
            keys.push_back(key);
        }
        return keys;
    }

    Found judge(Overlay::Slot& slot) {
        const AccessEvent access = access_under(slot);
        const AccessFacts facts = gather_facts(consents_.overlay(), access, at_, &slot, nullptr);
        Found found{&slot, judge_request(facts), {}};
        found.failed = failed_checks(found.judgement, facts);
        return found;
    }

    // The access that is asked about. What the question does not name lies within the consent.
    AccessEvent access_under(const Overlay::Slot& slot) {
        const ConsentRecord& record = slot.consent.terms->record;
        AccessEvent access;
        access.issuer = record.issuer;
        access.consent_id = record.consent_id;
        access.agreement = question_.agreement;
        access.actor_org = question_.actor_org;
        access.subject = question_.subject.empty() ? record.subject : question_.subject;
        access.purpose = question_.purpose;
        access.categories = question_.categories;
        access.resources = question_.resources;
        access.data_from = question_.data_from ? question_.data_from : record.data_from;
        access.data_until = question_.data_until ? question_.data_until : record.data_until;
        access.action = question_.action;
        access.place = question_.place;
        access.attended = question_.attended;
        access.legal_basis = "consent";
        const auto scheme = scheme_in_force(consents_.overlay(), record.scheme);
        if (scheme != nullptr && !question_.data_until) {
            access.data_until = latest_data_until(*scheme, record, access);
        }
        return access;
    }

    // The limits of the scheme that are exceeded, in words.
    std::vector<std::string> broken_limits(const Overlay::Slot& slot) {
        std::vector<std::string> rules;
        const Terms& terms = *slot.consent.terms;
        const auto add = [&rules](const std::vector<SchemeFault>& faults) {
            for (const SchemeFault& fault : faults)
                rules.push_back(fault.rule + ": " + fault.detail);
        };
        Overlay& overlay = consents_.overlay();
        if (terms.exceeds_limits) {
            add(consent_faults(*scheme_version(overlay, terms.record.scheme, terms.scheme_version),
                               terms.record));
        }
        if (const auto scheme = scheme_in_force(overlay, terms.record.scheme)) {
            add(request_faults(*scheme, terms.record, access_under(slot)));
        }
        return rules;
    }

    static Found judge_nothing() {
        AccessEvent access;
        access.legal_basis = "consent";
        AccessFacts facts;
        facts.access = &access;
        Found found{nullptr, judge_request(facts), {}};
        found.failed = failed_checks(found.judgement, facts);
        return found;
    }

    CheckAnswer answer(Found& found) {
        CheckAnswer answer;
        answer.allowed = found.judgement.is_permitted();
        answer.verdict = verdict_name(found.judgement.verdict);
        answer.failed = std::move(found.failed);
        if (found.slot != nullptr) answer.consent = consents_.view_without_text(*found.slot);
        const std::string subject =
            answer.consent ? answer.consent->terms.record.subject : question_.subject;
        const std::string under = answer.consent
                                      ? " under consent " + answer.consent->terms.record.consent_id
                                      : std::string();
        answer.granted_until = found.judgement.granted_until;
        answer.explanation = question_.actor_org + (answer.allowed ? " may " : " may not ") +
                             question_.action + " the data of " + subject + " for " +
                             question_.purpose + under;
        if (answer.granted_until) {
            answer.explanation +=
                ", of the data until " + format_time(*answer.granted_until) + " only";
        }
        if (answer.allowed) {
            answer.explanation += ".";
        } else if (answer.failed.empty()) {
            answer.explanation += ": a person must read what it permits.";
            answer.remedy = "Read the consent's source; amend it without needs_review.";
        } else {
            answer.explanation += ": " + answer.failed.front().detail + ".";
            answer.remedy = remedy_of(answer);
        }
        if ((found.judgement.flags & flag_of(Check::scheme_limit)) != 0) {
            answer.scheme_rules = broken_limits(*found.slot);
        }
        return answer;
    }

    // Of the first failing check; for a full window, when it has room again.
    static std::string remedy_of(const CheckAnswer& answer) {
        const FailedCheck& first = answer.failed.front();
        const bool is_window = first.check == Check::frequency && answer.consent &&
                               answer.consent->next_use && answer.consent->uses_left != 0;
        if (!is_window) return first.remedy;
        return "Wait until " + format_time(*answer.consent->next_use) +
               ", or ask for a new consent.";
    }

    const Reader& reader_;
    const CheckQuestion& question_;
    TimeMs at_;
    ConsentReader consents_;
};

}  // namespace

CheckAnswer check_now(const Reader& reader, const CheckQuestion& question, TimeMs at) {
    return CheckRun(reader, question, at).run();
}

}  // namespace consentree::ledger

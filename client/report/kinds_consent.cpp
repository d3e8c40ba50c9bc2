// Reports about consents as they stand and stood: one row for each consent, or for each event of
// its life.
#include "client/report/book.h"
#include "client/report/cells.h"
#include "common/time.h"

#include <algorithm>

namespace consentree::client::report {

namespace {

using ledger::ConsentStatus;
using ledger::EventKind;

std::vector<Column> joined(std::vector<Column> columns, const std::vector<Column>& more) {
    columns.insert(columns.end(), more.begin(), more.end());
    return columns;
}

std::vector<std::string> joined(std::vector<std::string> cells,
                                const std::vector<std::string>& more) {
    cells.insert(cells.end(), more.begin(), more.end());
    return cells;
}

// Keeps the book; rows come at the end, or when a subclass says so.
class Bookkeeper : public Maker {
public:
    explicit Bookkeeper(Scope scope, Book::Texts texts = Book::Texts::dropped)
        : scope_(std::move(scope)), book_(texts) {}
    void take(const Seen& seen) override { book_.apply(seen); }

protected:
    Scope scope_;
    Book book_;
};

class History final : public Bookkeeper {
public:
    using Bookkeeper::Bookkeeper;
    static std::vector<Column> columns() {
        return {text_column("recorded"),
                text_column("occurred", false),
                text_column("type"),
                text_column("issuer", false),
                text_column("consent"),
                number_column("version"),
                text_column("subject", false),
                text_column("grantor"),
                text_column("state_after"),
                text_column("by"),
                text_column("reason"),
                list_column("resources", false),
                text_column("notice", false),
                text_column("signed_by"),
                number_column("height", false),
                number_column("index"),
                text_column("tx", false)};
    }
    void take(const Seen& seen) override {
        const KnownConsent* known = book_.apply(seen);
        if (known == nullptr || !scope_.is_in_time(seen.time) || !scope_.passes(known->record())) {
            return;
        }
        const ledger::LifecycleEvent& body = seen.event.lifecycle();
        scope_.emit({{format_time(seen.time), format_time(seen.event.occurred_at),
                      std::string(ledger::type_name(seen.event.kind)), body.issuer, body.consent_id,
                      number(body.version), known->record().subject, body.grantor,
                      known->status_name(seen.time), body.by, body.reason, list(body.resources),
                      body.record ? member(seen.entry.event, "/consent/notice/version") : "",
                      std::string(seen.signed_by), number(seen.entry.head.height),
                      number(seen.entry.index), to_hex(seen.entry.head.tx_id.view())},
                     {seen.entry.index}});
    }
};

class ConsentAt final : public Bookkeeper {
public:
    explicit ConsentAt(Scope scope) : Bookkeeper(std::move(scope), Book::Texts::kept) {}
    static std::vector<Column> columns() {
        return joined(
            {text_column("at"), text_column("access", false)},
            joined(consent_columns(),
                   {text_column("notice_uri"), text_column("notice_version"),
                    text_column("notice_sha256", false), text_column("notice_language", false),
                    text_column("expression", false), text_column("expressed_at"),
                    text_column("retention", false), text_column("withdrawal_uri", false),
                    number_column("record_index"), text_column("record", false)}));
    }
    void take(const Seen& seen) override {
        book_.apply(seen);
        const std::string& wanted = scope_.query.access;
        if (wanted.empty() || is_found_ || !seen.is_access()) return;
        const ledger::AccessEvent& access = seen.event.access();
        if (access.event_id != wanted && number(seen.entry.index) != wanted) return;
        is_found_ = true;
        if (const KnownConsent* known = book_.cited_by(access)) {
            tell(*known, seen.time, access.event_id, seen.entry.index);
        }
    }
    void finish() override {
        if (!scope_.query.access.empty()) return;
        for (const KnownConsent* known : book_.all()) {
            if (known->record().consent_id == scope_.query.consent) {
                tell(*known, scope_.moment, "", known->leaf);
            }
        }
    }

private:
    void tell(const KnownConsent& known,
              TimeMs at,
              const std::string& access,
              std::uint64_t leaf) const {
        const std::string& text_json = known.text;
        const std::uint64_t record_leaf = known.consent.terms->leaf;
        Row row{joined(joined({format_time(at), access}, consent_cells(known, at)),
                       {member(text_json, "/notice/uri"), member(text_json, "/notice/version"),
                        member(text_json, "/notice/sha256"), member(text_json, "/notice/language"),
                        member(text_json, "/expression/type") + ", " +
                            member(text_json, "/expression/method"),
                        member(text_json, "/expression/at"), text(known.record().retention),
                        member(text_json, "/withdrawal_uri"), number(record_leaf), text_json}),
                {record_leaf}};
        if (leaf != record_leaf) row.leaves.push_back(leaf);
        scope_.emit(std::move(row));
    }

    bool is_found_ = false;
};

// Consents that somebody may still use.
bool is_open(ConsentStatus status) {
    return status == ConsentStatus::active || status == ConsentStatus::suspended;
}

class Expiring final : public Bookkeeper {
public:
    using Bookkeeper::Bookkeeper;
    static std::vector<Column> columns() {
        return joined(consent_columns(),
                      {text_column("expires_in"), number_column("index", false)});
    }
    void finish() override {
        const std::string within = scope_.query.within.empty() ? "30d" : scope_.query.within;
        const TimeMs end = later(scope_.moment, within).value_or(scope_.moment);
        std::vector<const KnownConsent*> due;
        for (const KnownConsent* known : book_.all()) {
            const auto& until = known->record().valid_until;
            if (!until || *until >= end || !is_open(known->status(scope_.moment))) continue;
            if (scope_.passes(known->record())) due.push_back(known);
        }
        std::ranges::stable_sort(due, [](const KnownConsent* a, const KnownConsent* b) {
            return std::tie(a->record().recipients, *a->record().valid_until) <
                   std::tie(b->record().recipients, *b->record().valid_until);
        });
        for (const KnownConsent* known : due) {
            scope_.emit({joined(consent_cells(*known, scope_.moment),
                                {duration(*known->record().valid_until - scope_.moment),
                                 number(known->leaf)}),
                         {known->leaf}});
        }
    }
};

class ByNotice final : public Bookkeeper {
public:
    explicit ByNotice(Scope scope) : Bookkeeper(std::move(scope), Book::Texts::kept) {}
    static std::vector<Column> columns() {
        return joined(consent_columns(),
                      {text_column("notice_version"), text_column("notice_uri"),
                       text_column("notice_sha256", false), text_column("notice_language", false),
                       number_column("index", false)});
    }
    void finish() override {
        for (const KnownConsent* known : book_.all()) {
            const std::string version = member(known->text, "/notice/version");
            const std::string& wanted = scope_.query.notice;
            if (!wanted.empty() && wanted != version) continue;
            if (!known->given || !scope_.is_in_time(*known->given)) continue;
            if (!scope_.passes(known->record())) continue;
            scope_.emit({joined(consent_cells(*known, scope_.moment),
                                {version, member(known->text, "/notice/uri"),
                                 member(known->text, "/notice/sha256"),
                                 member(known->text, "/notice/language"),
                                 number(known->consent.terms->leaf)}),
                         {known->consent.terms->leaf}});
        }
    }
};

class Joint final : public Bookkeeper {
public:
    using Bookkeeper::Bookkeeper;
    static std::vector<Column> columns() {
        return joined(consent_columns(),
                      {list_column("grantors"), number_column("needed"), list_column("agreed"),
                       list_column("missing"), text_column("every_one_agreed"),
                       text_column("told", false), number_column("index", false)});
    }
    void finish() override {
        for (const KnownConsent* known : book_.all()) {
            const ledger::ConsentRecord& record = known->record();
            const bool is_joint = record.subject_kind == "joint" || record.grantors.size() > 1;
            if (is_joint && scope_.passes(record)) tell(*known);
        }
    }

private:
    void tell(const KnownConsent& known) const {
        const ledger::ConsentRecord& record = known.record();
        std::vector<std::string> grantors, agreed, missing;
        for (std::size_t k = 0; k < record.grantors.size(); ++k) {
            const std::string& party = record.grantors[k].party;
            grantors.push_back(party);
            const bool has = (known.consent.state.authorised >> k & 1) != 0;
            (has ? agreed : missing).push_back(party);
        }
        const auto signed_at = [&](const std::string& party) {
            for (const auto& one : known.authorised) {
                if (one.grantor == party && one.version == record.version) {
                    return party + " " + format_time(one.at);
                }
            }
            return party;
        };
        for (std::string& party : agreed) party = signed_at(party);
        scope_.emit({joined(consent_cells(known, scope_.moment),
                            {list(grantors), number(record.threshold), list(agreed), list(missing),
                             yes_no(missing.empty()), "not on the ledger", number(known.leaf)}),
                     {known.leaf}});
    }
};

// Purposes, recipients and the rest, of consents that were in force at the end.
class Register final : public Bookkeeper {
public:
    explicit Register(Scope scope) : Bookkeeper(std::move(scope), Book::Texts::kept) {}
    static std::vector<Column> columns() {
        return {text_column("provider"),
                text_column("recipient"),
                text_column("purpose"),
                text_column("legal_basis"),
                list_column("categories"),
                number_column("consents"),
                number_column("subjects"),
                list_column("storage_places"),
                list_column("jurisdictions", false),
                list_column("retention"),
                text_column("onward")};
    }
    void finish() override {
        for (const KnownConsent* known : book_.all()) {
            const ledger::ConsentRecord& record = known->record();
            if (!is_open(known->status(scope_.moment)) || !scope_.passes(record)) continue;
            for (const std::string& recipient : record.recipients) {
                for (const std::string& purpose : record.purposes) {
                    add(*known, recipient, purpose);
                }
            }
        }
        for (const auto& [key, line] : lines_) {
            scope_.emit({{key[0], key[1], key[2], key[3], of(line.categories),
                          number(line.leaves.size()), number(line.subjects.size()), of(line.places),
                          of(line.jurisdictions), of(line.retentions), yes_no(line.onward)},
                         line.leaves});
        }
    }

private:
    using Words = std::map<std::string, bool>;
    struct Line {
        Words categories, subjects, places, jurisdictions, retentions;
        bool onward = false;
        std::vector<std::uint64_t> leaves;
    };
    static std::string of(const Words& words) {
        std::vector<std::string> parts;
        for (const auto& [word, there] : words) parts.push_back(word);
        return list(parts);
    }
    static void put(Words& words, const std::vector<std::string>& parts) {
        for (const std::string& part : parts) words[part] = true;
    }
    void add(const KnownConsent& known, const std::string& recipient, const std::string& purpose) {
        const ledger::ConsentRecord& record = known.record();
        Line& line = lines_[{record.provider, recipient, purpose, record.legal_basis}];
        put(line.categories, record.categories);
        put(line.subjects, {record.subject});
        put(line.places, parts_of(member(known.text, "/storage_places")));
        put(line.jurisdictions, parts_of(member(known.text, "/jurisdiction")));
        put(line.retentions, {text(record.retention)});
        line.onward =
            line.onward || std::ranges::find(record.onward, recipient) != record.onward.end();
        line.leaves.push_back(known.leaf);
    }

    std::map<std::vector<std::string>, Line> lines_;
};

// What happened to consents on each day, and how many were in force at its end.
class Metrics final : public Bookkeeper {
public:
    using Bookkeeper::Bookkeeper;
    static std::vector<Column> columns() {
        return {
            text_column("day"),           number_column("active"),    number_column("given"),
            number_column("amended"),     number_column("withdrawn"), number_column("revoked"),
            number_column("invalidated"), number_column("suspended"), number_column("rejected"),
            number_column("expired"),     number_column("abandoned"), number_column("superseded")};
    }
    void take(const Seen& seen) override {
        if (!ledger::is_lifecycle(seen.event.kind)) return;
        const ledger::LifecycleEvent& body = seen.event.lifecycle();
        const KnownConsent* before = book_.find(body.issuer, body.consent_id);
        const bool was_given = before != nullptr && before->given.has_value();
        const std::uint32_t version = before != nullptr ? before->record().version : 0;
        const ConsentStatus old =
            before != nullptr ? before->consent.state.status : ConsentStatus::requested;
        const KnownConsent* known = book_.apply(seen);
        if (known == nullptr || !scope_.passes(known->record())) return;
        Day& day = days_[seen.time / day_ms];
        if (known->given && !was_given) {
            ++day.given;
        } else if (was_given && known->record().version != version) {
            ++day.amended;
        }
        const ConsentStatus now = known->consent.state.status;
        if (now == old) return;
        if (now == ConsentStatus::withdrawn) ++day.withdrawn;
        if (now == ConsentStatus::revoked) ++day.revoked;
        if (now == ConsentStatus::invalidated) ++day.invalidated;
        if (now == ConsentStatus::suspended) ++day.suspended;
        if (now == ConsentStatus::rejected) ++day.rejected;
    }
    void finish() override {
        for (const KnownConsent* known : book_.all()) {
            if (scope_.passes(known->record())) end_of(*known);
        }
        std::int64_t active = 0;
        for (const auto& [number_of, day] : days_) {
            active += day.change;
            const TimeMs start = number_of * day_ms;
            if (!scope_.is_in_time(start) || start > scope_.moment) continue;
            scope_.emit({{format_time(start).substr(0, 10),
                          number(static_cast<std::uint64_t>(active)), number(day.given),
                          number(day.amended), number(day.withdrawn), number(day.revoked),
                          number(day.invalidated), number(day.suspended), number(day.rejected),
                          number(day.expired), number(day.abandoned), number(day.superseded)},
                         {}});
        }
    }

private:
    static constexpr TimeMs day_ms = 24 * 3600 * 1000;
    struct Day {
        std::uint64_t given = 0, amended = 0, withdrawn = 0, revoked = 0, invalidated = 0,
                      suspended = 0, rejected = 0, expired = 0, abandoned = 0, superseded = 0;
        std::int64_t change = 0;  // Of those in force.
    };
    // When it stopped being in force for good, by time or by event. A suspended one still counts.
    void end_of(const KnownConsent& known) {
        const ledger::ConsentState& state = known.consent.state;
        const ConsentStatus status = known.status(scope_.moment);
        const auto& until = known.record().valid_until;
        if (status == ConsentStatus::expired) {
            Day& day = days_[*until / day_ms];
            ++(known.given ? day.expired : day.abandoned);
            if (known.given) --day.change;
        } else if (status == ConsentStatus::superseded) {
            Day& day = days_[state.superseded_from_ms / day_ms];
            ++day.superseded;
            if (known.given) --day.change;
        } else if (known.given && !is_open(status)) {
            --days_[state.status_since_ms / day_ms].change;
        }
        if (known.given) ++days_[*known.given / day_ms].change;
    }

    std::map<TimeMs, Day> days_;
};

// Consents that have ended: until when their records are kept.
class Disposal final : public Bookkeeper {
public:
    using Bookkeeper::Bookkeeper;
    static std::vector<Column> columns() {
        return joined(consent_columns(),
                      {text_column("ended"), text_column("last_entry"), text_column("keep_until"),
                       text_column("due"), number_column("index", false)});
    }
    void take(const Seen& seen) override {
        book_.apply(seen);
        if (!seen.is_access()) return;
        const ledger::AccessEvent& access = seen.event.access();
        if (access.consent_id.empty()) return;
        last_[access.issuer + " " + access.consent_id] = seen.time;
    }
    void finish() override {
        for (const KnownConsent* known : book_.all()) {
            if (!scope_.passes(known->record())) continue;
            const auto ended = end_of(*known);
            if (!ended) continue;
            const ledger::ConsentRecord& record = known->record();
            const auto accessed = last_.find(record.issuer + " " + record.consent_id);
            TimeMs last = std::max(*ended, known->changed);
            if (accessed != last_.end()) last = std::max(last, accessed->second);
            const auto until = later(last, scope_.query.keep);
            if (!until) continue;
            scope_.emit({joined(consent_cells(*known, scope_.moment),
                                {format_time(*ended), format_time(last), format_time(*until),
                                 yes_no(*until <= scope_.moment), number(known->leaf)}),
                         {known->leaf}});
        }
    }

private:
    std::optional<TimeMs> end_of(const KnownConsent& known) const {
        const ConsentStatus status = known.status(scope_.moment);
        if (status == ConsentStatus::expired) return known.record().valid_until;
        if (status == ConsentStatus::superseded) return known.consent.state.superseded_from_ms;
        const bool is_final =
            status == ConsentStatus::rejected || status == ConsentStatus::withdrawn ||
            status == ConsentStatus::revoked || status == ConsentStatus::invalidated;
        if (!is_final) return std::nullopt;
        return known.consent.state.status_since_ms;
    }
    std::map<std::string, TimeMs> last_;
};

template <class T>
std::unique_ptr<Maker> make(const Scope& scope) {
    return std::make_unique<T>(scope);
}

template <class T>
Kind kind(std::string_view name, bool wants_signers = false) {
    return {name, Order::oldest_first, Reads::everything, wants_signers, T::columns(), make<T>, {}};
}

}  // namespace

std::vector<Kind> consent_kinds() {
    return {kind<History>("history", true), kind<ConsentAt>("consent-at"),
            kind<Expiring>("expiring"),     kind<ByNotice>("by-notice"),
            kind<Joint>("joint"),           kind<Register>("register"),
            kind<Metrics>("metrics"),       kind<Disposal>("disposal")};
}

}  // namespace consentree::client::report

// Reports about accesses beside the consents that they cite: what is special about whose data, and
// where it went.
#include "client/report/book.h"
#include "client/report/cells.h"
#include "common/time.h"

#include <algorithm>

namespace consentree::client::report {

namespace {

using ledger::EventKind;

// Requests, uses and disclosures with the consent that they cite, if it is in the log.
class Beside : public Maker {
public:
    explicit Beside(Scope scope) : scope_(std::move(scope)) {}
    void take(const Seen& seen) final {
        book_.apply(seen);
        const EventKind kind = seen.event.kind;
        const bool looks = kind == EventKind::access_request || kind == EventKind::access_use ||
                           kind == EventKind::access_disclosure;
        if (!looks || !scope_.is_in_time(seen.time) || !scope_.passes(seen.event.access())) return;
        const std::string& verdict = scope_.query.verdict;
        if (!verdict.empty() && verdict != ledger::verdict_name(seen.verdict())) return;
        look(seen, book_.cited_by(seen.event.access()));
    }

protected:
    virtual void look(const Seen& seen, const KnownConsent* known) = 0;

    static std::vector<Column> columns_with(const std::vector<Column>& own) {
        std::vector<Column> columns = {
            text_column("recorded"),       text_column("type", false),
            text_column("session", false), text_column("subject"),
            text_column("actor"),          text_column("purpose"),
            list_column("categories"),     text_column("legal_basis", false)};
        columns.insert(columns.end(), own.begin(), own.end());
        for (Column& column : std::vector<Column>{
                 text_column("issuer", false), text_column("consent"),
                 text_column("version", false), text_column("verdict"), list_column("reasons"),
                 text_column("event", false), number_column("height", false),
                 number_column("index"), text_column("tx", false)}) {
            columns.push_back(std::move(column));
        }
        return columns;
    }
    void tell(const Seen& seen,
              const KnownConsent* known,
              const std::vector<std::string>& own) const {
        const ledger::AccessEvent& access = seen.event.access();
        Row row{{format_time(seen.time), std::string(ledger::type_name(seen.event.kind)),
                 access.session_id, access.subject, access.actor_org, access.purpose,
                 list(access.categories), access.legal_basis},
                {seen.entry.index}};
        row.cells.insert(row.cells.end(), own.begin(), own.end());
        for (std::string& cell : std::vector<std::string>{
                 access.issuer, access.consent_id,
                 known != nullptr ? number(known->record().version) : "",
                 std::string(ledger::verdict_name(seen.verdict())),
                 list(ledger::reason_codes(seen.entry.head.flags)), access.event_id,
                 number(seen.entry.head.height), number(seen.entry.index),
                 to_hex(seen.entry.head.tx_id.view())}) {
            row.cells.push_back(std::move(cell));
        }
        if (known != nullptr) {
            row.leaves.insert(row.leaves.begin(), known->consent.terms->leaf);
        }
        scope_.emit(std::move(row));
    }

private:
    Scope scope_;
    Book book_;
};

class SpecialCategory final : public Beside {
public:
    using Beside::Beside;
    static std::vector<Column> columns() {
        return columns_with({text_column("special_basis"), text_column("expression")});
    }

private:
    void look(const Seen& seen, const KnownConsent* known) override {
        if (known == nullptr || known->record().special_basis.empty()) return;
        tell(seen, known, {known->record().special_basis, member(known->text, "/expression/type")});
    }
};

class Minors final : public Beside {
public:
    using Beside::Beside;
    static std::vector<Column> columns() {
        return columns_with({list_column("guardians"), list_column("authority_refs", false),
                             text_column("authority_until"), text_column("authority_held")});
    }

private:
    void look(const Seen& seen, const KnownConsent* known) override {
        if (known == nullptr) return;
        const ledger::ConsentRecord& record = known->record();
        std::vector<std::string> guardians, refs;
        std::optional<TimeMs> until;
        for (std::size_t k = 0; k < record.grantors.size(); ++k) {
            const ledger::Grantor& grantor = record.grantors[k];
            if (grantor.capacity != "guardian") continue;
            guardians.push_back(grantor.party);
            const std::string at = "/grantors/" + std::to_string(k) + "/authority_ref";
            refs.push_back(member(known->text, at.c_str()));
            if (grantor.authority_until) {
                until =
                    std::min(until.value_or(*grantor.authority_until), *grantor.authority_until);
            }
        }
        if (record.subject_kind != "minor" && guardians.empty()) return;
        const bool held = !guardians.empty() && (!until || seen.time < *until);
        tell(seen, known, {list(guardians), list(refs), time_text(until), yes_no(held)});
    }
};

// Where the place of the access, or the places where its data is kept, lie outside the consent's
// jurisdiction.
class Transfers final : public Beside {
public:
    using Beside::Beside;
    static std::vector<Column> columns() {
        return columns_with({text_column("onward_party", false), text_column("place"),
                             list_column("storage_places"), list_column("jurisdiction"),
                             list_column("geo_limit", false), text_column("outside")});
    }

private:
    void look(const Seen& seen, const KnownConsent* known) override {
        const ledger::AccessEvent& access = seen.event.access();
        const std::string& text_json = known != nullptr ? known->text : none_;
        const std::string places = member(text_json, "/storage_places");
        const std::string home = member(text_json, "/jurisdiction");
        const std::vector<std::string> inside = parts_of(home);
        const auto is_outside = [&inside](const std::string& place) {
            return std::ranges::find(inside, place) == inside.end();
        };
        std::vector<std::string> outside;
        if (!access.place.empty() && is_outside(access.place)) outside.push_back(access.place);
        for (const std::string& place : parts_of(places)) {
            const bool is_new = std::ranges::find(outside, place) == outside.end();
            if (is_outside(place) && is_new) outside.push_back(place);
        }
        if (outside.empty()) return;
        tell(seen, known,
             {access.after->onward_party, access.place, places, home,
              known != nullptr ? list(known->record().geo_limit) : "", list(outside)});
    }
    const std::string none_;
};

template <class T>
std::unique_ptr<Maker> make(const Scope& scope) {
    return std::make_unique<T>(scope);
}

template <class T>
Kind kind(std::string_view name) {
    return {name,
            Order::oldest_first,
            Reads::everything,
            false,
            T::columns(),
            make<T>,
            {"subject", "actor", "purpose", "consent"}};
}

}  // namespace

std::vector<Kind> oversight_kinds() {
    return {kind<SpecialCategory>("special-category"), kind<Minors>("minors"),
            kind<Transfers>("transfers")};
}

}  // namespace consentree::client::report

// What the entries of one key say about the consents in it, kept up to date entry by entry, oldest
// first, by the rules of ledger/consent. An institution's log may begin in the middle of a
// consent's life (an amendment named it): then the consent begins there. Internal.
#pragma once

#include "client/report/kind.h"
#include "ledger/consent.h"

#include <unordered_map>

namespace consentree::client::report {

struct KnownConsent {
    ledger::Consent consent;
    // JSON of the record in force, and of the one that waits, if the book keeps texts.
    std::string text, pending_text;
    TimeMs recorded = 0;          // Its first entry.
    std::optional<TimeMs> given;  // First in force.
    std::uint64_t leaf = 0;       // Of the newest entry that changed it,
    TimeMs changed = 0;           // and its time.
    struct Authorised {
        std::string grantor;
        std::uint32_t version = 0;
        TimeMs at = 0;
    };
    std::vector<Authorised> authorised;

    const ledger::ConsentRecord& record() const { return consent.terms->record; }
    ledger::ConsentStatus status(TimeMs time) const {
        return ledger::status_at(consent.state, record(), time);
    }
    std::string status_name(TimeMs time) const {
        return std::string(ledger::status_name(status(time)));
    }
};

class Book {
public:
    enum class Texts : bool { kept, dropped };  // A third of what a consent takes.
    explicit Book(Texts texts = Texts::kept) : texts_(texts) {}

    // The consent that a lifecycle event is about, after it; null if it is not known.
    const KnownConsent* apply(const Seen& seen);
    const KnownConsent* find(std::string_view issuer, std::string_view consent_id) const;
    // That an access cites; null if it cites none that is known.
    const KnownConsent* cited_by(const ledger::AccessEvent& access) const {
        return find(access.issuer, access.consent_id);
    }
    // In the order of their first entries.
    const std::vector<const KnownConsent*>& all() const { return order_; }

private:
    KnownConsent& begin(const Seen& seen);
    void supersede(const KnownConsent& known, TimeMs time);

    std::string text_of(const Seen& seen) const;

    Texts texts_;
    std::unordered_map<std::string, KnownConsent> consents_;
    std::vector<const KnownConsent*> order_;
};

// The columns that say which consent, and their cells.
std::vector<Column> consent_columns();
std::vector<std::string> consent_cells(const KnownConsent& known, TimeMs moment);

}  // namespace consentree::client::report

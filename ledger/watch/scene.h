// One access entry as the watch rules look at it, and the sentences that they say about it. Private
// to ledger/watch.
#pragma once

#include "ledger/queries.h"
#include "ledger/watch/alert.h"

namespace consentree::ledger::watch {

struct Cited {
    ConsentKey key;
    ConsentRecord record;  // Of the version in force as the tables have it.
    ConsentStatus status = ConsentStatus::requested;
    TimeMs status_since = 0;
};
// The consent that the access cites, if the ledger has it.
std::optional<Cited> cited_by(const AccessEvent& access, const Reader& reader);
// Unattended uses in the window that holds the time, up to it.
std::uint64_t uses_in_window(const Cited& consent, TimeMs time, const Reader& reader);

bool is_handed_over(const AccessEvent& delivery);
inline TimeMs time_of(const EntryView& entry) {
    return static_cast<TimeMs>(entry.time_us / 1000);
}

// An alert about the entry, raised by it, without its sentence.
Alert alert_about(Rule rule,
                  Severity severity,
                  const EntryView& entry,
                  const AccessEvent& access,
                  const std::optional<Cited>& consent);
// "2 d 3 h", "5 min", "12 s"
std::string span_text(TimeMs span);
// "unilab asked for data under consent northbank/c1"
std::string deed_text(EventKind kind,
                      const AccessEvent& access,
                      const std::optional<Cited>& consent);

}  // namespace consentree::ledger::watch

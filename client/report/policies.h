// Which versions of schemes and vocabularies a report's rows were judged by: the consents among its
// entries say which schemes, the proven log of governance which versions. Internal; one thread.
#pragma once

#include "client/report/kind.h"

#include <deque>

namespace consentree::client::report {

class Policies {
public:
    static constexpr std::size_t entries_max = 20'000;

    // An entry about the report's key.
    void take(const Seen& seen);
    // Whether the log of governance is to be read besides. is_whole: no entry of the key stands
    // before those taken, so that the records of all consents are among them.
    bool begin(bool is_whole);
    // An entry of it, oldest first.
    void govern(const Seen& seen);

    // Governance has said more than can be kept.
    bool is_full() const { return entries_.size() > entries_max; }

    // What it says about schemes and vocabularies.
    const std::deque<ledger::ProvenEntry>& entries() const { return entries_; }
    // In one line.
    std::string sentence() const;
    // Whether one of the schemes lets a newer consent take the place of an older one that it does
    // not name: what ends such a consent does not stand under it.
    bool may_replace() const;

private:
    struct Version;
    std::vector<Version> versions() const;

    // What the entries say about a scheme's consents.
    struct Meant {
        std::uint64_t since = 0;  // The leaf of the first.
        bool recurs = false;      // One of them is not for once.
    };
    std::map<std::string, Meant> meant_;
    bool cites_consents_ = false, is_whole_ = true;
    std::deque<ledger::ProvenEntry> entries_;
};

}  // namespace consentree::client::report

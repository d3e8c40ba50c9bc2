// The watch rules of docs/alerts.md: a fold over the log, entry by entry. What they say follows
// from the entries that they have read and the settings, and from nothing else: no clock, no node.
// Bounded memory. One thread.
#pragma once

#include "ledger/queries.h"
#include "ledger/recent.h"
#include "ledger/watch/obligations.h"
#include "ledger/watch/volume.h"

namespace consentree::ledger::watch {

class Rules {
public:
    explicit Rules(const Settings& settings)
        : settings_(settings), volume_(settings_), obligations_(settings.obligations_max) {}
    Rules(const Rules&) = delete;
    Rules& operator=(const Rules&) = delete;

    struct Findings {
        std::vector<Alert> raised;
        std::vector<std::string> ended;  // Ids of alerts that were raised before.
    };
    // The next entry of the log, and the SEAL that ends its block. reader: the tables after the
    // block, or after a later one.
    Findings read(const EntryView& entry, const Reader& reader);
    Findings read(const Seal& seal, const Reader& reader);

    std::uint64_t forgotten() const { return obligations_.forgotten(); }

private:
    struct Scene;  // One entry with what the ledger says of its consent.
    static constexpr std::size_t remembered = 65'536;

    void judge(Scene& scene);
    void near_cap(Scene& scene);
    void volume(Scene& scene);
    void delivery(Scene& scene);
    void receipt(Scene& scene);
    void compare(Scene& scene, std::uint64_t other_leaf);
    void expect(const Scene& scene, Rule rule, const Hash& key, TimeMs due, Findings& findings);
    void fulfil(const Hash& key, Findings& findings);
    Alert overdue(const Obligations::One& one, const Seal& seal, const Reader& reader) const;

    const Settings settings_;
    Volume volume_;
    Obligations obligations_;
    Recent<Hash, TimeMs> said_near_cap_{remembered};  // By consent: when.
    Recent<Hash, std::uint64_t> confirmed_{
        remembered};  // Leaf of a delivery or receipt with both halves.
};

}  // namespace consentree::ledger::watch

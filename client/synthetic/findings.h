// What somebody finds who reads synthetic data back from the ledger, by the entries alone, and how
// it compares with what was planted. Pure; keeps what is still open of each session of an
// institution.
#pragma once

#include "client/synthetic/round.h"

#include <set>
#include <unordered_map>

namespace consentree::client::synthetic {

class Findings {
public:
    // Of the load with this tag between these institutions. Others cannot record receipts or
    // deletions: of them none is missing.
    Findings(std::vector<std::string> institutions, std::string tag);

    // Entries with what stands in their leaves, each once, in the order of the log at least of each
    // consent.
    void add(std::uint16_t verdict, std::uint32_t flags, std::string_view event);
    // Ends it.
    std::vector<Finding> take();
    std::uint64_t events() const { return events_; }

private:
    struct Delivery {
        std::string event_id, commitment;
        bool is_received = false;
    };
    struct Open {
        bool has_ended = false;
        std::unordered_map<std::string, Delivery> deliveries;  // By session: not deleted.
    };
    bool is_of_load(std::string_view id) const;
    void judge(std::uint16_t verdict, std::uint32_t flags, const std::string& event_id);

    std::set<std::string, std::less<>> institutions_;
    std::string mark_;  // "_tag_"
    std::unordered_map<std::string, Open> consents_;
    std::unordered_map<std::string, unsigned> users_;
    std::vector<Finding> found_;
    std::uint64_t events_ = 0;
};

// By kind: how many were planted, and how many of these were found as they must be.
struct Compared {
    struct Kind {
        std::string name, expected;  // "DENY PURPOSE_MISMATCH"
        std::uint64_t planted = 0, found = 0;
    };
    std::vector<Kind> kinds;  // In the order of the kinds' first appearance.
    std::vector<Planted> missed;
    std::vector<Finding> unexpected;
    bool agrees() const { return missed.empty() && unexpected.empty(); }
};
Compared compare(const std::vector<Planted>& planted, const std::vector<Finding>& found);
// "DENY PURPOSE_MISMATCH", or the rule's name.
std::string describe(const Finding& finding);

}  // namespace consentree::client::synthetic

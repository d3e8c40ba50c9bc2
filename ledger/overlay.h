// The state during the execution of one block: rows read once from the tables before it, changes
// kept in memory, one row written for each thing that changed. Private to execution; lives on the
// thread that executes.
#pragma once

#include "ledger/consent.h"
#include "ledger/governance_state.h"
#include "ledger/overlay_rows.h"
#include "ledger/recent.h"
#include "ledger/scheme_memory.h"

#include <deque>
#include <unordered_map>

namespace consentree::ledger {

// Where an event stands in the ledger.
struct RecordedAt {
    std::uint64_t leaf = 0;
    TimeMs time = 0;
    Height height = 0;
};

class Overlay {
public:
    using Consents = Recent<ConsentKey, Consent>;
    // recent and schemes, if there are any, hold what the blocks before have used. Ends with
    // keep_recent().
    explicit Overlay(const Reader& before,
                     Consents* recent = nullptr,
                     SchemeMemory* schemes = nullptr);

    // A consent as it stands now in the block.
    struct Slot {
        ConsentKey key;
        bool exists = false;
        bool changed = false;
        Consent consent;
        std::vector<std::shared_ptr<const Terms>> new_terms;
        // Whose place it took in this block because of its scheme, and the leaf that did it.
        std::vector<std::pair<std::uint64_t, ConsentKey>> replaced;
        // Rows of its uses that were filled in this block, by number.
        std::vector<std::pair<std::uint64_t, UsesRow>> full_uses;
        // The stored row of its uses that was looked at last, and its number.
        std::optional<std::pair<std::uint64_t, UsesRow>> row_at_hand;
    };
    // The reference stays valid; exists is false for a consent that nobody requested.
    Slot& consent(std::string_view issuer, std::string_view consent_id);
    Slot& consent(const ConsentKey& key);
    // As above, and remembers what it was, for roll_back().
    Slot& change(const ConsentKey& key);
    std::size_t consent_count() const { return slots_.size(); }
    std::uint64_t take_number() { return ++consents_; }

    // Ends the lifecycle part of a transaction: its changes stay, or never happened.
    void keep();
    void roll_back();

    // Another entry about a consent that exists, and whether it counts as a use.
    static void count_event(Slot& slot, TimeMs time, Use use);
    // Of the unattended uses: the time of one by its place, and those from start on.
    TimeMs use_time(Slot& slot, std::uint64_t place) const;
    struct WindowUses {
        std::uint64_t first = 0;  // Place of the oldest.
        std::uint64_t count = 0;  // Without those that were given back.
    };
    WindowUses window_uses(Slot& slot, TimeMs start) const;
    // Whether these are at least so many, not 0: looks at one use, however many there are.
    bool is_window_full(Slot& slot, TimeMs start, std::uint64_t count) const;

    using Session = OverlayRows<SessionState>::Row;
    Session& session(const Bytes& key) { return sessions_.at(key); }

    OverlayRows<Restrictions>::Row& restrictions(std::string_view subject) {
        return restrictions_.at(named_key(StateKind::restrictions, subject));
    }
    // Null if the subject has none. Costs nothing while nobody has any.
    const Restrictions* find_restrictions(std::string_view subject);
    // By key; changes are the transaction's, like those of consents.
    OverlayRows<PartyState>& parties() { return parties_; }
    OverlayRows<AgreementState>& agreements() { return agreements_; }
    const AgreementState* agreement(std::string_view id) {
        const auto& row = agreements_.at(named_key(StateKind::agreement, id));
        return row.exists ? &row.value : nullptr;
    }
    OverlayRows<PolicyState>& policies() { return policies_; }
    OverlayRows<PolicyDocument>& policy_documents() { return policy_documents_; }
    OverlayRows<RecurringConsent>& recurring() { return recurring_; }
    SchemeMemory& schemes() { return schemes_ != nullptr ? *schemes_ : own_schemes_; }

    // The tables before the block.
    const Reader& before() const { return before_; }
    const std::optional<KeyState>& key(const PublicKey& key);

    // The rows that changed, in the order in which they were first touched.
    void collect_writes(WriteSet& writes) const;
    // Hands the consents over for the next block. Nothing of this one may be asked any more.
    void keep_recent();

private:
    void collect_consent(WriteSet& writes, const Slot& slot) const;

    bool load(Slot& slot) const;

    const Reader& before_;
    Consents* recent_;
    std::deque<Slot> slots_;
    std::unordered_map<ConsentKey, Slot*, UniformHash> by_key_;
    std::vector<std::pair<Slot*, Slot>> journal_;  // What changed slots were before.
    OverlayRows<SessionState> sessions_;
    OverlayRows<Restrictions> restrictions_;
    std::optional<bool> had_restrictions_;  // Before the block, anybody.
    OverlayRows<PartyState> parties_;
    OverlayRows<AgreementState> agreements_;
    OverlayRows<PolicyState> policies_;
    OverlayRows<PolicyDocument> policy_documents_;
    OverlayRows<RecurringConsent> recurring_;
    SchemeMemory* schemes_;
    SchemeMemory own_schemes_;
    std::unordered_map<PublicKey, std::optional<KeyState>, UniformHash> keys_;
    std::uint64_t consents_ = 0;
    std::uint64_t consents_before_ = 0;  // At the start of the block,
    std::uint64_t consents_kept_ = 0;    // and of the transaction.
};

}  // namespace consentree::ledger

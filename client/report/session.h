// Access sessions, put together from their entries. Read newest first, what followed a request has
// been seen when the request comes: its row is whole at once, and nothing is held for it longer
// than the session lasted. Internal.
#pragma once

#include "client/report/kind.h"

#include <unordered_map>

namespace consentree::client::report {

// Checks and flags of an event that followed a request, and when the oldest such was recorded.
struct Later {
    ledger::EventKind kind;
    std::uint32_t flags = 0;
    TimeMs since = 0;
};

// One request and what followed it in its session. Without a request: what followed one that lies
// outside the time asked for.
struct Session {
    bool has_request = false;
    ledger::AccessEvent access;  // The request; else the first known event.
    TimeMs occurred = 0, recorded = 0;
    ledger::Verdict verdict = ledger::Verdict::none;  // Of the request.
    std::uint32_t failed = 0;                         // Checks of the request, and its flags.
    std::optional<TimeMs> granted_until;              // Of the data, if less than was asked.
    std::uint64_t index = 0;
    Height height = 0;
    Hash tx_id;

    std::string claimed;                                       // By the provider: permit, deny.
    std::string delivery;                                      // Newest: "delivered", ...
    ledger::Verdict delivery_verdict = ledger::Verdict::none;  // The worst.
    std::vector<Later> later;                                  // Of what followed, each once.
    bool was_denied_later = false;                             // A delivery, use or disclosure.
    std::optional<TimeMs> delivered, received, deleted;
    std::uint64_t deliveries = 0, receipts = 0, uses = 0, disclosures = 0, records = 0, bytes = 0;
    std::string sent, arrived;  // What the provider, and the recipient, say was delivered: hashes.
    std::vector<std::string> delivered_as, received_as;  // Event ids of the deliveries.
    std::string voided;                  // When the consent was invalidated afterwards.
    std::string asked_by, delivered_by;  // Keys that signed request and delivery, if asked for.
    std::vector<std::uint64_t> leaves;

    // Of the request, then of what followed.
    std::vector<std::string> reasons() const;
    std::vector<std::string> flags() const;
    bool has_failed(std::initializer_list<ledger::Check> checks) const;
    // How the two halves of its deliveries differ; empty if they do not.
    std::string mismatch() const;
    // Who delivered has recorded the request, too, and the recipient nothing.
    bool is_one_sided() const;
    bool was_denied() const { return verdict == ledger::Verdict::deny || was_denied_later; }
};

// Of 2.2 of the questions: one row a session.
std::vector<Column> session_columns();
Row session_row(const Session& session);

std::string consent_name(std::string_view issuer, std::string_view consent_id);
void add_each_once(std::vector<std::string>& all, std::vector<std::string> more);
// The checks that what followed a request failed, each with what it was: "use: RETENTION_ENDED".
// What the request failed itself is not said again.
void add_later_reasons(std::vector<std::string>& all, ledger::EventKind kind, std::uint32_t flags);

// Newest first. Sessions whose request never comes are told of at the end, or when too many wait.
class Sessions : public Maker {
public:
    static constexpr std::size_t waiting_max = 50'000;

    explicit Sessions(Scope scope) : scope_(std::move(scope)) {}
    void take(const Seen& seen) override;
    void finish() override { tell_all(); }

protected:
    // A whole session that passes the filters; its leaves ascend.
    virtual void tell(Session session) = 0;
    const Scope& scope() const { return scope_; }

private:
    void consider(Session session);
    void tell_all();

    Scope scope_;
    std::unordered_map<std::string, Session> waiting_;
    std::unordered_map<std::string, std::string> voided_;  // Consents that were invalidated: when.
};

}  // namespace consentree::client::report

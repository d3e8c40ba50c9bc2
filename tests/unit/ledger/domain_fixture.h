// A ledger in memory for the domain's tests: four institutions with a
// key and an administrator's key ("northbank-admin") each, event texts with
// sensible members, and blocks of one batch executed at a given time.
#pragma once

#include "common/hash.h"
#include "common/time.h"
#include "ledger/execute.h"
#include "ledger/queries.h"

#include <map>
#include <unordered_map>

namespace consentree::ledger::test {

// Tables in memory. Reads what apply() wrote.
class MapTables : public Reader {
public:
    MapTables() = default;
    MapTables(const MapTables&) = delete;
    MapTables& operator=(const MapTables&) = delete;
    std::optional<Bytes> get(Table table, BytesView key) const override;
    void scan(Table table,
              BytesView from,
              BytesView until,
              Direction direction,
              const Visit& visit) const override;
    void apply(const WriteSet& writes);

private:
    struct Rows {
        std::map<Bytes, Bytes> ordered;
        std::unordered_map<std::string, const Bytes*> by_key;
    };
    Rows tables_[table_count];
};

inline constexpr TimeMs day_ms = 86'400'000;

// 2026-06-01T00:00:00.000Z, before which the test network starts.
TimeMs start_time();

// The members of an event that a test varies; the rest is filled in.
struct RecordText {
    std::string consent_id = "c1";
    std::string issuer = "northbank";
    int version = 1;
    std::string supersedes;
    std::string subject = "sub:alice";
    std::string grantors = R"([{"party":"sub:alice","capacity":"self"}])";
    std::string authorisation;  // JSON, or nothing.
    std::string provider = "medcare";
    std::string recipient = "unilab";
    std::string purposes = R"([{"code":"research"}])";
    std::string categories = R"(["lab-results"])";
    std::string resources = R"("all")";
    std::string actions = R"(["view"])";
    std::string valid_from = "2026-01-01T00:00:00.000Z";
    std::string valid_until = R"("2027-01-01T00:00:00.000Z")";
    std::string data_range;  // Members with a leading comma, or nothing.
    std::string fetch = R"({"kind":"periodic"})";
    std::string max_uses;  // JSON, or nothing.
    std::string retention = R"({"unit":"day","value":30,"basis":"from_delivery"})";
    std::string more;  // Members with a leading comma, or nothing.
};
std::string record_text(const RecordText& text);
std::string request_consent(const RecordText& text, TimeMs at);
std::string amend_consent(const RecordText& text, TimeMs at);
std::string renew_consent(const RecordText& text, TimeMs at);
// authorise, by sub:alice unless told.
std::string authorise(TimeMs at,
                      int version = 1,
                      std::string_view consent_id = "c1",
                      std::string_view grantor = "sub:alice");
// reject, suspend, resume, withdraw, revoke.
std::string lifecycle(std::string_view type,
                      TimeMs at,
                      int version = 1,
                      std::string_view consent_id = "c1");

struct AccessText {
    std::string event_id;  // Empty: a new one each time.
    std::string session_id = "s1";
    std::string issuer = "northbank";
    std::string consent_id = "c1";
    int version = 0;
    std::string actor_org = "unilab";
    std::string subject = "sub:alice";
    std::string purpose = "research";
    std::string categories = R"(["lab-results"])";
    std::string resources = R"("all")";
    std::string data_range;  // Members with a leading comma, or nothing.
    std::string action = "view";
    bool attended = false;
    std::string legal_basis = "consent";
};
std::string access_request(const AccessText& text, TimeMs at);
// Any other; members: JSON members of its own, with a leading comma.
std::string access_event(std::string_view type,
                         const AccessText& text,
                         TimeMs at,
                         std::string_view members);
inline constexpr std::string_view delivered =
    R"(,"status":[{"resource":"r1","status":"delivered"}])";
inline constexpr std::string_view failed = R"(,"status":[{"resource":"r1","status":"failed"}])";

class Network {
public:
    // Keys are new ones, or those that the seed leads to.
    explicit Network(std::string_view seed = "");

    Transaction sign(std::string_view institution,
                     std::vector<std::string> events,
                     TimeMs valid_until = 0);
    CheckedTransaction check(const Transaction& transaction) const;
    BatchPtr batch(const std::vector<Transaction>& transactions, ValidatorIndex lane = 0);
    OrderedBlock block(std::vector<BatchPtr> batches, TimeMs at) const;

    // Executes a block and keeps what it wrote; twice, and without what is remembered, to compare.
    Execution run(const OrderedBlock& block, bool is_compared = true);
    // One transaction in a block of its own.
    TxOutcome submit(std::string_view institution, std::vector<std::string> events, TimeMs at);
    // As above; the entry of its last event.
    EntryView record(std::string_view institution, std::vector<std::string> events, TimeMs at);
    // Requests and authorises a consent.
    void grant(const RecordText& text, TimeMs at);

    const Genesis& genesis() const { return genesis_; }
    const MapTables& tables() const { return tables_; }
    ConsentView consent(std::string_view id, TimeMs at) const;

private:
    void add_admin(const std::string& institution, SecretKey key);

    Genesis genesis_;
    std::map<std::string, SecretKey, std::less<>> keys_;
    std::vector<SecretKey> identities_;
    std::vector<LaneCursor> lanes_;
    MapTables tables_;
    PatriciaTree map_;
    RecentState recent_;
    std::uint64_t nonce_ = 0;
};

}  // namespace consentree::ledger::test

// The rule of docs/verdict.md and docs/events.md written a second time: slow, plain, with names and
// lists of strings instead of bits, and no line of ledger/ or common/. What execution says is
// compared with it (model_test.cpp).
#pragma once

#include "tests/unit/ledger/reference_scheme.h"

namespace reference {

struct Fetch {
    bool once = false;
    int count = 0;  // 0: not limited.
    std::string unit = "day", window = "sliding";
    bool says_window = true;
};

struct Record {
    int version = 1;
    std::string id, supersedes, subject, provider, manager, agreement;
    std::string scheme, template_id, special_basis;
    List grantors;
    std::map<std::string, Time> authority_until;  // By grantor.
    int threshold = 1;
    List recipients, onward, purposes, categories, actions, places;
    bool all_resources = false;
    List resources;
    Time valid_from = 0;
    std::optional<Time> valid_until, data_from, data_until;
    Fetch fetch;
    int max_uses = 0;  // 0: not limited.
    std::string retention_unit = "day", retention_basis = "from_delivery";
    int retention_value = 0;
    Time retention_until = 0;
    bool needs_review = false;
};

struct Agreement {
    int version = 0;
    std::string hash;
    List parties, purposes, categories;
    Time valid_from = 0;
    std::optional<Time> valid_until;
};

// One event as its submitter says it. Which members matter depends on the type.
struct Event {
    std::string type;  // "consent.request"
    Time happened = 0;
    std::string consent;  // Its id; every consent here has the issuer northbank. Or empty.
    int version = 0;
    Record record;
    std::string grantor;
    List resources;
    std::string agreement;
    Agreement terms;  // propose; of accept version and hash.
    std::string event_id, session, org, subject, purpose, action, place, basis, onward_party;
    List categories, statuses;
    bool all_resources = false, attended = false, claims_permit = false;
    std::optional<Time> data_from, data_until;
    std::string right, request, result;
    Time until = 0;
};

// How a transaction is signed.
struct Signature {
    std::string key;    // Its name; which are registered is in reference.cpp.
    std::string fault;  // "signature": it is none of this key; "events": they changed.
    std::optional<Time> valid_until = {};  // None: some time soon.
};

// What becomes of it: refused with a code, or recorded with verdict, reasons and flags.
struct Outcome {
    std::string refused;
    std::string verdict;  // Empty: not judged.
    List reasons, flags;
    bool operator==(const Outcome&) const = default;
};
std::string describe(const Outcome& outcome);

// Everything about one subject: consents, agreements, restrictions, sessions.
class World {
public:
    explicit World(const Laws& laws) : laws_(&laws) {}

    // A transaction in a block at that time: all recorded, or the first refusal for all. Accesses
    // are judged after the whole transaction was let in.
    std::vector<Outcome> submit(const Signature& signature,
                                const std::vector<Event>& events,
                                Time now);
    // The state of a consent as people are shown it; empty if there is none.
    std::string state_of(const std::string& consent, Time now) const;
    int version_of(const std::string& consent) const;
    int newest_version_of(const std::string& consent) const;
    int pending_version_of(const std::string& consent) const;   // 0: none waits.
    int agreed_version_of(const std::string& agreement) const;  // 0: none is in force.
    // Of the version in force: as it was sent, and as its scheme reads it.
    const Record* written_of(const std::string& consent) const;
    const Record* record_of(const std::string& consent) const;

private:
    struct Use {
        Time time = 0;
        bool attended = false, returned = false, delivered = false;
    };
    struct Version {
        Record written, read;    // What was sent, and the terms as the scheme reads them.
        int scheme_version = 0;  // In force when it was recorded; 0: under no scheme.
        bool exceeds = false;    // The scheme's caps.
        bool is_renewal = false;
    };
    struct Consent {
        std::map<int, Version> versions;  // All that were ever proposed.
        int in_force = 1, newest = 1, pending = 0;
        std::set<std::string> agreed, pending_agreed;
        std::string status = "requested";
        Time since = 0;
        std::optional<Time> superseded;
        std::set<std::string> added, removed;
        std::vector<Use> uses;
        const Version& version() const { return versions.at(in_force); }
        const Record& record() const { return version().read; }
    };
    struct Session {
        std::string asked;  // Verdict of the newest request that the session remembers.
        int use = -1;       // Of the consent's uses, the session's newest.
        std::optional<Time> data_from, data_until;  // What that request was let in for.
        std::optional<Time> delivered;
        bool deleted = false;
        Time override_until = 0;
    };
    struct Deal {
        Agreement in_force, proposed;
        std::set<std::string> accepted;
        std::optional<Time> ended;
    };

    std::string refusal_of(const std::string& institution,
                           bool is_authority,
                           const Event& event,
                           Time now);
    std::string request_consent(const std::string& institution, const Event& event, Time now);
    std::string change_consent(const std::string& institution,
                               bool is_authority,
                               const Event& event,
                               Time now);
    // The record as a version of a consent, or why its scheme refuses it.
    std::string read_by_scheme(const Record& record, Version& version) const;
    std::string amend(Consent& consent, const Event& event, const Version& version);
    std::string authorise(Consent& consent, const Event& event, Time now);
    std::string change_agreement(const std::string& institution, const Event& event, Time now);
    std::string agreement_fault(const Record& record, Time now) const;
    std::string access_fault(const std::string& institution,
                             bool is_authority,
                             const Event& event) const;
    void supersede_by(const Consent& consent, Time now);
    bool is_recurring_pair(const Consent& older, const Consent& newer) const;

    const Scheme* scheme_at_grant(const Consent& consent) const;
    Time skew_of(const Consent* consent) const;
    std::optional<Time> trimmed(const Event& event, const Consent* consent) const;

    bool is_agreed(const std::string& agreement, const std::string& purpose, Time now) const;
    std::string status_in_force(const Consent& consent, Time now) const;

    Outcome record(const Event& event, Time now);
    // The codes of the checks that fail, in the order of docs/verdict.md.
    struct Case;
    List failing(const Event& event, const Consent* known, const Session* session, Time now) const;
    void check_identity(Case& one) const;
    void check_force(Case& one) const;
    void check_purpose(Case& one) const;
    void check_scope(Case& one) const;
    void check_limits(Case& one) const;
    void check_kept(Case& one) const;
    void check_scheme(Case& one) const;
    void check_delivered_range(Case& one) const;
    void check_agreement(Case& one) const;
    bool is_paging(const Event& event, const Consent& consent, Time now) const;
    bool exceeds_rate(const Consent& consent, Time now) const;
    void note_request(const Event& event, Consent* consent, const std::string& verdict, Time now);
    void note_delivery(const Event& event, Consent* consent, Time now);
    std::string session_name(const Event& event) const;

    const Laws* laws_;
    std::map<std::string, Consent> consents_;
    std::map<std::string, Deal> agreements_;
    std::map<std::string, Session> sessions_;
    // Subject, institution, request.
    std::set<std::vector<std::string>> restrictions_;
};

// Whether uses at that time count in the window that holds now.
bool is_in_window(const Fetch& fetch, Time valid_from, Time use, Time now);
// Months or years on, the day clamped.
Time months_on(Time time, int months);

}  // namespace reference

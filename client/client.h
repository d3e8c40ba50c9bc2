// The client library: submits signed events to a network and reads from it, believing no node.
// Every receipt it returns has been verified against the trust file; what a node merely says is
// marked as not proven. Safe to use from several threads. Public: standard types only.
#pragma once

#include "client/outcome.h"
#include "verifier/report.h"

#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace consentree::client {

namespace report {
struct Query;
struct Statement;
class Sink;
}  // namespace report

// An Ed25519 key that signs transactions. Copies share one secret, wiped with the last of them.
class SigningKey {
public:
    static SigningKey generate();
    // A PKCS#8 PEM file, as `consentree key gen` or `openssl genpkey -algorithm ed25519` makes it.
    static Outcome<SigningKey> load(const std::string& path);
    // Refuses to overwrite; mode 0600.
    Outcome<Done> save(const std::string& path) const;
    std::string fingerprint() const;        // "ctk1-7Q2M-9XKD-41VF-PZ6T"
    std::string public_key_base64() const;  // 32 bytes.
    std::string public_key_hex() const;

private:
    friend class Client;
    struct Impl;  // signing_key.h
    explicit SigningKey(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
    std::shared_ptr<const Impl> impl_;
};

struct Options {
    std::vector<std::string> urls{};  // "http://127.0.0.1:8501": tried in order, with fail-over.
    std::string trust{};              // Path of the trust file. Without it nothing can be verified.
    std::string ca{};     // Path: certificates for https URLs, PEM; empty: the system's.
    std::string token{};  // Path of the file with the bearer token, for nodes that ask for one.
    std::optional<SigningKey> key{};  // Needed to submit.
    std::string institution{};        // Who the key speaks for; issuer of consents it grants.
    std::string agreement{};          // Path of an agreement file: what fills consent records.
    std::chrono::milliseconds timeout{30'000};  // Of one call as a whole.
    // Events submitted within this time of each other share one signed transaction. 0: off.
    std::chrono::milliseconds coalesce{3};
    // Where the newest checkpoint is remembered; empty: $XDG_STATE_HOME/consentree. "none":
    // nowhere.
    std::string state_dir{};
    // Lists about a subject, consent, actor or provider are asked for with their proof and
    // verified. Without: one node's word.
    bool prove = true;
};

enum class Wait : std::uint8_t {
    accepted,   // A node has the transaction on disk; it is not yet decided.
    committed,  // Decided, and the receipt verified.
};
namespace wait {
inline constexpr Wait accepted = Wait::accepted;
inline constexpr Wait committed = Wait::committed;
}  // namespace wait

// Gives a consent: request and authorisation in one transaction. What stays empty comes from the
// agreement file; a member that neither has is a usage failure that names it, never invented.
struct Grant {
    std::string subject{};             // "sub:8f2c": a keyed pseudonym, never a name.
    std::string recipient{};           // Institution id.
    std::string purpose{};             // Code.
    std::vector<std::string> data{};   // Category codes.
    std::string expires{};             // RFC 3339, a date, "30d", or "never".
    std::string consent_id{};          // Empty: a new one.
    std::string issuer{}, provider{};  // Empty: Options::institution, the agreement's provider.
    std::string legal_basis{};
    std::vector<std::string> actions{};
    std::vector<std::string> resources{};     // Empty: all.
    std::string valid_from{};                 // Empty: now.
    std::vector<std::string> grantors{};      // Empty: the subject, for themself.
    std::string capacity{}, authority_ref{};  // Of grantors other than the subject.
    std::string authorisation{};              // "any", "all" or how many; empty: unsaid.
    std::string subject_kind{};               // person, joint, organisation, minor
    std::string agreement{};                  // On the ledger: the one that it is under.
    std::string scheme{}, template_id{};
    // With the authorisation in the same transaction: of the first grantor, or of as many as
    // `authorisation` asks for. Otherwise it waits for them (ConsentStep).
    bool authorised = true;
};

// Replaces the record of a consent by a new version: `record` is a whole canonical record as JSON,
// with "version" one above the current one.
struct Amend {
    std::string record{};
    // With the authorisation of as many grantors as the record asks for in the same transaction;
    // otherwise the old version stays in force until they have authorised.
    bool authorised = true;
    bool renewal = false;  // Of the same scope: only until when, and how it was expressed.
};

// A step in a consent's life that brings no record (docs/events.md, "Consent lifecycle").
struct ConsentStep {
    std::string type{};  // "consent.authorise", "consent.suspend", "consent.resource_remove", ...
    std::string consent_id{};
    std::uint32_t version = 0;  // 0: the one that the step is about, asked of a node.
    std::string issuer{};       // Empty: the consent's, asked of a node.
    std::string reason{}, by{};
    std::string grantor{}, method{};       // authorise
    std::vector<std::string> resources{};  // resource_add, resource_remove
};

// By the subject or a grantor (withdraw) or by an institution (revoke).
struct Withdraw {
    std::string consent_id{};
    std::uint32_t version = 0;  // 0: the current one, asked of a node.
    std::string issuer{};       // Empty: Options::institution.
    std::string reason{};       // Code.
    std::string by{};           // Label of who withdrew; empty: unsaid.
    bool revoke = false;
};

// One access, as asked for. The ledger records it with its verdict, permitted or not.
struct AccessRecord {
    std::string subject{};
    std::string consent_id{};
    std::string issuer{};       // Of the consent; empty: Options::institution.
    std::uint32_t version = 0;  // 0: unsaid.
    std::string actor{};        // Institution; empty: Options::institution.
    std::string actor_user{};   // Label.
    std::string purpose{};
    std::vector<std::string> data{};       // Category codes.
    std::vector<std::string> resources{};  // Empty: all.
    std::string action = "view";
    std::string legal_basis = "consent";
    std::string data_from{}, data_until{}, place{}, trace_id{}, occurred_at{}, event_id{},
        session_id{};
    std::string agreement{};  // On the ledger, that is cited for this access.
    bool attended = false;
};

// Any other event of an access, or of what a subject asks for (docs/events.md, "Access").
struct AccessEvent {
    std::string type{};     // "access.delivery", "access.rights_request", ...
    std::string members{};  // JSON object of what is its own: {"delivery": "acc_..."}.
    std::string consent_id{}, session_id{};
    std::uint32_t version = 0;  // Of the consent; 0: unsaid.
    // Empty: the consent's, asked of a node. The actor of what a provider records is the consent's
    // one recipient; of anything else it is Options::institution.
    std::string issuer{}, subject{}, actor{};
    std::string actor_user{}, agreement{}, trace_id{}, occurred_at{}, event_id{};
};

// What was checked about an answer or a file, in sentences that say no more than what was checked.
using verifier::Standing;
using Verification = verifier::Report;

struct Receipt {
    std::string json;  // The receipt file's text; empty unless committed.
    Verification verification;
    bool verified() const { return verification.standing == Standing::verified; }
};

// A question about everything that stands under one key of the ledger's index.
struct Question {
    std::string kind = "subject";  // subject, consent, actor, provider
    std::string label{};           // Of a consent its consent_id.
    std::string issuer{};          // Of a consent; empty: Options::institution.
    std::string from{}, to{};      // RFC 3339 or a date, block time: [from, to). Empty: no bound.
    std::string as_of{};           // A block's height or a time: as the ledger stood then.
};
// Called between the pages of a long answer: entries so far, and how many there may be.
using Progress = std::function<void(std::size_t done, std::size_t at_most)>;

// The complete answer, proven: every entry, and that there are no others.
struct Evidence {
    std::string json;  // The evidence file's text.
    Verification verification;
};

struct Submitted {
    std::string tx_id;  // Hexadecimal.
    bool committed = false;
    std::uint64_t height = 0;
    std::string committed_at;
    std::vector<std::uint32_t> positions;     // Of this call's events in the transaction.
    std::string consent_id;                   // Of a Grant, Amend or Withdraw.
    std::string event_id, session_id;         // Of an AccessRecord or AccessEvent.
    std::vector<std::string> from_agreement;  // Record members that the agreement supplied.
    Receipt receipt;                          // Covers this call's events.
};

struct TransactionStatus {
    std::string status;  // unknown, pending, committed, rejected
    std::string tx_id;
    std::uint64_t height = 0;
    std::string code, detail, pointer;  // Rejected: why.
    std::string json;                   // The node's answer.
};

// A list or record. proven: every item was verified, and that none is missing from this page up to
// that height; json is then made of the proven entries alone. Otherwise it is what one node says,
// checked for size and syntax only.
struct Answer {
    std::string json;
    std::uint64_t as_of_height = 0;
    bool proven = false;
    std::string why_not;          // In words.
    Verification verification{};  // If proven.
};

struct Filter {
    std::string name{}, value{};
};

// What is committed, as it happens (docs/api.md, "Events").
struct Follow {
    std::vector<Filter> filters{};  // subject, actor, provider, type, verdict, alerts.
    std::string after{};            // Id of the last event seen, or "start". Empty: from now on.
};
struct FeedEvent {
    std::string id{};    // Pass as Follow::after to go on behind it.
    std::string kind{};  // entry, alert
    std::string json{};  // If proven, what the log has; otherwise what one node says.
    bool proven = false;
    std::string why_not{};
};
// Both end it by returning false.
using OnEvent = std::function<bool(const FeedEvent&)>;
using OnBreak = std::function<bool(const Failure&)>;

struct CheckpointInfo {
    std::string note;  // C2SP signed note, exact.
    Verification verification;
    std::string root;  // Hexadecimal.
};

class Client {
public:
    // Reads the trust file and opens no connection yet.
    static Outcome<Client> connect(Options options);
    Client(Client&&) noexcept;
    Client& operator=(Client&&) noexcept;
    ~Client();

    Outcome<Submitted> submit(const Grant& grant, Wait wait = Wait::committed);
    Outcome<Submitted> submit(const Amend& amend, Wait wait = Wait::committed);
    Outcome<Submitted> submit(const Withdraw& withdraw, Wait wait = Wait::committed);
    Outcome<Submitted> submit(const ConsentStep& step, Wait wait = Wait::committed);
    Outcome<Submitted> submit(const AccessRecord& access, Wait wait = Wait::committed);
    Outcome<Submitted> submit(const AccessEvent& access, Wait wait = Wait::committed);
    // Event texts as they are, all in one transaction: all are committed or none.
    Outcome<Submitted> submit_events(std::vector<std::string> events, Wait wait = Wait::committed);
    // Submits without blocking. Events of calls close together share a signature; one call's
    // refusal never takes another's events with it.
    std::future<Outcome<Submitted>> submit_later(std::vector<std::string> events,
                                                 Wait wait = Wait::committed);

    // A transaction that somebody signed elsewhere, in the API's JSON form (docs/api.md).
    Outcome<Submitted> submit_signed(std::string_view envelope_json, Wait wait = Wait::committed);

    Outcome<TransactionStatus> transaction(std::string_view tx_id);
    // Until it is decided or the timeout ends.
    Outcome<TransactionStatus> wait_for(std::string_view tx_id);
    // The receipt of all events of a transaction, verified.
    Outcome<Receipt> receipt(std::string_view tx_id);

    // The complete answer to a question, verified; any other is a failure.
    Outcome<Evidence> evidence(const Question& question, const Progress& progress = {});

    // A named report (client/report/report.h): its rows come as they are proven. progress counts
    // entries.
    Outcome<report::Statement> report(const report::Query& query,
                                      report::Sink& sink,
                                      const Progress& progress = {});

    // The newest checkpoint, verified, and consistent with the newest seen before.
    Outcome<CheckpointInfo> checkpoint();

    // Lists of entries, proven if they are about one key (filters as in docs/api.md).
    Outcome<Answer> timeline(std::string_view subject, const std::vector<Filter>& filters = {});
    Outcome<Answer> history(std::string_view issuer,
                            std::string_view consent_id,
                            const std::vector<Filter>& filters = {});
    Outcome<Answer> consent_accesses(std::string_view issuer,
                                     std::string_view consent_id,
                                     const std::vector<Filter>& filters = {});
    Outcome<Answer> accesses(const std::vector<Filter>& filters, const Progress& progress = {});

    // Every event once, in order, across broken connections, of which on_break is told. That no
    // entry is left out is not proven.
    Outcome<Done> follow(const Follow& follow, const OnEvent& on_event, const OnBreak& on_break);

    // Consents as they stand, derived from the proven entries of their subjects: one, or those of a
    // subject, recipient or provider (with as_of, too). A list about nobody is one node's word.
    Outcome<Answer> consents(const std::vector<Filter>& filters, const Progress& progress = {});
    Outcome<Answer> consent(std::string_view issuer,
                            std::string_view consent_id,
                            const std::vector<Filter>& filters = {},
                            const Progress& progress = {});
    // What one node says of institutions and parties: not proven.
    Outcome<Answer> parties(const std::vector<Filter>& filters = {});
    Outcome<Answer> party(std::string_view party_id);
    // Data-sharing agreements as they stand, derived from the proven log of governance.
    Outcome<Answer> agreements(const std::vector<Filter>& filters = {});
    Outcome<Answer> agreement(std::string_view agreement_id);
    // Restrictions and objections that are in force, derived from the subject's proven entries.
    Outcome<Answer> restrictions(std::string_view subject, const Progress& progress = {});
    // By event id (with the filters consent and issuer) or by place in the log; proven.
    Outcome<Answer> access(std::string_view id, const std::vector<Filter>& filters = {});
    // Whether an access would be permitted (docs/api.md, CheckRequest): by the ledger's own rules
    // from the subject's proven entries, all of which are read.
    Outcome<Answer> check(const std::string& request_json, const Progress& progress = {});
    // What one node foretells, at once: not proven.
    Outcome<Answer> quick_check(const std::string& request_json);
    Outcome<Answer> status();
    // Any GET below /v1, e.g. "/v1/parties".
    Outcome<Answer> get(const std::string& target);

private:
    struct Impl;
    explicit Client(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

// Offline: a file of any kind and the trust file, as texts.
using verifier::verify_file;

}  // namespace consentree::client

#include "node/problem.h"

#include <array>

namespace consentree::node {

namespace {

// Sorted by code. A name or code that has been published is never given another meaning.
constexpr auto kinds = std::to_array<ProblemKind>({
    {"bad-request", "CT-1001", 400, "The request is not valid HTTP",
     "Compare it with RFC 9112; one of Content-Length and Transfer-Encoding, not both."},
    {"malformed-json", "CT-1002", 400, "The text is not strict JSON",
     "Send one JSON value in UTF-8: no duplicate names, no floats in events, depth at most 8."},
    {"unknown-parameter", "CT-1003", 400, "The query has a parameter that this path does not know",
     "See /v1/openapi.json for the parameters; a mistyped filter is refused, never ignored."},
    {"invalid-parameter", "CT-1004", 400, "A parameter's value is not valid",
     "See /v1/openapi.json for its form."},
    {"invalid-cursor", "CT-1005", 400, "The cursor is not one of this list",
     "Cursors belong to one node process, path and filter: start the list again without it."},
    {"path-unknown", "CT-1006", 404, "There is nothing at this path",
     "See /v1/openapi.json for the paths."},
    {"method-not-allowed", "CT-1007", 405, "The path does not take this method",
     "See the Allow header."},
    {"unsupported-media-type", "CT-1008", 415, "The body's type or encoding is not taken here",
     "See /v1/openapi.json for the content types; send no Content-Encoding."},
    {"too-large", "CT-1009", 413, "A limit on size or count is exceeded",
     "Send less at once; docs/api.md lists the limits."},
    {"header-too-large", "CT-1010", 431, "The request header is too large", "The limit is 16 KiB."},
    {"request-timeout", "CT-1011", 408, "The request did not arrive in time",
     "Send the header within 5 s and the body within 10 s."},
    {"host-unknown", "CT-1012", 421, "The Host header names no address of this listener",
     "Call the node by a loopback address, or by a name or address of its certificate."},
    {"caller-unknown", "CT-1013", 401, "The node does not know the caller",
     "Send Authorization: Bearer with a token that the node's operator gave you."},
    {"caller-not-allowed", "CT-1014", 403, "The caller's role does not reach this path",
     "Ask the node's operator for a token of role \"client\"."},
    {"https-only", "CT-1015", 400, "This listener speaks HTTPS only", "Call it with https://."},
    {"schema-violation", "CT-1101", 422, "The JSON is valid, its content is not",
     "The pointer says which member; docs/events.md and /v1/openapi.json have the schemas."},
    {"malformed-transaction", "CT-1102", 400, "The bytes are not a transaction",
     "See docs/formats.md, \"Transaction\"."},
    {"wrong-network", "CT-1103", 422, "The transaction was made for another network",
     "GET /v1/network names this one; sign a new header."},
    {"bad-signature", "CT-1104", 401, "The signature does not verify",
     "Sign the DSSE pre-authentication encoding of the exact header bytes with the header's key."},
    {"events-root-mismatch", "CT-1105", 422, "The events are not those that the header names",
     "events_root is the RFC 6962 root over the events' exact bytes."},
    {"unknown-key", "CT-1106", 403, "The key is not registered on the ledger",
     "GET /v1/parties lists the keys; an administrator of the institution registers new ones."},
    {"not-authorised", "CT-1107", 403, "The key may not submit this",
     "docs/events.md says who may submit which event."},
    {"expired", "CT-1108", 422, "valid_until has passed",
     "Sign a new header with a later valid_until."},
    {"valid-until-too-far", "CT-1109", 422, "valid_until is too far ahead",
     "At most 24 hours ahead of block time."},
    {"future-event", "CT-1110", 422, "occurred_at is too far ahead of block time",
     "Check the clock of the submitting system."},
    {"duplicate-event-id", "CT-1111", 422, "Two events of the transaction have one event_id",
     "Give each event an event_id of its own."},
    {"rejected", "CT-1200", 409, "The ledger's rules forbid this", ""},
    {"consent-exists", "CT-1201", 409, "The issuer has used this consent_id before",
     "Choose another consent_id, or amend the consent that bears it."},
    {"consent-unknown", "CT-1202", 409, "The event names a consent that is not on the ledger",
     "Record the consent first and wait until it is committed; check issuer and consent_id."},
    {"consent-state", "CT-1203", 409, "The consent's state forbids this",
     "Read the consent; after a final state a new consent is needed."},
    {"version-conflict", "CT-1204", 409,
     "The consent, policy or agreement has another version than the event expects",
     "Read it, and repeat with the version that follows."},
    {"subject-mismatch", "CT-1205", 409, "The event names another subject than the consent",
     "Read the consent for its subject."},
    {"transaction-rejected", "CT-1206", 409,
     "The ledger rejected the transaction: it has no receipt",
     "GET /v1/transactions/{tx_id} says why."},
    {"scope-changed", "CT-1207", 409, "A renewal keeps the scope of its consent",
     "Change only the times and how it was expressed, or amend the consent."},
    {"agreement-unknown", "CT-1208", 409, "The ledger has no such data-sharing agreement in force",
     "GET /v1/agreements lists them; have it proposed and accepted by its parties first."},
    {"agreement-state", "CT-1209", 409, "The data-sharing agreement's state forbids this",
     "GET /v1/agreements/{id} says what is in force and what waits."},
    {"agreement-mismatch", "CT-1210", 409, "The data-sharing agreement is not the one meant",
     "Read what was agreed or proposed: its parties, purposes, categories and hash."},
    {"target-unknown", "CT-1211", 409, "The event to be corrected is not on the ledger",
     "Name a committed transaction, and the event's position in it."},
    {"limit-reached", "CT-1212", 409, "The ledger keeps no more of these",
     "The detail names the limit; amend the consent, or settle what is open."},
    {"policy-unknown", "CT-1221", 409, "No such document waits for approval, or came into force",
     "GET /v1/policies lists them; a vocabulary is approved before a scheme that names it."},
    {"policy-state", "CT-1222", 409, "The policy's state forbids this",
     "GET /v1/policies says what is in force and who has approved what."},
    {"scheme-unknown", "CT-1223", 409, "The consent names a scheme that is not in force",
     "GET /v1/policies lists those in force."},
    {"scheme-invalid", "CT-1224", 422, "The consent is not one that its scheme allows",
     "The detail names the rule, the pointer the member; docs/schemes.md explains them."},
    {"mapping-unknown", "CT-1225", 409, "The network has not approved this version of the mapping",
     "GET /v1/policies/mapping:NAME shows the versions that it has approved."},
    {"transaction-unknown", "CT-1301", 404, "This node has not heard of the transaction",
     "Another node may have; sending the same bytes again is safe."},
    {"consent-not-found", "CT-1302", 404, "There is no such consent", ""},
    {"entry-not-found", "CT-1303", 404, "There is no such entry", ""},
    {"block-not-found", "CT-1304", 404, "There is no such block here",
     "GET /v1/status names the height."},
    {"party-not-found", "CT-1305", 404, "There is no such party", "GET /v1/parties lists them."},
    {"ambiguous-consent", "CT-1306", 409, "Several issuers use this consent_id", "Add ?issuer=."},
    {"not-decided", "CT-1307", 409, "The transaction is still pending",
     "Ask again, or with Prefer: wait=10."},
    {"policy-not-found", "CT-1311", 404, "There is no such policy or version",
     "GET /v1/policies lists them."},
    {"evidence-too-large", "CT-1309", 422, "The answer does not fit one file of evidence",
     "Ask for a shorter time with from and to."},
    {"tile-not-found", "CT-1310", 404, "There is no such tile",
     "Fetch /checkpoint first, and then only what its tree has (c2sp.org/tlog-tiles)."},
    {"agreement-not-found", "CT-1312", 404, "There is no such data-sharing agreement",
     "GET /v1/agreements lists them."},
    {"problem-unknown", "CT-1308", 404, "There is no problem of that name",
     "GET /problems lists them."},
    {"watch-off", "CT-1315", 404, "This node has no alerts",
     "Its operator has switched the watch rules off; ask another node."},
    {"busy", "CT-1401", 429, "The node's queue is full; nothing was queued",
     "Send again after Retry-After, or to another node."},
    {"behind", "CT-1402", 503, "This node has not reached the height that was asked for",
     "Ask again after Retry-After, or another node."},
    {"not-ready", "CT-1403", 503, "The node is not ready",
     "GET /readyz?verbose says which check fails."},
    {"no-checkpoint", "CT-1404", 503, "No checkpoint has been cosigned yet",
     "A quorum of validators must be running."},
    {"sessions-full", "CT-1405", 503, "The node has as many connections as it takes",
     "Reuse connections; ask again after Retry-After."},
    {"streams-full", "CT-1406", 503, "The node has as many event streams as it takes",
     "Close one, or ask another node; the list /v1/alerts and all other reads still answer."},
    {"internal-error", "CT-1500", 500, "The node failed to answer",
     "The node's log has a line with this request_id."},
});

}  // namespace

std::span<const ProblemKind> problem_kinds() {
    return kinds;
}

const ProblemKind* find_problem_kind(std::string_view name_or_code) {
    for (const ProblemKind& kind : kinds) {
        if (kind.name == name_or_code || kind.code == name_or_code) return &kind;
    }
    return nullptr;
}

const ProblemKind& problem_kind_of(const Refusal& refusal) {
    const ProblemKind* kind = find_problem_kind(refusal.code);
    return kind != nullptr ? *kind : *find_problem_kind("rejected");
}

api::Problem make_problem(const Refusal& refusal) {
    const ProblemKind& kind = problem_kind_of(refusal);
    api::Problem problem;
    problem.type = "/problems/" + std::string(kind.name);
    problem.title = kind.title;
    problem.status = kind.status;
    problem.code = kind.code;
    problem.detail = refusal.detail;
    if (kind.name == "rejected" && refusal.code != "rejected") {
        problem.detail = refusal.code + ": " + refusal.detail;
    }
    problem.hint = refusal.hint.empty() ? std::string(kind.hint) : refusal.hint;
    if (!refusal.pointer.empty()) problem.errors.push_back({refusal.pointer, refusal.detail});
    return problem;
}

}  // namespace consentree::node

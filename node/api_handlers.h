// The handlers that the route table names, grouped by the file that holds them.
#pragma once

#include "node/api_routes.h"

namespace consentree::node {

// api_transactions.cpp
Awaitable<ApiReply> submit_transaction(const ApiCall& call);
Awaitable<ApiReply> submit_transactions(const ApiCall& call);
Awaitable<ApiReply> answer_transaction(const ApiCall& call);
ApiReply answer_receipt(const ApiCall& call);

// api_consents.cpp
ApiReply answer_consents(const ApiCall& call);
ApiReply answer_consent(const ApiCall& call);
ApiReply answer_consent_history(const ApiCall& call);
ApiReply answer_consent_accesses(const ApiCall& call);
ApiReply answer_check(const ApiCall& call);

// api_entries.cpp
ApiReply answer_accesses(const ApiCall& call);
ApiReply answer_access(const ApiCall& call);
ApiReply answer_timeline(const ApiCall& call);
ApiReply answer_posted_timeline(const ApiCall& call);
ApiReply answer_entry(const ApiCall& call);

// api_alerts.cpp
ApiReply answer_alerts(const ApiCall& call);
Refusal watch_off();

// api_events.cpp
Awaitable<ApiReply> answer_events(const ApiCall& call);

// api_evidence.cpp
ApiReply answer_evidence(const ApiCall& call);

// api_tiles.cpp
ApiReply answer_tile(const ApiCall& call);
ApiReply answer_entry_bundle(const ApiCall& call);
ApiReply answer_entry_proof(const ApiCall& call);

// api_registry.cpp
ApiReply answer_parties(const ApiCall& call);
ApiReply answer_party(const ApiCall& call);
ApiReply answer_agreements(const ApiCall& call);
ApiReply answer_agreement(const ApiCall& call);
ApiReply answer_restrictions(const ApiCall& call);

// api_network.cpp
ApiReply answer_checkpoint(const ApiCall& call);
ApiReply answer_checkpoint_note(const ApiCall& call);
ApiReply answer_consistency(const ApiCall& call);
ApiReply answer_block(const ApiCall& call);
ApiReply answer_network(const ApiCall& call);

// api_policies.cpp
ApiReply answer_policies(const ApiCall& call);
ApiReply answer_policy(const ApiCall& call);

// api_status.cpp
ApiReply answer_status(const ApiCall& call);
ApiReply answer_livez(const ApiCall& call);
ApiReply answer_readyz(const ApiCall& call);
ApiReply answer_metrics(const ApiCall& call);
ApiReply answer_version(const ApiCall& call);
ApiReply answer_openapi(const ApiCall& call);
ApiReply answer_reports(const ApiCall& call);
ApiReply answer_problems(const ApiCall& call);
ApiReply answer_problem(const ApiCall& call);

}  // namespace consentree::node

// Evidence as handlers need it: made of tables, map and note of one block. Work pool.
#pragma once

#include "ledger/evidence_make.h"
#include "node/api_lists.h"

namespace consentree::node {

// The window and the moment of the query: from, to, as_of.
Checked<ledger::Question> question_of_key(const ApiCall& call,
                                          ledger::IndexKey kind,
                                          std::string label,
                                          std::string issuer = {});
Checked<ledger::MadeEvidence> certified_evidence(const ApiCall& call,
                                                 const ledger::Question& question,
                                                 const ledger::EvidencePage& page);

// A list with ?proof=1: the entries that pass the test, and evidence of all between them. Each page
// is proven by itself; its cursor "<height>.<position>" goes on at any node, as of that height.
ApiReply proven_page(const ApiCall& call,
                     const PageRequest& page,
                     Checked<ledger::Question> question,
                     const EntryTest& test);
// Whether the query asks for it. A refusal for another value than 1, and for as_of without it.
Checked<bool> wants_proof(const ApiCall& call);

}  // namespace consentree::node

// Which of the files that people keep a text is, by its outer form alone: it may still be
// malformed. Pure; bounded by the text's length.
#pragma once

#include <cstdint>
#include <string_view>

namespace consentree::ledger {

enum class ProofKind : std::uint8_t { receipt, evidence, fork, checkpoint };

std::string_view proof_kind_name(ProofKind kind);  // "receipt"
// JSON with a member "question" is evidence, with "fork" evidence of a fork, and otherwise a
// receipt; what is no JSON object is a checkpoint.
ProofKind proof_kind_of(std::string_view text);

}  // namespace consentree::ledger

#include "ledger/proof_kind.h"

#include "common/limits.h"
#include "ledger/proof_json.h"

namespace consentree::ledger {

std::string_view proof_kind_name(ProofKind kind) {
    switch (kind) {
        case ProofKind::receipt: return "receipt";
        case ProofKind::evidence: return "evidence";
        case ProofKind::fork: return "fork";
        case ProofKind::checkpoint: return "checkpoint";
    }
    return "";
}

ProofKind proof_kind_of(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos || text[first] != '{') return ProofKind::checkpoint;
    // Nothing else may be so long.
    if (text.size() > limits::receipt_bytes) return ProofKind::evidence;
    ProofKind kind = ProofKind::receipt;
    // Only the outer members' names are looked at; no value is kept.
    using proof_json::Json;
    const Json::parser_callback_t watch = [&kind](int depth, Json::parse_event_t event,
                                                  Json& name) {
        if (event == Json::parse_event_t::key && depth == 1) {
            if (name == "question") kind = ProofKind::evidence;
            if (name == "fork") kind = ProofKind::fork;
        }
        return depth == 0;
    };
    [[maybe_unused]] const Json nothing = Json::parse(text, watch, false);
    return kind;
}

}  // namespace consentree::ledger

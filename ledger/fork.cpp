#include "ledger/fork.h"

#include "ledger/proof_json.h"
#include "ledger/proof_text.h"

#include <algorithm>

namespace consentree::ledger {
namespace {

using namespace proof_json;

constexpr int depth_max = 3;  // The object, "fork", "proof".
constexpr std::size_t proof_max = 64;
constexpr std::size_t fork_bytes = 1024 * 1024;  // Two notes, escaped, and the proof.

Refusal malformed(std::string pointer, std::string detail) {
    return {"fork-malformed", std::move(detail), std::move(pointer), {}};
}

ForkReport refused(ProofVerdict verdict, Refusal reason) {
    ForkReport report;
    report.verdict = verdict;
    report.reason = std::move(reason);
    return report;
}

// Whose cosignatures stand on both. A key name that several witnesses share accuses nobody.
std::vector<std::string> signers_of_both(const Policy& policy,
                                         const NoteReport& one,
                                         const NoteReport& other) {
    const auto has_signed = [](const NoteReport& note, const std::string& name) {
        return std::any_of(note.signers.begin(), note.signers.end(),
                           [&](const auto& signer) { return signer.name == name; });
    };
    std::vector<std::string> names;
    for (const PolicyNode& node : policy.nodes) {
        if (!node.witness) continue;
        const std::string& name = node.witness->name;
        const auto bearers = std::count_if(
            policy.nodes.begin(), policy.nodes.end(),
            [&](const PolicyNode& each) { return each.witness && each.witness->name == name; });
        if (bearers == 1 && has_signed(one, name) && has_signed(other, name)) names.push_back(name);
    }
    return names;
}

void write_sentences(ForkReport& report) {
    const Checkpoint& smaller = report.smaller;
    const Checkpoint& larger = report.larger;
    const bool same_size = smaller.tree_size == larger.tree_size;
    report.proven.push_back(
        "The log " + smaller.origin +
        " has been forked: two checkpoints, each signed as the trust file asks, " +
        (same_size ? "give its first " : "cannot both be true of its first ") +
        std::to_string(smaller.tree_size) + " entries" +
        (same_size
             ? " the roots " + to_hex(smaller.root.view()) + " and " + to_hex(larger.root.view())
             : ": one gives them the root " + to_hex(smaller.root.view()) + ", the other, of " +
                   std::to_string(larger.tree_size) + " entries, begins with others") +
        ".");
    std::string names;
    for (const std::string& name : report.signed_both) {
        names += (names.empty() ? "" : ", ") + name;
    }
    report.proven.push_back(names.empty() ? "No validator of the trust file signed both."
                                          : "Signed both, which the rules forbid: " + names + ".");
    report.not_checked.push_back("Which of the two the institutions hold to be the ledger.");
    report.not_checked.push_back(
        "Why they signed both: a stolen key or a node put back from an old copy looks the same.");
}

}  // namespace

std::string format_fork(const Fork& fork) {
    nlohmann::ordered_json json;
    json["version"] = 1;
    json["network"] = to_hex(fork.network.view());
    auto& body = json["fork"];
    body["smaller"] = fork.smaller;
    body["larger"] = fork.larger;
    body["proof"] = nlohmann::ordered_json::array();
    for (const Hash& hash : fork.proof) body["proof"].push_back(to_base64(hash.view()));
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Checked<Fork> parse_fork(std::string_view text) {
    Json json;
    if (auto refusal =
            parse_file(text, "fork", fork_bytes, depth_max, {"version", "network", "fork"}, json)) {
        return std::move(*refusal);
    }
    Fork fork;
    const auto network = network_of(json["network"]);
    if (!network) return malformed("/network", "not a network id in lower-case hexadecimal");
    fork.network = *network;
    const Json& body = json["fork"];
    if (!has_members(body, {"smaller", "larger", "proof"})) {
        return malformed("/fork", "expected smaller, larger and proof, and no more");
    }
    const auto smaller = text_of(body["smaller"]);
    const auto larger = text_of(body["larger"]);
    if (!smaller || !larger) return malformed("/fork", "smaller and larger are signed notes");
    fork.smaller = *smaller;
    fork.larger = *larger;
    auto proof = hashes_of(body["proof"], proof_max);
    if (!proof) return malformed("/fork/proof", "not a list of hashes");
    fork.proof = std::move(*proof);
    return fork;
}

ForkReport verify_fork(const Fork& fork, const Policy& policy) {
    if (policy.network && *policy.network != fork.network) {
        return refused(ProofVerdict::undecidable, other_network("evidence", fork.network));
    }
    NoteReport smaller = check_note(policy, fork.smaller);
    NoteReport larger = check_note(policy, fork.larger);
    // What is wrong with one is not made doubtful by the other.
    for (const ProofVerdict bad : {ProofVerdict::failed, ProofVerdict::undecidable}) {
        for (NoteReport* note : {&smaller, &larger}) {
            if (note->verdict == bad) return refused(bad, std::move(note->reason));
        }
    }
    const Checkpoint& low = smaller.checkpoint;
    const Checkpoint& high = larger.checkpoint;
    if (low.origin != high.origin) {
        return refused(ProofVerdict::failed,
                       {"no-fork", "the checkpoints are of two different logs", "/fork", {}});
    }
    if (low.tree_size > high.tree_size ||
        (low.tree_size == high.tree_size && !fork.proof.empty())) {
        return refused(ProofVerdict::failed,
                       malformed("/fork", "the parts are not in the order of their sizes"));
    }
    const Relation relation = relation_of(low, high, fork.proof);
    if (relation == Relation::extends) {
        return refused(ProofVerdict::failed,
                       {"no-fork", "the two checkpoints agree with each other", "/fork", {}});
    }
    if (relation == Relation::unproven && fork.proof.empty()) {
        return refused(ProofVerdict::undecidable,
                       {"no-proof",
                        "both checkpoints are genuine, but without a consistency proof two sizes "
                        "cannot be compared",
                        "/fork/proof", "ask the nodes of this network for that proof"});
    }
    if (relation == Relation::unproven) {
        return refused(ProofVerdict::failed, {"proof-failed",
                                              "the proof does not lead to the larger checkpoint",
                                              "/fork/proof",
                                              {}});
    }
    ForkReport report;
    report.verdict = ProofVerdict::verified;
    report.network = fork.network;
    report.signed_both = signers_of_both(policy, smaller, larger);
    report.smaller = std::move(smaller.checkpoint);
    report.larger = std::move(larger.checkpoint);
    report.signers_needed = cosignatures_needed(policy);
    write_sentences(report);
    return report;
}

ForkReport verify_fork(std::string_view json, const Policy& policy) {
    const auto fork = parse_fork(json);
    if (!fork) {
        const bool is_unknown = fork.error().code == "fork-unsupported";
        return refused(is_unknown ? ProofVerdict::undecidable : ProofVerdict::failed, fork.error());
    }
    return verify_fork(*fork, policy);
}

}  // namespace consentree::ledger

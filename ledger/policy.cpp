#include "ledger/policy.h"

#include "common/limits.h"

#include <algorithm>
#include <functional>

namespace consentree::ledger {
namespace {

// Whether the witnesses that have_signed make the quorum.
bool is_met(const Policy& policy, const std::vector<bool>& have_signed) {
    if (!policy.quorum) return true;
    std::vector<bool> holds(policy.nodes.size());
    for (std::size_t i = 0; i <= *policy.quorum; ++i) {
        const PolicyNode& node = policy.nodes[i];
        if (node.witness) {
            holds[i] = have_signed[i];
            continue;
        }
        const auto count = std::count_if(node.members.begin(), node.members.end(),
                                         [&](std::size_t member) { return holds[member]; });
        holds[i] = static_cast<std::size_t>(count) >= node.needed;
    }
    return holds[*policy.quorum];
}

NoteReport report_of(ProofVerdict verdict,
                     std::string code,
                     std::string detail,
                     std::string hint = {}) {
    NoteReport report;
    report.verdict = verdict;
    report.reason = {std::move(code), std::move(detail), {}, std::move(hint)};
    return report;
}

NoteReport malformed(const boost::system::error_code& error, std::string_view what) {
    const bool is_unknown = error == make_error_code(Errc::unsupported);
    return report_of(is_unknown ? ProofVerdict::undecidable : ProofVerdict::failed,
                     is_unknown ? "checkpoint-unsupported" : "checkpoint-malformed",
                     std::string(what) + ": " + error.message());
}

bool is_key_of(const NoteSignature& signature, const VerifierKey& key) {
    return key.id == signature.id && key.name == signature.name;
}

struct Signed {
    bool by_log = false;
    // For each node of the policy: when its witness cosigned, the latest if more than once.
    std::vector<std::optional<std::uint64_t>> times;
};

// Checks every signature by a known key; Errc::bad_signature with the first that does not hold
// named in culprit. Unknown keys are passed over, as signed notes demand.
Result<Signed> check_signatures(const Policy& policy,
                                const Note& note,
                                const std::string& origin,
                                std::string& culprit) {
    Signed found;
    found.times.resize(policy.nodes.size());
    for (const NoteSignature& signature : note.signatures) {
        culprit = signature.name;
        for (const VerifierKey& log : policy.logs) {
            // A log's key speaks for the log of its name only.
            if (log.name != origin || !is_key_of(signature, log)) continue;
            if (!verify_text(log, note.text, signature)) return Errc::bad_signature;
            found.by_log = true;
        }
        for (std::size_t i = 0; i < policy.nodes.size(); ++i) {
            const auto& witness = policy.nodes[i].witness;
            if (!witness || !is_key_of(signature, *witness)) continue;
            const auto cosignature = parse_cosignature(signature);
            if (!cosignature || !verify_cosignature(witness->key, note.text, *cosignature)) {
                return Errc::bad_signature;
            }
            auto& time = found.times[i];
            time = std::max(time.value_or(0), cosignature->time_s);
        }
    }
    return found;
}

std::optional<std::uint64_t> latest_quorum_time(const Policy& policy, const Signed& found) {
    if (!policy.quorum) return std::nullopt;
    std::vector<std::uint64_t> times;
    for (const auto& time : found.times) {
        if (time) times.push_back(*time);
    }
    std::sort(times.begin(), times.end(), std::greater<>());
    for (const std::uint64_t since : times) {
        std::vector<bool> have_signed(found.times.size());
        for (std::size_t i = 0; i < found.times.size(); ++i) {
            have_signed[i] = found.times[i] && *found.times[i] >= since;
        }
        if (is_met(policy, have_signed)) return since;
    }
    return std::nullopt;
}

}  // namespace

std::size_t cosignatures_needed(const Policy& policy) {
    if (!policy.quorum) return 0;
    std::vector<std::size_t> least;
    for (const PolicyNode& node : policy.nodes) {
        if (node.witness) {
            least.push_back(1);
            continue;
        }
        std::vector<std::size_t> members;
        for (const std::size_t member : node.members) members.push_back(least[member]);
        std::sort(members.begin(), members.end());
        std::size_t sum = 0;
        for (std::size_t i = 0; i < node.needed; ++i) sum += members[i];
        least.push_back(sum);
    }
    return least[*policy.quorum];
}

NoteReport check_note(const Policy& policy, std::string_view note_text) {
    const auto note = parse_note(note_text);
    if (!note) return malformed(note.error(), "the checkpoint is no signed note");
    const auto checkpoint = parse_checkpoint(note->text);
    if (!checkpoint) return malformed(checkpoint.error(), "the note is no checkpoint");
    const std::string& origin = checkpoint->origin;
    if (std::none_of(policy.logs.begin(), policy.logs.end(),
                     [&](const VerifierKey& log) { return log.name == origin; })) {
        return report_of(ProofVerdict::undecidable, "unknown-log",
                         "the trust file names no key of the log " + origin,
                         "use the trust file of the network that issued this");
    }
    std::string culprit;
    const auto found = check_signatures(policy, *note, origin, culprit);
    if (!found) {
        return report_of(ProofVerdict::failed, "bad-signature",
                         "the signature of " + culprit + " on the checkpoint does not hold");
    }
    NoteReport report;
    report.checkpoint = *checkpoint;
    std::vector<bool> have_signed(policy.nodes.size());
    for (std::size_t i = 0; i < policy.nodes.size(); ++i) {
        have_signed[i] = found->times[i].has_value();
        if (have_signed[i]) {
            report.signers.push_back({policy.nodes[i].witness->name, *found->times[i]});
        }
    }
    if (!found->by_log) {
        report.reason = {"no-log-signature",
                         "no key of the log that the trust file names has "
                         "signed the checkpoint",
                         {},
                         "use a newer trust file"};
        return report;
    }
    if (!is_met(policy, have_signed)) {
        report.reason = {"quorum-missing",
                         "the checkpoint has " + std::to_string(report.signers.size()) +
                             " cosignatures of validators that the trust file names; at least " +
                             std::to_string(cosignatures_needed(policy)) + " are needed",
                         {},
                         "use a newer trust file, or ask a node for this again"};
        return report;
    }
    report.verdict = ProofVerdict::verified;
    report.as_of_s = latest_quorum_time(policy, *found);
    return report;
}

}  // namespace consentree::ledger

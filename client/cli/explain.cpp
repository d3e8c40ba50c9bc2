#include "client/cli/explain.h"

#include "ledger/verdict.h"

#include <array>
#include <cctype>

namespace consentree::client::cli {

namespace {

struct Local {
    std::string_view code, means, remedy;
};

constexpr auto locals = std::to_array<Local>({
    {"usage", "The command line has a mistake.", "consentree help"},
    {"unreachable", "No node answered.", "Is the node running, and is the address its API's?"},
    {"timed-out", "The time for the call ended before the ledger decided.",
     "Nothing is lost: consentree tx wait ID. Submitting the same again is safe."},
    {"closed", "The client was closed before the events were sent.", "Submit them again."},
    {"node-answer-invalid", "A node answered something that docs/api.md does not allow.",
     "Ask another node; this one is of another version, broken or lying."},
    {"invalid-url", "An address is not of the form http://host:port or https://host:port.", ""},
    {"no-address", "No URL was given and no context is in use.",
     "--url, or: consentree context use NAME"},
    {"token-in-the-clear", "A token would be sent over plain HTTP to another machine.",
     "Use the node's https:// address."},
    {"token-unusable", "The token file cannot be read or holds no token.",
     "consentree key token --out FILE"},
    {"ca-unusable", "The file with the certificates cannot be read as PEM.", "--ca FILE"},
    {"no-key", "A submission must be signed and no key was named.",
     "--key FILE, or a context with a key."},
    {"key-unusable", "The key file is missing or is not an Ed25519 key in PKCS#8 PEM.",
     "consentree key gen --out FILE"},
    {"key-not-written", "The key could not be written; existing keys are never overwritten.",
     "Choose another file."},
    {"option-missing", "The call lacks something that it needs.", ""},
    {"member-missing", "A record must say something that neither the call nor the agreement says.",
     "Give the option, or add the member to the agreement."},
    {"invalid-time", "A time cannot be read.", "2027-06-30, 2027-06-30T12:00:00Z, 30d, 6m, 1y."},
    {"invalid-agreement", "The agreement's file is not one of the kind that was asked for.",
     "See docs/cli.md, \"Agreements\": files that fill records, and agreements on the ledger."},
    {"invalid-value", "The value of an option cannot be read.", "See the command's --help."},
    {"agreement-changed", "What waits to be accepted is not what was expected.",
     "Read what was proposed: consentree agreement show ID"},
    {"invalid-network", "A network of this shape cannot be made.", ""},
    {"invalid-context", "A context's name or file is not usable.",
     "consentree context add writes a good one."},
    {"context-unknown", "There is no context of that name.", "consentree context list"},
    {"file-unusable", "A file cannot be read, written or understood.", ""},
    {"file-not-written", "A file exists already or its folder cannot be written.",
     "Nothing is overwritten: choose another folder."},
    {"write-failed", "A file of the user's settings cannot be written.", ""},
    {"trust-file-missing", "Nothing says whose signatures count.",
     "--trust FILE: get the file from somebody you trust in the network."},
    {"trust-file-unusable", "The trust file cannot be read or is not a C2SP policy.",
     "Get it again from somebody you trust in the network, not from a node."},
    {"checkpoint-memory-unusable",
     "The remembered checkpoint cannot be used, so a fork could not be seen.",
     "Mend the file; removing it gives that protection up."},
    {"checkpoint-older", "The node shows an older ledger than was seen before.",
     "Ask another node, or this one when it has caught up."},
    {"checkpoint-failed", "A signature on the checkpoint does not hold.",
     "Do not rely on this node."},
    {"checkpoint-undecidable", "Too few signatures on the checkpoint are known to the trust file.",
     "Is the trust file the one of this network?"},
    {"consistency-failed", "The node's proof that its ledger extends the one seen is false.",
     "Ask another node. If none can prove it, the ledger has been forked: keep the file."},
    {"consistency-missing", "The node gives no proof that its ledger extends the one seen.",
     "Ask another node, or this one when it has caught up."},
    {"evidence-failed", "The evidence is not complete and genuine.",
     "Keep it as it is; ask another node."},
    {"evidence-undecidable", "The evidence is neither proved nor disproved with this trust file.",
     "Is the trust file the one of this network?"},
    {"fork", "Two signed views of the ledger do not extend one another.",
     "Keep the evidence file and show it to the other institutions."},
    {"fork-failed", "The file does not show a fork: it has been altered, or the checkpoints agree.",
     "Keep it as it is."},
    {"fork-undecidable", "The file neither shows a fork nor shows that there is none.",
     "Is the trust file the one of this network? Without a proof, ask its nodes for one."},
    {"receipt-failed", "Something in the receipt contradicts something else in it.",
     "Keep it as evidence; ask another node for the receipt."},
    {"receipt-undecidable", "The receipt is neither proved nor disproved with this trust file.",
     "Is the trust file the one of this network?"},
    {"report-failed",
     "The report is not what its evidence leads to, or its evidence does not hold.",
     "Keep it as it is; ask who made it, or make it anew."},
    {"report-undecidable", "The report is neither proved nor disproved with this trust file.",
     "Is the trust file the one of this network, and the report of this version?"},
    {"report-undecidable-here", "The entries that the report may read do not lead to its rows.",
     "By event time: ask about the subject, under whom all consents stand that end one another."},
    {"report-too-large", "The report is too long for this form.",
     "Ask for a shorter time with --from and --to, or for csv or json."},
    {"nothing-to-export", "Nothing of what was asked for has a form in that standard.",
     "docs/exports.md lists what can be exported."},
    {"stream-ended", "A node ended its stream of events.",
     "Nothing is lost: it is taken up again where it was."},
    {"entry-not-proven", "A node sent an entry that is not the one in the log at that place.",
     "Keep what it sent and tell the other institutions."},
    {"no-load", "No synthetic data of that name have been loaded into the demo.",
     "consentree demo load --profile open-banking"},
    {"not-as-planted", "What a synthetic load led to in the ledger is not what was planted.",
     "The lines above name the events; a load that was interrupted may differ in its last round."},
    {"planted-malformed", "A line of planted.jsonl in the demo's folder cannot be read.",
     "Delete the line that is named."},
    {"node-behind", "A node of the demo does not come up to what was committed.",
     "consentree demo status"},
    {"no-proof", "A list has no proof of this kind, or the question cannot be proven.",
     "Ask about one subject, consent, actor or provider."},
    {"demo-size", "The demo has no network of that size.", "consentree demo up --help"},
    {"demo-running", "The demo is running.", "consentree demo down"},
    {"demo-not-running", "The demo is not running.", "consentree demo up"},
    {"no-such-node", "The demo has no node of that number.", "consentree demo status"},
    {"stopped", "The load ended before it was done.", "consentree demo status"},
    {"not-stopped", "A node of the demo did not stop.", "consentree demo status"},
    {"not-killed", "A node of the demo could not be killed.", "consentree demo status"},
    {"not-deleted", "A folder of the demo could not be deleted.",
     "Is it yours, and is the demo stopped?"},
    {"import-usage", "The import was asked for something that it cannot do.",
     "consentree import --help"},
    {"config-invalid", "The node's settings are not usable.", "docs/operations.md"},
    {"config-unreadable", "The node's settings cannot be read.", "docs/operations.md"},
    {"address-invalid", "An address in the node's settings is not HOST:PORT.", ""},
    {"genesis-unreadable", "The genesis file cannot be read.", ""},
    {"not-a-validator", "The node's key is none of the network's validators.",
     "Is it the key of this institution, and the genesis file of this network?"},
    {"data-folder", "The node's data folder cannot be used.", "docs/operations.md"},
    {"disk-failed", "The disk returned an error; the node stopped so that nothing is lost.",
     "docs/operations.md"},
    {"store-damaged", "What the node has stored is not what it wrote.",
     "consentree audit ledger --config F, and docs/operations.md"},
    {"cannot-listen", "The node cannot listen for its peers.", "Is another node running there?"},
    {"api-listen-failed", "The node's API cannot listen.", "Is another program on that port?"},
    {"api-not-loopback", "The API is to listen beyond loopback without certificate and callers.",
     "docs/operations.md, \"The API beyond loopback\""},
    {"header-malformed", "A transaction's header in evidence is not one.", "Keep it as it is."},
    {"odd-key", "A key in evidence is not one that the ledger would register.",
     "Keep it as it is."},
    {"evidence-unsupported", "The evidence is of a version that this program does not know.",
     "Verify it with a newer program."},
    {"malformed-batch", "A peer sent a batch that is not one.", ""},
    {"not-in-this-build", "This program was built without that part.", ""},
    {"code-unknown", "There is no such code.", ""},
});

// What verdicts and their flags are called.
constexpr auto verdict_words = std::to_array<Local>({
    {"PERMIT", "Every check of the verdict holds.", ""},
    {"DENY", "One or more checks of the verdict fail; they are named beside it.",
     "consentree explain CODE, with the code of a check"},
    {"PERMIT_OTHER_BASIS", "The access names another legal basis than consent.", ""},
    {"OVERRIDE", "Checks fail, but break-glass access is in force for the session.",
     "Review it: it is no permission."},
    {"NEEDS_REVIEW", "Every check holds, but a person must read what the consent permits.",
     "Read the consent's source; amend it without needs_review."},
    {"LATE", "The event was recorded later than the network's clock skew after it happened.", ""},
    {"FUTURE", "The event claims a time after that of its block.",
     "Check the clock that wrote it."},
    {"IN_FLIGHT",
     "The access claims a time before the end or suspension that the ledger already knew.", ""},
    {"CONSENT_RECORDED_LATE",
     "By event time: the consent was recorded after the access that it was to cover.",
     "Record a consent before data are accessed under it."},
    {"TRIMMED",
     "The request was let in for less than the range of data that it asked for: the scheme's "
     "limit.",
     "Deliver data until granted_until of its entry only."},
    {"CLAIM_DIFFERS", "A decision claims otherwise than the ledger's verdict for its session.", ""},
});

bool is_status(std::string text) {
    for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return ledger::status_of(text).has_value();
}

std::optional<Explanation> find_verdict_code(const std::string& code) {
    for (const Local& word : verdict_words) {
        if (word.code != code) continue;
        return Explanation{std::string(word.means), std::string(word.remedy)};
    }
    // STATE_WITHDRAWN is check 5 with the state that it found.
    const bool is_state = code.starts_with("STATE_");
    for (unsigned number = 1;; ++number) {
        const auto check = static_cast<ledger::Check>(number);
        if (ledger::check_code(check).empty()) return std::nullopt;
        const bool is_it = ledger::check_code(check) == code ||
                           (is_state && check == ledger::Check::state && is_status(code.substr(6)));
        if (!is_it) continue;
        return Explanation{"check " + std::to_string(number) + " of the verdict failed: " +
                               std::string(ledger::check_means(check)) + " (docs/verdict.md).",
                           std::string(ledger::check_remedy(check))};
    }
}

}  // namespace

std::vector<std::string> local_codes() {
    std::vector<std::string> codes;
    for (const Local& local : locals) codes.emplace_back(local.code);
    return codes;
}

std::optional<Explanation> find_explanation(const Programs& programs, const std::string& code) {
    for (const Local& local : locals) {
        if (local.code == code) {
            return Explanation{std::string(local.means), std::string(local.remedy)};
        }
    }
    if (programs.explain) {
        if (auto found = programs.explain(code)) return found;
    }
    return find_verdict_code(code);
}

}  // namespace consentree::client::cli

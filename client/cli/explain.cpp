#include "client/cli/explain.h"

#include "ledger/verdict.h"

#include <array>

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
    {"invalid-agreement", "The data-sharing agreement's file is not one.", "See docs/cli.md."},
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
    {"report-too-large", "The report is too long for this form.",
     "Ask for a shorter time with --from and --to, or for csv or json."},
    {"no-load", "No synthetic data of that name have been loaded into the demo.",
     "consentree demo load --profile open-banking"},
    {"not-as-planted", "What a synthetic load leads to in the ledger is not what was planted in it.",
     "The lines above name the events; a load that was interrupted may differ in its last round."},
    {"planted-malformed", "A line of planted.jsonl in the demo's folder cannot be read.",
     "Delete the line that is named."},
    {"node-behind", "A node of the demo does not come up to what was committed.",
     "consentree demo status"},
    {"not-in-this-build", "This program was built without that part.", ""},
    {"code-unknown", "There is no such code.", ""},
});

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
    for (unsigned number = 1; number <= 21; ++number) {
        const auto check = static_cast<ledger::Check>(number);
        if (ledger::check_code(check) != code) continue;
        return Explanation{
            "check " + std::to_string(number) + " of the verdict failed (docs/verdict.md).",
            std::string(ledger::check_remedy(check))};
    }
    return std::nullopt;
}

}  // namespace consentree::client::cli

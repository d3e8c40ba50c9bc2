// consentree-verify: checks one file offline. The same checks and sentences as `consentree verify`,
// in a program that links nothing but hashing and Ed25519.
#include "common/files.h"
#include "common/keys.h"
#include "common/limits.h"
#include "verifier/consentree_verify.h"
#include "verifier/text.h"

#include <iostream>
#include <optional>
#include <vector>

namespace consentree::verifier {

namespace {

// docs/cli.md, "Exit codes".
constexpr int usage_code = 2;
constexpr int not_found_code = 5;

constexpr const char* help =
    "usage: consentree-verify FILE --trust FILE [-o text|json]\n"
    "\n"
    "Checks a receipt, evidence, a checkpoint or evidence of a fork offline.\n"
    "Exit codes: 0 verified, 7 verification FAILED, 8 cannot be decided, 5 no such file, 2 usage.\n"
    "\n"
    "  consentree-verify tx.receipt.json --trust trust.policy\n"
    "  consentree-verify case.ctree --trust trust.policy -o json\n";

struct Options {
    std::string file, trust;
    bool as_json = false;
};

// Nothing: the words are no command line of this program.
std::optional<Options> parse(const std::vector<std::string>& words) {
    Options options;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::string& word = words[i];
        const bool takes_value = word == "--trust" || word == "-o" || word == "--output";
        if (takes_value && i + 1 == words.size()) return std::nullopt;
        if (word == "--trust") {
            options.trust = words[++i];
        } else if (takes_value) {
            const std::string& form = words[++i];
            if (form != "text" && form != "json") return std::nullopt;
            options.as_json = form == "json";
        } else if (word.starts_with("-") || !options.file.empty()) {
            return std::nullopt;
        } else {
            options.file = word;
        }
    }
    if (options.file.empty()) return std::nullopt;
    return options;
}

void complain(const std::string& what, const std::string& why, const std::string& hint) {
    std::cerr << "✗ " << printable(what) << "\n";
    if (!why.empty()) std::cerr << "  Why    " << printable(why) << "\n";
    if (!hint.empty()) std::cerr << "  Do     " << printable(hint) << "\n";
}

int run(const Options& options) {
    if (options.trust.empty()) {
        complain("cannot be decided: no trust file says whose signatures count", "",
                 "consentree-verify " + options.file + " --trust trust.policy");
        return CONSENTREE_UNDECIDABLE;
    }
    const auto file = read_file(options.file, file_bytes);
    if (!file) {
        complain("cannot read the file " + options.file, file.error().message(), "");
        return not_found_code;
    }
    const auto trust = read_file(options.trust, limits::policy_bytes);
    if (!trust) {
        complain("cannot read the trust file " + options.trust, trust.error().message(),
                 "Give another with --trust FILE.");
        return CONSENTREE_UNDECIDABLE;
    }
    const Report report = verify_file(*file, *trust);
    if (options.as_json) {
        std::cout << to_json(report) << "\n";
    } else if (report.standing == Standing::verified) {
        std::cout << to_text(report, options.file);
    } else {
        const Complaint complaint = complaint_of(report, options.file);
        complain(complaint.what, complaint.why, complaint.hint);
    }
    // "Verified" that nobody could read has not been said.
    if (!std::cout.flush()) return CONSENTREE_UNDECIDABLE;
    return exit_code_of(report.standing);
}

}  // namespace

}  // namespace consentree::verifier

int main(int argc, char** argv) {
    const std::vector<std::string> words(argv + 1, argv + argc);
    if (words.size() == 1 && words[0] == "--help") {
        std::cout << consentree::verifier::help;
        return 0;
    }
    if (words.size() == 1 && words[0] == "--version") {
        std::cout << "consentree-verify " << CONSENTREE_VERSION << "\n";
        return 0;
    }
    const auto options = consentree::verifier::parse(words);
    if (!options) {
        std::cerr << consentree::verifier::help;
        return consentree::verifier::usage_code;
    }
    consentree::init_crypto();
    return consentree::verifier::run(*options);
}

#include "ledger/evidence_text.h"

#include "common/keys.h"
#include "ledger/proof_text.h"

namespace consentree::ledger {
namespace {

constexpr std::size_t authors_named = 4;

std::string window_text(const Question& question) {
    const auto at = [](TimeMs time) { return time_text(static_cast<std::uint64_t>(time)); };
    std::string text;
    if (question.from) text += " from " + at(*question.from);
    if (question.to) text += " until " + at(*question.to);
    return text;
}

// "3 entries are recorded about the subject sub:8f2c, and no others."
std::string count_text(const EvidenceReport& report) {
    const std::size_t count = report.entries.size();
    const bool is_past = report.question.as_of_height || report.question.as_of_time;
    const std::string about = describe(report.question) + window_text(report.question);
    const std::string many = std::to_string(count) + " entries ";
    const std::string verb = is_past ? (count > 1 ? "were" : "was") : (count > 1 ? "are" : "is");
    std::string text = count == 0 ? "Nothing " : count == 1 ? "One entry " : many;
    text += verb + " recorded about " + about;
    if (report.question.as_of_height) {
        text += " as of block " + std::to_string(*report.question.as_of_height);
    }
    if (report.question.as_of_time) text += " as of " + time_text(report.as_of_time_us / 1000);
    if (!report.from_start || !report.to_end) {
        return "Of what " + verb + " recorded about " + about + ", these " + many +
               "are a part without a gap.";
    }
    return text + (count == 0 ? "." : count == 1 ? ", and no other." : ", and no others.");
}

std::string authors_text(const EvidenceReport& report) {
    std::string names;
    for (std::size_t k = 0; k < report.authors.size() && k < authors_named; ++k) {
        names += (k == 0 ? " " : ", ") + fingerprint(report.authors[k]);
    }
    if (report.authors.size() > authors_named) names += ", …";
    return "Each entry records an event that its author signed: " +
           (report.authors.size() == 1 ? "the key"
                                       : std::to_string(report.authors.size()) + " keys,") +
           names + ".";
}

}  // namespace

void write_sentences(const Evidence& evidence, const Policy& policy, EvidenceReport& report) {
    report.proven.push_back(count_text(report));
    std::string complete = "The answer is complete up to " + time_text(report.as_of_time_us / 1000);
    if (report.as_of_height != 0)
        complete += " (block " + std::to_string(report.as_of_height) + ")";
    report.proven.push_back(complete + ".");
    if (report.as_of_s) {
        report.proven.push_back(vouched_for(report.checkpoint.tree_size, report.signers,
                                            report.signers_needed, *report.as_of_s));
        if (report.as_of_height == report.seal.height) {
            report.proven.push_back(
                "It is current as of " + second_text(*report.as_of_s) +
                ": a larger log certified before then would have a signer in common with these.");
        }
    } else {
        report.not_checked.push_back(
            "The trust file asks for no cosignatures: only the key of the log vouches for the "
            "checkpoint.");
    }
    if (!report.authors.empty()) report.proven.push_back(authors_text(report));
    if (!policy.network) {
        report.not_checked.push_back("The trust file does not say which network it is for.");
    }
    if (!policy.validators) {
        report.not_checked.push_back(
            "The trust file does not name its set of validators: that the SEAL (epoch " +
            std::to_string(report.seal.epoch) + ") names the same was not checked.");
    }
    report.not_checked.push_back(
        "Block times, verdicts, and which consent's subject and provider an entry was filed under, "
        "are what the validators recorded; they were not computed again.");
    if (evidence.version == 1) {
        report.not_checked.push_back(
            "The authors' signatures are not in this file: the receipts of the transactions have "
            "them.");
    } else if (!report.authors.empty()) {
        report.not_checked.push_back(
            "Which institutions the authors' keys belong to is what the validators recorded.");
    }
}

}  // namespace consentree::ledger

// What every submitting command does with its result: saves the receipt, says where it stands, and
// gives the next command.
#pragma once

#include "client/cli/session.h"

#include <chrono>

namespace consentree::client::cli {

struct SubmitOptions {
    bool wait = false;    // --wait: until committed, with a verified receipt.
    std::string receipt;  // --receipt FILE: where to save it.
};
void add_submit_options(CLI::App* command, SubmitOptions& options);
inline Wait wait_of(const SubmitOptions& options) {
    return options.wait ? Wait::committed : Wait::accepted;
}

// `stem` names the receipt file if no other was asked for: <stem>.receipt.json.
struct Subject {
    std::string label;  // "consent", "access", "tx": what the id is of.
    std::string id;
    std::string stem;
};
int report_submission(const Globals& globals,
                      const Session& session,
                      const Subject& subject,
                      const SubmitOptions& options,
                      const Outcome<Submitted>& submitted,
                      std::chrono::steady_clock::time_point began);
// <stem>.receipt.json with anything that is not a letter, digit, ".", "_", "-" replaced.
std::string receipt_file_name(const std::string& stem);

}  // namespace consentree::client::cli

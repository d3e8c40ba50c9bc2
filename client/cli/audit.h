// consentree audit, and what demo tamper shows with it.
#pragma once

#include "audit/report.h"
#include "client/cli/commands.h"
#include "client/cli/demo_folder.h"

namespace consentree::client::cli {

// The node's files, as its settings name them; a program without a node refuses.
Outcome<audit::Request> audit_of_node(const Globals& globals, const std::filesystem::path& config);
// Another validator at this address. A wrong address is one that never answers.
audit::Peer peer_at(const std::string& url, const Globals& globals);
Outcome<audit::Report> run_audit(const Globals& globals, audit::Request request);

// The table or the JSON; the exit code.
int print_audit(const Globals& globals, const audit::Report& report);
// The first findings alone, as lines of talk.
void say_findings(const Globals& globals, const audit::Report& report, std::size_t most);

Failure failure_of(const Refusal& refusal);

}  // namespace consentree::client::cli

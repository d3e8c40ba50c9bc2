// `consentree report NAME`: one command for each named report.
#pragma once

#include "client/cli/commands.h"

namespace consentree::client::cli {

void add_named_reports(CLI::App* report, Globals& globals);

}  // namespace consentree::client::cli

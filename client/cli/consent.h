// The other parts of the consent commands: consent_read.cpp, consent_steps.cpp.
#pragma once

#include "client/cli/commands.h"

namespace consentree::client::cli {

void add_consent_reads(CLI::App* consent, Globals& globals);
void add_consent_steps(CLI::App* consent, Globals& globals);

}  // namespace consentree::client::cli

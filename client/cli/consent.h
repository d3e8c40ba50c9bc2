// The reading half of the consent commands (consent_read.cpp).
#pragma once

#include "client/cli/commands.h"

namespace consentree::client::cli {

void add_consent_reads(CLI::App* consent, Globals& globals);

}  // namespace consentree::client::cli

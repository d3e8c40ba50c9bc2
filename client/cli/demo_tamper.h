// demo tamper N and demo reset N: a node's files edited behind its back, and the way back.
#pragma once

#include "client/cli/commands.h"
#include "client/cli/demo_folder.h"

namespace consentree::client::cli {

// Stops the node, edits its files, audits them, starts it again (if the demo is up), and says at
// each step what is found.
int tamper_node(const Globals& globals, const Demo& demo, std::size_t node, const std::string& how);
// Deletes the node's data; it fetches the ledger from its peers (docs/operations.md, "Restore").
int reset_node(const Globals& globals, const Demo& demo, std::size_t node);

// The line in which a node said why it ended, if that is how its log ends.
std::string last_words(const Demo& demo, std::size_t node);

}  // namespace consentree::client::cli

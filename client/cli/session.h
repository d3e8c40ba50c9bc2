// Opens the client library for a command: flags first, then the context in use.
#pragma once

#include "client/cli/commands.h"
#include "client/client.h"
#include "client/context.h"

namespace consentree::client::cli {

// Flags laid over the chosen context. A context that is named but missing is a failure; none at
// all is not. An agreement.json beside the trust file is used when nothing names another.
Outcome<Context> resolve_context(const Globals& globals);

enum class Needs { reading, signing };
struct Session {
    Context context;
    Client client;
};
Outcome<Session> open_session(const Globals& globals, Needs needs);

}  // namespace consentree::client::cli

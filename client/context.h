// Contexts: named settings of the user, one small TOML file each in
// $XDG_CONFIG_HOME/consentree/contexts/NAME.toml, and which of them is in use. A context holds
// paths of keys, never keys.
#pragma once

#include "client/outcome.h"

#include <filesystem>
#include <string>
#include <vector>

namespace consentree::client {

struct Context {
    std::string name;               // [a-z0-9-]{1,64}
    std::vector<std::string> urls;  // Tried in order.
    std::string key;                // Path of a secret key, or empty: read only.
    std::string trust;              // Path of the trust file (C2SP policy).
    std::string institution;        // Who the key speaks for: issuer of new consents.
    std::string ca;                 // Path of certificates for https URLs, or empty: the system's.
    std::string token;              // Path of the file with the bearer token, or empty: none.
    std::string agreement;          // Path of the data-sharing agreement (agreement.h).
};

// Replaces a context of that name. Relative paths are made absolute.
Outcome<Done> save_context(const Context& context);
Outcome<Context> load_context(const std::string& name);
Outcome<Done> use_context(const std::string& name);
Outcome<Done> remove_context(const std::string& name);
std::vector<std::string> list_contexts();  // Sorted.
std::string current_context();             // Empty: none chosen.

// The user's folders (XDG base directories), with /consentree at the end.
std::filesystem::path config_home();
std::filesystem::path state_home();
std::filesystem::path data_home();

}  // namespace consentree::client

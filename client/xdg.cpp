#include "client/context.h"

#include <cstdlib>

namespace consentree::client {

namespace {

// The XDG base directory specification: an unset, empty or relative value counts as unset.
std::filesystem::path base(const char* variable, const char* below_home) {
    const char* value = std::getenv(variable);
    if (value != nullptr && std::filesystem::path(value).is_absolute()) return value;
    const char* home = std::getenv("HOME");
    if (home != nullptr && *home != '\0') return std::filesystem::path(home) / below_home;
    return std::filesystem::temp_directory_path();
}

}  // namespace

std::filesystem::path config_home() {
    return base("XDG_CONFIG_HOME", ".config") / "consentree";
}
std::filesystem::path state_home() {
    return base("XDG_STATE_HOME", ".local/state") / "consentree";
}
std::filesystem::path data_home() {
    return base("XDG_DATA_HOME", ".local/share") / "consentree";
}

}  // namespace consentree::client

// Edits of a stopped node's data such as a malicious administrator could make, for demonstrations
// and tests: each changes one thing and keeps every checksum of the storage right, but the first.
#pragma once

#include "common/error.h"

#include <filesystem>
#include <string>
#include <vector>

namespace consentree::audit {

struct TamperWay {
    const char *name, *what;
};
const std::vector<TamperWay>& tamper_ways();

// What it did, as a sentence. Refused for an unknown way, or where there is nothing to edit.
Checked<std::string> tamper(const std::filesystem::path& data, const std::string& way);

}  // namespace consentree::audit

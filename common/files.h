// Small whole files: keys, configuration, receipts.
#pragma once

#include "common/error.h"

#include <filesystem>
#include <string>
#include <string_view>

namespace consentree {

// Errc::not_found, Errc::too_large, Errc::storage_failed.
Result<std::string> read_file(const std::filesystem::path& path, std::size_t byte_limit);
// Errc::conflict if it exists. The file and its directory are synced before it returns.
Result<void> write_new_file(const std::filesystem::path& path,
                            std::string_view text,
                            unsigned mode = 0644);
// Written beside, synced and renamed over: readers see the old text or the new one.
Result<void> replace_file(const std::filesystem::path& path,
                          std::string_view text,
                          unsigned mode = 0644);

}  // namespace consentree

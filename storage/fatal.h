// The end of a process whose disk failed. After a failed write or sync nobody knows what is on
// the disk, so nothing is retried or cleaned up: the next start finds out.
#pragma once

#include <string_view>

namespace consentree::storage {

inline constexpr int storage_failed_exit = 70;

// Prints one line to stderr that names the file and the error, and exits at once.
[[noreturn]] void fatal_storage_error(std::string_view where, std::string_view error);

}  // namespace consentree::storage

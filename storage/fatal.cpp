#include "storage/fatal.h"

#include <unistd.h>
#include <string>

namespace consentree::storage {

void fatal_storage_error(std::string_view where, std::string_view error) {
    std::string line = "consentree: storage failed, stopping: ";
    line.append(where).append(": ").append(error).append("\n");
    // One write, so that lines of other threads do not cut into it. Nothing can be done if stderr
    // is gone as well.
    [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
    ::_exit(storage_failed_exit);
}

}  // namespace consentree::storage

// The files of a ledger's folder as bytes: every checksum that RocksDB keeps of them, checked
// without opening the ledger. Used by the audit; the folder may belong to a running node.
#pragma once

#include "common/bytes.h"
#include "common/error.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <vector>

namespace consentree::storage {

struct FileFault {
    std::string file;   // Its name in the folder.
    std::string table;  // Whose rows it holds; empty if it is not about one table.
    std::optional<std::uint64_t> offset;
    std::string what;  // A sentence without the file's name.
    Bytes row_before;  // Key of the last row before the damage that could be read; may be empty.
    bool is_blocking = true;      // The ledger must not be opened.
    bool is_undecidable = false;  // Perhaps another version of the program wrote it.
};

struct FilesReport {
    std::uint64_t files = 0, bytes = 0;  // Read and checked.
    std::vector<FileFault> faults;
    std::vector<std::string> left_over;  // Sentences about what a crash left behind.
};

// Bytes read so far.
using ReadProgress = std::function<void(std::uint64_t)>;

// A process holds the ledger open.
bool is_in_use(const std::filesystem::path& folder);

// Makes `frozen` (a new folder, best on the same disk) hold what the ledger's folder holds now:
// links to the files that never change, copies of the others. Whoever writes there meanwhile is
// not disturbed, and what is frozen is one state.
Checked<void> freeze_rocks_files(const std::filesystem::path& folder,
                                 const std::filesystem::path& frozen);

// `frozen` must not have been opened since. `reference`: a ledger that this program has just made,
// whose settings are compared. `folder`: where it was frozen from, for what does not belong there.
FilesReport check_rocks_files(const std::filesystem::path& folder,
                              const std::filesystem::path& frozen,
                              const std::filesystem::path& reference,
                              const ReadProgress& progress);

}  // namespace consentree::storage

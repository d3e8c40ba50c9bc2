// What an audit is asked, and what it says. Plain data, so that the tool may include it; the audit
// itself is audit.h.
#pragma once

#include "common/error.h"
#include "common/hash.h"
#include "common/types.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace consentree::audit {

// Another validator, as a client sees it. Both throw nothing and end in bounded time; nothing if
// it does not answer.
struct Peer {
    std::string name;
    std::function<std::optional<std::string>()> note;
    std::function<std::optional<std::vector<Hash>>(std::uint64_t from, std::uint64_t to)>
        consistency;
};

struct Progress {
    std::string step;  // "files", "blocks", "rows"
    std::uint64_t done = 0, of = 0;
};

struct Request {
    std::filesystem::path data;     // The node's data folder.
    std::filesystem::path genesis;  // Empty: the one that the ledger itself holds.
    std::filesystem::path key;      // validator.key, for the vote guard; may be empty.
    std::filesystem::path scratch;  // Empty: beside the data folder, else the temporary folder.
    std::vector<Peer> peers;
    std::function<void(const Progress&)> on_progress;  // May be empty.
};

// One thing that is not as it must be: where, and what was expected.
struct Finding {
    std::string what;  // A whole sentence.
    std::string file;  // The last part of its path; empty if it is not about one file.
    std::optional<std::uint64_t> offset;
    std::string table;  // As docs/formats.md calls it; empty if it is not about one table.
    std::string row;    // In words.
    std::string key;    // In hexadecimal.
    std::optional<Height> height;
    std::string expected, found;
    bool is_undecidable = false;  // It may have an innocent reason.
};

struct TableCount {
    std::string table;
    std::uint64_t rows = 0;
};

struct Report {
    std::string network;  // Hexadecimal.
    std::string origin;
    bool was_running = false;  // A node was using the folder: this is what it held at that moment.
    std::vector<Finding> findings;      // At most findings_max of them,
    std::uint64_t findings_in_all = 0;  // of so many.
    std::uint64_t files = 0, bytes = 0;
    std::vector<TableCount> rows;  // Compared, by table.
    Height height = 0;             // Recomputed up to this block.
    std::uint64_t blocks = 0, batches = 0, transactions = 0, entries = 0, verdicts = 0, seals = 0;
    std::uint64_t signatures = 0;
    std::string root;                   // Of the recomputed tree.
    std::uint64_t checkpoint_size = 0;  // Covered by the stored note,
    std::uint64_t tree_size = 0;        // of so many leaves.
    std::vector<std::string> peers;     // One sentence for each.
    std::vector<std::string> not_covered;

    bool has_failed() const {
        for (const Finding& finding : findings) {
            if (!finding.is_undecidable) return true;
        }
        return false;
    }
    bool is_undecidable() const { return !findings.empty() && !has_failed(); }
};
inline constexpr std::size_t findings_max = 200;

}  // namespace consentree::audit

// What came of checking a file, in words that say no more than what was checked. Part of the public
// interface: standard types only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace consentree::verifier {

// Failed: something in the file contradicts something else in it, or a known key's signature does
// not hold. Undecidable: nothing is known to be wrong, but the trust file cannot vouch for it.
enum class Standing : std::uint8_t { verified, failed, undecidable };

struct Report {
    std::string kind;  // "receipt", "evidence", "fork", "checkpoint"
    Standing standing = Standing::undecidable;
    std::string reason;  // Why not verified; then nothing below is filled.
    std::vector<std::string> proven;
    std::vector<std::string> not_checked;
    std::string origin;   // Of the log.
    std::string network;  // Hexadecimal id, if the file names one.
    std::string tx_id;    // Of a receipt.
    std::uint64_t tree_size = 0;
    std::string as_of;                 // t_current: RFC 3339.
    std::vector<std::string> signers;  // Whose cosignatures were valid; of a fork, on both sides.
    std::uint32_t quorum = 0;          // How many are needed.
    struct Event {
        std::uint32_t position = 0;  // In the transaction.
        std::uint64_t index = 0;     // In the log.
        std::uint64_t height = 0;
        std::string committed_at;
        std::string type;     // "consent.request"
        std::string verdict;  // "PERMIT", "DENY (…)" or empty for lifecycle events.
        std::string json;     // The exact bytes.
    };
    std::vector<Event> events;
};

// No file is longer: evidence is the longest.
inline constexpr std::size_t file_bytes = 129u * 1024 * 1024;

// Offline: needs the text of a file of any kind and the trust file's text, nothing else. A trust
// file that cannot be used leaves the file undecidable.
Report verify_file(std::string_view file, std::string_view trust);
// 0, 7 or 8, as every program ends (docs/cli.md).
int exit_code_of(Standing standing);

}  // namespace consentree::verifier

// What one slot of the vote guard's file says, as bytes (docs/formats.md, "Vote guard").
// Pure functions; no file is touched here.
#pragma once

#include "storage/vote_guard.h"

#include <array>

namespace consentree::storage {

// Where the file is. A copy of it is somewhere else, and must not vote.
struct FilePlace {
    std::uint64_t filesystem = 0;  // Of statfs: stays over restarts of the machine.
    std::uint64_t inode = 0;
    Hash host;
    bool operator==(const FilePlace&) const = default;
};

struct GuardRecord {
    Hash network;
    PublicKey key;
    FilePlace place;
    std::uint64_t counter = 0;  // Writes so far; the highest is the newest.
    bool is_amnesiac = false;
    View floor = 0;
    View reached = 0;    // The latest view that was voted in or committed before this write.
    View committed = 0;  // The ledger held the block of this view durably.
    std::vector<SignedVote> votes;
    bool operator==(const GuardRecord&) const = default;
};

inline constexpr std::size_t guard_slot_bytes = 16 * 1024;
// Votes that fit a slot; see VoteGuard::sign for what happens beyond.
inline constexpr std::size_t guard_votes_max = 150;

using GuardMacKey = std::array<std::uint8_t, 32>;
GuardMacKey guard_mac_key(const SecretKey& vote_key);

// The record without its authentication.
Bytes encode(const GuardRecord& record);
Result<GuardRecord> decode_guard_record(BytesView bytes);

// The record as it stands at the start of a slot: u32 length, record, keyed BLAKE2b-256.
Bytes seal_slot(const GuardRecord& record, const GuardMacKey& key);
// Nothing unless every byte is as written.
std::optional<GuardRecord> open_slot(BytesView slot, const GuardMacKey& key);
// A well-formed record that names another key: a wrong key is not damage.
bool belongs_to_other_key(BytesView slot, const PublicKey& key);

}  // namespace consentree::storage

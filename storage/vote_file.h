// The vote guard's file: four slots of fixed size, pre-allocated, held under an exclusive lock.
// A record is written into both slots of one pair, the pairs taking turns, so that a damaged
// newest copy is told from a write that never finished. Never cached, never retried.
#pragma once

#include "storage/vote_record.h"

namespace consentree::storage {

class VoteFile {
public:
    // Errors: "guard-in-use", "guard-unreadable"; nothing if there is no such file.
    static Checked<std::optional<VoteFile>> open(const std::filesystem::path& path);
    // A file that has no name yet: it gets it from publish(), when its first record is durable.
    static Checked<VoteFile> create(const std::filesystem::path& path);

    VoteFile(VoteFile&& other) noexcept;
    VoteFile& operator=(VoteFile&&) = delete;
    VoteFile(const VoteFile&) = delete;
    VoteFile& operator=(const VoteFile&) = delete;
    ~VoteFile();

    const FilePlace& place() const { return place_; }
    // Slots that cannot be read whole are left out.
    Checked<std::vector<Bytes>> read_slots() const;
    // Durable when it returns true. False: unknown; never write again.
    bool write(std::uint64_t counter, BytesView slot);
    Checked<void> publish();

private:
    VoteFile(int fd, std::filesystem::path path) : fd_(fd), path_(std::move(path)) {}
    Checked<void> lock_and_locate();

    int fd_;
    std::filesystem::path path_;
    FilePlace place_;
};

}  // namespace consentree::storage

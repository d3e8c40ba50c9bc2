#include "storage/vote_file.h"

#include "common/files.h"
#include "common/hash.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>
#include <cerrno>
#include <system_error>

namespace consentree::storage {
namespace {

constexpr std::size_t pair_count = 2;
constexpr std::size_t slot_count = 2 * pair_count;

Refusal unreadable(const std::filesystem::path& path, int error) {
    return {"guard-unreadable",
            "The vote guard " + path.string() +
                " cannot be used: " + std::generic_category().message(error) + ".",
            {},
            "Make the file and its folder readable and writable for this user, and see that the "
            "disk is sound."};
}

std::filesystem::path unpublished(std::filesystem::path path) {
    path += ".new";
    return path;
}

bool write_all(int fd, BytesView bytes, std::size_t offset) {
    while (!bytes.empty()) {
        const ssize_t count = ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return false;
        bytes = bytes.subspan(static_cast<std::size_t>(count));
        offset += static_cast<std::size_t>(count);
    }
    return true;
}

Hash host_id() {
    const auto machine = read_file("/etc/machine-id", 4096);
    return machine ? sha256(as_bytes(*machine)) : Hash{};
}

}  // namespace

VoteFile::VoteFile(VoteFile&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), path_(std::move(other.path_)), place_(other.place_) {}

VoteFile::~VoteFile() {
    if (fd_ >= 0) ::close(fd_);
}

Checked<void> VoteFile::lock_and_locate() {
    if (::flock(fd_, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK) return unreadable(path_, errno);
        return Refusal{
            "guard-in-use",
            "Another process holds the vote guard " + path_.string() + ".",
            {},
            "Stop the other node. Two nodes with one key would vote against each other."};
    }
    struct stat file {};
    struct statfs filesystem {};
    if (::fstat(fd_, &file) != 0 || ::fstatfs(fd_, &filesystem) != 0) {
        return unreadable(path_, errno);
    }
    static_assert(sizeof filesystem.f_fsid == sizeof place_.filesystem);
    std::memcpy(&place_.filesystem, &filesystem.f_fsid, sizeof place_.filesystem);
    place_.inode = file.st_ino;
    place_.host = host_id();
    return {};
}

Checked<std::optional<VoteFile>> VoteFile::open(const std::filesystem::path& path) {
    const int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0 && errno == ENOENT) return std::optional<VoteFile>();
    if (fd < 0) return unreadable(path, errno);
    VoteFile file(fd, path);
    if (auto done = file.lock_and_locate(); !done) return done.error();
    return std::optional<VoteFile>(std::move(file));
}

Checked<VoteFile> VoteFile::create(const std::filesystem::path& path) {
    const int fd =
        ::open(unpublished(path).c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) return unreadable(path, errno);
    VoteFile file(fd, path);
    if (auto done = file.lock_and_locate(); !done) return done.error();
    // Written, not only reserved: a later write then changes no metadata, and its sync is cheap.
    const Bytes zeros(slot_count * guard_slot_bytes);
    if (!write_all(fd, zeros, 0) || ::fsync(fd) != 0) return unreadable(path, errno);
    return file;
}

Checked<std::vector<Bytes>> VoteFile::read_slots() const {
    std::vector<Bytes> slots;
    for (std::size_t i = 0; i < slot_count; ++i) {
        Bytes slot(guard_slot_bytes);
        const ssize_t count =
            ::pread(fd_, slot.data(), slot.size(), static_cast<off_t>(i * guard_slot_bytes));
        if (count < 0) return unreadable(path_, errno);
        if (static_cast<std::size_t>(count) == slot.size()) slots.push_back(std::move(slot));
    }
    return slots;
}

bool VoteFile::write(std::uint64_t counter, BytesView slot) {
    const std::size_t first = counter % pair_count * 2;
    return write_all(fd_, slot, first * guard_slot_bytes) &&
           write_all(fd_, slot, (first + 1) * guard_slot_bytes) && ::fdatasync(fd_) == 0;
}

Checked<void> VoteFile::publish() {
    // link() refuses to replace a file that came meanwhile; rename() would not.
    if (::link(unpublished(path_).c_str(), path_.c_str()) != 0 ||
        ::unlink(unpublished(path_).c_str()) != 0) {
        return unreadable(path_, errno);
    }
    auto folder = path_.parent_path();
    if (folder.empty()) folder = ".";
    const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool is_synced = fd >= 0 && ::fsync(fd) == 0;
    const int error = errno;
    if (fd >= 0) ::close(fd);
    if (!is_synced) return unreadable(path_, error);
    return {};
}

}  // namespace consentree::storage

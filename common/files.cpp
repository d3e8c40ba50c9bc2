#include "common/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>

namespace consentree {
namespace {

class Descriptor {
public:
    explicit Descriptor(int fd) : fd_(fd) {}
    ~Descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int get() const { return fd_; }
    explicit operator bool() const { return fd_ >= 0; }

private:
    int fd_;
};

bool write_all(int fd, std::string_view text) {
    while (!text.empty()) {
        const ssize_t count = ::write(fd, text.data(), text.size());
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return false;
        text.remove_prefix(static_cast<std::size_t>(count));
    }
    return ::fsync(fd) == 0;
}

bool sync_directory_of(const std::filesystem::path& path) {
    auto directory = path.parent_path();
    if (directory.empty()) directory = ".";
    const Descriptor fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    return fd && ::fsync(fd.get()) == 0;
}

}  // namespace

Result<std::string> read_file(const std::filesystem::path& path, std::size_t byte_limit) {
    const Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd) return errno == ENOENT ? Errc::not_found : Errc::storage_failed;
    std::string text;
    char buffer[16384];
    for (;;) {
        const ssize_t count = ::read(fd.get(), buffer, sizeof buffer);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return Errc::storage_failed;
        if (count == 0) return text;
        if (text.size() + static_cast<std::size_t>(count) > byte_limit) return Errc::too_large;
        text.append(buffer, static_cast<std::size_t>(count));
    }
}

Result<void> write_new_file(const std::filesystem::path& path,
                            std::string_view text,
                            unsigned mode) {
    const Descriptor fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
    if (!fd) return errno == EEXIST ? Errc::conflict : Errc::storage_failed;
    if (!write_all(fd.get(), text) || !sync_directory_of(path)) return Errc::storage_failed;
    return {};
}

Result<void> replace_file(const std::filesystem::path& path, std::string_view text, unsigned mode) {
    auto beside = path;
    beside += ".tmp" + std::to_string(::getpid());
    {
        const Descriptor fd(::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode));
        if (!fd || !write_all(fd.get(), text)) return Errc::storage_failed;
    }
    if (::rename(beside.c_str(), path.c_str()) != 0) return Errc::storage_failed;
    if (!sync_directory_of(path)) return Errc::storage_failed;
    return {};
}

}  // namespace consentree

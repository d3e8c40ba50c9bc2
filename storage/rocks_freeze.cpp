// Freezing a folder that a node may be writing to.
#include "common/files.h"
#include "storage/rocks_files.h"
#include "storage/rocks_names.h"

#include <fcntl.h>
#include <unistd.h>
#include <algorithm>

namespace consentree::storage {

namespace fs = std::filesystem;

namespace {

constexpr int attempts = 50;
constexpr std::size_t small_file_bytes = 1024;

// What says that the set of files has changed: RocksDB writes it before it removes anything.
struct Mark {
    std::string current;
    std::uintmax_t manifest_bytes = 0;
    bool operator==(const Mark&) const = default;
};

Mark mark_of(const fs::path& folder) {
    Mark mark;
    std::error_code error;
    if (auto text = read_file(folder / "CURRENT", small_file_bytes)) mark.current = *text;
    std::string name = mark.current;
    if (!name.empty()) name.pop_back();
    if (!name.empty()) mark.manifest_bytes = fs::file_size(folder / name, error);
    return mark;
}

std::vector<std::string> names_in(const fs::path& folder, std::error_code& error) {
    std::vector<std::string> names;
    for (fs::directory_iterator file(folder, error), end; !error && file != end;
         file.increment(error)) {
        names.push_back(file->path().filename().string());
    }
    // Logs by number: the older one is complete when a newer one is there.
    std::ranges::sort(names);
    return names;
}

std::error_code take(const fs::path& folder, const fs::path& frozen, const std::string& name) {
    std::error_code error;
    const RocksFile kind = rocks_file(name);
    if (kind == RocksFile::table || kind == RocksFile::blob) {
        fs::create_hard_link(folder / name, frozen / name, error);
        if (!error || error == std::errc::no_such_file_or_directory) return error;
        error.clear();  // Another disk, or one without links.
    }
    fs::copy_file(folder / name, frozen / name, fs::copy_options::overwrite_existing, error);
    return error;
}

bool is_taken(RocksFile kind) {
    return kind != RocksFile::lock && kind != RocksFile::text_log && kind != RocksFile::unknown;
}

// True if what is frozen is one state; an error if it never will be.
Checked<bool> attempt(const fs::path& folder, const fs::path& frozen) {
    std::error_code error;
    fs::remove_all(frozen, error);
    if (!error) fs::create_directories(frozen, error);
    const Mark before = mark_of(folder);
    const auto names = error ? std::vector<std::string>() : names_in(folder, error);
    for (const std::string& name : names) {
        if (error) break;
        if (!is_taken(rocks_file(name))) continue;
        error = take(folder, frozen, name);
        if (error == std::errc::no_such_file_or_directory) return false;  // Removed meanwhile.
    }
    if (error) {
        return Refusal{"audit-not-frozen",
                       "the files of " + folder.string() + " cannot be taken to " +
                           frozen.string() + ": " + error.message(),
                       {},
                       "Give a folder on the same disk that this user may write: --scratch DIR"};
    }
    return mark_of(folder) == before;
}

}  // namespace

RocksFile rocks_file(std::string_view name) {
    const auto is_number = [](std::string_view text) {
        return text.size() >= 6 && text.find_first_not_of("0123456789") == text.npos;
    };
    const auto ends = [&](std::string_view ending) {
        return name.ends_with(ending) && is_number(name.substr(0, name.size() - ending.size()));
    };
    const auto starts = [&](std::string_view start) {
        return name.starts_with(start) && is_number(name.substr(start.size()));
    };
    if (name == "CURRENT") return RocksFile::current;
    if (name == "IDENTITY") return RocksFile::identity;
    if (name == "LOCK") return RocksFile::lock;
    if (name == "LOG" || name.starts_with("LOG.old.")) return RocksFile::text_log;
    if (ends(".sst")) return RocksFile::table;
    if (ends(".blob")) return RocksFile::blob;
    if (ends(".log")) return RocksFile::log;
    if (starts("MANIFEST-")) return RocksFile::manifest;
    if (starts("OPTIONS-")) return RocksFile::options;
    if (ends(".dbtmp") || (name.starts_with("OPTIONS-") && name.ends_with(".dbtmp"))) {
        return RocksFile::temporary;
    }
    return RocksFile::unknown;
}

bool is_in_use(const fs::path& folder) {
    const int descriptor = ::open((folder / "LOCK").c_str(), O_RDWR | O_CLOEXEC);
    if (descriptor < 0) return false;
    struct flock lock {};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    const bool is_held = ::fcntl(descriptor, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
    ::close(descriptor);
    return is_held;
}

Checked<void> freeze_rocks_files(const fs::path& folder, const fs::path& frozen) {
    for (int k = 0; k < attempts; ++k) {
        const auto done = attempt(folder, frozen);
        if (!done) return done.error();
        if (*done) return {};
    }
    return Refusal{"audit-not-frozen",
                   "the files of " + folder.string() + " change faster than they can be taken",
                   {},
                   "Stop the node and audit again."};
}

}  // namespace consentree::storage

// Checks the files with RocksDB's own checksums. Beside rocks_store.cpp the only file that knows
// RocksDB.
#include "storage/rocks_files.h"

#include "common/files.h"
#include "storage/record_log.h"
#include "storage/rocks_names.h"

#include <rocksdb/db.h>
#include <rocksdb/file_checksum.h>
#include <rocksdb/sst_file_reader.h>
#include <algorithm>
#include <fstream>
#include <map>
#include <set>

namespace consentree::storage {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t chunk_bytes = 1u << 20;
constexpr std::size_t whole_file_bytes = std::size_t{4} << 30;  // Logs and manifests, read at once.

std::unique_ptr<rocksdb::FileChecksumGenerator> new_crc32c() {
    return rocksdb::GetFileChecksumGenCrc32cFactory()->CreateFileChecksumGenerator({});
}

std::uint32_t crc32c(BytesView bytes) {
    const auto sum = new_crc32c();
    sum->Update(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    sum->Finalize();
    std::uint32_t value = 0;
    for (const char byte : sum->GetChecksum()) value = (value << 8) | std::uint8_t(byte);
    return value;
}

// The number after "offset " in a status, which names the file of the frozen folder otherwise.
std::optional<std::uint64_t> offset_in(const std::string& status) {
    const std::string word = "offset ";
    const std::size_t at = status.find(word);
    if (at == status.npos) return std::nullopt;
    return std::strtoull(status.c_str() + at + word.size(), nullptr, 10);
}

class Check {
public:
    Check(const fs::path& folder,
          const fs::path& frozen,
          const fs::path& reference,
          const ReadProgress& progress)
        : folder_(folder), frozen_(frozen), reference_(reference), progress_(progress) {}

    FilesReport run() {
        look_around();
        check_current();
        if (has_kind(RocksFile::current)) check_live_files();
        check_options();
        return std::move(report_);
    }

private:
    struct Live {
        std::string table;
        std::uint64_t bytes = 0;
        std::string checksum;  // Empty: none was kept.
    };

    void fault(const std::string& file, std::string what, std::string table = {}) {
        FileFault found;
        found.file = file;
        found.table = std::move(table);
        found.what = std::move(what);
        report_.faults.push_back(std::move(found));
    }
    bool has_kind(RocksFile kind) const {
        return std::ranges::any_of(names_, [&](const auto& n) { return rocks_file(n) == kind; });
    }

    std::string read(const std::string& name) {
        auto text = read_file(frozen_ / name, whole_file_bytes);
        if (!text) {
            fault(name, "cannot be read");
            return {};
        }
        count(text->size());
        ++report_.files;
        return std::move(*text);
    }
    void count(std::uint64_t bytes) {
        report_.bytes += bytes;
        if (progress_) progress_(report_.bytes);
    }

    // Names, and the files that say everything about themselves.
    void look_around() {
        std::error_code error;
        for (fs::directory_iterator file(folder_, error), end; !error && file != end;
             file.increment(error)) {
            const std::string name = file->path().filename().string();
            const RocksFile kind = rocks_file(name);
            if (kind == RocksFile::unknown) {
                fault(name, "does not belong to a ledger");
                report_.faults.back().is_blocking = false;
            }
            if (kind == RocksFile::lock && fs::file_size(file->path(), error) != 0) {
                fault(name, "is not empty, as it must be");
                report_.faults.back().is_blocking = false;
            }
            if (kind == RocksFile::text_log) {
                report_.left_over.push_back(name + " was written for people by an older version");
            }
        }
        for (fs::directory_iterator file(frozen_, error), end; !error && file != end;
             file.increment(error)) {
            const std::string name = file->path().filename().string();
            names_.insert(name);
            if (rocks_file(name) == RocksFile::log) check_log(name);
        }
    }

    void check_log(const std::string& name) {
        const std::string text = read(name);
        const RecordLogReport log = check_record_log(as_bytes(text), crc32c);
        if (!log.damage.empty()) {
            fault(name, log.damage);
            report_.faults.back().offset = log.damaged_at;
        }
        if (log.torn != 0) {
            report_.left_over.push_back("the last " + std::to_string(log.torn) + " bytes of " +
                                        name + " are of a write that never finished");
        }
    }

    void check_current() {
        if (!names_.contains("CURRENT")) return fault("CURRENT", "is missing");
        const std::string text = read("CURRENT");
        std::string name = text;
        if (!name.empty()) name.pop_back();
        if (text != name + "\n" || rocks_file(name) != RocksFile::manifest) {
            return fault("CURRENT", "does not name a manifest");
        }
        if (!names_.contains(name)) {
            return fault("CURRENT", "names " + name + ", which is missing");
        }
        check_log(name);
        used_.insert(name);
    }

    void check_live_files() {
        const bool is_whole =
            std::ranges::none_of(report_.faults, [](const auto& f) { return f.is_blocking; });
        if (!is_whole || !load_live_files()) {
            report_.left_over.push_back(
                "the files of rows were not checked, since what says which they are is damaged");
            return;
        }
        for (const auto& [name, live] : live_) check_live_file(name, live);
        for (const std::string& name : names_) {
            const RocksFile kind = rocks_file(name);
            const bool is_part = live_.contains(name) || used_.contains(name);
            if (is_part || kind == RocksFile::current || kind == RocksFile::identity ||
                kind == RocksFile::log || kind == RocksFile::options) {
                continue;
            }
            report_.left_over.push_back(name + " is no part of the ledger any more, or not yet");
        }
    }

    // From the manifest alone: the logs stay unread.
    bool load_live_files() {
        rocksdb::DBOptions options;
        options.paranoid_checks = false;  // Damaged files are looked at one by one.
        options.max_open_files = 64;
        options.wal_dir = (frozen_ / "none").string();
        std::error_code ignored;
        fs::create_directories(frozen_ / "none", ignored);
        std::vector<std::string> families;
        rocksdb::Status status =
            rocksdb::DB::ListColumnFamilies(options, frozen_.string(), &families);
        std::vector<rocksdb::ColumnFamilyDescriptor> descriptors;
        descriptors.reserve(families.size());
        for (const std::string& family : families) {
            descriptors.emplace_back(family, rocksdb::ColumnFamilyOptions());
        }
        std::vector<rocksdb::ColumnFamilyHandle*> handles;
        rocksdb::DB* opened = nullptr;
        if (status.ok()) {
            status = rocksdb::DB::OpenForReadOnly(options, frozen_.string(), descriptors, &handles,
                                                  &opened);
        }
        const std::unique_ptr<rocksdb::DB> db(opened);
        if (!status.ok()) {
            fault(*used_.begin(), "cannot be followed: " + status.ToString());
            return false;
        }
        list_live_files(*db, handles);
        std::string identity;
        if (db->GetDbIdentity(identity).ok() && identity != read("IDENTITY")) {
            fault("IDENTITY", "is not the one that the manifest names");
            report_.faults.back().is_blocking = false;
        }
        for (auto* handle : handles) db->DestroyColumnFamilyHandle(handle);
        fs::remove(frozen_ / "none", ignored);
        return true;
    }

    void list_live_files(rocksdb::DB& db,
                         const std::vector<rocksdb::ColumnFamilyHandle*>& handles) {
        const std::unique_ptr<rocksdb::FileChecksumList> sums(rocksdb::NewFileChecksumList());
        const rocksdb::Status listed = db.GetLiveFilesChecksumInfo(sums.get());
        const auto checksum = [&](std::uint64_t number) {
            std::string sum, method;
            const bool is_known =
                listed.ok() && sums->SearchOneFileChecksum(number, &sum, &method).ok();
            return is_known && method == new_crc32c()->Name() ? sum : std::string();
        };
        for (auto* handle : handles) {
            rocksdb::ColumnFamilyMetaData data;
            db.GetColumnFamilyMetaData(handle, &data);
            for (const auto& level : data.levels) {
                for (const auto& file : level.files) {
                    live_[file.relative_filename] = {data.name, file.size,
                                                     checksum(file.file_number)};
                }
            }
            for (const auto& blob : data.blob_files) {
                const std::size_t slash = blob.blob_file_name.find_last_of('/');
                live_[blob.blob_file_name.substr(slash + 1)] = {data.name, blob.blob_file_size,
                                                                checksum(blob.blob_file_number)};
            }
        }
    }

    void check_live_file(const std::string& name, const Live& live) {
        std::error_code error;
        const std::uintmax_t bytes = fs::file_size(frozen_ / name, error);
        if (error) return fault(name, "is missing", live.table);
        if (bytes != live.bytes) {
            return fault(name,
                         "has " + std::to_string(bytes) + " bytes, but had " +
                             std::to_string(live.bytes) + " when it was written",
                         live.table);
        }
        if (live.checksum.empty()) return fault(name, "has no checksum", live.table);
        ++report_.files;
        const auto sum = new_crc32c();
        std::ifstream file(frozen_ / name, std::ios::binary);
        std::string chunk(chunk_bytes, '\0');
        while (file) {
            file.read(chunk.data(), static_cast<std::streamsize>(chunk.size()));
            sum->Update(chunk.data(), static_cast<std::size_t>(file.gcount()));
            count(static_cast<std::uint64_t>(file.gcount()));
        }
        sum->Finalize();
        if (sum->GetChecksum() == live.checksum) return;
        if (rocks_file(name) == RocksFile::blob) return locate_in_blobs(name, live);
        locate_in_table(name, live);
    }

    void locate_in_table(const std::string& name, const Live& live) {
        fault(name, "is not as it was written", live.table);
        FileFault& found = report_.faults.back();
        rocksdb::SstFileReader reader{rocksdb::Options()};
        rocksdb::Status status = reader.Open((frozen_ / name).string());
        const bool is_open = status.ok();
        if (is_open) status = reader.VerifyChecksum();
        if (status.ok()) {
            found.what += ": it was changed outside its blocks of rows";
            return;
        }
        found.offset = offset_in(status.ToString());
        found.what += is_open ? ": a block in it does not match its checksum"
                              : ": it cannot be opened any more";
        if (!is_open) return;
        const std::unique_ptr<rocksdb::Iterator> row(reader.NewIterator(rocksdb::ReadOptions()));
        for (row->SeekToFirst(); row->Valid(); row->Next()) {
            const std::string_view key(row->key().data(), row->key().size());
            found.row_before = to_bytes(as_bytes(key));
        }
        // Otherwise it is not a block of rows, or they could not be followed for another reason.
        const bool is_it = row->status().ToString().find("checksum") != std::string::npos;
        if (!is_it) found.row_before.clear();
    }

    // header[30], then records: key length u64, value length u64, expiration u64, checksum of these
    // u32, checksum of what follows u32, key, value; footer[32]. Little-endian.
    void locate_in_blobs(const std::string& name, const Live& live) {
        fault(name, "is not as it was written", live.table);
        FileFault& found = report_.faults.back();
        const auto text = read_file(frozen_ / name, whole_file_bytes);
        if (!text) return;
        const BytesView bytes = as_bytes(*text);
        constexpr std::size_t file_header = 30, record_header = 32, footer = 32;
        const auto number = [&](std::size_t at, std::size_t size) {
            std::uint64_t value = 0;
            for (std::size_t k = size; k > 0; --k) value = (value << 8) | bytes[at + k - 1];
            return value;
        };
        const auto masked = [](std::uint32_t crc) {
            return ((crc >> 15) | (crc << 17)) + 0xa282ead8u;
        };
        std::size_t at = file_header;
        while (at + record_header + footer <= bytes.size()) {
            const std::size_t room = bytes.size() - footer - at - record_header;
            const std::uint64_t key = number(at, 8), value = number(at + 8, 8);
            const bool is_header = masked(crc32c(bytes.subspan(at, 24))) == number(at + 24, 4) &&
                                   key <= room && value <= room - key;
            const bool is_whole =
                is_header && masked(crc32c(bytes.subspan(at + record_header, key + value))) ==
                                 number(at + 28, 4);
            if (!is_whole) {
                found.offset = at;
                found.what += ": a record in it does not match its checksum";
                return;
            }
            found.row_before = to_bytes(bytes.subspan(at + record_header, key));
            at += record_header + key + value;
        }
        found.row_before.clear();
        found.what += ": it was changed outside its records";
    }

    // What RocksDB wrote down of its settings, against what it writes for the same program.
    void check_options() {
        std::string expected;
        std::error_code error;
        for (fs::directory_iterator file(reference_, error), end; !error && file != end;
             file.increment(error)) {
            const std::string name = file->path().filename().string();
            if (rocks_file(name) != RocksFile::options) continue;
            if (auto text = read_file(file->path(), whole_file_bytes)) expected = *text;
        }
        for (const std::string& name : names_) {
            if (rocks_file(name) != RocksFile::options) continue;
            const std::string text = read(name);
            if (text == expected) continue;
            const auto [there, here] = std::ranges::mismatch(text, expected);
            fault(name, "is not what this program writes");
            FileFault& found = report_.faults.back();
            found.offset = static_cast<std::uint64_t>(there - text.begin());
            found.is_blocking = false;
            const auto version = [](const std::string& all) {
                const std::size_t begin = all.find("rocksdb_version=");
                return begin == all.npos ? "" : all.substr(begin, all.find('\n', begin) - begin);
            };
            found.is_undecidable = version(text) != version(expected);
        }
    }

    const fs::path &folder_, &frozen_, &reference_;
    const ReadProgress& progress_;
    FilesReport report_;
    std::set<std::string> names_;       // In the frozen folder.
    std::set<std::string> used_;        // The manifest.
    std::map<std::string, Live> live_;  // Files of rows, by name.
};

}  // namespace

FilesReport check_rocks_files(const fs::path& folder,
                              const fs::path& frozen,
                              const fs::path& reference,
                              const ReadProgress& progress) {
    return Check(folder, frozen, reference, progress).run();
}

}  // namespace consentree::storage

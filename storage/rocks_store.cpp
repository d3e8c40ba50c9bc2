// RocksDB behind Store: one column family per table, one synced WriteBatch per write. With
// rocks_files.cpp the only file that knows RocksDB.
#include "common/codec.h"
#include "storage/fatal.h"
#include "storage/store.h"

#include <rocksdb/cache.h>
#include <rocksdb/convenience.h>
#include <rocksdb/db.h>
#include <rocksdb/file_checksum.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/listener.h>
#include <rocksdb/options.h>
#include <rocksdb/table.h>
#include <mutex>
#include <tuple>

namespace consentree::storage {
namespace {

using ledger::Table;

constexpr std::size_t block_cache_bytes = 64u << 20;
constexpr std::size_t write_buffers_bytes = 64u << 20;  // Of all tables together.
constexpr std::size_t write_buffer_bytes = 32u << 20;   // Of one table.
constexpr std::uint64_t wal_bytes = 192u << 20;         // What a start may have to replay.
constexpr int open_files = 512;
constexpr std::size_t protection_bytes = 8;  // Checksum of each row from write() to the memtable.
constexpr std::uint64_t blob_bytes_min = 4096;
constexpr std::uint64_t blob_file_bytes = 256u << 20;

// In the default column family, which holds nothing else: the version of the key layouts.
constexpr std::string_view schema_key = "schema";
constexpr std::uint32_t schema_version = 5;

struct TableSettings {
    const char* name;
    bool is_point;         // Random keys, read one by one, often absent: worth a Bloom filter.
    bool is_compressible;  // Not hashes and signatures.
    bool has_large_values;
};
// In the order of ledger::Table. The names are part of the data format.
constexpr TableSettings table_settings[] = {
    {"meta", false, true, false},       {"block", false, false, false},
    {"batch", false, true, true},       {"entry", false, true, false},
    {"tile", false, false, false},      {"transaction", true, false, false},
    {"state", true, true, false},       {"uses", false, true, false},
    {"checkpoint", false, true, false}, {"seal", false, false, false},
    {"map", true, false, false},        {"key_log", false, false, false},
};
static_assert(std::size(table_settings) == ledger::table_count);

rocksdb::Slice slice(BytesView bytes) {
    if (bytes.empty()) return {};  // Whose data is not null, as RocksDB demands.
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
BytesView view(const rocksdb::Slice& slice) {
    return as_bytes({slice.data(), slice.size()});
}

// RocksDB's own retries are off: after a failed background write or a corruption the process
// stops, whatever thread saw it.
class StopOnBackgroundError : public rocksdb::EventListener {
public:
    explicit StopOnBackgroundError(std::string folder) : folder_(std::move(folder)) {}
    void OnBackgroundError(rocksdb::BackgroundErrorReason, rocksdb::Status* status) override {
        fatal_storage_error(folder_, status->ToString());
    }

private:
    std::string folder_;
};

class NoLog : public rocksdb::Logger {
public:
    using rocksdb::Logger::Logv;
    void Logv(const char*, va_list) override {}
};

// docs/adr and reliability rules: a start refuses damage in the middle of the log and drops only
// a torn tail; every error is final; checksums from the memtable to the file.
rocksdb::DBOptions db_options(const std::string& folder) {
    rocksdb::DBOptions options;
    options.create_if_missing = true;
    options.create_missing_column_families = true;
    options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
    options.paranoid_checks = true;
    options.max_bgerror_resume_count = 0;
    options.manual_wal_flush = false;
    options.wal_compression = rocksdb::kNoCompression;
    options.recycle_log_file_num = 0;
    options.avoid_flush_during_recovery = false;
    options.allow_mmap_writes = false;
    options.allow_data_in_errors = false;
    // On RocksDB before 7.10 it can raise a false "Missing WAL" and block the start (its #10892).
    options.track_and_verify_wals_in_manifest = false;
    options.file_checksum_gen_factory = rocksdb::GetFileChecksumGenCrc32cFactory();
    options.listeners.push_back(std::make_shared<StopOnBackgroundError>(folder));

    options.db_write_buffer_size = write_buffers_bytes;
    options.max_total_wal_size = wal_bytes;
    options.max_open_files = open_files;
    options.max_background_jobs = 2;
    options.bytes_per_sync = 1u << 20;
    // Few writers, seldom at once: the concurrent memtable insert would only cost.
    options.allow_concurrent_memtable_write = false;
    options.stats_dump_period_sec = 0;
    options.stats_persist_period_sec = 0;
    // Every byte in the folder is checked by an audit: no text beside the data. What goes wrong
    // comes back as a status.
    options.info_log = std::make_shared<NoLog>();
    options.write_dbid_to_manifest = true;
    return options;
}

bool has_lz4() {
    const auto types = rocksdb::GetSupportedCompressions();
    return std::ranges::find(types, rocksdb::kLZ4Compression) != types.end();
}

rocksdb::ColumnFamilyOptions table_options(const TableSettings& settings,
                                           const std::shared_ptr<rocksdb::Cache>& cache) {
    rocksdb::BlockBasedTableOptions blocks;
    blocks.block_cache = cache;
    blocks.cache_index_and_filter_blocks = true;
    blocks.pin_l0_filter_and_index_blocks_in_cache = true;
    blocks.checksum = rocksdb::kXXH3;
    blocks.format_version = 5;
    if (settings.is_point) {
        blocks.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
        // In parts, so that the filters of a large table need not all be in the cache.
        blocks.partition_filters = true;
        blocks.index_type = rocksdb::BlockBasedTableOptions::kTwoLevelIndexSearch;
    }
    rocksdb::ColumnFamilyOptions options;
    options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(blocks));
    options.write_buffer_size = write_buffer_bytes;
    options.memtable_protection_bytes_per_key = protection_bytes;
    options.compression =
        settings.is_compressible && has_lz4() ? rocksdb::kLZ4Compression : rocksdb::kNoCompression;
    if (settings.is_point) {
        options.memtable_whole_key_filtering = true;
        options.memtable_prefix_bloom_size_ratio = 0.02;
    }
    if (settings.has_large_values) {
        // Written once and never moved by compaction.
        options.enable_blob_files = true;
        options.min_blob_size = blob_bytes_min;
        options.blob_file_size = blob_file_bytes;
        options.blob_compression_type = options.compression;
    }
    return options;
}

// The open database; snapshots keep it alive after the store has gone.
struct Database {
    std::string folder;
    std::unique_ptr<rocksdb::DB> db;
    std::vector<rocksdb::ColumnFamilyHandle*> tables;  // By ledger::Table.
    rocksdb::ColumnFamilyHandle* schema = nullptr;

    Database() = default;
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;
    ~Database() {
        if (!db) return;
        for (auto* handle : tables) db->DestroyColumnFamilyHandle(handle);
        if (schema != nullptr) db->DestroyColumnFamilyHandle(schema);
        const rocksdb::Status status = db->Close();
        if (!status.ok()) fatal_storage_error(folder, status.ToString());
    }
    rocksdb::ColumnFamilyHandle* handle(Table table) const {
        return tables[static_cast<std::size_t>(table)];
    }
};

class Snapshot : public ledger::Reader {
public:
    explicit Snapshot(std::shared_ptr<const Database> database)
        : database_(std::move(database)), snapshot_(database_->db->GetSnapshot()) {}
    ~Snapshot() override { database_->db->ReleaseSnapshot(snapshot_); }
    Snapshot(const Snapshot&) = delete;
    Snapshot& operator=(const Snapshot&) = delete;

    std::optional<Bytes> get(Table table, BytesView key) const override {
        rocksdb::ReadOptions options;
        options.snapshot = snapshot_;
        rocksdb::PinnableSlice value;
        const rocksdb::Status status =
            database_->db->Get(options, database_->handle(table), slice(key), &value);
        if (status.IsNotFound()) return std::nullopt;
        stop_unless_ok(status);
        return to_bytes(view(value));
    }

    void scan(Table table,
              BytesView from,
              BytesView until,
              ledger::Direction direction,
              const Visit& visit) const override {
        const rocksdb::Slice lower = slice(from);
        const rocksdb::Slice upper = slice(until);
        rocksdb::ReadOptions options;
        options.snapshot = snapshot_;
        options.iterate_lower_bound = &lower;
        if (!until.empty()) {
            if (!std::ranges::lexicographical_compare(from, until)) return;
            options.iterate_upper_bound = &upper;
        }
        const std::unique_ptr<rocksdb::Iterator> row(
            database_->db->NewIterator(options, database_->handle(table)));
        const bool ascending = direction == ledger::Direction::ascending;
        if (ascending) {
            row->SeekToFirst();
        } else {
            row->SeekToLast();
        }
        while (row->Valid() && visit(view(row->key()), view(row->value()))) {
            if (ascending) {
                row->Next();
            } else {
                row->Prev();
            }
        }
        stop_unless_ok(row->status());
    }

private:
    void stop_unless_ok(const rocksdb::Status& status) const {
        if (!status.ok()) fatal_storage_error(database_->folder, status.ToString());
    }

    std::shared_ptr<const Database> database_;
    const rocksdb::Snapshot* snapshot_;
};

class RocksStore : public Store {
public:
    explicit RocksStore(std::shared_ptr<const Database> database)
        : database_(std::move(database)) {}

    Result<void> write(const ledger::WriteSet& writes) override {
        const std::uint64_t appended = counts().appended;
        if (auto done = put(writes, true); !done) return done;
        synced_to(appended);
        return {};
    }

    Result<void> append(const ledger::WriteSet& writes) override {
        if (auto done = put(writes, false); !done) return done;
        const std::lock_guard lock(mutex_);
        counts_.appended += 1;
        return {};
    }

    Result<void> sync() override {
        const Counts now = counts();
        if (now.synced >= now.appended) return {};
        if (!database_->db->SyncWAL().ok()) return Errc::storage_failed;
        synced_to(now.appended);
        return {};
    }

    std::shared_ptr<const ledger::Reader> snapshot() const override {
        return std::make_shared<Snapshot>(database_);
    }

    std::uint64_t disk_bytes() const override {
        std::uint64_t bytes = 0;
        std::error_code ignored;  // A file that goes while we look counts nothing.
        for (std::filesystem::directory_iterator file(database_->folder, ignored), end;
             !ignored && file != end; file.increment(ignored)) {
            std::error_code gone;
            const auto size = file->file_size(gone);
            if (!gone) bytes += size;
        }
        return bytes;
    }

private:
    Result<void> put(const ledger::WriteSet& writes, bool is_synced) {
        std::size_t bytes = 0;
        for (const ledger::Write& write : writes) {
            bytes += 24 + write.key.size() + (write.value ? write.value->size() : 0);
        }
        // By key, as the memtable holds them: neighbours are found faster than strangers.
        std::vector<const ledger::Write*> sorted;
        sorted.reserve(writes.size());
        for (const ledger::Write& write : writes) sorted.push_back(&write);
        std::ranges::stable_sort(sorted, [](const ledger::Write* a, const ledger::Write* b) {
            return std::tie(a->table, a->key) < std::tie(b->table, b->key);
        });
        rocksdb::WriteBatch batch(bytes, 0, protection_bytes, 0);
        for (const ledger::Write* row : sorted) {
            const ledger::Write& write = *row;
            auto* handle = database_->handle(write.table);
            const rocksdb::Status status =
                write.value ? batch.Put(handle, slice(write.key), slice(*write.value))
                            : batch.Delete(handle, slice(write.key));
            if (!status.ok()) return Errc::storage_failed;
        }
        rocksdb::WriteOptions options;
        options.sync = is_synced;
        if (!database_->db->Write(options, &batch).ok()) return Errc::storage_failed;
        return {};
    }

    void synced_to(std::uint64_t appended) {
        const std::lock_guard lock(mutex_);
        counts_.synced = std::max(counts_.synced, appended);
    }
    // How many appends are in the log, and how many of them are durable.
    struct Counts {
        std::uint64_t appended = 0, synced = 0;
    };
    Counts counts() const {
        const std::lock_guard lock(mutex_);
        return counts_;
    }

    std::shared_ptr<const Database> database_;
    mutable std::mutex mutex_;
    Counts counts_;
};

Refusal damaged(const std::string& folder, std::string_view what) {
    return {.code = "data-damaged",
            .detail = "The ledger data in " + folder + " is damaged: " + std::string(what),
            .pointer = {},
            .hint =
                "Restore this node from its peers: stop it, move this folder away, and start "
                "it again; it fetches the ledger and checks every block."};
}

Refusal newer(const std::string& folder, std::string_view what) {
    return {.code = "data-newer",
            .detail = "The ledger data in " + folder + " was written by a newer version (" +
                      std::string(what) + ").",
            .pointer = {},
            .hint = "Start it with the version that wrote it, or a newer one."};
}

Refusal older(const std::string& folder, std::uint32_t version) {
    return {.code = "data-older",
            .detail = "The ledger data in " + folder + " has format " + std::to_string(version) +
                      "; this version reads format " + std::to_string(schema_version) + ".",
            .pointer = {},
            .hint =
                "Move this folder away and start again: the node fetches the ledger from its "
                "peers. A demo starts anew after \"demo reset\"."};
}

// RocksDB 7.8 tells these apart only in the text of its statuses.
Refusal why_not_open(const std::string& folder, const rocksdb::Status& status) {
    const std::string text = status.ToString();
    const auto mentions = [&](std::string_view part) { return text.find(part) != text.npos; };
    if (status.IsNoSpace() || mentions("No space left")) {
        return {"data-no-space",
                "The disk of " + folder + " is full: " + text,
                {},
                "Free some space and start again."};
    }
    if (mentions("Permission denied") || mentions("Read-only file system")) {
        return {"data-not-writable",
                "The folder " + folder + " cannot be written: " + text,
                {},
                "Make this user its owner, or name another data_dir."};
    }
    if (mentions("While lock file") || mentions("lock hold by current process")) {
        return {"data-in-use",
                "Another process uses " + folder + ".",
                {},
                "Stop the other node, or give this one a data_dir of its own."};
    }
    return damaged(folder, text);
}

// Without its CURRENT file RocksDB would start an empty ledger over the files of a full one.
bool lacks_current_file(const std::filesystem::path& folder) {
    std::error_code ignored;
    if (std::filesystem::exists(folder / "CURRENT", ignored)) return false;
    for (std::filesystem::directory_iterator file(folder, ignored), end; !ignored && file != end;
         file.increment(ignored)) {
        const auto extension = file->path().extension();
        const auto name = file->path().filename().string();
        if (extension == ".sst" || extension == ".blob" || name.starts_with("MANIFEST-")) {
            return true;
        }
    }
    return false;
}

Checked<void> check_schema(const Database& database) {
    const rocksdb::Slice key = slice(as_bytes(schema_key));
    std::string stored;
    const rocksdb::Status status =
        database.db->Get(rocksdb::ReadOptions(), database.schema, key, &stored);
    if (status.IsNotFound() && database.db->GetLatestSequenceNumber() == 0) {
        Writer version;
        version.u32(schema_version);
        rocksdb::WriteOptions options;
        options.sync = true;
        const rocksdb::Status written =
            database.db->Put(options, database.schema, key, slice(version.bytes()));
        if (!written.ok()) return why_not_open(database.folder, written);
        return {};
    }
    if (!status.ok()) return damaged(database.folder, "schema row: " + status.ToString());
    Reader reader(as_bytes(stored));
    const std::uint32_t version = reader.u32();
    if (reader.failed()) return damaged(database.folder, "schema row");
    if (version > schema_version) {
        return newer(database.folder, "format " + std::to_string(version));
    }
    if (version < schema_version) return older(database.folder, version);
    return {};
}

// A table that this build does not know can only come from a newer one.
Checked<void> check_table_names(const std::string& folder) {
    std::vector<std::string> names;
    const rocksdb::Status status =
        rocksdb::DB::ListColumnFamilies(rocksdb::DBOptions(), folder, &names);
    // No CURRENT file: a new folder. Other errors come again, in full, from DB::Open.
    if (!status.ok()) return {};
    for (const std::string& name : names) {
        const bool is_known = name == rocksdb::kDefaultColumnFamilyName ||
                              std::ranges::any_of(table_settings, [&](const TableSettings& table) {
                                  return name == table.name;
                              });
        if (!is_known) return newer(folder, "table " + name);
    }
    return {};
}

}  // namespace

Checked<std::unique_ptr<Store>> open_rocks_store(const std::filesystem::path& folder) {
    auto database = std::make_shared<Database>();
    database->folder = folder.string();
    std::error_code failed;
    std::filesystem::create_directories(folder, failed);
    if (failed) {
        return Refusal{"data-not-writable",
                       "The folder " + database->folder + " cannot be made: " + failed.message(),
                       {},
                       "Make its parent writable for this user, or name another data_dir."};
    }
    if (lacks_current_file(folder)) return damaged(database->folder, "its CURRENT file is gone");
    if (auto checked = check_table_names(database->folder); !checked) return checked.error();

    const auto cache = rocksdb::NewLRUCache(block_cache_bytes);
    std::vector<rocksdb::ColumnFamilyDescriptor> families;
    families.emplace_back(rocksdb::kDefaultColumnFamilyName,
                          table_options({"", false, false, false}, cache));
    for (const TableSettings& settings : table_settings) {
        families.emplace_back(settings.name, table_options(settings, cache));
    }
    rocksdb::DB* opened = nullptr;
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    const rocksdb::Status status = rocksdb::DB::Open(db_options(database->folder), database->folder,
                                                     families, &handles, &opened);
    if (!status.ok()) return why_not_open(database->folder, status);
    database->db.reset(opened);
    database->schema = handles.front();
    database->tables.assign(handles.begin() + 1, handles.end());
    if (auto checked = check_schema(*database); !checked) return checked.error();
    return std::make_unique<RocksStore>(std::move(database));
}

}  // namespace consentree::storage

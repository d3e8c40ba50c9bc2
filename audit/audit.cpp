#include "audit/audit.h"

#include "audit/checkpoints.h"
#include "audit/compare.h"
#include "common/files.h"
#include "common/keys.h"
#include "common/limits.h"
#include "storage/guard_check.h"
#include "storage/rocks_files.h"

#include <stdlib.h>

namespace consentree::audit {

namespace fs = std::filesystem;

namespace {

using ledger::Table;

// A folder of this audit alone, gone with it.
class Scratch {
public:
    static Checked<Scratch> make(const Request& request) {
        std::vector<fs::path> parents{request.scratch};
        if (request.scratch.empty()) {
            const auto beside = fs::absolute(request.data).lexically_normal();
            parents = {(beside.has_filename() ? beside : beside.parent_path()).parent_path(),
                       fs::temp_directory_path()};
        }
        for (const fs::path& parent : parents) {
            std::string name = (parent / "consentree-audit-XXXXXX").string();
            if (::mkdtemp(name.data()) != nullptr) return Scratch(name);
        }
        return Refusal{"audit-no-scratch",
                       "no folder to work in can be made in " + parents.front().string(), "",
                       "Name one with as much free space as the ledger takes: --scratch DIR"};
    }
    Scratch(Scratch&& other) noexcept : path_(std::exchange(other.path_, {})) {}
    Scratch& operator=(Scratch&&) = delete;
    ~Scratch() {
        std::error_code ignored;
        if (!path_.empty()) fs::remove_all(path_, ignored);
    }
    fs::path operator/(const char* name) const { return path_ / name; }

private:
    explicit Scratch(fs::path path) : path_(std::move(path)) {}
    fs::path path_;
};

std::uint64_t bytes_in(const fs::path& folder) {
    std::uint64_t bytes = 0;
    std::error_code error;
    for (fs::directory_iterator file(folder, error), end; !error && file != end;
         file.increment(error)) {
        std::error_code gone;
        const auto size = file->file_size(gone);
        if (!gone) bytes += size;
    }
    return bytes;
}

Finding to_finding(const storage::FileFault& fault, const std::vector<std::string>& institutions) {
    Finding finding;
    finding.file = fault.file;
    finding.offset = fault.offset;
    finding.table = fault.table;
    finding.is_undecidable = fault.is_undecidable;
    finding.what = "file " + fault.file + " " + fault.what;
    if (fault.offset) finding.what += ", at byte " + std::to_string(*fault.offset);
    if (!fault.table.empty()) finding.what += "; it holds rows of table " + fault.table;
    for (std::size_t k = 0; k < ledger::table_count && !fault.row_before.empty(); ++k) {
        const auto table = static_cast<Table>(k);
        if (table_name(table) != fault.table) continue;
        finding.row = "after " + row_in_words(table, fault.row_before, institutions);
        finding.key = to_hex(fault.row_before);
        finding.what += ", " + finding.row;
    }
    return finding;
}

class Audit {
public:
    Audit(const Request& request, Scratch scratch)
        : request_(request), scratch_(std::move(scratch)), findings_(report_) {}

    Checked<Report> run() {
        // The guard first: what it says of the ledger was true before the ledger was frozen.
        std::error_code error;
        fs::create_directory(scratch_ / "guard", error);
        fs::copy_file(request_.data / "vote.guard", guard_file(), error);
        report_.was_running = storage::is_in_use(ledger_folder());
        auto frozen = storage::freeze_rocks_files(ledger_folder(), scratch_ / "frozen");
        if (!frozen) return frozen.error();
        auto expected = storage::open_rocks_store(scratch_ / "expected");
        if (!expected) return expected.error();
        look_around();
        if (!check_files()) return finish(nullptr);
        auto stored = storage::open_rocks_store(scratch_ / "frozen");
        if (!stored) {
            refused_to_open(stored.error());
            return finish(nullptr);
        }
        return recompute(**stored, **expected);
    }

private:
    fs::path ledger_folder() const { return request_.data / "ledger"; }
    fs::path guard_file() const { return scratch_ / "guard" / "vote.guard"; }

    // The data folder holds the ledger's folder and the vote guard, and nothing else.
    void look_around() {
        std::error_code error;
        for (fs::directory_iterator file(request_.data, error), end; !error && file != end;
             file.increment(error)) {
            const std::string name = file->path().filename().string();
            if (name == "ledger" || name == "vote.guard") continue;
            Finding finding;
            finding.file = name;
            finding.what = "file " + name + " does not belong to a data folder";
            findings_.add(std::move(finding));
        }
    }

    // False if the ledger must not be opened.
    bool check_files() {
        const std::uint64_t all = bytes_in(scratch_ / "frozen");
        std::uint64_t said = 0;
        const auto on_read = [&](std::uint64_t bytes) {
            constexpr std::uint64_t step = 4u << 20;
            if (bytes - said < step || !request_.on_progress) return;
            said = bytes;
            request_.on_progress({"files", bytes, all});
        };
        const storage::FilesReport files = storage::check_rocks_files(
            ledger_folder(), scratch_ / "frozen", scratch_ / "expected", on_read);
        report_.files = files.files;
        report_.bytes = files.bytes;
        if (request_.on_progress) request_.on_progress({"files", all, all});
        for (const std::string& sentence : files.left_over) {
            report_.not_covered.push_back(sentence);
        }
        bool can_open = true;
        for (const storage::FileFault& fault : files.faults) {
            findings_.add(to_finding(fault, findings_.institutions()));
            can_open = can_open && !fault.is_blocking;
        }
        return can_open;
    }

    void refused_to_open(const Refusal& refusal) {
        Finding finding;
        finding.what = refusal.detail;
        finding.file = "ledger";
        finding.is_undecidable = refusal.code != "data-damaged";
        findings_.add(std::move(finding));
    }

    // The genesis that was given, or else the ledger's own.
    Checked<std::string> genesis_text(const ledger::Reader& stored) {
        if (!request_.genesis.empty()) {
            auto text = read_file(request_.genesis, limits::genesis_bytes);
            if (text) return {boost::system::in_place_value, std::move(*text)};
            return Refusal{"genesis-unreadable", "cannot read " + request_.genesis.string(), "",
                           "Name the network's genesis file: --genesis FILE"};
        }
        report_.not_covered.push_back(
            "that the genesis is the network's: no genesis file was given, the ledger's own was "
            "used; compare the network id");
        const auto row = stored.get(Table::meta, as_bytes("genesis"));
        return {boost::system::in_place_value, row ? as_text(*row) : std::string_view()};
    }

    Checked<Report> recompute(storage::Store& stored_store, storage::Store& expected) {
        const auto stored = stored_store.snapshot();
        auto text = genesis_text(*stored);
        if (!text) return text.error();
        auto genesis = ledger::parse_genesis(*text);
        if (!genesis && !request_.genesis.empty()) return genesis.error();
        if (!genesis) {
            findings_.row(Table::meta, as_bytes("genesis"), "is no genesis");
            return finish(nullptr);
        }
        report_.network = to_hex(genesis->network.view());
        report_.origin = genesis->origin;
        std::vector<std::string> institutions;
        consensus::ValidatorSet validators{genesis->network, 1, {}};
        for (const ledger::ValidatorEntry& entry : genesis->validators) {
            institutions.push_back(entry.institution);
            validators.vote_keys.push_back(entry.vote);
        }
        findings_.institutions(std::move(institutions));
        const auto row = stored->get(Table::meta, as_bytes("genesis"));
        if (!row || as_text(*row) != *text) {
            const Bytes due = to_bytes(as_bytes(*text));
            findings_.row(Table::meta, as_bytes("genesis"), "is not the network's genesis", &due,
                          row ? &*row : nullptr);
            return finish(nullptr);
        }
        if (!expected.write(ledger::genesis_writes(*genesis, *text))) {
            return Refusal{"audit-no-scratch", "the scratch folder refused a write", "",
                           "See that its disk has space: --scratch DIR"};
        }
        const Ledgers ledgers{*genesis, validators, *stored, expected};
        const Replayed replayed = replay(ledgers, findings_, report_, request_.on_progress);
        judge_replay(replayed);
        compare_rows(ledgers, replayed, findings_, report_, request_.on_progress);
        check_checkpoint_rows(ledgers, replayed, findings_, report_);
        judge_newest(replayed);
        compare_with_peers(ledgers, replayed, request_.peers, findings_, report_);
        check_guard(ledgers, replayed);
        return finish(&replayed);
    }

    void judge_replay(const Replayed& replayed) {
        const Height height = replayed.tip.height;
        if (!replayed.is_complete) {
            report_.not_covered.push_back("everything after block " + std::to_string(height) +
                                          ": what follows cannot be computed again");
        } else if (replayed.finalized_height < height) {
            report_.not_covered.push_back(
                "that blocks " + std::to_string(replayed.finalized_height + 1) + " to " +
                std::to_string(height) +
                " are final: they were covered by a block that is not stored");
        }
        report_.not_covered.push_back(
            "consensus messages and batches that no block has ordered: those that are stored are "
            "what was signed, but one that is gone leaves no trace");
    }

    // What a certificate does not cover, a cosigned checkpoint may.
    void judge_newest(const Replayed& replayed) {
        if (!replayed.is_complete || replayed.finalized_height == replayed.tip.height) return;
        if (report_.checkpoint_size >= replayed.tip.tree_size) return;
        findings_.undecidable(
            "the newest block has neither a finalization nor a cosigned "
            "checkpoint; a node that is started fetches both");
    }

    void check_guard(const Ledgers& ledgers, const Replayed& replayed) {
        std::optional<SecretKey> vote_key;
        if (!request_.key.empty()) {
            auto seed = SecretKey::load(request_.key);
            if (seed) vote_key = seed->derive(2);
            if (!seed) findings_.undecidable("the key cannot be used: " + seed.error().detail);
        }
        const auto preimage = [&](std::uint8_t kind, View view, const Hash& block) {
            return consensus::ballot_preimage(
                ledgers.validators, {static_cast<consensus::VoteKind>(kind), view, block});
        };
        const View view = replayed.is_complete ? replayed.tip.view : UINT64_MAX;
        const storage::GuardReport guard = storage::check_vote_guard(
            guard_file(), ledgers.genesis.network, vote_key ? &*vote_key : nullptr, view, preimage);
        ++report_.files;
        report_.bytes += guard.bytes;
        report_.signatures += guard.signatures;
        for (const storage::FileFault& fault : guard.faults) {
            findings_.add(to_finding(fault, findings_.institutions()));
        }
        for (const std::string& sentence : guard.not_covered) {
            report_.not_covered.push_back(sentence);
        }
    }

    Checked<Report> finish(const Replayed* replayed) {
        if (replayed == nullptr) {
            report_.not_covered.push_back(
                "what the rows say: the ledger cannot be read before its files are sound");
        } else {
            report_.tree_size = replayed->tip.tree_size;
            report_.root = to_hex(replayed->tip.root.view());
        }
        return std::move(report_);
    }

    const Request& request_;
    Scratch scratch_;
    Report report_;
    Findings findings_;
};

}  // namespace

Checked<Report> run(const Request& request) {
    std::error_code error;
    if (!fs::is_directory(request.data / "ledger", error)) {
        return Refusal{"audit-no-data", "there is no ledger in " + request.data.string(), "",
                       "Name a node's data folder, or its settings: --config node.toml"};
    }
    auto scratch = Scratch::make(request);
    if (!scratch) return scratch.error();
    return Audit(request, std::move(*scratch)).run();
}

}  // namespace consentree::audit

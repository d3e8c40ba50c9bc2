#include "audit/compare.h"

#include "common/codec.h"
#include "ledger/state.h"

namespace consentree::audit {
namespace {

using ledger::Table;

constexpr std::size_t rows_at_once = 1024;
constexpr std::size_t bytes_at_once = 4u << 20;
constexpr std::uint64_t progress_rows = 16 * 1024;
constexpr std::string_view journal = "journal";

struct Row {
    Bytes key, value;
};

// The rows of one table in order, a stretch at a time.
class Cursor {
public:
    Cursor(const ledger::Reader& reader, Table table) : reader_(reader), table_(table) { fill(); }

    // Nothing at the end.
    const Row* row() const { return at_ < rows_.size() ? &rows_[at_] : nullptr; }
    void next() {
        if (++at_ == rows_.size()) fill();
    }

private:
    void fill() {
        Bytes from;
        if (!rows_.empty()) {
            from = std::move(rows_.back().key);
            from.push_back(0);  // The key right behind it.
        }
        rows_.clear();
        at_ = 0;
        std::size_t bytes = 0;
        reader_.scan(table_, from, {}, ledger::Direction::ascending,
                     [&](BytesView key, BytesView value) {
                         rows_.push_back({to_bytes(key), to_bytes(value)});
                         bytes += key.size() + value.size();
                         return rows_.size() < rows_at_once && bytes < bytes_at_once;
                     });
    }

    const ledger::Reader& reader_;
    Table table_;
    std::vector<Row> rows_;
    std::size_t at_ = 0;
};

class Compare {
public:
    Compare(const Ledgers& ledgers,
            const Replayed& replayed,
            Findings& findings,
            Report& report,
            const std::function<void(const Progress&)>& on_progress)
        : ledgers_(ledgers),
          replayed_(replayed),
          findings_(findings),
          report_(report),
          on_progress_(on_progress),
          expected_(ledgers.expected.snapshot()) {}

    void run() {
        for (std::size_t k = 0; k < ledger::table_count; ++k) {
            const auto table = static_cast<Table>(k);
            if (table == Table::checkpoint || (!replayed_.is_complete && !is_final(table))) {
                continue;
            }
            compare(table);
            say_progress(k + 1);
        }
    }

private:
    // Tables whose rows a block writes once and for all.
    static bool is_final(Table table) {
        return table == Table::entry || table == Table::transaction || table == Table::seal;
    }

    void compare(Table table) {
        Cursor stored(ledgers_.stored, table), expected(*expected_, table);
        std::uint64_t rows = 0;
        while (stored.row() != nullptr || expected.row() != nullptr) {
            const Row* there = stored.row();
            const Row* due = expected.row();
            const int order = there == nullptr ? 1
                              : due == nullptr ? -1
                                               : compare_keys(there->key, due->key);
            if (order < 0) {
                if (replayed_.is_complete) judge_extra(table, *there);
            } else if (order > 0) {
                findings_.row(table, due->key, "is missing", value_if_known(table, *due));
            } else {
                look_at(table, *there, *due);
            }
            ++rows;
            if (rows % progress_rows == 0) say_progress(static_cast<std::size_t>(table));
            if (order <= 0) stored.next();
            if (order >= 0) expected.next();
        }
        report_.rows.push_back({table_name(table), rows});
    }

    static int compare_keys(const Bytes& a, const Bytes& b) {
        if (a == b) return 0;
        return std::ranges::lexicographical_compare(a, b) ? -1 : 1;
    }
    // Blocks and batches were checked when they were read; only their keys were kept.
    static bool is_by_key(Table table) { return table == Table::block || table == Table::batch; }
    static const Bytes* value_if_known(Table table, const Row& row) {
        return is_by_key(table) ? nullptr : &row.value;
    }

    void look_at(Table table, const Row& there, const Row& due) {
        if (table == Table::entry) count_verdicts(due);
        if (is_by_key(table) || there.value == due.value) return;
        findings_.row(table, due.key, "is not what the blocks give", &due.value, &there.value);
    }

    void count_verdicts(const Row& row) {
        const auto entries = ledger::decode_entry_row(row.value);
        if (!entries) return;
        for (const auto& item : entries->items) report_.verdicts += item.verdict != 0 ? 1u : 0u;
    }

    // Rows that no block gives: batches that are not ordered yet, and the journal of consensus.
    void judge_extra(Table table, const Row& row) {
        std::string what = "is there, but no block gives it";
        if (table == Table::batch) {
            what = why_not_waiting(row);
        } else if (table == Table::meta && as_text(row.key).starts_with(journal)) {
            what = why_not_journal(row);
        }
        if (!what.empty()) findings_.row(table, row.key, what, nullptr, &row.value);
    }

    std::string why_not_waiting(const Row& row) {
        const auto batch = ledger::check_batch(Bytes(row.value), ledgers_.genesis);
        if (!batch) return "waits for a block, but is not what was signed: " + batch.error().detail;
        const ledger::BatchHeader& header = (*batch)->header();
        report_.signatures += 1 + header.transaction_count;
        if (ledger::batch_key(header.lane, header.seq, header.digest) == row.key) return {};
        return "stands under another name than its own";
    }

    std::string why_not_journal(const Row& row) {
        auto message = consensus::decode_message(row.value);
        if (!message) return "does not decode";
        Writer key;
        key.raw(as_bytes(journal));
        if (const auto* proposal = std::get_if<consensus::Proposal>(&*message)) {
            key.u64(proposal->block.view);
            key.u8(0);
        } else if (const auto* certificate = std::get_if<consensus::Certificate>(&*message)) {
            key.u64(certificate->ballot.view);
            key.u8(static_cast<std::uint8_t>(certificate->ballot.kind));
        }
        if (key.bytes() != row.key) return "stands under another name than its own";
        ++report_.signatures;
        const auto verified = consensus::verify(std::move(*message), ledgers_.validators);
        return verified ? std::string() : "is not what was signed: " + verified.error().message();
    }

    void say_progress(std::size_t tables) {
        if (on_progress_) on_progress_({"rows", tables, ledger::table_count});
    }

    const Ledgers& ledgers_;
    const Replayed& replayed_;
    Findings& findings_;
    Report& report_;
    const std::function<void(const Progress&)>& on_progress_;
    std::shared_ptr<const ledger::Reader> expected_;
};

}  // namespace

void compare_rows(const Ledgers& ledgers,
                  const Replayed& replayed,
                  Findings& findings,
                  Report& report,
                  const std::function<void(const Progress&)>& on_progress) {
    Compare(ledgers, replayed, findings, report, on_progress).run();
}

}  // namespace consentree::audit

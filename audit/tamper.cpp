#include "audit/tamper.h"

#include "audit/findings.h"
#include "ledger/checkpoint.h"
#include "ledger/consent.h"
#include "ledger/key_log.h"
#include "ledger/log_tree.h"
#include "ledger/state_keys.h"
#include "ledger/verdict.h"
#include "storage/store.h"

#include <algorithm>
#include <fstream>

namespace consentree::audit {

namespace fs = std::filesystem;

namespace {

using ledger::Table;

struct Row {
    Bytes key, value;
};
using Fits = std::function<bool(const Row&)>;
// Changes the row; says how.
using Edit = std::function<std::string(Row&)>;

std::optional<Row> newest(const ledger::Reader& reader, Table table, const Fits& fits) {
    std::optional<Row> found;
    reader.scan(table, {}, {}, ledger::Direction::descending, [&](BytesView key, BytesView value) {
        Row row{to_bytes(key), to_bytes(value)};
        if (fits && !fits(row)) return true;
        found = std::move(row);
        return false;
    });
    return found;
}

Refusal nothing(const std::string& way) {
    return {"tamper-nothing", "there is nothing in this ledger to edit in the way \"" + way + "\"",
            "", "Load some data first: consentree demo load"};
}

class Tamper {
public:
    Tamper(storage::Store& store, std::string way) : store_(store), way_(std::move(way)) {}

    // The newest row that fits, edited.
    Checked<std::string> edit(Table table, const Fits& fits, const Edit& change) {
        auto row = newest(*store_.snapshot(), table, fits);
        if (!row) return nothing(way_);
        const std::string how = change(*row);
        return write({table, row->key, row->value}, how);
    }

    Checked<std::string> remove(Table table) {
        const auto row = newest(*store_.snapshot(), table, {});
        if (!row) return nothing(way_);
        return write({table, row->key, std::nullopt}, "removed the row");
    }

    // The outcome of the newest transaction that was committed.
    Checked<std::string> forget_newest() {
        const auto row = newest(*store_.snapshot(), Table::entry, {});
        const auto entries = row ? ledger::decode_entry_row(row->value) : Errc::not_found;
        if (!entries) return nothing(way_);
        return write({Table::transaction, to_bytes(entries->tx_id.view()), std::nullopt},
                     "removed the row");
    }

private:
    Checked<std::string> write(const ledger::Write& row, const std::string& how) {
        if (!store_.write({row}))
            return Refusal{"disk-failed", "the disk refused the edit", "", ""};
        return {boost::system::in_place_value, how + ": table " + table_name(row.table) + ", " +
                                                   row_in_words(row.table, row.key, {})};
    }

    storage::Store& store_;
    std::string way_;
};

std::string flip_last(Row& row) {
    row.value.back() ^= 1;
    return "changed the last byte";
}

// A DENY becomes a PERMIT.
bool is_denied(const ledger::EntryRow::Item& item) {
    return ledger::verdict_of(item.verdict) == ledger::Verdict::deny;
}
bool has_denied(const Row& row) {
    const auto entries = ledger::decode_entry_row(row.value);
    return entries && std::ranges::any_of(entries->items, is_denied);
}
std::string permit(Row& row) {
    auto entries = ledger::decode_entry_row(row.value).value();
    const auto item = std::ranges::find_if(entries.items, is_denied);
    item->verdict = static_cast<std::uint16_t>(static_cast<unsigned>(ledger::Verdict::permit) << 8);
    item->flags = 0;
    row.value = encode(entries);
    return "made a verdict DENY into PERMIT (block " + std::to_string(entries.height) + ")";
}

// A date in the event's own text: nothing about the bytes' form tells.
constexpr std::string_view event_mark = "\"purpose\":\"";
bool has_purpose(const Row& row) {
    return as_text(row.value).find(event_mark) != std::string_view::npos;
}
std::string rewrite_purpose(Row& row) {
    const std::size_t at = as_text(row.value).find(event_mark) + event_mark.size();
    row.value[at] = row.value[at] == 'x' ? 'y' : 'x';
    return "rewrote the purpose in a signed event";
}

bool is_consent(const Row& row) {
    return !row.key.empty() && row.key[0] == static_cast<std::uint8_t>(ledger::StateKind::consent);
}
std::string other_status(Row& row) {
    auto state = ledger::decode_consent_state(row.value).value();
    const bool was_active = state.status == ledger::ConsentStatus::active;
    state.status = was_active ? ledger::ConsentStatus::withdrawn : ledger::ConsentStatus::active;
    row.value = encode(state);
    return std::string("made ") +
           (was_active ? "an active consent withdrawn" : "a consent that was not active active");
}

bool is_tile(const Row& row) {
    return row.key.size() == 9 && row.key[0] == 0 && !row.value.empty();
}
std::string change_note(Row& row) {
    const std::string text(as_text(row.value));
    auto note = ledger::parse_note(text);
    auto checkpoint = note ? ledger::parse_checkpoint(note->text) : note.error();
    if (!checkpoint) return flip_last(row);
    checkpoint->root.data()[0] ^= 1;
    note->text = ledger::format_checkpoint(*checkpoint);
    row.value = to_bytes(as_bytes(ledger::format_note(*note)));
    return "put another root into the cosigned checkpoint";
}

Checked<std::string> flip_in_file(const fs::path& data) {
    fs::path largest;
    std::uintmax_t most = 0;
    std::error_code error;
    for (fs::directory_iterator file(data / "ledger", error), end; !error && file != end;
         file.increment(error)) {
        const auto kind = file->path().extension();
        const bool holds_rows = kind == ".sst" || kind == ".blob" || kind == ".log";
        const auto size = holds_rows ? file->file_size(error) : 0;
        if (size <= most) continue;
        most = size;
        largest = file->path();
    }
    if (most == 0) return nothing("file-byte");
    const auto at = static_cast<std::streamoff>(most / 2);
    std::fstream file(largest, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(at);
    const int byte = file.get();
    file.seekp(at);
    file.put(static_cast<char>(byte ^ 1));
    if (!file.flush()) return Refusal{"disk-failed", "the disk refused the edit", "", ""};
    return {boost::system::in_place_value,
            "flipped a bit of " + largest.filename().string() + " at byte " + std::to_string(at)};
}

Checked<std::string> edit_rows(Tamper& tamper, const std::string& way) {
    if (way == "event") return tamper.edit(Table::batch, has_purpose, rewrite_purpose);
    if (way == "verdict") return tamper.edit(Table::entry, has_denied, permit);
    if (way == "entry") return tamper.remove(Table::entry);
    if (way == "consent") return tamper.edit(Table::state, is_consent, other_status);
    if (way == "tile") return tamper.edit(Table::tile, is_tile, flip_last);
    if (way == "key-log") return tamper.edit(Table::key_log, {}, flip_last);
    if (way == "seal") return tamper.edit(Table::seal, {}, flip_last);
    if (way == "outcome") return tamper.forget_newest();
    return tamper.edit(Table::checkpoint, {}, change_note);
}

}  // namespace

const std::vector<TamperWay>& tamper_ways() {
    static const std::vector<TamperWay> ways{
        {"file-byte", "flip one bit of a file"},
        {"event", "rewrite a signed event, with every checksum of the storage made right"},
        {"verdict", "make a verdict DENY into PERMIT"},
        {"entry", "remove an entry"},
        {"consent", "change the state of a consent"},
        {"tile", "rewrite a hash of the tree"},
        {"key-log", "change a record of the index"},
        {"seal", "change the newest SEAL"},
        {"outcome", "forget that a transaction was decided"},
        {"checkpoint", "put another root into the cosigned checkpoint"},
    };
    return ways;
}

Checked<std::string> tamper(const fs::path& data, const std::string& way) {
    const auto& ways = tamper_ways();
    if (std::ranges::none_of(ways, [&](const TamperWay& known) { return way == known.name; })) {
        std::string names;
        for (const TamperWay& known : ways)
            names += std::string(names.empty() ? "" : ", ") + known.name;
        return Refusal{"tamper-unknown", "there is no way \"" + way + "\" to tamper", "",
                       "One of: " + names};
    }
    std::error_code error;
    if (!fs::is_directory(data / "ledger", error)) {
        return Refusal{"audit-no-data", "there is no ledger in " + data.string(), "", ""};
    }
    if (way == "file-byte") return flip_in_file(data);
    auto store = storage::open_rocks_store(data / "ledger");
    if (!store) return store.error();
    Tamper edits(**store, way);
    return edit_rows(edits, way);
}

}  // namespace consentree::audit

#include "audit/findings.h"

#include "common/codec.h"
#include "ledger/execute.h"
#include "ledger/seal.h"
#include "ledger/state_keys.h"
#include "ledger/verdict.h"

#include <algorithm>
#include <iterator>

namespace consentree::audit {
namespace {

using ledger::Table;

constexpr const char* names[] = {"meta",  "block", "batch",      "entry", "tile", "transaction",
                                 "state", "uses",  "checkpoint", "seal",  "map",  "key_log"};
static_assert(std::size(names) == ledger::table_count);

std::string short_hex(BytesView bytes) {
    return to_hex(bytes.first(std::min<std::size_t>(bytes.size(), 8))) + "…";
}

std::string state_in_words(BytesView key) {
    if (key.empty()) return "a row without a key";
    const BytesView rest = key.subspan(1);
    switch (static_cast<ledger::StateKind>(key[0])) {
        case ledger::StateKind::counter: return "the number of consents";
        case ledger::StateKind::key: return "the registered key " + short_hex(rest);
        case ledger::StateKind::institution: return "an institution";
        case ledger::StateKind::consent: return "the state of consent " + short_hex(rest);
        case ledger::StateKind::terms: return "the terms of consent " + short_hex(rest);
        case ledger::StateKind::session: return "a session under consent " + short_hex(rest);
        case ledger::StateKind::restrictions: return "the restrictions of a subject";
        case ledger::StateKind::party: return "the party " + std::string(as_text(rest));
        case ledger::StateKind::agreement: return "the agreement " + std::string(as_text(rest));
        case ledger::StateKind::policy: return "the policy " + std::string(as_text(rest));
        case ledger::StateKind::document: return "a policy's document";
        case ledger::StateKind::recurring: return "the recurring consent of a pair";
        case ledger::StateKind::by_number: return "the list of all consents";
        case ledger::StateKind::by_subject: return "the list of consents of a subject";
        case ledger::StateKind::by_recipient: return "the list of consents of a recipient";
        case ledger::StateKind::by_provider: return "the list of consents of a provider";
        case ledger::StateKind::by_id: return "the list of consents with one id";
    }
    return "a row of an unknown kind";
}

std::string meta_in_words(BytesView key) {
    const std::string_view name = as_text(key);
    if (name == "tip") return "where the ledger stands";
    if (name == "genesis") return "the genesis";
    if (name.starts_with("journal")) return "a consensus message that is not committed yet";
    return "a row of an unknown name";
}

std::string key_log_in_words(Reader& in) {
    const bool is_items = in.u8() == 0;
    const std::uint64_t number = in.u64();
    const std::string log = "the log of index key number " + std::to_string(number);
    if (is_items) return "records from " + std::to_string(in.u64()) + " on in " + log;
    const unsigned level = in.u8();
    return "subtree " + std::to_string(in.u64()) + " of level " + std::to_string(level) + " in " +
           log;
}

std::string item_in_words(std::uint64_t leaf, const ledger::EntryRow::Item& item) {
    const auto verdict = ledger::verdict_name(ledger::verdict_of(item.verdict));
    std::string text = "leaf " + std::to_string(leaf);
    if (!verdict.empty()) text += ": verdict " + std::string(verdict);
    if ((item.verdict & 0xff) != 0) text += " (check " + std::to_string(item.verdict & 0xff) + ")";
    std::vector<std::string> codes = ledger::reason_codes(item.flags);
    std::ranges::move(ledger::flag_names(item.flags), std::back_inserter(codes));
    if (verdict.empty() || codes.empty()) return text + ", flags " + std::to_string(item.flags);
    text += ", flags";
    for (const std::string& code : codes) text += " " + code;
    return text + " (" + std::to_string(item.flags) + ")";
}

// Of a row of entries only what differs is said.
void name_the_entry(BytesView key, const Bytes& expected, const Bytes& found, Finding& finding) {
    const auto due = ledger::decode_entry_row(expected), there = ledger::decode_entry_row(found);
    if (!due || !there || due->items.size() != there->items.size()) return;
    const std::uint64_t first = Reader(key).u64();
    for (std::size_t k = 0; k < due->items.size(); ++k) {
        const auto &a = due->items[k], &b = there->items[k];
        if (a.verdict == b.verdict && a.flags == b.flags) continue;
        finding.expected = item_in_words(first + k, a);
        finding.found = item_in_words(first + k, b);
        return;
    }
}

}  // namespace

std::string table_name(Table table) {
    return names[static_cast<std::size_t>(table)];
}

std::string row_in_words(Table table, BytesView key, const std::vector<std::string>& institutions) {
    Reader in(key);
    switch (table) {
        case Table::meta: return meta_in_words(key);
        case Table::block: return "block " + std::to_string(in.u64());
        case Table::batch: {
            const std::size_t lane = in.u16();
            const std::string of =
                lane < institutions.size() ? institutions[lane] : "lane " + std::to_string(lane);
            return "batch " + std::to_string(in.u64()) + " of " + of;
        }
        case Table::entry:
            return "the row of the entries from leaf " + std::to_string(in.u64()) + " on";
        case Table::tile: {
            const unsigned level = in.u8();
            const std::string number = std::to_string(in.u64());
            if (level == 0xff) return "the frontier of the tree";
            return "tile " + number + " of level " + std::to_string(level);
        }
        case Table::transaction: return "the outcome of transaction " + short_hex(key);
        case Table::state: return state_in_words(key);
        case Table::uses: return "uses of consent " + short_hex(key);
        case Table::checkpoint: return "the cosigned checkpoint";
        case Table::seal: return "the SEAL at leaf " + std::to_string(in.u64());
        case Table::map: return "the head of the log of index key " + short_hex(key);
        case Table::key_log: return key_log_in_words(in);
    }
    return "a row";
}

std::optional<Height> height_of(Table table, BytesView key, BytesView value) {
    switch (table) {
        case Table::block: return Reader(key).u64();
        case Table::entry: {
            const auto row = ledger::decode_entry_row(value);
            if (row) return row->height;
            break;
        }
        case Table::transaction: {
            const auto outcome = ledger::decode_tx_outcome(value);
            if (outcome) return outcome->height;
            break;
        }
        case Table::seal: {
            const auto seal = ledger::decode_seal(value);
            if (seal) return seal->height;
            break;
        }
        default: break;
    }
    return std::nullopt;
}

std::string value_in_words(Table table, BytesView value) {
    if (table == Table::entry) {
        if (const auto row = ledger::decode_entry_row(value)) {
            std::string text = std::to_string(row->items.size()) + " entries, verdicts";
            constexpr std::size_t shown = 8;
            for (std::size_t k = 0; k < std::min(shown, row->items.size()); ++k) {
                const std::uint16_t code = row->items[k].verdict;
                const auto verdict = static_cast<ledger::Verdict>(code >> 8);
                text += k == 0 ? " " : ", ";
                text += ledger::verdict_name(verdict);
                if ((code & 0xff) != 0) text += " (check " + std::to_string(code & 0xff) + ")";
            }
            return text + (row->items.size() > shown ? ", …" : "");
        }
    }
    if (table == Table::meta) {
        if (const auto tip = ledger::decode_tip(value)) {
            return "block " + std::to_string(tip->height) + ", " + std::to_string(tip->tree_size) +
                   " leaves, root " + short_hex(tip->root.view());
        }
    }
    if (table == Table::state) {
        if (const auto state = ledger::decode_consent_state(value)) {
            return "status " + std::string(ledger::status_name(state->status)) + ", version " +
                   std::to_string(state->version) + ", " + std::to_string(state->uses) + " uses";
        }
    }
    return std::to_string(value.size()) + " bytes with SHA-256 " +
           to_hex(sha256(value).view()).substr(0, 16) + "…";
}

void Findings::add(Finding finding) {
    ++report_.findings_in_all;
    if (report_.findings.size() < findings_max) report_.findings.push_back(std::move(finding));
}

void Findings::row(
    Table table, BytesView key, std::string what, const Bytes* expected, const Bytes* found) {
    Finding finding;
    finding.table = table_name(table);
    finding.row = row_in_words(table, key, institutions_);
    finding.key = to_hex(key);
    finding.what = "table " + finding.table + ": " + finding.row + " " + std::move(what);
    if (expected != nullptr) {
        finding.height = height_of(table, key, *expected);
        finding.expected = value_in_words(table, *expected);
    }
    if (found != nullptr) {
        if (!finding.height) finding.height = height_of(table, key, *found);
        finding.found = value_in_words(table, *found);
    }
    if (table == Table::entry && expected != nullptr && found != nullptr) {
        name_the_entry(key, *expected, *found, finding);
    }
    if (finding.height && table != Table::block) {
        finding.what += " (block " + std::to_string(*finding.height) + ")";
    }
    add(std::move(finding));
}

void Findings::undecidable(std::string what) {
    Finding finding;
    finding.what = std::move(what);
    finding.is_undecidable = true;
    add(std::move(finding));
}

}  // namespace consentree::audit

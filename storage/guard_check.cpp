#include "storage/guard_check.h"

#include "common/codec.h"
#include "common/files.h"
#include "storage/vote_record.h"

#include <algorithm>

namespace consentree::storage {
namespace {

constexpr std::size_t slot_count = 4;

class Check {
public:
    Check(std::string name, BytesView bytes, const SecretKey* key)
        : name_(std::move(name)), bytes_(bytes) {
        if (key != nullptr) mac_key_ = guard_mac_key(*key);
        for (std::size_t k = 0; k < slot_count; ++k) records_.push_back(record(k));
    }

    // Both slots of a pair are written with the same bytes, unused ones included.
    void check_pair(std::size_t first) {
        const auto& one = records_[first];
        const auto& other = records_[first + 1];
        const BytesView a = slot(first), b = slot(first + 1);
        const auto [there, here] = std::ranges::mismatch(a, b);
        if (there == a.end()) {
            if (!one && std::ranges::any_of(a, [](auto byte) { return byte != 0; })) {
                fault(first, 0, "is damaged, and so is its copy");
            }
            return;
        }
        if (is_unfinished(first)) {
            report_.not_covered.push_back("the newest write of " + name_ + " never finished");
            return;
        }
        // The copy that does not hold is the one that was changed.
        const std::size_t changed = one && !other ? first + 1 : first;
        fault(changed, static_cast<std::size_t>(there - a.begin()), "differs from its copy");
    }

    void check_newest(const Hash& network,
                      const SecretKey& key,
                      View ledger_view,
                      const VotePreimage& preimage) {
        const GuardRecord* record = newest();
        if (record == nullptr) return fault(0, 0, "has no record that this node's key has made");
        if (record->network != network) fault(0, 0, "is of another network");
        if (record->committed > ledger_view) {
            fault(0, 0,
                  "says that the ledger held the block of view " +
                      std::to_string(record->committed) + "; it ends with that of view " +
                      std::to_string(ledger_view));
        }
        for (const SignedVote& held : record->votes) {
            ++report_.signatures;
            const Bytes text = preimage(held.vote.kind, held.vote.view, held.vote.block);
            if (!verify(key.public_key(), text, held.signature)) {
                fault(0, 0, "holds a vote whose signature is not this node's");
            }
        }
    }

    GuardReport take() { return std::move(report_); }

private:
    BytesView slot(std::size_t k) const {
        return bytes_.subspan(k * guard_slot_bytes, guard_slot_bytes);
    }
    std::optional<GuardRecord> record(std::size_t k) const {
        if (mac_key_) return open_slot(slot(k), *mac_key_);
        Reader in(slot(k));
        auto decoded = decode_guard_record(in.blob(guard_slot_bytes));
        if (!decoded) return std::nullopt;
        return std::move(*decoded);
    }
    const GuardRecord* newest() const {
        const GuardRecord* found = nullptr;
        for (const auto& record : records_) {
            if (record && (found == nullptr || record->counter > found->counter)) found = &*record;
        }
        return found;
    }
    // A crash came while this pair was written: its first slot has the counter that was due, and
    // more than one byte of it is new.
    bool is_unfinished(std::size_t first) const {
        Reader in(slot(first));
        const auto begun = decode_guard_record(in.blob(guard_slot_bytes));
        std::size_t changed = 0;
        for (std::size_t k = 0; k < guard_slot_bytes; ++k) {
            changed += slot(first)[k] != slot(first + 1)[k] ? 1u : 0u;
        }
        if (!begun || changed < 2) return false;
        const auto& complete = records_[first + 1];
        const std::uint64_t before = complete ? complete->counter : 0;
        return before == 0 ? begun->counter <= 2 : begun->counter == before + 2;
    }
    void fault(std::size_t k, std::size_t offset, std::string what) {
        FileFault found;
        found.file = name_;
        found.offset = k * guard_slot_bytes + offset;
        found.what = std::move(what);
        found.is_blocking = false;
        report_.faults.push_back(std::move(found));
    }

    std::string name_;
    BytesView bytes_;
    std::optional<GuardMacKey> mac_key_;
    std::vector<std::optional<GuardRecord>> records_;
    GuardReport report_;
};

}  // namespace

GuardReport check_vote_guard(const std::filesystem::path& file,
                             const Hash& network,
                             const SecretKey* vote_key,
                             View ledger_view,
                             const VotePreimage& preimage) {
    GuardReport report;
    const std::string name = file.filename().string();
    const auto text = read_file(file, slot_count * guard_slot_bytes);
    if (!text || text->size() != slot_count * guard_slot_bytes) {
        FileFault fault;
        fault.file = name;
        const bool is_missing = !text && text.error() == Errc::not_found;
        fault.what = is_missing ? "is missing" : "does not have the size that it was made with";
        fault.is_blocking = false;
        report.faults.push_back(std::move(fault));
        return report;
    }
    Check check(name, as_bytes(*text), vote_key);
    check.check_pair(0);
    check.check_pair(2);
    if (vote_key != nullptr) check.check_newest(network, *vote_key, ledger_view, preimage);
    report = check.take();
    report.bytes = text->size();
    if (vote_key == nullptr) {
        report.not_covered.push_back("the authentication of " + name + ": no key was given");
    }
    return report;
}

}  // namespace consentree::storage

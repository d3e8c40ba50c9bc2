#include "storage/vote_guard.h"

#include "storage/vote_file.h"
#include "storage/vote_record.h"

#include <algorithm>

namespace consentree::storage {
namespace {

enum VoteKind : std::uint8_t { notarize = 1, nullify = 2, finalize = 3 };

// How many views the ledger may be ahead of the guard's last write. Beyond, the guard is one that
// somebody put back.
constexpr View views_unmarked_max = 256;

struct LedgerMark {
    Height height;
    View view;
    bool is_empty() const { return height == 0; }
};

class Guard : public VoteGuard {
public:
    Guard(VoteFile file, SecretKey key, GuardRecord record)
        : file_(std::move(file)),
          key_(std::move(key)),
          mac_key_(guard_mac_key(key_)),
          record_(std::move(record)) {}

    // The file has just been created.
    Checked<void> start_new(const LedgerMark& ledger);
    // The file was there.
    Checked<void> recover(const LedgerMark& ledger);

    Condition condition() const override { return condition_; }
    const std::string& reason() const override { return reason_; }
    View floor() const override { return record_.floor; }
    std::vector<SignedVote> votes() const override { return record_.votes; }
    Result<std::vector<Answer>> sign(const std::vector<Request>& requests) override;
    void raise_floor(View floor) override;
    Result<void> rejoin(View floor) override;

private:
    void enter_amnesia(std::string reason);
    Checked<void> examine(const LedgerMark& ledger, bool is_in_place);
    Checked<void> write_first();
    Answer answer(const Request& request);
    // Why this vote must not be signed; empty if it may.
    std::string objection(const GuardedVote& vote) const;
    bool make_room(View view);
    void drop_votes_up_to(View floor);
    Result<void> write();

    VoteFile file_;
    SecretKey key_;
    GuardMacKey mac_key_;
    GuardRecord record_;    // What the next write makes durable.
    View ledger_view_ = 0;  // At open.
    View durable_reached_ = 0;
    bool is_changed_ = false;  // record_ holds votes that are not yet durable.
    bool has_failed_ = false;
    Condition condition_ = Condition::sound;
    std::string reason_;
};

Checked<void> Guard::start_new(const LedgerMark& ledger) {
    ledger_view_ = ledger.view;
    enter_amnesia("The vote guard was missing beside a ledger that is not empty.");
    if (ledger.is_empty()) {
        condition_ = Condition::fresh;
        reason_ = "The vote guard is new.";
    }
    if (auto done = write_first(); !done) return done.error();
    return file_.publish();
}

Checked<void> Guard::recover(const LedgerMark& ledger) {
    ledger_view_ = ledger.view;
    auto slots = file_.read_slots();
    if (!slots) return slots.error();
    std::optional<GuardRecord> newest;
    for (const Bytes& slot : *slots) {
        if (belongs_to_other_key(slot, record_.key)) {
            return Refusal{"wrong-key",
                           "The vote guard belongs to another validator key.",
                           {},
                           "Start this node with the key that it always had."};
        }
        auto record = open_slot(slot, mac_key_);
        if (record && (!newest || record->counter > newest->counter)) newest = std::move(record);
    }
    if (!newest) {
        // Left as it is until rejoin(): somebody may want to look at it.
        enter_amnesia("The vote guard is damaged.");
        return {};
    }
    if (newest->network != record_.network) {
        return Refusal{"wrong-network",
                       "The vote guard belongs to another network.",
                       {},
                       "Name the data_dir of this network."};
    }
    const bool is_in_place = newest->place == file_.place();
    record_ = std::move(*newest);
    durable_reached_ = record_.reached;
    return examine(ledger, is_in_place);
}

// Amnesia is written down at once: what caused it may be gone at the next start.
Checked<void> Guard::examine(const LedgerMark& ledger, bool is_in_place) {
    if (record_.is_amnesiac) {
        enter_amnesia("The vote guard is new or was lost, and the node has not joined since.");
        return {};
    }
    if (!is_in_place) {
        enter_amnesia("The vote guard was copied here from another place.");
    } else if (ledger.view > record_.reached + views_unmarked_max) {
        enter_amnesia("The vote guard is older than its ledger.");
    } else if (ledger.view < record_.committed) {
        enter_amnesia("The ledger has lost blocks that it held when the vote guard was written.");
    } else {
        record_.committed = ledger.view;
        return {};
    }
    return write_first();
}

void Guard::enter_amnesia(std::string reason) {
    condition_ = Condition::amnesiac;
    reason_ = std::move(reason);
    record_.is_amnesiac = true;
}

Checked<void> Guard::write_first() {
    if (write()) return {};
    return Refusal{"guard-unreadable",
                   "The vote guard cannot be written.",
                   {},
                   "See that the disk is sound and has space."};
}

std::string Guard::objection(const GuardedVote& vote) const {
    if (condition_ != Condition::sound) return reason_;
    if (vote.kind < notarize || vote.kind > finalize) return "unknown kind of vote";
    if (vote.view <= record_.floor) return "the view is at or below the floor";
    for (const SignedVote& held : record_.votes) {
        if (held.vote.view != vote.view) continue;
        if (held.vote.kind == vote.kind) return "voted otherwise in this view";
        if (held.vote.kind == nullify && vote.kind == finalize) return "nullified this view";
        if (held.vote.kind == finalize && vote.kind == nullify) return "finalized in this view";
    }
    return {};
}

// Room for one more vote. False if that would cost the votes of this very view.
bool Guard::make_room(View view) {
    if (record_.votes.size() < guard_votes_max) return true;
    View oldest = view;
    for (const SignedVote& held : record_.votes) oldest = std::min(oldest, held.vote.view);
    if (oldest == view) return false;
    drop_votes_up_to(oldest);
    return true;
}

void Guard::drop_votes_up_to(View floor) {
    record_.floor = std::max(record_.floor, floor);
    std::erase_if(record_.votes,
                  [&](const SignedVote& held) { return held.vote.view <= record_.floor; });
}

VoteGuard::Answer Guard::answer(const Request& request) {
    const auto held = std::ranges::find(record_.votes, request.vote, &SignedVote::vote);
    if (held != record_.votes.end() && condition_ == Condition::sound) {
        return {held->signature, {}};
    }
    if (std::string why = objection(request.vote); !why.empty()) return {std::nullopt, why};
    if (!make_room(request.vote.view)) return {std::nullopt, "too many later votes are open"};
    const Signature signature = key_.sign(request.preimage);
    record_.votes.push_back({request.vote, signature});
    record_.reached = std::max(record_.reached, request.vote.view);
    is_changed_ = true;
    return {signature, {}};
}

Result<std::vector<VoteGuard::Answer>> Guard::sign(const std::vector<Request>& requests) {
    if (has_failed_) return Errc::storage_failed;
    std::vector<Answer> answers;
    answers.reserve(requests.size());
    for (const Request& request : requests) answers.push_back(answer(request));
    if (is_changed_) {
        if (auto done = write(); !done) return done.error();
    }
    return answers;
}

void Guard::raise_floor(View floor) {
    drop_votes_up_to(floor);
    record_.committed = std::max(record_.committed, floor);
    record_.reached = std::max(record_.reached, floor);
    // A node that follows without voting must not seem to have lost its guard at its next start.
    // One that is not sound says so at any start; rejoin() writes the mark.
    const bool is_old = record_.reached - durable_reached_ > views_unmarked_max / 2;
    if (is_old && condition_ == Condition::sound && !has_failed_) (void)write();
}

Result<void> Guard::rejoin(View floor) {
    if (has_failed_) return Errc::storage_failed;
    drop_votes_up_to(floor);
    record_.reached = std::max({record_.reached, floor, ledger_view_});
    record_.committed = ledger_view_;
    record_.is_amnesiac = false;
    if (auto done = write(); !done) return done.error();
    condition_ = Condition::sound;
    reason_.clear();
    return {};
}

Result<void> Guard::write() {
    ++record_.counter;
    record_.place = file_.place();
    // A crash before the sync ends leaves the previous record, and nothing of this one was sent.
    has_failed_ = !file_.write(record_.counter, seal_slot(record_, mac_key_));
    if (has_failed_) return Errc::storage_failed;
    durable_reached_ = record_.reached;
    is_changed_ = false;
    return {};
}

}  // namespace

Checked<std::unique_ptr<VoteGuard>> VoteGuard::open(const std::filesystem::path& path,
                                                    const Hash& network,
                                                    SecretKey vote_key,
                                                    Height ledger_height,
                                                    View ledger_view) {
    const LedgerMark ledger{ledger_height, ledger_view};
    GuardRecord record;
    record.network = network;
    record.key = vote_key.public_key();
    auto existing = VoteFile::open(path);
    if (!existing) return existing.error();
    if (*existing) {
        auto guard = std::make_unique<Guard>(std::move(**existing), std::move(vote_key), record);
        if (auto done = guard->recover(ledger); !done) return done.error();
        return guard;
    }
    auto file = VoteFile::create(path);
    if (!file) return file.error();
    auto guard = std::make_unique<Guard>(std::move(*file), std::move(vote_key), record);
    if (auto done = guard->start_new(ledger); !done) return done.error();
    return guard;
}

}  // namespace consentree::storage

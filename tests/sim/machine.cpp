#include "tests/sim/machine.h"

#include "common/codec.h"
#include "common/limits.h"
#include "tests/sim/world.h"

namespace consentree::sim {

Bytes make_payload(std::uint64_t nonce, const std::vector<Work>& work) {
    Writer out;
    out.u64(nonce);
    for (const Work one : work) out.u64(one);
    return out.take();
}

std::vector<Work> work_of(const Bytes& payload) {
    std::vector<Work> work;
    Reader in(payload);
    in.u64();
    while (in.left() >= sizeof(Work)) work.push_back(in.u64());
    return work;
}

bool is_valid_payload(const Bytes& payload) {
    return Reader(payload).u64() != 0;
}

Machine::Machine(World& world, MachineId id, ValidatorIndex index, Policy policy)
    : world_(world),
      id_(id),
      index_(index),
      policy_(policy),
      random_(world.seed(), "machine" + std::to_string(id)) {}

void Machine::start() {
    Recovered recovered;
    recovered.committed_id = world_.set().network;
    checked_ = {recovered.committed_id};
    for (const Committed& committed : chain_) checked_.insert(committed.id);
    if (!chain_.empty()) {
        recovered.committed = chain_.back().block;
        recovered.committed_id = chain_.back().id;
        recovered.finalization = chain_.back().finalization;
    }
    recovered.votes = votes_;
    recovered.floor = floor_;
    persisted_.clear();
    for (const auto& [key, message] : journal_) {
        persisted_.insert(key);
        recovered.journal.push_back(message);
    }
    open_ = known_;
    done_.clear();
    for (const Committed& committed : chain_) finish_work(committed.block.payload);
    disk_free_at_ = world_.schedule().now();
    replica_.emplace(Config{world_.set(), index_, {}}, std::move(recovered),
                     world_.schedule().now());
    if (is_honest()) world_.oracle().on_restart(index_, replica_->status().view);
    world_.log(id_, "starts in view " + std::to_string(replica_->status().view));
    carry_out(replica_->take_ready());
    tell_work();
}

void Machine::crash() {
    if (!is_up()) return;
    world_.log(id_, "crashes");
    ++incarnation_;
    replica_.reset();
    // What was committed but not yet synced is lost; peers have it.
    chain_.resize(durable_height_);
}

void Machine::later(TimeUs delay, std::function<void()> what) {
    world_.schedule().after(delay, [this, what = std::move(what), born = incarnation_] {
        if (born == incarnation_ && is_up()) what();
    });
}

void Machine::receive(const Net::Frame& frame) {
    if (!is_up()) return;
    if (policy_ == Policy::nuller) return nullify_everything(frame.message);
    const auto* proposal = std::get_if<Proposal>(&frame.message);
    if (policy_ == Policy::liar && proposal != nullptr) {
        seen_.push_back(proposal->notarize.ballot.block);
    }
    if (!replica_->is_useful(frame.message) || !frame.authentic) return;
    step(Received{frame.from, TrustedFactory::make(frame.message)});
}

void Machine::connect(ValidatorIndex peer) {
    if (is_up()) step(Connected{peer});
}

void Machine::disconnect(ValidatorIndex peer) {
    if (is_up()) step(Disconnected{peer});
}

void Machine::learn(Work work) {
    if (!known_.insert(work).second || done_.count(work) != 0) return;
    open_.insert(work);
    tell_work();
}

void Machine::tell_work() {
    later(0, [this] { step(WorkPending{!open_.empty()}); });
}

void Machine::step(const Event& event) {
    world_.note(id_ * 64 + event.index());
    replica_->step(event, world_.schedule().now());
    const Status now = replica_->status();
    if (is_honest()) {
        if (now.forked) throw Violation("V4: validator " + std::to_string(index_) + " is forked");
        const std::size_t bound = limits::views_retained + limits::view_window + 2 +
                                  (now.view - std::min(now.view, now.finalized_view));
        if (now.open_views > bound) throw Violation("V11: too many open views");
    }
    carry_out(replica_->take_ready());
}

void Machine::carry_out(Ready ready) {
    wake_at(ready.deadline);
    if (!ready.sign.empty() || !ready.persist.empty()) {
        write(std::move(ready.persist), std::move(ready.sign));
    }
    for (const Outgoing& out : ready.send) send(out);
    if (!ready.commit.empty()) commit(ready.commit);
    if (ready.build) build(*ready.build);
    for (const CheckBlock& task : ready.check) check(task);
    if (ready.catch_up) catch_up();
    for (const Evidence& evidence : ready.evidence) {
        if (is_honest()) world_.oracle().on_evidence(evidence);
    }
}

void Machine::wake_at(std::optional<TimeUs> deadline) {
    const std::uint64_t mine = ++wake_;
    if (!deadline) return;
    const TimeUs now = world_.schedule().now();
    later(*deadline > now ? *deadline - now : 0, [this, mine] {
        if (mine == wake_) step(Tick{});
    });
}

void Machine::ask_oracle(const Ballot& ballot) {
    const bool checked = checked_.count(ballot.block) != 0;
    const bool persisted =
        persisted_.count({ballot.view, true}) != 0 && persisted_.count({ballot.view, false}) != 0;
    world_.oracle().on_asked(index_, ballot, floor_, checked, persisted);
}

// One group commit: the journal first, then the votes, each durable at its own instant; a crash
// in between keeps what came before it. The replica hears of it only at the end.
void Machine::write(std::vector<Message> persist, std::vector<Ballot> ballots) {
    for (const Message& message : persist) {
        const auto* proposal = std::get_if<Proposal>(&message);
        const View of =
            proposal != nullptr ? proposal->block.view : std::get<Certificate>(message).ballot.view;
        persisted_.insert({of, proposal != nullptr});
    }
    if (is_honest()) {
        for (const Ballot& ballot : ballots) ask_oracle(ballot);
    }
    TimeUs at = std::max(disk_free_at_, world_.schedule().now());
    const auto next = [&] { return at += random_.between(1, world_.profile().disk_latency); };
    const TimeUs now = world_.schedule().now();
    later(next() - now, [this, persist = std::move(persist)] {
        for (const Message& message : persist) {
            const auto* proposal = std::get_if<Proposal>(&message);
            const View of = proposal != nullptr ? proposal->block.view
                                                : std::get<Certificate>(message).ballot.view;
            journal_.insert_or_assign({of, proposal != nullptr}, message);
        }
    });
    auto done = std::make_shared<std::vector<Event>>();
    for (const Ballot& ballot : ballots) {
        later(next() - now, [this, ballot, done] {
            if (make_durable(ballot)) {
                done->push_back(VoteSigned{votes_.back()});
            } else {
                done->push_back(VoteRefused{ballot});
            }
        });
    }
    later(next() - now, [this, done] {
        for (const Event& event : *done) step(event);
    });
    disk_free_at_ = at;
}

bool Machine::make_durable(const Ballot& ballot) {
    if (ballot.view <= floor_) return false;
    const Vote vote{ballot, index_, sign(index_, ballot)};
    votes_.push_back(vote);
    world_.oracle().on_durable(vote);
    world_.log(id_, "signs " + to_string(ballot));
    return true;
}

void Machine::send(const Outgoing& out) {
    if (policy_ == Policy::silent || policy_ == Policy::nuller) return;
    if (policy_ == Policy::liar) return lie(out);
    if (is_honest()) {
        world_.oracle().on_sent(index_, out.message);
    } else {
        world_.oracle().on_byzantine_sent(out.message);
    }
    world_.send(id_, out.to, out.message);
}

void Machine::append(const Committed& committed) {
    const BlockId previous = chain_.empty() ? world_.set().network : chain_.back().id;
    if (is_honest()) {
        world_.oracle().on_committed(index_, chain_.size() + 1, committed, previous);
    }
    std::uint64_t id_head = 0;
    std::memcpy(&id_head, committed.id.data(), sizeof id_head);
    world_.note(id_head);
    chain_.push_back(committed);
    checked_.insert(committed.id);
    finish_work(committed.block.payload);
}

void Machine::finish_work(const Bytes& payload) {
    for (const Work work : work_of(payload)) {
        open_.erase(work);
        done_.insert(work);
    }
}

void Machine::commit(const std::vector<Committed>& blocks) {
    for (const Committed& committed : blocks) append(committed);
    world_.log(id_, "commits height " + std::to_string(chain_.size()));
    if (is_honest() && !blocks.back().finalization) {
        throw Violation("V1: the last block of a commit has no finalization");
    }
    for (Height height = chain_.size() - blocks.size() + 1; height <= chain_.size(); ++height) {
        const TimeUs delay = random_.between(1, world_.profile().disk_latency * 4);
        later(delay, [this, height] { make_chain_durable(height); });
    }
    tell_work();
}

void Machine::make_chain_durable(Height height) {
    if (height <= durable_height_ || height > chain_.size()) return;
    durable_height_ = height;
    floor_ = std::max(floor_, chain_[height - 1].block.view);
    std::erase_if(votes_, [this](const Vote& vote) { return vote.ballot.view <= floor_; });
    std::erase_if(journal_, [this](const auto& row) { return row.first.first <= floor_; });
}

std::vector<Work> Machine::unordered(const BlockId& parent) const {
    std::set<Work> work = open_;
    const Block* ancestor = world_.oracle().block(parent);
    while (ancestor != nullptr && ancestor->height > chain_.size()) {
        for (const Work one : work_of(ancestor->payload)) work.erase(one);
        ancestor = world_.oracle().block(ancestor->parent);
    }
    return {work.begin(), work.end()};
}

void Machine::build(const BuildPayload& task) {
    later(random_.between(0, 3'000), [this, task] {
        std::vector<Work> work = unordered(task.parent);
        if (work.size() > 5) work.resize(5);
        if (work.empty() && !task.needed) return step(PayloadBuilt{task.view, std::nullopt});
        const Bytes payload = make_payload(world_.next_nonce(), work);
        const Block* parent = world_.oracle().block(task.parent);
        if (parent == nullptr) throw Violation("V5: asked to build on an unknown block");
        const Block block{task.view, parent->height + 1, parent->view, task.parent, payload};
        const BlockId id = block_id(world_.set(), block);
        world_.oracle().on_block(id, block);
        checked_.insert(id);
        seen_.push_back(id);
        step(PayloadBuilt{task.view, payload});
    });
}

void Machine::check(const CheckBlock& task) {
    if (is_honest() && checked_.count(task.block.parent) == 0) {
        throw Violation("V6: asked to check a block before its parent");
    }
    const bool slow = world_.profile().slow_checks && !world_.is_healed() && random_.chance(10);
    const TimeUs delay = slow ? random_.between(100'000, 3'000'000) : random_.between(0, 5'000);
    later(delay, [this, task] { answer_check(task); });
}

// A block's work that is not here is no verdict; it is pulled.
void Machine::answer_check(const CheckBlock& task) {
    std::vector<Work> missing;
    for (const Work work : work_of(task.block.payload)) {
        if (!knows(work)) missing.push_back(work);
    }
    if (!missing.empty()) {
        return later(random_.between(5'000, 50'000), [this, task, missing] {
            for (const Work work : missing) learn(work);
            answer_check(task);
        });
    }
    const bool valid = is_valid_payload(task.block.payload);
    if (valid) checked_.insert(task.id);
    step(BlockChecked{task.id, valid});
}

void Machine::catch_up() {
    world_.log(id_, "catches up");
    later(random_.between(5'000, 100'000), [this] {
        const Machine* source = world_.source_for(id_, height());
        if (source == nullptr) return catch_up();
        Height top = source->height();
        while (top > height() && !source->chain()[top - 1].finalization) --top;
        if (top <= height()) return catch_up();
        while (height() < top) append(source->chain()[height()]);
        make_chain_durable(top);
        step(Installed{chain_.back().block, *chain_.back().finalization});
        tell_work();
    });
}

}  // namespace consentree::sim

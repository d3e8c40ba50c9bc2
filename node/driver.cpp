#include "node/driver.h"

#include "common/limits.h"
#include "node/clock.h"
#include "node/fatal.h"
#include "node/log.h"
#include "node/pacing.h"

namespace consentree::node {

using consensus::Ballot;
using consensus::BlockId;
using ledger::BatchPtr;
using ledger::BatchRef;

namespace {

// How often a block that is too early for this node's clock is looked at again.
constexpr std::chrono::milliseconds recheck_after{20};
// After so many views without a vote of its own a node tells its guard where the ledger is: well
// before the guard would look old beside it.
constexpr View floor_steps = 32;

}  // namespace

Driver::Driver(Workers& workers,
               Disk& disk,
               BatchPool& pool,
               Committer& committer,
               Journal& journal,
               storage::VoteGuard& guard,
               Metrics& metrics,
               const ledger::Genesis& genesis,
               consensus::Config config,
               consensus::Recovered recovered,
               Handlers handlers)
    : workers_(workers),
      disk_(disk),
      pool_(pool),
      committer_(committer),
      journal_(journal),
      guard_(guard),
      metrics_(metrics),
      genesis_(genesis),
      set_(config.set),
      self_(config.self),
      replica_(std::move(config), std::move(recovered), monotonic_us()),
      handlers_(std::move(handlers)),
      timer_(workers.loop),
      recheck_timer_(workers.loop),
      pace_timer_(workers.loop) {}

void Driver::start() {
    tell_work();
    schedule();
}

void Driver::feed(consensus::Event event) {
    inbox_.emplace_back(std::move(event));
    schedule();
}

void Driver::schedule() {
    if (scheduled_) return;
    scheduled_ = true;
    boost::asio::post(workers_.loop, [this] {
        scheduled_ = false;
        drain();
    });
}

void Driver::drain() {
    const TimeUs now = monotonic_us();
    auto inbox = std::exchange(inbox_, {});
    for (auto& item : inbox) {
        if (const auto* event = std::get_if<consensus::Event>(&item)) {
            replica_.step(*event, now);
        } else {
            take(std::get<Incoming>(std::move(item)), now);
        }
    }
    if (inbox.empty()) replica_.step(consensus::Tick{}, now);
    perform(replica_.take_ready());
}

void Driver::perform(consensus::Ready ready) {
    vote(std::move(ready.persist), std::move(ready.sign));
    for (consensus::Outgoing& outgoing : ready.send) send(std::move(outgoing));
    for (consensus::Committed& block : ready.commit) committer_.enqueue(std::move(block));
    if (ready.build) pace(*ready.build);
    if (!ready.check.empty()) {
        for (consensus::CheckBlock& check : ready.check) checks_.push_back(std::move(check));
        examine_all();
    }
    if (ready.catch_up) handlers_.on_catch_up(*ready.catch_up);
    for (const consensus::Evidence& evidence : ready.evidence) {
        metrics_.equivocations.Increment();
        log::error("a validator signed two votes where one is allowed",
                   {{"validator", genesis_.validators[evidence.first.voter].institution},
                    {"view", evidence.first.ballot.view}});
    }
    if (replica_.status().forked) {
        stop_process("two certificates contradict each other: more than f validators have lied");
    }
    set_timer(ready.deadline);
}

void Driver::release_votes() {
    holds_votes_ = false;
    vote({}, std::exchange(held_ballots_, {}));
}

// What a vote rests on is durable before the vote is, and the vote before it leaves: the batches
// of its block under a notarize, the journal's rows under a finalize.
void Driver::vote(std::vector<consensus::Message> rests_on, std::vector<Ballot> ballots) {
    if (holds_votes_) {
        held_ballots_.insert(held_ballots_.end(), ballots.begin(), ballots.end());
        ballots.clear();
    }
    if (rests_on.empty() && ballots.empty()) return;
    std::vector<storage::VoteGuard::Request> requests;
    for (const Ballot& ballot : ballots) {
        requests.push_back({{static_cast<std::uint8_t>(ballot.kind), ballot.view, ballot.block},
                            consensus::ballot_preimage(set_, ballot)});
    }
    auto rows = journal_.rows(rests_on);  // Before the second function below takes rests_on.
    told_floor_ = committer_.tip().view;
    workers_.run(
        workers_.guard,
        [this, rows = std::move(rows), requests = std::move(requests), floor = told_floor_] {
            guard_.raise_floor(floor);
            if (rows.empty()) {
                disk_.sync();
            } else {
                disk_.write(rows);
            }
            return guard_.sign(requests);
        },
        [this, rests_on = std::move(rests_on),
         ballots = std::move(ballots)](Result<std::vector<storage::VoteGuard::Answer>> answers) {
            if (!answers) stop_process("the vote guard's file refused a write");
            journal_.written(rests_on);
            for (std::size_t index = 0; index < ballots.size(); ++index) {
                const storage::VoteGuard::Answer& answer = (*answers)[index];
                if (answer.signature) {
                    count(ballots[index].kind);
                    feed(consensus::VoteSigned{{ballots[index], self_, *answer.signature}});
                } else {
                    log::warn("the vote guard refused a vote", {{"reason", answer.reason}});
                    feed(consensus::VoteRefused{ballots[index]});
                }
            }
        });
}

void Driver::count(consensus::VoteKind kind) {
    switch (kind) {
        case consensus::VoteKind::notarize: metrics_.notarize_votes.Increment(); break;
        case consensus::VoteKind::nullify: metrics_.nullify_votes.Increment(); break;
        case consensus::VoteKind::finalize: metrics_.finalize_votes.Increment(); break;
    }
}

void Driver::send(consensus::Outgoing outgoing) {
    if (const auto* proposal = std::get_if<consensus::Proposal>(&outgoing.message)) {
        on_proposal(monotonic_us());
        // Children of an own proposal build on it; it needs no check.
        const consensus::Block& block = proposal->block;
        const BlockId id = consensus::block_id(set_, block);
        if (!contexts_.contains(id)) examine({id, block});
    }
    if (const auto* certificate = std::get_if<consensus::Certificate>(&outgoing.message)) {
        const Ballot& ballot = certificate->ballot;
        if (ballot.kind == consensus::VoteKind::nullify && ballot.view > nullified_view_) {
            nullified_view_ = ballot.view;
            metrics_.views_nullified.Increment();
        }
    }
    const auto frame = make_frame(FrameType::consensus, consensus::encode(outgoing.message));
    if (outgoing.to) {
        peers_->send(*outgoing.to, frame);
    } else {
        peers_->broadcast(frame);
    }
}

void Driver::receive(ValidatorIndex from, BytesView body) {
    auto message = consensus::decode_message(body);
    if (!message) {
        peers_->drop(from, "a consensus message that does not decode");
        return;
    }
    inbox_.emplace_back(Incoming{from, std::move(*message)});
    schedule();
}

void Driver::take(Incoming incoming, TimeUs now) {
    // Most of what comes after a quorum is of no use any more; it costs no verification.
    if (!replica_.is_useful(incoming.message)) return;
    auto verified = consensus::verify(
        std::move(incoming.message), set_,
        [this](const consensus::Vote& vote) { return replica_.has_counted(vote); });
    if (!verified) {
        peers_->drop(incoming.from, "a consensus message whose signatures do not verify");
        return;
    }
    if (std::holds_alternative<consensus::Proposal>(**verified)) on_proposal(now);
    replica_.step(consensus::Received{incoming.from, std::move(*verified)}, now);
}

void Driver::on_proposal(TimeUs now) {
    proposed_at_ = now;
    handlers_.on_proposal(now);
}

void Driver::pace(const consensus::BuildPayload& request) {
    paced_ = request;
    wait_to_build(proposed_at_ + block_interval_us);
    build_when_due();
}

void Driver::wait_to_build(TimeUs until) {
    const TimeUs now = monotonic_us();
    pace_timer_.expires_after(std::chrono::microseconds(until > now ? until - now : 0));
    pace_timer_.async_wait([this](boost::system::error_code error) {
        if (!error) build_when_due();
    });
}

// Due at the block interval, but not while batches that are to go with it are being checked, nor,
// for longer, while this node executes earlier blocks: what gathers meanwhile makes a larger block,
// which costs less an event. As soon as every lane has a batch, the interval itself is not waited
// for.
void Driver::build_when_due() {
    if (!paced_) return;
    const TimeUs now = monotonic_us();
    const TimeUs due = proposed_at_ + block_interval_us;
    const TimeUs latest = due + (committer_.is_busy()  ? execution_grace_us
                                 : pool_.in_hand() > 0 ? batch_grace_us
                                                       : 0);
    if (now < latest) {
        const auto context = context_of(paced_->parent);
        const bool is_complete = context && pool_.has_work_of_all(context->cursors);
        if (!is_complete || committer_.is_busy()) {
            if (now >= due) wait_to_build(latest);
            return;
        }
    }
    pace_timer_.cancel();
    build(*std::exchange(paced_, std::nullopt));
}

void Driver::build(const consensus::BuildPayload& request) {
    const auto context = context_of(request.parent);
    ledger::Payload payload;
    if (context) payload.batches = pool_.pick(context->cursors);
    if (!context || (payload.batches.empty() && !request.needed)) {
        feed(consensus::PayloadBuilt{request.view, std::nullopt});
        return;
    }
    payload.time_us = std::max(wall_us(), context->time_us + 1);
    feed(consensus::PayloadBuilt{request.view, ledger::encode(payload)});
}

std::optional<Driver::Context> Driver::context_of(const BlockId& parent) const {
    const ledger::Tip& tip = committer_.tip();
    if (parent == tip.block_id) return Context{tip.height, tip.time_us, tip.lanes};
    const auto known = contexts_.find(parent);
    if (known == contexts_.end()) return std::nullopt;
    return known->second;
}

// What a block may carry (docs/consensus.md, "Payload").
Driver::Finding Driver::examine(const consensus::CheckBlock& check) {
    const consensus::Block& block = check.block;
    auto context = context_of(block.parent);
    if (!context) return Finding::wait;
    const auto payload = ledger::decode_payload(block.payload);
    if (!payload || payload->time_us <= context->time_us) return Finding::invalid;
    context->height = block.height;
    context->time_us = payload->time_us;
    const Finding followed = follow(*payload, set_.leader(block.view), *context);
    if (followed != Finding::valid) return followed;
    if (payload->time_us > wall_us() + limits::block_time_ahead_us) {
        recheck_timer_.expires_after(recheck_after);
        recheck_timer_.async_wait([this](boost::system::error_code error) {
            if (!error) examine_all();
        });
        return Finding::wait;
    }
    contexts_[check.id] = std::move(*context);
    return Finding::valid;
}

Driver::Finding Driver::follow(const ledger::Payload& payload,
                               ValidatorIndex leader,
                               Context& context) {
    if (payload.batches.size() > limits::block_batches) return Finding::invalid;
    bool missing = false;
    std::size_t bytes = 0;
    for (const BatchRef& ref : payload.batches) {
        if (ref.lane >= context.cursors.size()) return Finding::invalid;
        ledger::LaneCursor& cursor = context.cursors[ref.lane];
        if (ref.seq != cursor.next_seq) return Finding::invalid;
        if (pool_.is_invalid(ref)) return Finding::invalid;
        const BatchPtr batch = pool_.find(ref);
        if (batch == nullptr) {
            missing = true;
            pool_.want(ref, leader);
        } else {
            if (batch->header().previous != cursor.last_digest) return Finding::invalid;
            bytes += batch->encoded().size();
        }
        cursor = {ref.seq + 1, ref.digest};
    }
    if (bytes > limits::block_batch_bytes && payload.batches.size() > 1) return Finding::invalid;
    return missing ? Finding::wait : Finding::valid;
}

void Driver::examine_all() {
    const Height committed = committer_.tip().height;
    auto open = std::move(checks_);
    checks_.clear();
    for (consensus::CheckBlock& check : open) {
        if (check.block.height <= committed) continue;
        const Finding finding = examine(check);
        if (finding == Finding::wait) {
            checks_.push_back(std::move(check));
        } else {
            feed(consensus::BlockChecked{check.id, finding == Finding::valid});
        }
    }
}

void Driver::on_batch_stored(const BatchRef&) {
    tell_work();
    build_when_due();
    if (!checks_.empty()) examine_all();
    committer_.proceed();
}

void Driver::on_batch_invalid(const BatchRef&) {
    if (!checks_.empty()) examine_all();
    committer_.proceed();
}

void Driver::on_committed() {
    const Height committed = committer_.tip().height;
    std::erase_if(contexts_, [&](const auto& entry) { return entry.second.height <= committed; });
    tell_floor();
    tell_work();
    build_when_due();
    if (!checks_.empty()) examine_all();
}

// The guard hears with each vote how far the ledger is, and from here if there are none.
void Driver::tell_floor() {
    const View committed = committer_.tip().view;
    if (committed < told_floor_ + floor_steps) return;
    told_floor_ = committed;
    boost::asio::post(workers_.guard, [this, committed] { guard_.raise_floor(committed); });
}

void Driver::tell_work() {
    const bool work = pool_.has_work(committer_.tip().lanes);
    if (work == told_work_ && !work) return;
    told_work_ = work;
    feed(consensus::WorkPending{work});
}

void Driver::set_timer(std::optional<TimeUs> deadline) {
    timer_.cancel();
    if (!deadline) return;
    const TimeUs now = monotonic_us();
    timer_.expires_after(std::chrono::microseconds(*deadline > now ? *deadline - now : 0));
    timer_.async_wait([this](boost::system::error_code error) {
        if (!error) schedule();
    });
}

}  // namespace consentree::node

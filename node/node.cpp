#include "node/node.h"

#include "common/codec.h"
#include "common/limits.h"
#include "node/api_server.h"
#include "node/clock.h"
#include "node/fatal.h"
#include "node/log.h"
#include "node/node_parts.h"
#include "node/threads.h"

namespace consentree::node {

namespace {

constexpr std::chrono::milliseconds tick_interval{250};
constexpr std::uint64_t ticks_per_second = 4;
// Re-cosigning an idle tree keeps "current as of" recent (C2SP tlog-cosignature).
constexpr std::uint64_t refresh_seconds = 10;

Bytes note_key() {
    Writer writer;
    writer.u64(0);  // The newest; its own size is in its text.
    return writer.take();
}

}  // namespace

Node::Node(Parts parts)
    : config_(std::move(parts.config)),
      genesis_json_(std::move(parts.genesis_json)),
      genesis_(std::move(parts.genesis)),
      self_(parts.self),
      keys_(std::move(parts.keys)),
      set_(std::move(parts.set)),
      store_(std::move(parts.store)),
      guard_(std::move(parts.guard)),
      workers_(loop_),
      board_(store_->snapshot()),
      disk_(*store_, metrics_),
      pool_(workers_,
            disk_,
            *store_,
            genesis_,
            self_,
            {[this](const ledger::BatchRef& ref) { driver_.on_batch_stored(ref); },
             [this](const ledger::BatchRef& ref) { driver_.on_batch_invalid(ref); }}),
      committer_(
          workers_,
          disk_,
          *store_,
          pool_,
          journal_,
          metrics_,
          genesis_,
          parts.tip,
          {[this](const auto& execution, TimeUs previous) { on_durable(execution, previous); },
           [this](const ledger::BatchRef& ref) { pool_.want(ref, ref.lane); }}),
      lane_(workers_, pool_, genesis_, self_, keys_.identity, metrics_),
      cosigner_(genesis_, set_, self_, keys_, cosigner_handlers()),
      rejoin_(set_,
              self_,
              guard_->condition() != storage::VoteGuard::Condition::sound,
              {[this] { return driver_.status().view; }, [this](View floor) { rejoin(floor); }}),
      sync_(workers_,
            pool_,
            committer_,
            *store_,
            genesis_,
            set_,
            self_,
            {[this](consensus::Installed installed) { driver_.feed(std::move(installed)); }}),
      driver_(workers_,
              disk_,
              pool_,
              committer_,
              journal_,
              *guard_,
              metrics_,
              genesis_,
              {set_, self_, {}},
              recover(parts.tip),
              {[this](const consensus::CatchUp&) { sync_.demand(); },
               [this](TimeUs now) { lane_.on_proposal(now); }}),
      peers_(loop_, genesis_, self_, keys_.identity, std::move(parts.addresses), peer_handlers()),
      ticker_(loop_) {
    pool_.use_peers(peers_);
    lane_.use_peers(peers_);
    cosigner_.use_peers(peers_);
    rejoin_.use_peers(peers_);
    sync_.use_peers(peers_);
    driver_.use_peers(peers_);
    pool_.advance(parts.tip.lanes);
    restore_batches();
    lane_.align(parts.tip.lanes[self_]);
    peers_.set_height(parts.tip.height);
    board_.start_map(committer_.map_at_start());
    if (!rejoin_.is_done()) driver_.hold_votes();
}

Node::~Node() = default;

Cosigner::Handlers Node::cosigner_handlers() {
    return {[this](const ledger::Checkpoint& checkpoint, std::string note) {
                on_certified(checkpoint, std::move(note));
            },
            [this](ValidatorIndex from, Height height) { sync_.hear_height(from, height); }};
}

PeerPool::Handlers Node::peer_handlers() {
    PeerPool::Handlers handlers;
    handlers.on_frame = [this](ValidatorIndex from, FrameType type, Bytes body) {
        on_frame(from, type, std::move(body));
    };
    handlers.on_up = [this](ValidatorIndex peer) { on_peer_up(peer); };
    handlers.on_down = [this](ValidatorIndex peer) {
        sync_.on_peer_down(peer);
        driver_.feed(consensus::Disconnected{peer});
        publish();
    };
    return handlers;
}

consensus::Recovered Node::recover(const ledger::Tip& tip) {
    consensus::Recovered recovered;
    recovered.committed_id = tip.block_id;
    const auto snapshot = store_->snapshot();
    if (tip.height > 0) {
        const auto row = snapshot->get(ledger::Table::block, block_key(tip.height));
        const auto stored = row ? decode_stored_block(*row) : Result<StoredBlock>(Errc::not_found);
        auto block = stored ? consensus::decode_block(stored->block) : stored.error();
        if (!block) stop_process("the newest block cannot be read back: the store is damaged");
        recovered.committed = std::move(*block);
        if (!stored->finalization.empty()) {
            auto certificate = consensus::decode_certificate(stored->finalization);
            if (!certificate) stop_process("the newest finalization cannot be read back");
            recovered.finalization = std::move(*certificate);
        }
    }
    recovered.journal = journal_.load(*snapshot);
    recovered.floor = guard_->floor();
    for (const storage::SignedVote& held : guard_->votes()) {
        recovered.votes.push_back(
            {{static_cast<consensus::VoteKind>(held.vote.kind), held.vote.view, held.vote.block},
             self_,
             held.signature});
    }
    return recovered;
}

void Node::rejoin(View floor) {
    workers_.run(
        workers_.guard, [this, floor] { return guard_->rejoin(floor); },
        [this](Result<void> written) {
            if (!written) stop_process("the vote guard's file refused a write");
            driver_.release_votes();
        });
}

void Node::restore_batches() {
    const auto snapshot = store_->snapshot();
    const auto lanes = committer_.tip().lanes;
    for (std::size_t lane = 0; lane < lanes.size(); ++lane) {
        const auto index = static_cast<ValidatorIndex>(lane);
        const Bytes from = ledger::batch_key(index, lanes[lane].next_seq, Hash{});
        Writer until;
        until.u16(static_cast<std::uint16_t>(lane + 1));
        snapshot->scan(ledger::Table::batch, from, until.bytes(), ledger::Direction::ascending,
                       [&](BytesView, BytesView row) {
                           auto batch = ledger::check_batch(to_bytes(row), genesis_);
                           if (!batch) stop_process("a stored batch is damaged");
                           pool_.restore(std::move(*batch));
                           return true;
                       });
    }
    if (const auto note = snapshot->get(ledger::Table::checkpoint, note_key())) {
        const std::string text(as_text(*note));
        const auto parsed = ledger::parse_note(text);
        const auto checkpoint = parsed ? ledger::parse_checkpoint(parsed->text)
                                       : Result<ledger::Checkpoint>(parsed.error());
        if (checkpoint && checkpoint->tree_size <= committer_.tip().tree_size) {
            cosigner_.restore(checkpoint->tree_size, text);
            board_.certified(0, nullptr, nullptr, text);
            kept_note_ = text;
        }
    }
}

Checked<int> Node::run() {
    if (auto listening = peers_.listen({config_.peer.host, config_.peer.port}); !listening) {
        return listening.error();
    }
    publish();
    ApiConfig api;
    api.host = config_.api.host;
    api.port = config_.api.port;
    api.certificate = config_.api_certificate;
    api.private_key = config_.api_private_key;
    api.callers = config_.api_callers;
    api.watch = config_.watch;
    api_ = std::make_unique<ApiServer>(*this, metrics_, api);
    if (auto serving = api_->start(); !serving) return serving.error();
    log::info("node is up", {{"institution", genesis_.validators[self_].institution},
                             {"network", to_hex(genesis_.network.view()).substr(0, 16)},
                             {"height", committer_.tip().height},
                             {"api", config_.api.host + ":" + std::to_string(api_->port())},
                             {"peer", config_.peer.host + ":" + std::to_string(peers_.port())}});
    if (guard_->condition() == storage::VoteGuard::Condition::amnesiac) {
        log::warn(
            "this node follows and answers, and votes again once its peers have said how far "
            "its votes may reach",
            {{"reason", guard_->reason()}});
    }
    boost::asio::signal_set signals(loop_, SIGTERM, SIGINT);
    signals.async_wait([this](boost::system::error_code error, int) {
        if (!error) loop_.stop();
    });
    name_this_thread("consentree");
    peers_.start();
    cosigner_.sign(committer_.tip().height, committer_.tip().tree_size, committer_.tip().root);
    driver_.start();
    tick();
    loop_.run();

    log::info("stopping", {{"height", committer_.tip().height}});
    keep_note();
    api_->stop();
    peers_.stop();
    workers_.join();
    return 0;
}

void Node::submit(ledger::CheckedTransaction transaction,
                  std::function<void(std::optional<Refusal>)> done) {
    board_.add_pending(transaction.id());
    boost::asio::post(
        loop_, [this, transaction = std::move(transaction), done = std::move(done)]() mutable {
            const ledger::TxId id = transaction.id();
            lane_.submit(std::move(transaction),
                         [this, id, done = std::move(done)](std::optional<Refusal> refusal) {
                             if (refusal) board_.drop_pending(id);
                             done(std::move(refusal));
                         });
        });
}

void Node::on_frame(ValidatorIndex from, FrameType type, Bytes body) {
    switch (type) {
        case FrameType::consensus: driver_.receive(from, body); break;
        case FrameType::batch: pool_.receive(from, std::move(body)); break;
        case FrameType::batch_request: pool_.serve(from, body); break;
        case FrameType::blocks_request: sync_.serve(from, body); break;
        case FrameType::blocks_response: sync_.receive(from, std::move(body)); break;
        case FrameType::cosignature: cosigner_.receive(from, body); break;
        case FrameType::rejoin: rejoin_.receive(from, body); break;
        case FrameType::status: {
            Reader reader(body);
            const Height height = reader.u64();
            if (reader.finish()) sync_.on_peer_height(from, height);
            break;
        }
        case FrameType::hello:
        case FrameType::checkpoint:
        case FrameType::evidence:
        case FrameType::ping: break;
    }
}

void Node::on_peer_up(ValidatorIndex peer) {
    Writer writer;
    writer.u64(committer_.tip().height);
    peers_.send(peer, make_frame(FrameType::status, writer.bytes()));
    cosigner_.send_newest_to(peer);
    rejoin_.tick();
    lane_.replay_to(peer);
    driver_.feed(consensus::Connected{peer});
    publish();
}

void Node::on_durable(const ledger::Execution& execution, TimeUs previous_us) {
    const ledger::Tip& tip = execution.tip;
    pool_.advance(tip.lanes);
    lane_.align(tip.lanes[self_]);
    for (const auto& done : execution.transactions) lane_.decided(done.id);
    board_.decided(tip.height, execution.transactions);
    peers_.set_height(tip.height);
    count(execution, previous_us);
    auto snapshot = store_->snapshot();
    uncertified_.push_back({tip.height, tip.tree_size, std::move(snapshot), execution.map});
    cosigner_.sign(tip.height, tip.tree_size, tip.root);
    driver_.on_committed();
    sync_.on_committed();
}

void Node::count(const ledger::Execution& execution, TimeUs previous_us) {
    std::size_t committed = 0;
    for (const auto& done : execution.transactions) {
        if (done.status == ledger::TxStatus::committed) ++committed;
    }
    const auto accesses = execution.accesses_permitted + execution.accesses_denied;
    const auto increment = [](prometheus::Counter& counter, std::size_t by) {
        counter.Increment(static_cast<double>(by));
    };
    metrics_.blocks.Increment();
    increment(metrics_.transactions_committed, committed);
    increment(metrics_.transactions_rejected, execution.transactions.size() - committed);
    increment(metrics_.access_entries, accesses);
    increment(metrics_.lifecycle_entries, execution.events_committed - accesses);
    increment(metrics_.accesses_permitted, execution.accesses_permitted);
    increment(metrics_.accesses_denied, execution.accesses_denied);
    const TimeUs interval = execution.tip.time_us - previous_us;
    metrics_.block_interval_seconds.Observe(static_cast<double>(interval) / 1e6);
}

void Node::on_certified(const ledger::Checkpoint& checkpoint, std::string) {
    Uncertified newest{};
    while (!uncertified_.empty() && uncertified_.front().tree_size <= checkpoint.tree_size) {
        newest = std::move(uncertified_.front());
        uncertified_.pop_front();
    }
    board_.certified(newest.height, std::move(newest.snapshot), std::move(newest.map),
                     cosigner_.note());
    if (kept_note_.empty()) keep_note();
    publish();
}

void Node::tick() {
    const TimeUs now = monotonic_us();
    ticks_ += 1;
    sync_.tick(now);
    pool_.retry(now);
    if (ticks_ % ticks_per_second == 0) {
        announce();
        rejoin_.tick();
        cosigner_.gather_late();
        keep_note();
        disk_bytes_ = store_->disk_bytes();
        publish();
    }
    if (ticks_ % (refresh_seconds * ticks_per_second) == 0) cosigner_.refresh();
    ticker_.expires_after(tick_interval);
    ticker_.async_wait([this](boost::system::error_code error) {
        if (!error) tick();
    });
}

void Node::announce() {
    Writer writer;
    writer.u64(committer_.tip().height);
    peers_.broadcast(make_frame(FrameType::status, writer.bytes()));
}

// The first at once, then once a second at most, and at the end: receipts need a certified
// checkpoint right after a restart, but any recent one will do.
void Node::keep_note() {
    if (cosigner_.note() == kept_note_) return;
    kept_note_ = cosigner_.note();
    ledger::WriteSet writes{
        {ledger::Table::checkpoint, note_key(), to_bytes(as_bytes(kept_note_))}};
    boost::asio::post(workers_.disk, [this, writes = std::move(writes)] { disk_.append(writes); });
}

void Node::publish() {
    const ledger::Tip& tip = committer_.tip();
    const consensus::Status consensus = driver_.status();
    NodeStatus status;
    status.institution = genesis_.validators[self_].institution;
    status.self = self_;
    status.height = tip.height;
    status.block_time_us = tip.time_us;
    status.tree_size = tip.tree_size;
    status.certified_tree_size = cosigner_.certified_size();
    status.root = tip.root;
    status.view = consensus.view;
    status.leader = genesis_.validators[consensus.leader].institution;
    status.catching_up = sync_.active();
    status.may_vote = rejoin_.is_done();
    if (!status.may_vote)
        status.condition = "waiting for the other validators before it votes again";
    status.pending_transactions = lane_.pending_count();
    status.unordered_batches = pool_.count();
    status.disk_bytes = disk_bytes_;
    status.now_ms = wall_ms();
    std::uint64_t received = 0, sent = 0;
    for (const PeerInfo& peer : peers_.info()) {
        received += peer.bytes_in;
        sent += peer.bytes_out;
        status.peers.push_back({peer.institution, peer.connected,
                                std::max(sync_.peer_height(peer.peer), peer.hello_height),
                                peer.last_seen_ms});
    }
    metrics_.peer_received_bytes.Increment(
        static_cast<double>(received - std::exchange(peer_bytes_in_, received)));
    metrics_.peer_sent_bytes.Increment(
        static_cast<double>(sent - std::exchange(peer_bytes_out_, sent)));
    board_.publish(std::move(status));
}

}  // namespace consentree::node

#include "tests/unit/node/api_fixture.h"

#include "client/api.h"
#include "common/hash.h"
#include "common/time.h"
#include "consensus/messages.h"
#include "ledger/queries.h"
#include "node/clock.h"
#include "node/committer.h"

#include <catch2/catch.hpp>

namespace consentree::node::test {

using boost::asio::ip::tcp;

World::World() {
    init_crypto();
    genesis.name = "test";
    genesis.origin = "consentree.example/test";
    genesis.time_us = wall_us();
    const std::vector<std::string> ids{"northbank", "medcare", "citygov", "unilab"};
    for (const std::string& id : ids) {
        validators.push_back(ValidatorKeys::from(SecretKey::generate()));
        const ValidatorKeys& keys = validators.back();
        genesis.validators.push_back({id, keys.identity.public_key(), keys.vote.public_key(),
                                      keys.cosignature.public_key(), keys.log.public_key()});
        genesis.institutions.push_back({id, id});
    }
    genesis.keys.push_back({"northbank", partner.public_key(), ledger::Role::submit});
    genesis.keys.push_back({"citygov", officer.public_key(), ledger::Role::audit});
    genesis.keys.push_back({"medcare", medcare.public_key(), ledger::Role::submit});
    for (const char* id : {"medcare", "citygov", "unilab"}) {
        admins.push_back(SecretKey::generate());
        genesis.keys.push_back({id, admins.back().public_key(), ledger::Role::admin});
    }
    genesis_json = ledger::format_genesis(genesis);
    auto parsed = ledger::parse_genesis(genesis_json);
    if (!parsed) FAIL(parsed.error().detail << " at " << parsed.error().pointer);
    genesis = *parsed;
}

FakeNode::FakeNode(const World& world) : world_(world) {
    REQUIRE(store_.write(ledger::genesis_writes(world.genesis, world.genesis_json)).has_value());
    snapshot_ = store_.snapshot();
    status_.institution = "northbank";
    status_.peers = {
        {"medcare", true, 0, wall_ms()}, {"citygov", true, 0, 0}, {"unilab", false, 0, 0}};
}

std::shared_ptr<const ledger::Reader> FakeNode::snapshot() const {
    const std::lock_guard lock(mutex_);
    return snapshot_;
}

std::shared_ptr<const ledger::PatriciaVersion> FakeNode::index_map() const {
    const std::lock_guard lock(mutex_);
    return map_.version();
}

NodeStatus FakeNode::status() const {
    const std::lock_guard lock(mutex_);
    NodeStatus status = status_;
    if (status.now_ms == 0) status.now_ms = wall_ms();
    return status;
}

std::string FakeNode::checkpoint() const {
    const std::lock_guard lock(mutex_);
    return note_;
}

void FakeNode::submit(ledger::CheckedTransaction transaction,
                      std::function<void(std::optional<Refusal>)> done) {
    const std::lock_guard lock(mutex_);
    ++submissions_;
    if (busy_) return done(lane_full());
    if (held_) {
        pending_.push_back(std::move(transaction));
    } else {
        std::vector<ledger::CheckedTransaction> one;
        one.push_back(std::move(transaction));
        commit(std::move(one));
    }
    done(std::nullopt);
}

bool FakeNode::is_pending(const ledger::TxId& id) const {
    const std::lock_guard lock(mutex_);
    for (const auto& transaction : pending_) {
        if (transaction.id() == id) return true;
    }
    return false;
}

std::uint64_t FakeNode::watch(const ledger::TxId& id, std::function<void()> done) {
    const std::lock_guard lock(mutex_);
    const std::uint64_t ticket = next_ticket_++;
    if (ledger::get_outcome(*snapshot_, id)) {
        done();
    } else {
        watchers_[ticket] = {id, std::move(done)};
    }
    return ticket;
}

void FakeNode::unwatch(std::uint64_t ticket) {
    const std::lock_guard lock(mutex_);
    watchers_.erase(ticket);
}

std::uint64_t FakeNode::follow(std::function<void()> advanced) {
    const std::lock_guard lock(mutex_);
    followers_[next_ticket_] = std::move(advanced);
    return next_ticket_++;
}

void FakeNode::unfollow(std::uint64_t ticket) {
    const std::lock_guard lock(mutex_);
    followers_.erase(ticket);
}

void FakeNode::hold(bool held) {
    const std::lock_guard lock(mutex_);
    held_ = held;
}

void FakeNode::commit_pending() {
    const std::lock_guard lock(mutex_);
    commit(std::exchange(pending_, {}));
}

bool FakeNode::is_full() const {
    const std::lock_guard lock(mutex_);
    return busy_;
}

void FakeNode::cosign_again(TimeUs time_us) {
    const std::lock_guard lock(mutex_);
    cosign(*ledger::load_tip(*snapshot_), time_us);
}

void FakeNode::cosign(const ledger::Tip& tip, TimeUs time_us) {
    const ledger::Checkpoint checkpoint{world_.genesis.origin, tip.tree_size, tip.root};
    const std::string text = ledger::format_checkpoint(checkpoint);
    std::vector<ledger::NamedCosignature> cosignatures;
    for (ValidatorIndex i = 0; i < 3; ++i) {
        const SecretKey& key = world_.validators[i].cosignature;
        cosignatures.push_back({ledger::cosigner_name(world_.genesis, i), key.public_key(),
                                ledger::cosign(key, text, time_us / 1'000'000)});
    }
    note_ = ledger::assemble_note(checkpoint, world_.validators[0].log, cosignatures);
}

void FakeNode::refuse_as_busy(bool busy) {
    const std::lock_guard lock(mutex_);
    busy_ = busy;
}

void FakeNode::set_status(NodeStatus status) {
    const std::lock_guard lock(mutex_);
    status_ = std::move(status);
}

std::size_t FakeNode::watchers() const {
    const std::lock_guard lock(mutex_);
    return watchers_.size();
}

std::size_t FakeNode::submissions() const {
    const std::lock_guard lock(mutex_);
    return submissions_;
}

void FakeNode::commit(std::vector<ledger::CheckedTransaction> transactions) {
    const auto tip = *ledger::load_tip(*snapshot_);
    const ledger::LaneCursor cursor = tip.lanes.at(0);
    const ledger::BatchPtr batch =
        ledger::seal_batch(world_.genesis, 0, cursor.next_seq, cursor.last_digest,
                           world_.validators[0].identity, std::move(transactions));
    const ledger::BatchRef ref{0, cursor.next_seq, batch->header().digest};
    REQUIRE(store_
                .write({{ledger::Table::batch, ledger::batch_key(ref.lane, ref.seq, ref.digest),
                         to_bytes(batch->encoded())}})
                .has_value());

    ledger::OrderedBlock block;
    block.height = tip.height + 1;
    block.view = block.height;
    block.time_us = std::max(tip.time_us + 1, wall_us());
    block.batches = {batch};
    consensus::Block agreed{block.view, block.height, tip.view, tip.block_id,
                            encode(ledger::Payload{block.time_us, {ref}})};
    consensus::ValidatorSet set;
    set.network = world_.genesis.network;
    block.id = consensus::block_id(set, agreed);
    auto execution = ledger::execute(world_.genesis, *store_.snapshot(), block, map_);
    execution.writes.push_back({ledger::Table::block, block_key(block.height),
                                encode(StoredBlock{consensus::encode(agreed), {}})});
    REQUIRE(store_.write(execution.writes).has_value());

    cosign(execution.tip, block.time_us);
    snapshot_ = store_.snapshot();
    status_.height = block.height;
    status_.block_time_us = block.time_us;
    status_.tree_size = status_.certified_tree_size = execution.tip.tree_size;
    status_.root = execution.tip.root;
    for (const auto& follower : followers_) follower.second();
    for (auto at = watchers_.begin(); at != watchers_.end();) {
        if (ledger::get_outcome(*snapshot_, at->second.first)) {
            at->second.second();
            at = watchers_.erase(at);
        } else {
            ++at;
        }
    }
}

Caller::Caller(std::uint16_t port) {
    socket_.connect(tcp::endpoint(boost::asio::ip::address_v4::loopback(), port));
}

void Caller::send(std::string_view raw) {
    boost::system::error_code failed;
    boost::asio::write(socket_, boost::asio::buffer(raw), failed);
}

std::optional<Answer> Caller::receive(bool is_head) {
    http::response_parser<http::string_body> parser;
    parser.body_limit(64 * 1024 * 1024);
    parser.skip(is_head);
    boost::system::error_code failed;
    http::read(socket_, buffer_, parser, failed);
    if (failed) return std::nullopt;
    Answer answer;
    answer.status = parser.get().result_int();
    answer.keep_alive = parser.get().keep_alive();
    for (const auto& field : parser.get()) {
        std::string name(field.name_string());
        for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        answer.headers[name] = std::string(field.value());
    }
    answer.body = parser.get().body();
    return answer;
}

Answer Caller::call(std::string_view method,
                    std::string_view target,
                    std::string_view body,
                    std::string_view content_type,
                    std::string_view more_headers) {
    std::string raw(method);
    raw += " " + std::string(target) + " HTTP/1.1\r\nHost: 127.0.0.1\r\n";
    raw += more_headers;
    if (!body.empty()) {
        raw += "Content-Type: " + std::string(content_type) + "\r\n";
        raw += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    }
    raw += "\r\n" + std::string(body);
    send(raw);
    auto answer = receive(method == "HEAD");
    REQUIRE(answer);
    return *answer;
}

Harness::Harness(ApiConfig config) : server(node, metrics, std::move(config)) {
    const auto started = server.start();
    REQUIRE(started.has_value());
}

Harness::~Harness() {
    server.stop();
}

std::string Harness::transaction(const SecretKey& key, std::vector<std::string> events) {
    const auto signed_one = ledger::sign_transaction(
        key, world.genesis.network, wall_ms() + 3'600'000, random_bytes(16), std::move(events));
    return std::string(as_text(encode(signed_one)));
}

void Harness::commit(const SecretKey& key, std::vector<std::string> events) {
    Caller caller(server.port());
    const Answer answer =
        caller.call("POST", "/v1/transactions", transaction(key, std::move(events)),
                    client::api::transaction_type, "Prefer: wait=30, return=minimal\r\n");
    INFO(answer.body);
    REQUIRE(answer.status == 201);
}

void Harness::grant(const std::string& consent_id, const std::string& subject) {
    commit(world.partner,
           {request_event(consent_id, subject), authorise_event(consent_id, subject)});
}

void Harness::put_in_force(const std::string& id, int version, const std::string& document) {
    const std::string at = R"(,"occurred_at":")" + now_text() + "\"}";
    commit(world.admins[0], {R"({"type":"policy.propose","policy":)" + document + at});
    const std::string approval = R"({"type":"policy.approve","id":")" + id + R"(","version":)" +
                                 std::to_string(version) + R"(,"sha256":")" +
                                 to_hex(sha256(as_bytes(document)).view()) + "\"" + at;
    commit(world.admins[1], {approval});
    commit(world.admins[2], {approval});
}

std::string now_text(std::int64_t offset_ms) {
    return format_time(wall_ms() + offset_ms);
}

std::string request_event(const std::string& consent_id, const std::string& subject) {
    const std::string hash(64, 'a');
    return R"({"type":"consent.request","consent":{"schema":"consentree/consent/1",)"
           R"("consent_id":")" +
           consent_id + R"(","issuer":"northbank","version":1,"subject":")" + subject +
           R"(","grantors":[{"party":")" + subject +
           R"(","capacity":"self"}],"provider":"medcare",)" +
           R"("recipients":[{"party":"unilab"}],"purposes":[{"code":"research"}],)" +
           R"("legal_basis":"consent","categories":["lab-results"],"resources":"all",)" +
           R"("actions":["view"],"valid_from":")" + now_text(-60'000) + R"(","valid_until":")" +
           now_text(86'400'000) + R"(","fetch":{"kind":"periodic"},)" +
           R"("retention":{"unit":"day","value":30,"basis":"from_delivery"},)" +
           R"("storage_places":["DE"],"jurisdiction":["DE"],)" +
           R"("notice":{"uri":"https://x.example/n",)" + R"("version":"1","sha256":")" + hash +
           R"(","language":"en"},"expression":{"type":)" + R"("explicit","method":"web","at":")" +
           now_text(-60'000) + R"("},"withdrawal_uri":"https://x.example/w"},"occurred_at":")" +
           now_text() + R"("})";
}

std::string authorise_event(const std::string& consent_id, const std::string& subject) {
    return R"({"type":"consent.authorise","issuer":"northbank","consent_id":")" + consent_id +
           R"(","version":1,"grantor":")" + subject + R"(","occurred_at":")" + now_text() + R"("})";
}

std::string withdraw_event(const std::string& consent_id) {
    return R"({"type":"consent.withdraw","issuer":"northbank","consent_id":")" + consent_id +
           R"(","version":1,"occurred_at":")" + now_text() + R"("})";
}

std::string access_event(const std::string& event_id,
                         const std::string& consent_id,
                         const std::string& subject,
                         const std::string& purpose) {
    return R"({"type":"access.request","event_id":")" + event_id + R"(","session_id":"s-)" +
           event_id + R"(","issuer":"northbank","consent_id":")" + consent_id +
           R"(","actor_org":"unilab","subject":")" + subject + R"(","purpose":")" + purpose +
           R"(","categories":["lab-results"],"resources":"all","action":"view","attended":false,)" +
           R"("legal_basis":"consent","occurred_at":")" + now_text() + R"("})";
}

}  // namespace consentree::node::test

#include "tests/unit/client/fake_node.h"

#include "client/api.h"
#include "ledger/tree_levels.h"
#include "tests/unit/ledger/receipt_fixture.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace consentree::client::test {

namespace lt = ledger::test;

namespace {

bool send_all(int connection, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t sent = ::send(connection, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

// One request off the front of buffer, reading more as needed; false at the end.
bool read_request(int connection, std::string& buffer, FakeRequest& request) {
    const auto more = [&] {
        char part[16384];
        const ssize_t got = ::recv(connection, part, sizeof part, 0);
        if (got > 0) buffer.append(part, static_cast<std::size_t>(got));
        return got > 0;
    };
    std::size_t head = 0;
    while ((head = buffer.find("\r\n\r\n")) == std::string::npos) {
        if (!more()) return false;
    }
    const std::string top = buffer.substr(0, head);
    std::size_t length = 0;
    const std::size_t field = top.find("Content-Length: ");
    if (field != std::string::npos) length = std::stoul(top.substr(field + 16));
    while (buffer.size() < head + 4 + length) {
        if (!more()) return false;
    }
    const std::size_t space = top.find(' ');
    request.method = top.substr(0, space);
    request.target = top.substr(space + 1, top.find(' ', space + 1) - space - 1);
    request.body = buffer.substr(head + 4, length);
    buffer.erase(0, head + 4 + length);
    return true;
}

std::uint64_t number_after(const std::string& text,
                           const std::string& name,
                           std::uint64_t otherwise) {
    const std::size_t at = text.find(name + "=");
    return at == std::string::npos ? otherwise : std::stoull(text.substr(at + name.size() + 1));
}

std::string problem(const std::string& name, unsigned status) {
    api::Problem made;
    made.type = "/problems/" + name;
    made.title = name;
    made.status = status;
    made.detail = "as the test wants it";
    return api::format(made);
}

}  // namespace

FakeReply http_reply(unsigned status, const std::string& body, const std::string& type) {
    return {"HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Type: " + type +
            "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body};
}

FakeNode::FakeNode(Handler handler) : handler_(std::move(handler)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* any = reinterpret_cast<sockaddr*>(&address);
    socklen_t size = sizeof address;
    REQUIRE(::bind(listener_, any, size) == 0);
    REQUIRE(::listen(listener_, 64) == 0);
    REQUIRE(::getsockname(listener_, any, &size) == 0);
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { accept_all(); });
}

FakeNode::~FakeNode() {
    closing_ = true;
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    {
        const std::lock_guard lock(mutex_);
        for (const int connection : connections_) ::shutdown(connection, SHUT_RDWR);
    }
    for (std::thread& server : servers_) server.join();
    for (const int connection : connections_) ::close(connection);
    ::close(listener_);
}

void FakeNode::accept_all() {
    for (;;) {
        const int connection = ::accept(listener_, nullptr, nullptr);
        if (connection < 0 || closing_) {
            if (connection >= 0) ::close(connection);
            return;
        }
        // Else the last bytes of a long answer wait for the client's delayed acknowledgement.
        const int on = 1;
        ::setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        const std::lock_guard lock(mutex_);
        connections_.push_back(connection);
        servers_.emplace_back([this, connection] { serve(connection); });
    }
}

void FakeNode::serve(int connection) {
    std::string buffer;
    FakeRequest request;
    while (!closing_ && read_request(connection, buffer, request)) {
        const FakeReply reply = handler_(request);
        if (reply.silent) continue;
        if (!send_all(connection, reply.bytes)) return;
        const std::string tail = reply.bytes.substr(
            reply.bytes.size() - std::min<std::size_t>(reply.bytes.size(), 1024));
        while (reply.endless && !closing_) {
            if (!send_all(connection, tail)) return;
        }
    }
}

FakeLedger::FakeLedger() : genesis_(lt::test_genesis()), leaves_(lt::test_leaves(5)) {
    entries_.resize(5);
}

std::string FakeLedger::trust_text() const {
    return ledger::format_policy(genesis_);
}

std::string FakeLedger::note_now() {
    return lt::test_note(genesis_, {genesis_.origin, leaves_.size(), ledger::root_of(leaves_)},
                         {{0, 1'795'000'001}, {1, 1'795'000'002}, {2, 1'795'000'003}});
}

std::string FakeLedger::note() {
    const std::lock_guard lock(mutex_);
    return note_now();
}

void FakeLedger::append(const Bytes& entry) {
    entries_.push_back(entry);
    leaves_.push_back(ledger::leaf_hash(entry));
}

void FakeLedger::grow(std::size_t entries) {
    const std::lock_guard lock(mutex_);
    for (std::size_t i = 0; i < entries; ++i) append(Bytes(3, static_cast<std::uint8_t>(i)));
}

std::size_t FakeLedger::transactions() {
    const std::lock_guard lock(mutex_);
    return recorded_.size();
}

FakeReply FakeLedger::post(const std::string& body) {
    const auto transaction = ledger::decode_transaction(as_bytes(body));
    if (!transaction) return http_reply(400, problem("malformed-transaction", 400));
    const Hash id = ledger::transaction_id(transaction->header);
    api::TransactionAnswer answer;
    answer.tx_id = to_hex(id.view());
    if (!refuse_events_with.empty()) {
        for (const std::string& event : transaction->events) {
            if (event.find(refuse_events_with) == std::string::npos) continue;
            return http_reply(409, problem("consent-state", 409), "application/problem+json");
        }
    }
    if (!recorded_.contains(answer.tx_id)) {
        recorded_[answer.tx_id] = {*transaction, leaves_.size()};
        for (std::uint32_t i = 0; i < transaction->events.size(); ++i) {
            ledger::EntryHead head;
            head.kind = 0x20;
            head.verdict = 0x0100;
            head.height = 12;
            head.commit_time_us = 1'795'000'000'123'456;
            head.tx_id = id;
            head.position = i;
            head.length = static_cast<std::uint32_t>(transaction->events[i].size());
            append(ledger::encode_entry(head, as_bytes(transaction->events[i])));
        }
    }
    answer.status = api::TxState::committed;
    answer.height = 12;
    answer.time = "2026-11-18T00:00:00.123Z";
    const std::uint64_t first = recorded_[answer.tx_id].first;
    for (std::size_t i = 0; i < transaction->events.size(); ++i) answer.leaves.push_back(first + i);
    // Put in as text: a twisted receipt need not be JSON.
    answer.receipt = R"({"here":0})";
    std::string text = api::format(answer);
    const std::size_t here = text.find(answer.receipt);
    REQUIRE(here != std::string::npos);
    text.replace(here, answer.receipt.size(), receipt(answer.tx_id, 0, 16));
    return http_reply(201, text);
}

std::string FakeLedger::receipt(const std::string& tx_id, std::uint32_t from, std::uint32_t count) {
    const Recorded& recorded = recorded_.at(tx_id);
    const auto& events = recorded.transaction.events;
    std::vector<Hash> event_leaves;
    for (const std::string& event : events) {
        event_leaves.push_back(ledger::leaf_hash(as_bytes(event)));
    }
    ledger::Receipt made{
        genesis_.network, recorded.transaction.header, recorded.transaction.signature, {}};
    const std::string note = note_now();
    const ledger::TreeLevels log(leaves_), tree(std::move(event_leaves));
    for (std::uint32_t i = from; i < events.size() && i < from + count; ++i) {
        const std::uint64_t index = recorded.first + i;
        const ledger::TlogProof proof{std::nullopt, index, log.path(index), note};
        made.entries.push_back(
            {i, entries_[index], tree.path(i), ledger::format_tlog_proof(proof)});
    }
    return twist_receipt(ledger::format_receipt(made));
}

FakeReply FakeLedger::answer(const FakeRequest& request) {
    const std::lock_guard lock(mutex_);
    const std::string& target = request.target;
    if (request.method == "POST" && target == "/v1/transactions") return post(request.body);
    if (target == "/checkpoint") return http_reply(200, note_now(), "text/plain");
    if (target.starts_with("/v1/consistency")) {
        lt::MapReader reader;
        ledger::LogTree tree = ledger::LogTree::load(reader, 0);
        for (const Hash& leaf : leaves_) tree.append(leaf);
        ledger::WriteSet writes;
        tree.collect_writes(writes);
        reader.apply(writes);
        api::Consistency consistency;
        consistency.from = number_after(target, "from", 0);
        consistency.to = number_after(target, "to", leaves_.size());
        const auto proof = ledger::consistency_proof(reader, consistency.from, consistency.to);
        if (!proof) return http_reply(400, problem("invalid-parameter", 400));
        for (const Hash& hash : *proof) consistency.proof.push_back(to_base64(hash.view()));
        return http_reply(200, api::format(consistency));
    }
    const std::string prefix = "/v1/transactions/";
    if (target.starts_with(prefix) && target.find("/receipt") != std::string::npos) {
        const std::string id = target.substr(prefix.size(), 64);
        if (!recorded_.contains(id)) return http_reply(404, problem("transaction-unknown", 404));
        const auto number = [&target](const char* name, std::uint64_t otherwise) {
            return static_cast<std::uint32_t>(number_after(target, name, otherwise));
        };
        return http_reply(200, receipt(id, number("from", 0), number("count", 16)));
    }
    return http_reply(404, problem("path-unknown", 404), "application/problem+json");
}

}  // namespace consentree::client::test

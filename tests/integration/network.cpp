#include "network.h"

#include "ledger/tip.h"
#include "storage/store.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <catch2/catch.hpp>
#include <chrono>
#include <csignal>
#include <nlohmann/json.hpp>
#include <random>

namespace consentree::integration {

namespace {

using Clock = std::chrono::steady_clock;

bool is_free(std::uint16_t port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int one = 1;
    ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    const bool free = ::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    ::close(fd);
    return free;
}

// Twice `count` ports in a row that nobody uses.
std::uint16_t free_ports(std::size_t count) {
    std::mt19937 random(std::random_device{}());
    for (;;) {
        const auto base = static_cast<std::uint16_t>(20000 + random() % 10000);
        bool free = true;
        for (std::size_t offset = 0; offset < 2 * count && free; ++offset) {
            free = is_free(static_cast<std::uint16_t>(base + offset));
        }
        if (free) return base;
    }
}

client::NetworkFiles make_files(const std::filesystem::path& folder, std::size_t nodes) {
    const std::vector<std::string> names{"northbank", "medcare",  "citygov", "unilab",
                                         "southbank", "lifecare", "stategov"};
    client::NewNetwork network;
    network.name = "itest";
    network.folder = folder;
    for (std::size_t index = 0; index < nodes; ++index) {
        network.institutions.push_back({names.at(index), {}});
    }
    network.api_port = free_ports(nodes);
    network.peer_port = static_cast<std::uint16_t>(network.api_port + nodes);
    auto files = client::make_network(network);
    REQUIRE(files);
    return *files;
}

using Rows = std::vector<std::pair<Bytes, Bytes>>;

Rows rows_of(const ledger::Reader& reader, ledger::Table table) {
    Rows rows;
    reader.scan(table, {}, {}, ledger::Direction::ascending, [&](BytesView key, BytesView value) {
        rows.emplace_back(to_bytes(key), to_bytes(value));
        return true;
    });
    return rows;
}

}  // namespace

bool wait_until(const std::function<bool()>& done, double seconds) {
    const auto deadline = Clock::now() + std::chrono::duration<double>(seconds);
    while (Clock::now() < deadline) {
        if (done()) return true;
        ::poll(nullptr, 0, 20);
    }
    return done();
}

Network::Network(std::size_t nodes) : processes_(nodes, -1) {
    std::string name = (std::filesystem::temp_directory_path() / "consentree-net-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    folder_ = name;
    files_ = make_files(folder_ / "net", nodes);
}

Network::~Network() {
    for (std::size_t node = 0; node < processes_.size(); ++node) kill(node);
    if (std::uncaught_exceptions() > 0) {
        WARN("kept for inspection: " << folder_);
        return;
    }
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
}

std::filesystem::path Network::data_dir(std::size_t node) const {
    return files_.nodes[node].config.parent_path() / "data";
}

std::filesystem::path Network::log_file(std::size_t node) const {
    return files_.nodes[node].config.parent_path() / "node.log";
}

void Network::start(std::size_t node) {
    REQUIRE(processes_[node] == -1);
    const std::string config = files_.nodes[node].config.string();
    const std::string log = log_file(node).string();
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        const int fd = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
        ::dup2(fd, 1);
        ::dup2(fd, 2);
        ::execl(CONSENTREE_BINARY, "consentree", "node", "start", "--config", config.c_str(),
                static_cast<char*>(nullptr));
        ::_exit(127);
    }
    processes_[node] = child;
}

void Network::start_all() {
    for (std::size_t node = 0; node < size(); ++node) {
        if (processes_[node] == -1) start(node);
    }
    wait_ready();
}

void Network::kill(std::size_t node) {
    if (processes_[node] == -1) return;
    ::kill(processes_[node], SIGKILL);
    ::waitpid(processes_[node], nullptr, 0);
    processes_[node] = -1;
}

int Network::stop(std::size_t node) {
    REQUIRE(processes_[node] != -1);
    ::kill(processes_[node], SIGTERM);
    int status = 0;
    ::waitpid(processes_[node], &status, 0);
    processes_[node] = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void Network::stop_all() {
    for (std::size_t node = 0; node < size(); ++node) {
        if (processes_[node] == -1) continue;
        INFO("node " << node << ", log " << log_file(node));
        CHECK(stop(node) == 0);
    }
}

bool Network::is_running(std::size_t node) {
    if (processes_[node] == -1) return false;
    if (::waitpid(processes_[node], nullptr, WNOHANG) == 0) return true;
    processes_[node] = -1;
    return false;
}

client::Client Network::client(std::size_t institution, std::vector<std::size_t> nodes) {
    client::Options options;
    for (const std::size_t node : nodes) options.urls.push_back(url(node));
    options.trust = files_.trust.string();
    options.institution = files_.nodes[institution].institution;
    options.agreement = files_.agreement.string();
    options.state_dir = "none";
    options.coalesce = std::chrono::milliseconds(0);
    auto key = client::SigningKey::load(files_.nodes[institution].partner_key.string());
    REQUIRE(key);
    options.key = *key;
    auto made = client::Client::connect(std::move(options));
    REQUIRE(made);
    return std::move(*made);
}

bool Network::is_ready(std::size_t node) {
    if (!is_running(node)) return false;
    const auto answer = client(0, {node}).status();
    return answer && nlohmann::json::parse(answer->json).value("ready", false);
}

void Network::wait_ready() {
    for (std::size_t node = 0; node < size(); ++node) {
        if (processes_[node] == -1) continue;
        INFO("node " << node << ", log " << log_file(node));
        REQUIRE(wait_until([&] { return is_ready(node); }, 60));
    }
}

std::uint64_t Network::height(std::size_t node) {
    const auto answer = client(0, {node}).status();
    if (!answer) return 0;
    return nlohmann::json::parse(answer->json).value("height", std::uint64_t{0});
}

void Network::wait_for_one_height() {
    REQUIRE(wait_until(
        [&] {
            const std::uint64_t first = height(0);
            for (std::size_t node = 1; node < size(); ++node) {
                if (height(node) != first) return false;
            }
            return true;
        },
        120));
}

std::uint64_t Network::require_equal_stores() {
    wait_for_one_height();
    stop_all();
    using ledger::Table;
    std::vector<std::unique_ptr<storage::Store>> stores;
    for (std::size_t node = 0; node < size(); ++node) {
        auto store = storage::open_rocks_store(data_dir(node) / "ledger");
        INFO(data_dir(node));
        REQUIRE(store.has_value());
        stores.push_back(std::move(*store));
    }
    for (const Table table : {Table::entry, Table::tile, Table::transaction, Table::state,
                              Table::uses, Table::seal, Table::map, Table::key_log}) {
        const Rows first = rows_of(*stores[0]->snapshot(), table);
        for (std::size_t node = 1; node < size(); ++node) {
            INFO("table " << static_cast<int>(table) << " of node " << node);
            CHECK((rows_of(*stores[node]->snapshot(), table) == first));
        }
    }
    const auto tip = ledger::load_tip(*stores[0]->snapshot());
    REQUIRE(tip.has_value());
    for (const auto& store : stores) CHECK((ledger::load_tip(*store->snapshot()) == tip));
    return tip->tree_size;
}

std::string access_event(const std::string& institution, std::uint64_t number) {
    const std::string id = std::to_string(number);
    return R"({"type":"access.request","event_id":"evt-)" + institution + "-" + id +
           R"(","session_id":"ses-)" + institution + "-" + id +
           R"(","issuer":"northbank","consent_id":"none","actor_org":")" + institution +
           R"(","subject":"sub:test","purpose":"research","categories":["lab-results"],)"
           R"("resources":"all","action":"view","attended":false,"legal_basis":"consent",)"
           R"("occurred_at":"2026-01-01T00:00:00.000Z"})";
}

}  // namespace consentree::integration

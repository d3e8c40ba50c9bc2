// A node that serves evidence and lists about a small ledger, truthfully or not, and a client of
// it.
#pragma once

#include "client/client.h"
#include "common/files.h"
#include "ledger/event.h"
#include "ledger/log_tree.h"
#include "ledger/queries.h"
#include "ledger/tlog_proof.h"
#include "tests/unit/client/fake_node.h"
#include "tests/unit/client/temporary_home.h"
#include "tests/unit/ledger/evidence_fixture.h"

#include <mutex>

namespace consentree::client::test {

namespace lt = consentree::ledger::test;
using Json = nlohmann::json;

inline std::string parameter(const std::string& target, const std::string& name) {
    for (std::size_t at = target.find('?'); at != target.npos; at = target.find('&', at + 1)) {
        if (target.compare(at + 1, name.size() + 1, name + "=") != 0) continue;
        const std::size_t from = at + name.size() + 2;
        return target.substr(from, target.find('&', from) - from);
    }
    return {};
}

inline std::string plain(std::string text) {  // "sub%3Aalice"
    for (std::size_t at; (at = text.find("%3A")) != text.npos;) text.replace(at, 3, ":");
    return text;
}

// Serves evidence and lists about the world as docs/api.md says, in pages of page_limit, after lie
// has had its way with each.
struct Keeper {
    explicit Keeper(int blocks) : world(blocks) {}

    lt::Certified world;
    std::size_t page_limit = 500;
    std::function<void(ledger::Evidence&)> lie;
    std::function<void()> between;  // Called after each page.
    std::size_t pages = 0;
    bool ignores_position = false;
    std::string said_consent;                  // Its word about any consent, JSON.
    std::function<void(Json&)> lie_of_access;  // About one access, beside its proof.

    ledger::Question question(const std::string& target) const {
        const std::string path = target.substr(0, target.find('?'));
        ledger::Question asked;
        if (path.starts_with("/v1/evidence/")) {
            const std::size_t slash = path.find('/', 13);
            asked.kind = ledger::index_key_of(path.substr(13, slash - 13)).value();
            asked.label = plain(path.substr(slash + 1));
            asked.issuer = parameter(target, "issuer");
        } else if (path.starts_with("/v1/consents/")) {
            asked = lt::ask_about(ledger::IndexKey::consent,
                                  path.substr(13, path.find('/', 13) - 13), "northbank");
        } else {
            for (const char* kind : {"subject", "actor", "provider"}) {
                const std::string label = plain(parameter(target, kind));
                if (!label.empty()) {
                    asked = lt::ask_about(ledger::index_key_of(kind).value(), label);
                    break;
                }
            }
        }
        const std::string moment = plain(parameter(target, "as_of"));
        if (!moment.empty()) REQUIRE(ledger::read_as_of(moment, asked));
        return asked;
    }

    Keeper* forked = nullptr;  // Answers in its place.
    std::mutex one_at_a_time;  // A client may ask on several connections at once.

    FakeReply answer(const FakeRequest& request) {
        const std::lock_guard lock(one_at_a_time);
        if (forked != nullptr) return forked->answer(request);
        if (request.target.starts_with("/v1/consistency")) return consistency(request.target);
        if (request.target.starts_with("/v1/entries/")) return entry_proof(request.target);
        if (request.target.starts_with("/v1/accesses/")) return access(request.target);
        if (request.target == "/v1/consents/c1") return http_reply(200, said_consent);
        const bool is_list = !request.target.starts_with("/v1/evidence/");
        if (is_list && parameter(request.target, "proof") != "1") return unproven();
        ledger::Question asked = question(request.target);
        ledger::EvidencePage page;
        page.limit = page_limit;
        if (is_list) {
            const std::string cursor = parameter(request.target, "cursor");
            const std::string limit = parameter(request.target, "limit");
            const bool is_history = request.target.find("/history") != std::string::npos;
            std::string order = parameter(request.target, "order");
            if (order.empty()) order = is_history ? "asc" : "desc";
            if (order == "desc") page.direction = ledger::Direction::descending;
            if (!limit.empty()) page.limit = std::stoul(limit);
            if (!cursor.empty()) {
                asked.as_of_height = std::stoull(cursor);
                page.position = std::stoull(cursor.substr(cursor.find('.') + 1));
            }
        } else {
            const std::string at = parameter(request.target, "position");
            const std::string limit = parameter(request.target, "limit");
            if (!at.empty() && !ignores_position) page.position = std::stoull(at);
            if (!limit.empty()) page.limit = std::min(page.limit, std::stoul(limit));
            if (parameter(request.target, "order") == "desc") {
                page.direction = ledger::Direction::descending;
            }
        }
        ledger::Evidence evidence = world.page(asked, page).evidence;
        if (lie) lie(evidence);
        ++pages;
        if (between) between();
        const std::string proof = ledger::format_evidence(evidence);
        // What stands beside the proof is not to be believed.
        return http_reply(200, is_list ? R"({"items":[],"next_cursor":null,"as_of_height":1,)"
                                         R"("complete":true,"proof":)" +
                                             proof + "}"
                                       : proof);
    }
    FakeReply unproven() const {
        return http_reply(200,
                          R"({"items":[],"next_cursor":null,"as_of_height":7,"complete":true})");
    }
    FakeReply access(const std::string& target) const {
        const auto entry =
            ledger::get_entry(world.network.tables(), std::stoull(target.substr(13))).value();
        Json said{{"index", entry.index},
                  {"height", 1},
                  {"time", "2026-01-01T00:00:00.000Z"},
                  {"tx_id", to_hex(entry.tx_id.view())},
                  {"position", 0},
                  {"type", "access.request"},
                  {"verdict", "DENY"},
                  {"reason", nullptr},
                  {"failed", Json::array()},
                  {"flags", Json::array()},
                  {"event", Json::object()},
                  {"entry", to_base64(ledger::entry_leaf_bytes(entry))}};
        if (lie_of_access) lie_of_access(said);
        return http_reply(200, said.dump());
    }
    FakeReply entry_proof(const std::string& target) const {
        const std::uint64_t index = std::stoull(target.substr(12));
        const auto size = ledger::load_tip(world.network.tables())->tree_size;
        const auto path = ledger::inclusion_path(world.network.tables(), index, size).value();
        return http_reply(200, ledger::format_tlog_proof({std::nullopt, index, path, world.note}),
                          "text/plain");
    }
    FakeReply consistency(const std::string& target) const {
        const auto proof = ledger::consistency_proof(world.network.tables(),
                                                     std::stoull(parameter(target, "from")),
                                                     std::stoull(parameter(target, "to")));
        Json list = Json::array();
        for (const Hash& hash : proof.value()) list.push_back(to_base64(hash.view()));
        return http_reply(200, Json{{"from", std::stoull(parameter(target, "from"))},
                                    {"to", std::stoull(parameter(target, "to"))},
                                    {"proof", list}}
                                   .dump());
    }
};

struct Reader {
    explicit Reader(int blocks = 40) : keeper(blocks) {}

    TemporaryHome home;
    Keeper keeper;
    FakeNode node{[this](const FakeRequest& request) { return keeper.answer(request); }};
    Client client = connect(60'000);  // Also on a busy machine.

    Client connect(int timeout_ms, const std::string& state_dir = "none") {
        const std::string trust = home.file("trust.policy");
        REQUIRE(replace_file(trust, keeper.world.trust));
        Options options;
        options.urls = {node.url()};
        options.trust = trust;
        options.state_dir = state_dir;
        options.institution = "northbank";
        options.timeout = std::chrono::milliseconds(timeout_ms);
        auto connected = Client::connect(std::move(options));
        REQUIRE(connected);
        return std::move(*connected);
    }
};

}  // namespace consentree::client::test

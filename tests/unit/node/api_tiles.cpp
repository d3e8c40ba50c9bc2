// What clients of C2SP logs fetch: tiles, entry bundles, proofs; and what any client may keep.
#include "ledger/checkpoint.h"
#include "ledger/log_tree.h"
#include "ledger/merkle.h"
#include "ledger/seal.h"
#include "ledger/tlog_proof.h"
#include "node/clock.h"
#include "tests/unit/node/api_fixture.h"

#include <catch2/catch.hpp>

using namespace consentree;
using namespace consentree::node::test;
namespace api = consentree::client::api;

namespace {

std::string problem_name(const Answer& answer) {
    const auto problem = api::parse_problem(answer.body);
    REQUIRE(problem.has_value());
    return problem->name();
}

std::string get_bytes(Caller& caller, const std::string& target) {
    const Answer answer = caller.get(target);
    INFO(target << " " << answer.status);
    REQUIRE(answer.status == 200);
    CHECK(answer.headers.at("content-type") == "application/octet-stream");
    CHECK(answer.headers.at("cache-control") == "max-age=31536000, immutable");
    return answer.body;
}

std::vector<Hash> hashes_of(const std::string& tile) {
    REQUIRE(tile.size() % Hash::byte_count == 0);
    std::vector<Hash> hashes;
    for (std::size_t at = 0; at < tile.size(); at += Hash::byte_count) {
        hashes.push_back(*Hash::from(as_bytes(tile).subspan(at, Hash::byte_count)));
    }
    return hashes;
}

std::vector<std::string> entries_of(std::string_view bundle) {
    std::vector<std::string> entries;
    while (!bundle.empty()) {
        REQUIRE(bundle.size() >= 2);
        const std::size_t length =
            static_cast<std::uint8_t>(bundle[0]) * 256U + static_cast<std::uint8_t>(bundle[1]);
        REQUIRE(bundle.size() >= 2 + length);
        entries.emplace_back(bundle.substr(2, length));
        bundle.remove_prefix(2 + length);
    }
    return entries;
}

ledger::Checkpoint checkpoint_of(Caller& caller) {
    const auto note = ledger::parse_note(caller.get("/checkpoint").body);
    REQUIRE(note.has_value());
    return ledger::parse_checkpoint(note->text).value();
}

// One transaction, so one block: the events and a SEAL.
void commit_accesses(Harness& harness, std::size_t count) {
    static int number = 0;
    std::vector<std::string> events;
    for (std::size_t i = 0; i < count; ++i) {
        events.push_back(access_event("a-" + std::to_string(++number), "c-1", "sub:ann"));
    }
    harness.commit(harness.world.medcare, std::move(events));
}

}  // namespace

TEST_CASE("api tiles: entries hash to level 0, level 0 to level 1 and to the checkpoint's root") {
    Harness harness;
    harness.grant("c-1", "sub:ann");  // Two entries and a SEAL.
    Caller caller(harness.server.port());
    commit_accesses(harness, 150);
    const ledger::Checkpoint first = checkpoint_of(caller);
    REQUIRE(first.tree_size == 154);
    const std::string early = get_bytes(caller, "/tile/0/000.p/154");
    const std::string early_entries = get_bytes(caller, "/tile/entries/000.p/154");
    CHECK(ledger::root_of(hashes_of(early)) == first.root);

    commit_accesses(harness, 300);
    const ledger::Checkpoint second = checkpoint_of(caller);
    REQUIRE(second.tree_size == 455);
    const std::string full = get_bytes(caller, "/tile/0/000");
    CHECK(full.size() == 8192);
    std::vector<Hash> leaves = hashes_of(full);
    const Hash full_root = ledger::root_of(leaves);
    CHECK(hashes_of(get_bytes(caller, "/tile/1/000.p/1")) == std::vector<Hash>{full_root});
    for (const Hash& leaf : hashes_of(get_bytes(caller, "/tile/0/001.p/199"))) {
        leaves.push_back(leaf);
    }
    CHECK(ledger::root_of(leaves) == second.root);

    std::vector<std::string> entries = entries_of(get_bytes(caller, "/tile/entries/000"));
    CHECK(entries.size() == 256);
    for (std::string& entry : entries_of(get_bytes(caller, "/tile/entries/001.p/199"))) {
        entries.push_back(std::move(entry));
    }
    REQUIRE(entries.size() == leaves.size());
    for (std::size_t i = 0; i < leaves.size(); ++i) {
        REQUIRE(ledger::leaf_hash(as_bytes(entries[i])) == leaves[i]);
    }
    for (const std::size_t index : {2U, 153U, 454U}) {
        const auto seal = ledger::decode_seal(as_bytes(entries[index]));
        REQUIRE(seal.has_value());
        CHECK(seal->index == index);
    }
    // Partial tiles stay as they were.
    CHECK(get_bytes(caller, "/tile/0/000.p/154") == early);
    CHECK(get_bytes(caller, "/tile/entries/000.p/154") == early_entries);
    CHECK(full.substr(0, early.size()) == early);
}

TEST_CASE("api tiles: nothing beyond the checkpoint, and names have one spelling") {
    Harness harness;
    Caller caller(harness.server.port());
    CHECK(problem_name(caller.get("/tile/0/000.p/1")) == "tile-not-found");
    CHECK(problem_name(caller.get("/v1/entries/0/proof")) == "no-checkpoint");
    harness.grant("c-1", "sub:ann");
    REQUIRE(checkpoint_of(caller).tree_size == 3);
    CHECK(get_bytes(caller, "/tile/0/000.p/3").size() == 96);
    CHECK(get_bytes(caller, "/tile/0/000.p/1").size() == 32);
    for (const char* target : {"/tile/0/000.p/4",
                               "/tile/0/000",
                               "/tile/0/001.p/1",
                               "/tile/1/000.p/1",
                               "/tile/63/000.p/1",
                               "/tile/64/000.p/1",
                               "/tile/00/000.p/1",
                               "/tile/-1/000.p/1",
                               "/tile/255/000.p/1",
                               "/tile/0/000.p/0",
                               "/tile/0/000.p/256",
                               "/tile/0/000.p/01",
                               "/tile/0/000.p/",
                               "/tile/0/000.p",
                               "/tile/0/000.p/1/1",
                               "/tile/0/00.p/1",
                               "/tile/0/0000.p/1",
                               "/tile/0/x000/000.p/1",
                               "/tile/0/x000%2F000.p/1",
                               "/tile/0/000.p%2F1",
                               "/tile/0/0/000.p/1",
                               "/tile/0/x018/x446/x744/x073/x709/x551/615.p/1",
                               "/tile/0/x018/x446/x744/x073/x709/x551/616.p/1",
                               "/tile/0/",
                               "/tile/0",
                               "/tile/entries",
                               "/tile/entries/000.p/4",
                               "/tile/entries/000",
                               "/tile/entries/000.P/1",
                               "/tile/entries/x000/000.p/1",
                               "/tile/data/000.p/1"}) {
        INFO(target);
        const Answer answer = caller.get(target);
        CHECK(answer.status == 404);
        CHECK(answer.headers.at("cache-control") == "no-store");
        CHECK(answer.headers.count("etag") == 0);
    }
    CHECK(problem_name(caller.get("/tile/0/000.p/1?x=1")) == "unknown-parameter");
}

TEST_CASE("api tiles: any leaf has a tlog-proof against the newest checkpoint") {
    Harness harness;
    harness.grant("c-1", "sub:ann");
    commit_accesses(harness, 10);
    Caller caller(harness.server.port());
    const ledger::Checkpoint checkpoint = checkpoint_of(caller);
    const std::string note = caller.get("/checkpoint").body;
    const auto entries = entries_of(get_bytes(caller, "/tile/entries/000.p/14"));
    for (std::uint64_t index = 0; index < checkpoint.tree_size; ++index) {
        const Answer answer = caller.get("/v1/entries/" + std::to_string(index) + "/proof");
        REQUIRE(answer.status == 200);
        CHECK(answer.headers.at("content-type") == "text/plain; charset=utf-8");
        const auto proof = ledger::parse_tlog_proof(answer.body);
        REQUIRE(proof.has_value());
        CHECK(proof->index == index);
        CHECK(proof->checkpoint == note);
        CHECK(ledger::verify_inclusion(index, checkpoint.tree_size,
                                       ledger::leaf_hash(as_bytes(entries[index])), proof->path,
                                       checkpoint.root));
    }
    CHECK(problem_name(caller.get("/v1/entries/14/proof")) == "entry-not-found");
    CHECK(problem_name(caller.get("/v1/entries/01/proof")) == "invalid-parameter");
    CHECK(problem_name(caller.get("/v1/entries/99999999999999999999/proof")) ==
          "invalid-parameter");
}

TEST_CASE("api tiles: while nothing is recorded the checkpoint's signatures stay fresh") {
    Harness harness;
    harness.grant("c-1", "sub:ann");
    Caller caller(harness.server.port());
    const Answer before = caller.get("/checkpoint");
    harness.node.cosign_again(node::wall_us() + 10'000'000);
    const Answer after = caller.get("/checkpoint");
    CHECK(after.body == harness.node.checkpoint());
    CHECK(after.body != before.body);
    CHECK(after.headers.at("etag") != before.headers.at("etag"));
    const auto proof = ledger::parse_tlog_proof(caller.get("/v1/entries/0/proof").body);
    CHECK(proof->checkpoint == after.body);
}

TEST_CASE("api caching: a client that has the answer is told so") {
    Harness harness;
    harness.grant("c-1", "sub:ann");
    Caller caller(harness.server.port());
    const std::string first_note = caller.get("/checkpoint").headers.at("etag");
    const std::string tx =
        harness.transaction(harness.world.medcare, {access_event("a-1", "c-1", "sub:ann")});
    harness.node.hold(true);
    const Answer accepted = caller.call("POST", "/v1/transactions", tx, api::transaction_type);
    REQUIRE(accepted.status == 202);
    const std::string state = accepted.headers.at("location");
    const std::string pending = caller.get(state).headers.at("etag");
    harness.node.commit_pending();
    const auto with = [&caller](const std::string& target, const std::string& tags) {
        return caller.call("GET", target, {}, {}, "If-None-Match: " + tags + "\r\n");
    };
    CHECK(with(state, pending).status == 200);
    CHECK(with("/checkpoint", first_note).status == 200);

    for (const std::string& target : std::vector<std::string>{
             state, "/checkpoint", "/v1/checkpoints/latest", "/v1/blocks/1", "/v1/entries/0",
             "/v1/entries/0/proof", "/tile/0/000.p/3", "/tile/entries/000.p/3"}) {
        INFO(target);
        const Answer answer = caller.get(target);
        REQUIRE(answer.status == 200);
        const std::string tag = answer.headers.at("etag");
        CHECK(answer.headers.at("cache-control") != "no-store");
        CHECK(caller.get(target).headers.at("etag") == tag);
        for (const std::string& tags : {tag, "W/" + tag, "\"other\", " + tag, std::string("*")}) {
            const Answer held = with(target, tags);
            CHECK(held.status == 304);
            CHECK(held.body.empty());
            CHECK(held.keep_alive);
            CHECK(held.headers.at("etag") == tag);
            CHECK(held.headers.at("cache-control") == answer.headers.at("cache-control"));
        }
        CHECK(caller.call("HEAD", target, {}, {}, "If-None-Match: " + tag + "\r\n").status == 304);
        CHECK(caller.call("HEAD", target).headers.at("etag") == tag);
        for (const std::string& tags : {std::string("\"other\""), tag.substr(1), std::string()}) {
            const Answer full = with(target, tags);
            CHECK(full.status == 200);
            CHECK(full.body == answer.body);
        }
    }
    CHECK(caller.get("/v1/consents").headers.count("etag") == 0);
    CHECK(caller.get("/v1/consents").headers.at("cache-control") == "no-store");
    CHECK(with("/v1/entries/99", "*").status == 404);
}

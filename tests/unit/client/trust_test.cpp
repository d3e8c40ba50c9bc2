#include "client/trust.h"

#include "common/files.h"
#include "tests/unit/client/temporary_home.h"
#include "tests/unit/ledger/receipt_fixture.h"

#include <catch2/catch.hpp>

using namespace consentree;
using namespace consentree::client;
using namespace consentree::client::test;
namespace lt = consentree::ledger::test;

namespace {

struct Tree {
    std::vector<Hash> leaves = lt::test_leaves(20);
    ledger::Checkpoint at(std::uint64_t size) const {
        return {lt::test_origin, size,
                ledger::root_of({leaves.begin(), leaves.begin() + static_cast<long>(size)})};
    }
    static std::string note(const ledger::Checkpoint& checkpoint) {
        return lt::test_note(lt::test_genesis(), checkpoint, {{0, 1}, {1, 2}, {2, 3}});
    }
    CheckpointMemory::Prove prover() const {
        return [this](std::uint64_t from, std::uint64_t to) -> Outcome<std::vector<Hash>> {
            lt::MapReader reader;
            ledger::LogTree tree = ledger::LogTree::load(reader, 0);
            for (std::uint64_t i = 0; i < to; ++i) tree.append(leaves[i]);
            ledger::WriteSet writes;
            tree.collect_writes(writes);
            reader.apply(writes);
            return ledger::consistency_proof(reader, from, to).value();
        };
    }
    Outcome<Done> show(CheckpointMemory& memory,
                       std::uint64_t size,
                       CheckpointMemory::Older older = CheckpointMemory::Older::refused) const {
        const auto checkpoint = at(size);
        return memory.observe(checkpoint, note(checkpoint), prover(), older);
    }
};

}  // namespace

TEST_CASE("trust: the newest checkpoint is remembered and must be extended") {
    TemporaryHome home;
    const Tree tree;
    for (const std::filesystem::path& folder :
         {std::filesystem::path(), home.folder() / "memory"}) {
        CheckpointMemory memory(folder);
        CHECK(tree.show(memory, 5));
        CHECK(tree.show(memory, 5));
        CHECK(tree.show(memory, 20));
        const auto older = tree.show(memory, 12);
        REQUIRE_FALSE(older);
        CHECK(older.error().code == "checkpoint-older");
        CHECK(older.error().kind == FailureKind::undecidable);
        CHECK(tree.show(memory, 12, CheckpointMemory::Older::accepted));

        Tree other;
        other.leaves[3] = lt::test_leaf(99);
        for (const std::uint64_t size : {std::uint64_t{20}, std::uint64_t{12}}) {
            const auto forked = other.show(memory, size, CheckpointMemory::Older::accepted);
            REQUIRE_FALSE(forked);
            CHECK(forked.error().code == "fork");
            CHECK(forked.error().evidence.empty() == folder.empty());
        }
        CHECK(tree.show(memory, 20));
    }
}

TEST_CASE("trust: another process sees what was remembered") {
    TemporaryHome home;
    const Tree tree;
    {
        CheckpointMemory memory(home.folder() / "memory");
        REQUIRE(tree.show(memory, 20));
    }
    CheckpointMemory later(home.folder() / "memory");
    CHECK_FALSE(tree.show(later, 12));
    CHECK(tree.show(later, 20));
}

TEST_CASE("trust: a broken memory is not taken for an empty one") {
    TemporaryHome home;
    const auto folder = home.folder() / "memory";
    std::filesystem::create_directories(folder);
    REQUIRE(replace_file(folder / "checkpoint", "no note"));
    CheckpointMemory memory(folder);
    const auto refused = Tree().show(memory, 5);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == "checkpoint-memory-unusable");
}

TEST_CASE("trust: a proof that cannot be had decides nothing and changes nothing") {
    TemporaryHome home;
    const Tree tree;
    CheckpointMemory memory(home.folder() / "memory");
    REQUIRE(tree.show(memory, 5));
    const auto none = [](std::uint64_t, std::uint64_t) -> Outcome<std::vector<Hash>> {
        Failure failure;
        failure.kind = FailureKind::unreachable;
        return failure;
    };
    const auto next = tree.at(12);
    CHECK_FALSE(memory.observe(next, Tree::note(next), none, CheckpointMemory::Older::refused));
    CHECK(tree.show(memory, 8));
}

TEST_CASE("trust: a trust file must name its network") {
    TemporaryHome home;
    const std::string path = home.file("trust.policy");
    std::string text = ledger::format_policy(lt::test_genesis());
    REQUIRE(replace_file(path, text));
    const auto trust = load_trust(path);
    REQUIRE(trust);
    CHECK(trust->network == lt::test_genesis().network);
    text.erase(text.find("# network"),
               text.find('\n', text.find("# network")) - text.find("# network"));
    REQUIRE(replace_file(path, text));
    CHECK(load_trust(path).error().code == "trust-file-unusable");
    CHECK(load_trust(home.file("absent")).error().kind == FailureKind::undecidable);
}

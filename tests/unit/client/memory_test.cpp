// The client remembers: each checkpoint that a node shows must be consistent with the newest one
// seen.
#include "client/memory.h"

#include "common/files.h"
#include "tests/unit/client/temporary_home.h"
#include "tests/unit/ledger/branch.h"
#include "verifier/report.h"

#include <atomic>
#include <random>
#include <thread>

using namespace consentree;
using namespace consentree::client;
using namespace consentree::client::test;
using ledger::test::Branch;
namespace lt = consentree::ledger::test;
using Older = CheckpointMemory::Older;

namespace {

const std::string trust_text = ledger::format_policy(lt::test_genesis());
const ledger::Policy policy = ledger::parse_policy(trust_text).value();
const Branch honest;
const Branch forked = Branch::forked_at(5);

CheckpointMemory::Prove prover(const Branch& branch) {
    return [&branch](std::uint64_t from, std::uint64_t to) -> Outcome<std::vector<Hash>> {
        return branch.proof(from, to);
    };
}

Outcome<std::vector<Hash>> no_proof(std::uint64_t, std::uint64_t) {
    Failure failure;
    failure.kind = FailureKind::usage;
    failure.what = "the node has no tree of that size";
    return failure;
}

Outcome<std::vector<Hash>> made_up_proof(std::uint64_t, std::uint64_t) {
    return std::vector<Hash>{lt::test_leaf(1), lt::test_leaf(2)};
}

Outcome<Done> show(CheckpointMemory& memory,
                   const Branch& branch,
                   std::uint64_t size,
                   Older older = Older::refused) {
    return memory.observe(branch.at(size), branch.note(size), prover(branch), older);
}

}  // namespace

TEST_CASE("memory: the newest checkpoint is remembered and must be extended") {
    TemporaryHome home;
    for (const std::filesystem::path& folder :
         {std::filesystem::path(), home.folder() / "memory"}) {
        CheckpointMemory memory(folder, policy);
        CHECK(show(memory, honest, 5));
        CHECK(show(memory, honest, 5));
        CHECK(show(memory, honest, 20));
        const auto older = show(memory, honest, 12);
        REQUIRE_FALSE(older);
        CHECK(older.error().code == "checkpoint-older");
        CHECK(older.error().kind == FailureKind::undecidable);
        CHECK(show(memory, honest, 12, Older::accepted));
        const auto fork = show(memory, forked, 20, Older::accepted);
        REQUIRE_FALSE(fork);
        CHECK(fork.error().code == "fork");
        CHECK(fork.error().kind == FailureKind::verification_failed);
        CHECK(fork.error().evidence.empty() == folder.empty());
        // Its own tree can prove nothing about the larger one that was seen.
        const auto old_fork = show(memory, forked, 12, Older::accepted);
        REQUIRE_FALSE(old_fork);
        CHECK(old_fork.error().code == "consistency-failed");
        CHECK(old_fork.error().evidence.empty() == folder.empty());
        CHECK(show(memory, honest, 20));
    }
}

TEST_CASE("memory: a fork leaves a file that convicts, offline, those who signed both") {
    TemporaryHome home;
    CheckpointMemory memory(home.folder() / "memory", policy);
    REQUIRE(show(memory, honest, 7));
    for (const std::uint64_t size : {std::uint64_t{7}, std::uint64_t{12}}) {
        const std::string note = forked.note(size, {{1, 5}, {2, 6}, {3, 7}});
        const auto fork = memory.observe(forked.at(size), note, prover(forked), Older::refused);
        REQUIRE_FALSE(fork);
        CHECK(fork.error().code == "fork");
        CHECK(fork.error().why.find("bank-1, consentree.example/test/bank-2.") !=
              std::string::npos);
        const auto file = read_file(fork.error().evidence, 1 << 20);
        REQUIRE(file);
        const auto report = verifier::verify_file(*file, trust_text);
        INFO(report.reason);
        CHECK(report.standing == verifier::Standing::verified);
        CHECK(report.signers == std::vector<std::string>{"consentree.example/test/bank-1",
                                                         "consentree.example/test/bank-2"});
    }
}

TEST_CASE("memory: a made-up proof is a failed verification, and no accusation of validators") {
    TemporaryHome home;
    CheckpointMemory memory(home.folder() / "memory", policy);
    REQUIRE(show(memory, honest, 7));
    const auto refused =
        memory.observe(honest.at(12), honest.note(12), made_up_proof, Older::refused);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == "consistency-failed");
    CHECK(refused.error().kind == FailureKind::verification_failed);
    const auto file = read_file(refused.error().evidence, 1 << 20);
    REQUIRE(file);
    CHECK(verifier::verify_file(*file, trust_text).standing == verifier::Standing::undecidable);
    CHECK(show(memory, honest, 12));
    // However often it lies about these two: one file.
    const auto files = [&] {
        std::size_t count = 0;
        for (const auto& each : std::filesystem::directory_iterator(home.folder() / "memory")) {
            if (each.path().filename().string().starts_with("unproven-")) ++count;
        }
        return count;
    };
    CheckpointMemory again(home.folder() / "memory", policy);
    for (int i = 0; i < 3; ++i) {
        CHECK_FALSE(again.observe(honest.at(7), honest.note(7, {{0, 9}, {2, 9}, {3, 9}}),
                                  made_up_proof, Older::accepted));
    }
    CHECK(files() == 1);
}

TEST_CASE("memory: a node that is behind, or has no proof, decides nothing and changes nothing") {
    TemporaryHome home;
    CheckpointMemory memory(home.folder() / "memory", policy);
    REQUIRE(show(memory, honest, 12));
    const auto behind = memory.observe(honest.at(7), honest.note(7), no_proof, Older::refused);
    REQUIRE_FALSE(behind);
    CHECK(behind.error().code == "checkpoint-older");
    for (const std::uint64_t size : {std::uint64_t{7}, std::uint64_t{20}}) {
        const auto unproven =
            memory.observe(honest.at(size), honest.note(size), no_proof, Older::accepted);
        REQUIRE_FALSE(unproven);
        CHECK(unproven.error().code == "consistency-missing");
        CHECK(unproven.error().kind == FailureKind::undecidable);
    }
    const auto away = [](std::uint64_t, std::uint64_t) -> Outcome<std::vector<Hash>> {
        Failure failure;
        failure.kind = FailureKind::unreachable;
        return failure;
    };
    const auto unreachable = memory.observe(honest.at(20), honest.note(20), away, Older::refused);
    REQUIRE_FALSE(unreachable);
    CHECK(unreachable.error().kind == FailureKind::unreachable);
    CHECK(show(memory, honest, 13));
}

TEST_CASE("memory: another process sees what was remembered") {
    TemporaryHome home;
    {
        CheckpointMemory memory(home.folder() / "memory", policy);
        REQUIRE(show(memory, honest, 20));
    }
    CheckpointMemory later(home.folder() / "memory", policy);
    CHECK_FALSE(show(later, honest, 12));
    CHECK(show(later, honest, 20));
}

TEST_CASE("memory: a damaged or foreign file is not believed, nor taken for an empty one") {
    TemporaryHome home;
    const auto folder = home.folder() / "memory";
    std::filesystem::create_directories(folder);
    const std::string note = honest.note(12);
    const std::string unsigned_root =
        honest.note(13).substr(0, honest.note(13).find("\n\n")) + note.substr(note.find("\n\n"));
    for (const std::string& text :
         {std::string(), std::string("no note"), note.substr(0, note.size() / 2), unsigned_root,
          honest.note(12, {{0, 1}, {1, 2}}), std::string(200'000, 'x')}) {
        REQUIRE(replace_file(folder / "checkpoint", text));
        CheckpointMemory memory(folder, policy);
        const auto refused = show(memory, honest, 20);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().code == "checkpoint-memory-unusable");
        CHECK(refused.error().kind == FailureKind::undecidable);
        CHECK(*read_file(folder / "checkpoint", 1 << 20) == text);
    }
    std::filesystem::remove(folder / "checkpoint");
    std::filesystem::create_directory(folder / "checkpoint");
    CheckpointMemory memory(folder, policy);
    CHECK(show(memory, honest, 20).error().code == "checkpoint-memory-unusable");
}

TEST_CASE("memory: the longest note that is believed can be read again") {
    TemporaryHome home;
    std::string note = honest.note(12);
    while (note.size() < 100'000) {
        note += "\xe2\x80\x94 somebody " + to_base64(Bytes(1800, 7)) + "\n";
    }
    REQUIRE(ledger::check_note(policy, note).verdict == ledger::ProofVerdict::verified);
    {
        CheckpointMemory memory(home.folder() / "memory", policy);
        REQUIRE(memory.observe(honest.at(12), note, no_proof, Older::refused));
    }
    CheckpointMemory later(home.folder() / "memory", policy);
    CHECK(show(later, honest, 20));
}

TEST_CASE("memory: several at once keep the newest") {
    TemporaryHome home;
    const auto folder = home.folder() / "memory";
    std::vector<std::thread> programs;
    std::atomic<int> wrong{0};
    for (std::uint64_t program = 0; program < 4; ++program) {
        programs.emplace_back([&, program] {
            CheckpointMemory memory(folder, policy);
            for (std::uint64_t size = 1 + program; size <= 20; size += 2) {
                const auto shown = show(memory, honest, size, Older::accepted);
                if (!shown) ++wrong;
            }
        });
    }
    for (std::thread& program : programs) program.join();
    CHECK(wrong == 0);
    CHECK(*read_file(folder / "checkpoint", 1 << 20) == honest.note(20));
}

namespace {

// Every note and proof of two logs that part at leaf 5, made once.
struct Table {
    static constexpr std::uint64_t sizes = 20;
    struct Side {
        std::vector<ledger::Checkpoint> checkpoints;
        std::vector<std::string> notes;
        std::map<std::pair<std::uint64_t, std::uint64_t>, std::vector<Hash>> proofs;
    };
    std::array<Side, 2> sides;

    Table() {
        for (std::size_t side = 0; side < 2; ++side) {
            const Branch& branch = side == 0 ? honest : forked;
            for (std::uint64_t size = 0; size <= sizes; ++size) {
                sides[side].checkpoints.push_back(branch.at(size));
                sides[side].notes.push_back(branch.note(size));
                for (std::uint64_t from = 1; from < size; ++from) {
                    sides[side].proofs[{from, size}] = branch.proof(from, size);
                }
            }
        }
    }
};

enum class Lie : std::uint8_t { none, other_side, made_up, shorter, longer, refused };

// What a node of this side that lies so answers.
CheckpointMemory::Prove liar(const Table& table, std::size_t side, Lie lie, std::uint64_t salt) {
    return [&table, side, lie, salt](std::uint64_t from,
                                     std::uint64_t to) -> Outcome<std::vector<Hash>> {
        if (lie == Lie::refused) return no_proof(from, to);
        auto proof = table.sides[lie == Lie::other_side ? 1 - side : side].proofs.at({from, to});
        if (lie == Lie::made_up) proof[salt % proof.size()] = lt::test_leaf(salt);
        if (lie == Lie::shorter) proof.pop_back();
        if (lie == Lie::longer) proof.push_back(lt::test_leaf(salt));
        return proof;
    };
}

std::uint64_t cases_to_run() {
    const char* asked = std::getenv("MEMORY_CASES");
    return asked == nullptr ? 10'000 : std::strtoull(asked, nullptr, 10);
}

}  // namespace

TEST_CASE("memory: of ten thousand hostile histories none is accepted") {
    const Table table;
    std::size_t forks = 0;
    for (std::uint64_t seed = 0; seed < cases_to_run(); ++seed) {
        std::mt19937_64 random(seed);
        CheckpointMemory memory("", policy);
        ledger::Checkpoint seen;
        for (int step = 0; step < 6; ++step) {
            const std::size_t side = random() % 3 == 0 ? 1 : 0;
            const std::uint64_t size = random() % (Table::sizes + 1);
            const Lie lie = random() % 2 == 0 ? Lie::none : static_cast<Lie>(random() % 6);
            const Older older = random() % 2 == 0 ? Older::refused : Older::accepted;
            const auto& offered = table.sides[side].checkpoints[size];
            const auto shown = memory.observe(offered, table.sides[side].notes[size],
                                              liar(table, side, lie, random()), older);
            // The truth: both trees are known here.
            const std::uint64_t low = std::min(seen.tree_size, size);
            const std::size_t seen_side =
                seen == table.sides[0].checkpoints[seen.tree_size] ? 0 : 1;
            const bool agree = step == 0 || table.sides[side].checkpoints[low] ==
                                                table.sides[seen_side].checkpoints[low];
            const bool trivial = step == 0 || low == 0 || size == seen.tree_size;
            INFO("seed " << seed << " step " << step << " lie " << int(lie) << " had "
                         << seen.tree_size << " has " << size);
            if (shown) {
                REQUIRE(agree);
                REQUIRE((size >= seen.tree_size || older == Older::accepted));
                if (step == 0 || size > seen.tree_size) seen = offered;
                continue;
            }
            const std::string& code = shown.error().code;
            if (code == "fork") {
                ++forks;
                REQUIRE_FALSE(agree);
                REQUIRE(shown.error().kind == FailureKind::verification_failed);
            } else if (code == "consistency-failed") {
                // Only a proof that is false, or that was given for a log that is another.
                REQUIRE_FALSE(trivial);
                REQUIRE((lie != Lie::none || side != seen_side));
                REQUIRE(shown.error().kind == FailureKind::verification_failed);
            } else if (code == "checkpoint-older") {
                REQUIRE((size < seen.tree_size && older == Older::refused));
                REQUIRE(shown.error().kind == FailureKind::undecidable);
            } else {
                REQUIRE(code == "consistency-missing");
                REQUIRE(lie == Lie::refused);
                REQUIRE(shown.error().kind == FailureKind::undecidable);
            }
        }
    }
    CHECK(forks > cases_to_run() / 10);
}

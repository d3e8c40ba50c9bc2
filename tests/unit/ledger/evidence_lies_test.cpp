// A server that lies about the answer, driven by a seed: every kind of lie, many times each.
// CONSENTREE_LIES=10000 is the long form.
#include "tests/unit/ledger/evidence_fixture.h"

#include <functional>

namespace consentree::ledger::test {
namespace {

int rounds() {
    const char* asked = std::getenv("CONSENTREE_LIES");
    return asked != nullptr ? std::atoi(asked) : 60;
}

struct World {
    Certified ledger{30};
    Evidence bob = ledger.ask(ask_about(IndexKey::subject, "sub:bob"));
    KeyLogHead head_of(const Question& question) const {
        return find_key_log(ledger.network.tables(), map_key_of(question)).value();
    }
    RangeProof range(const Evidence& lie, std::uint64_t begin, std::uint64_t end) const {
        return key_log_proof(ledger.network.tables(), head_of(lie.question),
                             decode_map_value(*lie.value)->count, begin, end)
            .value();
    }
};

using Random = std::mt19937;
struct Lie {
    const char* name;
    ProofVerdict verdict;
    // Changes the truth; false: this truth cannot be changed so.
    std::function<bool(const World&, Evidence&, Random&)> tell;
};

template <class Items>
auto any_of(Items& items, Random& random) {
    return items.begin() + static_cast<std::ptrdiff_t>(random() % items.size());
}

// Takes entry k and its leaf out; its transaction says so too.
void drop(Evidence& lie, std::size_t k) {
    lie.entries.erase(lie.entries.begin() + static_cast<std::ptrdiff_t>(k));
    lie.leaves.erase(lie.leaves.begin() + static_cast<std::ptrdiff_t>(k));
    for (auto run = lie.transactions.begin(); run != lie.transactions.end(); ++run) {
        if (k >= run->entries) {
            k -= run->entries;
            continue;
        }
        if (--run->entries == 0) lie.transactions.erase(run);
        return;
    }
}

void flip(Bytes& bytes, Random& random) {
    *any_of(bytes, random) ^= static_cast<std::uint8_t>(1U << (random() % 8));
}

std::vector<Lie> lies_about_entries() {
    constexpr auto failed = ProofVerdict::failed;
    return {
        {"one entry is left out", failed,
         [](const World&, Evidence& lie, Random& random) {
             drop(lie, random() % lie.entries.size());
             return true;
         }},
        {"one is left out and the range says so", failed,
         [](const World& world, Evidence& lie, Random& random) {
             const bool last = random() % 2 == 0;
             drop(lie, last ? lie.entries.size() - 1 : 0);
             const std::uint64_t begin = first_position(lie) + (last ? 0 : 1);
             const std::uint64_t end = end_position(lie) - (last ? 1 : 0);
             if (last) lie.after.reset();
             if (!last) lie.before.reset();
             const std::uint64_t with_before = begin - (lie.before ? 1 : 0);
             lie.range = world.range(lie, with_before, end + (lie.after ? 1 : 0));
             return true;
         }},
        {"one is left out and called a neighbour", failed,
         [](const World& world, Evidence& lie, Random&) {
             const Bytes entry = lie.entries.back();
             const EntryHead head = decode_entry(entry)->head;
             const std::uint64_t end = end_position(lie);
             lie.after = to_bytes(encode(IndexRecord{head.kind, 0, lie.leaves.back(),
                                                     head.commit_time_us, leaf_hash(entry)}));
             drop(lie, lie.entries.size() - 1);
             lie.range = world.range(lie, lie.range.begin, end);
             return true;
         }},
        {"two change places", failed,
         [](const World&, Evidence& lie, Random& random) {
             const auto a = random() % lie.entries.size(), b = random() % lie.entries.size();
             std::swap(lie.entries[a], lie.entries[b]);
             if (random() % 2 == 0) std::swap(lie.leaves[a], lie.leaves[b]);
             return true;
         }},
        {"one stands there twice", failed,
         [](const World&, Evidence& lie, Random& random) {
             const auto k = static_cast<std::ptrdiff_t>(random() % lie.entries.size());
             lie.entries.insert(lie.entries.begin() + k,
                                Bytes(lie.entries[static_cast<std::size_t>(k)]));
             lie.leaves.insert(lie.leaves.begin() + k, lie.leaves[static_cast<std::size_t>(k)]);
             return true;
         }},
        {"the list is cut short", failed,
         [](const World&, Evidence& lie, Random& random) {
             const std::size_t left = random() % lie.entries.size();
             lie.entries.resize(left);
             if (random() % 2 == 0) lie.leaves.resize(left);
             return true;
         }},
        {"a bit of an entry is turned", failed,
         [](const World&, Evidence& lie, Random& random) {
             flip(*any_of(lie.entries, random), random);
             return true;
         }},
    };
}

std::vector<Lie> lies_about_authors() {
    constexpr auto failed = ProofVerdict::failed;
    return {
        {"a leaf's place is another", failed,
         [](const World&, Evidence& lie, Random& random) {
             *any_of(lie.leaves, random) += 1 + random() % 3;
             return true;
         }},
        {"an author's header is another's", failed,
         [](const World& world, Evidence& lie, Random& random) {
             SignedRun& run = *any_of(lie.transactions, random);
             Evidence other = world.bob;
             run.header = any_of(other.transactions, random)->header;
             return true;
         }},
        {"a bit of a signature is turned", failed,
         [](const World&, Evidence& lie, Random& random) {
             Signature& signature = any_of(lie.transactions, random)->signature;
             signature.bytes[random() % 64] ^= static_cast<std::uint8_t>(1U << (random() % 8));
             return true;
         }},
        {"an entry's transaction is left out", failed,
         [](const World&, Evidence& lie, Random& random) {
             lie.transactions.erase(any_of(lie.transactions, random));
             return true;
         }},
    };
}

std::vector<Lie> lies_about_proofs() {
    constexpr auto failed = ProofVerdict::failed;
    return {
        {"the proof of another key", failed,
         [](const World& world, Evidence& lie, Random& random) {
             if (random() % 3 != 0) lie.map_proof = world.bob.map_proof;
             if (random() % 3 != 0) lie.value = world.bob.value;
             return true;
         }},
        {"another key's answer", failed,
         [](const World& world, Evidence& lie, Random&) {
             const Question asked = lie.question;
             lie = world.bob;
             lie.question = asked;
             return true;
         }},
        {"a key that is there is called absent", failed,
         [](const World& world, Evidence& lie, Random& random) {
             Evidence absent =
                 world.ledger.ask(ask_about(IndexKey::actor, "no" + std::to_string(random())));
             absent.question = lie.question;
             absent.as_of = lie.as_of;
             lie = absent;
             return true;
         }},
        {"a bit of the SEAL is turned", failed,
         [](const World&, Evidence& lie, Random& random) {
             lie.seal[random() % lie.seal.size()] ^= static_cast<std::uint8_t>(1U << random() % 8);
             return true;
         }},
        {"a bit of the map's proof or value is turned", failed,
         [](const World&, Evidence& lie, Random& random) {
             flip(random() % 2 == 0 ? *lie.value : lie.map_proof, random);
             return true;
         }},
    };
}

std::vector<Lie> lies_about_ranges() {
    constexpr auto failed = ProofVerdict::failed;
    constexpr auto undecidable = ProofVerdict::undecidable;
    return {
        {"the range proof is another", failed,
         [](const World&, Evidence& lie, Random& random) {
             auto& side = random() % 2 == 0 ? lie.range.left : lie.range.right;
             if (side.empty()) {
                 lie.range.end += 1;
             } else {
                 any_of(side, random)->bytes[random() % 32] ^= 1;
             }
             return true;
         }},
        {"a neighbour is hidden or changed", failed,
         [](const World&, Evidence& lie, Random& random) {
             auto& neighbour = random() % 2 == 0 ? lie.before : lie.after;
             if (!neighbour) return false;
             if (random() % 2 == 0) {
                 neighbour.reset();
             } else {
                 flip(*neighbour, random);
             }
             return true;
         }},
        {"the earlier SEAL is of another height", failed,
         [](const World& world, Evidence& lie, Random& random) {
             if (!lie.as_of) return false;
             Question other = lie.question;
             other.as_of_height = 1 + random() % 20;
             if (other.as_of_height == lie.question.as_of_height) return false;
             lie.as_of = world.ledger.ask(other).as_of;
             return true;
         }},
        {"the moment asked about is moved", failed,
         [](const World&, Evidence& lie, Random& random) {
             if (!lie.as_of) return false;
             lie.question.as_of_height = *lie.question.as_of_height - 1 - random() % 2;
             return true;
         }},
        {"a moment that is yet to come", undecidable,
         [](const World&, Evidence& lie, Random& random) {
             lie.as_of.reset();
             lie.question.as_of_time.reset();
             lie.question.as_of_height = 1'000 + random();
             return true;
         }},
    };
}

std::vector<Lie> lies_about_signers() {
    constexpr auto undecidable = ProofVerdict::undecidable;
    const auto with_note = [](const World& world, Evidence& lie,
                              const std::vector<std::pair<std::uint8_t, std::uint64_t>>& signers) {
        TlogProof proof = parse_tlog_proof(lie.seal_proof).value();
        const Tip tip = load_tip(world.ledger.network.tables()).value();
        proof.checkpoint =
            test_note(world.ledger.validators, {test_origin, tip.tree_size, tip.root}, signers);
        lie.seal_proof = format_tlog_proof(proof);
        return true;
    };
    return {
        {"2f signatures", undecidable,
         [with_note](const World& world, Evidence& lie, Random& random) {
             const auto a = static_cast<std::uint8_t>(random() % 4);
             const auto b = static_cast<std::uint8_t>((a + 1 + random() % 3) % 4);
             return with_note(world, lie, {{a, 1'795'000'001}, {b, 1'795'000'000 + random() % 9}});
         }},
        {"one signer twice", undecidable,
         [with_note](const World& world, Evidence& lie, Random& random) {
             const auto a = static_cast<std::uint8_t>(random() % 4);
             const auto b = static_cast<std::uint8_t>((a + 1 + random() % 3) % 4);
             return with_note(world, lie,
                              {{a, 1'795'000'001}, {b, 1'795'000'002}, {b, 1'795'000'003}});
         }},
        {"a bit of the note is turned", ProofVerdict::failed,
         [](const World&, Evidence& lie, Random& random) {
             // In the checkpoint's root, which the tree then contradicts.
             const std::size_t note = lie.seal_proof.find(test_origin);
             const std::size_t root =
                 lie.seal_proof.find('\n', lie.seal_proof.find('\n', note) + 1);
             char& digit = lie.seal_proof[root + 1 + random() % 42];
             digit = digit == 'A' ? 'B' : 'A';
             return true;
         }},
    };
}

void tell_all(const std::vector<Lie>& lies, unsigned seed) {
    const World world;
    Random random(seed);
    const Height newest = load_tip(world.ledger.network.tables())->height;
    for (const Lie& lie : lies) {
        int told = 0;
        for (int round = 0; told < rounds() && round < 20 * rounds(); ++round) {
            Question question = random() % 2 == 0 ? about_alice : about_c1;
            if (random() % 2 == 0)
                question.from = world.ledger.first + static_cast<TimeMs>(random() % 9'000);
            if (random() % 2 == 0)
                question.to = world.ledger.first + 15'000 + static_cast<TimeMs>(random() % 15'000);
            if (random() % 2 == 0) question.as_of_height = 20 + random() % (newest - 20);
            const Evidence truth = world.ledger.ask(question);
            Evidence told_one = truth;
            if (truth.entries.size() < 2 || !lie.tell(world, told_one, random)) continue;
            if (told_one == truth) continue;
            ++told;
            const EvidenceReport report = world.ledger.check(told_one);
            INFO(lie.name << ", " << told << ": " << report.reason.code << " "
                          << report.reason.detail);
            CHECK(report.verdict != ProofVerdict::verified);
            // A turned bit may make a format unknown; else there is one right word.
            if (!report.reason.code.ends_with("-unsupported")) CHECK(report.verdict == lie.verdict);
        }
        INFO(lie.name);
        CHECK(told == rounds());
    }
}

}  // namespace

TEST_CASE("evidence: no lie about entries is believed") {
    tell_all(lies_about_entries(), 5);
    tell_all(lies_about_authors(), 8);
}

TEST_CASE("evidence: no lie about proofs is believed") {
    tell_all(lies_about_proofs(), 6);
    tell_all(lies_about_ranges(), 9);
}

TEST_CASE("evidence: no lie about signers is believed") {
    tell_all(lies_about_signers(), 7);
}

}  // namespace consentree::ledger::test

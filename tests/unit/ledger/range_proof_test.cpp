#include "ledger/range_proof.h"

#include "log_fixture.h"

#include <bit>

using namespace consentree;
using namespace consentree::ledger;
using namespace consentree::ledger::test;

namespace {

// MTH of RFC 6962 2.1 from the root down: a whole subtree beside the range is the proof's next
// hash of that side, everything else is split or is a leaf of the range.
class Model {
public:
    Model(const RangeProof& proof, const std::vector<Hash>& leaves)
        : proof_(proof), leaves_(leaves) {}

    bool holds(std::uint64_t size, const Hash& root) {
        if (proof_.begin > proof_.end || proof_.end > size) return false;
        const Hash hash = size == 0 ? empty_root() : root_of_part(0, size);
        return is_complete_ && left_ == proof_.left.size() && right_ == proof_.right.size() &&
               leaf_ == leaves_.size() && hash == root;
    }

private:
    Hash root_of_part(std::uint64_t begin, std::uint64_t end) {
        const std::uint64_t width = end - begin;
        const bool is_whole = std::has_single_bit(width);
        if (is_whole && end <= proof_.begin) return next(proof_.left, left_);
        if (is_whole && begin >= proof_.end) return next(proof_.right, right_);
        if (width == 1) return next(leaves_, leaf_);
        const std::uint64_t middle = begin + std::bit_floor(width - 1);
        const Hash left = root_of_part(begin, middle);
        return node_hash(left, root_of_part(middle, end));
    }
    Hash next(const std::vector<Hash>& hashes, std::size_t& at) {
        if (at < hashes.size()) return hashes[at++];
        is_complete_ = false;
        return Hash();
    }

    const RangeProof& proof_;
    const std::vector<Hash>& leaves_;
    std::size_t left_ = 0, right_ = 0, leaf_ = 0;
    bool is_complete_ = true;
};

std::vector<Hash> part_of(const std::vector<Hash>& leaves, std::uint64_t begin, std::uint64_t end) {
    return {leaves.begin() + static_cast<long>(begin), leaves.begin() + static_cast<long>(end)};
}

template <class Visit>
void for_each_range(std::uint64_t sizes, Visit visit) {
    for (std::uint64_t size = 0; size < sizes; ++size) {
        const std::vector<Hash> leaves = test_leaves(size);
        for (std::uint64_t begin = 0; begin <= size; ++begin) {
            for (std::uint64_t end = begin; end <= size; ++end) visit(leaves, begin, end);
        }
    }
}

bool is_refused(const Result<void>& result, Errc code) {
    return result.has_error() && result.error() == make_error_code(code);
}

// What follows changes one of the lists that a verifier gets, in every place: wrong hashes make
// another root, wrong counts cannot be.
template <class Verify>
void spoil_hashes(std::vector<Hash>& hashes, Verify verify) {
    const std::vector<Hash> good = hashes;
    for (std::size_t i = 0; i < good.size(); ++i) {
        hashes[i].bytes[i % 32] ^= 0x80;
        REQUIRE(is_refused(verify(), Errc::proof_failed));
        hashes = good;
        const auto at = static_cast<std::ptrdiff_t>(i);
        hashes.erase(hashes.begin() + at);
        REQUIRE(is_refused(verify(), Errc::malformed));
        hashes = good;
        hashes.insert(hashes.begin() + at, good[i]);
        REQUIRE(is_refused(verify(), Errc::malformed));
        hashes = good;
        if (i == 0) continue;
        std::swap(hashes[i - 1], hashes[i]);
        REQUIRE(is_refused(verify(), Errc::proof_failed));
        hashes = good;
    }
    hashes.push_back(test_leaf(9999));
    REQUIRE(is_refused(verify(), Errc::malformed));
    hashes = good;
}

RangeProof sample_proof() {
    return range_proof(test_leaves(39), 6, 17);
}

}  // namespace

TEST_CASE("range proof: every range of every tree below 40 verifies") {
    for_each_range(40, [](const std::vector<Hash>& leaves, std::uint64_t begin, std::uint64_t end) {
        const std::vector<Hash> part = part_of(leaves, begin, end);
        const RangeProof proof = range_proof(leaves, begin, end);
        REQUIRE(verify_range(proof, part, leaves.size(), root_of(leaves)));
        REQUIRE(Model(proof, part).holds(leaves.size(), root_of(leaves)));
        REQUIRE(decode_range_proof(encode(proof)).value() == proof);
    });
}

TEST_CASE("range proof: ranges of a larger tree verify") {
    const std::vector<Hash> leaves = test_leaves(1000);
    const Hash root = root_of(leaves);
    for (std::uint64_t begin = 0; begin <= 1000; begin += 37) {
        for (std::uint64_t end = begin; end <= 1000; end += 61) {
            const std::vector<Hash> part = part_of(leaves, begin, end);
            REQUIRE(verify_range(range_proof(leaves, begin, end), part, 1000, root));
        }
    }
}

TEST_CASE("range proof: the sides are the maximal aligned subtrees") {
    using Subtrees = std::vector<Subtree>;
    CHECK(subtrees_before(0).empty());
    CHECK(subtrees_before(8) == Subtrees{{3, 0}});
    CHECK(subtrees_before(13) == Subtrees{{3, 0}, {2, 2}, {0, 12}});
    CHECK(subtrees_after(0, 0).empty());
    CHECK(subtrees_after(7, 7).empty());
    CHECK(subtrees_after(0, 7) == Subtrees{{2, 0}, {1, 2}, {0, 6}});
    CHECK(subtrees_after(5, 10) == Subtrees{{0, 5}, {1, 3}, {1, 4}});
    CHECK(subtrees_after(1, 7) == Subtrees{{0, 1}, {1, 1}, {1, 2}, {0, 6}});

    const std::uint64_t most = ~std::uint64_t{0};
    CHECK(subtrees_before(most).size() == 64);
    CHECK(subtrees_after(1, most).size() == 126);
    CHECK(subtrees_after(most, most).empty());
    // The most that a tree of 2^33 leaves can need is what an encoded proof can hold.
    const std::uint64_t wide = std::uint64_t{1} << 33;
    CHECK(subtrees_after(1, wide - 1).size() == range_proof_hashes);
}

TEST_CASE("range proof: a wrong hash on a side or in the range fails") {
    for_each_range(20, [](const std::vector<Hash>& leaves, std::uint64_t begin, std::uint64_t end) {
        const Hash root = root_of(leaves);
        std::vector<Hash> part = part_of(leaves, begin, end);
        RangeProof proof = range_proof(leaves, begin, end);
        const auto verify = [&] { return verify_range(proof, part, leaves.size(), root); };
        spoil_hashes(proof.left, verify);
        spoil_hashes(proof.right, verify);
        spoil_hashes(part, verify);
        REQUIRE(is_refused(verify_range(proof, part, leaves.size(), test_leaf(9999)),
                           Errc::proof_failed));
        std::swap(proof.left, proof.right);
        REQUIRE(verify().has_value() == (proof.left == proof.right));
        std::swap(proof.left, proof.right);
        REQUIRE(verify());
    });
}

TEST_CASE("range proof: the same hashes prove no other range of the tree") {
    for_each_range(14, [](const std::vector<Hash>& leaves, std::uint64_t begin, std::uint64_t end) {
        const Hash root = root_of(leaves);
        const std::vector<Hash> part = part_of(leaves, begin, end);
        const RangeProof good = range_proof(leaves, begin, end);
        for (std::uint64_t other = 0; other <= leaves.size() + 2; ++other) {
            RangeProof bad = good;
            bad.begin = other;
            const bool is_begin = other == begin;
            REQUIRE(verify_range(bad, part, leaves.size(), root).has_value() == is_begin);
            bad.end = other + part.size();  // Moved, with as many leaves.
            REQUIRE(verify_range(bad, part, leaves.size(), root).has_value() == is_begin);
            bad = good;
            bad.end = other;
            const bool is_end = other == end;
            REQUIRE(verify_range(bad, part, leaves.size(), root).has_value() == is_end);
        }
    });
}

// As in any proof of RFC 6962 the last subtree's hash does not show its width: [0, 1) of 3 and of 4
// leaves are hashed alike. Another size passes only where the definition gives the same root for
// it.
TEST_CASE("range proof: another size fails unless its tree has the same shape") {
    int refused = 0;
    int same = 0;
    for_each_range(18,
                   [&](const std::vector<Hash>& leaves, std::uint64_t begin, std::uint64_t end) {
                       const Hash root = root_of(leaves);
                       const std::vector<Hash> part = part_of(leaves, begin, end);
                       const RangeProof proof = range_proof(leaves, begin, end);
                       for (std::uint64_t size = 0; size < 40; ++size) {
                           if (size == leaves.size()) continue;
                           const bool holds = verify_range(proof, part, size, root).has_value();
                           REQUIRE(holds == Model(proof, part).holds(size, root));
                           // Without a right side the range ends the tree: no other size does.
                           if (proof.right.empty()) REQUIRE_FALSE(holds);
                           ++(holds ? same : refused);
                       }
                   });
    CHECK(same > 0);
    CHECK(refused > 20 * same);
}

TEST_CASE("range proof: numbers that cannot be are malformed") {
    const Hash leaf = test_leaf(0);
    const auto verify = [&](std::uint64_t begin, std::uint64_t end, std::uint64_t size) {
        RangeProof proof;
        proof.begin = begin;
        proof.end = end;
        return verify_range(proof, {leaf}, size, leaf);
    };
    const std::uint64_t most = ~std::uint64_t{0};
    CHECK(verify(0, 1, 1).has_value());
    CHECK(is_refused(verify(0, 1, 0), Errc::malformed));
    CHECK(is_refused(verify(1, 2, 1), Errc::malformed));
    CHECK(is_refused(verify(1, 0, 1), Errc::malformed));
    CHECK(is_refused(verify(most, 0, most), Errc::malformed));
    CHECK(is_refused(verify(0, most, most), Errc::malformed));
    CHECK(is_refused(verify(most - 1, most, most), Errc::malformed));
    CHECK(is_refused(verify(0, 1, most), Errc::malformed));

    CHECK(verify_range(RangeProof(), {}, 0, empty_root()).has_value());
    CHECK(is_refused(verify_range(RangeProof(), {}, 0, leaf), Errc::proof_failed));
    CHECK(is_refused(verify_range(RangeProof(), {}, 1, empty_root()), Errc::malformed));
    CHECK(is_refused(verify_range(RangeProof(), {leaf}, 0, leaf), Errc::malformed));
}

TEST_CASE("range proof: reaches to the largest sizes") {
    const std::uint64_t most = ~std::uint64_t{0};
    RangeProof proof;
    proof.begin = most - 3;
    proof.end = most - 1;
    proof.left = test_leaves(subtrees_before(proof.begin).size());
    proof.right = {test_leaf(100)};
    const std::vector<Hash> part = {test_leaf(101), test_leaf(102)};
    Hash root = node_hash(part[0], part[1]);
    root = node_hash(root, proof.right[0]);
    for (std::size_t i = proof.left.size(); i-- > 0;) root = node_hash(proof.left[i], root);
    CHECK(verify_range(proof, part, most, root).has_value());
    CHECK(is_refused(verify_range(proof, part, most - 1, root), Errc::malformed));
}

TEST_CASE("range proof: its bytes are these") {
    RangeProof proof;
    proof.begin = 0x0102030405060708;
    proof.end = 0x1112131415161718;
    proof.left.resize(1);
    proof.left[0].bytes.fill(0xaa);
    proof.right.resize(2);
    proof.right[0].bytes.fill(0xbb);
    proof.right[1].bytes.fill(0xcc);
    CHECK(to_hex(encode(proof)) ==
          "01020304050607081112131415161718"
          "00000001"
          "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
          "00000002"
          "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
          "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc");
    CHECK(decode_range_proof(encode(proof)).value() == proof);
}

TEST_CASE("range proof: decoding refuses cuts, tails and counts above the bound") {
    const RangeProof proof = sample_proof();
    const Bytes good = encode(proof);
    CHECK(encode(decode_range_proof(good).value()) == good);
    for (std::size_t count = 0; count < good.size(); ++count) {
        const auto cut = decode_range_proof(BytesView(good).first(count));
        REQUIRE(cut.has_error());
        REQUIRE(cut.error() == make_error_code(Errc::truncated));
    }
    Bytes bad = good;
    for (int i = 0; i < 40; ++i) {
        bad.push_back(0);
        CHECK(decode_range_proof(bad).error() == make_error_code(Errc::trailing_bytes));
    }
    const std::size_t right_count = 20 + proof.left.size() * 32;
    for (const std::size_t at : {std::size_t{16}, right_count}) {
        bad = good;
        bad[at] = 0xff;
        CHECK(decode_range_proof(bad).error() == make_error_code(Errc::too_large));
        bad = good;
        bad[at + 3] = range_proof_hashes + 1;
        CHECK(decode_range_proof(bad).error() == make_error_code(Errc::too_large));
        bad[at + 3] = range_proof_hashes;
        CHECK(decode_range_proof(bad).error() == make_error_code(Errc::truncated));
    }
    RangeProof wide;
    wide.left = test_leaves(range_proof_hashes);
    wide.right = test_leaves(range_proof_hashes);
    CHECK(decode_range_proof(encode(wide)).value() == wide);
    wide.right.push_back(test_leaf(1));
    CHECK(decode_range_proof(encode(wide)).error() == make_error_code(Errc::too_large));
}

TEST_CASE("range proof: leaves at any places are proven, and no others") {
    std::uint32_t seed = 1;
    const auto random = [&seed] { return (seed = seed * 1'664'525 + 1'013'904'223) >> 8; };
    for (std::uint64_t size = 1; size <= 70; ++size) {
        const std::vector<Hash> leaves = test_leaves(size);
        const Hash root = root_of(leaves);
        for (int round = 0; round < 8; ++round) {
            std::vector<std::uint32_t> positions;
            for (std::uint32_t at = 0; at < size; ++at) {
                if (random() % (1 + static_cast<unsigned>(round)) == 0) positions.push_back(at);
            }
            if (positions.empty()) continue;
            std::vector<Hash> chosen;
            for (const std::uint32_t at : positions) chosen.push_back(leaves[at]);
            const std::vector<Hash> proof = leaves_proof(leaves, positions);
            REQUIRE(verify_leaves(proof, positions, chosen, size, root));
            // Another leaf, place, size or proof does not hold.
            std::vector<Hash> other = chosen;
            other[random() % other.size()].bytes[3] ^= 1;
            CHECK_FALSE(verify_leaves(proof, positions, other, size, root));
            if (!proof.empty()) {
                std::vector<Hash> less(proof.begin(), proof.end() - 1);
                CHECK_FALSE(verify_leaves(less, positions, chosen, size, root));
                std::vector<std::uint32_t> moved = positions;
                if (moved.back() + 1 < size) {
                    ++moved.back();
                    CHECK_FALSE(verify_leaves(proof, moved, chosen, size, root));
                }
            }
            std::vector<Hash> more = proof;
            more.push_back(root);
            CHECK_FALSE(verify_leaves(more, positions, chosen, size, root));
            CHECK_FALSE(verify_leaves(proof, positions, chosen, positions.back(), root));
            if (positions.size() > 1) {
                std::swap(positions.front(), positions.back());
                CHECK_FALSE(verify_leaves(proof, positions, chosen, size, root));
            }
        }
    }
}

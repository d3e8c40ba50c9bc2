// A vote guard in a folder of its own, and the words of its tests.
#pragma once

#include "storage/vote_guard.h"
#include "storage/vote_record.h"
#include "tests/unit/storage/temporary_folder.h"

#include <catch2/catch.hpp>
#include <fstream>

namespace guard_test {

using namespace consentree;
using storage::GuardedVote;
using storage::VoteGuard;
using Condition = VoteGuard::Condition;

inline constexpr std::uint8_t notarize = 1, nullify = 2, finalize = 3;

inline SecretKey test_key(std::uint8_t seed = 7) {
    std::array<std::uint8_t, 32> bytes{};
    bytes.fill(seed);
    return SecretKey::from_seed(bytes);
}

inline Hash block(std::uint8_t name) {
    Hash id;
    id.bytes.fill(name);
    return id;
}

inline VoteGuard::Request request(std::uint8_t kind, View view, std::uint8_t name = 0) {
    VoteGuard::Request made{{kind, view, name == 0 ? Hash{} : block(name)}, {}};
    made.preimage = {'v', kind, static_cast<std::uint8_t>(view), name};
    return made;
}

struct GuardFolder {
    TemporaryFolder folder;
    std::filesystem::path file = folder.path / "guard";
    Hash network = block(0xee);

    Checked<std::unique_ptr<VoteGuard>> try_open(Height height = 0, View view = 0) const {
        return VoteGuard::open(file, network, test_key(), height, view);
    }
    // A new one has joined its network.
    std::unique_ptr<VoteGuard> open(Height height = 0, View view = 0) const {
        auto guard = try_open(height, view);
        INFO((guard ? "" : guard.error().detail));
        REQUIRE(guard.has_value());
        if ((*guard)->condition() == Condition::fresh) REQUIRE((*guard)->rejoin(0));
        return std::move(*guard);
    }
    std::string contents() const {
        std::ifstream in(file, std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }
    // In place: the file stays the same one.
    void overwrite(const std::string& bytes) const {
        std::fstream out(file, std::ios::in | std::ios::out | std::ios::binary);
        out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
        REQUIRE(out.good());
    }
    void flip(std::size_t offset) const {
        std::string bytes = contents();
        bytes.at(offset) = static_cast<char>(bytes[offset] ^ 0x10);
        overwrite(bytes);
    }
};

inline std::optional<Signature> sign(VoteGuard& guard, const VoteGuard::Request& wanted) {
    const auto answers = guard.sign({wanted});
    REQUIRE(answers.has_value());
    REQUIRE(answers->size() == 1);
    CHECK((*answers)[0].signature.has_value() == (*answers)[0].reason.empty());
    return (*answers)[0].signature;
}

inline bool signs(VoteGuard& guard, std::uint8_t kind, View view, std::uint8_t name = 0) {
    return sign(guard, request(kind, view, name)).has_value();
}

}  // namespace guard_test

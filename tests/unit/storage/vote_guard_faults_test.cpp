#include "tests/unit/storage/guard_fixture.h"

#include <dlfcn.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cerrno>

using namespace guard_test;

namespace {

// Faults of the disk calls below, for the guard's own file.
struct DiskFaults {
    bool sync_fails = false;
    int writes_until_failure = -1;  // Negative: none fails.
    std::size_t torn_bytes = 0;     // What the failing write still puts on the disk.
    int error = EIO;
};
DiskFaults faults;

}  // namespace

// Take the place of the C library's functions in this program.
extern "C" int fdatasync(int fd) {
    if (faults.sync_fails) {
        errno = faults.error;
        return -1;
    }
    return static_cast<int>(::syscall(SYS_fdatasync, fd));
}

extern "C" ssize_t pwrite(int fd, const void* data, size_t bytes, off_t offset) {
    if (faults.writes_until_failure == 0) {
        if (faults.torn_bytes > 0) {
            [[maybe_unused]] const auto torn =
                ::syscall(SYS_pwrite64, fd, data, std::min(bytes, faults.torn_bytes), offset);
        }
        errno = faults.error;
        return -1;
    }
    if (faults.writes_until_failure > 0) --faults.writes_until_failure;
    return ::syscall(SYS_pwrite64, fd, data, bytes, offset);
}

namespace {

// What the newest record takes in its slot, with its length and authentication.
std::size_t sealed_bytes(const GuardFolder& folder, std::size_t slot) {
    const std::string bytes = folder.contents();
    const auto* at =
        reinterpret_cast<const std::uint8_t*>(bytes.data()) + slot * storage::guard_slot_bytes;
    return 4 +
           ((std::size_t{at[0]} << 24) | (std::size_t{at[1]} << 16) | (std::size_t{at[2]} << 8) |
            at[3]) +
           32;
}

// A guard that has written three times: creation (pair 1), view 1 (pair 0), view 2 (pair 1).
void vote_twice(const GuardFolder& folder) {
    const auto guard = folder.open();
    REQUIRE(signs(*guard, notarize, 1, 'a'));
    REQUIRE(signs(*guard, notarize, 2, 'b'));
}

}  // namespace

TEST_CASE("vote guard: a failed write or sync signs nothing, and is the last") {
    const GuardFolder folder;
    const auto guard = folder.open();
    REQUIRE(signs(*guard, notarize, 1, 'a'));
    faults = {};
    SECTION("sync") {
        faults.sync_fails = true;
    }
    SECTION("first write") {
        faults.writes_until_failure = 0;
    }
    SECTION("second write") {
        faults.writes_until_failure = 1;
    }
    SECTION("full disk") {
        faults.writes_until_failure = 0;
        faults.error = ENOSPC;
    }
    const auto answers = guard->sign({request(notarize, 2, 'a')});
    faults = {};
    REQUIRE(!answers);
    CHECK(answers.error() == Errc::storage_failed);
    CHECK(!guard->sign({request(notarize, 1, 'a')}));
    CHECK(!guard->rejoin(9));
}

TEST_CASE("vote guard: a new guard that cannot be written is refused, and tried again") {
    const GuardFolder folder;
    faults = {};
    faults.sync_fails = true;
    CHECK(!folder.try_open());
    faults = {};
    faults.writes_until_failure = 0;
    CHECK(!folder.try_open());
    faults = {};
    CHECK(folder.try_open().value()->condition() == Condition::fresh);
}

TEST_CASE("vote guard: a write torn at any byte leaves the record before it") {
    const GuardFolder folder;
    vote_twice(folder);
    const std::string before = folder.contents();
    const std::size_t bytes = sealed_bytes(folder, 2) + 105;  // One vote more than view 2's.
    for (std::size_t torn = 0; torn < bytes; ++torn) {
        folder.overwrite(before);
        {
            const auto guard = folder.open();
            faults = {};
            faults.writes_until_failure = 0;
            faults.torn_bytes = torn;
            const auto answers = guard->sign({request(notarize, 3, 'c')});
            faults = {};
            REQUIRE(!answers);
        }
        const auto guard = folder.open();
        REQUIRE(guard->condition() == Condition::sound);
        REQUIRE(guard->votes().size() == 2);
        REQUIRE(guard->votes()[1].vote == request(notarize, 2, 'b').vote);
    }
}

TEST_CASE("vote guard: any one flipped byte of the newest record changes nothing") {
    const GuardFolder folder;
    vote_twice(folder);
    for (const std::size_t slot : {std::size_t{2}, std::size_t{3}}) {
        const std::size_t bytes = sealed_bytes(folder, slot);
        for (std::size_t at = 0; at < bytes; ++at) {
            // The key's own bytes name another key, which is refused and not forgotten.
            const std::size_t key_begins = 4 + 16 + 32;
            if (at >= key_begins && at < key_begins + 32) continue;
            folder.flip(slot * storage::guard_slot_bytes + at);
            {
                const auto guard = folder.open();
                REQUIRE(guard->condition() == Condition::sound);
                REQUIRE(guard->votes().size() == 2);
                REQUIRE(!signs(*guard, nullify, 0));
            }
            folder.flip(slot * storage::guard_slot_bytes + at);
        }
    }
}

TEST_CASE("vote guard: damage to every slot takes its vote until it rejoins") {
    const GuardFolder folder;
    vote_twice(folder);
    for (std::size_t slot = 0; slot < 4; ++slot) folder.flip(slot * storage::guard_slot_bytes + 9);
    {
        const auto guard = folder.open();
        CHECK(guard->condition() == Condition::amnesiac);
        CHECK(!guard->reason().empty());
        CHECK(!signs(*guard, notarize, 3, 'a'));
        guard->raise_floor(5);
    }
    {
        const auto guard = folder.open(5, 5);
        REQUIRE(guard->condition() == Condition::amnesiac);
        REQUIRE(guard->rejoin(7));
        CHECK(guard->condition() == Condition::sound);
        CHECK(guard->reason().empty());
        CHECK(!signs(*guard, notarize, 7, 'a'));
        CHECK(signs(*guard, notarize, 8, 'a'));
    }
    const auto guard = folder.open(5, 5);
    CHECK(guard->condition() == Condition::sound);
    CHECK(guard->floor() == 7);
    CHECK(!signs(*guard, notarize, 7, 'a'));
    CHECK(!signs(*guard, notarize, 8, 'b'));
}

TEST_CASE("vote guard: an emptied file is damage, not a new guard") {
    const GuardFolder folder;
    vote_twice(folder);
    SECTION("cut to nothing") {
        std::filesystem::resize_file(folder.file, 0);
    }
    SECTION("zeroed") {
        folder.overwrite(std::string(folder.contents().size(), '\0'));
    }
    CHECK(folder.open()->condition() == Condition::amnesiac);
    CHECK(folder.open()->condition() == Condition::amnesiac);
}

TEST_CASE("vote guard: a missing file beside a ledger takes its vote until it rejoins") {
    const GuardFolder folder;
    vote_twice(folder);
    std::filesystem::remove(folder.file);
    for (int restarts = 0; restarts < 2; ++restarts) {
        const auto guard = folder.open(2, 2);
        CHECK(guard->condition() == Condition::amnesiac);
        CHECK(!signs(*guard, notarize, 9, 'a'));
    }
    REQUIRE(folder.open(2, 2)->rejoin(4));
    const auto guard = folder.open(2, 2);
    CHECK(guard->condition() == Condition::sound);
    CHECK(!signs(*guard, notarize, 4, 'a'));
    CHECK(signs(*guard, notarize, 5, 'a'));
}

TEST_CASE("vote guard: a copy does not vote, and stays without a vote when moved back") {
    const GuardFolder folder;
    vote_twice(folder);
    const auto copy = folder.folder.path / "copy";
    std::filesystem::copy_file(folder.file, copy);
    std::filesystem::rename(copy, folder.file);
    {
        const auto guard = folder.open();
        CHECK(guard->condition() == Condition::amnesiac);
        CHECK(!signs(*guard, notarize, 3, 'a'));
        CHECK(!signs(*guard, notarize, 1, 'a'));
    }
    CHECK(folder.open()->condition() == Condition::amnesiac);
}

TEST_CASE("vote guard: an older state put back in place is behind its ledger") {
    const GuardFolder folder;
    vote_twice(folder);
    const std::string old = folder.contents();
    REQUIRE(signs(*folder.open(), notarize, 400, 'a'));
    CHECK(folder.open(400, 400)->condition() == Condition::sound);
    folder.overwrite(old);
    CHECK(folder.open(400, 400)->condition() == Condition::amnesiac);
    // What showed it may be gone at the next start; the amnesia is not.
    CHECK(folder.open(2, 2)->condition() == Condition::amnesiac);
}

TEST_CASE("vote guard: following the ledger without voting is no loss of memory") {
    const GuardFolder folder;
    vote_twice(folder);
    const View last = 3000;
    {
        const auto guard = folder.open(2, 2);
        for (View view = 3; view <= last; ++view) guard->raise_floor(view);
        CHECK(guard->votes().empty());
    }
    const auto guard = folder.open(last, last);
    CHECK(guard->condition() == Condition::sound);
    CHECK(guard->floor() > last - 256);
    CHECK(!signs(*guard, notarize, 1, 'b'));
}

TEST_CASE("vote guard: a ledger that lost blocks takes the vote until the node rejoins") {
    const GuardFolder folder;
    {
        const auto guard = folder.open();
        REQUIRE(signs(*guard, finalize, 5, 'a'));
        guard->raise_floor(5);
        REQUIRE(signs(*guard, notarize, 6, 'a'));
    }
    CHECK(folder.open(5, 5)->condition() == Condition::sound);
    CHECK(folder.open(4, 4)->condition() == Condition::amnesiac);
    REQUIRE(folder.open(5, 5)->rejoin(6));
    CHECK(folder.open(5, 5)->condition() == Condition::sound);
}

// Logs of RocksDB's form: a crash may tear the end, and nothing else may be otherwise.
#include "storage/record_log.h"

#include <catch2/catch.hpp>

using namespace consentree;
using namespace consentree::storage;

namespace {

constexpr std::size_t block_bytes = 32 * 1024;

// CRC-32C, bit by bit.
std::uint32_t crc32c(BytesView bytes) {
    std::uint32_t crc = 0xffffffffu;
    for (const std::uint8_t byte : bytes) {
        crc ^= byte;
        for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82f63b78u : 0);
    }
    return ~crc;
}

void append(Bytes& log, std::uint8_t type, BytesView part) {
    Bytes body{type};
    body.insert(body.end(), part.begin(), part.end());
    const std::uint32_t crc = crc32c(body);
    const std::uint32_t masked = ((crc >> 15) | (crc << 17)) + 0xa282ead8u;
    for (int k = 0; k < 4; ++k) log.push_back(static_cast<std::uint8_t>(masked >> (8 * k)));
    log.push_back(static_cast<std::uint8_t>(part.size()));
    log.push_back(static_cast<std::uint8_t>(part.size() >> 8));
    log.insert(log.end(), body.begin(), body.end());
}

// A record in parts over the end of a block, and short ones around it.
Bytes sample_log() {
    Bytes log;
    append(log, 1, Bytes(40, 'a'));
    append(log, 1, Bytes(300, 'b'));
    const std::size_t left = block_bytes - log.size() - 7;
    append(log, 2, Bytes(left, 'c'));
    append(log, 4, Bytes(90, 'c'));
    append(log, 1, Bytes(50, 'd'));
    return log;
}

}  // namespace

TEST_CASE("record log: the checksum is CRC-32C") {
    CHECK(crc32c(as_bytes("123456789")) == 0xe3069283u);
}

TEST_CASE("record log: a whole one") {
    const auto report = check_record_log(sample_log(), crc32c);
    CHECK(report.damage.empty());
    CHECK(report.torn == 0);
    CHECK(report.records == 4);
}

TEST_CASE("record log: cut off anywhere it is torn, never damaged") {
    const Bytes log = sample_log();
    for (std::size_t size = 0; size < log.size(); size += size < 400 || size > 32'700 ? 1 : 997) {
        const auto report = check_record_log(BytesView(log).first(size), crc32c);
        INFO(size);
        CHECK(report.damage.empty());
        CHECK(report.torn <= size);
    }
}

TEST_CASE("record log: any changed byte is damage, and its record is named") {
    const Bytes log = sample_log();
    for (std::size_t at = 0; at < log.size(); at += at < 400 || at > 32'700 ? 1 : 991) {
        for (const std::uint8_t change : {std::uint8_t{1}, std::uint8_t{128}}) {
            Bytes changed = log;
            changed[at] ^= change;
            const auto report = check_record_log(changed, crc32c);
            INFO(at);
            REQUIRE_FALSE(report.damage.empty());
            CHECK(report.damaged_at <= at);
        }
    }
}

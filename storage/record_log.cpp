#include "storage/record_log.h"

#include <algorithm>

namespace consentree::storage {
namespace {

constexpr std::size_t block_bytes = 32 * 1024;
constexpr std::size_t header_bytes = 4 + 2 + 1;  // Checksum, length, type.
enum RecordType : std::uint8_t { zero = 0, full = 1, first = 2, middle = 3, last = 4 };

// RocksDB keeps checksums masked, since its logs may hold checksums.
std::uint32_t mask(std::uint32_t crc) {
    return ((crc >> 15) | (crc << 17)) + 0xa282ead8u;
}

std::uint32_t little_endian(BytesView bytes) {
    std::uint32_t value = 0;
    for (std::size_t k = bytes.size(); k > 0; --k) value = (value << 8) | bytes[k - 1];
    return value;
}

bool is_zero(BytesView bytes) {
    return std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte == 0; });
}

class Walk {
public:
    Walk(BytesView log, const Crc32c& crc) : log_(log), crc_(crc) {}

    RecordLogReport run() {
        while (report_.damage.empty() && report_.torn == 0 && at_ < log_.size()) step();
        // A record of which only the first parts were written.
        if (report_.damage.empty() && report_.torn == 0 && inside_) {
            report_.torn = log_.size() - begun_;
        }
        return report_;
    }

private:
    void damaged(const std::string& what) {
        report_.damaged_at = at_;
        report_.damage = what;
    }

    void step() {
        const std::size_t room = block_bytes - at_ % block_bytes;
        const BytesView rest = log_.subspan(at_, std::min(room, log_.size() - at_));
        if (room < header_bytes) {  // The end of a block, too short for a record.
            if (!is_zero(rest)) return damaged("bytes between two blocks are not zero");
            at_ += rest.size();
            return;
        }
        if (rest.size() < header_bytes) return torn();
        const std::size_t length = little_endian(rest.subspan(4, 2));
        const std::uint8_t type = rest[6];
        if (header_bytes + length > rest.size()) return beyond_the_end(rest);
        if (mask(crc_(rest.subspan(6, 1 + length))) != little_endian(rest.first(4))) {
            return damaged("the checksum of record " + std::to_string(report_.records + 1) +
                           " does not hold");
        }
        take(type, header_bytes + length);
    }

    void take(std::uint8_t type, std::size_t bytes) {
        const bool starts = type == full || type == first;
        if (type < full || type > last || starts == inside_) {
            return damaged("a part of a record stands where it does not belong");
        }
        if (starts) begun_ = at_;
        inside_ = type == first || type == middle;
        if (!inside_) ++report_.records;
        at_ += bytes;
    }

    // Torn, unless what is there holds with the length that it really has, or the log goes on.
    void beyond_the_end(BytesView rest) {
        const bool is_at_end = at_ + rest.size() == log_.size();
        const bool holds = mask(crc_(rest.subspan(6))) == little_endian(rest.first(4));
        if (!is_at_end || holds) return damaged("the length of a record is not its own");
        torn();
    }

    void torn() { report_.torn = log_.size() - (inside_ ? begun_ : at_); }

    BytesView log_;
    const Crc32c& crc_;
    RecordLogReport report_;
    std::size_t at_ = 0;
    std::size_t begun_ = 0;  // Where the record that inside_ speaks of starts.
    bool inside_ = false;
};

}  // namespace

RecordLogReport check_record_log(BytesView log, const Crc32c& crc) {
    return Walk(log, crc).run();
}

}  // namespace consentree::storage

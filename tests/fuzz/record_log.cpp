#include "storage/record_log.h"
#include "tests/fuzz/fuzz.h"

namespace consentree {

// Whatever a log holds, what is said of it lies within it; and nothing is both torn and damaged.
void fuzz(BytesView input) {
    const auto crc = [](BytesView bytes) {
        std::uint32_t sum = 0;  // Any sum will do, and this one is easily met.
        for (const std::uint8_t byte : bytes) sum += byte;
        return sum & 0xff;
    };
    const auto report = storage::check_record_log(input, crc);
    CT_ASSERT(report.damage.empty() || (report.torn == 0 && report.damaged_at < input.size()));
    CT_ASSERT(report.torn <= input.size());
}

}  // namespace consentree

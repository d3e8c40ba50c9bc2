// The form of RocksDB's write-ahead logs and manifests: records with a checksum each, in blocks of
// 32 KiB. RocksDB itself takes a damaged end for one that a crash tore; this tells them apart.
#pragma once

#include "common/bytes.h"

#include <cstdint>
#include <functional>
#include <string>

namespace consentree::storage {

// CRC-32C of these bytes.
using Crc32c = std::function<std::uint32_t(BytesView)>;

struct RecordLogReport {
    std::uint64_t records = 0;  // Whole ones.
    // The first damage: where it is, and what is wrong there; empty if there is none.
    std::uint64_t damaged_at = 0;
    std::string damage;
    // Bytes at the end that belong to a write that never finished.
    std::uint64_t torn = 0;
};
// Pure; takes any bytes.
RecordLogReport check_record_log(BytesView log, const Crc32c& crc);

}  // namespace consentree::storage

// What the files of a RocksDB folder are, by their names.
#pragma once

#include <cstdint>
#include <string_view>

namespace consentree::storage {

enum class RocksFile : std::uint8_t {
    current,
    identity,
    lock,
    text_log,  // What older versions of this program let RocksDB say in words.
    table,
    blob,
    log,
    manifest,
    options,
    temporary,
    unknown,
};
RocksFile rocks_file(std::string_view name);

}  // namespace consentree::storage

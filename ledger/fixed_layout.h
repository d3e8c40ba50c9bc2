// Big-endian integers in layouts of a fixed size. Private to ledger; pure.
#pragma once

#include <cstdint>

namespace consentree::ledger {

// Writes value at `at`; returns the place after it.
template <class T>
std::uint8_t* put(std::uint8_t* at, T value) {
    for (int shift = static_cast<int>(sizeof(T)) * 8 - 8; shift >= 0; shift -= 8) {
        *at++ = static_cast<std::uint8_t>(value >> shift);
    }
    return at;
}

}  // namespace consentree::ledger

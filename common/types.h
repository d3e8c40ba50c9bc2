// The counters and instants that every layer names. Nothing here reads a clock.
#pragma once

#include <cstdint>

namespace consentree {

using Height = std::uint64_t;          // Committed blocks, from 1; 0 is genesis.
using View = std::uint64_t;            // Simplex views, from 1; 0 is genesis.
using Epoch = std::uint32_t;           // Validator sets, from 1.
using ValidatorIndex = std::uint16_t;  // Place in the validator set, from 0.
using TimeUs = std::uint64_t;          // Microseconds: block time (since 1970) or monotonic time.
using TimeMs = std::int64_t;           // Milliseconds since 1970-01-01T00:00:00Z, in records.

}  // namespace consentree

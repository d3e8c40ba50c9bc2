// What can go wrong, as values. Result for machine-level reasons, Checked where a person
// must be told what to mend.
#pragma once

#include <boost/system/result.hpp>
#include <string>
#include <type_traits>

namespace consentree {

enum class Errc {
    truncated = 1,   // The input ended early.
    trailing_bytes,  // The input goes on after its value.
    too_large,       // A length or count is above its limit.
    malformed,       // The bytes break their grammar.
    not_canonical,   // The value is fine, the encoding is not its only one.
    bad_signature,   // A signature does not verify.
    unknown_key,     // A key that nobody registered.
    wrong_network,   // Made for another network.
    wrong_epoch,     // Made for another validator set.
    not_found,
    conflict,        // It contradicts what is already promised or stored.
    storage_failed,  // The disk refused or lied; the process must stop.
    timed_out,
    unreachable,  // The peer or node could not be talked to.
    closed,
    proof_failed,  // A proof or quorum does not hold: tampering or a fork.
    undecidable,   // Cannot be verified with what is at hand.
    unsupported,   // A version or feature that this build does not know.
    refused,       // A rule said no.
    busy,          // A bounded queue is full.
};

const boost::system::error_category& errc_category();

inline boost::system::error_code make_error_code(Errc code) {
    return {static_cast<int>(code), errc_category()};
}

template <class T>
using Result = boost::system::result<T>;

// Why an input was refused: a stable code, a sentence, where (JSON Pointer), what to do.
struct Refusal {
    std::string code;
    std::string detail;
    std::string pointer;
    std::string hint;
};

[[noreturn]] void throw_exception_from_error(const Refusal& refusal,
                                             const boost::source_location& where);

template <class T>
using Checked = boost::system::result<T, Refusal>;

}  // namespace consentree

template <>
struct boost::system::is_error_code_enum<consentree::Errc> : std::true_type {};

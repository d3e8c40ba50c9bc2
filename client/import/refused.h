// Why a source document was not taken: where in it, by which rule, in a sentence.
#pragma once

#include <boost/system/result.hpp>
#include <string>

namespace consentree::client::mapping {

struct Refused {
    std::string pointer;  // JSON Pointer into the source; "" is the whole document.
    std::string rule;     // Stable name: "json-duplicate-key", "rebit-aa/view-keeps-nothing".
    std::string detail;

    bool operator==(const Refused&) const = default;
};

[[noreturn]] void throw_exception_from_error(const Refused& refused,
                                             const boost::source_location& where);

}  // namespace consentree::client::mapping

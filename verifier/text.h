// Reports for people and for programs: the sentences of `consentree verify` and
// `consentree-verify`. Pure.
#pragma once

#include "verifier/report.h"

#include <string_view>

namespace consentree::verifier {

// Control characters and invalid UTF-8 from a node or a file cannot drive the terminal.
std::string printable(std::string_view text);
// "18 240"
std::string grouped(std::uint64_t number);

// Of a report that is verified; file is its name for the reader. Lines, each with its newline.
std::string to_text(const Report& report, std::string_view file);
// Of any report: one JSON object.
std::string to_json(const Report& report);

// What to say of a report that is not verified.
struct Complaint {
    std::string code;  // "receipt-failed"
    std::string what, why, hint;
};
Complaint complaint_of(const Report& report, std::string_view file);

}  // namespace consentree::verifier

// The named reports as data: what each answers, about which keys, and what narrows it. Shared by
// the node, which lists them, and the client, which makes them. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace consentree::client::api {

// One of the questions that compliance officers ask (docs/questions.md).
struct ReportInfo {
    unsigned number = 0;
    std::string_view name;
    std::string_view question;
    std::string_view articles;  // What it is asked for.
    std::string_view keys;      // Whom it may be about, separated by spaces.
    std::string_view demands;   // Parameters that it cannot do without, separated by spaces.
    std::string_view takes;     // Those that mean something to it alone.
};
const std::vector<ReportInfo>& reports();
// The parameters that every report takes.
const std::vector<std::string_view>& report_parameters();
std::string format_reports();

}  // namespace consentree::client::api

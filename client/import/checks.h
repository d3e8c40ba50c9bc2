// The checks of a mapping: rules of the source standard that a document must keep, so that a
// record is never made from one that contradicts itself. Pure functions.
#pragma once

#include "client/import/mapping.h"
#include "client/import/paths.h"
#include "client/import/refused.h"

namespace consentree::client::mapping {

struct CheckKind {
    std::string_view name;
    std::size_t operands;  // How many paths it takes; 0: two to sixteen.
    bool needs_is;
};
inline constexpr CheckKind check_kinds[] = {
    {"lt", 2, false},      {"le", 2, false},     {"given", 1, false}, {"int", 1, false},
    {"decimal", 1, false}, {"url", 1, false},    {"only", 1, true},   {"some", 1, true},
    {"exists", 1, false},  {"absent", 1, false}, {"count", 1, false}, {"distinct", 1, false},
    {"same", 0, false},
};

// Nothing if the check holds or does not apply. record is the record made so far.
std::optional<Refused> run_check(const Check& check, Paths& paths, const nlohmann::json& record);

}  // namespace consentree::client::mapping

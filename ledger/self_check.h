// What a node looks at before it signs anything: do its newest rows give the root that its tip
// names? The whole ledger is for `consentree audit ledger`.
#pragma once

#include "ledger/tip.h"

namespace consentree::ledger {

// Leaves whose bytes a start reads again, the newest ones: some ten milliseconds.
inline constexpr std::uint64_t self_check_leaves = 16 * 1024;

// What is wrong, in words; nothing if all is well. Takes any rows.
std::optional<std::string> find_damage(const Reader& reader, const Tip& tip);

}  // namespace consentree::ledger

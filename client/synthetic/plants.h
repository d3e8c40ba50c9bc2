// The violations that are planted in synthetic data: each a small scene with a consent of its own,
// and what must be found of it.
#pragma once

#include "client/synthetic/session.h"

#include <string_view>
#include <vector>

namespace consentree::client::synthetic {

// The kinds: of accesses that are denied, and of what else goes wrong.
const std::vector<std::string_view>& denied_kinds();
const std::vector<std::string_view>& other_kinds();
// A user of one institution who opens this many records within one load, or more, is unusual;
// others open twenty.
inline constexpr unsigned unusual_sessions = 41;

// Plays the scene of a kind as transaction number of the workload.
void plant(World& world, Round& round, std::uint64_t number, std::string_view kind);

}  // namespace consentree::client::synthetic

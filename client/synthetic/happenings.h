// What happens around the accesses: parties and agreements before, and now and then a suspension, a
// subject's request, a breach or a correction. Nothing here breaks a rule.
#pragma once

#include "client/synthetic/world.h"

namespace consentree::client::synthetic {

// Registers the parties, and puts the members' agreement in force.
void set_up(World& world, Round& round);
std::string agreement_record(const World& world,
                             const std::string& id,
                             const std::vector<std::size_t>& parties);

// One kind after the other; nth counts them.
void happen(World& world, Round& round, std::uint64_t number, std::uint64_t nth);

}  // namespace consentree::client::synthetic

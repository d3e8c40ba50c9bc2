// The schemes and vocabularies of the program, put in force on the demo network by its
// institutions.
#pragma once

#include "client/cli/demo_folder.h"

namespace consentree::client::cli {

// How many are in force. One that is already stays as it is. Nothing is done in a folder of an
// older program, which has no administrators' keys.
Outcome<std::size_t> put_policies_in_force(const Demo& demo);

}  // namespace consentree::client::cli

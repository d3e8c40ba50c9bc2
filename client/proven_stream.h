// A key's log page after page: each is verified before it is seen. While one is seen, the next is
// verified and the one behind it fetched, so that an answer of any length is read in the memory of
// three pages. Internal.
#pragma once

#include "client/proven.h"

#include <functional>

namespace consentree::client {

// Whether to go on. A failure ends the walk: what was seen is void.
using SeePage = std::function<Outcome<bool>(const LogPart& part)>;

// Until the answer's other end. Pages after the first speak of the block that it spoke of. The
// first is short: it comes soon. Each page has the time of a call.
std::optional<Failure> each_page(const Proven& proven,
                                 ledger::Question question,
                                 bool descends,
                                 const SeePage& see);

}  // namespace consentree::client

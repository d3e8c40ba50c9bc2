// Where every fuzz target starts: it defines fuzz(), which gets bytes that anybody could have sent.
// Whatever they are, a decoder returns a value or an error; a value encodes to the same bytes.
#pragma once

#include "common/assert.h"
#include "common/bytes.h"

namespace consentree {

void fuzz(BytesView input);

// decode(input), and the promise of every canonical encoding.
template <class Decode, class Encode>
void round_trip(BytesView input, Decode decode, Encode encode) {
    const auto decoded = decode(input);
    if (decoded) CT_ASSERT(equal(encode(*decoded), input));
}

}  // namespace consentree

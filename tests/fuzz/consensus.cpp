#include "consensus/messages.h"
#include "tests/fuzz/fuzz.h"

namespace consentree {

void fuzz(BytesView input) {
    using namespace consensus;
    round_trip(input, decode_message, [](const Message& message) { return encode(message); });
    round_trip(input, decode_block, [](const Block& block) { return encode(block); });
    round_trip(input, decode_certificate,
               [](const Certificate& certificate) { return encode(certificate); });
}

}  // namespace consentree

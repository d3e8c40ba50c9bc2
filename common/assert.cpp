#include "common/assert.h"

#include <cstdio>
#include <cstdlib>

namespace consentree {

void assertion_failed(const char* expression, const char* file, int line) {
    std::fprintf(stderr, "consentree: assertion failed: %s (%s:%d)\n", expression, file, line);
    std::fflush(stderr);
    std::abort();
}

}  // namespace consentree

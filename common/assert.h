// Assertions detect programmer errors and stay on in every build; they never check input.
#pragma once

namespace consentree {
[[noreturn]] void assertion_failed(const char* expression, const char* file, int line);
}

#define CT_ASSERT(expression)                                                \
    do {                                                                     \
        if (!(expression)) [[unlikely]]                                      \
            ::consentree::assertion_failed(#expression, __FILE__, __LINE__); \
    } while (false)

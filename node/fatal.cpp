#include "node/fatal.h"

#include <unistd.h>
#include <cstdio>

namespace consentree::node {

void stop_process(const std::string& reason) {
    std::fprintf(stderr,
                 "consentree: FATAL: %s\n  The node has stopped so that nothing wrong is "
                 "signed or served. See docs/operations.md, \"When a node stops\".\n",
                 reason.c_str());
    std::fflush(stderr);
    ::_exit(exit_fatal);
}

}  // namespace consentree::node

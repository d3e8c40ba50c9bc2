#include "node/version.h"

namespace consentree::node {

std::string_view version() {
    return CONSENTREE_VERSION;
}

}  // namespace consentree::node

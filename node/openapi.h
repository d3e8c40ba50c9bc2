// The OpenAPI 3.1 document, made of the route table. Pure.
#pragma once

#include <string>

namespace consentree::node {

const std::string& openapi_document();

}  // namespace consentree::node

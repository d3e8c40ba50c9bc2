// The schemas of requests and answers, as client/api.h writes them; a test compares the two.
#pragma once

#include "client/api_json.h"

namespace consentree::node {

client::api::Json openapi_schemas();

}  // namespace consentree::node

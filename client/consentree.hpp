// The one header that a program includes: consentree::Client and what it takes and gives.
#pragma once

#include "client/client.h"

namespace consentree {

using client::AccessEvent;
using client::AccessRecord;
using client::Amend;
using client::Client;
using client::ConsentStep;
using client::Failure;
using client::FailureKind;
using client::Grant;
using client::Outcome;
using client::Receipt;
using client::SigningKey;
using client::Standing;
using client::Submitted;
using client::verify_file;
using client::Withdraw;
namespace wait = client::wait;

}  // namespace consentree

// Alerts as the API shows them.
#pragma once

#include "client/api_alerts.h"
#include "ledger/watch/alert.h"

namespace consentree::node {

client::api::Alert alert_of(const ledger::watch::Alert& alert);

}  // namespace consentree::node

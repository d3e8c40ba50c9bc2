// Consents as ISO/IEC TS 27560 records and receipts in the DPV-27560 profile (JSON-LD): one IRI a
// key, lists where there are several values, and the prefixes written out. Pure.
#pragma once

#include "client/export/folded.h"

namespace consentree::client::exports {

nlohmann::ordered_json dpv_record(const FoldedConsent& consent);
// A receipt: one record, or a list of them.
nlohmann::ordered_json dpv_receipt(const Folded& folded,
                                   const std::string& identifier,
                                   const std::string& publisher);

}  // namespace consentree::client::exports

// Who made a transaction: its header, and the signature of the key that the header names. Shared
// by the verification of receipts and of evidence. Pure.
#pragma once

#include "ledger/transaction.h"

namespace consentree::ledger {

struct Authorship {
    TransactionHeader header;
    TxId tx_id;
};
// Refusals: "header-malformed" at /header, "wrong-network", "bad-signature" at /signature.
Checked<Authorship> check_authorship(std::string_view header,
                                     const Signature& signature,
                                     const Hash& network);

}  // namespace consentree::ledger

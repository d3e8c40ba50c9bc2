#include "ledger/authorship.h"

namespace consentree::ledger {

Checked<Authorship> check_authorship(std::string_view header,
                                     const Signature& signature,
                                     const Hash& network) {
    auto parsed = parse_header(header);
    if (!parsed) {
        return Refusal{"header-malformed", "the transaction header: " + parsed.error().detail,
                       "/header", ""};
    }
    if (parsed->network != network) {
        return Refusal{"wrong-network", "the transaction was made for another network", "/header",
                       ""};
    }
    // Nobody can have registered it, and libraries disagree about its signatures.
    if (!is_valid(parsed->key)) {
        return Refusal{"odd-key", "the author's key is not one that a ledger registers", "/header",
                       ""};
    }
    if (!verify(parsed->key, pre_authentication_encoding(header), signature)) {
        return Refusal{"bad-signature", "the author's signature does not hold", "/signature", ""};
    }
    return Authorship{std::move(*parsed), transaction_id(header)};
}

}  // namespace consentree::ledger

#include "ledger/scheme.h"
#include "ledger/mapping_pin.h"
#include "tests/fuzz/fuzz.h"

namespace consentree {

using namespace ledger;

// A document that anybody could propose is refused with a reason, or can be applied to a consent.
void fuzz(BytesView input) {
    const std::string_view text = as_text(input);
    if (const auto vocabulary = Vocabulary::parse(text)) {
        CT_ASSERT(vocabulary->size() != 0);
        CT_ASSERT(!vocabulary->covers("", "a") && !vocabulary->covers("a", ""));
    } else {
        CT_ASSERT(!vocabulary.error().detail.empty());
    }
    if (const auto pin = parse_mapping_pin(text)) {
        CT_ASSERT(pin->id.starts_with(mapping_policy_prefix) && pin->sha256.size() == 64);
    } else {
        CT_ASSERT(!pin.error().detail.empty());
    }
    const auto scheme = parse_scheme(text);
    if (!scheme) {
        CT_ASSERT(!scheme.error().detail.empty());
        return;
    }
    ConsentRecord consent;
    consent.recipients = {"fiu", "a"};
    consent.purposes = {"rebit|101", "a"};
    consent.categories = {"rebit|SUMMARY.DEPOSIT", "ob-uk|ReadBalances", "a"};
    consent.template_id = "CT035";
    consent.data_from = consent.data_until = 0;
    const ConsentRecord read = as_read(*scheme, consent);
    CT_ASSERT(validity_faults(*scheme, read).size() <= scheme_faults_max);
    CT_ASSERT(consent_faults(*scheme, read).size() <= scheme_faults_max);
    AccessEvent request;
    request.actor_org = "fiu";
    request.purpose = "rebit|101";
    request.categories = {"rebit|SUMMARY.DEPOSIT", "a"};
    CT_ASSERT(request_faults(*scheme, read, request).empty() ==
              keeps_limits(*scheme, read, request));
}

}  // namespace consentree

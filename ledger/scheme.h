// The rules of a data-sharing scheme (India's Account Aggregator, UK Open Banking, ...) as data: a
// document that stands on the ledger, readable by a lawyer (docs/schemes.md), and the pure
// functions that apply it. Reads no state, clock or setting; never changed once parsed.
#pragma once

#include "common/hash.h"
#include "ledger/scheme_limits.h"
#include "ledger/vocabulary.h"

#include <array>
#include <memory>

namespace consentree::ledger {

// One question about a consent record, and what the answer must be.
enum class SchemeFact : std::uint8_t {
    any_category,
    all_categories,
    purpose,
    known_purposes,
    action,
    template_id,
    subject_kind,
    special_basis,
    agreement,
    fetch,
    fetch_unit,
    fetch_count,
    max_uses,
    retention_unit,
    retention_value,
    retention_basis,
    has_end,
    has_data_range,
    life_at_most,
    life_above,
};
struct SchemeTest {
    SchemeFact fact;
    std::vector<CodePattern> codes;              // One of these,
    std::uint32_t least = 0, most = UINT32_MAX;  // or a number in this range,
    Span span;                                   // or a length of time,
    bool wanted = true;                          // or a yes or no.
};
// All tests hold. None: always.
using SchemeCondition = std::vector<SchemeTest>;

// What every consent of the scheme must be. One that is not is refused.
struct SchemeRule {
    std::string id;
    SchemeCondition when, needs;
    std::string because;
};

// How the scheme reads a consent that meets a condition, whatever the record says.
struct SchemeReading {
    std::string id;
    SchemeCondition when;
    bool as_once = false;
    std::optional<Span> life_at_most;
    std::optional<std::uint32_t> count_at_most;  // Unattended uses in each such unit.
    TimeUnit count_unit = TimeUnit::day;
    std::string because;
};

// A vocabulary of the ledger, by the exact bytes of its document.
struct VocabularyPin {
    std::string id;
    std::uint32_t version = 0;
    Hash sha256;
    bool operator==(const VocabularyPin&) const = default;
};

struct Scheme {
    std::string id, title;
    std::uint32_t version = 0;
    std::vector<VocabularyPin> pins;
    bool narrower_purposes = false;       // A consented purpose covers its narrower terms.
    bool one_recurring_per_pair = false;  // A newer recurring consent supersedes the older.
    std::optional<TimeMs> clock_skew_ms;
    std::array<std::optional<Window>, 4> windows;  // By TimeUnit - 1; where a record does not say.
    std::vector<SchemeRule> valid;
    std::vector<SchemeReading> reads;
    // Category -> the consented categories that imply it.
    std::map<std::string, std::vector<std::string>, std::less<>> implied_by;
    LimitTable consent_limits, request_limits;
    std::vector<std::shared_ptr<const Vocabulary>> vocabularies;  // As bind() found them.
};

// Refusals: too-large, malformed-json or schema-violation with the JSON Pointer at fault. The
// scheme's vocabularies are still to be bound.
Checked<Scheme> parse_scheme(std::string_view json);
// The vocabularies that the pins name, in their order. False: these are not they.
bool bind(Scheme& scheme, std::vector<std::shared_ptr<const Vocabulary>> vocabularies);

// Why a consent or request breaks the scheme.
struct SchemeFault {
    std::string rule;     // "valid/view-keeps-nothing", "consents/103"
    std::string detail;   // One sentence.
    std::string pointer;  // Within the consent record, or within the access request.
};
inline constexpr std::size_t scheme_faults_max = 16;

// Rules of "valid" that the record breaks: it is no consent of this scheme.
std::vector<SchemeFault> validity_faults(const Scheme& scheme, const ConsentRecord& consent);
// Caps that the record exceeds: no access under it is permitted.
std::vector<SchemeFault> consent_faults(const Scheme& scheme, const ConsentRecord& consent);
// Caps that one request exceeds. keeps_limits answers the same without words.
std::vector<SchemeFault> request_faults(const Scheme& scheme,
                                        const ConsentRecord& consent,
                                        const AccessEvent& request);
// The end of the widest range of data that such a request may ask for, within its own range and
// from its own beginning: what an over-long request can be trimmed to.
std::optional<TimeMs> latest_data_until(const Scheme& scheme,
                                        const ConsentRecord& consent,
                                        const AccessEvent& request);
bool keeps_limits(const Scheme& scheme, const ConsentRecord& consent, const AccessEvent& request);

// The record with the terms that count in this scheme: readings and default windows applied.
ConsentRecord as_read(const Scheme& scheme, ConsentRecord consent);

bool purpose_covered(const Scheme& scheme,
                     const std::vector<std::string>& consented,
                     std::string_view asked);
bool category_covered(const Scheme& scheme,
                      const std::vector<std::string>& consented,
                      std::string_view asked);

}  // namespace consentree::ledger

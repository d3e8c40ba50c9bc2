#include "ledger/scheme.h"

#include "common/time.h"

#include <algorithm>
#include <bit>

namespace consentree::ledger {
namespace {

using Faults = std::vector<SchemeFault>;

// False if the list is full.
bool add(Faults& faults, std::string rule, std::string detail, std::string pointer) {
    if (faults.size() == scheme_faults_max) return false;
    faults.push_back({std::move(rule), std::move(detail), std::move(pointer)});
    return true;
}

bool contains(const std::vector<std::string>& list, std::string_view item) {
    return std::find(list.begin(), list.end(), item) != list.end();
}

bool covers(const Scheme& scheme, std::string_view consented, std::string_view asked) {
    return std::any_of(
        scheme.vocabularies.begin(), scheme.vocabularies.end(),
        [&](const auto& vocabulary) { return vocabulary->covers(consented, asked); });
}

bool is_known_purpose(const Scheme& scheme, std::string_view purpose) {
    return std::any_of(scheme.vocabularies.begin(), scheme.vocabularies.end(),
                       [&](const auto& vocabulary) { return vocabulary->has(purpose); });
}

std::string_view basis_word(Retention::Basis basis) {
    switch (basis) {
        case Retention::Basis::from_delivery: return "from_delivery";
        case Retention::Basis::until_time: return "until_time";
        case Retention::Basis::until_event: break;
    }
    return "until_event";
}

bool lasts_at_most(const ConsentRecord& consent, const Span& span) {
    return consent.valid_until && *consent.valid_until <= after(consent.valid_from, span);
}

bool any_matches(const SchemeTest& test, const std::vector<std::string>& codes) {
    return std::any_of(codes.begin(), codes.end(),
                       [&](const std::string& code) { return matches_any(test.codes, code); });
}

bool all_match(const SchemeTest& test, const std::vector<std::string>& codes) {
    return std::all_of(codes.begin(), codes.end(),
                       [&](const std::string& code) { return matches_any(test.codes, code); });
}

bool in_range(const SchemeTest& test, std::uint32_t value) {
    return value >= test.least && value <= test.most;
}

bool holds(const Scheme& scheme, const SchemeTest& test, const ConsentRecord& consent) {
    const auto is = [&test](bool fact) { return fact == test.wanted; };
    const Fetch& fetch = consent.fetch;
    switch (test.fact) {
        case SchemeFact::any_category: return any_matches(test, consent.categories);
        case SchemeFact::all_categories: return all_match(test, consent.categories);
        case SchemeFact::purpose: return any_matches(test, consent.purposes);
        case SchemeFact::known_purposes:
            return is(std::all_of(
                consent.purposes.begin(), consent.purposes.end(),
                [&](const std::string& purpose) { return is_known_purpose(scheme, purpose); }));
        case SchemeFact::action: return any_matches(test, consent.actions);
        case SchemeFact::template_id: return matches_any(test.codes, consent.template_id);
        case SchemeFact::subject_kind: return matches_any(test.codes, consent.subject_kind);
        case SchemeFact::special_basis: return is(!consent.special_basis.empty());
        case SchemeFact::agreement: return is(!consent.agreement.empty());
        case SchemeFact::fetch: return matches_any(test.codes, fetch.once ? "once" : "periodic");
        case SchemeFact::fetch_unit:
            return !fetch.once && fetch.count != 0 &&
                   matches_any(test.codes, unit_word(fetch.unit));
        case SchemeFact::fetch_count: return in_range(test, fetch.once ? 1 : fetch.count);
        case SchemeFact::max_uses: return consent.max_uses && in_range(test, *consent.max_uses);
        case SchemeFact::retention_unit:
            return matches_any(test.codes, unit_word(consent.retention));
        case SchemeFact::retention_value: return in_range(test, consent.retention.value);
        case SchemeFact::retention_basis:
            return matches_any(test.codes, basis_word(consent.retention.basis));
        case SchemeFact::has_end: return is(consent.valid_until.has_value());
        case SchemeFact::has_data_range: return is(consent.data_from && consent.data_until);
        case SchemeFact::life_at_most: return lasts_at_most(consent, test.span);
        case SchemeFact::life_above: return !lasts_at_most(consent, test.span);
    }
    return false;
}

// The member of the record that a test is about.
std::string_view pointer_of(SchemeFact fact) {
    switch (fact) {
        case SchemeFact::any_category:
        case SchemeFact::all_categories: return "/categories";
        case SchemeFact::purpose:
        case SchemeFact::known_purposes: return "/purposes";
        case SchemeFact::action: return "/actions";
        case SchemeFact::template_id: return "/template_id";
        case SchemeFact::subject_kind: return "/subject_kind";
        case SchemeFact::special_basis: return "/special_basis";
        case SchemeFact::agreement: return "/agreement";
        case SchemeFact::fetch: return "/fetch/kind";
        case SchemeFact::fetch_unit: return "/fetch/unit";
        case SchemeFact::fetch_count: return "/fetch/count";
        case SchemeFact::max_uses: return "/max_uses";
        case SchemeFact::retention_unit: return "/retention/unit";
        case SchemeFact::retention_value: return "/retention/value";
        case SchemeFact::retention_basis: return "/retention/basis";
        case SchemeFact::has_data_range: return "/data_until";
        case SchemeFact::has_end:
        case SchemeFact::life_at_most:
        case SchemeFact::life_above: return "/valid_until";
    }
    return "";
}

bool all_hold(const Scheme& scheme,
              const SchemeCondition& condition,
              const ConsentRecord& consent) {
    return std::all_of(condition.begin(), condition.end(),
                       [&](const SchemeTest& test) { return holds(scheme, test, consent); });
}

}  // namespace

bool bind(Scheme& scheme, std::vector<std::shared_ptr<const Vocabulary>> vocabularies) {
    if (vocabularies.size() != scheme.pins.size()) return false;
    for (std::size_t k = 0; k < vocabularies.size(); ++k) {
        if (vocabularies[k] == nullptr || vocabularies[k]->id() != scheme.pins[k].id ||
            vocabularies[k]->version() != scheme.pins[k].version) {
            return false;
        }
    }
    scheme.vocabularies = std::move(vocabularies);
    return true;
}

std::vector<SchemeFault> validity_faults(const Scheme& scheme, const ConsentRecord& consent) {
    Faults faults;
    for (const SchemeRule& rule : scheme.valid) {
        if (!all_hold(scheme, rule.when, consent)) continue;
        for (const SchemeTest& test : rule.needs) {
            if (holds(scheme, test, consent)) continue;
            add(faults, "valid/" + rule.id, rule.because, std::string(pointer_of(test.fact)));
            break;
        }
    }
    return faults;
}

ConsentRecord as_read(const Scheme& scheme, ConsentRecord consent) {
    Fetch& fetch = consent.fetch;
    for (const SchemeReading& reading : scheme.reads) {
        if (!all_hold(scheme, reading.when, consent)) continue;
        if (reading.as_once) fetch = Fetch{.once = true};
        if (reading.life_at_most && !lasts_at_most(consent, *reading.life_at_most)) {
            consent.valid_until = after(consent.valid_from, *reading.life_at_most);
        }
        if (!reading.count_at_most || fetch.once) continue;
        if (fetch.count == 0) {
            fetch = Fetch{.count = *reading.count_at_most, .unit = reading.count_unit};
            fetch.window = default_window(fetch.unit);
        } else if (fetch.unit == reading.count_unit) {
            fetch.count = std::min(fetch.count, *reading.count_at_most);
        }
    }
    const auto& window = scheme.windows[static_cast<std::size_t>(fetch.unit) - 1];
    if (window && !fetch.states_window && fetch.count != 0) fetch.window = *window;
    return consent;
}

bool purpose_covered(const Scheme& scheme,
                     const std::vector<std::string>& consented,
                     std::string_view asked) {
    if (contains(consented, asked)) return true;
    return scheme.narrower_purposes &&
           std::any_of(consented.begin(), consented.end(),
                       [&](const std::string& purpose) { return covers(scheme, purpose, asked); });
}

bool category_covered(const Scheme& scheme,
                      const std::vector<std::string>& consented,
                      std::string_view asked) {
    if (contains(consented, asked)) return true;
    const auto found = scheme.implied_by.find(asked);
    return found != scheme.implied_by.end() &&
           std::any_of(found->second.begin(), found->second.end(),
                       [&](const std::string& wider) { return contains(consented, wider); });
}

}  // namespace consentree::ledger

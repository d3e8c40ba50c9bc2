// The tables of limits applied to a consent and to a request.
#include "common/time.h"
#include "ledger/scheme.h"

#include <algorithm>
#include <bit>

namespace consentree::ledger {
namespace {

// Where faults go; null words: only whether there is one.
class Findings {
public:
    Findings(std::string_view table, std::vector<SchemeFault>* words)
        : table_(table), words_(words) {}

    // Say is called only where words are wanted.
    template <class Say>
    void add(const LimitRow* row, std::string_view pointer, const Say& say) {
        found_ = true;
        if (words_ == nullptr || words_->size() == scheme_faults_max) return;
        words_->push_back(
            {table_ + "/" + (row == nullptr ? "unlisted" : row->id), say(), std::string(pointer)});
    }
    bool found() const { return found_; }

private:
    std::string table_;
    std::vector<SchemeFault>* words_;
    bool found_ = false;
};

RowMask rows_of_purpose(const Scheme& scheme, const LimitTable& table, std::string_view purpose) {
    RowMask mask = table.purposes.of(purpose);
    if (!scheme.narrower_purposes) return mask;
    for (const auto& [named, rows] : table.purposes.named) {
        for (const auto& vocabulary : scheme.vocabularies) {
            if (vocabulary->covers(named, purpose)) mask |= rows;
        }
    }
    return mask;
}

void add_distinct(std::vector<RowMask>& masks, RowMask mask) {
    if (std::find(masks.begin(), masks.end(), mask) == masks.end()) masks.push_back(mask);
}

// The row that decides about each category, for each of the keys (masks of recipient, purpose,
// template and fetch together). Returns all that were found.
RowMask find_rows(const LimitTable& table,
                  const std::vector<RowMask>& keys,
                  const std::vector<std::string>& categories,
                  Findings& findings) {
    RowMask found = 0;
    for (const std::string& category : categories) {
        const RowMask rows = table.of_category(category);
        for (const RowMask key : keys) {
            if ((key & rows) == 0) {
                if (!table.refuses_unlisted) continue;
                findings.add(nullptr, "/categories", [&] {
                    return "no row of the table is for " + category +
                           " with this recipient, template, purpose and kind of fetch";
                });
                break;
            }
            const auto place = static_cast<std::size_t>(std::countr_zero(key & rows));
            const LimitRow& row = table.rows[place];
            if (!row.only.empty() && !matches_any(row.only, category)) {
                findings.add(&row, "/categories",
                             [&] { return "the row does not allow " + category; });
            }
            found |= RowMask{1} << place;
        }
    }
    return found;
}

// The end of the range of data that a row allows.
struct RangeEnd {
    const LimitRow* row = nullptr;
    TimeMs until = 0;
};

// Of several rows the widest range (a consent) or the strictest (a request). No row: no cap.
RangeEnd range_end(const LimitTable& table, RowMask found, TimeMs from, bool widest) {
    RangeEnd end;
    for (; found != 0; found &= found - 1) {
        const LimitRow& row = table.rows[static_cast<std::size_t>(std::countr_zero(found))];
        if (!row.data_range) {
            if (widest) return {};
            continue;
        }
        const TimeMs until = after(from, *row.data_range);
        if (end.row == nullptr || (widest ? until > end.until : until < end.until)) {
            end = {&row, until};
        }
    }
    return end;
}

void check_range(const LimitTable& table,
                 RowMask found,
                 const std::optional<TimeMs>& from,
                 const std::optional<TimeMs>& until,
                 bool widest,
                 Findings& findings) {
    const RangeEnd end = range_end(table, found, from.value_or(0), widest);
    if (end.row == nullptr || (from && until && *until <= end.until)) return;
    if (from && table.trims_range) return;
    findings.add(end.row, "/data_until", [&] {
        const std::string most = in_words(*end.row->data_range);
        if (!from || !until) {
            return "the row allows at most " + most +
                   " of data, and this names no range with a beginning and an end";
        }
        return "the row allows at most " + most + " of data, which from " + format_time(*from) +
               " is until " + format_time(end.until) + "; this asks until " + format_time(*until);
    });
}

void check_retention(const LimitRow& row, const ConsentRecord& consent, Findings& findings) {
    const std::uint32_t value = consent.retention.value;
    const bool is_forever = consent.retention.is_infinite;
    if (!row.retention || (value == 0 && !is_forever)) return;
    const std::uint32_t most = is_forever ? 0 : row.retention->of(consent.retention.unit);
    if (value <= most && !is_forever) return;
    findings.add(&row, most == 0 ? "/retention/unit" : "/retention/value", [&] {
        const std::string unit(unit_word(consent.retention));
        if (most == 0) return "the row allows no retention in the unit " + unit;
        return "the row allows a retention of at most " + std::to_string(most) + " in the unit " +
               unit + "; this consent has " + std::to_string(value);
    });
}

void check_frequency(const LimitRow& row, const Fetch& fetch, Findings& findings) {
    if (!row.frequency || fetch.once) return;
    if (fetch.count == 0) {
        findings.add(&row, "/fetch", [] {
            return std::string(
                "the row caps how often data is fetched, and this consent "
                "has no frequency");
        });
        return;
    }
    const std::uint32_t most = row.frequency->of(fetch.unit);
    if (fetch.count <= most) return;
    findings.add(&row, most == 0 ? "/fetch/unit" : "/fetch/count", [&] {
        const std::string unit(unit_word(fetch.unit));
        if (most == 0) return "the row allows no frequency per " + unit;
        return "the row allows at most " + std::to_string(most) + " fetches per " + unit +
               "; this consent has " + std::to_string(fetch.count);
    });
}

void check_life(const LimitRow& row, const ConsentRecord& consent, Findings& findings) {
    if (!row.life) return;
    const TimeMs latest = after(consent.valid_from, *row.life);
    if (consent.valid_until && *consent.valid_until <= latest) return;
    findings.add(&row, "/valid_until", [&] {
        return "the row allows a consent of at most " + in_words(*row.life) + ", until " +
               format_time(latest) + "; this one ends " +
               (consent.valid_until ? format_time(*consent.valid_until) : "never");
    });
}

RowMask rows_of_request(const Scheme& scheme,
                        const ConsentRecord& consent,
                        const AccessEvent& request,
                        Findings& findings) {
    const LimitTable& table = scheme.request_limits;
    if (table.rows.empty()) return 0;
    const RowMask key = table.recipients.of(request.actor_org) &
                        table.templates.of(consent.template_id) &
                        rows_of_purpose(scheme, table, request.purpose) &
                        (consent.fetch.once ? table.once : table.periodic);
    return find_rows(table, {key}, request.categories, findings);
}

bool check_request(const Scheme& scheme,
                   const ConsentRecord& consent,
                   const AccessEvent& request,
                   std::vector<SchemeFault>* words) {
    Findings findings("requests", words);
    const RowMask found = rows_of_request(scheme, consent, request, findings);
    check_range(scheme.request_limits, found, request.data_from, request.data_until, false,
                findings);
    return !findings.found();
}

}  // namespace

std::vector<SchemeFault> consent_faults(const Scheme& scheme, const ConsentRecord& consent) {
    std::vector<SchemeFault> faults;
    const LimitTable& table = scheme.consent_limits;
    if (table.rows.empty()) return faults;
    const RowMask base = table.templates.of(consent.template_id) &
                         (consent.fetch.once ? table.once : table.periodic);
    std::vector<RowMask> recipients, keys;
    for (const std::string& recipient : consent.recipients) {
        add_distinct(recipients, table.recipients.of(recipient) & base);
    }
    for (const std::string& purpose : consent.purposes) {
        const RowMask rows = rows_of_purpose(scheme, table, purpose);
        for (const RowMask recipient : recipients) add_distinct(keys, recipient & rows);
    }
    Findings findings("consents", &faults);
    const RowMask found = find_rows(table, keys, consent.categories, findings);
    for (RowMask rest = found; rest != 0; rest &= rest - 1) {
        const LimitRow& row = table.rows[static_cast<std::size_t>(std::countr_zero(rest))];
        check_retention(row, consent, findings);
        check_frequency(row, consent.fetch, findings);
        check_life(row, consent, findings);
    }
    check_range(table, found, consent.data_from, consent.data_until, true, findings);
    return faults;
}

std::vector<SchemeFault> request_faults(const Scheme& scheme,
                                        const ConsentRecord& consent,
                                        const AccessEvent& request) {
    std::vector<SchemeFault> faults;
    check_request(scheme, consent, request, &faults);
    return faults;
}

std::optional<TimeMs> latest_data_until(const Scheme& scheme,
                                        const ConsentRecord& consent,
                                        const AccessEvent& request) {
    if (!request.data_from) return request.data_until;
    Findings nothing("", nullptr);
    const RowMask found = rows_of_request(scheme, consent, request, nothing);
    const RangeEnd end = range_end(scheme.request_limits, found, *request.data_from, false);
    if (end.row == nullptr || (request.data_until && *request.data_until <= end.until)) {
        return request.data_until;
    }
    return end.until;
}

bool keeps_limits(const Scheme& scheme, const ConsentRecord& consent, const AccessEvent& request) {
    return check_request(scheme, consent, request, nullptr);
}

}  // namespace consentree::ledger

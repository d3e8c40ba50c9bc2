// Schemes by the reference: what a consent must be, how it is read, which row of a table decides.
#include "tests/unit/ledger/reference.h"

#include <algorithm>

namespace reference {
namespace {

bool has(const List& list, const std::string& item) {
    return std::find(list.begin(), list.end(), item) != list.end();
}

// A code, one with a * for any text, or @ and a group.
bool is_like(const Scheme& scheme, const std::string& pattern, const std::string& code) {
    if (pattern[0] == '@') {
        for (const std::string& member : scheme.groups.at(pattern.substr(1))) {
            if (is_like(scheme, member, code)) return true;
        }
        return false;
    }
    const std::size_t star = pattern.find('*');
    if (star == std::string::npos) return code == pattern;
    const std::string begin = pattern.substr(0, star), end = pattern.substr(star + 1);
    return code.size() >= begin.size() + end.size() && code.starts_with(begin) &&
           code.ends_with(end);
}
bool is_like_any(const Scheme& scheme, const List& patterns, const std::string& code) {
    for (const std::string& pattern : patterns) {
        if (is_like(scheme, pattern, code)) return true;
    }
    return false;
}

// By going up from the narrower one.
bool is_narrower(const Vocabulary& vocabulary, const std::string& code, const std::string& wide) {
    const auto term = vocabulary.broader.find(code);
    if (term == vocabulary.broader.end()) return false;
    if (code == wide) return true;
    for (const std::string& broader : term->second) {
        if (is_narrower(vocabulary, broader, wide)) return true;
    }
    return false;
}
bool is_narrower(const Scheme& scheme, const std::string& code, const std::string& wide) {
    for (const Vocabulary& vocabulary : scheme.vocabularies) {
        if (is_narrower(vocabulary, code, wide)) return true;
    }
    return false;
}

bool lasts_longer(const Record& record, const Span& span) {
    return !record.valid_until || *record.valid_until > after(record.valid_from, span);
}

bool is_within(const Test& test, int value) {
    return (!test.least || value >= *test.least) && (!test.most || value <= *test.most);
}

bool has_one_of(const Scheme& scheme, const Test& test, const List& codes) {
    for (const std::string& code : codes) {
        if (is_like_any(scheme, test.words, code)) return true;
    }
    return false;
}

bool are_all_known(const Scheme& scheme, const List& purposes) {
    for (const std::string& purpose : purposes) {
        bool is_known = false;
        for (const Vocabulary& vocabulary : scheme.vocabularies) {
            is_known = is_known || vocabulary.broader.contains(purpose);
        }
        if (!is_known) return false;
    }
    return true;
}

bool holds(const Scheme& scheme, const Test& test, const Record& record) {
    const std::string& about = test.about;
    const Fetch& fetch = record.fetch;
    if (about == "any_category") return has_one_of(scheme, test, record.categories);
    if (about == "all_categories") {
        for (const std::string& category : record.categories) {
            if (!is_like_any(scheme, test.words, category)) return false;
        }
        return true;
    }
    if (about == "purpose") return has_one_of(scheme, test, record.purposes);
    if (about == "action") return has_one_of(scheme, test, record.actions);
    if (about == "template") return has(test.words, record.template_id);
    if (about == "special_basis") return test.wanted == !record.special_basis.empty();
    if (about == "agreement") return test.wanted == !record.agreement.empty();
    if (about == "known_purposes") return test.wanted == are_all_known(scheme, record.purposes);
    if (about == "fetch") return has(test.words, fetch.once ? "once" : "periodic");
    if (about == "fetch_unit") {
        return !fetch.once && fetch.count > 0 && has(test.words, fetch.unit);
    }
    if (about == "fetch_count") return is_within(test, fetch.once ? 1 : fetch.count);
    if (about == "max_uses") return record.max_uses != 0 && is_within(test, record.max_uses);
    if (about == "retention_unit") return has(test.words, record.retention_unit);
    if (about == "retention_value") return is_within(test, record.retention_value);
    if (about == "retention_basis") return has(test.words, record.retention_basis);
    if (about == "has_end") return test.wanted == record.valid_until.has_value();
    if (about == "has_data_range") {
        return test.wanted == (record.data_from.has_value() && record.data_until.has_value());
    }
    if (about == "life_at_most") return !lasts_longer(record, test.span);
    if (about == "life_above") return lasts_longer(record, test.span);
    return false;
}
bool hold(const Scheme& scheme, const Condition& condition, const Record& record) {
    for (const Test& test : condition) {
        if (!holds(scheme, test, record)) return false;
    }
    return true;
}

// What a row's key is compared with.
struct Key {
    std::string recipient, template_id, purpose, fetch, category;
};

bool is_for(const Scheme& scheme, const Row& row, const Key& key) {
    bool is_purpose = row.purposes.empty();
    for (const std::string& named : row.purposes) {
        is_purpose = is_purpose || named == key.purpose ||
                     (scheme.narrower && is_narrower(scheme, key.purpose, named));
    }
    return is_purpose && (row.recipients.empty() || has(row.recipients, key.recipient)) &&
           (row.templates.empty() || has(row.templates, key.template_id)) &&
           (row.fetch.empty() || row.fetch == key.fetch) &&
           (row.categories.empty() || is_like_any(scheme, row.categories, key.category));
}

// Recipient before template before purpose before fetch before categories.
bool is_more_exact(const Row& one, const Row& other) {
    const std::vector<bool> a = {!one.recipients.empty(), !one.templates.empty(),
                                 !one.purposes.empty(), !one.fetch.empty(),
                                 !one.categories.empty()};
    const std::vector<bool> b = {!other.recipients.empty(), !other.templates.empty(),
                                 !other.purposes.empty(), !other.fetch.empty(),
                                 !other.categories.empty()};
    for (std::size_t k = 0; k < a.size(); ++k) {
        if (a[k] != b[k]) return a[k];
    }
    return false;
}

const Row* deciding_row(const Scheme& scheme, const Table& table, const Key& key) {
    const Row* found = nullptr;
    for (const Row& row : table.rows) {
        if (!is_for(scheme, row, key)) continue;
        if (found == nullptr || is_more_exact(row, *found)) found = &row;
    }
    return found;
}

// The rows that decide about these keys; true if one key is refused by itself.
bool decide(const Scheme& scheme,
            const Table& table,
            const std::vector<Key>& keys,
            std::vector<const Row*>& rows) {
    bool is_refused = false;
    for (const Key& key : keys) {
        const Row* const row = deciding_row(scheme, table, key);
        if (row == nullptr) {
            is_refused = is_refused || table.refuses_unlisted;
            continue;
        }
        if (!row->only.empty() && !is_like_any(scheme, row->only, key.category)) is_refused = true;
        rows.push_back(row);
    }
    return is_refused;
}

bool exceeds_retention(const Row& row, const Record& record) {
    if (!row.retention) return false;
    if (record.retention_unit == "inf") return true;
    if (record.retention_value == 0) return false;
    const auto cap = row.retention->find(record.retention_unit);
    return cap == row.retention->end() || record.retention_value > cap->second;
}

bool exceeds_frequency(const Row& row, const Fetch& fetch) {
    if (!row.frequency || fetch.once) return false;
    if (fetch.count == 0) return true;
    const auto cap = row.frequency->find(fetch.unit);
    return cap == row.frequency->end() || fetch.count > cap->second;
}

bool is_range_within(const Row& row,
                     const std::optional<Time>& from,
                     const std::optional<Time>& until) {
    return !row.data_range || (from && until && *until <= after(*from, *row.data_range));
}

}  // namespace

Time after(Time from, const Span& span) {
    constexpr Time hour = 3'600'000;
    if (span.unit == "hour") return from + span.value * hour;
    if (span.unit == "day") return from + span.value * 24 * hour;
    return months_on(from, span.unit == "month" ? span.value : 12 * span.value);
}

bool breaks_scheme(const Scheme& scheme, const Record& record) {
    for (const Rule& rule : scheme.valid) {
        if (hold(scheme, rule.when, record) && !hold(scheme, rule.needs, record)) return true;
    }
    return false;
}

Record as_read(const Scheme& scheme, Record record) {
    Fetch& fetch = record.fetch;
    for (const Reading& reading : scheme.reads) {
        if (!hold(scheme, reading.when, record)) continue;
        if (reading.once) {
            fetch = Fetch();
            fetch.once = true;
        }
        if (reading.life && lasts_longer(record, *reading.life)) {
            record.valid_until = after(record.valid_from, *reading.life);
        }
        if (!reading.frequency || fetch.once) continue;
        const auto& [unit, most] = *reading.frequency;
        if (fetch.count == 0) {
            fetch.count = most;
            fetch.unit = unit;
            fetch.window = unit == "hour" || unit == "day" ? "sliding" : "anchored";
            fetch.says_window = false;
        } else if (fetch.unit == unit && fetch.count > most) {
            fetch.count = most;
        }
    }
    const auto window = scheme.windows.find(fetch.unit);
    if (fetch.count > 0 && !fetch.says_window && window != scheme.windows.end()) {
        fetch.window = window->second;
    }
    return record;
}

bool exceeds_caps(const Scheme& scheme, const Record& record) {
    const Table& table = scheme.consents;
    if (table.rows.empty()) return false;
    std::vector<Key> keys;
    for (const std::string& recipient : record.recipients) {
        for (const std::string& purpose : record.purposes) {
            for (const std::string& category : record.categories) {
                keys.push_back({recipient, record.template_id, purpose,
                                record.fetch.once ? "once" : "periodic", category});
            }
        }
    }
    std::vector<const Row*> rows;
    bool exceeds = decide(scheme, table, keys, rows);
    // One row that allows the range is enough.
    bool is_range_allowed = rows.empty();
    for (const Row* row : rows) {
        exceeds = exceeds || exceeds_retention(*row, record) ||
                  exceeds_frequency(*row, record.fetch) ||
                  (row->life && lasts_longer(record, *row->life));
        is_range_allowed =
            is_range_allowed || is_range_within(*row, record.data_from, record.data_until);
    }
    return exceeds || !is_range_allowed;
}

bool exceeds_caps(const Scheme& scheme, const Record& record, const Event& request) {
    const Table& table = scheme.requests;
    if (table.rows.empty()) return false;
    std::vector<Key> keys;
    for (const std::string& category : request.categories) {
        keys.push_back({request.org, record.template_id, request.purpose,
                        record.fetch.once ? "once" : "periodic", category});
    }
    std::vector<const Row*> rows;
    bool exceeds = decide(scheme, table, keys, rows);
    for (const Row* row : rows) {
        exceeds = exceeds || !is_range_within(*row, request.data_from, request.data_until);
    }
    return exceeds;
}

std::optional<Time> trimmed_until(const Scheme& scheme, const Record& record, Event request) {
    if (!scheme.requests.trims || !request.data_from) return std::nullopt;
    // The latest end that is within the caps is that of a row.
    std::optional<Time> best;
    for (const Row& row : scheme.requests.rows) {
        if (!row.data_range) continue;
        request.data_until = after(*request.data_from, *row.data_range);
        if (exceeds_caps(scheme, record, request)) continue;
        if (!best || *request.data_until > *best) best = request.data_until;
    }
    return best;
}

bool covers_purpose(const Scheme* scheme, const Record& record, const std::string& purpose) {
    for (const std::string& consented : record.purposes) {
        if (consented == purpose) return true;
        if (scheme != nullptr && scheme->narrower && is_narrower(*scheme, purpose, consented)) {
            return true;
        }
    }
    return false;
}

bool covers_category(const Scheme* scheme, const Record& record, const std::string& category) {
    for (const std::string& consented : record.categories) {
        if (consented == category) return true;
        if (scheme == nullptr || !scheme->implies.contains(consented)) continue;
        if (has(scheme->implies.at(consented), category)) return true;
    }
    return false;
}

std::string Laws::propose(const std::string& institution, const Document& document) {
    static const List validators = {"northbank", "medcare", "citygov", "unilab"};
    if (!has(validators, institution)) return "not-authorised";
    const std::string& id = document.scheme ? document.scheme->id : document.vocabulary->id;
    const int version = document.scheme ? document.scheme->version : document.vocabulary->version;
    if (version != next_version(id)) return "version-conflict";
    if (seen_.contains(document.hash)) return "policy-state";
    if (document.scheme) {
        for (const Vocabulary& pinned : document.scheme->vocabularies) {
            if (pinned.version >= next_version(pinned.id)) return "policy-unknown";
        }
    }
    const bool is_old = policies_.contains(id);
    Policy& policy = policies_[id];
    if (is_old && policy.is_scheme != document.scheme.has_value()) return "policy-state";
    policy.is_scheme = document.scheme.has_value();
    seen_.insert(document.hash);
    policy.waiting.push_back({document, {institution}});
    return "";
}

std::string Laws::approve(const std::string& institution,
                          const std::string& id,
                          int version,
                          const std::string& hash) {
    static const List validators = {"northbank", "medcare", "citygov", "unilab"};
    if (!has(validators, institution)) return "not-authorised";
    const auto policy = policies_.find(id);
    if (policy == policies_.end()) return "policy-unknown";
    for (Waiting& one : policy->second.waiting) {
        if (one.document.hash != hash) continue;
        if (version != next_version(id)) return "version-conflict";
        if (!one.approved.insert(institution).second) return "policy-state";
        settle(policy->second);
        return "";
    }
    return "policy-unknown";
}

// Three of four validators are enough; the rivals are dropped.
void Laws::settle(Policy& policy) {
    for (const Waiting& one : policy.waiting) {
        if (one.approved.size() < 3) continue;
        policy.in_force.push_back(one.document);
        policy.waiting.clear();
        return;
    }
}

const Scheme* Laws::find(const std::string& id, int version) const {
    const auto policy = policies_.find(id);
    if (policy == policies_.end() || !policy->second.is_scheme) return nullptr;
    const auto& in_force = policy->second.in_force;
    const std::size_t count = version == 0 ? in_force.size() : static_cast<std::size_t>(version);
    return count == 0 ? nullptr : &in_force.at(count - 1).scheme.value();
}

const Laws::Document* Laws::newest(const std::string& id) const {
    const auto policy = policies_.find(id);
    if (policy == policies_.end() || policy->second.in_force.empty()) return nullptr;
    return &policy->second.in_force.back();
}

int Laws::next_version(const std::string& id) const {
    const auto policy = policies_.find(id);
    return policy == policies_.end() ? 1 : static_cast<int>(policy->second.in_force.size()) + 1;
}

}  // namespace reference

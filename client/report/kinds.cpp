#include "client/report/cells.h"
#include "client/report/kind.h"

#include <algorithm>

namespace consentree::client::report {

namespace {

bool has(const std::vector<std::string>& all, const std::string& wanted) {
    return wanted.empty() || std::ranges::find(all, wanted) != all.end();
}
bool is(const std::string& value, const std::string& wanted) {
    return wanted.empty() || value == wanted;
}

}  // namespace

bool Scope::passes(const ledger::AccessEvent& access) const {
    // What an event of its kind does not have cannot speak against it.
    const bool has_purpose = !access.purpose.empty(), has_categories = !access.categories.empty();
    return is(access.subject, filter.subject) && is(access.actor_org, filter.actor) &&
           is(access.consent_id, filter.consent) && is(access.issuer, filter.issuer) &&
           is(access.actor_user, filter.user) &&
           (!has_purpose || is(access.purpose, filter.purpose)) &&
           (!has_categories || has(access.categories, filter.category));
}

bool Scope::passes(const ledger::ConsentRecord& record) const {
    return is(record.subject, filter.subject) && is(record.consent_id, filter.consent) &&
           is(record.issuer, filter.issuer) && is(record.provider, filter.provider) &&
           (record.issuer == filter.actor || has(record.recipients, filter.actor)) &&
           has(record.purposes, filter.purpose) && has(record.categories, filter.category);
}

const Kind* find_kind(std::string_view name) {
    static const std::vector<Kind> all = [] {
        std::vector<Kind> kinds;
        for (std::vector<Kind> group : {access_kinds(), record_kinds(), consent_kinds(),
                                        oversight_kinds(), duty_kinds(), time_kinds()}) {
            std::ranges::move(group, std::back_inserter(kinds));
        }
        return kinds;
    }();
    const auto found = std::ranges::find(all, name, &Kind::name);
    return found == all.end() ? nullptr : &*found;
}

Collapse::Collapse(const Kind& kind) {
    for (std::size_t k = 0; k < kind.columns.size(); ++k) {
        const std::string& name = kind.columns[k].name;
        if (name == kind.when) when_ = k;
        if (std::ranges::find(kind.same, name) == kind.same.end()) continue;
        same_.push_back(kind.columns[k]);
        at_.push_back(k);
    }
}

std::vector<Column> Collapse::columns() const {
    std::vector<Column> columns = same_;
    columns.push_back(text_column("first"));
    columns.push_back(number_column("number"));
    columns.push_back(text_column("last"));
    return columns;
}

void Collapse::take(const Row& row) {
    std::vector<std::string> key;
    for (const std::size_t k : at_) key.push_back(row.cells.at(k));
    const std::string& when = row.cells.at(when_);
    Group& group = groups_[key];
    if (group.number == 0 || when < group.first) group.first = when;
    group.last = std::max(group.last, when);
    ++group.number;
    group.leaves.insert(group.leaves.end(), row.leaves.begin(), row.leaves.end());
}

void Collapse::finish(const Emit& emit) {
    for (auto& [key, group] : groups_) {
        Row row{key, std::move(group.leaves)};
        row.cells.push_back(group.first);
        row.cells.push_back(number(group.number));
        row.cells.push_back(group.last);
        std::ranges::sort(row.leaves);
        emit(std::move(row));
    }
    groups_.clear();
}

}  // namespace consentree::client::report

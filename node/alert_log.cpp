#include "node/alert_log.h"

#include <algorithm>

namespace consentree::node {

bool AlertFilter::accepts(const Alert& alert) const {
    const auto is_or_any = [](const std::string& wanted, const std::string& found) {
        return wanted.empty() || wanted == found;
    };
    return is_or_any(subject, alert.subject) && is_or_any(provider, alert.provider) &&
           is_or_any(actor, alert.actor) && is_or_any(issuer, alert.issuer) &&
           is_or_any(consent_id, alert.consent_id) && (!rule || *rule == alert.rule) &&
           alert.severity >= severity;
}

void AlertLog::add(const ledger::watch::Moment& at, ledger::watch::Rules::Findings findings) {
    const std::lock_guard lock(mutex_);
    Position position = at.position;
    for (Alert& alert : findings.raised) {
        position.ordinal += 1;
        alert.raised.position = position;
        if (is_omission(alert.rule)) omissions_[alert.id()] = first_ + alerts_.size();
        alerts_.push_back(std::move(alert));
    }
    for (const std::string& id : findings.ended) {
        const auto found = omissions_.find(id);
        if (found == omissions_.end()) continue;
        position.ordinal += 1;
        alerts_[found->second - first_].ended = {position, at.height, at.time};
        endings_.push_back({position, found->second});
        omissions_.erase(found);
    }
    for (; alerts_.size() > most_; alerts_.pop_front(), ++first_) {
        complete_from_ = alerts_.front().raised.position.leaf + 1;
        omissions_.erase(alerts_.front().id());
    }
    while (endings_.size() > most_) endings_.pop_front();
}

void AlertLog::set_time(TimeMs block_time) {
    const std::lock_guard lock(mutex_);
    time_ = block_time;
}

const Alert* AlertLog::find(std::uint64_t number) const {
    const bool is_kept = number >= first_ && number - first_ < alerts_.size();
    return is_kept ? &alerts_[number - first_] : nullptr;
}

std::vector<AlertLog::Happening> AlertLog::between(const Position& from,
                                                   std::uint64_t end_leaf,
                                                   const AlertFilter& filter,
                                                   std::size_t limit) const {
    const std::lock_guard lock(mutex_);
    std::vector<Happening> found;
    auto raised = std::partition_point(alerts_.begin(), alerts_.end(), [&](const Alert& alert) {
        return alert.raised.position < from;
    });
    for (; raised != alerts_.end() && found.size() < limit; ++raised) {
        if (raised->raised.position.leaf >= end_leaf) break;
        if (!filter.accepts(*raised)) continue;
        found.push_back({raised->raised.position, *raised});
        found.back().alert.ended.reset();
    }
    auto ended = std::partition_point(endings_.begin(), endings_.end(),
                                      [&](const Ending& ending) { return ending.position < from; });
    for (std::size_t more = 0; ended != endings_.end() && more < limit; ++ended) {
        if (ended->position.leaf >= end_leaf) break;
        const Alert* alert = find(ended->number);
        if (alert == nullptr || !filter.accepts(*alert)) continue;
        found.push_back({ended->position, *alert});
        ++more;
    }
    std::sort(found.begin(), found.end(),
              [](const Happening& a, const Happening& b) { return a.position < b.position; });
    if (found.size() > limit) found.resize(limit);
    return found;
}

AlertLog::Page AlertLog::list(const AlertFilter& filter,
                              ledger::Direction direction,
                              std::optional<std::uint64_t> from,
                              std::size_t limit) const {
    const std::lock_guard lock(mutex_);
    const bool is_up = direction == ledger::Direction::ascending;
    Page page;
    if (alerts_.empty()) return page;
    const std::uint64_t last = first_ + alerts_.size() - 1;
    std::uint64_t at = from.value_or(is_up ? first_ : last);
    if (is_up) at = std::max(at, first_);
    for (; at >= first_ && at <= last; at += is_up ? 1 : UINT64_MAX) {
        const Alert& alert = alerts_[at - first_];
        if (!filter.accepts(alert) || (filter.only_open && !is_open(alert))) continue;
        if (page.items.size() == limit) {
            page.next = at;
            break;
        }
        page.items.push_back(alert);
    }
    return page;
}

bool AlertLog::is_open(const Alert& alert) const {
    if (is_omission(alert.rule)) return !alert.ended;
    return time_ - alert.raised.time < open_for_;
}

std::size_t AlertLog::open_count() const {
    const std::lock_guard lock(mutex_);
    const auto open = std::count_if(alerts_.begin(), alerts_.end(),
                                    [this](const Alert& alert) { return is_open(alert); });
    return static_cast<std::size_t>(open);
}

std::uint64_t AlertLog::complete_from() const {
    const std::lock_guard lock(mutex_);
    return complete_from_;
}

}  // namespace consentree::node

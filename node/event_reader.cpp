#include "node/event_reader.h"

#include "client/api_alerts.h"
#include "ledger/entry_source.h"
#include "ledger/map_fn.h"
#include "node/api_alerts.h"
#include "node/api_lists.h"
#include "node/api_service.h"

#include <algorithm>

namespace consentree::node {

namespace {

using ledger::IndexKey;
using ledger::watch::format_position;

// Of one part: leaves looked at, events, and bytes after which no event is added.
constexpr std::uint64_t leaves_per_part = 4096;
constexpr std::size_t events_per_part = 128;
constexpr std::size_t bytes_per_part = 128 * 1024;
constexpr std::size_t types_max = 16;

bool matches_type(std::string_view type, std::string_view wanted) {
    if (!wanted.ends_with(".*")) return type == wanted;
    return type.starts_with(wanted.substr(0, wanted.size() - 1));
}

bool is_any_type(std::string_view wanted) {
    for (unsigned kind = 1; kind < 0x100; ++kind) {
        const auto name = ledger::type_name(static_cast<ledger::EventKind>(kind));
        if (!name.empty() && matches_type(name, wanted)) return true;
    }
    return false;
}

// Leaves from one on, before another, that stand under each key of the filter.
class LeafFinder {
public:
    LeafFinder(const ledger::Reader& reader, const EventFilter& filter) : reader_(reader) {
        add(IndexKey::subject, filter.subject);
        add(IndexKey::actor, filter.actor);
        add(IndexKey::provider, filter.provider);
    }

    // At most that many; end becomes the first leaf that was not looked at.
    std::vector<std::uint64_t> find(std::uint64_t from, std::uint64_t& end) const {
        std::vector<std::uint64_t> leaves;
        if (is_nobody_) return leaves;
        if (heads_.empty()) {
            end = std::min(end, from + leaves_per_part);
            for (std::uint64_t leaf = from; leaf < end; ++leaf) leaves.push_back(leaf);
            return leaves;
        }
        const ledger::KeyLogHead& first = heads_.front();
        const std::uint64_t begin = items_before(reader_, first, from);
        if (begin == first.value.count) return leaves;
        std::size_t seen = 0;
        scan_key_log(reader_, first, begin, ledger::Direction::ascending,
                     [&](std::uint64_t, const ledger::KeyLogItem& item) {
                         if (item.leaf >= end) return false;
                         if (seen++ == leaves_per_part) {
                             end = item.leaf;
                             return false;
                         }
                         leaves.push_back(item.leaf);
                         return true;
                     });
        for (std::size_t k = 1; k < heads_.size(); ++k) {
            std::erase_if(leaves, [&](std::uint64_t leaf) {
                return items_before(reader_, heads_[k], leaf) ==
                       items_before(reader_, heads_[k], leaf + 1);
            });
        }
        return leaves;
    }

private:
    void add(IndexKey kind, const std::string& label) {
        if (label.empty()) return;
        const auto head = ledger::find_key_log(reader_, map_key(kind, ledger::label_id(label)));
        if (head) heads_.push_back(*head);
        is_nobody_ = is_nobody_ || !head;
    }

    const ledger::Reader& reader_;
    std::vector<ledger::KeyLogHead> heads_;
    bool is_nobody_ = false;  // A key of the filter that has no log.
};

bool accepts(const EventFilter& filter, const ledger::EntryView& entry) {
    if (filter.verdict && ledger::verdict_of(entry.verdict) != *filter.verdict) return false;
    if (filter.types.empty()) return true;
    const std::string_view type = ledger::type_name(entry.kind);
    return std::any_of(filter.types.begin(), filter.types.end(),
                       [type](const std::string& wanted) { return matches_type(type, wanted); });
}

// Puts events into a part until it is full.
class PartWriter {
public:
    explicit PartWriter(Position from) { part_.next = from; }

    bool is_full() const {
        return events_ >= events_per_part || part_.text.size() >= bytes_per_part;
    }
    void add(const Position& at, std::string_view name, const std::string& json) {
        part_.text += format_event(format_position(at), name, json);
        part_.last = at;
        part_.next = {at.leaf, at.ordinal + 1};
        events_ += 1;
    }
    EventPart take(std::optional<std::uint64_t> end) {
        if (end) part_.next = {*end, 0};
        return std::move(part_);
    }

private:
    EventPart part_;
    std::size_t events_ = 0;
};

}  // namespace

Checked<std::vector<std::string>> parse_types(std::string_view text) {
    std::vector<std::string> types;
    while (!text.empty()) {
        const std::size_t comma = std::min(text.find(','), text.size());
        const std::string_view one = text.substr(0, comma);
        if (!is_any_type(one) || types.size() == types_max) {
            return Refusal{"invalid-parameter",
                           "\"type\" must be at most 16 types of events, as access.request or "
                           "consent.*, separated by commas",
                           "", ""};
        }
        types.emplace_back(one);
        text.remove_prefix(std::min(comma + 1, text.size()));
    }
    return {boost::system::in_place_value, std::move(types)};
}

EventPart read_events(const Feed::Reach& reach,
                      const AlertLog& alerts,
                      const EventFilter& filter,
                      Position from) {
    PartWriter writer(from);
    if (from.leaf >= reach.next) return writer.take(std::nullopt);
    const ledger::Reader& reader = *reach.view->reader;
    std::uint64_t end = reach.next;
    std::vector<std::uint64_t> leaves;
    if (filter.entries) leaves = LeafFinder(reader, filter).find(from.leaf, end);
    std::vector<AlertLog::Happening> happenings;
    if (filter.alerts) {
        AlertFilter about;
        about.subject = filter.subject;
        about.actor = filter.actor;
        about.provider = filter.provider;
        happenings = alerts.between(from, end, about, events_per_part + 1);
    }
    ledger::EntrySource source(reader);
    std::size_t k = 0;
    auto leaf = leaves.begin();
    while (leaf != leaves.end() || k < happenings.size()) {
        if (writer.is_full()) return writer.take(std::nullopt);
        const bool is_entry = leaf != leaves.end() &&
                              (k == happenings.size() || *leaf <= happenings[k].position.leaf);
        if (!is_entry) {
            const AlertLog::Happening& one = happenings[k++];
            writer.add(one.position, "alert", api::format(alert_of(one.alert)));
            continue;
        }
        const Position at{*leaf++, 0};
        if (at < from) continue;
        auto entry = source.get(at.leaf);
        if (!entry || !accepts(filter, *entry)) continue;
        writer.add(at, "entry", api::format(entry_of(std::move(*entry))));
    }
    return writer.take(end);
}

// A line break in data would end it; in JSON they stand between tokens only.
std::string format_event(std::string_view id, std::string_view name, std::string_view data) {
    std::string text;
    if (!id.empty()) text += "id: " + std::string(id) + "\n";
    text += "event: " + std::string(name) + "\ndata: ";
    for (const char c : data) text += c == '\n' || c == '\r' ? ' ' : c;
    return text + "\n\n";
}

}  // namespace consentree::node

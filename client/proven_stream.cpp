#include "client/proven_stream.h"

#include "common/limits.h"

#include <future>

namespace consentree::client {

namespace {

// Three pages are in memory, as text and as what was read of it. Larger ones would be no faster.
constexpr std::size_t entries_each = 4000;

// Whether it says itself that nothing comes behind it. Believed only to look ahead.
bool seems_last(const ledger::Evidence& evidence, bool descends) {
    const auto value = evidence.value ? ledger::decode_map_value(*evidence.value) : Errc::malformed;
    if (!value || evidence.entries.empty()) return true;
    return descends ? evidence.before || evidence.range.begin == 0
                    : evidence.after || evidence.range.end == value->count;
}

// Pages behind one another, each asked for while the one before is verified. next() is called by
// one thread at a time.
class Pages {
public:
    Pages(const Proven& proven, ledger::Question question, Proven::Place place)
        : proven_(proven), question_(std::move(question)), place_(place) {
        fetch();
    }

    Outcome<LogPart> next() {
        if (!fetched_.valid()) return refused(Standing::failed, "a page is the last, and is not");
        auto evidence = fetched_.get();
        if (!evidence) return evidence.error();
        const Proven::Place at = place_;
        place_.position =
            place_.descends ? ledger::first_position(*evidence) : ledger::end_position(*evidence);
        if (!seems_last(*evidence, place_.descends)) fetch();
        return proven_.verified(std::move(*evidence), at);
    }

private:
    void fetch() {
        fetched_ = std::async(std::launch::async,
                              [this, place = place_] { return proven_.page(question_, place); });
    }

    const Proven& proven_;
    const ledger::Question question_;
    Proven::Place place_;
    std::future<Outcome<ledger::Evidence>> fetched_;
};

}  // namespace

std::optional<Failure> each_page(const Proven& proven,
                                 ledger::Question question,
                                 bool descends,
                                 const SeePage& see) {
    Proven::Place place{std::nullopt, descends, limits::page_items};
    auto part = proven.part(question, place);
    if (!part) return part.error();
    if (!question.as_of_height && !question.as_of_time) {
        question.as_of_height = part->report.seal.height;
    }
    const auto is_end = [descends](const LogPart& one) {
        return descends ? one.report.from_start : one.report.to_end;
    };
    std::optional<Pages> pages;
    if (!is_end(*part)) {
        place.position = descends ? part->first : part->end;
        place.limit = entries_each;
        pages.emplace(proven, question, place);
    }
    for (;;) {
        const bool was_last = is_end(*part);
        std::future<Outcome<LogPart>> next;
        if (!was_last) {
            next = std::async(std::launch::async, [&pages] { return pages->next(); });
        }
        const auto goes_on = see(*part);
        if (!goes_on) return goes_on.error();
        if (was_last || !*goes_on) return std::nullopt;
        part = next.get();
        if (!part) return part.error();
    }
}

}  // namespace consentree::client

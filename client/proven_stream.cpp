#include "client/proven_stream.h"

#include "common/limits.h"

#include <future>

namespace consentree::client {

namespace {

// Two pages are in memory, as text and as what was read of it. Larger ones would be no faster.
constexpr std::size_t entries_each = 4000;

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
    place.limit = entries_each;
    for (;;) {
        const bool is_end = descends ? part->report.from_start : part->report.to_end;
        place.position = descends ? part->first : part->end;
        std::future<Outcome<LogPart>> next;
        if (!is_end) {
            next = std::async(std::launch::async,
                              [&proven, question, place] { return proven.part(question, place); });
        }
        const auto goes_on = see(*part);
        if (!goes_on) return goes_on.error();
        if (is_end || !*goes_on) return std::nullopt;
        part = next.get();
        if (!part) return part.error();
    }
}

}  // namespace consentree::client

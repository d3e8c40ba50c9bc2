#include "ledger/question.h"

#include "common/time.h"
#include "ledger/map_fn.h"
#include "ledger/state.h"

#include <charconv>

namespace consentree::ledger {

std::string_view index_key_name(IndexKey kind) {
    switch (kind) {
        case IndexKey::subject: return "subject";
        case IndexKey::consent: return "consent";
        case IndexKey::actor: return "actor";
        case IndexKey::provider: return "provider";
        case IndexKey::governance: return "governance";
        default: return "";
    }
}

std::optional<IndexKey> index_key_of(std::string_view name) {
    for (const IndexKey kind : {IndexKey::subject, IndexKey::consent, IndexKey::actor,
                                IndexKey::provider, IndexKey::governance}) {
        if (name == index_key_name(kind)) return kind;
    }
    return std::nullopt;
}

Hash map_key_of(const Question& question) {
    const Hash id = question.kind == IndexKey::consent
                        ? consent_key(question.issuer, question.label)
                        : label_id(question.label);
    return map_key(question.kind, id);
}

std::string describe(const Question& question) {
    std::string text = "the " + std::string(index_key_name(question.kind)) + " " + question.label;
    if (!question.issuer.empty()) text += " of " + question.issuer;
    return text;
}

bool read_as_of(std::string_view text, Question& question) {
    Height height = 0;
    const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), height);
    if (!text.empty() && bad == std::errc() && end == text.data() + text.size()) {
        question.as_of_height = height;
        return true;
    }
    question.as_of_time = parse_rfc3339(text);
    if (!question.as_of_time) question.as_of_time = parse_date(text);
    return question.as_of_time && *question.as_of_time >= 0;
}

bool is_before(const Question& question, TimeUs commit_time_us) {
    return question.from && commit_time_us < static_cast<TimeUs>(*question.from) * 1000;
}

bool is_after(const Question& question,
              std::uint64_t leaf,
              TimeUs commit_time_us,
              std::optional<std::uint64_t> last_leaf) {
    if (question.to && commit_time_us >= static_cast<TimeUs>(*question.to) * 1000) return true;
    if (question.as_of_time && commit_time_us > static_cast<TimeUs>(*question.as_of_time) * 1000) {
        return true;
    }
    return last_leaf && leaf > *last_leaf;
}

}  // namespace consentree::ledger

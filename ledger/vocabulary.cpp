#include "ledger/vocabulary.h"

#include "ledger/event_fields.h"
#include "ledger/scheme_fields.h"

#include <algorithm>

namespace consentree::ledger {
namespace {

constexpr std::size_t terms_max = 512;
constexpr std::size_t broader_max = 8;
constexpr std::size_t levels_max = 8;

struct RawTerm {
    std::string code, label;
    std::vector<std::string> broader;
};

Refusal fault_at(std::size_t term, std::string_view member, std::string detail) {
    return {.code = "schema-violation",
            .detail = std::move(detail),
            .pointer = "/terms/" + std::to_string(term) + std::string(member),
            .hint = ""};
}

std::vector<RawTerm> read_terms(Fields& fields) {
    std::vector<RawTerm> terms;
    read_objects(fields, "terms", 1, terms_max, Need::required, [&](Fields& item) {
        RawTerm term;
        term.code = item.code("code");
        term.label = item.kept_text("label", text_bytes, Need::optional);
        term.broader = item.codes("broader", 0, Need::optional);
        if (term.broader.size() > broader_max) {
            item.reader.fail("broader",
                             "at most " + std::to_string(broader_max) + " items were expected");
        }
        item.text("note", text_bytes, Need::optional);
        terms.push_back(std::move(term));
    });
    return terms;
}

// Level of a term: 1 if nothing is broader, else one more than its broader terms' highest. Terms
// whose broader ones are all placed are placed in rounds; who remains stands in a circle.
std::optional<Refusal> find_order(const std::vector<std::vector<std::uint32_t>>& broader,
                                  std::vector<std::uint32_t>& order) {
    std::vector<std::size_t> level(broader.size(), 0);
    for (std::size_t round = 1; round <= levels_max; ++round) {
        const std::size_t placed = order.size();
        for (std::uint32_t term = 0; term < broader.size(); ++term) {
            const auto is_placed = [&](std::uint32_t other) {
                return level[other] != 0 && level[other] < round;
            };
            if (level[term] != 0) continue;
            if (!std::all_of(broader[term].begin(), broader[term].end(), is_placed)) continue;
            level[term] = round;
            order.push_back(term);
        }
        if (order.size() == broader.size()) return std::nullopt;
        if (order.size() == placed) break;
    }
    const auto first =
        static_cast<std::size_t>(std::find(level.begin(), level.end(), 0u) - level.begin());
    return fault_at(first, "/broader",
                    "this term is broader than itself by a circle, or stands more than " +
                        std::to_string(levels_max) + " levels below the broadest");
}

}  // namespace

Checked<Vocabulary> Vocabulary::parse(std::string_view json) {
    const auto document = Json::parse(json, scheme_json_limits);
    if (!document) return document.error();
    Fields fields(document->root(), "");
    Vocabulary vocabulary;
    fields.one_of("schema", {"consentree/vocabulary/1"});
    vocabulary.id_ = fields.code("id");
    vocabulary.version_ = read_version(fields);
    vocabulary.title_ = fields.kept_text("title", text_bytes, Need::required);
    fields.text("source", text_bytes, Need::optional);
    fields.text("note", text_bytes, Need::optional);
    std::vector<RawTerm> terms = read_terms(fields);
    if (auto refusal = fields.reader.finish()) return std::move(*refusal);

    for (std::uint32_t place = 0; place < terms.size(); ++place) {
        if (!vocabulary.places_.emplace(terms[place].code, place).second) {
            return fault_at(place, "/code", "this term is repeated");
        }
        vocabulary.labels_.push_back(std::move(terms[place].label));
    }
    std::vector<std::vector<std::uint32_t>> broader(terms.size());
    for (std::uint32_t place = 0; place < terms.size(); ++place) {
        for (std::size_t k = 0; k < terms[place].broader.size(); ++k) {
            const auto found = vocabulary.places_.find(terms[place].broader[k]);
            if (found == vocabulary.places_.end()) {
                return fault_at(place, "/broader/" + std::to_string(k),
                                "this vocabulary has no such term");
            }
            broader[place].push_back(found->second);
        }
    }
    std::vector<std::uint32_t> order;
    if (auto refusal = find_order(broader, order)) return std::move(*refusal);

    const std::size_t words = (terms.size() + 63) / 64;
    vocabulary.row_words_ = words;
    vocabulary.broader_.assign(words * terms.size(), 0);
    for (const std::uint32_t term : order) {
        std::uint64_t* const row = &vocabulary.broader_[term * words];
        row[term / 64] |= std::uint64_t{1} << (term % 64);
        for (const std::uint32_t other : broader[term]) {
            for (std::size_t w = 0; w < words; ++w) {
                row[w] |= vocabulary.broader_[other * words + w];
            }
        }
    }
    return vocabulary;
}

std::string_view Vocabulary::label(std::string_view code) const {
    const auto found = places_.find(code);
    return found == places_.end() ? std::string_view() : labels_[found->second];
}

bool Vocabulary::covers(std::string_view consented, std::string_view asked) const {
    const auto wide = places_.find(consented), narrow = places_.find(asked);
    if (wide == places_.end() || narrow == places_.end()) return false;
    const std::uint64_t word = broader_[narrow->second * row_words_ + wide->second / 64];
    return (word >> (wide->second % 64) & 1) != 0;
}

}  // namespace consentree::ledger

// Questions that evidence answers: everything under one key of the index, in a time, as of some
// moment. Pure.
#pragma once

#include "ledger/index_record.h"

#include <optional>
#include <string>
#include <string_view>

namespace consentree::ledger {

// All entries under a key whose block time is in [from, to).
struct Question {
    IndexKey kind = IndexKey::subject;
    std::string label;   // Subject, actor or provider; of a consent its consent_id.
    std::string issuer;  // Of a consent; else empty.
    std::optional<TimeMs> from, to;
    // At most one of these: as the ledger stood after that block, or after the last block that is
    // not later than that instant.
    std::optional<Height> as_of_height;
    std::optional<TimeMs> as_of_time;
    bool operator==(const Question&) const = default;
};
// "subject", "consent", "actor", "provider", "governance" (whose label is that word too); empty for
// another kind.
std::string_view index_key_name(IndexKey kind);
std::optional<IndexKey> index_key_of(std::string_view name);
Hash map_key_of(const Question& question);
// "the subject sub:8f2c"
std::string describe(const Question& question);
// "120" is a height, "2026-11-30T00:00:00Z" a time; false if it is neither.
bool read_as_of(std::string_view text, Question& question);

// Of whether a record is before the window, or after it or after the moment asked about.
// last_leaf: of the block as of which it is asked, if a height says so.
bool is_before(const Question& question, TimeUs commit_time_us);
bool is_after(const Question& question,
              std::uint64_t leaf,
              TimeUs commit_time_us,
              std::optional<std::uint64_t> last_leaf);

}  // namespace consentree::ledger

// A vocabulary of purposes: codes, each with the broader codes that it is a part of. A document
// that stands on the ledger (docs/schemes.md, "Vocabularies"); pure and never changed once parsed.
#pragma once

#include "common/error.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace consentree::ledger {

class Vocabulary {
public:
    // Refusals: too-large, malformed-json or schema-violation with the JSON Pointer at fault.
    static Checked<Vocabulary> parse(std::string_view json);

    const std::string& id() const { return id_; }
    std::uint32_t version() const { return version_; }
    const std::string& title() const { return title_; }
    std::size_t size() const { return labels_.size(); }

    bool has(std::string_view code) const { return places_.find(code) != places_.end(); }
    // What a person calls it; empty if the vocabulary does not say.
    std::string_view label(std::string_view code) const;
    // Is asked the same term as consented, or a narrower one, at any distance? False for a code
    // that is no term.
    bool covers(std::string_view consented, std::string_view asked) const;

private:
    std::string id_, title_;
    std::uint32_t version_ = 0;
    std::map<std::string, std::uint32_t, std::less<>> places_;
    std::vector<std::string> labels_;
    std::size_t row_words_ = 0;
    std::vector<std::uint64_t> broader_;  // Bit k of row n: term k is n or broader than n.
};

}  // namespace consentree::ledger

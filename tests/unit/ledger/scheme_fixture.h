// The documents in policies/, and consents that a scheme's tests vary.
#pragma once

#include "common/files.h"
#include "common/hash.h"
#include "common/time.h"
#include "ledger/scheme.h"

#include <catch2/catch.hpp>

namespace consentree::ledger::test {

// The document alone: what stands in an event, and what is hashed.
inline std::string policy_text(const std::string& id) {
    std::string text = read_file("policies/" + id + ".json", 64 * 1024).value();
    text.erase(text.find_last_not_of(" \n") + 1);
    return text;
}

// The value, or a failure that says why there is none.
template <class T>
T accepted(Checked<T> checked) {
    INFO((checked ? "" : checked.error().detail + " at " + checked.error().pointer));
    REQUIRE(checked.has_value());
    return std::move(*checked);
}

inline Scheme load_scheme(const std::string& id) {
    Scheme scheme = accepted(parse_scheme(policy_text(id)));
    std::vector<std::shared_ptr<const Vocabulary>> vocabularies;
    for (const VocabularyPin& pin : scheme.pins) {
        const std::string text = policy_text(pin.id);
        CHECK(sha256(as_bytes(text)) == pin.sha256);
        vocabularies.push_back(
            std::make_shared<const Vocabulary>(accepted(Vocabulary::parse(text))));
    }
    REQUIRE(bind(scheme, std::move(vocabularies)));
    return scheme;
}

inline TimeMs at(std::string_view text) {
    return parse_time(text).value();
}

// The rules that were broken, with commas between.
inline std::string rules_of(const std::vector<SchemeFault>& faults) {
    std::string rules;
    for (const SchemeFault& fault : faults) {
        CHECK_FALSE(fault.detail.empty());
        CHECK(fault.pointer.starts_with("/"));
        rules += (rules.empty() ? "" : ",") + fault.rule;
    }
    return rules;
}

}  // namespace consentree::ledger::test

// Random schemes, which institutions propose and approve, for the reference and for execution
// alike.
#pragma once

#include "tests/unit/ledger/reference_scheme.h"

#include <random>

namespace reference {

class Legislature {
public:
    explicit Legislature(unsigned seed) : random_(seed) {}

    // A transaction of one event, and what becomes of it.
    struct Act {
        std::string key;
        std::string json;
        std::string refused;
        bool in_force = false;  // With it the document came into force.
    };
    // Of one block, in order. The first puts a vocabulary and two schemes in force.
    std::vector<Act> next(Time now);
    const Laws& laws() const { return laws_; }

private:
    int pick(int choices) { return static_cast<int>(random_() % static_cast<unsigned>(choices)); }
    bool one_in(int choices) { return pick(choices) == 0; }
    std::string one_of(const List& list) { return list[random_() % list.size()]; }

    struct Draft {
        std::string id, json, hash;
        int version = 1;
    };
    void propose(std::vector<Act>& acts, const std::string& id, Time now);
    void approve(std::vector<Act>& acts, const Draft& draft, const std::string& who, Time now);

    Scheme any_scheme(const std::string& id);
    Vocabulary any_vocabulary();
    Test any_test();
    Condition any_condition();
    Reading any_reading();
    Row any_row(bool is_of_consents);
    Table any_table(bool is_of_consents);
    Span any_span();
    List any_patterns();

    std::minstd_rand random_;
    Laws laws_;
    std::vector<Draft> drafts_;  // All that were proposed, whatever became of them.
};

std::string scheme_json(const Scheme& scheme, const List& vocabulary_hashes);
std::string vocabulary_json(const Vocabulary& vocabulary);

}  // namespace reference

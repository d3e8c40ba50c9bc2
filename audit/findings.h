// Where the parts of an audit put what they find. One thread.
#pragma once

#include "audit/report.h"
#include "ledger/tables.h"

namespace consentree::audit {

std::string table_name(ledger::Table table);
// A key in words: "the entries from leaf 120 on", "batch 17 of northbank".
std::string row_in_words(ledger::Table table,
                         BytesView key,
                         const std::vector<std::string>& institutions);
// The block that wrote the row, if its value or key says so.
std::optional<Height> height_of(ledger::Table table, BytesView key, BytesView value);
// A value in words, short.
std::string value_in_words(ledger::Table table, BytesView value);

class Findings {
public:
    explicit Findings(Report& report) : report_(report) {}
    void institutions(std::vector<std::string> names) { institutions_ = std::move(names); }

    void add(Finding finding);
    // About a row; found and expected may be missing.
    void row(ledger::Table table,
             BytesView key,
             std::string what,
             const Bytes* expected = nullptr,
             const Bytes* found = nullptr);
    void undecidable(std::string what);
    const std::vector<std::string>& institutions() const { return institutions_; }

private:
    Report& report_;
    std::vector<std::string> institutions_;
};

}  // namespace consentree::audit

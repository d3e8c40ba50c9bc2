// Named reports: the questions of docs/questions.md, answered from a set of entries that is proven
// complete. Rows come as their page is verified; what the whole is worth is said at the end. Part
// of the public interface: standard types only.
#pragma once

#include "client/outcome.h"

#include <cstdint>
#include <iosfwd>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace consentree::client::report {

// What is asked. Empty members do not narrow; exactly the keys that the report can be about count.
struct Query {
    std::string name{};  // "accesses": see docs/questions.md.
    std::string subject{}, consent{}, issuer{}, actor{}, provider{};
    std::string purpose{}, category{}, verdict{};
    std::string from{}, to{};  // RFC 3339 or a date, block time: [from, to).
    std::string as_of{};       // A block's height or a time: as the ledger stood then.
    std::string access{};      // Event id, or place in the log.
    std::string user{};        // Who at the institution.
    std::string notice{};      // Version of a notice.
    std::string within{};      // "30d": expiring.
    std::string keep{};        // "7y": disposal.
    bool collapse = false;     // Repeated accesses as first date, number, last date.
    bool event_time = false;   // The verdicts by event time beside the recorded ones.
};

struct Column {
    enum class Form : std::uint8_t { text, number, list };  // A list's parts are joined by "; ".
    std::string name;                                       // "verdict": of CSV and JSON.
    Form form = Form::text;
    bool in_table = true;  // Of those that fit a terminal.
};

struct Row {
    std::vector<std::string> cells;     // As many as columns.
    std::vector<std::uint64_t> leaves;  // The entries that it was made from, by place in the log.
};

// Known before the first row.
struct Heading {
    unsigned number = 0;
    std::string name, question, articles;
    std::vector<std::pair<std::string, std::string>> query;  // As asked, without empty members.
    std::string about;                                       // "the subject sub:8f2c"
    std::string network;                                     // Hexadecimal id.
    std::vector<Column> columns;
};

// What the whole is worth: known after the last row.
struct Statement {
    std::uint64_t height = 0;  // Of the block that it speaks up to, 0 if a time was asked about;
    std::string time;          // and its time.
    std::string checkpoint;    // The signed note of the first page, as it is.
    std::string root;          // Of that checkpoint: hexadecimal.
    std::uint64_t tree_size = 0;
    std::vector<std::string> signers;
    std::size_t signers_needed = 0;
    std::string rules;          // By which verdicts and index were made.
    std::string policies;       // Versions of the schemes and vocabularies behind the verdicts.
    std::uint64_t entries = 0;  // Read and verified,
    std::uint64_t rows = 0;     // of which these came.
    std::string completeness;   // One sentence.
    std::string withheld;       // One sentence.
};

// Where a report goes. Called in this order: begin, then (page, its rows)..., then end or fail.
class Sink {
public:
    virtual ~Sink() = default;
    virtual void begin(const Heading& heading) = 0;
    // Evidence of the entries behind the next rows, as docs/formats.md has it. Asked for if
    // wants_pages().
    virtual bool wants_pages() const { return false; }
    virtual void page(std::string_view) {}
    virtual void row(const Row& row) = 0;
    // After the rows of each page: whoever waits may see them.
    virtual void flush() {}
    // It cannot hold more: the report fails.
    virtual bool is_full() const { return false; }
    virtual void end(const Statement& statement) = 0;
    // The rows so far are void.
    virtual void fail(const Failure&) {}
};

// "table", "csv", "json", "jsonld", "prov" or "html", written to out as it comes; null for others.
std::unique_ptr<Sink> make_sink(std::string_view form, std::ostream& out);
// The statement in lines: what CSV has no place for.
std::string to_text(const Heading& heading, const Statement& statement);

}  // namespace consentree::client::report

// docs/schemes.md written a second time, as reference.h is: schemes and vocabularies as plain
// lists, each rule as a loop over them.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace reference {

using Time = std::int64_t;
using List = std::vector<std::string>;
struct Record;
struct Event;

struct Span {
    std::string unit = "day";
    int value = 1;
};
Time after(Time from, const Span& span);

// One member of a condition. What it is about says which of the others matter.
struct Test {
    std::string about;  // "fetch_count"
    List words = {};    // Codes, patterns, names of groups.
    std::optional<int> least = {}, most = {};
    Span span = {};
    bool wanted = true;
};
using Condition = std::vector<Test>;
struct Rule {
    Condition when, needs;
};
struct Reading {
    Condition when;
    bool once = false;
    std::optional<Span> life, frequency;  // At most; the frequency as {unit, count}.
};

using Caps = std::map<std::string, int>;  // By unit.
struct Row {
    // The key; empty: any.
    List recipients, templates, purposes, categories;
    std::string fetch;
    // The caps.
    List only;
    std::optional<Caps> retention, frequency;
    std::optional<Span> life, data_range;
};
struct Table {
    bool refuses_unlisted = false, trims = false;
    std::vector<Row> rows;  // Empty: the scheme has no such table.
};

struct Vocabulary {
    std::string id;
    int version = 1;
    std::map<std::string, List> broader;  // Every term, and what is broader.
};
struct Scheme {
    std::string id;
    int version = 1;
    std::vector<Vocabulary> vocabularies;
    bool narrower = false, one_recurring = false;
    std::optional<int> skew_minutes;
    std::map<std::string, std::string> windows;  // By unit.
    std::map<std::string, List> groups, implies;
    std::vector<Rule> valid;
    std::vector<Reading> reads;
    Table consents, requests;
};

// That it is no consent of this scheme.
bool breaks_scheme(const Scheme& scheme, const Record& record);
// With the terms that count.
Record as_read(const Scheme& scheme, Record record);
// The caps: of what is consented to, and of what is asked for.
bool exceeds_caps(const Scheme& scheme, const Record& record);
bool exceeds_caps(const Scheme& scheme, const Record& record, const Event& request);
// Until when data is granted to a request that exceeds no cap but that of its range, where the
// scheme trims such ones.
std::optional<Time> trimmed_until(const Scheme& scheme, const Record& record, Event request);
// Whether that consent is consent to this purpose, or category. Null: under no scheme.
bool covers_purpose(const Scheme* scheme, const Record& record, const std::string& purpose);
bool covers_category(const Scheme* scheme, const Record& record, const std::string& category);

// What is proposed, approved and in force.
class Laws {
public:
    struct Document {
        std::string hash;
        std::optional<Scheme> scheme;
        std::optional<Vocabulary> vocabulary;
    };
    // Refused with a code, or taken.
    std::string propose(const std::string& institution, const Document& document);
    std::string approve(const std::string& institution,
                        const std::string& id,
                        int version,
                        const std::string& hash);

    // Of a scheme in force; version 0: the newest. Null: there is none.
    const Scheme* find(const std::string& id, int version = 0) const;
    int next_version(const std::string& id) const;
    // Hash of the vocabulary's newest version in force.
    const Document* newest(const std::string& id) const;

private:
    struct Waiting {
        Document document;
        std::set<std::string> approved;
    };
    struct Policy {
        std::vector<Document> in_force;
        std::vector<Waiting> waiting;
        bool is_scheme = false;
    };
    void settle(Policy& policy);

    std::map<std::string, Policy> policies_;
    std::set<std::string> seen_;  // Hashes.
};

}  // namespace reference

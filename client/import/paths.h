// Finding the values that a path of a mapping names in a source document, and which leaves of it
// no path named. Holds pointers into the document, which must outlive it.
#pragma once

#include "client/import/mapping.h"
#include "client/import/source.h"

#include <set>

namespace consentree::client::mapping {

struct Match {
    std::string pointer;
    const SourceValue* value = nullptr;
    std::size_t element = 0;         // Which of all elements that the last "*" visits.
    std::vector<std::size_t> stars;  // Which element of its array each "*" took.
};

class Paths {
public:
    // single_is_list: "*" takes a value that is no array as a list of one.
    Paths(const SourceValue& document, std::string base, bool single_is_list)
        : document_(document), base_(std::move(base)), single_is_list_(single_is_list) {}
    // "@" replaced by the base of the form.
    std::string resolve(const Path& path) const;
    // In document order. What it finds counts as used.
    std::vector<Match> find(const Path& path);
    // Those of them about which all conditions hold, each looked for among the same elements of
    // the "*" in what both paths begin with.
    std::vector<Match> find(const Path& path, const std::vector<When>& where);
    // A member of a match, by a pointer below it. JSON null counts as absent.
    const SourceValue* below(const Match& match, const std::string& pointer);
    // The one value there, or null. JSON null counts as absent.
    const SourceValue* one(const Path& path);
    bool holds(const std::vector<When>& conditions);
    // From now on every path takes these elements for the "*" that it shares with at.
    void choose(const Path& at, std::vector<std::size_t> stars) {
        chosen_at_ = resolve(at);
        chosen_ = std::move(stars);
    }
    bool has_chosen() const { return !chosen_.empty(); }
    // Everything at or below the path counts as used.
    void ignore(const Path& path);
    // Pointers of the leaves that nothing named, in document order; at most
    // limits::mapping_values.
    std::vector<std::string> unused() const;
    // A path matched more than limits::mapping_values, and its matches are not all there.
    const std::optional<std::string>& overflow() const { return overflow_; }

private:
    // bound: the elements that the first of its "*" must take.
    std::vector<Match> find_bound(const Path& path, const std::vector<std::size_t>& bound);
    bool holds(const When& when, const std::vector<std::size_t>& bound);
    void collect_unused(const SourceValue& value,
                        const std::string& pointer,
                        std::vector<std::string>& out) const;
    void mark(const SourceValue& value);

    const SourceValue& document_;
    std::string base_;
    bool single_is_list_;
    std::string chosen_at_;
    std::vector<std::size_t> chosen_;
    std::set<const SourceValue*> used_;
    std::optional<std::string> overflow_;
};

}  // namespace consentree::client::mapping

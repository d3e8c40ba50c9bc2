// Finding the values that a path of a mapping names in a source document, and which leaves of it
// no path named. Pure; holds pointers into the document, which must outlive it.
#pragma once

#include "client/import/mapping.h"
#include "client/import/source.h"

#include <set>

namespace consentree::client::mapping {

struct Match {
    std::string pointer;
    const SourceValue* value = nullptr;
    std::size_t element = 0;  // Which element of the "*", 0 without one.
};

class Paths {
public:
    Paths(const SourceValue& document, std::string base)
        : document_(document), base_(std::move(base)) {}
    // "@" replaced by the base of the form.
    std::string resolve(const Path& path) const;
    // In document order; at most limits::mapping_values. What it finds counts as used.
    std::vector<Match> find(const Path& path);
    // The one value there, or null. JSON null counts as absent.
    const SourceValue* one(const Path& path);
    bool holds(const When& when);
    // Everything at or below the path counts as used.
    void ignore(const Path& path);
    // Pointers of the leaves that nothing named, in document order.
    std::vector<std::string> unused() const;

private:
    void collect_unused(const SourceValue& value,
                        const std::string& pointer,
                        std::vector<std::string>& out) const;
    void mark(const SourceValue& value);
    const SourceValue& document_;
    std::string base_;
    std::set<const SourceValue*> used_;
};

}  // namespace consentree::client::mapping

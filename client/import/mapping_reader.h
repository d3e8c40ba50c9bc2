// Reading the objects of a mapping file: every member must be asked for, every fault is kept with
// its place. Private to mapping*.cpp.
#pragma once

#include "client/import/mapping.h"
#include "client/import/source.h"

#include <set>

namespace consentree::client::mapping {

class Faults {
public:
    explicit Faults(std::vector<Refusal>& faults) : faults_(faults) {}
    void raise(const std::string& pointer, const std::string& detail);

private:
    std::vector<Refusal>& faults_;
};

class ObjectReader {
public:
    ObjectReader(const nlohmann::json& value, std::string pointer, Faults& faults);
    // Members that nobody asked for are faults.
    ~ObjectReader();
    ObjectReader(const ObjectReader&) = delete;
    ObjectReader& operator=(const ObjectReader&) = delete;

    const nlohmann::json* get(const std::string& name);
    std::string text(const std::string& name, bool required = false);
    // A string or a list of strings.
    std::vector<std::string> texts(const std::string& name);
    // A path of the language, or several.
    Path path(const std::string& name, bool required = false);
    std::vector<Path> paths(const std::string& name);
    std::optional<std::int64_t> integer(const std::string& name,
                                        std::int64_t least,
                                        std::int64_t most);
    bool flag(const std::string& name);
    // One condition or a list of them.
    std::vector<When> conditions(const std::string& name);

    const std::string& pointer() const { return pointer_; }
    void raise(const std::string& detail) { faults_.raise(pointer_, detail); }
    void raise_at(const std::string& name, const std::string& detail) {
        faults_.raise(child(pointer_, name), detail);
    }

private:
    void check_path(const std::string& name, const Path& path);
    When condition(const nlohmann::json& value, const std::string& pointer);

    const nlohmann::json& value_;
    std::string pointer_;
    Faults& faults_;
    std::set<std::string> known_;
};

Rule read_rule(const nlohmann::json& value,
               std::size_t number,
               const Mapping& mapping,
               Faults& faults);
Check read_check(const nlohmann::json& value, std::size_t number, Faults& faults);

}  // namespace consentree::client::mapping

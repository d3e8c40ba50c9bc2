// Reading JSON that the other side wrote: bounded parsing, and members with their type checked.
// Private to client/api*.cpp and node/api*.cpp. The first error sticks, as in common/codec.h.
#pragma once

#include "client/api.h"

#include <nlohmann/json.hpp>
#include <set>

namespace consentree::client::api {

using Json = nlohmann::ordered_json;

// Result cannot hold a Json itself: everything converts to one.
struct Document {
    Json value;
};

// Refuses text that is not JSON, duplicate member names, and nesting deeper than depth_limit
// ("malformed-json"). Nothing deeper than the limit is ever built.
Checked<Document> parse_bounded(std::string_view text, std::size_t depth_limit);

// What is not UTF-8 is replaced.
std::string dump(const Json& value);
// Text that is JSON already, for embedding; a string with the text itself if it is not.
Json embed(const std::string& json_text);
Json or_null(const std::string& text);
Json or_null(const std::optional<std::uint64_t>& number);

class MemberReader {
public:
    MemberReader(const Json& object, std::string pointer);

    std::string text(const char* name);           // Required.
    std::string optional_text(const char* name);  // Empty if absent or null.
    std::uint64_t number(const char* name);
    std::uint64_t optional_number(const char* name, std::uint64_t otherwise);
    std::optional<std::uint64_t> number_or_null(const char* name);
    std::uint64_t number_up_to(const char* name, std::uint64_t limit);
    bool boolean(const char* name, bool otherwise);
    std::vector<std::string> texts(const char* name, bool required = false);
    std::vector<std::uint64_t> numbers(const char* name);
    std::string json(const char* name);  // Any value, as text; empty if absent or null.
    // An array of objects; a null pointer after an error.
    const Json* array(const char* name, bool required = true);

    // Requests only: a member that no call above asked for is an error.
    void refuse_unknown();
    void fail(const std::string& name, const std::string& detail);
    bool failed() const { return refusal_.has_value(); }
    const Refusal& refusal() const { return *refusal_; }
    const std::string& pointer() const { return pointer_; }

private:
    const Json* find(const char* name, bool required);
    const Json& object_;
    std::string pointer_;
    std::set<std::string> asked_;
    std::optional<Refusal> refusal_;
};

// Bounds for answers of a node: a hostile one may send anything.
inline constexpr std::size_t answer_depth = 16;

// parse_one(reader) fills a value; nothing of the text is trusted.
template <class T, class ParseOne>
Result<T> parse_answer(std::string_view text, ParseOne parse_one) {
    auto document = parse_bounded(text, answer_depth);
    if (!document) return Errc::malformed;
    MemberReader reader(document->value, "");
    T value = parse_one(reader);
    if (reader.failed()) return Errc::malformed;
    return value;
}

template <class T, class ParseOne>
std::vector<T> parse_items(MemberReader& reader,
                           const char* name,
                           ParseOne parse_one,
                           bool required = true) {
    std::vector<T> items;
    const Json* array = reader.array(name, required);
    if (array == nullptr) return items;
    items.reserve(array->size());
    std::size_t index = 0;
    for (const Json& element : *array) {
        MemberReader item(element, reader.pointer() + "/" + name + "/" + std::to_string(index++));
        items.push_back(parse_one(item));
        if (item.failed()) {
            reader.fail(name, item.refusal().detail);
            return items;
        }
    }
    return items;
}

template <class Item, class JsonOf>
std::string format_page(const Page<Item>& page, JsonOf json_of) {
    Json items = Json::array();
    for (const Item& item : page.items) items.push_back(json_of(item));
    Json out;
    out["items"] = std::move(items);
    out["next_cursor"] = or_null(page.next_cursor);
    out["as_of_height"] = page.as_of_height;
    out["complete"] = page.complete;
    return dump(out);
}

template <class Item, class ReadOne>
Result<Page<Item>> parse_page(std::string_view json, ReadOne read_one) {
    return parse_answer<Page<Item>>(json, [&](MemberReader& reader) {
        Page<Item> page;
        page.items = parse_items<Item>(reader, "items", read_one);
        page.next_cursor = reader.optional_text("next_cursor");
        page.as_of_height = reader.number("as_of_height");
        page.complete = reader.boolean("complete", false);
        return page;
    });
}

}  // namespace consentree::client::api

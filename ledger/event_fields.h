// The member types that events share, read from an ObjectReader. Private to event*.cpp.
#pragma once

#include "ledger/event.h"
#include "ledger/strict_json.h"

#include <initializer_list>

namespace consentree::ledger {

inline constexpr std::size_t code_bytes = 128;
inline constexpr std::size_t text_bytes = 512;
inline constexpr std::size_t uri_bytes = 2048;
inline constexpr std::size_t list_items = 64;

enum class Need { required, optional };

// Each reads one member; a fault is kept by the reader and an empty value returned.
class Fields {
public:
    Fields(Json::Value object, std::string pointer) : reader(object, std::move(pointer)) {}

    std::string code(std::string_view name, Need need = Need::required);
    std::string subject(std::string_view name);
    std::string institution(std::string_view name);
    std::string one_of(std::string_view name,
                       std::initializer_list<std::string_view> words,
                       Need need = Need::required);
    // Any text of 1 to byte_limit bytes, checked and not kept.
    void text(std::string_view name, std::size_t byte_limit, Need need = Need::required);
    std::string kept_text(std::string_view name, std::size_t byte_limit, Need need);
    void sha256(std::string_view name, Need need = Need::required);
    void country(std::string_view name, Need need);
    TimeMs time(std::string_view name);
    // Nothing if absent; null is accepted as "none" only if may_be_null.
    std::optional<TimeMs> optional_time(std::string_view name, bool may_be_null = false);
    bool boolean(std::string_view name);
    std::int64_t integer(std::string_view name,
                         std::int64_t least,
                         std::int64_t most,
                         Need need = Need::required);
    // An array of distinct codes.
    std::vector<std::string> codes(std::string_view name,
                                   std::size_t least,
                                   Need need = Need::required);
    void countries(std::string_view name, std::size_t least, Need need);
    Resources resources(std::string_view name);

    ObjectReader reader;

private:
    std::optional<std::string_view> string(std::string_view name, Need need);
};

// Reads the record at value; faults are kept by outer under "consent".
std::optional<ConsentRecord> read_record(Json::Value value, ObjectReader& outer);

}  // namespace consentree::ledger

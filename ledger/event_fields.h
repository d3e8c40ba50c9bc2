// The member types that events share, read from an ObjectReader. Private to event*.cpp and
// the documents of policies (scheme_fields.h).
#pragma once

#include "ledger/event.h"
#include "ledger/strict_json.h"

#include <initializer_list>

namespace consentree::ledger {

inline constexpr std::size_t code_bytes = 128;
inline constexpr std::size_t text_bytes = 512;
inline constexpr std::size_t uri_bytes = 2048;
inline constexpr std::size_t list_items = 64;
inline constexpr std::uint32_t versions_max = 1'000'000;

enum class Need { required, optional };

// Each reads one member; a fault is kept by the reader and an empty value returned.
class Fields {
public:
    Fields(Json::Value object, std::string pointer) : reader(object, std::move(pointer)) {}

    std::string code(std::string_view name, Need need = Need::required);
    std::string subject(std::string_view name, Need need = Need::required);
    std::string institution(std::string_view name);
    std::string one_of(std::string_view name,
                       std::initializer_list<std::string_view> words,
                       Need need = Need::required);
    // consent, contract, legal_obligation, vital, public_task, legitimate_interest.
    std::string legal_basis(Need need = Need::required);
    // Any text of 1 to byte_limit bytes, checked and not kept.
    void text(std::string_view name, std::size_t byte_limit, Need need = Need::required);
    std::string kept_text(std::string_view name, std::size_t byte_limit, Need need);
    std::string sha256(std::string_view name, Need need = Need::required);
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
    std::vector<std::string> countries(std::string_view name, std::size_t least, Need need);
    Resources resources(std::string_view name);

    ObjectReader reader;

private:
    std::optional<std::string_view> string(std::string_view name, Need need);
};

// A nested object: reads it with visit and hands its fault to the outer reader.
template <class Visit>
void read_object(Fields& outer, std::string_view name, Need need, const Visit& visit) {
    const auto member = need == Need::required ? outer.reader.require(name, Json::Type::object)
                                               : outer.reader.find(name, Json::Type::object);
    if (!member) return;
    Fields fields(*member, outer.reader.pointer_to(name));
    visit(fields);
    if (auto refusal = fields.reader.finish()) outer.reader.fail(std::move(*refusal));
}

// An array of objects.
template <class Visit>
void read_objects(Fields& outer,
                  std::string_view name,
                  std::size_t least,
                  std::size_t most,
                  Need need,
                  const Visit& visit) {
    const auto member = need == Need::required ? outer.reader.require(name, Json::Type::array)
                                               : outer.reader.find(name, Json::Type::array);
    if (!member) return;
    if (member->count() < least || member->count() > most) {
        outer.reader.fail(
            name, std::to_string(least) + " to " + std::to_string(most) + " items were expected");
        return;
    }
    Json::Value item = member->first();
    for (std::uint32_t index = 0; index < member->count(); ++index, item = item.next()) {
        Fields fields(item, outer.reader.pointer_to(name) + "/" + std::to_string(index));
        visit(fields);
        if (auto refusal = fields.reader.finish()) outer.reader.fail(std::move(*refusal));
    }
}

// Members that several kinds of record have.
inline std::uint32_t read_version(Fields& fields) {
    return static_cast<std::uint32_t>(fields.integer("version", 1, versions_max));
}
Retention read_retention(Fields& fields, Need need);
std::vector<std::string> read_purposes(Fields& fields);
void read_notice(Fields& fields, Need need);

// Reads the record at value; faults are kept by outer under "consent".
std::optional<ConsentRecord> read_record(Json::Value value, ObjectReader& outer);
AccessEvent read_access(Fields& fields, EventKind kind);
PartyEvent read_party(Fields& fields);
AgreementEvent read_agreement(Fields& fields, EventKind kind);
PolicyEvent read_policy(Fields& fields, EventKind kind);

}  // namespace consentree::ledger

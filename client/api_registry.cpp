// The JSON of parties, data-sharing agreements and restrictions.
#include "client/api_json.h"

namespace consentree::client::api {

namespace {

void add_record(Json& out, const std::string& record, const std::string& record_bytes) {
    if (record.empty()) return;
    out["record"] = embed(record);
    out["record_bytes"] = record_bytes;
}

// One that may be null.
template <class T, class ParseOne>
std::optional<T> parse_object(MemberReader& reader, const char* name, ParseOne parse_one) {
    const std::string text = reader.json(name);
    if (text.empty()) return std::nullopt;
    const Json object = Json::parse(text);
    MemberReader item(object, reader.pointer() + "/" + name);
    T value = parse_one(item);
    if (item.failed()) reader.fail(name, item.refusal().detail);
    return value;
}

Json json_of(const Party::Registration& registration) {
    Json out;
    out["by"] = registration.by;
    out["height"] = registration.height;
    out["entry"] = registration.entry;
    out["versions"] = registration.versions;
    add_record(out, registration.record, registration.record_bytes);
    return out;
}

Party::Registration read_registration(MemberReader& reader) {
    Party::Registration registration;
    registration.by = reader.text("by");
    registration.height = reader.number("height");
    registration.entry = reader.number("entry");
    registration.versions = static_cast<std::uint32_t>(reader.number_up_to("versions", UINT32_MAX));
    registration.record = reader.json("record");
    registration.record_bytes = reader.optional_text("record_bytes");
    return registration;
}

Json json_of(const Party& party) {
    Json out;
    out["id"] = party.id;
    out["name"] = or_null(party.name);
    out["validator"] = party.validator ? Json(*party.validator) : Json(nullptr);
    Json keys = Json::array();
    for (const Party::Key& key : party.keys) {
        keys.push_back({{"fingerprint", key.fingerprint}, {"key", key.key}, {"roles", key.roles}});
    }
    out["keys"] = std::move(keys);
    out["registered"] = party.registered ? json_of(*party.registered) : Json(nullptr);
    return out;
}

Party read_party(MemberReader& reader) {
    Party party;
    party.id = reader.text("id");
    party.name = reader.optional_text("name");
    const std::uint64_t none = UINT16_MAX + 1U;
    const std::uint64_t validator = reader.optional_number("validator", none);
    if (validator > none) reader.fail("validator", "too large");
    if (validator < none) party.validator = static_cast<std::uint16_t>(validator);
    party.keys = parse_items<Party::Key>(reader, "keys", [](MemberReader& item) {
        return Party::Key{item.text("fingerprint"), item.text("key"), item.texts("roles")};
    });
    party.registered = parse_object<Party::Registration>(reader, "registered", read_registration);
    return party;
}

Json json_of(const Agreement::Version& version, bool is_proposed) {
    Json out;
    out["version"] = version.version;
    out["sha256"] = version.sha256;
    out["entry"] = version.entry;
    out["parties"] = version.parties;
    out["purposes"] = version.purposes;
    out["categories"] = version.categories;
    out["valid_from"] = version.valid_from;
    out["valid_until"] = or_null(version.valid_until);
    if (is_proposed) {
        out["accepted_by"] = version.accepted_by;
        out["awaited"] = version.awaited;
    }
    add_record(out, version.record, version.record_bytes);
    return out;
}

Agreement::Version read_version(MemberReader& reader) {
    Agreement::Version version;
    version.version = static_cast<std::uint32_t>(reader.number_up_to("version", UINT32_MAX));
    version.sha256 = reader.text("sha256");
    version.entry = reader.number("entry");
    version.parties = reader.texts("parties");
    version.purposes = reader.texts("purposes");
    version.categories = reader.texts("categories");
    version.valid_from = reader.text("valid_from");
    version.valid_until = reader.optional_text("valid_until");
    version.accepted_by = reader.texts("accepted_by");
    version.awaited = reader.texts("awaited");
    version.record = reader.json("record");
    version.record_bytes = reader.optional_text("record_bytes");
    return version;
}

Json json_of(const Agreement& agreement) {
    Json out;
    out["agreement_id"] = agreement.id;
    out["state"] = agreement.state;
    out["agreed"] = agreement.agreed ? json_of(*agreement.agreed, false) : Json(nullptr);
    out["proposed"] = agreement.proposed ? json_of(*agreement.proposed, true) : Json(nullptr);
    out["ended_at"] = or_null(agreement.ended_at);
    out["as_of_height"] = agreement.as_of_height;
    return out;
}

Agreement read_agreement(MemberReader& reader) {
    Agreement agreement;
    agreement.id = reader.text("agreement_id");
    agreement.state = reader.text("state");
    agreement.agreed = parse_object<Agreement::Version>(reader, "agreed", read_version);
    agreement.proposed = parse_object<Agreement::Version>(reader, "proposed", read_version);
    agreement.ended_at = reader.optional_text("ended_at");
    agreement.as_of_height = reader.number("as_of_height");
    return agreement;
}

Json json_of(const Restriction& restriction) {
    Json out;
    out["institution"] = restriction.institution;
    out["request"] = restriction.request;
    out["right"] = or_null(restriction.right);
    out["since"] = or_null(restriction.since);
    out["due"] = or_null(restriction.due);
    out["entry"] = or_null(restriction.entry);
    return out;
}

Restriction read_restriction(MemberReader& reader) {
    Restriction restriction;
    restriction.institution = reader.text("institution");
    restriction.request = reader.text("request");
    restriction.right = reader.optional_text("right");
    restriction.since = reader.optional_text("since");
    restriction.due = reader.optional_text("due");
    restriction.entry = reader.number_or_null("entry");
    return restriction;
}

}  // namespace

std::string format(const Party& party) {
    return dump(json_of(party));
}
std::string format(const Page<Party>& page) {
    return format_page(page, [](const Party& party) { return json_of(party); });
}
Result<Party> parse_party(std::string_view json) {
    return parse_answer<Party>(json, read_party);
}
Result<Page<Party>> parse_parties(std::string_view json) {
    return parse_page<Party>(json, read_party);
}

std::string format(const Agreement& agreement) {
    return dump(json_of(agreement));
}
std::string format(const Page<Agreement>& page) {
    return format_page(page, [](const Agreement& agreement) { return json_of(agreement); });
}
Result<Agreement> parse_agreement(std::string_view json) {
    return parse_answer<Agreement>(json, read_agreement);
}
Result<Page<Agreement>> parse_agreements(std::string_view json) {
    return parse_page<Agreement>(json, read_agreement);
}

std::string format(const Page<Restriction>& page) {
    return format_page(page, [](const Restriction& one) { return json_of(one); });
}
Result<Page<Restriction>> parse_restrictions(std::string_view json) {
    return parse_page<Restriction>(json, read_restriction);
}

}  // namespace consentree::client::api

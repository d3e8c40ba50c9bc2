#include "client/record.h"

#include "common/keys.h"
#include "common/time.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

namespace consentree::client {

Failure missing_member(const std::string& member, const std::string& hint) {
    Failure failure;
    failure.kind = FailureKind::usage;
    failure.code = "member-missing";
    failure.what = "\"" + member + "\" is not given";
    failure.why = "a record must say it, and nothing is filled in by guess";
    failure.hint = hint;
    return failure;
}

namespace {

using Json = nlohmann::ordered_json;

// The members that a record must have, in the order in which records are written.
constexpr std::array<std::string_view, 22> required = {
    "schema",       "consent_id", "issuer",      "version",       "subject",    "grantors",
    "provider",     "recipients", "purposes",    "legal_basis",   "categories", "resources",
    "actions",      "valid_from", "valid_until", "fetch",         "retention",  "storage_places",
    "jurisdiction", "notice",     "expression",  "withdrawal_uri"};

// Sets a member from the call, which wins over the agreement.
void set_text(Json& record, const char* member, const std::string& value) {
    if (!value.empty()) record[member] = value;
}

void set_list(Json& record, const char* member, const std::vector<std::string>& values) {
    if (!values.empty()) record[member] = values;
}

Outcome<Json> grantor_of(const Grant& grant, const std::string& party, const std::string& now) {
    Json grantor;
    grantor["party"] = party;
    if (party == grant.subject) {
        grantor["capacity"] = "self";
    } else if (grant.capacity.empty() || grant.capacity == "self") {  // Self is the subject.
        return missing_member("capacity", "Say in which capacity " + party +
                                              " gives it: joint_holder, guardian, attorney, ...");
    } else {
        grantor["capacity"] = grant.capacity;
        set_text(grantor, "authority_ref", grant.authority_ref);
    }
    if (grant.authorised) grantor["authorised_at"] = now;
    return grantor;
}

Outcome<Json> grantors_of(const Grant& grant, const std::string& now) {
    std::vector<std::string> parties = grant.grantors;
    if (parties.empty()) parties.push_back(grant.subject);
    Json grantors = Json::array();
    for (const std::string& party : parties) {
        auto grantor = grantor_of(grant, party, now);
        if (!grantor) return grantor.error();
        grantors.push_back(std::move(*grantor));
    }
    return grantors;
}

// "any", "all", or the number who must join.
Json authorisation_rule(const std::string& text) {
    std::uint32_t threshold = 0;
    const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), threshold);
    if (bad != std::errc() || end != text.data() + text.size()) return text;
    return {{"threshold", threshold}};
}

// In the order of `required`, then what else the agreement says.
Json in_order(const Json& record) {
    Json sorted;
    for (const std::string_view member : required) {
        if (record.contains(member)) sorted[std::string(member)] = record[std::string(member)];
    }
    for (const auto& [name, value] : record.items()) {
        if (!sorted.contains(name)) sorted[name] = value;
    }
    return sorted;
}

Outcome<Json> record_of(const Grant& grant,
                        const Agreement& agreement,
                        const std::string& institution,
                        TimeMs now) {
    const std::string now_text = format_time(now);
    Json record = Json::parse(agreement.record_json());
    record["schema"] = "consentree/consent/1";
    record["consent_id"] = grant.consent_id.empty() ? new_id("cns_", now) : grant.consent_id;
    record["version"] = 1;
    set_text(record, "issuer", grant.issuer);
    if (!record.contains("issuer")) set_text(record, "issuer", institution);
    set_text(record, "subject", grant.subject);
    auto grantors = grantors_of(grant, now_text);
    if (!grantors) return grantors.error();
    record["grantors"] = std::move(*grantors);
    set_text(record, "subject_kind", grant.subject_kind);
    if (!grant.authorisation.empty()) {
        record["authorisation"] = authorisation_rule(grant.authorisation);
    }
    set_text(record, "scheme", grant.scheme);
    set_text(record, "template_id", grant.template_id);
    set_text(record, "agreement", grant.agreement);
    set_text(record, "provider", grant.provider);
    if (!grant.recipient.empty()) {
        record["recipients"] = Json::array({Json{{"party", grant.recipient}}});
    }
    if (!grant.purpose.empty()) {
        record["purposes"] = Json::array({Json{{"code", grant.purpose}}});
    }
    set_text(record, "legal_basis", grant.legal_basis);
    set_list(record, "categories", grant.data);
    set_list(record, "resources", grant.resources);
    if (!record.contains("resources")) record["resources"] = "all";
    set_list(record, "actions", grant.actions);
    record["valid_from"] = now_text;
    if (!grant.valid_from.empty()) {
        auto when = parse_when(grant.valid_from, now);
        if (!when) return when.error();
        record["valid_from"] = *when;
    }
    if (grant.expires == "never") {
        record["valid_until"] = nullptr;
    } else if (!grant.expires.empty()) {
        auto when = parse_when(grant.expires, now);
        if (!when) return when.error();
        record["valid_until"] = *when;
    }
    if (record.contains("expression") && record["expression"].is_object() &&
        !record["expression"].contains("at")) {
        record["expression"]["at"] = now_text;
    }
    return in_order(record);
}

std::string dump(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// Of as many grantors as the record asks for, in its order.
std::optional<Failure> add_authorisations(const Json& record,
                                          TimeMs now,
                                          std::vector<std::string>& events) {
    const Json& grantors = record["grantors"];
    if (!grantors.is_array() || grantors.empty()) {
        return missing_member("grantors", "Say who gave it.");
    }
    const Json rule = record.value("authorisation", Json("any"));
    std::size_t needed = rule == "all" ? grantors.size() : 1;
    if (rule.is_object() && rule.contains("threshold") && rule["threshold"].is_number_unsigned()) {
        needed = rule["threshold"].get<std::size_t>();
    }
    for (std::size_t i = 0; i < std::min(needed, grantors.size()); ++i) {
        if (!grantors[i].is_object() || !grantors[i].contains("party")) {
            return missing_member("party", "Each grantor is an object that names a party.");
        }
        Json event;
        event["type"] = "consent.authorise";
        for (const char* member : {"issuer", "consent_id", "version"}) {
            event[member] = record[member];
        }
        event["grantor"] = grantors[i]["party"];
        event["occurred_at"] = format_time(now);
        events.push_back(dump(event));
    }
    return std::nullopt;
}

}  // namespace

Outcome<BuiltEvents> build_grant(const Grant& grant,
                                 const Agreement& agreement,
                                 const std::string& institution,
                                 TimeMs now) {
    auto record = record_of(grant, agreement, institution, now);
    if (!record) return record.error();
    for (const std::string_view member : required) {
        if (record->contains(member)) continue;
        return missing_member(std::string(member),
                              agreement.empty()
                                  ? "Give it in the call, or name a data-sharing agreement "
                                    "(--agreement FILE) that says it."
                                  : "Give it in the call, or add it to " + agreement.path() + ".");
    }
    BuiltEvents built;
    built.consent_id = (*record)["consent_id"].get<std::string>();
    const Json supplied = Json::parse(agreement.record_json());
    for (const auto& [name, value] : supplied.items()) {
        if ((*record)[name] == value || name == "expression") built.supplied.push_back(name);
    }
    Json request;
    request["type"] = "consent.request";
    request["consent"] = *record;
    request["occurred_at"] = format_time(now);
    built.events = {dump(request)};
    if (!grant.authorised) return built;
    if (auto failure = add_authorisations(*record, now, built.events)) return *failure;
    return built;
}

Outcome<BuiltEvents> build_amend(const Amend& amend, TimeMs now) {
    const Json record = Json::parse(amend.record, nullptr, false);
    if (!record.is_object()) {
        return missing_member("record", "Give the whole new record as a JSON object.");
    }
    for (const char* member : {"consent_id", "issuer", "version", "grantors"}) {
        if (!record.contains(member)) return missing_member(member, "The record must say it.");
    }
    BuiltEvents built;
    built.consent_id =
        record["consent_id"].is_string() ? record["consent_id"].get<std::string>() : std::string();
    Json event;
    event["type"] = amend.renewal ? "consent.renew" : "consent.amend";
    event["consent"] = record;
    event["occurred_at"] = format_time(now);
    built.events = {dump(event)};
    if (!amend.authorised) return built;
    if (auto failure = add_authorisations(record, now, built.events)) return *failure;
    return built;
}

Outcome<std::string> parse_when(const std::string& text, TimeMs now) {
    if (const auto time = parse_rfc3339(text)) return format_time(*time);
    if (const auto time = parse_date(text)) return format_time(*time);
    if (const auto time = parse_date(text + "-01")) return format_time(*time);
    constexpr TimeMs day_ms = 24 * 3600 * 1000;
    int count = 0;
    const char* end = text.data() + text.size();
    const auto [stop, bad] = std::from_chars(text.data(), end, count);
    if (bad == std::errc() && stop + 1 == end && count > 0 && count <= 36500) {
        if (*stop == 'd') return format_time(now + count * day_ms);
        if (*stop == 'm') return format_time(add_months(now, count));
        if (*stop == 'y' && count <= 100) return format_time(add_months(now, count * 12));
    }
    Failure failure;
    failure.kind = FailureKind::usage;
    failure.code = "invalid-time";
    failure.what = "cannot read the time \"" + text + "\"";
    failure.hint = "Write 2027-06-30, 2027-06-30T12:00:00Z, 30d, 6m or 1y.";
    return failure;
}

std::string new_id(std::string_view prefix, TimeMs now) {
    constexpr std::string_view digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    const Bytes random = random_bytes(10);
    std::array<std::uint8_t, 17> bits{};  // 130 bits: two of padding in front, 48, 80.
    std::uint64_t time = static_cast<std::uint64_t>(now) & 0xffff'ffff'ffffULL;
    std::array<std::uint8_t, 16> value{};
    for (std::size_t i = 6; i-- > 0; time >>= 8) value[i] = static_cast<std::uint8_t>(time);
    std::copy(random.begin(), random.end(), value.begin() + 6);
    std::copy(value.begin(), value.end(), bits.begin() + 1);
    std::string id(prefix);
    // 26 digits of 5 bits: bit 6 of the 136 is the first of the 130.
    for (std::size_t i = 0; i < 26; ++i) {
        std::size_t digit = 0;
        for (std::size_t b = 0; b < 5; ++b) {
            const std::size_t at = 6 + i * 5 + b;
            digit = digit << 1 | ((bits[at / 8] >> (7 - at % 8)) & 1U);
        }
        id += digits[digit];
    }
    return id;
}

TimeMs wall_clock() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

}  // namespace consentree::client

#include "client/record.h"

#include "common/keys.h"
#include "common/time.h"

#include <nlohmann/json.hpp>

#include <array>
#include <charconv>
#include <chrono>

namespace consentree::client {

namespace {

using Json = nlohmann::ordered_json;

Failure missing(const std::string& member, const std::string& hint) {
    Failure failure;
    failure.kind = FailureKind::usage;
    failure.code = "member-missing";
    failure.what = "\"" + member + "\" is not given";
    failure.why = "a record must say it, and nothing is filled in by guess";
    failure.hint = hint;
    return failure;
}

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

Json grantor_of(const Grant& grant, const std::string& now) {
    Json grantor;
    grantor["party"] = grant.grantor.empty() ? grant.subject : grant.grantor;
    grantor["capacity"] = grant.capacity.empty() ? "self" : grant.capacity;
    if (!grant.authority_ref.empty()) grantor["authority_ref"] = grant.authority_ref;
    grantor["authorised_at"] = now;
    return grantor;
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
    record["grantors"] = Json::array({grantor_of(grant, now_text)});
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

std::string authorisation_of(const Json& record, const Json& grantor, TimeMs now) {
    Json event;
    event["type"] = "consent.authorise";
    event["issuer"] = record["issuer"];
    event["consent_id"] = record["consent_id"];
    event["version"] = record["version"];
    event["grantor"] = grantor;
    event["occurred_at"] = format_time(now);
    return dump(event);
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
        return missing(std::string(member),
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
    built.events = {dump(request),
                    authorisation_of(*record, (*record)["grantors"][0]["party"], now)};
    return built;
}

Outcome<BuiltEvents> build_amend(const Amend& amend, TimeMs now) {
    const Json record = Json::parse(amend.record, nullptr, false);
    if (!record.is_object()) {
        return missing("record", "Give the whole new record as a JSON object.");
    }
    for (const char* member : {"consent_id", "issuer", "version", "grantors"}) {
        if (!record.contains(member)) return missing(member, "The record must say it.");
    }
    BuiltEvents built;
    built.consent_id =
        record["consent_id"].is_string() ? record["consent_id"].get<std::string>() : std::string();
    Json event;
    event["type"] = "consent.amend";
    event["consent"] = record;
    event["occurred_at"] = format_time(now);
    built.events = {dump(event)};
    if (!amend.authorised) return built;
    const Json& grantors = record["grantors"];
    if (!grantors.is_array() || grantors.empty()) return missing("grantors", "Say who gave it.");
    const bool all = record.contains("authorisation") && record["authorisation"] == "all";
    for (std::size_t i = 0; i < (all ? grantors.size() : 1); ++i) {
        if (!grantors[i].is_object() || !grantors[i].contains("party")) {
            return missing("party", "Each grantor is an object that names a party.");
        }
        built.events.push_back(authorisation_of(record, grantors[i]["party"], now));
    }
    return built;
}

Outcome<BuiltEvents> build_withdraw(const Withdraw& withdraw,
                                    const std::string& institution,
                                    TimeMs now) {
    if (withdraw.consent_id.empty()) return missing("consent_id", "Say which consent.");
    Json event;
    event["type"] = withdraw.revoke ? "consent.revoke" : "consent.withdraw";
    event["issuer"] = withdraw.issuer.empty() ? institution : withdraw.issuer;
    event["consent_id"] = withdraw.consent_id;
    event["version"] = withdraw.version;
    set_text(event, "reason", withdraw.reason);
    set_text(event, "by", withdraw.by);
    event["occurred_at"] = format_time(now);
    if (event["issuer"] == "") return missing("issuer", "Give --issuer or --institution.");
    BuiltEvents built;
    built.consent_id = withdraw.consent_id;
    built.events = {dump(event)};
    return built;
}

Outcome<BuiltEvents> build_access(const AccessRecord& access,
                                  const std::string& institution,
                                  TimeMs now) {
    const auto or_else = [](const std::string& value, const std::string& other) {
        return value.empty() ? other : value;
    };
    Json event;
    event["type"] = "access.request";
    event["event_id"] = or_else(access.event_id, new_id("acc_", now));
    event["session_id"] = or_else(access.session_id, new_id("ses_", now));
    if (!access.consent_id.empty()) {
        event["issuer"] = or_else(access.issuer, institution);
        event["consent_id"] = access.consent_id;
        if (access.version != 0) event["version"] = access.version;
    }
    event["actor_org"] = or_else(access.actor, institution);
    set_text(event, "actor_user", access.actor_user);
    event["subject"] = access.subject;
    event["purpose"] = access.purpose;
    event["categories"] = access.data;
    if (access.resources.empty()) {
        event["resources"] = "all";
    } else {
        event["resources"] = access.resources;
    }
    for (const auto& [member, text] :
         {std::pair{"data_from", access.data_from}, std::pair{"data_until", access.data_until}}) {
        if (text.empty()) continue;
        auto when = parse_when(text, now);
        if (!when) return when.error();
        event[member] = *when;
    }
    event["action"] = access.action;
    event["attended"] = access.attended;
    set_text(event, "place", access.place);
    event["legal_basis"] = access.legal_basis;
    event["occurred_at"] = format_time(now);
    if (!access.occurred_at.empty()) {
        auto when = parse_when(access.occurred_at, now);
        if (!when) return when.error();
        event["occurred_at"] = *when;
    }
    set_text(event, "trace_id", access.trace_id);
    for (const char* member : {"actor_org", "subject", "purpose"}) {
        if (event[member] == "") return missing(member, "Give it in the call.");
    }
    if (access.data.empty()) return missing("categories", "Say which categories of data (--data).");
    BuiltEvents built;
    built.consent_id = access.consent_id;
    built.event_id = event["event_id"].get<std::string>();
    built.events = {dump(event)};
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

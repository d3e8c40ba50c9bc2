// The JSON of what is read: consents, entries, checks, pages.
#include "client/api.h"
#include "client/api_json.h"

namespace consentree::client::api {

namespace {

Json json_of(const Consent& consent) {
    Json out;
    out["issuer"] = consent.issuer;
    out["consent_id"] = consent.consent_id;
    out["version"] = consent.version;
    out["state"] = consent.state;
    out["subject"] = consent.subject;
    out["provider"] = consent.provider;
    out["manager"] = or_null(consent.manager);
    out["recipients"] = consent.recipients;
    out["purposes"] = consent.purposes;
    out["categories"] = consent.categories;
    out["valid_from"] = consent.valid_from;
    out["valid_until"] = or_null(consent.valid_until);
    out["status_since"] = consent.status_since;
    out["latest_version"] = consent.latest_version;
    out["pending_version"] = consent.pending_version;
    out["authorised_by"] = consent.authorised_by;
    out["pending_authorised_by"] = consent.pending_authorised_by;
    out["scheme"] = or_null(consent.scheme);
    out["agreement"] = or_null(consent.agreement);
    out["needs_review"] = consent.needs_review;
    out["added_resources"] = consent.added_resources;
    out["removed_resources"] = consent.removed_resources;
    out["created_height"] = consent.created_height;
    out["version_height"] = consent.version_height;
    out["events"] = consent.events;
    out["uses"] = consent.uses;
    out["uses_left"] = or_null(consent.uses_left);
    out["window_uses_left"] = or_null(consent.window_uses_left);
    out["next_use_at"] = or_null(consent.next_use_at);
    out["as_of_height"] = consent.as_of_height;
    if (!consent.record.empty()) out["record"] = embed(consent.record);
    return out;
}

Consent read_consent(MemberReader& reader) {
    Consent consent;
    consent.issuer = reader.text("issuer");
    consent.consent_id = reader.text("consent_id");
    consent.version = static_cast<std::uint32_t>(reader.number_up_to("version", UINT32_MAX));
    consent.state = reader.text("state");
    consent.subject = reader.text("subject");
    consent.provider = reader.text("provider");
    consent.manager = reader.optional_text("manager");
    consent.recipients = reader.texts("recipients");
    consent.purposes = reader.texts("purposes");
    consent.categories = reader.texts("categories");
    consent.valid_from = reader.text("valid_from");
    consent.valid_until = reader.optional_text("valid_until");
    consent.status_since = reader.text("status_since");
    consent.latest_version =
        static_cast<std::uint32_t>(reader.optional_number("latest_version", consent.version));
    consent.authorised_by = reader.texts("authorised_by");
    consent.pending_authorised_by = reader.texts("pending_authorised_by");
    consent.scheme = reader.optional_text("scheme");
    consent.agreement = reader.optional_text("agreement");
    consent.needs_review = reader.boolean("needs_review", false);
    consent.added_resources = reader.texts("added_resources");
    consent.removed_resources = reader.texts("removed_resources");
    consent.pending_version =
        static_cast<std::uint32_t>(reader.optional_number("pending_version", 0));
    consent.created_height = reader.number("created_height");
    consent.version_height = reader.number("version_height");
    consent.events = reader.optional_number("events", 0);
    consent.uses = reader.optional_number("uses", 0);
    consent.uses_left = reader.number_or_null("uses_left");
    consent.window_uses_left = reader.number_or_null("window_uses_left");
    consent.next_use_at = reader.optional_text("next_use_at");
    consent.as_of_height = reader.number("as_of_height");
    consent.record = reader.json("record");
    return consent;
}

Json json_of(const Entry& entry) {
    Json out;
    out["index"] = entry.index;
    out["height"] = entry.height;
    out["time"] = entry.time;
    out["tx_id"] = entry.tx_id;
    out["position"] = entry.position;
    out["type"] = entry.type;
    out["verdict"] = or_null(entry.verdict);
    out["reason"] = or_null(entry.reason);
    out["failed"] = entry.failed;
    out["flags"] = entry.flags;
    out["granted_until"] = or_null(entry.granted_until);
    out["event"] = embed(entry.event);
    if (!entry.entry.empty()) out["entry"] = entry.entry;
    return out;
}

Entry read_entry(MemberReader& reader) {
    Entry entry;
    entry.index = reader.number("index");
    entry.height = reader.number("height");
    entry.time = reader.text("time");
    entry.tx_id = reader.text("tx_id");
    entry.position = static_cast<std::uint32_t>(reader.number_up_to("position", UINT32_MAX));
    entry.type = reader.text("type");
    entry.verdict = reader.optional_text("verdict");
    entry.reason = reader.optional_text("reason");
    entry.failed = reader.texts("failed");
    entry.flags = reader.texts("flags");
    entry.granted_until = reader.optional_text("granted_until");
    entry.event = reader.json("event");
    entry.entry = reader.optional_text("entry");
    return entry;
}

}  // namespace

std::string format(const Consent& consent) {
    return dump(json_of(consent));
}
std::string format(const Page<Consent>& page) {
    return format_page(page, [](const auto& item) { return json_of(item); });
}
Result<Consent> parse_consent(std::string_view json) {
    return parse_answer<Consent>(json, read_consent);
}
Result<Page<Consent>> parse_consents(std::string_view json) {
    return parse_page<Consent>(json, read_consent);
}

std::string format(const Entry& entry) {
    return dump(json_of(entry));
}
std::string format(const Page<Entry>& page) {
    return format_page(page, [](const auto& item) { return json_of(item); });
}
Result<Entry> parse_entry(std::string_view json) {
    return parse_answer<Entry>(json, read_entry);
}
Result<Page<Entry>> parse_entries(std::string_view json) {
    return parse_page<Entry>(json, read_entry);
}

std::string format(const CheckRequest& request) {
    Json out;
    out["subject"] = request.subject;
    out["recipient"] = request.recipient;
    out["purpose"] = request.purpose;
    out["data"] = request.data;
    out["action"] = request.action;
    if (!request.resources.empty()) out["resources"] = request.resources;
    const auto add = [&out](const char* name, const std::string& text) {
        if (!text.empty()) out[name] = text;
    };
    add("issuer", request.issuer);
    add("consent_id", request.consent_id);
    add("data_from", request.data_from);
    add("data_until", request.data_until);
    add("place", request.place);
    add("agreement", request.agreement);
    if (request.attended) out["attended"] = true;
    return dump(out);
}

Checked<CheckRequest> parse_check_request(std::string_view json) {
    auto document = parse_bounded(json, 4);
    if (!document) return document.error();
    MemberReader reader(document->value, "");
    CheckRequest request;
    request.subject = reader.text("subject");
    request.recipient = reader.text("recipient");
    request.purpose = reader.text("purpose");
    request.data = reader.texts("data", true);
    if (request.data.empty()) reader.fail("data", "at least one category is expected");
    if (const std::string action = reader.optional_text("action"); !action.empty()) {
        request.action = action;
    }
    request.resources = reader.texts("resources");
    request.issuer = reader.optional_text("issuer");
    request.consent_id = reader.optional_text("consent_id");
    request.data_from = reader.optional_text("data_from");
    request.data_until = reader.optional_text("data_until");
    request.place = reader.optional_text("place");
    request.agreement = reader.optional_text("agreement");
    request.attended = reader.boolean("attended", false);
    reader.refuse_unknown();
    if (reader.failed()) return reader.refusal();
    return request;
}

std::string format(const CheckAnswer& answer) {
    Json out;
    out["allowed"] = answer.allowed;
    out["verdict"] = answer.verdict;
    out["issuer"] = or_null(answer.issuer);
    out["consent_id"] = or_null(answer.consent_id);
    out["version"] = answer.version;
    out["reason"] = or_null(answer.reason);
    out["failed"] = answer.failed;
    out["checks"] = Json::array();
    for (const CheckAnswer::Check& check : answer.checks) {
        out["checks"].push_back({{"check", check.number},
                                 {"code", check.code},
                                 {"detail", check.detail},
                                 {"remedy", check.remedy}});
    }
    out["explanation"] = answer.explanation;
    out["remedy"] = or_null(answer.remedy);
    out["scheme_rules"] = answer.scheme_rules;
    out["granted_until"] = or_null(answer.granted_until);
    out["state"] = or_null(answer.state);
    out["valid_from"] = or_null(answer.valid_from);
    out["valid_until"] = or_null(answer.valid_until);
    out["uses"] = or_null(answer.uses);
    out["uses_left"] = or_null(answer.uses_left);
    out["window_uses_left"] = or_null(answer.window_uses_left);
    out["next_use_at"] = or_null(answer.next_use_at);
    out["scheme"] = or_null(answer.scheme);
    out["agreement"] = or_null(answer.agreement);
    out["as_of_height"] = answer.as_of_height;
    out["as_of_time"] = answer.as_of_time;
    return dump(out);
}

Result<CheckAnswer> parse_check_answer(std::string_view json) {
    return parse_answer<CheckAnswer>(json, [](MemberReader& reader) {
        CheckAnswer answer;
        answer.allowed = reader.boolean("allowed", false);
        answer.verdict = reader.text("verdict");
        answer.issuer = reader.optional_text("issuer");
        answer.consent_id = reader.optional_text("consent_id");
        answer.version = static_cast<std::uint32_t>(reader.number_up_to("version", UINT32_MAX));
        answer.reason = reader.optional_text("reason");
        answer.failed = reader.texts("failed");
        answer.checks = parse_items<CheckAnswer::Check>(
            reader, "checks",
            [](MemberReader& item) {
                return CheckAnswer::Check{
                    static_cast<std::uint32_t>(item.number_up_to("check", UINT8_MAX)),
                    item.text("code"), item.text("detail"), item.text("remedy")};
            },
            false);
        answer.state = reader.optional_text("state");
        answer.valid_from = reader.optional_text("valid_from");
        answer.valid_until = reader.optional_text("valid_until");
        answer.uses = reader.number_or_null("uses");
        answer.uses_left = reader.number_or_null("uses_left");
        answer.window_uses_left = reader.number_or_null("window_uses_left");
        answer.next_use_at = reader.optional_text("next_use_at");
        answer.scheme = reader.optional_text("scheme");
        answer.agreement = reader.optional_text("agreement");
        answer.explanation = reader.optional_text("explanation");
        answer.remedy = reader.optional_text("remedy");
        answer.scheme_rules = reader.texts("scheme_rules");
        answer.granted_until = reader.optional_text("granted_until");
        answer.as_of_height = reader.number("as_of_height");
        answer.as_of_time = reader.optional_text("as_of_time");
        return answer;
    });
}

std::string format(const TimelineRequest& request) {
    Json out;
    out["subject"] = request.subject;
    if (request.limit) out["limit"] = *request.limit;
    if (!request.cursor.empty()) out["cursor"] = request.cursor;
    return dump(out);
}

Checked<TimelineRequest> parse_timeline_request(std::string_view json) {
    auto document = parse_bounded(json, 2);
    if (!document) return document.error();
    MemberReader reader(document->value, "");
    TimelineRequest request;
    request.subject = reader.text("subject");
    if (const std::uint64_t limit = reader.optional_number("limit", 0); limit != 0) {
        request.limit = static_cast<std::uint32_t>(std::min<std::uint64_t>(limit, UINT32_MAX));
    }
    request.cursor = reader.optional_text("cursor");
    reader.refuse_unknown();
    if (reader.failed()) return reader.refusal();
    return request;
}

}  // namespace consentree::client::api

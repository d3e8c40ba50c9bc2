// The canonical consent record (docs/events.md, "The consent record").
#include "ledger/event_fields.h"

#include <algorithm>

namespace consentree::ledger {
namespace {

constexpr std::size_t grantors_max = 32;
constexpr std::uint32_t uses_limit = 1'000'000'000;

std::optional<TimeUnit> time_unit_of(std::string_view name) {
    if (name == "hour") return TimeUnit::hour;
    if (name == "day") return TimeUnit::day;
    if (name == "month") return TimeUnit::month;
    if (name == "year") return TimeUnit::year;
    return std::nullopt;
}

void read_grantors(Fields& fields, ConsentRecord& record) {
    read_objects(fields, "grantors", 1, grantors_max, Need::required, [&](Fields& item) {
        Grantor grantor;
        grantor.party = item.code("party");
        grantor.capacity = item.one_of("capacity", {"self", "joint_holder", "guardian", "attorney",
                                                    "corporate_representative", "secondary_user"});
        item.text("authority_ref", text_bytes,
                  grantor.capacity == "self" ? Need::optional : Need::required);
        grantor.authority_until = item.optional_time("authority_until", true);
        item.optional_time("authorised_at");
        item.code("method", Need::optional);
        for (const Grantor& other : record.grantors) {
            if (other.party == grantor.party) item.reader.fail("party", "this party is repeated");
        }
        record.grantors.push_back(std::move(grantor));
    });
}

// "any" (the default), "all", or {"threshold": n}.
void read_authorisation(Fields& fields, ConsentRecord& record) {
    const auto member = fields.reader.find("authorisation");
    if (!member) {
        if (record.subject_kind == "joint") {
            fields.reader.fail("authorisation", "a consent of joint holders says who must agree");
        }
        return;
    }
    if (member->is(Json::Type::string) && member->string() == "any") return;
    if (member->is(Json::Type::string) && member->string() == "all") {
        record.threshold = static_cast<std::uint32_t>(record.grantors.size());
    } else if (member->is(Json::Type::object)) {
        Fields inner(*member, fields.reader.pointer_to("authorisation"));
        record.threshold = static_cast<std::uint32_t>(
            inner.integer("threshold", 1, static_cast<std::int64_t>(record.grantors.size())));
        if (auto refusal = inner.reader.finish()) fields.reader.fail(std::move(*refusal));
    } else {
        fields.reader.fail("authorisation", "\"any\", \"all\" or {\"threshold\": n} was expected");
    }
}

void read_recipients(Fields& fields, ConsentRecord& record) {
    read_objects(fields, "recipients", 1, list_items, Need::required, [&](Fields& item) {
        std::string party = item.code("party");
        item.one_of("role", {"recipient", "processor", "manager"}, Need::optional);
        if (const auto onward = item.reader.find("onward", Json::Type::boolean);
            onward && onward->boolean()) {
            record.onward.push_back(party);
        }
        for (const std::string& other : record.recipients) {
            if (other == party) item.reader.fail("party", "this party is repeated");
        }
        record.recipients.push_back(std::move(party));
    });
}

// Which members a subject kind demands.
void read_subject_kind(Fields& fields, ConsentRecord& record) {
    record.subject_kind =
        fields.one_of("subject_kind", {"person", "joint", "organisation", "minor"}, Need::optional);
    const bool has_guardian =
        std::any_of(record.grantors.begin(), record.grantors.end(),
                    [](const Grantor& grantor) { return grantor.capacity == "guardian"; });
    if (record.subject_kind == "minor" && !has_guardian) {
        fields.reader.fail("grantors", "a consent of a minor needs a guardian among its grantors");
    }
}

void read_scope(Fields& fields, ConsentRecord& record) {
    record.legal_basis = fields.legal_basis();
    record.special_basis = fields.code("special_basis", Need::optional);
    record.categories = fields.codes("categories", 1);
    read_objects(fields, "filters", 0, list_items, Need::optional, [](Fields& item) {
        item.code("type");
        item.one_of("op", {"=", "!=", "<", ">", "<=", ">="});
        item.text("value", text_bytes);
    });
    record.resources = fields.resources("resources");
    record.actions = fields.codes("actions", 1);
    for (const std::string& action : record.actions) {
        static constexpr std::string_view known[] = {"view",   "store",    "query",
                                                     "stream", "disclose", "derive"};
        bool is_known = false;
        for (const std::string_view word : known) is_known = is_known || word == action;
        if (!is_known) {
            fields.reader.fail(
                "actions", "one of these was expected: view store query stream disclose derive");
        }
    }
}

void read_times(Fields& fields, ConsentRecord& record) {
    record.valid_from = fields.time("valid_from");
    if (const auto until = fields.reader.require("valid_until")) {
        record.valid_until = fields.optional_time("valid_until", true);
    }
    record.data_from = fields.optional_time("data_from", true);
    record.data_until = fields.optional_time("data_until", true);
    if (record.valid_until && *record.valid_until <= record.valid_from) {
        fields.reader.fail("valid_until", "it must be later than valid_from");
    }
    if (record.data_from && record.data_until && *record.data_until <= *record.data_from) {
        fields.reader.fail("data_until", "it must be later than data_from");
    }
}

void read_fetch(Fields& fields, ConsentRecord& record) {
    read_object(fields, "fetch", Need::required, [&](Fields& item) {
        Fetch& fetch = record.fetch;
        fetch.once = item.one_of("kind", {"once", "periodic"}) == "once";
        const bool has_count = item.reader.find("count").has_value();
        if (fetch.once) {
            // A one-off consent has no rate: count, unit and window are unknown members here.
            if (has_count) item.reader.fail("count", "a consent for one use has no count");
            return;
        }
        if (!has_count) return;
        fetch.count = static_cast<std::uint32_t>(item.integer("count", 1, uses_limit));
        const std::string unit = item.one_of("unit", {"hour", "day", "month", "year"});
        fetch.unit = time_unit_of(unit).value_or(TimeUnit::day);
        fetch.window = default_window(fetch.unit);
        const std::string window =
            item.one_of("window", {"sliding", "calendar", "anchored"}, Need::optional);
        fetch.states_window = !window.empty();
        if (window == "sliding") fetch.window = Window::sliding;
        if (window == "calendar") fetch.window = Window::calendar;
        if (window == "anchored") fetch.window = Window::anchored;
    });
    if (const auto member = fields.reader.find("max_uses");
        member && !member->is(Json::Type::null)) {
        record.max_uses = static_cast<std::uint32_t>(fields.integer("max_uses", 1, uses_limit));
    }
}

// Under whose rules it stands.
void read_rules(Fields& fields, ConsentRecord& record) {
    record.scheme = fields.code("scheme", Need::optional);
    record.template_id = fields.code("template_id", Need::optional);
    record.agreement = fields.code("agreement", Need::optional);
    record.needs_review = !fields.kept_text("needs_review", text_bytes, Need::optional).empty();
    record.retention = read_retention(fields, Need::required);
    record.geo_limit = fields.countries("geo_limit", 0, Need::optional);
}

// Checked, and left to the event's bytes.
void read_rest(Fields& fields) {
    fields.code("arrangement_id", Need::optional);
    fields.countries("storage_places", 1, Need::required);
    fields.countries("jurisdiction", 1, Need::required);
    read_notice(fields, Need::required);
    read_object(fields, "expression", Need::required, [](Fields& item) {
        item.one_of("type", {"explicit", "expressed", "implied"});
        item.code("method");
        item.time("at");
    });
    fields.text("withdrawal_uri", uri_bytes);
    fields.text("rights_uri", uri_bytes, Need::optional);
    fields.text("dpia_ref", uri_bytes, Need::optional);
    fields.text("conduct_ref", uri_bytes, Need::optional);
    read_object(fields, "source", Need::optional, [](Fields& item) {
        item.code("format");
        item.text("format_version", text_bytes);
        item.sha256("sha256");
        item.code("mapping_id");
        item.sha256("mapping_sha256");
        item.sha256("agreement_sha256", Need::optional);
    });
    fields.text("evidence_sig", 8192, Need::optional);
    fields.sha256("private_commitment", Need::optional);
}

}  // namespace

std::vector<std::string> read_purposes(Fields& fields) {
    std::vector<std::string> purposes;
    read_objects(fields, "purposes", 1, list_items, Need::required, [&](Fields& item) {
        purposes.push_back(item.code("code"));
        item.sha256("text_hash", Need::optional);
    });
    return purposes;
}

void read_notice(Fields& fields, Need need) {
    read_object(fields, "notice", need, [](Fields& item) {
        item.text("uri", uri_bytes);
        item.text("version", text_bytes);
        item.sha256("sha256");
        item.code("language");
    });
}

Retention read_retention(Fields& fields, Need need) {
    Retention retention;
    read_object(fields, "retention", need, [&](Fields& item) {
        const std::string unit = item.one_of("unit", {"hour", "day", "month", "year", "inf"});
        retention.is_infinite = unit == "inf";
        retention.unit = time_unit_of(unit).value_or(TimeUnit::day);
        retention.value = static_cast<std::uint32_t>(item.integer("value", 0, 1'000'000));
        const std::string basis =
            item.one_of("basis", {"from_delivery", "until_time", "until_event"});
        if (basis == "until_event") retention.basis = Retention::Basis::until_event;
        if (basis != "until_time") return;
        retention.basis = Retention::Basis::until_time;
        retention.until = item.time("until");
    });
    return retention;
}

std::optional<ConsentRecord> read_record(Json::Value value, ObjectReader& outer) {
    Fields fields(value, outer.pointer_to("consent"));
    ConsentRecord record;
    fields.one_of("schema", {"consentree/consent/1"});
    record.consent_id = fields.code("consent_id");
    record.issuer = fields.institution("issuer");
    record.version = static_cast<std::uint32_t>(fields.integer("version", 1, 1'000'000));
    record.supersedes = fields.code("supersedes", Need::optional);
    record.subject = fields.subject("subject");
    read_grantors(fields, record);
    read_subject_kind(fields, record);
    read_authorisation(fields, record);
    record.provider = fields.code("provider");
    read_recipients(fields, record);
    record.manager = fields.code("manager", Need::optional);
    record.purposes = read_purposes(fields);
    read_scope(fields, record);
    read_times(fields, record);
    read_fetch(fields, record);
    read_rules(fields, record);
    read_rest(fields);
    if (!record.supersedes.empty() && record.supersedes == record.consent_id) {
        fields.reader.fail("supersedes", "a consent cannot take its own place");
    }
    if (auto refusal = fields.reader.finish()) {
        outer.fail(std::move(*refusal));
        return std::nullopt;
    }
    return record;
}

}  // namespace consentree::ledger

// The events of random histories as their submitters write them.
#include "tests/unit/ledger/histories.h"

#include "tests/unit/ledger/histories_text.h"

namespace reference {
namespace {

using consentree::format_time;

std::string purposes_json(const List& purposes) {
    List items;
    for (const std::string& code : purposes) items.push_back(Text().text("code", code).done());
    return Text::objects(items);
}

std::string resources_json(bool all, const List& labels) {
    return all ? "\"all\"" : Text::strings(labels);
}

std::string grantors_json(const Record& record) {
    List items;
    for (const std::string& party : record.grantors) {
        Text item;
        const bool is_self = party.starts_with("sub:");
        item.text("party", party).text("capacity", is_self ? "self" : "guardian");
        if (!is_self) item.text("authority_ref", "court order 7");
        const auto until = record.authority_until.find(party);
        if (until != record.authority_until.end()) item.time("authority_until", until->second);
        items.push_back(item.done());
    }
    return Text::objects(items);
}

std::string recipients_json(const Record& record) {
    List items;
    for (const std::string& party : record.recipients) {
        bool passes_on = false;
        for (const std::string& one : record.onward) passes_on = passes_on || one == party;
        items.push_back(Text().text("party", party).boolean("onward", passes_on).done());
    }
    return Text::objects(items);
}

std::string fetch_json(const Fetch& fetch) {
    if (fetch.once) return R"({"kind":"once"})";
    Text text;
    text.text("kind", "periodic");
    if (fetch.count > 0) text.number("count", fetch.count).text("unit", fetch.unit);
    if (fetch.count > 0 && fetch.says_window) text.text("window", fetch.window);
    return text.done();
}

std::string retention_json(const Record& record) {
    Text text;
    text.text("unit", record.retention_unit).number("value", record.retention_value);
    text.text("basis", record.retention_basis);
    if (record.retention_basis == "until_time") text.time("until", record.retention_until);
    return text.done();
}

std::string record_json(const Record& record) {
    Text text;
    text.text("schema", "consentree/consent/1").text("consent_id", record.id);
    text.text("issuer", "northbank").number("version", record.version);
    text.some("supersedes", record.supersedes).text("subject", record.subject);
    text.raw("grantors", grantors_json(record));
    text.raw("authorisation", Text().number("threshold", record.threshold).done());
    text.text("provider", record.provider).raw("recipients", recipients_json(record));
    text.some("manager", record.manager).some("agreement", record.agreement);
    text.some("scheme", record.scheme).some("template_id", record.template_id);
    text.some("special_basis", record.special_basis);
    if (record.needs_review) text.text("needs_review", "unclear");
    text.raw("purposes", purposes_json(record.purposes)).text("legal_basis", "consent");
    text.list("categories", record.categories);
    text.raw("resources", resources_json(record.all_resources, record.resources));
    text.list("actions", record.actions).time("valid_from", record.valid_from);
    text.raw("valid_until",
             record.valid_until ? Text::quoted(format_time(*record.valid_until)) : "null");
    text.time("data_from", record.data_from).time("data_until", record.data_until);
    text.raw("fetch", fetch_json(record.fetch));
    if (record.max_uses > 0) text.number("max_uses", record.max_uses);
    text.raw("retention", retention_json(record));
    if (!record.places.empty()) text.list("geo_limit", record.places);
    text.raw("storage_places", R"(["DE"])").raw("jurisdiction", R"(["DE"])");
    text.raw("notice", Text()
                           .text("uri", "https://example.org/n")
                           .text("version", "1")
                           .text("sha256", std::string(64, 'a'))
                           .text("language", "en")
                           .done());
    text.raw("expression", Text()
                               .text("type", "explicit")
                               .text("method", "web")
                               .text("at", "2026-01-01T00:00:00.000Z")
                               .done());
    return text.text("withdrawal_uri", "https://example.org/w").done();
}

void write_own(Text& text, const Event& event, const std::string& kind) {
    if (kind == "request") {
        text.raw("resources", resources_json(event.all_resources, event.resources));
        text.boolean("attended", event.attended);
    }
    if (kind == "request" || kind == "delivery") {
        text.time("data_from", event.data_from).time("data_until", event.data_until);
    }
    if (kind == "request" || kind == "use") text.text("action", event.action);
    if (kind == "request" || kind == "use" || kind == "disclosure") {
        text.text("purpose", event.purpose).list("categories", event.categories);
        text.some("place", event.place).text("legal_basis", event.basis);
    }
    if (kind == "disclosure") text.text("onward_party", event.onward_party);
    if (kind == "disclosure" || kind == "receipt") text.text("delivery", "d1");
    if (kind == "decision") {
        text.text("claimed", event.claims_permit ? "permit" : "deny").raw("reasons", "[]");
        text.text("policy_version", "p1");
    }
    if (kind == "delivery") {
        List items;
        for (const std::string& status : event.statuses) {
            items.push_back(Text().text("resource", "r1").text("status", status).done());
        }
        text.raw("status", Text::objects(items));
    }
    if (kind == "denial") text.raw("reasons", R"(["NO"])");
    if (kind == "deletion") {
        text.raw("deliveries", R"(["d1"])").text("method", "erase").text("attestation", "done");
    }
    if (kind == "override") {
        text.text("reason", "emergency").text("approver", "a1").time("until", event.until);
    }
    if (kind == "rights_request") text.text("right", event.right);
    if (kind == "rights_result") {
        text.text("request", event.request).text("result", event.result);
        if (event.result != "done" && event.result != "lifted") text.text("ground", "g1");
    }
}

void write_access(Text& text, const Event& event) {
    text.text("event_id", event.event_id).text("session_id", event.session);
    if (!event.consent.empty()) text.text("issuer", "northbank").text("consent_id", event.consent);
    if (event.version != 0) text.number("version", event.version);
    text.some("agreement", event.agreement).text("actor_org", event.org);
    text.text("subject", event.subject);
    write_own(text, event, event.type.substr(7));
}

}  // namespace

std::string agreement_json(const std::string& id, const Agreement& terms) {
    Text text;
    text.text("schema", "consentree/agreement-record/1").text("agreement_id", id);
    text.number("version", terms.version).list("parties", terms.parties);
    text.raw("purposes", purposes_json(terms.purposes));
    if (!terms.categories.empty()) text.list("categories", terms.categories);
    text.time("valid_from", terms.valid_from);
    text.raw("valid_until",
             terms.valid_until ? Text::quoted(format_time(*terms.valid_until)) : "null");
    text.raw("retention", R"({"unit":"day","value":30,"basis":"from_delivery"})");
    text.raw("onward_transfer", R"({"allowed":false})");
    const std::string clause = Text().text("sha256", std::string(64, 'b')).done();
    return text.raw("confidentiality", clause).raw("penalty", clause).done();
}

std::string to_json(const Event& event) {
    Text text;
    text.text("type", event.type);
    if (event.type.starts_with("access.")) {
        write_access(text, event);
    } else if (event.type == "agreement.propose") {
        text.raw("agreement", agreement_json(event.agreement, event.terms));
    } else if (event.type.starts_with("agreement.")) {
        text.text("agreement_id", event.agreement);
        if (event.type == "agreement.accept") {
            text.number("version", event.terms.version).text("sha256", event.terms.hash);
        }
    } else if (!event.record.id.empty()) {
        text.raw("consent", record_json(event.record));
    } else {
        text.text("issuer", "northbank").text("consent_id", event.consent);
        text.number("version", event.version);
        text.some("grantor", event.grantor);
        if (!event.resources.empty()) text.list("resources", event.resources);
    }
    return text.time("occurred_at", event.happened).done();
}

}  // namespace reference

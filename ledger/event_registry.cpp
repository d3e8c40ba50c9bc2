// Parties, data-sharing agreements and policies (docs/events.md, "Parties and agreements",
// "Policies").
#include "common/hash.h"
#include "ledger/event_fields.h"

#include <algorithm>

namespace consentree::ledger {
namespace {

// A text that stays with the parties: here is what it was.
void read_clause(Fields& fields, std::string_view name) {
    read_object(fields, name, Need::required, [](Fields& item) {
        item.sha256("sha256");
        item.text("uri", uri_bytes, Need::optional);
        item.text("summary", text_bytes, Need::optional);
    });
}

void read_onward_transfer(Fields& fields) {
    read_object(fields, "onward_transfer", Need::required, [](Fields& item) {
        item.boolean("allowed");
        item.codes("parties", 0, Need::optional);
        item.countries("places", 0, Need::optional);
    });
}

AgreementTerms read_terms(Fields& fields, AgreementEvent& event) {
    AgreementTerms terms;
    fields.one_of("schema", {"consentree/agreement-record/1"});
    event.agreement_id = fields.code("agreement_id");
    event.version = read_version(fields);
    terms.parties = fields.codes("parties", 2);
    if (!std::all_of(terms.parties.begin(), terms.parties.end(), is_institution)) {
        fields.reader.fail("parties", "institution ids were expected: 1 to 64 of [a-z0-9-]");
    }
    terms.purposes = read_purposes(fields);
    terms.categories = fields.codes("categories", 1, Need::optional);
    terms.valid_from = fields.time("valid_from");
    if (fields.reader.require("valid_until")) {
        terms.valid_until = fields.optional_time("valid_until", true);
    }
    if (terms.valid_until && *terms.valid_until <= terms.valid_from) {
        fields.reader.fail("valid_until", "it must be later than valid_from");
    }
    read_retention(fields, Need::required);
    read_onward_transfer(fields);
    read_clause(fields, "confidentiality");
    read_clause(fields, "penalty");
    read_notice(fields, Need::optional);
    fields.legal_basis(Need::optional);
    fields.countries("storage_places", 1, Need::optional);
    fields.countries("jurisdiction", 1, Need::optional);
    fields.text("withdrawal_uri", uri_bytes, Need::optional);
    return terms;
}

}  // namespace

PartyEvent read_party(Fields& outer) {
    PartyEvent event;
    read_object(outer, "party", Need::required, [&](Fields& fields) {
        fields.one_of("schema", {"consentree/party/1"});
        event.party_id = fields.code("party_id");
        const bool has_name = fields.reader.find("name").has_value();
        if (has_name == fields.reader.find("name_commitment").has_value()) {
            fields.reader.fail("name", "either name or name_commitment was expected");
        }
        fields.text("name", text_bytes, Need::optional);
        fields.sha256("name_commitment", Need::optional);
        fields.one_of("type", {"institution", "processor", "authority", "consent_manager",
                               "third_party", "grantor"});
        fields.code("role", Need::optional);
        fields.text("address", text_bytes, Need::optional);
        fields.text("contact", text_bytes, Need::optional);
        fields.text("url", uri_bytes, Need::optional);
        fields.text("email", text_bytes, Need::optional);
        fields.text("phone", text_bytes, Need::optional);
        fields.country("country", Need::optional);
    });
    return event;
}

AgreementEvent read_agreement(Fields& fields, EventKind kind) {
    AgreementEvent event;
    if (kind == EventKind::agreement_propose) {
        read_object(fields, "agreement", Need::required,
                    [&](Fields& item) { event.terms = read_terms(item, event); });
        if (const auto bytes = fields.reader.find("agreement")) {
            event.sha256 = to_hex(sha256(as_bytes(bytes->raw())).view());
        }
        return event;
    }
    event.agreement_id = fields.code("agreement_id");
    if (kind == EventKind::agreement_accept) {
        event.version = read_version(fields);
        event.sha256 = fields.sha256("sha256");
    } else {
        fields.text("reason", text_bytes, Need::optional);
    }
    return event;
}

// What stands in the document beyond its name is checked where it is proposed.
PolicyEvent read_policy(Fields& fields, EventKind kind) {
    PolicyEvent event;
    if (kind == EventKind::policy_propose) {
        const auto member = fields.reader.require("policy", Json::Type::object);
        if (!member) return event;
        event.document = std::string(member->raw());
        const Hash hash = sha256(as_bytes(event.document));
        event.sha256 = to_hex(hash.view());
        Fields document(*member, "/policy");
        const std::string schema = document.one_of(
            "schema", {"consentree/scheme/1", "consentree/vocabulary/1", "consentree/mapping/1"});
        event.is_vocabulary = schema == "consentree/vocabulary/1";
        event.is_mapping = schema == "consentree/mapping/1";
        event.policy_id = document.code("id");
        event.version = read_version(document);
        if (document.reader.failed()) fields.reader.fail(*document.reader.finish());
        return event;
    }
    event.policy_id = fields.code("id");
    event.version = read_version(fields);
    event.sha256 = fields.sha256("sha256");
    return event;
}

}  // namespace consentree::ledger

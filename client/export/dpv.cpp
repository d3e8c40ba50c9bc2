#include "client/export/dpv.h"

#include "client/export/codes.h"

namespace consentree::client::exports {

using nlohmann::json;
using nlohmann::ordered_json;

namespace {

ordered_json context() {
    return {{"dpv", "https://w3id.org/dpv#"},
            {"pd", "https://w3id.org/dpv/pd#"},
            {"loc", "https://w3id.org/dpv/loc#"},
            {"dct", "http://purl.org/dc/terms/"},
            {"dcat", "http://www.w3.org/ns/dcat#"},
            {"skos", "http://www.w3.org/2004/02/skos/core#"},
            {"rdf", "http://www.w3.org/1999/02/22-rdf-syntax-ns#"},
            {"spdx", "http://spdx.org/rdf/terms#"},
            {"schema", "https://schema.org/"}};
}

ordered_json curies(const json& codes) {
    ordered_json list = ordered_json::array();
    for (const json& code : codes) {
        if (code.is_string()) list.push_back(curie(code.get<std::string>()));
    }
    return list;
}

ordered_json places(const json& countries) {
    ordered_json list = ordered_json::array();
    for (const json& one : countries) {
        if (one.is_string()) list.push_back("loc:" + one.get<std::string>());
    }
    return list;
}

// Members of the objects in a list, as URNs or as codes.
ordered_json labels(const json& objects, const char* member) {
    ordered_json list = ordered_json::array();
    for (const json& one : objects) list.push_back(own_label(text_of(one, member)));
    return list;
}

ordered_json period(const json& record, const char* from, const char* until) {
    ordered_json result = {{"@type", "dct:PeriodOfTime"}};
    if (const std::string start = text_of(record, from); !start.empty()) {
        result["dcat:startDate"] = start;
    }
    if (const std::string end = text_of(record, until); !end.empty()) result["dcat:endDate"] = end;
    return result;
}

std::string iso_duration(const std::string& unit, std::int64_t value) {
    const std::string count = std::to_string(value);
    if (unit == "hour") return "PT" + count + "H";
    return "P" + count + (unit == "day" ? "D" : unit == "month" ? "M" : "Y");
}

ordered_json storage(const json& record) {
    const json retention = record.value("retention", json::object());
    const std::string basis = text_of(retention, "basis"), unit = text_of(retention, "unit");
    ordered_json duration;
    if (basis == "until_time") {
        duration = {{"@type", "dpv:UntilTimeDuration"}, {"rdf:value", text_of(retention, "until")}};
    } else if (basis == "until_event") {
        duration = {{"@type", "dpv:UntilEventDuration"}, {"rdf:value", "as agreed"}};
    } else if (unit == "inf") {
        duration = {{"@type", "dpv:EndlessDuration"}};
    } else {
        duration = iso_duration(unit, retention.value("value", 0));
    }
    return ordered_json::array(
        {{{"@type", "dpv:StorageLocation"},
          {"dpv:hasLocation", places(list_of(record, "storage_places"))}},
         {{"@type", "dpv:StorageDuration"}, {"dpv:hasDuration", std::move(duration)}}});
}

ordered_json processing(const json& actions) {
    static const std::pair<const char*, const char*> known[] = {
        {"view", "dpv:Consult"},    {"store", "dpv:Store"},       {"query", "dpv:Query"},
        {"stream", "dpv:Transmit"}, {"disclose", "dpv:Disclose"}, {"derive", "dpv:Derive"}};
    ordered_json list = ordered_json::array();
    for (const json& action : actions) {
        for (const auto& [ours, theirs] : known) {
            if (action == ours) list.push_back({{"@type", theirs}});
        }
    }
    return list;
}

ordered_json frequency(const json& record) {
    const json fetch = record.value("fetch", json::object());
    if (text_of(fetch, "kind") == "once") return "dpv:SingularFrequency";
    if (!fetch.contains("count")) return "dpv:ContinuousFrequency";
    return {{"@type", "dpv:Frequency"},
            {"rdf:value", fetch["count"]},
            {"dpv:hasDuration", iso_duration(text_of(fetch, "unit"), 1)}};
}

ordered_json process(const json& record) {
    ordered_json result = {{"@type", "dpv:Process"},
                           {"dpv:hasPurpose", ordered_json::array()},
                           {"dpv:hasPersonalData", curies(list_of(record, "categories"))},
                           {"dpv:hasProcessing", processing(list_of(record, "actions"))},
                           {"dpv:hasRecipient", labels(list_of(record, "recipients"), "party")},
                           {"dpv:hasStorageCondition", storage(record)},
                           {"dpv:hasFrequency", frequency(record)}};
    for (const json& purpose : list_of(record, "purposes")) {
        result["dpv:hasPurpose"].push_back(curie(text_of(purpose, "code")));
    }
    if (!text_of(record, "data_from").empty() || !text_of(record, "data_until").empty()) {
        result["dct:temporal"] = period(record, "data_from", "data_until");
    }
    return result;
}

const char* legal_basis(const std::string& basis) {
    static const std::pair<const char*, const char*> known[] = {
        {"consent", "dpv:Consent"},
        {"contract", "dpv:Contract"},
        {"legal_obligation", "dpv:LegalObligation"},
        {"vital", "dpv:VitalInterest"},
        {"public_task", "dpv:PublicInterest"},
        {"legitimate_interest", "dpv:LegitimateInterest"}};
    for (const auto& [ours, theirs] : known) {
        if (basis == ours) return theirs;
    }
    return "dpv:LegalBasis";
}

// "explicit" as "dpv:ExplicitlyExpressedConsent".
const char* expression_type(const std::string& type) {
    return type == "explicit"    ? "dpv:ExplicitlyExpressedConsent"
           : type == "expressed" ? "dpv:ExpressedConsent"
                                 : "dpv:ImpliedConsent";
}

// Who expressed it: the data subject, or another by label.
std::string indicated_by(const json& record, const std::string& party) {
    return party.empty() || party == text_of(record, "subject") ? "dpv:DataSubject"
                                                                : own_label(party);
}

// The history in DPV's states; those that it has no word for are left out.
ordered_json statuses(const FoldedConsent& consent) {
    static const std::pair<const char*, const char*> known[] = {
        {"consent.request", "dpv:ConsentRequested"},
        {"consent.reject", "dpv:ConsentRefused"},
        {"consent.withdraw", "dpv:ConsentWithdrawn"},
        {"consent.revoke", "dpv:ConsentRevoked"},
        {"consent.invalidate", "dpv:ConsentInvalidated"}};
    const json expression = consent.record.value("expression", json::object());
    ordered_json list = ordered_json::array();
    bool given = false;
    for (const Change& change : consent.changes) {
        if (change.type == "consent.authorise" && !given) {
            given = true;
            list.push_back(
                {{"@type", {"dpv:ConsentGiven", expression_type(text_of(expression, "type"))}},
                 {"dpv:isIndicatedBy", indicated_by(consent.record, change.by)},
                 {"dpv:hasIndicationMethod", own_label(text_of(expression, "method"))},
                 {"dpv:isIndicatedAtTime", text_of(expression, "at")}});
        }
        for (const auto& [ours, theirs] : known) {
            if (change.type != ours) continue;
            list.push_back({{"@type", theirs}, {"dpv:isIndicatedAtTime", change.said_at}});
        }
    }
    if (consent.status == "expired") {
        list.push_back({{"@type", "dpv:ConsentExpired"},
                        {"dpv:isIndicatedAtTime", text_of(consent.record, "valid_until")}});
    }
    return list;
}

ordered_json notice(const json& record) {
    const json one = record.value("notice", json::object());
    return {{"@id", text_of(one, "uri")},
            {"@type", "dpv:ConsentNotice"},
            {"dct:hasVersion", text_of(one, "version")},
            {"dct:language", text_of(one, "language")},
            {"spdx:checksum",
             {{"@type", "spdx:Checksum"},
              {"spdx:algorithm", "spdx:checksumAlgorithm_sha256"},
              {"spdx:checksumValue", text_of(one, "sha256")}}}};
}

}  // namespace

ordered_json dpv_record(const FoldedConsent& consent) {
    const json& record = consent.record;
    const std::string id = text_of(record, "consent_id"), issuer = text_of(record, "issuer");
    ordered_json result = {
        {"@id", own_label("consent:" + issuer + ":" + id)},
        {"@type", "dpv:ConsentRecord"},
        {"dct:identifier", id},
        {"dct:hasVersion", std::to_string(record.value("version", 1))},
        {"dct:conformsTo", "https://w3id.org/dpv/schema/dpv-27560#record"},
        {"dpv:hasDataSubject",
         {{"@id", own_label(text_of(record, "subject"))}, {"@type", "dpv:DataSubject"}}},
        {"dpv:hasDataController", own_label(issuer)},
        {"dpv:hasDataSource", own_label(text_of(record, "provider"))},
        {"dpv:hasLegalBasis", legal_basis(text_of(record, "legal_basis"))},
        {"dpv:hasJurisdiction", places(list_of(record, "jurisdiction"))},
        {"dct:temporal", period(record, "valid_from", "valid_until")},
        {"dpv:hasProcess", process(record)},
        {"dpv:hasNotice", notice(record)},
        {"dpv:hasConsentControl",
         {{"@type", {"dpv:ProvideConsent", "dpv:WithdrawConsent"}},
          {"dpv:isExercisedAt", text_of(record, "withdrawal_uri")}}}};
    if (const std::string uri = text_of(record, "rights_uri"); !uri.empty()) {
        result["dpv:hasRight"] = {{"@type", "dpv:DataSubjectRight"}, {"dpv:isExercisedAt", uri}};
    }
    result["dpv:hasConsentStatus"] = statuses(consent);
    return result;
}

ordered_json dpv_receipt(const Folded& folded,
                         const std::string& identifier,
                         const std::string& publisher) {
    ordered_json records = ordered_json::array();
    for (const FoldedConsent& consent : folded.consents) records.push_back(dpv_record(consent));
    ordered_json receipt = {
        {"@context", context()},
        {"@id", own_label("receipt:" + identifier)},
        {"@type", "dpv:ConsentReceipt"},
        {"dct:identifier", identifier},
        {"dct:conformsTo", "https://w3id.org/dpv/schema/dpv-27560#receipt-record"},
        {"dct:created", folded.as_of}};
    if (!publisher.empty()) receipt["dct:publisher"] = own_label(publisher);
    receipt["dpv:hasRecordOfActivity"] =
        records.size() == 1 ? std::move(records.front()) : std::move(records);
    return receipt;
}

}  // namespace consentree::client::exports

#include "client/import/ledger_terms.h"

#include "client/api.h"
#include "client/import/prepare.h"
#include "common/bytes.h"
#include "common/hash.h"

namespace consentree::client::cli {

using nlohmann::json;

Outcome<LedgerTerms> fetch_terms(Client& client, const std::string& id) {
    auto answer = client.agreement(id);
    if (!answer) return answer.error();
    const auto agreement = api::parse_agreement(answer->json);
    if (!agreement || !agreement->agreed || agreement->state != "in_force") {
        return import_misuse("the agreement " + id + " of the ledger cannot be used",
                             agreement ? "it is " + agreement->state : "the answer is none",
                             "See: consentree agreement show " + id);
    }
    const auto bytes = from_base64(agreement->agreed->record_bytes).value_or(Bytes());
    LedgerTerms terms{id, agreement->agreed->version, to_hex(sha256(bytes).view()),
                      json::parse(as_text(bytes), nullptr, false)};
    const bool is_it = terms.sha256 == agreement->agreed->sha256 && terms.terms.is_object() &&
                       terms.terms.value("agreement_id", json()) == id;
    if (is_it) return terms;
    Failure failure;
    failure.kind = FailureKind::verification_failed;
    failure.code = "agreement-changed";
    failure.what = "the node shows other terms of " + id + " than were agreed";
    failure.hint = "Ask another node.";
    return failure;
}

std::optional<Failure> add_terms(json& agreement, const LedgerTerms& terms) {
    const auto otherwise = [&](const std::string& member) {
        return import_misuse("the agreement file says otherwise than " + terms.id + ", version " +
                                 std::to_string(terms.version) + " on the ledger",
                             "at " + member, "Leave the member out, or have the terms changed.");
    };
    json& record = agreement["record"];
    if (record.is_null()) record = json::object();
    if (!record.is_object()) return otherwise("/record");
    json& named = record["agreement"];
    if (named.is_null()) named = terms.id;
    if (named != terms.id) return otherwise("/record/agreement");
    for (const char* member : {"retention", "notice", "legal_basis", "storage_places",
                               "jurisdiction", "withdrawal_uri"}) {
        const auto agreed = terms.terms.find(member);
        if (agreed == terms.terms.end()) continue;
        json& own = record[member];
        if (own.is_null()) own = *agreed;
        if (own != *agreed) return otherwise("/record/" + std::string(member));
    }
    // Of several purposes the file, or the source, says which are meant; the ledger holds the
    // consent against all.
    const auto purposes = terms.terms.find("purposes");
    const bool is_one = purposes != terms.terms.end() && purposes->size() == 1;
    if (is_one && !record.contains("purposes")) record["purposes"] = *purposes;
    return std::nullopt;
}

}  // namespace consentree::client::cli

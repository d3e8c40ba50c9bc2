#include "client/import/scheme_rules.h"

#include "client/import/built_in.h"
#include "ledger/scheme.h"

namespace consentree::client::mapping {

namespace {

// The document of a policy, as it would stand in an event.
std::string_view policy_document(const std::string& id) {
    const std::string_view file =
        built_in_file("policies/" + id + ".json").value_or(std::string_view());
    return file.substr(0, file.rfind('}') + 1);
}

}  // namespace

std::shared_ptr<const ledger::Scheme> find_scheme(const std::string& id, const Hash& sha256) {
    const std::string_view document = policy_document(id);
    if (consentree::sha256(as_bytes(document)) != sha256) return nullptr;
    auto scheme = ledger::parse_scheme(document);
    if (!scheme) return nullptr;
    std::vector<std::shared_ptr<const ledger::Vocabulary>> vocabularies;
    for (const ledger::VocabularyPin& pin : scheme->pins) {
        const std::string_view text = policy_document(pin.id);
        auto vocabulary = ledger::Vocabulary::parse(text);
        if (!vocabulary || consentree::sha256(as_bytes(text)) != pin.sha256) return nullptr;
        vocabularies.push_back(std::make_shared<const ledger::Vocabulary>(std::move(*vocabulary)));
    }
    if (!ledger::bind(*scheme, std::move(vocabularies))) return nullptr;
    return std::make_shared<const ledger::Scheme>(std::move(*scheme));
}

std::vector<Refused> broken_rules(const ledger::Scheme& scheme, const std::string& event) {
    std::vector<Refused> broken;
    const auto parsed = ledger::parse_event(event);
    if (!parsed || parsed->kind != ledger::EventKind::consent_request) return broken;
    for (const ledger::SchemeFault& fault :
         ledger::validity_faults(scheme, *parsed->lifecycle().record)) {
        const std::string rule = fault.rule.substr(fault.rule.find('/'));
        broken.push_back({fault.pointer, scheme.id + rule, fault.detail});
    }
    return broken;
}

}  // namespace consentree::client::mapping

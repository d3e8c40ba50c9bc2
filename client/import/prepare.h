// What an import needs besides the documents: the mapping, the agreement, the keys. From flags, or
// from files beside the trust file of the context.
#pragma once

#include "client/cli/commands.h"
#include "client/context.h"
#include "client/import/ledger_terms.h"
#include "client/import/standardise.h"
#include "client/outcome.h"

#include <functional>
#include <map>

namespace consentree::client::cli {

struct ImportOptions {
    // Paths, names; empty: not given.
    std::string mapping, pseudonym_key, jws_key, subject, agreement_id;
    std::vector<std::string> files;
    bool dry_run = false, trace = false, strict = false, authorised = false;
};

Failure import_misuse(std::string what, std::string why, std::string hint);
// The text of a mapping: built in by that name, or a file.
Outcome<std::string> mapping_text(const std::string& name);
Outcome<mapping::Mapping> find_mapping(const std::string& name);

// What of an agreement an import reads, and the hash of the ledger's terms in it, if there are any.
struct ImportAgreement {
    nlohmann::json json;
    std::string sha256;
};
// What the ledger says of an agreement; empty: no node is asked.
using FetchTerms = std::function<Outcome<LedgerTerms>(const std::string& id)>;

class Supplies {
public:
    static Outcome<Supplies> load(const ImportOptions& options,
                                  const Context& context,
                                  const std::string& agreement_path,
                                  FetchTerms fetch);
    // The mapping that was named, or the one of those built in that knows the document.
    boost::system::result<const mapping::Mapping*, mapping::Refused> mapping_for(
        std::string_view document) const;
    // --agreement, or beside the trust file agreement-MAPPING.json, else agreement-import.json;
    // or nothing is supplied. With the ledger's terms, if one of its agreements is named.
    Outcome<const ImportAgreement*> agreement_for(const mapping::Mapping& mapping);
    const Bytes& pseudonym_key() const { return pseudonym_key_; }
    const std::string& jws_key() const { return jws_key_; }

private:
    std::optional<mapping::Mapping> named_;
    Context context_;
    Outcome<ImportAgreement> load_agreement(const std::string& path) const;

    std::string agreement_path_, agreement_id_, subject_;
    FetchTerms fetch_;
    std::map<std::string, ImportAgreement> agreements_;  // By mapping id.
    Bytes pseudonym_key_;
    std::string jws_key_;
};

}  // namespace consentree::client::cli

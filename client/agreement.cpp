#include "client/agreement.h"

#include "common/files.h"

#include <nlohmann/json.hpp>

#include <array>

namespace consentree::client {

namespace {

using Json = nlohmann::ordered_json;
constexpr std::size_t agreement_bytes = 256 * 1024;
constexpr std::string_view schema = "consentree/agreement/1";

// Members of one consent, never of an agreement.
constexpr std::array<std::string_view, 8> individual = {"schema",      "consent_id", "version",
                                                        "subject",     "grantors",   "valid_from",
                                                        "valid_until", "source"};

Failure bad(const std::string& path, const std::string& why, const std::string& pointer = {}) {
    Failure failure;
    failure.kind = FailureKind::usage;
    failure.code = "invalid-agreement";
    failure.what = "cannot use the agreement " + path;
    failure.why = why;
    failure.pointer = pointer;
    failure.hint = "docs/cli.md, \"Agreements\", shows one.";
    return failure;
}

}  // namespace

Outcome<Agreement> Agreement::load(const std::string& path) {
    const auto text = read_file(path, agreement_bytes);
    if (!text) return bad(path, text.error().message());
    return parse(*text, path);
}

Outcome<Agreement> Agreement::parse(std::string_view text, const std::string& path) {
    const Json json = Json::parse(text, nullptr, false);
    if (!json.is_object()) return bad(path, "it is not a JSON object");
    Agreement agreement;
    agreement.path_ = path;
    for (const auto& [name, value] : json.items()) {
        if (name == "schema") {
            if (value == "consentree/agreement-record/1") {
                return bad(path,
                           "it is an agreement for the ledger, not a file that fills records: "
                           "consentree agreement propose",
                           "/schema");
            }
            if (value != schema) return bad(path, "its schema is unknown", "/schema");
        } else if (name == "id" || name == "title") {
            if (!value.is_string()) return bad(path, name + " must be text", "/" + name);
            if (name == "id") agreement.id_ = value.get<std::string>();
        } else if (name == "record") {
            if (!value.is_object()) return bad(path, "record must be an object", "/record");
            for (const std::string_view member : individual) {
                if (!value.contains(member)) continue;
                return bad(path,
                           std::string(member) + " belongs to one consent, not to an agreement",
                           "/record/" + std::string(member));
            }
            agreement.record_json_ = value.dump();
        } else {
            return bad(path, "unknown member \"" + name + "\"", "/" + name);
        }
    }
    if (!json.contains("schema") || agreement.id_.empty()) {
        return bad(path, "it needs a schema and an id");
    }
    return agreement;
}

}  // namespace consentree::client

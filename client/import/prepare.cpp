#include "client/import/prepare.h"

#include "client/import/built_in.h"
#include "client/import/json_tree.h"
#include "client/import/source.h"
#include "common/files.h"
#include "common/limits.h"

#include <filesystem>

namespace consentree::client::cli {

using nlohmann::json;
namespace fs = std::filesystem;

namespace {

// path, or the file of that name beside the trust file, or nothing.
std::string or_beside(const std::string& path, const Context& context, const std::string& name) {
    if (!path.empty() || context.trust.empty()) return path;
    const fs::path beside = fs::path(context.trust).parent_path() / name;
    std::error_code error;
    return fs::exists(beside, error) ? beside.string() : "";
}

Outcome<json> read_agreement(const std::string& path, const std::string& subject) {
    json agreement = json::object();
    if (!path.empty()) {
        const auto text = read_file(path, limits::mapping_bytes);
        if (!text) return import_misuse("cannot read " + path, text.error().message(), "");
        if (auto strict = mapping::parse_source(*text); !strict) {
            return import_misuse("cannot use the agreement " + path, strict.error().detail, "");
        }
        agreement = json::parse(*text, nullptr, false);
        if (!agreement.is_object()) {
            return import_misuse("cannot use the agreement " + path, "it is not a JSON object", "");
        }
    }
    if (!subject.empty() && !mapping::put_at(agreement, "/import/subject", subject)) {
        return import_misuse("cannot use the agreement " + path, "its \"import\" is no object", "");
    }
    return agreement;
}

// The agreement of the ledger that a file's records are under.
std::string named_by(const json& agreement) {
    const auto record = agreement.find("record");
    if (record == agreement.end() || !record->is_object()) return {};
    const auto id = record->find("agreement");
    return id != record->end() && id->is_string() ? id->get<std::string>() : std::string();
}

// 64 hexadecimal digits, as `openssl rand -hex 32` writes them.
Outcome<Bytes> load_pseudonym_key(const std::string& path) {
    if (path.empty()) return Bytes{};
    const auto text = read_file(path, 1024);
    if (!text) return import_misuse("cannot read " + path, text.error().message(), "");
    std::string digits = *text;
    while (!digits.empty() && (digits.back() == '\n' || digits.back() == '\r')) digits.pop_back();
    auto key = from_hex(digits);
    if (key && key->size() == 32) return std::move(*key);
    return import_misuse("cannot use the pseudonym key " + path, "it is not 64 hexadecimal digits",
                         "Make one: openssl rand -hex 32 > pseudonym.key");
}

}  // namespace

Failure import_misuse(std::string what, std::string why, std::string hint) {
    Failure failure;
    failure.kind = FailureKind::usage;
    failure.code = "import-usage";
    failure.what = std::move(what);
    failure.why = std::move(why);
    failure.hint = std::move(hint);
    return failure;
}

Outcome<std::string> mapping_text(const std::string& name) {
    if (name.find('/') != std::string::npos || name.ends_with(".json")) {
        auto read = read_file(name, limits::mapping_bytes);
        if (!read) return import_misuse("cannot read " + name, read.error().message(), "");
        return std::move(*read);
    }
    if (const auto built_in = mapping::built_in_file("mappings/" + name + ".json")) {
        return std::string(*built_in);
    }
    return import_misuse("no mapping \"" + name + "\" is built in", "",
                         "See: consentree mapping list; or give the path of a mapping file.");
}

Outcome<mapping::Mapping> find_mapping(const std::string& name) {
    auto text = mapping_text(name);
    if (!text) return text.error();
    auto parsed = mapping::parse_mapping(*text);
    if (parsed) return std::move(*parsed);
    const Refusal& refusal = parsed.error();
    return import_misuse("the mapping " + name + " is not usable",
                         refusal.pointer + ": " + refusal.detail,
                         "See all faults: consentree mapping check " + name);
}

Outcome<Supplies> Supplies::load(const ImportOptions& options,
                                 const Context& context,
                                 const std::string& agreement_path,
                                 FetchTerms fetch) {
    Supplies supplies;
    supplies.fetch_ = std::move(fetch);
    supplies.agreement_id_ = options.agreement_id;
    supplies.context_ = context;
    supplies.agreement_path_ = agreement_path;
    supplies.subject_ = options.subject;
    if (!options.mapping.empty()) {
        auto found = find_mapping(options.mapping);
        if (!found) return found.error();
        supplies.named_ = std::move(*found);
        if (auto agreement = supplies.agreement_for(*supplies.named_); !agreement) {
            return agreement.error();
        }
    }
    auto key = load_pseudonym_key(or_beside(options.pseudonym_key, context, "keys/pseudonym.key"));
    if (!key) return key.error();
    supplies.pseudonym_key_ = std::move(*key);
    if (!options.jws_key.empty()) {
        auto pem = read_file(options.jws_key, 64 * 1024);
        if (!pem) return import_misuse("cannot read " + options.jws_key, pem.error().message(), "");
        supplies.jws_key_ = std::move(*pem);
    }
    return supplies;
}

boost::system::result<const mapping::Mapping*, mapping::Refused> Supplies::mapping_for(
    std::string_view document) const {
    if (named_) return &*named_;
    return mapping::detect_mapping(document);
}

Outcome<ImportAgreement> Supplies::load_agreement(const std::string& path) const {
    auto read = read_agreement(path, subject_);
    if (!read) return read.error();
    ImportAgreement agreement{std::move(*read), ""};
    const std::string id = agreement_id_.empty() ? named_by(agreement.json) : agreement_id_;
    if (id.empty() || !fetch_) return agreement;
    const auto terms = fetch_(id);
    if (!terms) return terms.error();
    if (auto failure = add_terms(agreement.json, *terms)) return *failure;
    agreement.sha256 = terms->sha256;
    return agreement;
}

Outcome<const ImportAgreement*> Supplies::agreement_for(const mapping::Mapping& mapping) {
    const auto known = agreements_.find(mapping.id);
    if (known != agreements_.end()) return &known->second;
    std::string path = or_beside(agreement_path_, context_, "agreement-" + mapping.id + ".json");
    if (path.empty()) path = or_beside("", context_, "agreement-import.json");
    auto loaded = load_agreement(path);
    if (!loaded) return loaded.error();
    return &agreements_.emplace(mapping.id, std::move(*loaded)).first->second;
}

}  // namespace consentree::client::cli

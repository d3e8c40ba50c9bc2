// consentree import: source documents to canonical consents, each submitted in a transaction of
// its own. A file that is refused never holds up the others.
#include "client/cli/commands.h"
#include "client/cli/output.h"
#include "client/cli/session.h"
#include "client/import/built_in.h"
#include "client/import/json_tree.h"
#include "client/import/source.h"
#include "client/import/standardise.h"
#include "client/record.h"
#include "common/files.h"
#include "common/limits.h"
#include "common/time.h"

#include <set>

namespace consentree::client::cli {

using nlohmann::json;
namespace fs = std::filesystem;

namespace {

struct ImportOptions {
    std::string mapping, pseudonym_key, jws_key, subject;
    std::vector<std::string> files;
    bool dry_run = false, trace = false, strict = false, authorised = false;
};

struct Prepared {
    mapping::Mapping mapping;
    json agreement;
    Bytes pseudonym_key;
    std::string jws_key;
};

Failure misuse(std::string what, std::string why, std::string hint) {
    Failure failure;
    failure.kind = FailureKind::usage;
    failure.code = "import-usage";
    failure.what = std::move(what);
    failure.why = std::move(why);
    failure.hint = std::move(hint);
    return failure;
}

Outcome<mapping::Mapping> find_mapping(const std::string& name) {
    std::string text;
    const bool is_path = name.find('/') != std::string::npos || name.ends_with(".json");
    if (is_path) {
        auto read = read_file(name, limits::mapping_bytes);
        if (!read) return misuse("cannot read " + name, read.error().message(), "");
        text = std::move(*read);
    } else if (const auto built_in = mapping::built_in_file("mappings/" + name + ".json")) {
        text = std::string(*built_in);
    } else {
        return misuse("no mapping \"" + name + "\" is built in", "",
                      "There are rebit-aa and ob-uk; or give the path of a mapping file.");
    }
    auto parsed = mapping::parse_mapping(text);
    if (parsed) return std::move(*parsed);
    const Refusal& refusal = parsed.error();
    return misuse("the mapping " + name + " is not usable", refusal.pointer + ": " + refusal.detail,
                  "docs/mappings.md has the language.");
}

// path, or the file of that name beside the trust file, or nothing.
std::string or_beside(const std::string& path, const Context& context, const std::string& name) {
    if (!path.empty() || context.trust.empty()) return path;
    const fs::path beside = fs::path(context.trust).parent_path() / name;
    std::error_code error;
    return fs::exists(beside, error) ? beside.string() : "";
}

Outcome<json> load_agreement(const std::string& path, const std::string& subject) {
    json agreement = json::object();
    if (!path.empty()) {
        const auto text = read_file(path, limits::mapping_bytes);
        if (!text) return misuse("cannot read " + path, text.error().message(), "");
        if (auto strict = mapping::parse_source(*text); !strict) {
            return misuse("cannot use the agreement " + path, strict.error().detail, "");
        }
        agreement = json::parse(*text, nullptr, false);
        if (!agreement.is_object()) {
            return misuse("cannot use the agreement " + path, "it is not a JSON object", "");
        }
    }
    if (!subject.empty() && !mapping::put_at(agreement, "/import/subject", subject)) {
        return misuse("cannot use the agreement " + path, "its \"import\" is no object", "");
    }
    return agreement;
}

// 64 hexadecimal digits, as `openssl rand -hex 32` writes them.
Outcome<Bytes> load_pseudonym_key(const std::string& path) {
    if (path.empty()) return Bytes{};
    const auto text = read_file(path, 1024);
    if (!text) return misuse("cannot read " + path, text.error().message(), "");
    std::string digits = *text;
    while (!digits.empty() && (digits.back() == '\n' || digits.back() == '\r')) digits.pop_back();
    auto key = from_hex(digits);
    if (key && key->size() == 32) return std::move(*key);
    return misuse("cannot use the pseudonym key " + path, "it is not 64 hexadecimal digits",
                  "Make one: openssl rand -hex 32 > pseudonym.key");
}

Outcome<Prepared> prepare(const ImportOptions& options,
                          const Context& context,
                          const std::string& agreement_path) {
    auto found = find_mapping(options.mapping);
    if (!found) return found.error();
    const std::string beside = "agreement-" + found->id + ".json";
    auto agreement = load_agreement(or_beside(agreement_path, context, beside), options.subject);
    if (!agreement) return agreement.error();
    auto key = load_pseudonym_key(or_beside(options.pseudonym_key, context, "keys/pseudonym.key"));
    if (!key) return key.error();
    Prepared prepared{std::move(*found), std::move(*agreement), std::move(*key), ""};
    if (!options.jws_key.empty()) {
        auto pem = read_file(options.jws_key, 64 * 1024);
        if (!pem) return misuse("cannot read " + options.jws_key, pem.error().message(), "");
        prepared.jws_key = std::move(*pem);
    }
    return prepared;
}

// What became of one file.
struct Item {
    std::string file;
    std::optional<mapping::Standardised> consent;
    std::vector<mapping::Refused> refused;
    std::string tx_id;
    std::uint64_t height = 0;
    bool accepted() const { return refused.empty(); }
};

class Import {
public:
    Import(const Globals& globals, const ImportOptions& options, Prepared prepared)
        : globals_(globals), options_(options), prepared_(std::move(prepared)) {}

    // client is null in a dry run.
    int run(Client* client) {
        for (const std::string& file : options_.files) {
            items_.push_back(take(file));
            Item& item = items_.back();
            if (item.accepted() && client != nullptr) {
                if (const int code = submit(item, *client); code != exit_code::done) return code;
            }
            report(item);
        }
        return finish();
    }

private:
    Item take(const std::string& file) {
        Item item{file, {}, {}, {}, 0};
        const auto text = read_file(file, limits::source_bytes);
        if (!text) {
            const bool large = text.error() == Errc::too_large;
            item.refused.push_back({"", large ? "json-size" : "file", text.error().message()});
            return item;
        }
        mapping::Outcome outcome =
            mapping::standardise({*text, prepared_.mapping, prepared_.agreement,
                                  prepared_.pseudonym_key, prepared_.jws_key, options_.strict});
        item.refused = std::move(outcome.refused);
        item.consent = std::move(outcome.value);
        if (!item.consent) return item;
        auto& steps = item.consent->steps;
        if (options_.authorised && steps.size() == 1) steps.push_back("authorise");
        const std::string id = item.consent->record.value("issuer", "") + "/" +
                               item.consent->record.value("consent_id", "");
        if (!seen_.insert(id).second) {
            item.refused.push_back({pointer_of(*item.consent, "/consent_id"), "consent-id-unique",
                                    "another file of this import has the same consent id"});
        }
        return item;
    }

    static std::string pointer_of(const mapping::Standardised& consent, std::string_view member) {
        for (const mapping::TraceItem& item : consent.trace) {
            if (item.to == member && item.origin == "source") return item.pointer;
        }
        return "";
    }

    // Anything but done ends the import: no node answers, or the key may not sign.
    int submit(Item& item, Client& client) {
        const std::string now = format_time(wall_clock());
        auto submitted =
            client.submit_events(mapping::lifecycle_events(*item.consent, now), Wait::committed);
        if (submitted) {
            item.tx_id = submitted->tx_id;
            item.height = submitted->height;
            return exit_code::done;
        }
        const Failure& failure = submitted.error();
        const bool about_this_one = failure.kind == FailureKind::conflict ||
                                    failure.kind == FailureKind::not_allowed ||
                                    failure.kind == FailureKind::not_found;
        if (!about_this_one) return fail(globals_, failure);
        item.refused.push_back(
            {pointer_of(*item.consent, "/consent_id"), "ledger " + failure.code,
             failure.why.empty() ? failure.what : failure.what + ": " + failure.why});
        return exit_code::done;
    }

    void report(const Item& item) {
        if (!item.accepted()) {
            std::string line = "refused   " + item.file;
            for (std::size_t i = 0; i < item.refused.size(); ++i) {
                const mapping::Refused& refused = item.refused[i];
                line += i == 0 ? "  " : "; ";
                line += (refused.pointer.empty() ? "(document)" : refused.pointer) + "  " +
                        refused.rule + ": " + refused.detail;
            }
            warn(globals_, printable(line));
            return;
        }
        const json& record = item.consent->record;
        std::string steps;
        for (const std::string& step : item.consent->steps) {
            steps += (steps.empty() ? "" : ", ") + step;
        }
        std::string line = "accepted  " + item.file + "  consent " +
                           record.value("consent_id", "") + " (" + steps + ")";
        if (item.height != 0) line += " at height " + std::to_string(item.height);
        if (!item.consent->jws_header.empty()) {
            line += item.consent->jws_verified ? ", signature verified"
                                               : ", signature not verified (no --jws-key)";
        }
        if (!item.consent->unknown.empty()) {
            line += ", " + std::to_string(item.consent->unknown.size()) +
                    " members not known to the mapping: " + item.consent->unknown.front();
        }
        say_done(globals_, printable(line));
    }

    json describe(const Item& item) const {
        json result = {{"file", item.file}, {"accepted", item.accepted()}};
        json refused = json::array();
        for (const mapping::Refused& one : item.refused) {
            refused.push_back(
                {{"pointer", one.pointer}, {"rule", one.rule}, {"detail", one.detail}});
        }
        result["refused"] = std::move(refused);
        if (!item.consent) return result;
        result["consent_id"] = item.consent->record.value("consent_id", "");
        result["issuer"] = item.consent->record.value("issuer", "");
        result["form"] = item.consent->form;
        result["events"] = item.consent->steps;
        result["record"] = item.consent->record;
        result["unknown"] = item.consent->unknown;
        if (!item.consent->jws_header.empty()) {
            result["jws"] = {{"header", json::parse(item.consent->jws_header, nullptr, false)},
                             {"verified", item.consent->jws_verified}};
        }
        if (!item.tx_id.empty()) result["tx_id"] = item.tx_id;
        if (item.height != 0) result["height"] = item.height;
        if (options_.trace) {
            json trace = json::array();
            for (const mapping::TraceItem& step : item.consent->trace) {
                trace.push_back({{"to", step.to},
                                 {"origin", step.origin},
                                 {"pointer", step.pointer},
                                 {"rule", step.rule}});
            }
            result["trace"] = std::move(trace);
        }
        return result;
    }

    void print_trace() const {
        TextTable table({"FILE", "MEMBER", "ORIGIN", "FROM", "RULE"});
        for (const Item& item : items_) {
            if (!item.consent) continue;
            for (const mapping::TraceItem& step : item.consent->trace) {
                table.row({item.file, step.to, step.origin, step.pointer, step.rule});
            }
        }
        table.print();
    }

    int finish() const {
        std::size_t accepted = 0;
        for (const Item& item : items_) accepted += item.accepted() ? 1u : 0u;
        if (globals_.output == OutputForm::json) {
            json items = json::array();
            for (const Item& item : items_) items.push_back(describe(item));
            print(json{{"mapping", prepared_.mapping.id},
                       {"mapping_sha256", to_hex(prepared_.mapping.hash.view())},
                       {"dry_run", options_.dry_run},
                       {"accepted", accepted},
                       {"refused", items_.size() - accepted},
                       {"items", std::move(items)}}
                      .dump(2));
        } else if (options_.trace) {
            print_trace();
        }
        say(globals_, std::to_string(accepted) +
                          (options_.dry_run ? " would go in, " : " went in, ") +
                          std::to_string(items_.size() - accepted) + " refused");
        return accepted == 0 ? exit_code::failed : exit_code::done;
    }

    const Globals& globals_;
    const ImportOptions& options_;
    Prepared prepared_;
    std::vector<Item> items_;
    std::set<std::string> seen_;
};

int run_import(const Globals& globals, const ImportOptions& options) {
    // An agreement for imports says more than the library's (it names parties), so the library
    // does not get it.
    Globals without = globals;
    without.agreement.clear();
    auto context = resolve_context(without);
    if (!context) {
        if (!options.dry_run) return fail(globals, context.error());
        context = Context{};
    }
    auto prepared = prepare(options, *context, globals.agreement);
    if (!prepared) return fail(globals, prepared.error());
    Import import(globals, options, std::move(*prepared));
    if (options.dry_run) return import.run(nullptr);
    auto session = open_session(without, Needs::signing);
    if (!session) return fail(globals, session.error());
    return import.run(&session->client);
}

}  // namespace

void add_import_commands(CLI::App& app, Globals& globals) {
    auto options = std::make_shared<ImportOptions>();
    CLI::App* command = app.add_subcommand(
        "import",
        "Turn consents of other standards into canonical ones and submit them.\n"
        "One line a file on stderr: accepted, or refused with JSON Pointer and rule.\n"
        "Exit code 0 if at least one went in, 1 if none did, 2 for wrong usage.");
    command->add_option("--mapping", options->mapping, "rebit-aa, ob-uk, or a mapping file")
        ->required();
    command->add_option("files", options->files, "Source documents (JSON)")->required();
    command->add_option("--pseudonym-key", options->pseudonym_key,
                        "File with 64 hexadecimal digits: turns identifiers into pseudonyms");
    command->add_option("--subject", options->subject,
                        "Subject label, where the standard carries none");
    command->add_option("--jws-key", options->jws_key,
                        "RSA public key (PEM) that signed artefacts must verify with");
    command->add_flag("--authorised", options->authorised,
                      "You state that consents without a status have been authorised");
    command->add_flag("--dry-run", options->dry_run, "Submit nothing");
    command->add_flag("--trace", options->trace, "Show where each member of a record came from");
    command->add_flag("--strict", options->strict,
                      "Refuse a document with a member that the mapping does not know");
    examples(command, "consentree import --mapping ob-uk --dry-run --trace consent.json",
             "consentree import --mapping rebit-aa --agreement dsa.json *.json");
    on_run(command, globals, [&globals, options] { return run_import(globals, *options); });
}

}  // namespace consentree::client::cli

// consentree import: source documents to canonical consents, each submitted in a transaction of
// its own. A file that is refused never holds up the others.
#include "client/cli/commands.h"
#include "client/cli/output.h"
#include "client/cli/session.h"
#include "client/import/prepare.h"
#include "client/record.h"
#include "common/files.h"
#include "common/limits.h"
#include "common/time.h"

#include <set>

namespace consentree::client::cli {

using nlohmann::json;

namespace {

// What became of one file.
struct Item {
    std::string file;
    std::string mapping_id, mapping_sha256;
    std::optional<mapping::Standardised> made;
    std::vector<mapping::Standardised> others;  // Of a document that is several records.
    std::vector<mapping::Refused> refused;
    std::string tx_id;
    std::uint64_t height = 0;
    bool accepted() const { return refused.empty(); }
};

class Import {
public:
    Import(const Globals& globals, const ImportOptions& options, Supplies supplies)
        : globals_(globals), options_(options), supplies_(std::move(supplies)) {}

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
        Item item;
        item.file = file;
        const auto text = read_file(file, limits::source_bytes);
        if (!text) {
            const bool large = text.error() == Errc::too_large;
            item.refused.push_back({"", large ? "json-size" : "file", text.error().message()});
            return item;
        }
        const auto mapping = supplies_.mapping_for(*text);
        if (!mapping) {
            item.refused.push_back(mapping.error());
            return item;
        }
        item.mapping_id = (*mapping)->id;
        item.mapping_sha256 = to_hex((*mapping)->hash.view());
        const auto agreement = supplies_.agreement_for(**mapping);
        if (!agreement) {
            const Failure& failure = agreement.error();
            const std::string why = failure.why.empty() ? "" : ": " + failure.why;
            item.refused.push_back({"", "agreement", failure.what + why});
            return item;
        }
        mapping::Outcome outcome =
            mapping::standardise({*text, **mapping, (*agreement)->json, supplies_.pseudonym_key(),
                                  supplies_.jws_key(), options_.strict, (*agreement)->sha256});
        item.refused = std::move(outcome.refused);
        item.made = std::move(outcome.value);
        item.others = std::move(outcome.others);
        if (item.made && item.made->target == mapping::Target::consent) {
            settle(item, *item.made);
            for (mapping::Standardised& other : item.others) settle(item, other);
        }
        return item;
    }

    // What the caller states about consents, and that no two are the same.
    void settle(Item& item, mapping::Standardised& made) {
        auto& steps = made.steps;
        if (options_.authorised && steps.size() == 1) steps.push_back("authorise");
        const std::string id =
            made.record.value("issuer", "") + "/" + made.record.value("consent_id", "");
        if (!seen_.insert(id).second) {
            item.refused.push_back({pointer_of(made, "/consent_id"), "consent-id-unique",
                                    "another file of this import has the same consent id"});
        }
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
        std::vector<std::string> events = mapping::events_of(*item.made, now);
        for (const mapping::Standardised& other : item.others) {
            for (std::string& event : mapping::events_of(other, now)) {
                events.push_back(std::move(event));
            }
        }
        auto submitted = client.submit_events(std::move(events), Wait::committed);
        if (submitted) {
            item.tx_id = submitted->tx_id;
            item.height = submitted->height;
            return exit_code::done;
        }
        const Failure& failure = submitted.error();
        const bool about_this_one =
            failure.kind == FailureKind::conflict || failure.kind == FailureKind::not_allowed ||
            failure.kind == FailureKind::not_found || failure.code == "scheme-invalid";
        if (!about_this_one) return fail(globals_, failure);
        item.refused.push_back(
            {pointer_of(*item.made, "/consent_id"), "ledger " + failure.code,
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
        const json& record = item.made->record;
        std::string steps;
        for (const std::string& step : item.made->steps) {
            steps += (steps.empty() ? "" : ", ") + step;
        }
        const bool is_consent = item.made->target == mapping::Target::consent;
        std::string line = "accepted  " + item.file + "  " + item.mapping_id;
        if (is_consent) line += "  consent " + record.value("consent_id", "");
        for (const mapping::Standardised& other : item.others) {
            line += ", " + other.record.value("consent_id", "");
        }
        line += " (" + steps + ")";
        if (is_consent && record.contains("needs_review")) {
            line += ", needs review: " + record.value("needs_review", "");
        }
        for (const std::string& warning : item.made->warnings) line += ", " + warning;
        if (item.height != 0) line += " at height " + std::to_string(item.height);
        if (!item.made->jws_header.empty()) {
            line += item.made->jws_verified ? ", signature verified"
                                            : ", signature not verified (no --jws-key)";
        }
        if (!item.made->unknown.empty()) {
            line += ", " + std::to_string(item.made->unknown.size()) +
                    " members not known to the mapping: " + item.made->unknown.front();
        }
        say_done(globals_, printable(line));
    }

    // One record, or the events of one document.
    json describe(const mapping::Standardised& made) const {
        json result = json::object();
        if (made.target == mapping::Target::consent) {
            result["consent_id"] = made.record.value("consent_id", "");
            result["issuer"] = made.record.value("issuer", "");
        }
        result["events"] = made.steps;
        result["record"] = made.record;
        result["warnings"] = made.warnings;
        if (!options_.trace) return result;
        result["trace"] = json::array();
        for (const mapping::TraceItem& step : made.trace) {
            result["trace"].push_back({{"to", step.to},
                                       {"origin", step.origin},
                                       {"pointer", step.pointer},
                                       {"rule", step.rule}});
        }
        return result;
    }

    json describe(const Item& item) const {
        json result = {{"file", item.file}, {"accepted", item.accepted()}};
        json refused = json::array();
        for (const mapping::Refused& one : item.refused) {
            refused.push_back(
                {{"pointer", one.pointer}, {"rule", one.rule}, {"detail", one.detail}});
        }
        result["refused"] = std::move(refused);
        if (!item.mapping_id.empty()) {
            result["mapping"] = item.mapping_id;
            result["mapping_sha256"] = item.mapping_sha256;
        }
        if (!item.made) return result;
        result.update(describe(*item.made));
        for (const mapping::Standardised& other : item.others) {
            result["others"].push_back(describe(other));
        }
        result["target"] = mapping::target_name(item.made->target);
        result["form"] = item.made->form;
        result["unknown"] = item.made->unknown;
        if (!item.made->jws_header.empty()) {
            result["jws"] = {{"header", json::parse(item.made->jws_header, nullptr, false)},
                             {"verified", item.made->jws_verified}};
        }
        if (!item.tx_id.empty()) result["tx_id"] = item.tx_id;
        if (item.height != 0) result["height"] = item.height;
        return result;
    }

    void print_trace() const {
        TextTable table({"FILE", "MEMBER", "ORIGIN", "FROM", "RULE"});
        for (const Item& item : items_) {
            if (!item.made) continue;
            const auto add = [&](const mapping::Standardised& made) {
                for (const mapping::TraceItem& step : made.trace) {
                    table.row({item.file, step.to, step.origin, step.pointer, step.rule});
                }
            };
            add(*item.made);
            for (const mapping::Standardised& other : item.others) add(other);
        }
        table.print();
    }

    int finish() const {
        std::size_t accepted = 0;
        for (const Item& item : items_) accepted += item.accepted() ? 1u : 0u;
        if (globals_.output == OutputForm::json) {
            json items = json::array();
            for (const Item& item : items_) items.push_back(describe(item));
            print(json{{"dry_run", options_.dry_run},
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
    Supplies supplies_;
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
    const bool asks = !options.dry_run || !options.agreement_id.empty();
    std::optional<Session> session;
    if (asks) {
        auto opened = open_session(without, options.dry_run ? Needs::reading : Needs::signing);
        if (!opened) return fail(globals, opened.error());
        session.emplace(std::move(*opened));
    }
    FetchTerms fetch;
    if (asks) {
        fetch = [&session](const std::string& id) { return fetch_terms(session->client, id); };
    }
    auto supplies = Supplies::load(options, *context, globals.agreement, std::move(fetch));
    if (!supplies) return fail(globals, supplies.error());
    Import import(globals, options, std::move(*supplies));
    return import.run(options.dry_run ? nullptr : &session->client);
}

}  // namespace

void add_import_commands(CLI::App& app, Globals& globals) {
    auto options = std::make_shared<ImportOptions>();
    CLI::App* command = app.add_subcommand(
        "import",
        "Turn records of other standards into canonical ones and submit them.\n"
        "One line a file on stderr: accepted, or refused with JSON Pointer and rule.\n"
        "Exit code 0 if at least one went in, 1 if none did, 2 for wrong usage.");
    command->add_option("--mapping", options->mapping,
                        "A mapping by name (see: mapping list) or file; default: the built-in "
                        "one that knows the document");
    command->add_option("--agreement-id", options->agreement_id,
                        "An agreement of the ledger: its terms fill what the source lacks");
    command->add_option("FILE", options->files, "Source documents (JSON)")->required();
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
    examples(command, "consentree import --dry-run --trace consent.json",
             "consentree import --mapping rebit-aa --agreement dsa.json *.json");
    on_run(command, globals, [&globals, options] { return run_import(globals, *options); });
}

}  // namespace consentree::client::cli

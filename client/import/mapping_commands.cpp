// consentree mapping: the mapping files themselves, looked at and checked. Nothing is sent.
#include "client/cli/output.h"
#include "client/import/built_in.h"
#include "client/import/prepare.h"
#include "client/policies.h"

namespace consentree::client::cli {

using nlohmann::json;

namespace {

int list(const Globals& globals) {
    if (globals.output == OutputForm::json) {
        json items = json::array();
        for (const mapping::Mapping& one : mapping::built_in_mappings()) {
            items.push_back({{"mapping", one.id},
                             {"version", one.version},
                             {"title", one.title},
                             {"target", mapping::target_name(one.target)},
                             {"sha256", to_hex(one.hash.view())}});
        }
        print(json{{"items", std::move(items)}}.dump(2));
        return exit_code::done;
    }
    TextTable table({"MAPPING", "VERSION", "GIVES", "TITLE"});
    for (const mapping::Mapping& one : mapping::built_in_mappings()) {
        table.row({one.id, std::to_string(one.version),
                   std::string(mapping::target_name(one.target)), one.title});
    }
    table.print();
    return exit_code::done;
}

int show(const Globals& globals, const std::string& name) {
    const auto text = mapping_text(name);
    if (!text) return fail(globals, text.error());
    print(*text);
    return exit_code::done;
}

int check(const Globals& globals, const std::string& name) {
    const auto text = mapping_text(name);
    if (!text) return fail(globals, text.error());
    std::vector<Refusal> faults;
    const auto checked = mapping::read_mapping(*text, faults);
    if (globals.output == OutputForm::json) {
        json list = json::array();
        for (const Refusal& fault : faults) {
            list.push_back({{"pointer", fault.pointer}, {"detail", fault.detail}});
        }
        json result = {{"valid", checked.has_value()}, {"faults", std::move(list)}};
        if (checked) {
            result["mapping"] = checked->id;
            result["version"] = checked->version;
            result["sha256"] = to_hex(checked->hash.view());
        }
        print(result.dump(2));
    } else if (checked) {
        print("✓ " + checked->id + " " + std::to_string(checked->version) + ": " +
              std::to_string(checked->forms.size()) + " forms, " +
              std::to_string(checked->rules.size()) + " rules, " +
              std::to_string(checked->checks.size()) + " checks");
        print("  sha256 " + to_hex(checked->hash.view()));
    } else {
        for (const Refusal& fault : faults) {
            print(printable((fault.pointer.empty() ? "(file)" : fault.pointer) + "  " +
                            fault.detail));
        }
        warn(globals, std::to_string(faults.size()) + (faults.size() == 1 ? " fault" : " faults") +
                          " in " + name + "; docs/mappings.md has the language");
    }
    return checked ? exit_code::done : exit_code::failed;
}

int approval(const Globals& globals, const std::string& name, std::uint32_t version) {
    const auto mapping = find_mapping(name);
    if (!mapping) return fail(globals, mapping.error());
    print(mapping_policy(*mapping, version));
    return exit_code::done;
}

}  // namespace

void add_mapping_commands(CLI::App& app, Globals& globals) {
    CLI::App* noun = app.add_subcommand("mapping", "How other standards become canonical records");
    examples(noun, "consentree mapping list", "consentree mapping check my-standard.json");
    CLI::App* all = noun->add_subcommand("list", "The mappings that are built in");
    examples(all, "consentree mapping list", "consentree mapping list -o json");
    on_run(all, globals, [&globals] { return list(globals); });
    const auto name = std::make_shared<std::string>();
    CLI::App* one = noun->add_subcommand("show", "A mapping as it is written");
    one->add_option("MAPPING", *name, "By name, or the path of a file")->required();
    examples(one, "consentree mapping show ob-uk",
             "consentree mapping show fhir-r4-consent > clinic.json");
    on_run(one, globals, [&globals, name] { return show(globals, *name); });
    CLI::App* checked = noun->add_subcommand(
        "check", "Every fault of a mapping file with its place; its hash if there is none");
    checked->add_option("MAPPING", *name, "By name, or the path of a file")->required();
    examples(checked, "consentree mapping check my-standard.json",
             "consentree mapping check ob-uk -o json");
    on_run(checked, globals, [&globals, name] { return check(globals, *name); });
    CLI::App* policy = noun->add_subcommand(
        "approval", "The document with which a network approves a mapping: for policy propose");
    const auto version = std::make_shared<std::uint32_t>(1);
    policy->add_option("MAPPING", *name, "By name, or the path of a file")->required();
    policy->add_option("--version", *version, "One above the approval in force (default: 1)");
    examples(policy, "consentree mapping approval ob-uk > approval.json",
             "consentree mapping approval my-standard.json --version 2 > approval.json");
    on_run(policy, globals,
           [&globals, name, version] { return approval(globals, *name, *version); });
}

}  // namespace consentree::client::cli

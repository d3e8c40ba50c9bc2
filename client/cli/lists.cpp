#include "client/cli/lists.h"

#include "client/api.h"
#include "client/cli/output.h"

#include <unistd.h>
#include <iostream>
#include <nlohmann/json.hpp>

namespace consentree::client::cli {

namespace {

using Json = nlohmann::ordered_json;

// Pages that --all follows at most; a node that never ends its list is cut off with a warning.
constexpr int pages_max = 10'000;

std::vector<Filter> paging(const ListOptions& options, const std::string& cursor) {
    return {{"limit", std::to_string(options.all ? 500 : options.limit)},
            {"order", options.order},
            {"as_of", options.as_of},
            {"cursor", cursor}};
}

// One page as it came, or all of them joined in the same shape. standing is that of the last page;
// proven only if all are.
Outcome<Json> fetch_pages(Client& client,
                          const ListOptions& options,
                          const Fetch& fetch,
                          Answer& standing) {
    std::string cursor = options.cursor;
    Json whole;
    for (int page = 0; page < pages_max; ++page) {
        auto answer = fetch(client, paging(options, cursor));
        if (!answer) return answer.error();
        Json json = Json::parse(answer->json, nullptr, false);
        standing = std::move(*answer);
        Failure malformed;
        malformed.code = "node-answer-invalid";
        malformed.what = "the node's answer is not a list";
        if (!json.is_object() || !json.contains("items") || !json["items"].is_array()) {
            return malformed;
        }
        if (whole.is_null()) {
            whole = json;
        } else {
            for (auto& item : json["items"]) whole["items"].push_back(std::move(item));
            whole["next_cursor"] = json["next_cursor"];
            whole["complete"] = json["complete"];
        }
        const bool more = json.contains("next_cursor") && json["next_cursor"].is_string();
        if (!options.all || !more) break;
        const std::string next = json["next_cursor"].get<std::string>();
        if (next == cursor) return malformed;
        cursor = next;
    }
    return whole;
}

Failure not_the_shape() {
    Failure failure;
    failure.code = "node-answer-invalid";
    failure.what = "the node's answer is not the list that was asked for";
    failure.hint = "Ask another node; this one is of another version, broken or lying.";
    return failure;
}

// How far the list can be relied on. page: of a shape that has been checked.
void say_footer(const Globals& globals,
                const Json& page,
                const Answer& standing,
                const ListOptions& options,
                const ListShape& shape) {
    const std::size_t count = page["items"].size();
    const bool is_complete = page.value("complete", false);
    std::string text = grouped(count) + " " + (count == 1 ? shape.one : shape.many);
    if (!is_complete) {
        const auto cursor = page.find("next_cursor");
        const bool is_known = cursor != page.end() && cursor->is_string();
        text += "; there are more (--all, or --cursor " +
                (is_known ? cursor->get<std::string>() : "") + ")";
    }
    const bool is_whole = is_complete && options.cursor.empty();
    say_standing(globals, standing, text + ". ",
                 is_whole ? "complete: " : "nothing left out on this page: ", options.as_of);
}

std::vector<std::string> row_of(const api::Consent& consent) {
    return {consent.consent_id,
            consent.state,
            consent.subject,
            consent.provider,
            joined(consent.recipients, ","),
            joined(consent.purposes, ","),
            joined(consent.categories, ","),
            consent.valid_until.empty() ? "open" : consent.valid_until.substr(0, 10),
            std::to_string(consent.version)};
}

std::vector<std::string> row_of(const api::Entry& entry) {
    Json event = Json::parse(entry.event, nullptr, false);
    if (event.is_object() && event.contains("consent")) event = Json(event["consent"]);
    const auto text_of = [&event](const char* member) -> std::string {
        if (!event.is_object()) return "";
        const auto it = event.find(member);
        return it != event.end() && it->is_string() ? it->get<std::string>() : "";
    };
    const std::string who = text_of("actor_org");
    return {std::to_string(entry.index),
            std::to_string(entry.height),
            entry.time,
            entry.type,
            entry.verdict,
            joined(entry.failed, ","),
            who.empty() ? text_of("issuer") : who,
            text_of("consent_id")};
}

}  // namespace

void add_paging_options(CLI::App* command, ListOptions& options) {
    command->add_option("--limit", options.limit, "Items on a page (1 to 500, default 50)")
        ->check(CLI::Range(1U, 500U).description(""));
    command->add_option("--cursor", options.cursor, "The next_cursor of the page before");
    command->add_flag("--all", options.all, "Every page");
}

void add_list_options(CLI::App* command, ListOptions& options) {
    add_paging_options(command, options);
    command->add_option("--order", options.order, "asc or desc")
        ->check(CLI::IsMember({"asc", "desc"}).description(""));
}

void add_as_of(CLI::App* command, ListOptions& options) {
    command->add_option("--as-of", options.as_of, "A block's height or a time: as it stood then");
}

std::string joined(const std::vector<std::string>& parts, std::string_view separator) {
    std::string text;
    for (const std::string& part : parts) {
        if (!text.empty()) text += separator;
        text += part;
    }
    return text;
}

void print_fields(const std::vector<std::pair<std::string, std::string>>& fields) {
    std::size_t width = 0;
    for (const auto& [name, value] : fields) width = std::max(width, name.size());
    for (const auto& [name, value] : fields) {
        if (value.empty()) continue;
        print(name + std::string(width - name.size() + 2, ' ') + printable(value));
    }
}

void say_unproven(const Globals& globals,
                  std::uint64_t height,
                  const std::string& more,
                  const std::string& why) {
    say(globals, more + "As of height " + grouped(height) +
                     ", as this node says: not proven, and not proven complete" +
                     (why.empty() ? "." : " (" + why + ")."));
}

void say_standing(const Globals& globals,
                  const Answer& answer,
                  const std::string& more,
                  const std::string& claim,
                  const std::string& as_of) {
    if (!answer.proven) {
        say_unproven(globals, answer.as_of_height, more, answer.why_not);
        return;
    }
    const Verification& verified = answer.verification;
    if (!more.empty()) say(globals, more.substr(0, more.find_last_not_of(' ') + 1));
    say_done(
        globals,
        claim + "proven up to block " + grouped(answer.as_of_height) +
            (verified.as_of.empty() || !as_of.empty() ? "" : ", current as of " + verified.as_of) +
            ", by " + joined(verified.signers));
}

Progress progress_bar(const Globals& globals) {
    if (globals.quiet || ::isatty(STDERR_FILENO) == 0) return {};
    return [](std::size_t done, std::size_t at_most) {
        constexpr std::size_t width = 30;
        const std::size_t full = at_most == 0 ? width : std::min(width, done * width / at_most);
        std::cerr << "\r  [" << std::string(full, '#') << std::string(width - full, ' ') << "] "
                  << grouped(done) << " of at most " << grouped(at_most) << " entries\x1b[K"
                  << (done == at_most ? "\n" : "") << std::flush;
    };
}

int list_items(const Globals& globals,
               const ListOptions& options,
               const ListShape& shape,
               const Fetch& fetch) {
    auto session = open_session(globals, Needs::reading);
    if (!session) return fail(globals, session.error());
    Answer standing;
    auto json = fetch_pages(session->client, options, fetch, standing);
    if (!json) return fail(globals, json.error());
    const auto rows = shape.rows(json->dump(-1, ' ', false, Json::error_handler_t::replace));
    if (!rows) return fail(globals, not_the_shape());
    if (globals.output == OutputForm::json) {
        (*json)["proven"] = standing.proven;
        print(json->dump(2));
        return exit_code::done;
    }
    TextTable table(shape.headings);
    for (const auto& row : *rows) table.row(row);
    table.print();
    say_footer(globals, *json, standing, options, shape);
    return exit_code::done;
}

int list_consents(const Globals& globals, const ListOptions& options, const Fetch& fetch) {
    const ListShape shape{
        "consent",
        "consents",
        {"CONSENT", "STATE", "SUBJECT", "PROVIDER", "RECIPIENT", "PURPOSE", "DATA", "UNTIL", "V"},
        rows_by(api::parse_consents, [](const api::Consent& consent) { return row_of(consent); })};
    return list_items(globals, options, shape, fetch);
}

int list_entries(const Globals& globals, const ListOptions& options, const Fetch& fetch) {
    const ListShape shape{
        "entry",
        "entries",
        {"ENTRY", "HEIGHT", "RECORDED", "EVENT", "VERDICT", "REASON", "WHO", "CONSENT"},
        rows_by(api::parse_entries, [](const api::Entry& entry) { return row_of(entry); })};
    return list_items(globals, options, shape, fetch);
}

}  // namespace consentree::client::cli

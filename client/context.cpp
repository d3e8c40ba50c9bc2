#include "client/context.h"

#include "common/files.h"

#include <toml++/toml.h>

#include <algorithm>
#include <sstream>

namespace consentree::client {

namespace {

constexpr std::size_t context_bytes = 64 * 1024;

std::filesystem::path folder() {
    return config_home() / "contexts";
}
std::filesystem::path file_of(const std::string& name) {
    return folder() / (name + ".toml");
}
std::filesystem::path current_file() {
    return config_home() / "current-context";
}

bool is_name(const std::string& name) {
    return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    });
}

Failure bad_name(const std::string& name) {
    return {.kind = FailureKind::usage,
            .code = "invalid-context",
            .what = "\"" + name + "\" cannot be the name of a context",
            .hint = "Use lower-case letters, digits and \"-\", at most 64."};
}

Failure bad_file(const std::filesystem::path& path, const std::string& why) {
    return {.kind = FailureKind::usage,
            .code = "invalid-context",
            .what = "cannot use the context file " + path.string(),
            .why = why,
            .hint = "Mend it, or make it anew with: consentree context add"};
}

std::string absolute(const std::string& path) {
    if (path.empty()) return path;
    return std::filesystem::absolute(path).lexically_normal().string();
}

Outcome<Context> parse(const std::string& name,
                       const std::filesystem::path& path,
                       const std::string& text) {
    toml::table table;
    try {
        table = toml::parse(text, path.string());
    } catch (const toml::parse_error& error) {
        const auto& at = error.source().begin;
        return bad_file(path, std::string(error.description()) + " at line " +
                                  std::to_string(at.line) + ", column " +
                                  std::to_string(at.column));
    }
    Context context;
    context.name = name;
    for (const auto& [key, node] : table) {
        std::string* target = key == "key"           ? &context.key
                              : key == "trust"       ? &context.trust
                              : key == "ca"          ? &context.ca
                              : key == "token"       ? &context.token
                              : key == "institution" ? &context.institution
                              : key == "agreement"   ? &context.agreement
                                                     : nullptr;
        if (target != nullptr && node.is_string()) {
            *target = node.as_string()->get();
        } else if (key == "urls" && node.is_array()) {
            for (const auto& url : *node.as_array()) {
                if (!url.is_string()) return bad_file(path, "urls must be strings");
                context.urls.push_back(url.as_string()->get());
            }
        } else {
            return bad_file(path, "unknown or mistyped setting \"" + std::string(key) + "\"");
        }
    }
    return context;
}

}  // namespace

Outcome<Done> save_context(const Context& context) {
    if (!is_name(context.name)) return bad_name(context.name);
    toml::array urls;
    for (const std::string& url : context.urls) urls.push_back(url);
    toml::table table{{"urls", urls}};
    const auto put = [&table](const char* key, const std::string& value) {
        if (!value.empty()) table.insert(key, value);
    };
    put("key", absolute(context.key));
    put("trust", absolute(context.trust));
    put("ca", absolute(context.ca));
    put("token", absolute(context.token));
    put("institution", context.institution);
    put("agreement", absolute(context.agreement));
    std::ostringstream text;
    text << table << "\n";
    std::error_code error;
    std::filesystem::create_directories(folder(), error);
    if (error || !replace_file(file_of(context.name), text.str(), 0600)) {
        return Failure{.code = "write-failed",
                       .what = "cannot write " + file_of(context.name).string(),
                       .why = error ? error.message() : "the disk refused it"};
    }
    return Done{};
}

Outcome<Context> load_context(const std::string& name) {
    if (!is_name(name)) return bad_name(name);
    const auto path = file_of(name);
    const auto text = read_file(path, context_bytes);
    if (!text) {
        return Failure{.kind = FailureKind::not_found,
                       .code = "context-unknown",
                       .what = "there is no context \"" + name + "\"",
                       .why = path.string() + " cannot be read",
                       .hint = "See: consentree context list"};
    }
    return parse(name, path, *text);
}

Outcome<Done> use_context(const std::string& name) {
    auto context = load_context(name);
    if (!context) return context.error();
    if (!replace_file(current_file(), name + "\n")) {
        return Failure{.code = "write-failed", .what = "cannot write " + current_file().string()};
    }
    return Done{};
}

Outcome<Done> remove_context(const std::string& name) {
    auto context = load_context(name);
    if (!context) return context.error();
    std::error_code error;
    std::filesystem::remove(file_of(name), error);
    if (!error && current_context() == name) std::filesystem::remove(current_file(), error);
    if (error) {
        return Failure{.code = "write-failed",
                       .what = "cannot remove the context \"" + name + "\"",
                       .why = error.message()};
    }
    return Done{};
}

std::vector<std::string> list_contexts() {
    std::vector<std::string> names;
    std::error_code error;
    for (std::filesystem::directory_iterator it(folder(), error), end; !error && it != end;
         it.increment(error)) {
        const std::string name = it->path().stem().string();
        if (it->path().extension() == ".toml" && is_name(name)) names.push_back(name);
    }
    std::sort(names.begin(), names.end());
    return names;
}

std::string current_context() {
    const auto text = read_file(current_file(), 256);
    if (!text) return {};
    std::string name = text->substr(0, text->find('\n'));
    return is_name(name) ? name : std::string();
}

}  // namespace consentree::client

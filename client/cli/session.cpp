#include "client/cli/session.h"

#include "client/cli/output.h"

namespace consentree::client::cli {

namespace {

void lay_over(const std::string& flag, std::string& value) {
    if (!flag.empty()) value = flag;
}

}  // namespace

Outcome<Context> resolve_context(const Globals& globals) {
    Context context;
    const char* from_environment = std::getenv("CONSENTREE_CONTEXT");
    std::string name = globals.context;
    if (name.empty() && from_environment != nullptr) name = from_environment;
    if (name.empty()) name = current_context();
    if (!name.empty()) {
        auto loaded = load_context(name);
        if (!loaded) return loaded.error();
        context = std::move(*loaded);
        say_more(globals, "context: " + name);
    }
    if (!globals.urls.empty()) context.urls = globals.urls;
    lay_over(globals.key, context.key);
    lay_over(globals.trust, context.trust);
    lay_over(globals.ca, context.ca);
    lay_over(globals.token, context.token);
    lay_over(globals.agreement, context.agreement);
    if (context.agreement.empty() && !context.trust.empty()) {
        const auto beside = std::filesystem::path(context.trust).parent_path() / "agreement.json";
        std::error_code error;
        if (std::filesystem::exists(beside, error)) context.agreement = beside.string();
    }
    return context;
}

Outcome<Session> open_session(const Globals& globals, Needs needs) {
    auto context = resolve_context(globals);
    if (!context) return context.error();
    Options options;
    options.urls = context->urls;
    options.trust = context->trust;
    options.ca = context->ca;
    options.token = context->token;
    options.institution = context->institution;
    options.agreement = context->agreement;
    options.timeout = globals.timeout();
    options.coalesce = std::chrono::milliseconds(0);
    if (needs == Needs::signing) {
        if (context->key.empty()) {
            Failure failure;
            failure.kind = FailureKind::usage;
            failure.code = "no-key";
            failure.what = "no key to sign with";
            failure.why = "neither --key nor the context in use names one";
            failure.hint = "Make one: consentree key gen --out partner.key";
            return failure;
        }
        auto key = SigningKey::load(context->key);
        if (!key) return key.error();
        options.key = std::move(*key);
    }
    auto client = Client::connect(std::move(options));
    if (!client) return client.error();
    return Session{std::move(*context), std::move(*client)};
}

}  // namespace consentree::client::cli

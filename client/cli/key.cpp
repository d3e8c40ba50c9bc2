#include "client/cli/commands.h"
#include "client/cli/output.h"
#include "client/client.h"
#include "common/files.h"
#include "common/hash.h"
#include "common/keys.h"

#include <nlohmann/json.hpp>

namespace consentree::client::cli {

namespace {

void show(const Globals& globals, const SigningKey& key, const std::string& path) {
    if (globals.output == OutputForm::json) {
        nlohmann::ordered_json json;
        json["file"] = path;
        json["algorithm"] = "Ed25519";
        json["public_key"] = key.public_key_base64();
        json["fingerprint"] = key.fingerprint();
        print(json.dump(2));
        return;
    }
    print("public key   " + key.public_key_base64());
    print("fingerprint  " + key.fingerprint());
}

int generate(const Globals& globals, const std::string& path) {
    const SigningKey key = SigningKey::generate();
    auto saved = key.save(path);
    if (!saved) return fail(globals, saved.error());
    say_done(globals, "secret key written to " + path + " (readable by you alone; keep it)");
    show(globals, key, path);
    return exit_code::done;
}

int show_file(const Globals& globals, const std::string& path) {
    auto key = SigningKey::load(path);
    if (!key) return fail(globals, key.error());
    show(globals, *key, path);
    return exit_code::done;
}

// 256 random bits; a node's settings hold the hash, so that they give no one access.
int make_token(const Globals& globals, const std::string& path) {
    init_crypto();
    const std::string token = "ctt_" + to_hex(random_bytes(32));
    const std::string hash = to_hex(sha256(as_bytes(token)).view());
    if (!write_new_file(path, token + "\n", 0600)) {
        return fail(globals, Failure{.kind = FailureKind::conflict,
                                     .code = "key-not-written",
                                     .what = "the token was not written to " + path,
                                     .why = "the file exists already, or its folder cannot be "
                                            "written",
                                     .hint = "Choose another file."});
    }
    say_done(globals, "token written to " + path + " (readable by you alone; for the caller)");
    if (globals.output == OutputForm::json) {
        print(nlohmann::ordered_json{{"file", path}, {"token_sha256", hash}}.dump(2));
    } else {
        print("token_sha256  " + hash);
    }
    return exit_code::done;
}

}  // namespace

void add_key_commands(CLI::App& app, Globals& globals) {
    CLI::App* key = app.add_subcommand("key", "Make and show signing keys; make tokens");
    examples(key, "consentree key gen --out partner.key", "consentree key show partner.key");

    CLI::App* gen = key->add_subcommand("gen", "Make an Ed25519 key (PKCS#8 PEM)");
    auto path = std::make_shared<std::string>();
    gen->add_option("--out", *path, "File to write; never overwritten")->required();
    examples(gen, "consentree key gen --out partner.key",
             "consentree key gen --out officer.key -o json");
    on_run(gen, globals, [&globals, path] { return generate(globals, *path); });

    CLI::App* show = key->add_subcommand("show", "Public key and fingerprint of a secret key");
    auto file = std::make_shared<std::string>();
    show->add_option("FILE", *file, "A PKCS#8 PEM key")->required();
    examples(show, "consentree key show partner.key", "consentree key show partner.key -o json");
    on_run(show, globals, [&globals, file] { return show_file(globals, *file); });

    CLI::App* token = key->add_subcommand("token", "Make a token for a node's API");
    auto out = std::make_shared<std::string>();
    token->add_option("--out", *out, "File to write; never overwritten")->required();
    examples(token, "consentree key token --out grafana.token",
             "consentree key token --out grafana.token -o json");
    on_run(token, globals, [&globals, out] { return make_token(globals, *out); });
}

}  // namespace consentree::client::cli

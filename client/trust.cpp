#include "client/trust.h"

#include "common/files.h"

namespace consentree::client {

namespace {

constexpr std::size_t trust_bytes = 256 * 1024;

Failure bad_trust(const std::string& path, const std::string& why) {
    Failure failure;
    failure.kind = FailureKind::undecidable;
    failure.code = "trust-file-unusable";
    failure.what = "cannot use the trust file " + path;
    failure.why = why;
    failure.hint = "Get it from somebody you trust in the network, not from a node.";
    return failure;
}

}  // namespace

Outcome<TrustFile> load_trust(const std::string& path) {
    const auto text = read_file(path, trust_bytes);
    if (!text) return bad_trust(path, text.error().message());
    auto policy = ledger::parse_policy(*text);
    if (!policy) return bad_trust(path, policy.error().detail);
    if (!policy->network) return bad_trust(path, "it has no line \"# network <id>\"");
    TrustFile trust{path, *policy, *policy->network};
    return trust;
}

}  // namespace consentree::client

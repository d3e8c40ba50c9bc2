#include "client/signing_key.h"

namespace consentree::client {

SigningKey SigningKey::generate() {
    init_crypto();
    return SigningKey(std::make_shared<const Impl>(Impl{SecretKey::generate()}));
}

Outcome<SigningKey> SigningKey::load(const std::string& path) {
    init_crypto();
    auto key = SecretKey::load(path);
    if (!key) {
        Failure failure;
        failure.kind = FailureKind::usage;
        failure.code = "key-unusable";
        failure.what = "cannot use the key " + path;
        failure.why = key.error().detail;
        failure.hint = key.error().hint;
        return failure;
    }
    return SigningKey(std::make_shared<const Impl>(Impl{std::move(*key)}));
}

Outcome<Done> SigningKey::save(const std::string& path) const {
    const auto saved = impl_->key.save(path);
    if (saved) return Done{};
    Failure failure;
    failure.kind = FailureKind::conflict;
    failure.code = "key-not-written";
    failure.what = "the key was not written to " + path;
    failure.why = saved.error().detail;
    failure.hint = saved.error().hint;
    return failure;
}

std::string SigningKey::fingerprint() const {
    return consentree::fingerprint(impl_->key.public_key());
}

std::string SigningKey::public_key_base64() const {
    return to_base64(impl_->key.public_key().view());
}

std::string SigningKey::public_key_hex() const {
    return to_hex(impl_->key.public_key().view());
}

}  // namespace consentree::client

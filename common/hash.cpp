#include "common/hash.h"

#include "common/assert.h"

#include <openssl/evp.h>

namespace consentree {
namespace {

// One context per thread, reused; fetching and allocating cost more than hashing 64 bytes.
struct Context {
    EVP_MD* digest = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    Context() { CT_ASSERT(digest != nullptr && context != nullptr); }
    ~Context() {
        EVP_MD_CTX_free(context);
        EVP_MD_free(digest);
    }
    Context(const Context&) = delete;
    Context& operator=(const Context&) = delete;
};

}  // namespace

Hash sha256(std::initializer_list<BytesView> parts) {
    thread_local const Context context;
    CT_ASSERT(EVP_DigestInit_ex2(context.context, context.digest, nullptr) == 1);
    for (const BytesView part : parts) {
        CT_ASSERT(EVP_DigestUpdate(context.context, part.data(), part.size()) == 1);
    }
    Hash hash;
    CT_ASSERT(EVP_DigestFinal_ex(context.context, hash.data(), nullptr) == 1);
    return hash;
}

Hash sha256(BytesView message) {
    return sha256({message});
}

}  // namespace consentree

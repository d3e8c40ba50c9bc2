#include "common/error.h"

#include <stdexcept>

namespace consentree {
namespace {

const char* describe(Errc code) {
    switch (code) {
        case Errc::truncated: return "the input ended early";
        case Errc::trailing_bytes: return "the input goes on after its value";
        case Errc::too_large: return "a length or count is above its limit";
        case Errc::malformed: return "the input is malformed";
        case Errc::not_canonical: return "the encoding is not the canonical one";
        case Errc::bad_signature: return "the signature does not verify";
        case Errc::unknown_key: return "the key is not registered";
        case Errc::wrong_network: return "made for another network";
        case Errc::wrong_epoch: return "made for another validator set";
        case Errc::not_found: return "not found";
        case Errc::conflict: return "contradicts what is already promised or stored";
        case Errc::storage_failed: return "storage failed";
        case Errc::timed_out: return "timed out";
        case Errc::unreachable: return "unreachable";
        case Errc::closed: return "closed";
        case Errc::proof_failed: return "the proof does not hold";
        case Errc::undecidable: return "cannot be decided with what is at hand";
        case Errc::unsupported: return "not supported by this version";
        case Errc::refused: return "refused by a rule";
        case Errc::busy: return "busy, try again later";
    }
    return "unknown error";
}

// The base's destructor is protected: nobody deletes a category through it.
// NOLINTNEXTLINE(cppcoreguidelines-virtual-class-destructor)
class Category final : public boost::system::error_category {
public:
    const char* name() const noexcept override { return "consentree"; }
    std::string message(int value) const override { return describe(static_cast<Errc>(value)); }
};

}  // namespace

const boost::system::error_category& errc_category() {
    static const Category category;
    return category;
}

void throw_exception_from_error(const Refusal& refusal, const boost::source_location&) {
    throw std::runtime_error(refusal.code + ": " + refusal.detail);
}

}  // namespace consentree

#include "ledger/preview.h"

#include "ledger/admission.h"

namespace consentree::ledger {

Previewer::Previewer(const Genesis& genesis, std::shared_ptr<const Reader> now)
    : genesis_(genesis), now_(std::move(now)), overlay_(std::make_unique<Overlay>(*now_)) {}
Previewer::~Previewer() = default;

std::optional<Refusal> Previewer::preview(TimeUs time_us, const CheckedTransaction& transaction) {
    return would_refuse({genesis_, *overlay_, 0, time_us}, transaction);
}

std::size_t Previewer::consent_count() const {
    return overlay_->consent_count();
}

}  // namespace consentree::ledger

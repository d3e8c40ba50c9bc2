#include "node/rejoin.h"

#include "common/codec.h"
#include "node/log.h"

namespace consentree::node {

namespace {

constexpr std::uint8_t question = 1, answer = 2;
constexpr std::size_t nonce_bytes = 16;
constexpr View first_view = 1;  // Entered by everybody at genesis.

}  // namespace

Rejoin::Rejoin(const consensus::ValidatorSet& set,
               ValidatorIndex self,
               bool is_needed,
               Handlers handlers)
    : set_(set),
      self_(self),
      handlers_(std::move(handlers)),
      is_done_(!is_needed),
      nonce_(random_bytes(nonce_bytes)) {}

void Rejoin::tick() {
    if (is_done_) return;
    Writer writer;
    writer.u8(question);
    writer.raw(nonce_);
    peers_->broadcast(make_frame(FrameType::rejoin, writer.bytes()));
}

void Rejoin::receive(ValidatorIndex from, BytesView body) {
    Reader reader(body);
    const std::uint8_t kind = reader.u8();
    const BytesView nonce = reader.raw(nonce_bytes);
    if (kind == question && reader.finish()) {
        // The view that this replica has entered bounds every vote that it or the asker has cast:
        // whoever votes in a view has entered it, on a certificate that honest others signed.
        Writer writer;
        writer.u8(answer);
        writer.raw(nonce);
        writer.u64(handlers_.own_view());
        peers_->send(from, make_frame(FrameType::rejoin, writer.bytes()));
        return;
    }
    const View view = reader.u64();
    if (kind != answer || !reader.finish() || is_done_ || !equal(nonce, nonce_)) return;
    answers_[from] = view;
    if (answers_.size() < 2 * set_.faults()) return;
    View entered = handlers_.own_view();
    for (const auto& [peer, one] : answers_) entered = std::max(entered, one);
    is_done_ = true;
    if (entered <= first_view) {
        handlers_.rejoin(0);
        return;
    }
    log::warn("voting resumes above the view that any of the others has entered",
              {{"floor", entered + 1}, {"answers", answers_.size()}});
    handlers_.rejoin(entered + 1);
}

}  // namespace consentree::node

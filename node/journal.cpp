#include "node/journal.h"

#include "common/assert.h"
#include "common/codec.h"
#include "node/fatal.h"

namespace consentree::node {

namespace {

constexpr std::string_view prefix = "journal";

// A view and a kind: 0 proposal, 1 certificate.
std::pair<View, std::uint8_t> place_of(const consensus::Message& message) {
    if (const auto* proposal = std::get_if<consensus::Proposal>(&message)) {
        return {proposal->block.view, 0};
    }
    const auto* certificate = std::get_if<consensus::Certificate>(&message);
    CT_ASSERT(certificate != nullptr);  // The core keeps nothing else.
    return {certificate->ballot.view, static_cast<std::uint8_t>(certificate->ballot.kind)};
}

Bytes key_of(View view, std::uint8_t kind) {
    Writer writer;
    writer.raw(as_bytes(prefix));
    writer.u64(view);
    writer.u8(kind);
    return writer.take();
}

}  // namespace

std::vector<consensus::Message> Journal::load(const ledger::Reader& reader) {
    std::vector<consensus::Message> messages;
    Bytes until = to_bytes(as_bytes(prefix));
    until.back() += 1;
    reader.scan(ledger::Table::meta, as_bytes(prefix), until, ledger::Direction::ascending,
                [&](BytesView key, BytesView value) {
                    auto message = consensus::decode_message(value);
                    if (!message) stop_process("a row of the consensus journal is damaged");
                    keys_.insert({place_of(*message).first, to_bytes(key)});
                    messages.push_back(std::move(*message));
                    return true;
                });
    return messages;
}

ledger::WriteSet Journal::rows(const std::vector<consensus::Message>& messages) const {
    ledger::WriteSet writes;
    for (const consensus::Message& message : messages) {
        const auto [view, kind] = place_of(message);
        writes.push_back({ledger::Table::meta, key_of(view, kind), consensus::encode(message)});
    }
    return writes;
}

void Journal::written(const std::vector<consensus::Message>& messages) {
    for (const consensus::Message& message : messages) {
        const auto [view, kind] = place_of(message);
        keys_.insert({view, key_of(view, kind)});
    }
}

ledger::WriteSet Journal::drop(View committed) {
    ledger::WriteSet writes;
    while (!keys_.empty() && keys_.begin()->first <= committed) {
        writes.push_back({ledger::Table::meta, keys_.begin()->second, std::nullopt});
        keys_.erase(keys_.begin());
    }
    return writes;
}

}  // namespace consentree::node

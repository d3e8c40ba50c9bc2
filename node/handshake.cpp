#include "node/handshake.h"

#include "common/codec.h"

namespace consentree::node {

Bytes encode(const Hello& hello) {
    Writer writer;
    writer.reserve(hello_bytes);
    writer.u16(hello.version);
    writer.fixed(hello.network);
    writer.u32(hello.epoch);
    writer.u16(hello.validator);
    writer.fixed(hello.validator_set);
    writer.u64(hello.height);
    return writer.take();
}

Result<Hello> decode_hello(BytesView bytes) {
    Reader reader(bytes);
    Hello hello;
    hello.version = reader.u16();
    // Another version may lay out the rest as it likes: check_hello names both versions.
    if (!reader.failed() && hello.version != peer_protocol_version) return hello;
    hello.network = reader.fixed<Hash>();
    hello.epoch = reader.u32();
    hello.validator = reader.u16();
    hello.validator_set = reader.fixed<Hash>();
    hello.height = reader.u64();
    const auto finished = reader.finish();
    if (!finished) return finished.error();
    return hello;
}

Hello make_hello(const ledger::Genesis& genesis, ValidatorIndex self) {
    Hello hello;
    hello.network = genesis.network;
    hello.validator = self;
    hello.validator_set = ledger::validator_set_hash(genesis);
    return hello;
}

std::optional<HelloMismatch> check_hello(const Hello& ours,
                                         const Hello& theirs,
                                         ValidatorIndex expected) {
    if (ours.version != theirs.version) {
        return HelloMismatch{"protocol version", std::to_string(ours.version),
                             std::to_string(theirs.version)};
    }
    if (ours.network != theirs.network) {
        return HelloMismatch{"network", to_hex(ours.network.view()), to_hex(theirs.network.view())};
    }
    if (ours.epoch != theirs.epoch) {
        return HelloMismatch{"epoch", std::to_string(ours.epoch), std::to_string(theirs.epoch)};
    }
    if (ours.validator_set != theirs.validator_set) {
        return HelloMismatch{"validator set", to_hex(ours.validator_set.view()),
                             to_hex(theirs.validator_set.view())};
    }
    if (theirs.validator != expected) {
        return HelloMismatch{"validator", std::to_string(expected),
                             std::to_string(theirs.validator)};
    }
    return std::nullopt;
}

}  // namespace consentree::node

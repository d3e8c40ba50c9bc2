#include "consensus/messages.h"

#include "common/assert.h"
#include "common/codec.h"
#include "common/limits.h"

namespace consentree::consensus {

namespace {

enum class MessageTag : std::uint8_t { proposal = 1, vote = 2, certificate = 3, request = 4 };

constexpr std::size_t certificate_entry_bytes = 2 + Signature::byte_count;

void write(Writer& out, const Ballot& ballot) {
    out.u8(static_cast<std::uint8_t>(ballot.kind));
    out.u64(ballot.view);
    out.fixed(ballot.block);
}

Ballot read_ballot(Reader& in) {
    Ballot ballot;
    const std::uint8_t kind = in.u8();
    ballot.view = in.u64();
    ballot.block = in.fixed<BlockId>();
    if (kind < 1 || kind > 3) {
        in.fail(Errc::malformed);
        return {};
    }
    ballot.kind = static_cast<VoteKind>(kind);
    // View 0 is genesis: nobody votes in it. A nullify names no block, the others always do.
    if (ballot.view == 0) in.fail(Errc::malformed);
    if ((ballot.kind == VoteKind::nullify) != ballot.block.is_zero()) in.fail(Errc::not_canonical);
    return ballot;
}

void write(Writer& out, const Vote& vote) {
    write(out, vote.ballot);
    out.u16(vote.voter);
    out.fixed(vote.signature);
}

Vote read_vote(Reader& in) {
    Vote vote;
    vote.ballot = read_ballot(in);
    vote.voter = in.u16();
    vote.signature = in.fixed<Signature>();
    return vote;
}

void write(Writer& out, const Block& block) {
    out.u64(block.view);
    out.u64(block.height);
    out.u64(block.parent_view);
    out.fixed(block.parent);
    out.blob(block.payload);
}

Block read_block(Reader& in) {
    Block block;
    block.view = in.u64();
    block.height = in.u64();
    block.parent_view = in.u64();
    block.parent = in.fixed<BlockId>();
    block.payload = to_bytes(in.blob(limits::payload_bytes));
    return block;
}

void write(Writer& out, const Certificate& certificate) {
    write(out, certificate.ballot);
    out.u32(static_cast<std::uint32_t>(certificate.signatures.size()));
    for (const auto& [voter, signature] : certificate.signatures) {
        out.u16(voter);
        out.fixed(signature);
    }
}

Certificate read_certificate(Reader& in) {
    Certificate certificate;
    certificate.ballot = read_ballot(in);
    const std::uint32_t count = in.count(limits::validators_max, certificate_entry_bytes);
    certificate.signatures.reserve(count);
    for (std::uint32_t i = 0; i < count; ++i) {
        const ValidatorIndex voter = in.u16();
        const Signature signature = in.fixed<Signature>();
        if (i > 0 && voter <= certificate.signatures.back().first) in.fail(Errc::not_canonical);
        certificate.signatures.emplace_back(voter, signature);
    }
    return certificate;
}

template <class T>
Result<T> finish(Reader& in, T value) {
    if (auto done = in.finish(); !done) return done.error();
    return value;
}

}  // namespace

Bytes encode(const Block& block) {
    Writer out;
    write(out, block);
    return out.take();
}

Result<Block> decode_block(BytesView bytes) {
    Reader in(bytes);
    Block block = read_block(in);
    return finish(in, std::move(block));
}

Bytes encode(const Certificate& certificate) {
    Writer out;
    write(out, certificate);
    return out.take();
}

Result<Certificate> decode_certificate(BytesView bytes) {
    Reader in(bytes);
    Certificate certificate = read_certificate(in);
    return finish(in, std::move(certificate));
}

Bytes encode(const Message& message) {
    Writer out;
    if (const auto* proposal = std::get_if<Proposal>(&message)) {
        out.u8(static_cast<std::uint8_t>(MessageTag::proposal));
        write(out, proposal->block);
        write(out, proposal->notarize);
    } else if (const auto* vote = std::get_if<Vote>(&message)) {
        out.u8(static_cast<std::uint8_t>(MessageTag::vote));
        write(out, *vote);
    } else if (const auto* certificate = std::get_if<Certificate>(&message)) {
        out.u8(static_cast<std::uint8_t>(MessageTag::certificate));
        write(out, *certificate);
    } else {
        out.u8(static_cast<std::uint8_t>(MessageTag::request));
        out.u64(std::get<Request>(message).view);
    }
    return out.take();
}

Result<Message> decode_message(BytesView bytes) {
    Reader in(bytes);
    switch (static_cast<MessageTag>(in.u8())) {
        case MessageTag::proposal: {
            Proposal proposal;
            proposal.block = read_block(in);
            proposal.notarize = read_vote(in);
            return finish<Message>(in, std::move(proposal));
        }
        case MessageTag::vote: {
            Vote vote = read_vote(in);
            return finish<Message>(in, vote);
        }
        case MessageTag::certificate: {
            Certificate certificate = read_certificate(in);
            return finish<Message>(in, std::move(certificate));
        }
        case MessageTag::request: {
            Request request{in.u64()};
            return finish<Message>(in, request);
        }
    }
    return in.failed() ? Errc::truncated : Errc::malformed;
}

}  // namespace consentree::consensus

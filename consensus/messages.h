// What replicas say to each other: proposals, votes, certificates, requests. Encodings and signed
// preimages are in docs/formats.md ("Consensus").
#pragma once

#include "common/error.h"
#include "consensus/validator_set.h"

#include <functional>
#include <optional>
#include <variant>

namespace consentree::consensus {

using BlockId = Hash;

struct Block {
    View view = 0;
    Height height = 0;
    View parent_view = 0;
    BlockId parent;
    Bytes payload;  // Opaque here; at most limits::payload_bytes.
    bool operator==(const Block&) const = default;
};
// SHA-256(tag || network || epoch || encoding with the payload's hash).
BlockId block_id(const ValidatorSet& set, const Block& block);

enum class VoteKind : std::uint8_t { notarize = 1, nullify = 2, finalize = 3 };

// What a vote says; the guard alone turns it into a signed Vote.
struct Ballot {
    VoteKind kind = VoteKind::notarize;
    View view = 0;
    BlockId block;  // Zero for nullify.
    bool operator==(const Ballot&) const = default;
};
// The bytes that are signed: tag, network, epoch, kind, view, block.
Bytes ballot_preimage(const ValidatorSet& set, const Ballot& ballot);

struct Vote {
    Ballot ballot;
    ValidatorIndex voter = 0;
    Signature signature;
    bool operator==(const Vote&) const = default;
};

// q equal ballots of distinct voters, in ascending order of voter.
struct Certificate {
    Ballot ballot;
    std::vector<std::pair<ValidatorIndex, Signature>> signatures;
    bool operator==(const Certificate&) const = default;
};

// The leader's notarize vote is part of its proposal.
struct Proposal {
    Block block;
    Vote notarize;
    bool operator==(const Proposal&) const = default;
};

// Asks a peer for what it has of one view: proposal and certificates.
struct Request {
    View view = 0;
    bool operator==(const Request&) const = default;
};

using Message = std::variant<Proposal, Vote, Certificate, Request>;

Bytes encode(const Message& message);
Result<Message> decode_message(BytesView bytes);
Bytes encode(const Block& block);
Result<Block> decode_block(BytesView bytes);
Bytes encode(const Certificate& certificate);
Result<Certificate> decode_certificate(BytesView bytes);

// Whether exactly this vote, signature included, was verified before.
using IsVerified = std::function<bool(const Vote&)>;

// A message whose signatures have been checked against the validator set. Only verify() and the
// simulator's trusted factory make one, so nothing unchecked can enter the core.
template <class T>
class Verified {
public:
    const T& operator*() const { return value_; }
    const T* operator->() const { return &value_; }

private:
    explicit Verified(T value) : value_(std::move(value)) {}
    friend Result<Verified<Message>> verify(Message message,
                                            const ValidatorSet& set,
                                            const IsVerified& is_verified);
    friend struct TrustedFactory;  // tests/sim only: signatures are simulated there.
    T value_;
};
// Pure; one signature verification per signature in the message that is_verified does not know.
// Runs on any thread.
Result<Verified<Message>> verify(Message message,
                                 const ValidatorSet& set,
                                 const IsVerified& is_verified = {});
Result<void> verify_certificate(const Certificate& certificate,
                                const ValidatorSet& set,
                                const IsVerified& is_verified = {});

}  // namespace consentree::consensus

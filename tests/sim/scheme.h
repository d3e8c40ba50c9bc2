// Simulated signatures: a mix of voter and ballot, checked by computing it again. An adversary
// signs with its own index alone; that is the simulator's word, not arithmetic's.
#pragma once

#include "consensus/messages.h"

namespace consentree::sim {

using namespace consensus;

consentree::Signature sign(ValidatorIndex voter, const Ballot& ballot);
bool is_signed(const Vote& vote);
// The oracle's own rules for messages, written apart from consensus/verify.cpp: quorum, distinct
// voters, leader, block id.
bool is_authentic(const Message& message, const ValidatorSet& set);
bool is_authentic(const Certificate& certificate, const ValidatorSet& set);

}  // namespace consentree::sim

namespace consentree::consensus {
// The one way past verify(); see messages.h.
struct TrustedFactory {
    static Verified<Message> make(Message message) { return Verified<Message>(std::move(message)); }
};
}  // namespace consentree::consensus

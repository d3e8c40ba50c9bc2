// Certified checkpoints of one validator; the others' lines are made by hand.
#include "node/cosigner.h"

#include "common/codec.h"
#include "common/hash.h"
#include "ledger/policy.h"
#include "node/clock.h"

#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>

using namespace consentree;
using namespace consentree::node;

namespace {

struct CosignerHarness {
    CosignerHarness() {
        init_crypto();
        genesis.origin = "consentree.example/test";
        for (int i = 0; i < 4; ++i) {
            keys.push_back(ValidatorKeys::from(SecretKey::generate()));
            const ValidatorKeys& own = keys.back();
            genesis.validators.push_back({"v" + std::to_string(i), own.identity.public_key(),
                                          own.vote.public_key(), own.cosignature.public_key(),
                                          own.log.public_key()});
            set.vote_keys.push_back(own.vote.public_key());
        }
        policy = ledger::parse_policy(ledger::format_policy(genesis)).value();
        pool = std::make_unique<PeerPool>(loop, genesis, ValidatorIndex{0}, keys[0].identity,
                                          std::vector<std::optional<PeerPool::Address>>(4),
                                          PeerPool::Handlers{});
        Cosigner::Handlers handlers;
        handlers.on_certified = [this](const ledger::Checkpoint&, const std::string&) {
            ++certified;
        };
        cosigner.emplace(genesis, set, ValidatorIndex{0}, keys[0], std::move(handlers));
        cosigner->use_peers(*pool);
    }

    // As the frame "cosignature" carries it (docs/formats.md).
    void receive(ValidatorIndex from, std::uint64_t time_s, bool is_forged = false) {
        const std::string text = ledger::format_checkpoint({genesis.origin, size, root});
        auto line = ledger::cosign(keys[from].cosignature, text, time_s);
        if (is_forged) line.signature.bytes[0] ^= 1;
        Writer body;
        body.u64(height);
        body.u64(size);
        body.fixed(root);
        body.u64(line.time_s);
        body.fixed(line.signature);
        cosigner->receive(from, body.bytes());
    }
    ledger::NoteReport report() const { return ledger::check_note(policy, cosigner->note()); }

    boost::asio::io_context loop{1};
    ledger::Genesis genesis;
    consensus::ValidatorSet set;
    std::vector<ValidatorKeys> keys;
    ledger::Policy policy;
    std::unique_ptr<PeerPool> pool;
    std::optional<Cosigner> cosigner;
    int certified = 0;
    Height height = 7;
    std::uint64_t size = 42;
    Hash root = sha256(as_bytes("root"));
};

}  // namespace

TEST_CASE("cosigner: a quorum certifies, and an idle network keeps its checkpoint fresh") {
    CosignerHarness harness;
    Cosigner& cosigner = *harness.cosigner;
    const std::uint64_t now = wall_us() / 1'000'000;
    cosigner.sign(harness.height, harness.size, harness.root);
    harness.receive(1, now + 100);
    CHECK(harness.certified == 0);
    harness.receive(2, now + 100);
    REQUIRE(harness.certified == 1);
    REQUIRE(harness.report().verdict == ledger::ProofVerdict::verified);
    const std::uint64_t first = *harness.report().as_of_s;
    CHECK(first <= now + 100);

    // Nothing is recorded: everyone signs the same tree again, some time later.
    cosigner.refresh();
    CHECK(harness.certified == 2);
    for (ValidatorIndex from = 1; from <= 3; ++from) harness.receive(from, now + 200);
    CHECK(harness.certified == 2);
    cosigner.gather_late();
    CHECK(harness.certified == 3);
    CHECK(harness.report().checkpoint.tree_size == harness.size);
    CHECK(harness.report().checkpoint.root == harness.root);
    CHECK(harness.report().signers.size() == 4);
    CHECK(harness.report().as_of_s == now + 200);
    // Without anything new it does not verify or assemble again.
    for (int second = 0; second < 5; ++second) cosigner.gather_late();
    CHECK(harness.certified == 3);
    for (ValidatorIndex from = 1; from <= 3; ++from) harness.receive(from, now + 300);
    cosigner.gather_late();
    CHECK(harness.certified == 4);
    CHECK(harness.report().as_of_s == now + 300);
}

TEST_CASE("cosigner: old, forged and cut lines do not enter a refreshed checkpoint") {
    CosignerHarness harness;
    Cosigner& cosigner = *harness.cosigner;
    const std::uint64_t now = wall_us() / 1'000'000;
    cosigner.sign(harness.height, harness.size, harness.root);
    for (ValidatorIndex from = 1; from <= 2; ++from) harness.receive(from, now);
    REQUIRE(harness.certified == 1);
    cosigner.refresh();
    harness.receive(1, now + 20, true);
    harness.receive(2, now + 20);
    cosigner.gather_late();
    CHECK(harness.certified == 2);
    harness.receive(1, now + 30);
    harness.receive(1, now + 10);
    cosigner.receive(3, as_bytes("too short"));
    cosigner.gather_late();
    REQUIRE(harness.certified == 3);
    for (const auto& signer : harness.report().signers) {
        if (signer.name == ledger::cosigner_name(harness.genesis, 1)) {
            CHECK(signer.time_s == now + 30);
        }
    }
    CHECK(harness.report().signers.size() == 3);
}

#include "tests/unit/audit/data_folder.h"

#include "common/codec.h"
#include "common/files.h"
#include "consensus/stored_block.h"
#include "ledger/checkpoint.h"
#include "ledger/key_log.h"
#include "storage/vote_guard.h"
#include "tests/unit/ledger/domain_fixture.h"

#include <stdlib.h>
#include <catch2/catch.hpp>

namespace consentree::audit::test {

namespace fs = std::filesystem;
using namespace ledger::test;
using ledger::Table;

namespace {

constexpr const char* institutions[] = {"northbank", "medcare", "citygov", "unilab"};
constexpr TimeMs block_ms = 1000;

Bytes note_key() {
    Writer key;
    key.u64(0);
    return key.take();
}

}  // namespace

TemporaryFolder::TemporaryFolder() {
    std::string name = (fs::temp_directory_path() / "consentree-audit-test-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
}

DataFolder::DataFolder() : data_(folder_.path() / "data") {
    init_crypto();
    genesis_.name = "test";
    genesis_.origin = "consentree.example/test";
    genesis_.time_us = static_cast<TimeUs>(start_time()) * 1000;
    const SecretKey seed = SecretKey::generate();
    REQUIRE(seed.save(folder_.path() / "validator.key").has_value());
    for (std::size_t k = 0; k < std::size(institutions); ++k) {
        const SecretKey other = SecretKey::generate();
        ValidatorKeys& keys = validators_.emplace_back(ValidatorKeys::from(k == 0 ? seed : other));
        const std::string id = institutions[k];
        genesis_.institutions.push_back({id, id});
        genesis_.validators.push_back({id, keys.identity.public_key(), keys.vote.public_key(),
                                       keys.cosignature.public_key(), keys.log.public_key()});
        partners_.push_back(SecretKey::generate());
        genesis_.keys.push_back({id, partners_.back().public_key(), ledger::Role::submit});
    }
    const std::string json = ledger::format_genesis(genesis_);
    genesis_ = ledger::parse_genesis(json).value();
    REQUIRE(write_new_file(folder_.path() / "genesis.json", json).has_value());
    set_ = {genesis_.network, 1, {}};
    for (const auto& entry : genesis_.validators) set_.vote_keys.push_back(entry.vote);
    lanes_.resize(validators_.size());
    fs::create_directories(data_);
    reopen();
    write(ledger::genesis_writes(genesis_, json));
    tip_ = *ledger::load_tip(*store_->snapshot());

    const TimeMs at = start_time() + block_ms;
    commit({batch(0, {{request_consent({}, at)}, {authorise(at)}})});
    for (int block = 0; block < 4; ++block) {
        std::vector<std::vector<std::string>> accesses;
        for (int k = 0; k < 6; ++k) {
            AccessText access;
            access.purpose = k % 3 == 0 ? "marketing" : "research";
            access.session_id = "s" + std::to_string(10 * block + k);
            accesses.push_back({access_request(access, at)});
        }
        commit({batch(3, accesses), batch(1, {{authorise(at, 7)}})});  // One is rejected.
    }
    reopen();  // Some of it in files of rows now, the rest in the log.
    commit({batch(0, {{lifecycle("withdraw", at)}})});
    commit({});
    commit({batch(3, {{access_request({}, at)}})});
    batch(2, {{authorise(at, 8)}});  // Waits for a block.
    write({{Table::checkpoint, note_key(), to_bytes(as_bytes(note(tip_.tree_size, tip_.root)))}});
    store_.reset();
    make_guard();
}

void DataFolder::reopen() {
    store_.reset();
    auto store = storage::open_rocks_store(data_ / "ledger");
    REQUIRE(store.has_value());
    store_ = std::move(*store);
}

void DataFolder::write(const ledger::WriteSet& writes) {
    REQUIRE(store_->write(writes).has_value());
}

ledger::BatchPtr DataFolder::batch(std::size_t lane,
                                   std::vector<std::vector<std::string>> transactions) {
    std::vector<ledger::CheckedTransaction> checked;
    for (auto& events : transactions) {
        Writer nonce;
        nonce.u64(0);
        nonce.u64(++nonce_);
        const auto bytes = std::make_shared<const Bytes>(encode(ledger::sign_transaction(
            partners_[lane], genesis_.network, start_time() + 3'600'000, nonce.bytes(), events)));
        auto transaction = ledger::check_transaction(bytes, *bytes, genesis_.network);
        REQUIRE(transaction.has_value());
        checked.push_back(std::move(*transaction));
    }
    ledger::LaneCursor& cursor = lanes_[lane];
    const auto index = static_cast<ValidatorIndex>(lane);
    auto sealed = ledger::seal_batch(genesis_, index, cursor.next_seq, cursor.last_digest,
                                     validators_[lane].identity, std::move(checked));
    cursor = {cursor.next_seq + 1, sealed->header().digest};
    write({{Table::batch, ledger::batch_key(index, sealed->header().seq, sealed->header().digest),
            to_bytes(sealed->encoded())}});
    return sealed;
}

void DataFolder::commit(std::vector<ledger::BatchPtr> batches) {
    ledger::Payload payload;
    payload.time_us = tip_.time_us + static_cast<TimeUs>(block_ms) * 1000;
    std::ranges::sort(batches, {}, [](const auto& batch) { return batch->header().lane; });
    for (const auto& batch : batches) {
        const ledger::BatchHeader& header = batch->header();
        payload.batches.push_back({header.lane, header.seq, header.digest});
    }
    const View view = tip_.view + 1 + tip_.height % 2;  // Some views were skipped.
    const consensus::Block block{view, tip_.height + 1, tip_.view, tip_.block_id, encode(payload)};
    const Hash id = consensus::block_id(set_, block);
    consensus::Certificate certificate{{consensus::VoteKind::finalize, view, id}, {}};
    for (ValidatorIndex voter = 0; voter < 3; ++voter) {
        certificate.signatures.emplace_back(
            voter, validators_[voter].vote.sign(ballot_preimage(set_, certificate.ballot)));
    }
    auto execution = ledger::execute(genesis_, *store_->snapshot(),
                                     {block.height, view, id, payload.time_us, batches}, map_);
    const bool is_covered_later = block.height == 2;  // By the finalization of block 3.
    execution.writes.push_back(
        {Table::block, consensus::block_key(block.height),
         encode(consensus::StoredBlock{encode(block),
                                       is_covered_later ? Bytes() : encode(certificate)})});
    certificate.ballot.kind = consensus::VoteKind::notarize;
    certificate.ballot.view = view + 1;
    for (auto& [voter, signature] : certificate.signatures) {
        signature = validators_[voter].vote.sign(ballot_preimage(set_, certificate.ballot));
    }
    Writer journal;
    journal.raw(as_bytes("journal"));
    journal.u64(view + 1);
    journal.u8(static_cast<std::uint8_t>(consensus::VoteKind::notarize));
    if (block.height == 8) {
        execution.writes.push_back(
            {Table::meta, journal.bytes(), encode(consensus::Message(certificate))});
    }
    write(execution.writes);
    tip_ = execution.tip;
    height_ = block.height;
}

std::string DataFolder::note(std::uint64_t tree_size, const Hash& root) const {
    const ledger::Checkpoint checkpoint{genesis_.origin, tree_size, root};
    const std::string text = ledger::format_checkpoint(checkpoint);
    std::vector<ledger::NamedCosignature> lines;
    for (ValidatorIndex k = 0; k < validators_.size(); ++k) {
        const SecretKey& key = validators_[k].cosignature;
        lines.push_back({ledger::cosigner_name(genesis_, k), key.public_key(),
                         ledger::cosign(key, text, tip_.time_us / 1'000'000)});
    }
    return ledger::assemble_note(checkpoint, validators_[0].log, lines);
}

void DataFolder::make_guard() {
    auto seed = SecretKey::load(folder_.path() / "validator.key");
    auto guard = storage::VoteGuard::open(data_ / "vote.guard", genesis_.network, seed->derive(2),
                                          tip_.height, tip_.view);
    REQUIRE(guard.has_value());
    REQUIRE((*guard)->rejoin(tip_.view).has_value());
    for (View view = tip_.view + 1; view < tip_.view + 5; ++view) {
        const consensus::Ballot ballot{consensus::VoteKind::nullify, view, {}};
        const std::uint8_t kind = static_cast<std::uint8_t>(ballot.kind);
        const auto answers =
            (*guard)->sign({{{kind, view, {}}, consensus::ballot_preimage(set_, ballot)}});
        REQUIRE(answers.has_value());
        REQUIRE(answers->front().signature.has_value());
    }
}

fs::path DataFolder::copy_to(const TemporaryFolder& folder) const {
    const fs::path copy = folder.path() / "data";
    fs::remove_all(copy);
    fs::copy(data_, copy, fs::copy_options::recursive);
    return copy;
}

Request DataFolder::request_for(const fs::path& data) const {
    Request request;
    request.data = data;
    request.genesis = folder_.path() / "genesis.json";
    request.key = folder_.path() / "validator.key";
    return request;
}

}  // namespace consentree::audit::test

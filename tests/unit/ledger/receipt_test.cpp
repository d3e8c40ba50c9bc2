#include "ledger/receipt.h"

#include "receipt_fixture.h"

using namespace consentree;
using namespace consentree::ledger;
using namespace consentree::ledger::test;

namespace {

std::string sound_text() {
    const Issued issued;
    return format_receipt(issued.receipt({0, 2}, issued.quorum_note()));
}

std::string code_of(const Receipt& receipt, const Policy& policy) {
    const ReceiptReport report = verify_receipt(receipt, policy);
    CHECK(report.verdict != ProofVerdict::verified);
    return report.reason.code;
}

}  // namespace

TEST_CASE("receipt: its text is that of the golden vector, which verifies") {
    const Issued issued;
    const Policy policy = issued.policy();
    Json json;
    json["trust"] = format_policy(issued.genesis);
    json["receipt"] = sound_text();
    const ReceiptReport report = verify_receipt(sound_text(), policy);
    REQUIRE(report.verdict == ProofVerdict::verified);
    json["proven"] = report.proven;
    json["not_checked"] = report.not_checked;
    check_golden("receipt.json", json);
}

TEST_CASE("receipt: a sound one is verified and says what was proven") {
    const Issued issued;
    const Receipt receipt = issued.receipt({0, 2}, issued.quorum_note());
    const ReceiptReport report = verify_receipt(receipt, issued.policy());
    REQUIRE(report.verdict == ProofVerdict::verified);
    CHECK(report.tx_id == transaction_id(issued.transaction.header));
    CHECK(report.author == test_key(9).public_key());
    CHECK(report.event_count == 3);
    CHECK(report.checkpoint == issued.checkpoint());
    CHECK(report.signers_needed == 3);
    CHECK(report.signers.size() == 3);
    CHECK(report.as_of_s == 1'795'000'001);
    REQUIRE(report.entries.size() == 2);
    CHECK(report.entries[1].index == 7);
    CHECK(report.entries[1].head.position == 2);
    CHECK(report.entries[1].event == issued.transaction.events[2]);
    CHECK(report.proven.size() == 4);
    CHECK_FALSE(report.not_checked.empty());
}

TEST_CASE("receipt: goes both ways, laid out in any way") {
    const Issued issued;
    const Receipt receipt = issued.receipt({0, 1, 2}, issued.quorum_note());
    CHECK(parse_receipt(format_receipt(receipt)).value() == receipt);
    const std::string indented = Json::parse(format_receipt(receipt)).dump(4);
    CHECK(verify_receipt(indented, issued.policy()).verdict == ProofVerdict::verified);
}

TEST_CASE("receipt: no receipt with a flipped byte verifies") {
    const Issued issued;
    const Policy policy = issued.policy();
    const std::string sound = sound_text();
    REQUIRE(verify_receipt(sound, policy).verdict == ProofVerdict::verified);
    for (std::size_t i = 0; i < sound.size(); ++i) {
        for (const unsigned flip : {1U << (i % 8), 0x20U}) {
            std::string flipped = sound;
            flipped[i] = static_cast<char>(static_cast<unsigned char>(flipped[i]) ^ flip);
            if (verify_receipt(flipped, policy).verdict == ProofVerdict::verified) {
                FAIL("byte " << i << " flipped by " << flip);
            }
        }
    }
}

TEST_CASE("receipt: each part must belong to the others") {
    const Issued issued;
    const Policy policy = issued.policy();
    const Receipt sound = issued.receipt({1}, issued.quorum_note());
    Receipt bad = sound;
    bad.signature.bytes[0] ^= 1;
    CHECK(code_of(bad, policy) == "bad-signature");
    bad = sound;
    bad.network.bytes[0] ^= 1;
    CHECK(code_of(bad, policy) == "wrong-network");
    bad = sound;
    bad.header += " ";
    CHECK_FALSE(code_of(bad, policy).empty());
    bad = sound;
    bad.entries[0].position = 2;
    CHECK(code_of(bad, policy) == "entry-mismatch");
    bad = sound;
    bad.entries[0].entry[2] = 2;  // PERMIT becomes DENY.
    CHECK(code_of(bad, policy) == "proof-failed");
    bad = sound;
    bad.entries[0].entry.back() = ' ';
    CHECK(code_of(bad, policy) == "events-root-mismatch");
    bad = sound;
    bad.entries[0].events_path.pop_back();
    CHECK(code_of(bad, policy) == "events-root-mismatch");
    bad = sound;
    bad.entries.clear();
    CHECK(code_of(bad, policy) == "receipt-malformed");
}

TEST_CASE("receipt: an entry of another author's transaction is not this one's") {
    const Issued issued;
    Receipt bad = issued.receipt({1}, issued.quorum_note());
    const Transaction other =
        sign_transaction(test_key(8), issued.genesis.network, 1'795'086'400'000, Bytes(16, 0x5a),
                         issued.transaction.events);
    bad.header = other.header;
    bad.signature = other.signature;
    CHECK(code_of(bad, issued.policy()) == "entry-mismatch");
}

TEST_CASE("receipt: an entry that is not in the tree fails") {
    const Issued issued;
    Checkpoint other = issued.checkpoint();
    other.root = sha256(as_bytes("another tree"));
    const std::string note = test_note(
        issued.genesis, other, {{0, 1'795'000'001}, {1, 1'795'000'001}, {2, 1'795'000'001}});
    CHECK(code_of(issued.receipt({1}, note), issued.policy()) == "proof-failed");
}

TEST_CASE("receipt: what the trust file cannot vouch for is undecidable") {
    const Issued issued;
    const Receipt receipt = issued.receipt({1}, issued.quorum_note());
    Policy other_network = issued.policy();
    other_network.network = sha256(as_bytes("another network"));
    CHECK(verify_receipt(receipt, other_network).verdict == ProofVerdict::undecidable);
    Genesis other_log = issued.genesis;
    other_log.origin = "other.example/log";
    const Policy unknown = parse_policy(format_policy(other_log)).value();
    CHECK(verify_receipt(receipt, unknown).verdict == ProofVerdict::undecidable);
    const std::string too_few =
        test_note(issued.genesis, issued.checkpoint(), {{0, 1'795'000'001}, {1, 1'795'000'001}});
    const ReceiptReport report = verify_receipt(issued.receipt({1}, too_few), issued.policy());
    CHECK(report.verdict == ProofVerdict::undecidable);
    CHECK(report.reason.code == "quorum-missing");
    std::string newer = format_receipt(receipt);
    newer.replace(newer.find("\"version\":1"), 11, "\"version\":2");
    CHECK(verify_receipt(newer, issued.policy()).verdict == ProofVerdict::undecidable);
    Receipt newer_proof = receipt;
    newer_proof.entries[0].proof.replace(0, 22, "c2sp.org/tlog-proof@v2");
    CHECK(verify_receipt(newer_proof, issued.policy()).verdict == ProofVerdict::undecidable);
}

TEST_CASE("receipt: a trust file without network and quorum verifies and says what is missing") {
    const Issued issued;
    Policy policy = issued.policy();
    policy.network.reset();
    policy.quorum.reset();
    const ReceiptReport report =
        verify_receipt(issued.receipt({0, 1, 2}, issued.quorum_note()), policy);
    CHECK(report.verdict == ProofVerdict::verified);
    CHECK_FALSE(report.as_of_s);
    CHECK(report.not_checked.size() == 4);
}

TEST_CASE("receipt: hostile JSON is refused") {
    const std::string sound = sound_text();
    REQUIRE(parse_receipt(sound).has_value());
    const auto with = [&](const std::string& from, const std::string& to) {
        std::string text = sound;
        text.replace(text.find(from), from.size(), to);
        return text;
    };
    for (const std::string& text :
         std::vector<std::string>{"",
                                  "null",
                                  "[]",
                                  "{}",
                                  sound + "x",
                                  sound + sound,
                                  "\xef\xbb\xbf[]",
                                  std::string(100'000, '['),
                                  sound.substr(0, sound.size() - 1),
                                  with("\"version\":1", "\"version\":1,\"version\":1"),
                                  with("\"version\":1", "\"version\":1.0"),
                                  with("\"version\":1", "\"version\":\"1\""),
                                  with("\"version\":1", "\"version\":1,\"more\":[[[[[[[[]]]]]]]]"),
                                  with("\"version\":1", "\"version\":1,\"more\":1"),
                                  with("\"position\":0", "\"position\":-1"),
                                  with("\"position\":0", "\"position\":1024"),
                                  with("\"position\":0", "\"position\":2"),
                                  with("\"position\":0", "\"position\":0,\"position\":0"),
                                  with("\"header\":\"", "\"header\":\"!"),
                                  with("\"signature\":\"", "\"signature\":\"AAAA"),
                                  with("\"receipts\":[", "\"receipts\":[],\"x\":["),
                                  with("\"events_path\":[", "\"events_path\":[0,"),
                                  with("c2sp", "\xff\x63sp")}) {
        INFO(text.substr(0, 200));
        CHECK(parse_receipt(text).has_error());
    }
}

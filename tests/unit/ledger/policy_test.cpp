#include "ledger/policy.h"

#include "receipt_fixture.h"

using namespace consentree;
using namespace consentree::ledger;
using namespace consentree::ledger::test;

namespace {

std::string cosigner_vkey(std::uint8_t number) {
    return format_vkey(make_verifier_key("w" + std::to_string(number), KeyType::cosignature,
                                         test_key(number).public_key()));
}
std::string log_line(std::uint8_t number) {
    return "log " +
           format_vkey(
               make_verifier_key(test_origin, KeyType::ed25519, test_key(number).public_key())) +
           "\n";
}
std::string witness_line(std::uint8_t number) {
    return "witness w" + std::to_string(number) + " " + cosigner_vkey(number) + "\n";
}

const Checkpoint tree{test_origin, 42, sha256(as_bytes("root"))};

// Signed by log key 1 and cosigned by the witnesses, each at 1000 + its number.
std::string note_by(const std::vector<std::uint8_t>& witnesses) {
    std::vector<NamedCosignature> cosignatures;
    for (const std::uint8_t number : witnesses) {
        cosignatures.push_back(
            {"w" + std::to_string(number), test_key(number).public_key(),
             cosign(test_key(number), format_checkpoint(tree), std::uint64_t{1000} + number)});
    }
    return assemble_note(tree, test_key(1), cosignatures);
}

std::string complaint_of(const std::string& text) {
    const auto policy = parse_policy(text);
    return policy.has_value() ? "" : policy.error().detail;
}

// X: two of three; Y: any of two; both are needed.
const std::string nested = log_line(1) + witness_line(11) + witness_line(12) + witness_line(13) +
                           "group X 2 w11 w12 w13\n" + witness_line(21) + witness_line(22) +
                           "group Y any w21 w22\ngroup both all X Y\nquorum both\n";

}  // namespace

TEST_CASE("policy: nested groups decide as C2SP says") {
    const Policy policy = parse_policy(nested).value();
    CHECK(cosignatures_needed(policy) == 3);
    const auto verdict = [&](const std::vector<std::uint8_t>& witnesses) {
        return check_note(policy, note_by(witnesses)).verdict;
    };
    CHECK(verdict({11, 12, 21}) == ProofVerdict::verified);
    CHECK(verdict({11, 13, 22}) == ProofVerdict::verified);
    CHECK(verdict({11, 12, 13, 21, 22}) == ProofVerdict::verified);
    CHECK(verdict({11, 12, 13}) == ProofVerdict::undecidable);
    CHECK(verdict({11, 21, 22}) == ProofVerdict::undecidable);
    CHECK(verdict({}) == ProofVerdict::undecidable);
    CHECK(verdict({11, 11, 11, 21}) == ProofVerdict::undecidable);
    CHECK(verdict({11, 31, 32, 21}) == ProofVerdict::undecidable);
}

TEST_CASE("policy: the time is the latest from which on the quorum holds") {
    const Policy policy = parse_policy(nested).value();
    CHECK(check_note(policy, note_by({11, 12, 13, 22, 21})).as_of_s == 1012);
    CHECK(check_note(policy, note_by({11, 12, 22})).as_of_s == 1011);
    const Policy none = parse_policy(log_line(1) + "quorum none\n").value();
    const NoteReport report = check_note(none, note_by({}));
    CHECK(report.verdict == ProofVerdict::verified);
    CHECK_FALSE(report.as_of_s);
    CHECK(cosignatures_needed(none) == 0);
}

TEST_CASE("policy: a network's trust file asks for the quorum of its validators") {
    for (const auto& [count, needed] : std::vector<std::pair<std::size_t, std::size_t>>{
             {4, 3}, {5, 4}, {6, 4}, {7, 5}, {10, 7}, {31, 21}}) {
        const Genesis genesis = test_genesis(count);
        const auto policy = parse_policy(format_policy(genesis));
        REQUIRE(policy.has_value());
        CHECK(cosignatures_needed(*policy) == needed);
        CHECK(policy->logs.size() == count);
        CHECK(policy->network == genesis.network);
    }
}

TEST_CASE("policy: the quorum-th largest time counts, and one signer too few is undecidable") {
    const Genesis genesis = test_genesis();
    const Policy policy = parse_policy(format_policy(genesis)).value();
    const NoteReport good =
        check_note(policy, test_note(genesis, tree, {{0, 2000}, {1, 1000}, {2, 4000}, {3, 3000}}));
    CHECK(good.verdict == ProofVerdict::verified);
    CHECK(good.as_of_s == 2000);
    CHECK(good.signers.size() == 4);
    CHECK(good.checkpoint == tree);
    const NoteReport two = check_note(policy, test_note(genesis, tree, {{0, 2000}, {1, 1000}}));
    CHECK(two.verdict == ProofVerdict::undecidable);
    CHECK(two.reason.code == "quorum-missing");
}

TEST_CASE("policy: a known key whose signature does not hold fails the note") {
    const Policy policy = parse_policy(nested).value();
    Note note = parse_note(note_by({11, 12, 13, 21})).value();
    for (std::size_t i = 0; i < note.signatures.size(); ++i) {
        Note bad = note;
        bad.signatures[i].bytes.back() ^= 1;
        CHECK(check_note(policy, format_note(bad)).verdict == ProofVerdict::failed);
        bad = note;
        bad.signatures[i].bytes.pop_back();
        CHECK(check_note(policy, format_note(bad)).verdict == ProofVerdict::failed);
    }
    note.text[note.text.size() - 3] ^= 1;
    CHECK(check_note(policy, format_note(note)).verdict == ProofVerdict::failed);
}

TEST_CASE("policy: without a key of the log nothing is decided") {
    const std::string quorum = witness_line(11) + "quorum w11\n";
    CHECK(check_note(parse_policy(quorum).value(), note_by({11})).reason.code == "unknown-log");
    const Policy other_key = parse_policy(log_line(2) + quorum).value();
    const NoteReport report = check_note(other_key, note_by({11}));
    CHECK(report.verdict == ProofVerdict::undecidable);
    CHECK(report.reason.code == "no-log-signature");
}

TEST_CASE("policy: a checkpoint that another log's key signed does not count") {
    // The key of log B signs a checkpoint of log A under its own name: it speaks for B only.
    const std::string key_b =
        format_vkey(make_verifier_key("b.example", KeyType::ed25519, test_key(2).public_key()));
    const Policy policy = parse_policy(log_line(1) + "log " + key_b + "\nquorum none\n").value();
    Note note;
    note.text = format_checkpoint(tree);
    note.signatures.push_back(sign_text(test_key(2), "b.example", note.text));
    CHECK(check_note(policy, format_note(note)).verdict == ProofVerdict::undecidable);
}

TEST_CASE("policy: what is no checkpoint fails, an unknown extension is undecidable") {
    const Policy policy = parse_policy(nested).value();
    CHECK(check_note(policy, "").verdict == ProofVerdict::failed);
    Note note{"some text\n", {sign_text(test_key(1), test_origin, "some text\n")}};
    CHECK(check_note(policy, format_note(note)).verdict == ProofVerdict::failed);
    note.text = format_checkpoint(tree) + "extension\n";
    CHECK(check_note(policy, format_note(note)).verdict == ProofVerdict::undecidable);
}

TEST_CASE("policy: blanks, comments, URLs and a missing last newline are no matter") {
    const std::string text = "# comment\n\n \t\n  " + log_line(1) + "witness\tw11   " +
                             cosigner_vkey(11) + " https://w11.example/ \n quorum  w11 ";
    const auto policy = parse_policy(text);
    REQUIRE(policy.has_value());
    CHECK(check_note(*policy, note_by({11})).verdict == ProofVerdict::verified);
    CHECK_FALSE(policy->network);
    CHECK(parse_policy("# network of hospitals\nquorum none\n").has_value());
}

TEST_CASE("policy: refuses what C2SP forbids, and names the line") {
    const std::string w11 = witness_line(11);
    const std::string w12 = witness_line(12);
    for (const std::string& text :
         std::vector<std::string>{"",
                                  w11,
                                  "quorum w11\n",
                                  "quorum w11\n" + w11,
                                  w11 + "quorum w11\nquorum w11\n",
                                  w11 + "quorum w11 w11\n",
                                  w11 + w11 + "quorum w11\n",
                                  "quorum\n",
                                  "log\n",
                                  "nonsense\n",
                                  log_line(1) + log_line(1) + "quorum none\n",
                                  w11 + "witness w12 " + cosigner_vkey(11) + "\nquorum w11\n",
                                  w11 + "witness w11 " + cosigner_vkey(12) + "\nquorum w11\n",
                                  "witness none " + cosigner_vkey(11) + "\nquorum none\n",
                                  "log " + cosigner_vkey(11) + "\nquorum none\n",
                                  "witness w " + log_line(1).substr(4) + "quorum none\n",
                                  w11 + "group g any\nquorum g\n",
                                  w11 + "group g 0 w11\nquorum g\n",
                                  w11 + "group g 2 w11\nquorum g\n",
                                  w11 + "group g 01 w11\nquorum g\n",
                                  w11 + "group g any w11 w11\nquorum g\n",
                                  w11 + "group g any none\nquorum g\n",
                                  w11 + "group g any g\nquorum g\n",
                                  w11 + "group w11 any w11\nquorum w11\n",
                                  w11 + w12 + "group a any w11\ngroup b any w11 w12\nquorum b\n",
                                  w11 + "quorum w11\r\n",
                                  w11 + "quorum w11\v\n",
                                  "# network " + std::string(64, '0') + "\n# network " +
                                      std::string(64, '1') + "\nquorum none\n"}) {
        INFO(text);
        CHECK(parse_policy(text).has_error());
    }
    CHECK(complaint_of("quorum none\nnonsense\n").starts_with("line 2: "));
    CHECK(complaint_of(std::string(100'000, '#')) == "the trust file is too large");
}

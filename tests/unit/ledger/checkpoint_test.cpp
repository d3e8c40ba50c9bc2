#include "ledger/checkpoint.h"

#include "log_fixture.h"

using namespace consentree;
using namespace consentree::ledger;
using namespace consentree::ledger::test;

namespace {
const std::string origin = "consentree.example/test";
}

TEST_CASE("checkpoint: note and cosignature are those of the golden vector") {
    const Checkpoint checkpoint{origin, 42, sha256(as_bytes("root"))};
    const std::string text = format_checkpoint(checkpoint);
    const SecretKey log_key = test_key(1);
    const SecretKey validator = test_key(2);
    const Cosignature cosignature = cosign(validator, text, 1'795'000'000);
    const std::string name = origin + "/northbank";
    Json json;
    json["log_seed"] = std::string(64, '0');
    for (std::size_t i = 1; i < 64; i += 2) json["log_seed"].get_ref<std::string&>()[i] = '1';
    json["cosigner_seed"] = std::string(64, '0');
    for (std::size_t i = 1; i < 64; i += 2) json["cosigner_seed"].get_ref<std::string&>()[i] = '2';
    json["checkpoint"] = text;
    json["cosignature_message"] = cosignature_message(text, cosignature.time_s);
    json["cosignature"] = to_hex(cosignature.signature.view());
    json["log_vkey"] =
        format_vkey(make_verifier_key(origin, KeyType::ed25519, log_key.public_key()));
    json["cosigner_vkey"] =
        format_vkey(make_verifier_key(name, KeyType::cosignature, validator.public_key()));
    json["note"] =
        assemble_note(checkpoint, log_key, {{name, validator.public_key(), cosignature}});
    check_golden("checkpoint.json", json);
}

TEST_CASE("checkpoint: goes both ways and has one spelling") {
    const Checkpoint checkpoint{origin, 42, sha256(as_bytes("root"))};
    const std::string text = format_checkpoint(checkpoint);
    CHECK(parse_checkpoint(text).value() == checkpoint);
    const std::string root = to_base64(checkpoint.root.view());
    CHECK(parse_checkpoint(text + "extension\n").error() == make_error_code(Errc::unsupported));
    for (const std::string& bad : std::vector<std::string>{
             "", origin + "\n42\n", "\n42\n" + root + "\n", origin + "\n042\n" + root + "\n",
             origin + "\n+42\n" + root + "\n", origin + "\n\n" + root + "\n",
             origin + "\n42 \n" + root + "\n", origin + "\n-1\n" + root + "\n",
             origin + "\n18446744073709551616\n" + root + "\n", origin + "\n42\nAAAA\n",
             origin + "\n42\n" + root}) {
        INFO(bad);
        CHECK(parse_checkpoint(bad).error() == make_error_code(Errc::malformed));
    }
}

TEST_CASE("checkpoint: a cosignature binds text, time and key") {
    const std::string text = format_checkpoint({origin, 42, sha256(as_bytes("root"))});
    const std::string other = format_checkpoint({origin, 43, sha256(as_bytes("root"))});
    const SecretKey key = test_key(2);
    const Cosignature good = cosign(key, text, 1'795'000'000);
    CHECK(verify_cosignature(key.public_key(), text, good));
    CHECK_FALSE(verify_cosignature(key.public_key(), other, good));
    CHECK_FALSE(verify_cosignature(test_key(3).public_key(), text, good));
    Cosignature later = good;
    later.time_s += 1;
    CHECK_FALSE(verify_cosignature(key.public_key(), text, later));
    const Cosignature too_late = cosign(key, text, std::uint64_t{1} << 63);
    CHECK_FALSE(verify_cosignature(key.public_key(), text, too_late));
}

TEST_CASE("checkpoint: cosignature lines are 76 bytes with the time in front") {
    const VerifierKey key = make_verifier_key("a", KeyType::cosignature, test_key(2).public_key());
    const Cosignature cosignature = cosign(test_key(2), "text\n", 1'679'315'147);
    const NoteSignature line = to_note_signature(key, cosignature);
    CHECK(line.bytes.size() == 72);
    CHECK(to_hex(BytesView(line.bytes).first(8)) == "00000000641850cb");
    CHECK(parse_cosignature(line).value() == cosignature);
    NoteSignature longer = line;
    longer.bytes.push_back(0);
    CHECK(parse_cosignature(longer).has_error());
}

#include "ledger/note.h"

#include "ledger/checkpoint.h"

#include "common/limits.h"
#include "log_fixture.h"

using namespace consentree;
using namespace consentree::ledger;
using namespace consentree::ledger::test;

namespace {

// Whether the note's signature line by the key of this vkey holds.
bool holds(const std::string& text, const std::string& vkey) {
    const auto note = parse_note(text);
    const auto key = parse_vkey(vkey);
    REQUIRE(note.has_value());
    REQUIRE(key.has_value());
    for (const NoteSignature& signature : note->signatures) {
        if (signature.name == key->name && signature.id == key->id) {
            return verify_text(*key, note->text, signature);
        }
    }
    return false;
}

}  // namespace

TEST_CASE("note: the notes of the C2SP examples and of Go verify") {
    const auto folder = shared_vectors();
    if (!folder) {
        WARN("no shared vectors: skipped");
        return;
    }
    init_crypto();
    const Json c2sp = read_json(*folder / "c2sp-spec-examples" / "examples.json");
    const Json example = c2sp["signed_note_ed25519"];
    CHECK(holds(example["note"], example["vkey"]));
    std::string changed = example["note"];
    changed[0] = 't';
    CHECK_FALSE(holds(changed, example["vkey"]));
    CHECK(holds(c2sp["note_test_key"]["signed"], c2sp["note_test_key"]["vkey"]));

    const Json go = read_json(*folder / "golang-mod-sumdb-note" / "note-vectors.json");
    std::string both = go["text"].get<std::string>() + "\n";
    for (const Json& line : go["sig_lines"]) both += line.get<std::string>();
    for (const Json& vkey : go["vkeys"]) {
        CHECK(holds(both, vkey));
        CHECK(format_vkey(parse_vkey(vkey.get<std::string>()).value()) == vkey);
    }
    for (const Json& vkey : go["bad_vkeys"]) {
        CHECK(parse_vkey(vkey.get<std::string>()).has_error());
    }
    CHECK(format_note(parse_note(both).value()) == both);
}

TEST_CASE("note: the cosignature example has the layout of the specification") {
    const auto folder = shared_vectors();
    if (!folder) {
        WARN("no shared vectors: skipped");
        return;
    }
    const Json example = read_json(*folder / "c2sp-spec-examples" /
                                   "examples.json")["checkpoint_with_cosignature_format_only"];
    const auto note = parse_note(example["note"].get<std::string>());
    REQUIRE(note.has_value());
    REQUIRE(note->signatures.size() == 2);
    const auto cosignature = parse_cosignature(note->signatures[1]);
    REQUIRE(cosignature.has_value());
    CHECK(note->signatures[1].id == 0x8d66cf3f);
    CHECK(cosignature->time_s == example["cosignature_timestamp"]);
    CHECK(cosignature_message(note->text, cosignature->time_s) == example["cosigned_message"]);
    CHECK(parse_checkpoint(note->text).value().tree_size == 20852163);
    CHECK(parse_cosignature(note->signatures[0]).has_error());
}

TEST_CASE("note: a signed text goes both ways, and the last blank line divides") {
    const SecretKey key = test_key(1);
    Note note;
    note.text = "Ognuno sta solo\n\ned \xc3\xa8 subito sera.\n";
    note.signatures.push_back(sign_text(key, "example.com/\xc3\xa8", note.text));
    note.signatures.push_back({"other", 1, {9}});
    const std::string text = format_note(note);
    CHECK(parse_note(text).value() == note);
    const VerifierKey known =
        make_verifier_key("example.com/\xc3\xa8", KeyType::ed25519, key.public_key());
    CHECK(holds(text, format_vkey(known)));
    const VerifierKey cosigner =
        make_verifier_key("example.com/\xc3\xa8", KeyType::cosignature, key.public_key());
    CHECK(cosigner.id != known.id);
    CHECK_FALSE(verify_text(cosigner, note.text, note.signatures[0]));
}

TEST_CASE("note: refuses what signed-note forbids") {
    const std::string line = "\xe2\x80\x94 a AAAAAAE=\n";
    REQUIRE(parse_note("text\n\n" + line).has_value());
    for (const std::string& text :
         std::vector<std::string>{"",
                                  "\n",
                                  "text\n",
                                  "text\n\n",
                                  "text\n" + line,
                                  "text\n\n" + line + "rest",
                                  "text\n\n- a AAAAAAE=\n",
                                  "text\n\n\xe2\x80\x94 AAAAAAE=\n",
                                  "text\n\n\xe2\x80\x94  AAAAAAE=\n",
                                  "text\n\n\xe2\x80\x94 a AAAAAA==\n",
                                  "text\n\n\xe2\x80\x94 a+b AAAAAAE=\n",
                                  "text\n\n\xe2\x80\x94 a AAAAAAE= \n",
                                  "text\n\n\xe2\x80\x94 a AAAAAAE\n",
                                  "te\txt\n\n" + line,
                                  "te\rxt\n\n" + line,
                                  "te\xffxt\n\n" + line,
                                  "te\xc0\xafxt\n\n" + line,
                                  "te\xed\xa0\x80xt\n\n" + line,
                                  "te\xf4\x90\x80\x80xt\n\n" + line,
                                  "te\xc3",
                                  "text\n\n\xe2\x80\x94 a\xc2\xa0 AAAAAAE=\n",
                                  "text\n\n" + line + "\n"}) {
        INFO(to_hex(as_bytes(text)));
        CHECK(parse_note(text).has_error());
    }
}

TEST_CASE("note: signatures and bytes are bounded") {
    const std::string line = "\xe2\x80\x94 a AAAAAAE=\n";
    std::string text = "text\n\n";
    for (std::size_t i = 0; i < limits::note_signatures; ++i) text += line;
    CHECK(parse_note(text).has_value());
    CHECK(parse_note(text + line).error() == make_error_code(Errc::too_large));
    CHECK(parse_note(std::string(limits::note_bytes, 'a') + "\n\n" + line).error() ==
          make_error_code(Errc::too_large));
}

TEST_CASE("note: verifier keys of other types and bad points are refused") {
    const VerifierKey key =
        make_verifier_key("a.example", KeyType::cosignature, test_key(3).public_key());
    const std::string good = format_vkey(key);
    CHECK(parse_vkey(good).value() == key);
    std::string wrong_id = good;
    wrong_id[10] = wrong_id[10] == '0' ? '1' : '0';
    CHECK(parse_vkey(wrong_id).has_error());
    CHECK(parse_vkey(format_vkey(make_verifier_key("a", KeyType::ed25519, PublicKey{}))).error() ==
          make_error_code(Errc::malformed));
    const VerifierKey ml_dsa = make_verifier_key("a", static_cast<KeyType>(6), key.key);
    CHECK(parse_vkey(format_vkey(ml_dsa)).error() == make_error_code(Errc::unsupported));
    for (const char* text : {"", "a", "a+b", "a+00000000+", "+00000000+AQ=="}) {
        CHECK(parse_vkey(text).has_error());
    }
}

#include "common/hash.h"

#include <catch2/catch.hpp>

using namespace consentree;

TEST_CASE("hash: SHA-256 gives the vectors of FIPS 180-4") {
    CHECK(to_hex(sha256(as_bytes("")).view()) ==
          "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    CHECK(to_hex(sha256(as_bytes("abc")).view()) ==
          "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(
        to_hex(
            sha256(as_bytes("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")).view()) ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    CHECK(to_hex(sha256(Bytes(1'000'000, 'a')).view()) ==
          "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("hash: parts hash as their concatenation") {
    CHECK(sha256({as_bytes("a"), BytesView{}, as_bytes("bc")}) == sha256(as_bytes("abc")));
}

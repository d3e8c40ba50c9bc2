#include "common/bytes.h"

#include <catch2/catch.hpp>

using namespace consentree;

TEST_CASE("bytes: base64 gives the vectors of RFC 4648 section 10") {
    const std::vector<std::pair<std::string, std::string>> vectors{{"", ""},
                                                                   {"f", "Zg=="},
                                                                   {"fo", "Zm8="},
                                                                   {"foo", "Zm9v"},
                                                                   {"foob", "Zm9vYg=="},
                                                                   {"fooba", "Zm9vYmE="},
                                                                   {"foobar", "Zm9vYmFy"}};
    for (const auto& [plain, coded] : vectors) {
        CHECK(to_base64(as_bytes(plain)) == coded);
        const auto decoded = from_base64(coded);
        REQUIRE(decoded);
        CHECK(as_text(*decoded) == plain);
    }
}

TEST_CASE("bytes: base64 has one text for one value") {
    for (const char* text : {"Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "Zm9v\n", " Zm9v", "Zm-_",
                             "====", "Zg==Zg==", "Z"}) {
        INFO(text);
        CHECK_FALSE(from_base64(text));
    }
}

TEST_CASE("bytes: base64 goes both ways at every length and refuses every other character") {
    Bytes bytes;
    for (unsigned n = 0; n < 300; ++n) {
        const std::string text = to_base64(bytes);
        CHECK(text.size() == (bytes.size() + 2) / 3 * 4);
        CHECK(from_base64(text) == bytes);
        bytes.push_back(static_cast<std::uint8_t>(n * 151));
    }
    const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (int c = 0; c < 256; ++c) {
        const char digit = static_cast<char>(c);
        const bool is_digit = digits.find(digit) != digits.npos;
        for (std::size_t place = 0; place < 4; ++place) {
            std::string text = "AAAAAAAA";
            text[place] = digit;
            INFO(text);
            CHECK(from_base64(text).has_value() == is_digit);
        }
    }
}

TEST_CASE("bytes: hexadecimal goes both ways and refuses the rest") {
    const Bytes bytes{0x00, 0x7f, 0x80, 0xff};
    CHECK(to_hex(bytes) == "007f80ff");
    CHECK(from_hex("007f80ff") == bytes);
    CHECK(from_hex("") == Bytes{});
    for (const char* text : {"0", "0g", "00 7", "0x00", "00:7f", "7F"}) {
        INFO(text);
        CHECK_FALSE(from_hex(text));
    }
}

TEST_CASE("bytes: fixed bytes take exactly their length") {
    using Three = FixedBytes<3, struct ThreeTag>;
    CHECK(Three::from(Bytes{1, 2, 3}));
    CHECK_FALSE(Three::from(Bytes{1, 2}));
    CHECK_FALSE(Three::from(Bytes{1, 2, 3, 4}));
    CHECK(fixed_from_hex<Three>("010203") == Three::from(Bytes{1, 2, 3}));
    CHECK_FALSE(fixed_from_hex<Three>("0102"));
    CHECK(Three{}.is_zero());
    CHECK_FALSE(Three::from(Bytes{0, 0, 1})->is_zero());
    CHECK(*Three::from(Bytes{0, 1, 0}) < *Three::from(Bytes{1, 0, 0}));
}

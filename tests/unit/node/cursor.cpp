#include "node/cursor.h"

#include <catch2/catch.hpp>

using namespace consentree::node;

TEST_CASE("cursor: opens for its list and key only") {
    const CursorKey key;
    const std::string text = key.seal({7, 40, 3}, "GET /v1/consents");
    const auto opened = key.open(text, "GET /v1/consents");
    REQUIRE(opened.has_value());
    CHECK(opened->height == 7);
    CHECK(opened->tree_size == 40);
    CHECK(opened->position == 3);
    CHECK_FALSE(key.open(text, "GET /v1/accesses").has_value());
    CHECK_FALSE(CursorKey().open(text, "GET /v1/consents").has_value());
    for (std::size_t at = 0; at < text.size(); ++at) {
        std::string changed = text;
        changed[at] = changed[at] == 'a' ? 'b' : 'a';
        CHECK_FALSE(key.open(changed, "GET /v1/consents").has_value());
    }
    CHECK_FALSE(key.open("", "GET /v1/consents").has_value());
    CHECK_FALSE(key.open(text + "00", "GET /v1/consents").has_value());
}

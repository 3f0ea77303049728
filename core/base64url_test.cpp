#include "core/base64url.h"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

namespace avow::core::base64url_test {
namespace {

TEST_CASE("base64url agrees with RFC 4648 section 10, without padding", "[core][base64url]") {
  const auto [bytes, text] = GENERATE(table<std::string, std::string>({{"", ""},
                                                                       {"f", "Zg"},
                                                                       {"fo", "Zm8"},
                                                                       {"foo", "Zm9v"},
                                                                       {"foob", "Zm9vYg"},
                                                                       {"fooba", "Zm9vYmE"},
                                                                       {"foobar", "Zm9vYmFy"},
                                                                       {"\xfb\xff\xbf", "-_-_"}}));
  CHECK(to_base64url(as_bytes(bytes)) == text);
  const auto decoded = from_base64url(text);
  REQUIRE(decoded);
  CHECK(as_text(*decoded) == bytes);
}

TEST_CASE("base64url refuses every second spelling of the same bytes", "[core][base64url]") {
  const auto text = GENERATE(as<std::string>{}, "Zg==", "Zm8=", "Zh", "Zm9", "Z", "Zm9vY", " Zg",
                             "Zg\n", "Z g0", "-_-/", "+_-_", std::string("Zm9\0", 4), "Zm9\xc3");
  CAPTURE(text);
  const auto decoded = from_base64url(text);
  REQUIRE_FALSE(decoded);
  CHECK(decoded.error().code == ErrorCode::bad_base64url);
}

TEST_CASE("base64url: what decodes encodes to the same text, and the reverse",
          "[core][base64url][property]") {
  CHECK(rc::check("bytes survive", [](const Bytes& bytes) {
    const auto decoded = from_base64url(to_base64url(bytes));
    RC_ASSERT(decoded.has_value());
    RC_ASSERT(*decoded == bytes);
  }));
  CHECK(rc::check("accepted text is canonical", [] {
    const auto text =
        *rc::gen::container<std::string>(rc::gen::elementOf(std::string("ABCDwxyz0189-_")));
    if (const auto decoded = from_base64url(text)) RC_ASSERT(to_base64url(*decoded) == text);
  }));
}

}  // namespace
}  // namespace avow::core::base64url_test

#include "core/bytes.h"

#include <catch2/catch.hpp>

namespace avow::core::bytes_test {
namespace {

TEST_CASE("to_hex writes two lower-case digits a byte", "[core][bytes]") {
  CHECK(to_hex({}).empty());
  CHECK(to_hex(Bytes{0x00, 0x0f, 0xa0, 0xff}) == "000fa0ff");
}

TEST_CASE("a text and its bytes are views of each other", "[core][bytes]") {
  const std::string_view text = "a\xFF";
  CHECK(as_bytes(text).size() == 2);
  CHECK(as_bytes(text)[1] == 0xFF);
  CHECK(as_text(as_bytes(text)) == text);
}

}  // namespace
}  // namespace avow::core::bytes_test

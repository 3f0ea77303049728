#include "core/base58btc.h"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

namespace avow::core::base58btc_test {
namespace {

TEST_CASE("base58btc agrees with the examples of draft-msporny-base58-03", "[core][base58btc]") {
  const auto [bytes, text] = GENERATE(table<std::string, std::string>(
      {{"", ""},
       {"Hello World!", "2NEpo7TZRRrLZSi2U"},
       {"The quick brown fox jumps over the lazy dog.",
        "USm3fpXnKG5EUBx2ndxBDMPVciP5hGey2Jh4NDv6gmeo1LkMeiKrLJUUBk6Z"},
       {std::string("\0\0\x28\x7f\xb4\xcd", 6), "11233QC4"}}));
  CHECK(to_base58btc(as_bytes(bytes)) == text);
  const auto decoded = from_base58btc(text);
  REQUIRE(decoded);
  CHECK(as_text(*decoded) == bytes);
}

TEST_CASE("base58btc writes a leading zero byte as a leading 1", "[core][base58btc]") {
  CHECK(to_base58btc(Bytes{0}) == "1");
  CHECK(to_base58btc(Bytes{0, 0, 0, 0, 0, 0}) == "111111");
  CHECK(to_base58btc(Bytes{57}) == "z");
  CHECK(to_base58btc(Bytes{58}) == "21");
  CHECK(from_base58btc("111111") == Bytes(6, 0));
  CHECK(from_base58btc("1z") == Bytes{0, 57});
}

TEST_CASE("base58btc refuses characters that look alike, and all others", "[core][base58btc]") {
  const auto text = GENERATE(as<std::string>{}, "0", "O", "I", "l", "2NEpo7TZRRrLZSi2U ", "2N\n",
                             " 2N", "2N+", "2N_", "\xd9\xa1", std::string("2N\0", 3));
  CAPTURE(text);
  const auto decoded = from_base58btc(text);
  REQUIRE_FALSE(decoded);
  CHECK(decoded.error().code == ErrorCode::bad_multibase);
}

TEST_CASE("base58btc decodes 256 characters and refuses one more", "[core][base58btc]") {
  CHECK(from_base58btc(std::string(256, 'z')));
  CHECK_FALSE(from_base58btc(std::string(257, 'z')));
}

TEST_CASE("base58btc: what decodes encodes to the same text, and the reverse",
          "[core][base58btc][property]") {
  CHECK(rc::check("bytes survive", [] {
    const auto zeros = *rc::gen::inRange<std::size_t>(0, 5);
    auto bytes = *rc::gen::resize(80, rc::gen::arbitrary<Bytes>());
    bytes.insert(bytes.begin(), zeros, 0);
    const auto decoded = from_base58btc(to_base58btc(bytes));
    RC_ASSERT(decoded.has_value());
    RC_ASSERT(*decoded == bytes);
  }));
  CHECK(rc::check("accepted text is canonical", [] {
    const auto text =
        *rc::gen::container<std::string>(rc::gen::elementOf(std::string("11122xyzABC9l")));
    if (const auto decoded = from_base58btc(text)) RC_ASSERT(to_base58btc(*decoded) == text);
  }));
}

}  // namespace
}  // namespace avow::core::base58btc_test

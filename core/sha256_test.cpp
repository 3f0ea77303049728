#include "core/sha256.h"

#include <catch2/catch.hpp>

namespace avow::core::sha256_test {
namespace {

// FIPS 180-2, appendix B, and the empty message of NIST's example values.
constexpr const char* kAbcHash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

TEST_CASE("sha256 agrees with FIPS 180-2", "[core][sha256]") {
  CHECK(to_hex(sha256("abc")) == kAbcHash);
  CHECK(to_hex(sha256("")) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(to_hex(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")) ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(to_hex(sha256(std::string(1'000'000, 'a'))) ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("sha256 of parts is the hash of their concatenation", "[core][sha256]") {
  CHECK(to_hex(sha256({as_bytes("a"), as_bytes(""), as_bytes("bc")})) == kAbcHash);
  CHECK(to_hex(sha256(as_bytes("abc"))) == kAbcHash);
}

TEST_CASE("a hash survives being written as multibase", "[core][sha256]") {
  const Sha256 zeros{};
  CHECK(to_multibase(zeros) == "u" + std::string(43, 'A'));
  const Sha256 hash = sha256("abc");
  CHECK(sha256_from_multibase(to_multibase(hash)) == hash);
}

TEST_CASE("a hash is read only from exactly 32 bytes after `u`", "[core][sha256]") {
  const auto text =
      GENERATE(as<std::string>{}, "", "u", "u" + std::string(42, 'A'), "u" + std::string(44, 'A'),
               "z" + std::string(43, 'A'), std::string(44, 'A'), "u" + std::string(42, 'A') + "=",
               "u" + std::string(42, 'A') + "B");  // trailing bits not zero
  CAPTURE(text);
  const auto hash = sha256_from_multibase(text);
  REQUIRE_FALSE(hash);
  CHECK(hash.error().code == ErrorCode::bad_multibase);
}

}  // namespace
}  // namespace avow::core::sha256_test

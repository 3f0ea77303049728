#include "core/sha384.h"

#include <catch2/catch.hpp>

namespace avow::core::sha384_test {
namespace {

TEST_CASE("sha384 agrees with FIPS 180-2", "[core][sha384]") {
  CHECK(to_hex(sha384("abc")) ==
        "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
        "8086072ba1e7cc2358baeca134c825a7");
  CHECK(to_hex(sha384("abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
                      "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu")) ==
        "09330c33f71147e83d192fc782cd1b4753111b173b3b05d22fa08086e3b0f712"
        "fcc7c71a557e2db966c3e9fa91746039");
  CHECK(sha384(as_bytes("abc")) == sha384("abc"));
}

}  // namespace
}  // namespace avow::core::sha384_test

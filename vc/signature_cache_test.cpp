#include "vc/signature_cache.h"

#include <catch2/catch.hpp>

#include "vc/testing/world.h"

namespace signature_cache_test {

using namespace avow;  // NOLINT(google-build-using-namespace)

namespace {

core::Sha256 key_of(const core::PublicKey& key, std::string_view data, std::string_view value) {
  return vc::SignatureCache::key_of(key, core::as_bytes(data), value);
}

}  // namespace

TEST_CASE("a remembered signature is of one key, signed data and proof value",
          "[vc][signature_cache]") {
  const core::PublicKey key = vc::testing::key_from(1).public_key();
  const core::PublicKey other_key = vc::testing::key_from(2).public_key();
  vc::SignatureCache cache(10);
  cache.remember(key_of(key, "data", "z1"));
  CHECK(cache.contains(key_of(key, "data", "z1")));
  CHECK_FALSE(cache.contains(key_of(other_key, "data", "z1")));
  CHECK_FALSE(cache.contains(key_of(key, "dat", "z1")));
  CHECK_FALSE(cache.contains(key_of(key, "Data", "z1")));
  CHECK_FALSE(cache.contains(key_of(key, "data", "z2")));
  CHECK_FALSE(cache.contains(key_of(key, "data", "")));
}

TEST_CASE("the signature cache forgets what was used longest ago", "[vc][signature_cache]") {
  vc::SignatureCache cache(2);
  const auto numbered = [](int n) {
    return key_of(vc::testing::key_from(1).public_key(), std::to_string(n), "z");
  };
  cache.remember(numbered(1));
  cache.remember(numbered(2));
  REQUIRE(cache.contains(numbered(1)));
  cache.remember(numbered(3));
  CHECK(cache.contains(numbered(1)));
  CHECK_FALSE(cache.contains(numbered(2)));
  CHECK(cache.size() == 2);
}

}  // namespace signature_cache_test

#include "vc/signature_cache.h"

#include <catch2/catch.hpp>

#include "vc/testing/world.h"

using namespace avow;  // NOLINT(google-build-using-namespace)

TEST_CASE("a remembered signature is of one document, method, version and key",
          "[vc][signature_cache]") {
  const auto key = vc::testing::key_from(1).public_key();
  const auto other_key = vc::testing::key_from(2).public_key();
  const core::Json document = core::Json::object({{"a", 1}});
  vc::SignatureCache cache(10);
  cache.remember(vc::SignatureCache::key_of(document, "did:a:b#c", "1", key));
  const auto knows = [&cache](const core::Json& json, const char* method, const char* version,
                              const auto& public_key) {
    return cache.contains(vc::SignatureCache::key_of(json, method, version, public_key));
  };
  CHECK(knows(core::parse_json(R"({ "a" : 1 })").value(), "did:a:b#c", "1", key));
  CHECK_FALSE(knows(core::Json::object({{"a", 2}}), "did:a:b#c", "1", key));
  CHECK_FALSE(knows(document, "did:a:b#d", "1", key));
  CHECK_FALSE(knows(document, "did:a:b#c", "2", key));
  CHECK_FALSE(knows(document, "did:a:b#c1", "", key));
  CHECK_FALSE(knows(document, "did:a:b#c", "1", other_key));
}

TEST_CASE("the signature cache forgets what was used longest ago", "[vc][signature_cache]") {
  vc::SignatureCache cache(2);
  const auto key_of = [](int n) {
    return vc::SignatureCache::key_of(core::Json(n), "m", "1",
                                      vc::testing::key_from(1).public_key());
  };
  cache.remember(key_of(1));
  cache.remember(key_of(2));
  REQUIRE(cache.contains(key_of(1)));
  cache.remember(key_of(3));
  CHECK(cache.contains(key_of(1)));
  CHECK_FALSE(cache.contains(key_of(2)));
  CHECK(cache.size() == 2);
}

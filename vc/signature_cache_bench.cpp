#include <memory>

#include "vc/signature_cache.h"
#include "vc/testing/benches.h"
#include "vc/testing/world.h"

namespace avow::vc::testing {

using core::testing::must_hold;

core::testing::Benches signature_cache_benches() {
  constexpr std::size_t kFull = 100'000;
  struct Given {
    World world;
    core::Json credential = world.credential();
    const core::Json& proof = *credential.find("proof");
    core::PublicKey key = world.issuer_key.public_key();
    SignatureCache cache{kFull};

    core::Sha256 cache_key() const {
      const auto data = core::signed_data(credential, proof, key);
      return SignatureCache::key_of(key, *data, *proof.find_string("proofValue"));
    }
  };
  const auto given = std::make_shared<Given>();
  for (std::size_t i = 0; i < kFull; ++i) {
    const std::string version = std::to_string(i);
    given->cache.remember(core::sha256(version));
  }
  given->cache.remember(given->cache_key());
  return {{.name = "signature_cache_hit",
           .what = "find a credential's signature among 100,000",
           .run =
               [given](std::size_t count) {
                 for (std::size_t i = 0; i < count; ++i)
                   must_hold(given->cache.contains(given->cache_key()), "hit");
               },
           .goal = {.must = "15", .ambitious = "30", .bound = "44"}}};
}

}  // namespace avow::vc::testing

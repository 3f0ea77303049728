#include <memory>

#include "did/did_key.h"
#include "did/testing/benches.h"

namespace avow::did::testing {

using core::testing::must_hold;

core::testing::Benches did_key_benches() {
  const auto key = core::Ed25519SigningKey::from_seed(core::Bytes(32, 7)).value().public_key();
  const auto did = std::make_shared<const Did>(did_key_of(key));
  const auto known_keys = std::make_shared<core::PublicKeyCache>();
  const auto resolve = [did](core::PublicKeyCache& keys) {
    const auto resolution = DidKeyResolver(keys).resolve(*did);
    must_hold(resolution && resolution->document->id() == *did, "resolution");
  };
  return {{.name = "resolve_did_key_warm",
           .what = "resolve a did:key, its document built anew",
           .run =
               [=](std::size_t count) {
                 for (std::size_t i = 0; i < count; ++i) resolve(*known_keys);
               },
           .goal = {.must = "8",
                    .ambitious = "15",
                    .bound = "70",
                    .peer = "did-resolver 0.32, Digital Bazaar 1.9"}},
          {.name = "resolve_did_key_cold",
           .what = "the same with a key never seen",
           .run = [=](std::size_t count) {
             for (std::size_t i = 0; i < count; ++i) {
               core::PublicKeyCache no_keys;
               resolve(no_keys);
             }
           }}};
}

}  // namespace avow::did::testing

#include <memory>

#include <sodium.h>

#include "core/ed25519.h"
#include "core/testing/benches.h"

namespace avow::core::testing {
namespace {

/// A Data Integrity proof signs 64 bytes.
struct Signed {
  Ed25519SigningKey key = std::move(*Ed25519SigningKey::from_seed(Bytes(32, 7)));
  Bytes message = Bytes(64, 0x5a);
  Ed25519Signature signature = key.sign(message);
};

}  // namespace

Bench raw_bench() {
  const auto given = std::make_shared<Signed>();
  return {.name = "raw",
          .what = "libsodium: verify an Ed25519 signature",
          .run = [given](std::size_t count) {
            for (std::size_t i = 0; i < count; ++i) {
              must_hold(crypto_sign_verify_detached(given->signature.data(), given->message.data(),
                                                    given->message.size(),
                                                    given->key.public_key().bytes().data()) == 0,
                        "RAW");
            }
          }};
}

Benches ed25519_benches() {
  const auto given = std::make_shared<Signed>();
  return {{.name = "ed25519_sign",
           .what = "sign",
           .run =
               [given](std::size_t count) {
                 for (std::size_t i = 0; i < count; ++i)
                   must_hold(given->key.sign(given->message) == given->signature, "signature");
               },
           .goal = {.bound = "2.76"}},
          {.name = "ed25519_key_validation",
           .what = "accept a public key that was not seen before",
           .run = [given](std::size_t count) {
             for (std::size_t i = 0; i < count; ++i) {
               must_hold(Ed25519PublicKey::from_bytes(given->key.public_key().bytes()).has_value(),
                         "key");
             }
           }}};
}

}  // namespace avow::core::testing

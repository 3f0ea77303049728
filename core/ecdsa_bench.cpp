#include <memory>

#include "core/testing/benches.h"
#include "core/testing/ecdsa_signer.h"

namespace avow::core::testing {
namespace {

struct SignedByEcdsa {
  SignedByEcdsa(EcdsaCurve curve, std::size_t width) : signer(curve, Bytes(width, 7)) {}

  EcdsaSigner signer;
  Bytes message = Bytes(64, 0x5a);  // what a Data Integrity proof signs
  Bytes signature = signer.sign(message);
};

Bench verify_bench(std::string name, std::string bound, EcdsaCurve curve, std::size_t width) {
  const auto given = std::make_shared<SignedByEcdsa>(curve, width);
  return {.name = std::move(name),
          .what = "OpenSSL: verify a signature",
          .run =
              [given](std::size_t count) {
                for (std::size_t i = 0; i < count; ++i)
                  must_hold(given->signer.public_key().verify(given->message, given->signature),
                            "signature");
              },
          .goal = {.bound = std::move(bound)}};
}

}  // namespace

Benches ecdsa_benches() {
  return {verify_bench("p256_verify", "0.68", EcdsaCurve::p256, 32),
          verify_bench("p384_verify", "0.06", EcdsaCurve::p384, 48)};
}

}  // namespace avow::core::testing

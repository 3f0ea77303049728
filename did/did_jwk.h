#pragma once

#include "core/public_key.h"
#include "did/resolver.h"

namespace avow::did {

/// did:jwk: "did:jwk:" + base64url of the UTF-8 JSON text of one public JSON Web Key: Ed25519, P-256 or P-384. The text
/// may be written in any way, so one key has many DIDs, and none of them is another's. The document has one
/// JsonWebKey2020 method `<did>#0` under authentication, assertionMethod, capabilityInvocation and
/// capabilityDelegation; a P-256 or P-384 key without `use` also under keyAgreement.
/// source did:jwk Method Specification "Read"
class DidJwkResolver final : public Resolver {
 public:
  explicit DidJwkResolver(core::PublicKeyCache& keys) : keys_(keys) {}
  /// fails what if_wanted fails with; method_not_supported; invalid_did (not the one base64url text of its bytes; no strict JSON; no public key
  ///       that verifies here, also one that holds its secret half)
  Result<Resolution, Error> resolve(const Did& did,
                                    const ResolutionOptions& options = {}) const override;

 private:
  core::PublicKeyCache& keys_;
};

}  // namespace avow::did

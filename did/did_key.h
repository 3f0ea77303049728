#pragma once

#include "core/public_key.h"
#include "did/resolver.h"

namespace avow::did {

/// did:key for Ed25519, P-256 and P-384 (did:key Method v0.7): "did:key:z6Mk…", "zDn…", "z82…". The document has one Multikey method
/// `<did>#<multikey>` under authentication, assertionMethod, capabilityInvocation and capabilityDelegation.
Did did_key_of(const core::PublicKey& key);
/// "did:key:z6Mk…#z6Mk…"
std::string did_key_method_of(const core::PublicKey& key);

/// Builds the document from the DID alone. Other key types and encodings: invalid_did.
class DidKeyResolver final : public Resolver {
 public:
  explicit DidKeyResolver(core::PublicKeyCache& keys) : keys_(keys) {}
  Result<Resolution, Error> resolve(const Did& did,
                                    const ResolutionOptions& options = {}) const override;

 private:
  core::PublicKeyCache& keys_;
};

}  // namespace avow::did

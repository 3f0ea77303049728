#pragma once

#include "core/ed25519.h"
#include "did/resolver.h"

namespace avow::did {

/// did:key for Ed25519 (did:key Method v0.7): "did:key:z6Mk…". The document has one Multikey method
/// `<did>#<multikey>` under authentication, assertionMethod, capabilityInvocation and capabilityDelegation.
Did did_key_of(const core::Ed25519PublicKey& key);
/// "did:key:z6Mk…#z6Mk…"
std::string did_key_method_of(const core::Ed25519PublicKey& key);

/// Builds the document from the DID alone. Other key types and encodings: invalid_did.
class DidKeyResolver final : public Resolver {
 public:
  explicit DidKeyResolver(core::Ed25519KeyCache& keys) : keys_(keys) {}
  Result<Resolution, Error> resolve(const Did& did,
                                    const ResolutionOptions& options = {}) const override;

 private:
  core::Ed25519KeyCache& keys_;
};

}  // namespace avow::did

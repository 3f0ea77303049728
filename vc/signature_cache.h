#pragma once

#include <cstddef>
#include <string_view>

#include "core/ed25519.h"
#include "core/json.h"
#include "core/lru_cache.h"
#include "core/sha256.h"

namespace avow::vc {

/// Remembers that a signature verified, and nothing else: never a verdict, a status, a date or a
/// refusal. Bounded; thread-safe.
class SignatureCache {
 public:
  explicit SignatureCache(std::size_t capacity = 10'000) : verified_(capacity) {}

  /// SHA-256 over the canonical text of the whole secured document, its verification method, the
  /// version of the DID document and the public key. Whatever changes one of them changes the key.
  static core::Sha256 key_of(const core::Json& secured_document,
                             std::string_view verification_method,
                             std::string_view document_version,
                             const core::Ed25519PublicKey& public_key);

  bool contains(const core::Sha256& key) { return verified_.get(key).has_value(); }
  void remember(const core::Sha256& key) { verified_.put(key, Verified{}); }
  std::size_t size() const { return verified_.size(); }

 private:
  struct Verified {};
  struct FirstBytes {
    std::size_t operator()(const core::Sha256& hash) const;
  };
  core::LruCache<core::Sha256, Verified, FirstBytes> verified_;
};

}  // namespace avow::vc

#pragma once

#include <cstddef>
#include <string_view>

#include "core/bytes.h"
#include "core/lru_cache.h"
#include "core/public_key.h"
#include "core/sha256.h"

namespace avow::vc {

/// Remembers that a signature verified, and nothing else: never a verdict, a status, a date or a
/// refusal. Bounded; thread-safe.
class SignatureCache {
 public:
  explicit SignatureCache(std::size_t capacity = 10'000) : verified_(capacity) {}

  /// SHA-256 over exactly what a verification rests on: the key, the data that was signed (core::signed_data: document
  /// and proof without its value) and the value. Nothing else could change its result.
  static core::Sha256 key_of(const core::PublicKey& public_key, core::ByteView signed_data,
                             std::string_view proof_value);

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

#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "core/bytes.h"
#include "core/ecdsa.h"
#include "core/ed25519.h"
#include "core/error.h"
#include "core/json.h"
#include "core/lru_cache.h"

namespace avow::core {

/// A validated public key of a kind that verifies signatures here: Ed25519, P-256 or P-384.
class PublicKey {
 public:
  PublicKey(const Ed25519PublicKey& key) : key_(key) {}    // NOLINT(google-explicit-constructor)
  PublicKey(EcdsaPublicKey key) : key_(std::move(key)) {}  // NOLINT(google-explicit-constructor)

  /// Multikey of Controlled Identifiers 1.0: `z` + base58btc, canonical encoding only.
  /// fails bad_multibase, invalid_key (also a kind that we do not verify with), weak_key
  static Result<PublicKey, Error> from_multikey(std::string_view text);
  /// A public JSON Web Key: kty OKP with crv Ed25519, or kty EC with crv P-256 or P-384; each coordinate in its full
  /// width. Members that we do not know are ignored.
  /// fails private_key_material (also a symmetric key), invalid_key (also a `use` or `key_ops` that does not allow
  ///       to verify), alg_key_mismatch (an `alg` that does not go with the curve), bad_base64url, weak_key
  /// source RFC 7517, RFC 7518 "Parameters for Elliptic Curve Keys", RFC 8037 "Key Type OKP"
  static Result<PublicKey, Error> from_jwk(const Json& jwk);

  /// Null if it is of the other kind.
  const Ed25519PublicKey* as_ed25519() const { return std::get_if<Ed25519PublicKey>(&key_); }
  const EcdsaPublicKey* as_ecdsa() const { return std::get_if<EcdsaPublicKey>(&key_); }

  /// The key as its Multikey has it, without the codec. Kinds differ in size: 32, 33 and 49 bytes.
  ByteView bytes() const;
  std::string to_multikey() const;
  /// Raw signatures, each kind with its own hash; false for any other size.
  bool verify(ByteView message, ByteView signature) const;

  friend bool operator==(const PublicKey&, const PublicKey&) = default;

 private:
  std::variant<Ed25519PublicKey, EcdsaPublicKey> key_;
};

/// Does this JSON Web Key hold a secret, asymmetric or symmetric?
bool holds_secret(const Json& jwk);

/// Remembers validated keys, because validating one costs as much as verifying. Bounded; thread-safe. Refusals are not
/// remembered. Each function fails as PublicKey's of that name.
class PublicKeyCache {
 public:
  explicit PublicKeyCache(std::size_t capacity = 10'000) : known_(capacity) {}
  Result<PublicKey, Error> from_multikey(std::string_view text);
  Result<PublicKey, Error> from_jwk(const Json& jwk);

 private:
  /// By Multikey, or by curve and coordinates as a JWK writes them, which no Multikey looks like.
  LruCache<std::string, PublicKey> known_;
};

}  // namespace avow::core

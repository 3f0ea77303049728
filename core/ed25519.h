#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "core/bytes.h"
#include "core/error.h"
#include "core/random.h"
#include "core/secret_bytes.h"

namespace avow::core {

using Ed25519Signature = std::array<std::uint8_t, 64>;

/// A public key whose point was validated: on the curve, canonical, of the prime-order group. Through libsodium only,
/// because OpenSSL 3.0 accepts forged signatures under keys of small order.
class Ed25519PublicKey {
 public:
  static constexpr std::size_t kSize = 32;
  /// fails invalid_key (length), weak_key (not on the curve, small order, mixed order, not canonical)
  static Result<Ed25519PublicKey, Error> from_bytes(ByteView bytes);
  /// "z6Mk…", i.e. `z` + base58btc(ed 01 ‖ key), canonical encoding only.
  /// fails invalid_key, weak_key, bad_multibase
  static Result<Ed25519PublicKey, Error> from_multikey(std::string_view text);

  const std::array<std::uint8_t, kSize>& bytes() const { return bytes_; }
  std::string to_multikey() const;
  /// False for any signature that is not 64 bytes or does not verify.
  bool verify(ByteView message, ByteView signature) const;

  friend bool operator==(const Ed25519PublicKey&, const Ed25519PublicKey&) = default;

 private:
  friend class Ed25519SigningKey;
  Ed25519PublicKey() = default;
  std::array<std::uint8_t, kSize> bytes_{};
};

/// A key pair; the public half is always derived from the seed, never given.
class Ed25519SigningKey {
 public:
  static constexpr std::size_t kSeedSize = 32;
  static Result<Ed25519SigningKey, Error> generate(Random& random);
  static Result<Ed25519SigningKey, Error> from_seed(ByteView seed);  // fails invalid_key

  const Ed25519PublicKey& public_key() const { return public_key_; }
  Ed25519Signature sign(ByteView message) const;
  /// The 32-byte seed, for the key store alone.
  ByteView reveal_seed() const { return secret_.reveal().first(kSeedSize); }

 private:
  Ed25519SigningKey(SecretBytes secret, Ed25519PublicKey public_key)
      : secret_(std::move(secret)), public_key_(public_key) {}
  SecretBytes secret_;  // libsodium's form: seed ‖ public key
  Ed25519PublicKey public_key_;
};

/// Asks the crypto library to accept keys that it must refuse: of small order, not canonical, and the mixed-order
/// point of CVE-2025-69277. To be called before anything is verified.
/// fails weak_key, invalid_key
Result<void, Error> check_crypto_library();

}  // namespace avow::core

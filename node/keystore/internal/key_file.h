#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/ed25519.h"
#include "core/json.h"
#include "core/random.h"
#include "core/secret_bytes.h"
#include "node/error.h"
#include "node/keystore/keystore.h"

namespace avow::node::internal {

using Salt = std::array<std::uint8_t, 16>;
using Nonce = std::array<std::uint8_t, 24>;

/// The text of a key file: RFC 8785 JSON and a line feed, so that every byte of it counts. The ciphertext is
/// XChaCha20-Poly1305-IETF over the 32-byte seed; its associated data is the same JSON without `ciphertext`.
struct KeyFile {
  KdfCost cost;
  Salt salt{};
  Nonce nonce{};
  std::string name;
  std::string public_key;  // Multikey
  core::Bytes ciphertext;
};

inline constexpr std::size_t kMaxKeyFileBytes = 4096;

bool is_key_name(std::string_view name);
std::string to_text(const KeyFile& file);
/// fails keystore_corrupt, keystore_weak
Result<KeyFile, Error> parse_key_file(std::string_view text);

/// fails keystore_weak, memory_lock, internal (not enough memory)
Result<core::SecretBytes, Error> derive_kek(const core::SecretBytes& passphrase, const Salt& salt,
                                            KdfCost cost);
KeyFile seal(const core::Ed25519SigningKey& key, std::string_view name,
             const core::SecretBytes& kek, const Salt& salt, KdfCost cost, core::Random& random);
/// fails wrong_passphrase (or a damaged file), keystore_corrupt, memory_lock
Result<core::Ed25519SigningKey, Error> unseal(const KeyFile& file, const core::SecretBytes& kek);

}  // namespace avow::node::internal

#include "node/keystore/internal/key_file.h"

#include <algorithm>

#include <sodium.h>

#include "core/base64url.h"
#include "core/canonical_json.h"
#include "core/json_reader.h"

namespace avow::node::internal {
namespace {

constexpr std::int64_t kVersion = 1;
constexpr std::string_view kKdf = "argon2id13";
constexpr KdfCost kDearestKdfCost{1024ULL * 1024 * 1024, 16};
constexpr std::size_t kKekSize = crypto_aead_xchacha20poly1305_ietf_KEYBYTES;
constexpr std::size_t kCiphertextSize =
    core::Ed25519SigningKey::kSeedSize + crypto_aead_xchacha20poly1305_ietf_ABYTES;
static_assert(std::tuple_size_v<Salt> == crypto_pwhash_SALTBYTES);
static_assert(std::tuple_size_v<Nonce> == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES);
static_assert(core::Ed25519SigningKey::kSeedSize == crypto_sign_SEEDBYTES);

core::Json header(const KeyFile& file) {
  return core::Json::object({{"version", kVersion},
                             {"kdf", kKdf},
                             {"ops", static_cast<std::int64_t>(file.cost.operations)},
                             {"memoryBytes", static_cast<std::int64_t>(file.cost.memory_bytes)},
                             {"salt", core::to_base64url(file.salt)},
                             {"nonce", core::to_base64url(file.nonce)},
                             {"name", file.name},
                             {"publicKeyMultibase", file.public_key}});
}

Error corrupt(std::string why) {
  return {ErrorCode::keystore_corrupt, "the key file is damaged", std::move(why),
          "restore it from a backup"};
}

Error not_locked(const core::Error& error) {
  return {ErrorCode::memory_lock, "a secret cannot be kept in locked memory", error.detail,
          "raise the limit of locked memory (ulimit -l, LimitMEMLOCK=)"};
}

Result<void, Error> check_cost(KdfCost cost) {
  const bool weak = cost.memory_bytes < kWeakestKdfCost.memory_bytes ||
                    cost.operations < kWeakestKdfCost.operations;
  const bool dear = cost.memory_bytes > kDearestKdfCost.memory_bytes ||
                    cost.operations > kDearestKdfCost.operations;
  if (!weak && !dear) return {};
  return fail(Error{ErrorCode::keystore_weak,
                    "key derivation with " + std::to_string(cost.memory_bytes) + " bytes and " +
                        std::to_string(cost.operations) + " passes",
                    "allowed are 64 MiB to 1 GiB and 2 to 16 passes",
                    weak ? "use the default cost; if a file asks for this, restore it from a backup"
                         : "lower the cost; if a file asks for this, restore it from a backup"});
}

/// Base64url of exactly `out.size()` bytes.
bool decode_into(std::string_view text, std::span<std::uint8_t> out) {
  const auto bytes = core::from_base64url(text);
  if (!bytes || bytes->size() != out.size()) return false;
  std::copy(bytes->begin(), bytes->end(), out.begin());
  return true;
}

}  // namespace

bool is_key_name(std::string_view name) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  };
  return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), allowed);
}

std::string to_text(const KeyFile& file) {
  core::Json json = header(file);
  json.set("ciphertext", core::to_base64url(file.ciphertext));
  return core::to_canonical(json) + "\n";
}

Result<KeyFile, Error> parse_key_file(std::string_view text) {
  const auto json = core::parse_json(text, {.max_bytes = kMaxKeyFileBytes, .max_depth = 2});
  if (!json) return fail(corrupt(json.error().detail));
  constexpr std::int64_t kAny = (std::int64_t{1} << 53) - 1;
  core::JsonReader in(*json);
  KeyFile file;
  in.integer("version", kVersion, kVersion);
  const std::string kdf = in.string("kdf");
  file.cost.operations = static_cast<std::uint64_t>(in.integer("ops", 0, kAny));
  file.cost.memory_bytes = static_cast<std::uint64_t>(in.integer("memoryBytes", 0, kAny));
  const std::string salt = in.string("salt");
  const std::string nonce = in.string("nonce");
  file.name = in.string("name");
  file.public_key = in.string("publicKeyMultibase");
  const std::string ciphertext = in.string("ciphertext");
  if (const auto fault = in.finish(core::JsonReader::Members::closed)) {
    return fail(corrupt(fault->pointer + ": " + fault->detail));
  }
  file.ciphertext.resize(kCiphertextSize);
  if (kdf != kKdf || !is_key_name(file.name) || !decode_into(salt, file.salt) ||
      !decode_into(nonce, file.nonce) || !decode_into(ciphertext, file.ciphertext)) {
    return fail(corrupt("a member of it is not what it should be"));
  }
  if (to_text(file) != text) return fail(corrupt("it was written over by something else"));
  if (auto allowed = check_cost(file.cost); !allowed) return fail(allowed.error());
  return file;
}

Result<core::SecretBytes, Error> derive_kek(const core::SecretBytes& passphrase, const Salt& salt,
                                            KdfCost cost) {
  if (auto allowed = check_cost(cost); !allowed) return fail(allowed.error());
  auto kek = core::SecretBytes::allocate(kKekSize);  // also prepares libsodium
  if (!kek) return fail(not_locked(kek.error()));
  const std::string_view typed = core::as_text(passphrase.reveal());
  if (crypto_pwhash(kek->reveal_mutable().data(), kKekSize, typed.data(), typed.size(), salt.data(),
                    cost.operations, cost.memory_bytes, crypto_pwhash_ALG_ARGON2ID13) != 0) {
    return fail(Error{ErrorCode::internal, "the passphrase cannot be turned into a key",
                      "there are not " + std::to_string(cost.memory_bytes) + " bytes of memory",
                      "free memory, or raise the limit of this process"});
  }
  return std::move(*kek);
}

KeyFile seal(const core::Ed25519SigningKey& key, std::string_view name,
             const core::SecretBytes& kek, const Salt& salt, KdfCost cost, core::Random& random) {
  KeyFile file{cost, salt, {}, std::string(name), key.public_key().to_multikey(), {}};
  random.fill(file.nonce);
  file.ciphertext.resize(kCiphertextSize);
  const std::string associated = core::to_canonical(header(file));
  const core::ByteView seed = key.reveal_seed();
  crypto_aead_xchacha20poly1305_ietf_encrypt(
      file.ciphertext.data(), nullptr, seed.data(), seed.size(), core::as_bytes(associated).data(),
      associated.size(), nullptr, file.nonce.data(), kek.reveal().data());
  return file;
}

Result<core::Ed25519SigningKey, Error> unseal(const KeyFile& file, const core::SecretBytes& kek) {
  auto seed = core::SecretBytes::allocate(core::Ed25519SigningKey::kSeedSize);
  if (!seed) return fail(not_locked(seed.error()));
  const std::string associated = core::to_canonical(header(file));
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(
          seed->reveal_mutable().data(), nullptr, nullptr, file.ciphertext.data(),
          file.ciphertext.size(), core::as_bytes(associated).data(), associated.size(),
          file.nonce.data(), kek.reveal().data()) != 0) {
    return fail(Error{ErrorCode::wrong_passphrase, "the key " + file.name + " cannot be decrypted",
                      "wrong passphrase or damaged file",
                      "try the passphrase again; if it is right, restore the file from a backup"});
  }
  auto key = core::Ed25519SigningKey::from_seed(seed->reveal());
  if (!key) return fail(not_locked(key.error()));
  if (key->public_key().to_multikey() != file.public_key) {
    return fail(corrupt("its public key belongs to another key"));
  }
  return std::move(*key);
}

}  // namespace avow::node::internal

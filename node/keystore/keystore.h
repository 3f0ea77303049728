#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string_view>

#include "core/ed25519.h"
#include "core/random.h"
#include "core/secret_bytes.h"
#include "node/error.h"

namespace avow::node {

/// What one guess of the passphrase costs (Argon2id). Allowed are 64 MiB to 1 GiB and 2 to 16 passes;
/// anything else is refused, also when a file asks for it.
struct KdfCost {
  std::uint64_t memory_bytes = 256ULL * 1024 * 1024;
  std::uint64_t operations = 3;

  friend bool operator==(const KdfCost&, const KdfCost&) = default;
};

/// The least that is allowed; a caller has to ask for it by name.
inline constexpr KdfCost kWeakestKdfCost{64ULL * 1024 * 1024, 2};

/// The key is gone from the key store's folder, durably, when it returns; one that was not there is no fault. That takes no
/// passphrase. Nothing is promised of what the disk keeps of an unlinked file: that is still encrypted with it.
/// fails invalid_input (name), storage
Result<void, Error> remove_key(const std::filesystem::path& folder, std::string_view name);

/// The signing keys of one organisation, one file `<name>.key.json` each, encrypted with one passphrase. Files must
/// be regular, owned by this user and closed to others (mode 0600); the folder must not be writable by others.
/// For one thread at a time.
class Keystore {
 public:
  /// Opens the folder, making it (mode 0700) if it is not there, and decrypts every key once, so that a wrong
  /// passphrase or a damaged key is known at the start. `cost` is for a store without keys; otherwise its files say it.
  /// `random` must outlive the store.
  /// fails wrong_passphrase (or a damaged file), keystore_corrupt, keystore_weak, keystore_exposed, memory_lock,
  ///       storage
  static Result<Keystore, Error> open(const std::filesystem::path& folder,
                                      core::SecretBytes passphrase, KdfCost cost,
                                      core::Random& random);

  /// Durable when it returns. `name`: 1 to 64 of a-z, 0-9 and `-`.
  /// fails conflict (there is one of that name), invalid_input (name), storage, storage_full
  Result<void, Error> add(std::string_view name, const core::Ed25519SigningKey& key);

  /// fails not_found, invalid_input (name), and what open() says of a file
  Result<core::Ed25519SigningKey, Error> load(std::string_view name) const;

  bool contains(std::string_view name) const;

  /// As remove_key().
  Result<void, Error> remove(std::string_view name) { return remove_key(folder_, name); }

 private:
  using Salt = std::array<std::uint8_t, 16>;
  Keystore(std::filesystem::path folder, core::SecretBytes kek, const Salt& salt, KdfCost cost,
           core::Random& random)
      : folder_(std::move(folder)),
        kek_(std::move(kek)),
        salt_(salt),
        cost_(cost),
        random_(random) {}
  std::filesystem::path path_of(std::string_view name) const;

  std::filesystem::path folder_;
  core::SecretBytes kek_;  // encrypts the keys; derived from the passphrase once
  Salt salt_;
  KdfCost cost_;
  core::Random& random_;
};

/// A single key in a file of its own, e.g. an agent's: the same format, with its own salt. Never replaces a file.
/// fails conflict, invalid_input (name), keystore_weak, memory_lock, storage, storage_full
Result<void, Error> write_key_file(const std::filesystem::path& file, std::string_view name,
                                   const core::Ed25519SigningKey& key,
                                   const core::SecretBytes& passphrase, KdfCost cost,
                                   core::Random& random);

/// fails not_found, wrong_passphrase (or a damaged file), keystore_corrupt, keystore_weak, keystore_exposed,
///       memory_lock, storage
Result<core::Ed25519SigningKey, Error> read_key_file(const std::filesystem::path& file,
                                                     const core::SecretBytes& passphrase);

}  // namespace avow::node

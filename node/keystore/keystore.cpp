#include "node/keystore/keystore.h"

#include <algorithm>
#include <vector>

#include "node/keystore/internal/key_file.h"
#include "node/keystore/internal/private_file.h"

namespace avow::node {
namespace {

using internal::KeyFile;

constexpr std::string_view kSuffix = ".key.json";

std::filesystem::path file_of(const std::filesystem::path& folder, std::string_view name) {
  return folder / (std::string(name) + std::string(kSuffix));
}

Error bad_name() {
  return {ErrorCode::invalid_input, "that is no name for a key",
          "1 to 64 of a-z, 0-9 and - are allowed", "choose another name"};
}

Error naming(Error error, const std::filesystem::path& file) {
  error.why = file.filename().string() + ": " + error.why;
  return error;
}

Result<KeyFile, Error> read_and_parse(const std::filesystem::path& path) {
  const auto text = internal::read_private_file(path, internal::kMaxKeyFileBytes);
  if (!text) return fail(text.error());
  auto file = internal::parse_key_file(*text);
  if (!file) return fail(naming(file.error(), path));
  return file;
}

/// The names of the keys in a folder, sorted, so that the same fault is always reported first.
Result<std::vector<std::string>, Error> key_names(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  std::error_code fault;
  std::filesystem::directory_iterator entry(folder, fault);
  for (; !fault && entry != std::filesystem::directory_iterator(); entry.increment(fault)) {
    const std::string name = entry->path().filename().string();
    if (name.ends_with(kSuffix)) names.push_back(name.substr(0, name.size() - kSuffix.size()));
  }
  if (fault) {
    return fail(Error{ErrorCode::storage, "cannot list " + folder.string(), fault.message(),
                      "see that the folder belongs to this user"});
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

std::filesystem::path Keystore::path_of(std::string_view name) const {
  return file_of(folder_, name);
}

Result<Keystore, Error> Keystore::open(const std::filesystem::path& folder,
                                       core::SecretBytes passphrase, KdfCost cost,
                                       core::Random& random) {
  if (auto made = internal::make_private_folder(folder); !made) return fail(made.error());
  const auto names = key_names(folder);
  if (!names) return fail(names.error());
  Salt salt{};
  if (names->empty()) {
    random.fill(salt);
  } else {
    const auto first = read_and_parse(folder / (names->front() + std::string(kSuffix)));
    if (!first) return fail(first.error());
    salt = first->salt;
    cost = first->cost;
  }
  auto kek = internal::derive_kek(passphrase, salt, cost);
  if (!kek) return fail(kek.error());
  Keystore store(folder, std::move(*kek), salt, cost, random);
  for (const std::string& name : *names) {
    if (auto key = store.load(name); !key) return fail(key.error());
  }
  return store;
}

Result<void, Error> Keystore::add(std::string_view name, const core::Ed25519SigningKey& key) {
  if (!internal::is_key_name(name)) return fail(bad_name());
  const KeyFile file = internal::seal(key, name, kek_, salt_, cost_, random_);
  return internal::write_private_file(path_of(name), internal::to_text(file));
}

Result<core::Ed25519SigningKey, Error> Keystore::load(std::string_view name) const {
  if (!internal::is_key_name(name)) return fail(bad_name());
  const std::filesystem::path path = path_of(name);
  const auto file = read_and_parse(path);
  if (!file) return fail(file.error());
  if (file->name != name || file->salt != salt_ || !(file->cost == cost_)) {
    return fail(
        naming({ErrorCode::keystore_corrupt, "the key file is damaged",
                "it was written for another name or another key store", "restore it from a backup"},
               path));
  }
  auto key = internal::unseal(*file, kek_);
  if (!key) return fail(naming(key.error(), path));
  return key;
}

Result<void, Error> remove_key(const std::filesystem::path& folder, std::string_view name) {
  if (!internal::is_key_name(name)) return fail(bad_name());
  return internal::remove_private_file(file_of(folder, name));
}

bool Keystore::contains(std::string_view name) const {
  std::error_code ignored;
  return internal::is_key_name(name) && std::filesystem::exists(path_of(name), ignored);
}

Result<void, Error> write_key_file(const std::filesystem::path& file, std::string_view name,
                                   const core::Ed25519SigningKey& key,
                                   const core::SecretBytes& passphrase, KdfCost cost,
                                   core::Random& random) {
  if (!internal::is_key_name(name)) return fail(bad_name());
  internal::Salt salt{};
  random.fill(salt);
  const auto kek = internal::derive_kek(passphrase, salt, cost);
  if (!kek) return fail(kek.error());
  const KeyFile sealed = internal::seal(key, name, *kek, salt, cost, random);
  return internal::write_private_file(file, internal::to_text(sealed));
}

Result<core::Ed25519SigningKey, Error> read_key_file(const std::filesystem::path& file,
                                                     const core::SecretBytes& passphrase) {
  const auto sealed = read_and_parse(file);
  if (!sealed) return fail(sealed.error());
  const auto kek = internal::derive_kek(passphrase, sealed->salt, sealed->cost);
  if (!kek) return fail(kek.error());
  auto key = internal::unseal(*sealed, *kek);
  if (!key) return fail(naming(key.error(), file));
  return key;
}

}  // namespace avow::node

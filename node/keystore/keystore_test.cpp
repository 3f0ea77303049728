#include "node/keystore/keystore.h"

#include <fstream>
#include <iterator>

#include <catch2/catch.hpp>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base64url.h"
#include "core/canonical_json.h"
#include "core/json.h"
#include "core/testing/seeded_random.h"
#include "core/testing/temp_dir.h"
#include "node/keystore/internal/key_file.h"

namespace keystore_test {

using namespace avow;
using namespace avow::node;
using core::testing::SeededRandom;
using core::testing::TempDir;

namespace {

core::SecretBytes secret(std::string_view text) {
  auto made = core::SecretBytes::copy_of(core::as_bytes(text));
  REQUIRE(made);
  return std::move(*made);
}

core::Ed25519SigningKey new_key(core::Random& random) {
  auto key = core::Ed25519SigningKey::generate(random);
  REQUIRE(key);
  return std::move(*key);
}

Result<Keystore, Error> open_store(const std::filesystem::path& folder, core::Random& random,
                                   std::string_view passphrase = "correct horse") {
  return Keystore::open(folder, secret(passphrase), kWeakestKdfCost, random);
}

std::string content(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void overwrite(const std::filesystem::path& file, std::string_view text) {
  std::ofstream(file, std::ios::binary | std::ios::trunc) << text;
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

unsigned mode_of(const std::filesystem::path& file) {
  struct stat found {};
  REQUIRE(::stat(file.c_str(), &found) == 0);
  return found.st_mode & 0777U;
}

/// A store with the one key `key-1`, open.
struct OneKey {
  TempDir dir;
  SeededRandom random{1};
  core::Ed25519SigningKey key = new_key(random);
  std::filesystem::path folder = dir / "keys";
  std::filesystem::path file = folder / "key-1.key.json";
  Keystore store = opened();

  Keystore opened() {
    auto made = open_store(folder, random);
    REQUIRE(made);
    REQUIRE(made->add("key-1", key));
    return std::move(*made);
  }
};

}  // namespace

TEST_CASE("keys are there after the store is opened again, each under its name", "[keystore]") {
  OneKey one;
  const auto other = new_key(one.random);
  REQUIRE(one.store.add("update-2", other));
  const auto store = open_store(one.folder, one.random);
  REQUIRE(store);
  const auto first = store->load("key-1");
  const auto second = store->load("update-2");
  REQUIRE(first);
  REQUIRE(second);
  CHECK(first->public_key() == one.key.public_key());
  CHECK(second->public_key() == other.public_key());
  CHECK(store->contains("key-1"));
  CHECK_FALSE(store->contains("key-2"));
  CHECK(store->load("key-2").error().code == ErrorCode::not_found);
}

TEST_CASE("a key that was removed is gone from the disk, the others are not, and its name is free",
          "[keystore]") {
  OneKey one;
  const auto other = new_key(one.random);
  REQUIRE(one.store.add("key-10", other));
  REQUIRE(remove_key(one.folder, "key-1"));
  CHECK_FALSE(one.store.contains("key-1"));
  CHECK_FALSE(std::filesystem::exists(one.file));
  CHECK(one.store.load("key-1").error().code == ErrorCode::not_found);
  CHECK(one.store.load("key-10")->public_key() == other.public_key());
  CHECK(remove_key(one.folder,
                   "key-1"));  // as after a crash, when it is not known whether it had gone
  CHECK(remove_key(one.folder, "../keys/key-10").error().code == ErrorCode::invalid_input);
  REQUIRE(one.store.add("key-1", other));
  REQUIRE(open_store(one.folder, one.random));
  CHECK(one.store.load("key-1")->public_key() == other.public_key());
  std::filesystem::remove(one.file);
  std::filesystem::create_directory(one.file);
  CHECK(remove_key(one.folder, "key-1").error().code == ErrorCode::storage);
}

TEST_CASE("a key file is XChaCha20-Poly1305 under Argon2id with the header as its data",
          "[keystore]") {
  OneKey one;
  auto json = core::parse_json(content(one.file));
  REQUIRE(json);
  const auto bytes = [&](std::string_view member) {
    const auto* text = json->find_string(member);
    REQUIRE(text != nullptr);
    auto decoded = core::from_base64url(*text);
    REQUIRE(decoded);
    return *decoded;
  };
  const auto salt = bytes("salt");
  const auto nonce = bytes("nonce");
  const auto ciphertext = bytes("ciphertext");
  REQUIRE(salt.size() == crypto_pwhash_SALTBYTES);
  REQUIRE(nonce.size() == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES);
  REQUIRE(ciphertext.size() == 48);
  json->erase("ciphertext");
  const std::string header = core::to_canonical(*json);
  std::array<unsigned char, 32> kek{};
  const std::string typed = "correct horse";
  REQUIRE(crypto_pwhash(kek.data(), kek.size(), typed.data(), typed.size(), salt.data(), 2,
                        std::size_t{64} * 1024 * 1024, crypto_pwhash_ALG_ARGON2ID13) == 0);
  std::array<unsigned char, 32> seed{};
  REQUIRE(crypto_aead_xchacha20poly1305_ietf_decrypt(
              seed.data(), nullptr, nullptr, ciphertext.data(), ciphertext.size(),
              core::as_bytes(header).data(), header.size(), nonce.data(), kek.data()) == 0);
  CHECK(core::to_hex(seed) == core::to_hex(one.key.reveal_seed()));
  CHECK(header.find("\"kdf\":\"argon2id13\"") != std::string::npos);
  CHECK(*json->find_string("publicKeyMultibase") == one.key.public_key().to_multikey());
}

TEST_CASE("a wrong passphrase opens nothing and adds nothing [SECRET-02]", "[keystore]") {
  OneKey one;
  for (const std::string passphrase : {"correct hors", "correct horse ", "Correct horse"}) {
    const auto refused = open_store(one.folder, one.random, passphrase);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::wrong_passphrase);
    CHECK_THAT(refused.error().why, Catch::Contains("wrong passphrase or damaged file"));
    CHECK_THAT(refused.error().what + refused.error().why + refused.error().fix,
               !Catch::Contains(passphrase));
  }
}

TEST_CASE("no bit of a key file can be flipped [SECRET-03]", "[keystore]") {
  OneKey one;
  const std::string good = content(one.file);
  const auto parsed = internal::parse_key_file(good);
  REQUIRE(parsed);
  const auto kek = internal::derive_kek(secret("correct horse"), parsed->salt, parsed->cost);
  REQUIRE(kek);
  REQUIRE(internal::unseal(*parsed, *kek));
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    std::string bad = good;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));
    const auto file = internal::parse_key_file(bad);
    if (file && internal::unseal(*file, *kek)) FAIL_CHECK("bit " << bit << " does not count");
  }
}

TEST_CASE("a key file that is damaged on the disk is refused [SECRET-03]", "[keystore]") {
  OneKey one;
  const std::string good = content(one.file);
  for (const std::string& bad : {good.substr(0, good.size() - 1), good + "\n", std::string(),
                                 good + std::string(5000, ' ')}) {
    overwrite(one.file, bad);
    CHECK(one.store.load("key-1").error().code == ErrorCode::keystore_corrupt);
  }
  std::string bad = good;
  char& first_of_ciphertext = bad[std::string("{\"ciphertext\":\"").size()];
  first_of_ciphertext = first_of_ciphertext == 'A' ? 'B' : 'A';
  overwrite(one.file, bad);
  CHECK(one.store.load("key-1").error().code == ErrorCode::wrong_passphrase);
  overwrite(one.file, good);
  CHECK(one.store.load("key-1"));
}

TEST_CASE("a damaged key is known when the store is opened [SECRET-03]", "[keystore]") {
  OneKey one;
  REQUIRE(one.store.add("key-2", new_key(one.random)));
  const auto second = one.folder / "key-2.key.json";
  overwrite(second, replaced(content(second), "\"name\":\"key-2\"", "\"name\":\"key-3\""));
  const auto refused = open_store(one.folder, one.random);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::keystore_corrupt);
  CHECK_THAT(refused.error().why, Catch::Contains("key-2.key.json"));
}

TEST_CASE("a key under another name or from another store is refused", "[keystore]") {
  OneKey one;
  std::filesystem::rename(one.file, one.folder / "key-9.key.json");
  CHECK(one.store.load("key-9").error().code == ErrorCode::keystore_corrupt);
  OneKey other;
  SeededRandom elsewhere(2);
  auto third = open_store(other.dir / "third", elsewhere);
  REQUIRE(third);
  REQUIRE(third->add("key-1", other.key));
  std::filesystem::copy_file(other.dir / "third" / "key-1.key.json", other.file,
                             std::filesystem::copy_options::overwrite_existing);
  CHECK(other.store.load("key-1").error().code == ErrorCode::keystore_corrupt);
}

TEST_CASE("a file that asks for cheap key derivation is refused [SECRET-04]", "[keystore]") {
  OneKey one;
  const std::string good = content(one.file);
  for (const std::string memory : {"8192", "67108863", "0"}) {
    overwrite(one.file, replaced(good, "\"memoryBytes\":67108864", "\"memoryBytes\":" + memory));
    CHECK(one.store.load("key-1").error().code == ErrorCode::keystore_weak);
    CHECK(open_store(one.folder, one.random).error().code == ErrorCode::keystore_weak);
  }
  overwrite(one.file, replaced(good, "\"ops\":2", "\"ops\":1"));
  CHECK(open_store(one.folder, one.random).error().code == ErrorCode::keystore_weak);
}

TEST_CASE("a file that asks for 64 GiB or endless passes is refused [SECRET-05]", "[keystore]") {
  OneKey one;
  const std::string good = content(one.file);
  for (const std::string memory : {"68719476736", "1073741825"}) {
    overwrite(one.file, replaced(good, "\"memoryBytes\":67108864", "\"memoryBytes\":" + memory));
    CHECK(open_store(one.folder, one.random).error().code == ErrorCode::keystore_weak);
  }
  overwrite(one.file, replaced(good, "\"ops\":2", "\"ops\":17"));
  CHECK(open_store(one.folder, one.random).error().code == ErrorCode::keystore_weak);
}

TEST_CASE("a caller cannot go below the floor either, and the default is above it [SECRET-04]",
          "[keystore]") {
  const TempDir dir;
  SeededRandom random(1);
  const KdfCost normal;
  CHECK(normal == KdfCost{256ULL * 1024 * 1024, 3});
  for (const KdfCost cost : {KdfCost{64ULL * 1024 * 1024 - 1, 2}, KdfCost{64ULL * 1024 * 1024, 1},
                             KdfCost{1024ULL * 1024 * 1024 + 1, 2}}) {
    const auto refused = Keystore::open(dir / "keys", secret("x"), cost, random);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::keystore_weak);
  }
}

TEST_CASE("a key file that others could read or replace is refused [SECRET-06]", "[keystore]") {
  OneKey one;
  const auto code = [&] { return open_store(one.folder, one.random).error().code; };
  CHECK(mode_of(one.file) == 0600U);
  CHECK(mode_of(one.folder) == 0700U);
  for (const unsigned mode : {0644U, 0640U, 0601U}) {
    REQUIRE(::chmod(one.file.c_str(), mode) == 0);
    CHECK(code() == ErrorCode::keystore_exposed);
  }
  REQUIRE(::chmod(one.file.c_str(), 0600) == 0);
  REQUIRE(::chmod(one.folder.c_str(), 0722) == 0);
  CHECK(code() == ErrorCode::keystore_exposed);
  REQUIRE(::chmod(one.folder.c_str(), 0700) == 0);
  CHECK(open_store(one.folder, one.random));
  if (::geteuid() == 0) {
    REQUIRE(::chown(one.file.c_str(), 1, 1) == 0);
    CHECK(code() == ErrorCode::keystore_exposed);
    REQUIRE(::chown(one.file.c_str(), 0, 0) == 0);
  } else {
    WARN("the owner of a key file can be changed by root only: not tried");
  }
  std::filesystem::rename(one.file, one.dir / "elsewhere");
  std::filesystem::create_symlink(one.dir / "elsewhere", one.file);
  CHECK(code() == ErrorCode::keystore_exposed);
  std::filesystem::remove(one.file);
  REQUIRE(::mkfifo(one.file.c_str(), 0600) == 0);
  CHECK(code() == ErrorCode::keystore_exposed);
}

TEST_CASE("a key is never written over, and what a crash left does no harm [SECRET-07]",
          "[keystore]") {
  OneKey one;
  const std::string before = content(one.file);
  CHECK(one.store.add("key-1", new_key(one.random)).error().code == ErrorCode::conflict);
  CHECK(content(one.file) == before);
  overwrite(one.folder / "key-2.key.json.new", "half a k");
  CHECK(open_store(one.folder, one.random));
  REQUIRE(one.store.add("key-2", one.key));
  CHECK(one.store.load("key-2"));
  CHECK_FALSE(std::filesystem::exists(one.folder / "key-2.key.json.new"));
}

TEST_CASE("a name that could leave the folder is refused", "[keystore]") {
  OneKey one;
  for (const std::string name : {"", "../key-1", "a/b", "Key", "a.b", "a b"}) {
    CHECK(one.store.add(name, one.key).error().code == ErrorCode::invalid_input);
    CHECK(one.store.load(name).error().code == ErrorCode::invalid_input);
    CHECK_FALSE(one.store.contains(name));
  }
  CHECK(one.store.add(std::string(65, 'a'), one.key).error().code == ErrorCode::invalid_input);
  CHECK(one.store.add(std::string(64, 'a'), one.key));
}

TEST_CASE("two keys of one store share the salt and never the nonce", "[keystore]") {
  OneKey one;
  REQUIRE(one.store.add("key-2", one.key));
  const auto first = core::parse_json(content(one.file));
  const auto second = core::parse_json(content(one.folder / "key-2.key.json"));
  REQUIRE(first);
  REQUIRE(second);
  CHECK(*first->find_string("salt") == *second->find_string("salt"));
  CHECK(*first->find_string("nonce") != *second->find_string("nonce"));
  CHECK(*first->find_string("ciphertext") != *second->find_string("ciphertext"));
}

TEST_CASE("a single key file is read with its passphrase alone", "[keystore]") {
  const TempDir dir;
  SeededRandom random(3);
  const auto key = new_key(random);
  const auto file = dir / "agent.json";
  REQUIRE(write_key_file(file, "invoice-bot", key, secret("open"), kWeakestKdfCost, random));
  CHECK(mode_of(file) == 0600U);
  const auto read = read_key_file(file, secret("open"));
  REQUIRE(read);
  CHECK(read->public_key() == key.public_key());
  CHECK(read_key_file(file, secret("opem")).error().code == ErrorCode::wrong_passphrase);
  const auto missing = read_key_file(dir / "none", secret("open")).error();
  CHECK(missing.code == ErrorCode::not_found);
  CHECK(missing.fix == "name a path that exists; a file that is lost comes from a backup");
  CHECK(write_key_file(file, "invoice-bot", key, secret("open"), kWeakestKdfCost, random)
            .error()
            .code == ErrorCode::conflict);
  CHECK(write_key_file(dir / "weak", "a", key, secret("open"), {8192, 1}, random).error().code ==
        ErrorCode::keystore_weak);
  CHECK_FALSE(std::filesystem::exists(dir / "weak"));
}

}  // namespace keystore_test

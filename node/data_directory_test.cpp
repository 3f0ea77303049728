#include "node/data_directory.h"

#include <catch2/catch.hpp>
#include <sys/stat.h>

#include "core/testing/fake_clock.h"
#include "core/testing/seeded_random.h"
#include "core/testing/temp_dir.h"

namespace avow::node::data_directory_test {
namespace {

struct World {
  Result<Organisation, Error> init(const std::string& name, const std::string& domain) {
    auto passphrase = core::SecretBytes::copy_of(core::as_bytes("correct horse"));
    return initialise({place, name, domain, kWeakestKdfCost}, std::move(*passphrase), clock,
                      random);
  }
  /// Names in the folder around the data directory.
  std::vector<std::string> around() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
      names.push_back(entry.path().filename().string());
    return names;
  }

  core::testing::TempDir folder;
  std::filesystem::path place = folder / "data";
  core::testing::FakeClock clock{*core::parse_rfc3339("2026-11-21T08:00:00Z")};
  core::testing::SeededRandom random{5};
};

int mode_of(const std::filesystem::path& file) {
  struct stat info {};
  REQUIRE(::stat(file.c_str(), &info) == 0);
  return static_cast<int>(info.st_mode & 0777U);
}

TEST_CASE("an initialised directory is read back as the same organisation", "[node][data]") {
  World world;
  const auto made = world.init("Acme Ltd", "acme.example");
  REQUIRE(made);
  CHECK(made->domain == "acme.example");
  CHECK(made->did().text().rfind("did:webvh:" + made->entry.scid, 0) == 0);
  CHECK(mode_of(world.place) == 0700);

  const auto read = read_organisation({world.place}, world.clock.now());
  REQUIRE(read);
  CHECK(read->name == "Acme Ltd");
  CHECK(read->did() == made->did());

  auto passphrase = core::SecretBytes::copy_of(core::as_bytes("correct horse"));
  auto keys =
      Keystore::open(DataDirectory{world.place}.keys(), std::move(*passphrase), {}, world.random);
  REQUIRE(keys);
  for (const auto& name : {update_key_name(2), assertion_key_name(1)}) CHECK(keys->contains(name));
  CHECK_FALSE(keys->contains(update_key_name(1)));  // it has signed what it can sign
  const auto* method = read->entry.document->find(read->assertion_method(),
                                                  did::VerificationRelationship::assertion_method);
  REQUIRE(method != nullptr);
  CHECK(method->public_key_multibase ==
        keys->load(assertion_key_name(1))->public_key().to_multikey());

  // Its keys have signed nothing, which a directory that was put back without these files cannot tell.
  for (const auto& file :
       {DataDirectory{world.place}.guard(), DataDirectory{world.place}.vote_guard()})
    CHECK(read_text_file(file, 200).value() ==
          R"({"by":")" + read->entry.scid + R"(","signed":"nothing"})");

  const auto again = world.init("Other", "other.example");
  REQUIRE_FALSE(again);
  CHECK(again.error().code == ErrorCode::already_initialised);
  CHECK(read_organisation({world.place}, world.clock.now())->name == "Acme Ltd");
}

TEST_CASE("a failed init leaves nothing behind", "[node][data]") {
  World world;
  for (const char* domain :
       {"", "127.0.0.1", "10.0.0.1:8443", "ACME.example/x", "acme example", "user@acme.example",
        "acme", "https://acme.example", "acme.example:", "acme.example:99999", "a..b"}) {
    CAPTURE(domain);
    const auto refused = world.init("Acme", domain);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::invalid_input);
    CHECK(world.around().empty());
  }
  for (const std::string& name : {std::string(), std::string(201, 'n')}) {
    const auto refused = world.init(name, "acme.example");
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::usage);
  }
  CHECK(world.around().empty());
}

TEST_CASE("a folder that holds something else is left alone", "[node][data]") {
  World world;
  std::filesystem::create_directory(world.place);
  REQUIRE(write_text_file(world.place / "letters.txt", "dear …", 0600));
  const auto refused = world.init("Acme", "acme.example");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::already_initialised);
  CHECK(*read_text_file(world.place / "letters.txt", 100) == "dear …");
  CHECK(world.around().size() == 1);
}

TEST_CASE("localhost is a domain for development, with or without a port", "[node][data]") {
  World world;
  const auto made = world.init("Acme", "localhost:8443");
  REQUIRE(made);
  CHECK(made->did().text().find(":localhost%3A8443") != std::string::npos);
  CHECK(read_organisation({world.place}, world.clock.now())->domain == "localhost:8443");
  CHECK(is_localhost("localhost"));
  CHECK(is_localhost("localhost:1"));
  CHECK_FALSE(is_localhost("localhost.example"));
  CHECK_FALSE(is_localhost("notlocalhost"));
}

TEST_CASE("a directory that is none, or was changed, is not read", "[node][data]") {
  World world;
  const auto absent = read_organisation({world.place}, world.clock.now());
  REQUIRE_FALSE(absent);
  CHECK(absent.error().code == ErrorCode::not_initialised);

  REQUIRE(world.init("Acme", "acme.example"));
  const DataDirectory data{world.place};
  const std::string log = *read_text_file(data.log(), 1 << 20);
  const std::string description = *read_text_file(data.organisation(), 1 << 20);
  const auto refused = [&] {
    const auto read = read_organisation(data, world.clock.now());
    REQUIRE_FALSE(read);
    return read.error().code;
  };
  std::string changed = log;
  changed.replace(changed.find("acme.example"), 4, "bcme");
  REQUIRE(write_text_file(data.log(), changed, 0644));
  CHECK(refused() == ErrorCode::invalid_input);
  REQUIRE(write_text_file(data.log(), log, 0644));

  changed = description;
  char& of_scid = changed[changed.find("did:webvh:") + 12];
  of_scid = of_scid == 'A' ? 'B' : 'A';
  REQUIRE(write_text_file(data.organisation(), changed, 0644));
  CHECK(refused() == ErrorCode::invalid_input);
  REQUIRE(write_text_file(data.organisation(), "{\"name\":", 0644));
  CHECK(refused() == ErrorCode::invalid_input);
}

TEST_CASE("a text file is read up to its limit and replaced whole", "[node][data]") {
  const core::testing::TempDir folder;
  const auto file = folder / "text";
  REQUIRE(write_text_file(file, "12345", 0600));
  CHECK(*read_text_file(file, 5) == "12345");
  CHECK(read_text_file(file, 4).error().code == ErrorCode::invalid_input);
  REQUIRE(write_text_file(file, "1", 0600));
  CHECK(*read_text_file(file, 5) == "1");
  CHECK(mode_of(file) == 0600);
  CHECK(read_text_file(folder / "absent", 5).error().code == ErrorCode::not_found);
  CHECK_FALSE(write_text_file(folder / "no" / "where", "x", 0600));
}

TEST_CASE("a file that stands where a text file is made is not written into", "[node][data]") {
  const core::testing::TempDir folder;
  const auto file = folder / "credential.json";
  const auto others = folder / "of-somebody-else";
  REQUIRE(write_text_file(others, "theirs", 0666));
  std::filesystem::create_hard_link(others, folder / "credential.json.tmp");
  REQUIRE(write_text_file(file, "ours", 0600));
  CHECK(*read_text_file(others, 10) == "theirs");
  CHECK(*read_text_file(file, 10) == "ours");
  CHECK(mode_of(file) == 0600);
}

}  // namespace
}  // namespace avow::node::data_directory_test

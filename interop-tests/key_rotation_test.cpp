#include <algorithm>
#include <iostream>
#include <set>

#include <catch2/catch.hpp>

#include "interop-tests/harness/agent.h"
#include "interop-tests/harness/consortium.h"
#include "interop-tests/harness/loops.h"
#include "interop-tests/harness/strace.h"
#include "node/data_directory.h"

namespace key_rotation_test {

using namespace avow;
using namespace avow::interop;
using core::Json;
namespace fs = std::filesystem;

namespace {

constexpr int kKilled = 128 + 9;
using Names = std::set<std::string>;

/// What the key store holds of the organisation, without the suffix of its files.
Names keys_of(const Node& node) {
  const std::string suffix = ".key.json";
  Names names;
  for (const auto& entry : fs::directory_iterator(node.data() / "keys")) {
    const auto name = entry.path().filename().string();
    if (name.ends_with(suffix) && !name.starts_with("node"))
      names.insert(name.substr(0, name.size() - suffix.size()));
  }
  return names;
}

std::size_t versions_of(const Node& node) {
  const auto log = node::read_text_file(node.data() / "did.jsonl", std::size_t{5} << 20);
  REQUIRE(log);
  return static_cast<std::size_t>(std::count(log->begin(), log->end(), '\n'));
}

Finished rotate(const Node& node) {
  return node.avow({"key", "rotate", "--passphrase-file", node.passphrase_file(), "--json"});
}

std::string method_of(const Json& credential) {
  return *credential.find("proof")->find_string("verificationMethod");
}

}  // namespace

TEST_CASE(
    "an organisation that was founded, served and rotated goes on, and its used keys are gone",
    "[key_rotation]") {
  ConsortiumOptions options;
  options.names = {"acme", "globex"};
  options.links = {{0, 1}};
  Consortium consortium(options);
  Node& acme = consortium[0];
  Node& globex = consortium[1];
  consortium.start();
  const Agent agent(acme, "CustomerSupportAgent", 1);
  const Json first = agent.issue();
  consortium.settle();
  CHECK(rotate(acme).exit_code == 1);  // the node runs
  CHECK(versions_of(acme) == 1);
  acme.stop();

  const auto rotated = rotate(acme);
  INFO(rotated.err);
  REQUIRE(rotated.exit_code == 0);
  CHECK(*core::parse_json(rotated.out)->find_string("assertionMethod") == acme.did() + "#key-2");
  CHECK(keys_of(acme) == Names{"key-1", "key-2", "update-2", "update-3"});
  acme.start();
  CHECK(keys_of(acme) == Names{"key-1", "key-2", "update-3"});
  const Json second = agent.issue();
  consortium.settle();
  CHECK(method_of(first) == acme.did() + "#key-1");
  CHECK(method_of(second) == acme.did() + "#key-2");
  for (const Json& credential : {first, second})
    CHECK(verify_credential(globex, credential).status == 200);
  CHECK(change_status(acme, first, "revoke").ok());
  consortium.settle();
  CHECK(verify_credential(globex, first).code() == "revoked");
  CHECK(verify_credential(globex, second).status == 200);

  acme.stop();
  REQUIRE(rotate(acme).exit_code == 0);
  acme.start();
  CHECK(keys_of(acme) == Names{"key-1", "key-2", "key-3", "update-4"});
  consortium.settle();
  CHECK(verify_credential(globex, first).code() == "revoked");
  CHECK(verify_credential(globex, second).status == 200);
  CHECK(verify_credential(globex, agent.issue()).status == 200);
  CHECK(audit_complaint(acme) == "");
}

TEST_CASE("a rotation that is killed at any write can be done again, and no used update key stays",
          "[key_rotation][STORE-02][SECRET-07]") {
  if (!may_trace("key_rotation_test (killed)")) return;
  const core::testing::TempDir folder;
  Node acme(folder.path(), "acme");
  fs::copy(acme.data(), folder / "initialised", fs::copy_options::recursive);
  const auto step = static_cast<int>(loops("AVOW_KILL_STEP", 1, 5));
  std::size_t kills = 0;
  std::set<std::size_t> versions;
  for (const std::string call : {"write", "fsync", "rename", "unlink"}) {
    for (int n = 1; n < 1000; n += step) {
      INFO("killed at " << call << " number " << n);
      fs::remove_all(acme.data());
      fs::copy(folder / "initialised", acme.data(), fs::copy_options::recursive);
      acme.wrapper = with_faults(call, "signal=KILL:when=" + std::to_string(n));
      const auto killed = rotate(acme);
      acme.wrapper.clear();
      REQUIRE((killed.exit_code == 0 || killed.exit_code == kKilled));
      if (killed.exit_code == 0) break;
      ++kills;
      const auto version = versions_of(acme);
      versions.insert(version);
      const auto is_used = [&](const std::string& name) {
        return name.starts_with("update-") && std::stoul(name.substr(7)) <= version;
      };
      // Without a charter: what is asked here is what the start makes of the files.
      acme.launch();
      for (const auto& name : keys_of(acme)) CHECK_FALSE(is_used(name));
      acme.stop();
      const auto again = rotate(acme);
      INFO(again.err);
      REQUIRE(again.exit_code == 0);
      CHECK(versions_of(acme) == version + 1);
      CHECK(keys_of(acme).contains("update-" + std::to_string(version + 2)));
    }
  }
  std::cout << "key_rotation_test: killed at " << kills << " writes" << std::endl;
  CHECK(versions == std::set<std::size_t>{1, 2});  // before the entry was there, and after
}

TEST_CASE("a used update key that could not be removed is told of, and removed by the next start",
          "[key_rotation]") {
  if (!may_trace("key_rotation_test (unlink fails)")) return;
  const core::testing::TempDir folder;
  Node acme(folder.path(), "acme");
  REQUIRE(rotate(acme).exit_code == 0);
  CHECK(versions_of(acme) == 2);
  acme.wrapper = with_faults("unlink", "error=EIO", {acme.data() / "keys" / "update-2.key.json"});
  acme.launch();
  acme.wrapper.clear();
  CHECK(read_file(acme.data().string() + ".log").find("used_update_key_left") != std::string::npos);
  CHECK(keys_of(acme) == Names{"key-1", "key-2", "update-2", "update-3"});
  acme.kill();
  acme.launch();
  CHECK(keys_of(acme) == Names{"key-1", "key-2", "update-3"});
}

}  // namespace key_rotation_test

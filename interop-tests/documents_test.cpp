#include <catch2/catch.hpp>

#include "core/canonical_json.h"
#include "core/testing/vectors.h"
#include "interop-tests/harness/agent.h"
#include "interop-tests/harness/consortium.h"
#include "interop-tests/harness/wait.h"
#include "node/data_directory.h"
#include "node/keystore/keystore.h"

namespace documents_test {

using namespace avow;
using namespace avow::interop;
using core::Json;

namespace {

Reply resolve(const Node& node, const std::string& did, const std::string& query = "") {
  core::HttpRequest request;
  request.url = "/1.0/identifiers/" + did + query;
  request.headers.emplace_back("Accept", "application/did-resolution");
  return node.at_public().exchange(request);
}

/// The agent's document with another key under the same id, written to a file.
std::filesystem::path with_key(const Consortium& consortium, Json document,
                               const core::Ed25519PublicKey& key) {
  Json method = document.find("verificationMethod")->as_array()->front();
  method.set("publicKeyMultibase", key.to_multikey());
  document.set("verificationMethod", Json::array({method}));
  auto file = consortium.folder() / "document.json";
  REQUIRE(node::write_text_file(file, core::to_canonical(document), 0600));
  return file;
}

std::chrono::sys_seconds this_second() {
  return std::chrono::floor<std::chrono::seconds>(now());
}

/// POST /presentations/verify under the profile w3c, which compares challenge and domain alone.
Reply judge(const Node& node, const Json& presentation, const std::string& as_of = "") {
  Json options =
      Json::object({{"profile", "w3c"}, {"challenge", "a-challenge"}, {"domain", "a-domain"}});
  if (!as_of.empty()) options.set("asOf", as_of);
  return node.at_public().post(
      "/presentations/verify",
      Json::object({{"verifiablePresentation", presentation}, {"options", options}}));
}

}  // namespace

TEST_CASE("an agent's new key reaches a member, its old one stays in the history, and its end too",
          "[documents][DID-45]") {
  Consortium consortium;
  consortium.start();
  Node& acme = consortium[0];
  Node& initech = consortium[2];
  const Agent agent(acme, "CustomerSupportAgent", 1);
  const Json credential = agent.issue();
  REQUIRE(eventually([&] { return present_and_verify(agent, credential, initech).status == 200; }));

  const Json signed_before = agent.present(credential, "a-challenge", "a-domain");
  const auto second = this_second();
  REQUIRE(judge(acme, signed_before).status == 200);
  REQUIRE(eventually([&] { return this_second() > second; }));

  core::testing::SeededRandom random(2);
  const auto key = core::Ed25519SigningKey::generate(random)->public_key();
  const Json before = *resolve(acme, agent.did()).body.find("didDocument");
  const auto file = with_key(consortium, before, key);
  const auto updated = acme.avow({"did", "update", agent.did(), file.string(), "--json"});
  INFO(updated.out << updated.err);
  REQUIRE(updated.exit_code == 0);

  const auto history = acme.avow({"did", "history", agent.did(), "--json"});
  REQUIRE(history.exit_code == 0);
  const auto answer = core::parse_json(history.out);
  REQUIRE(answer);
  const auto& versions = *answer->find("versions")->as_array();
  REQUIRE(versions.size() == 2);
  CHECK(*versions[0].find("didDocument") == *resolve(acme, agent.did()).body.find("didDocument"));
  CHECK(*versions[1].find("didDocument") == before);
  CHECK(*resolve(acme, agent.did(), "?versionId=1").body.find("didDocument") == before);
  // The old key signs no more, at home and at a member that only hears of it.
  CHECK(present_and_verify(agent, credential, acme).status == 400);
  CHECK(eventually([&] { return present_and_verify(agent, credential, initech).status == 400; }));
  // What it signed before is good as of then, where the history is kept.
  const std::string then = core::format_seconds(second);
  CHECK(judge(acme, signed_before).status == 400);
  const Reply as_of = judge(acme, signed_before, then);
  INFO(as_of.text);
  CHECK(as_of.status == 200);
  const auto shown = consortium.folder() / "signed-before.json";
  REQUIRE(node::write_text_file(shown, core::to_canonical(signed_before), 0600));
  const auto verified = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {"verify", shown.string(), "--profile", "w3c", "--challenge",
                                 "a-challenge", "--domain", "a-domain", "--json"});
    return acme.avow(words);
  };
  CHECK(verified({}).exit_code == 3);
  const auto of_then = verified({"--as-of", then});
  INFO(of_then.out << of_then.err);
  CHECK(of_then.exit_code == 0);
  CHECK(of_then.out.find(R"("asOf":")" + core::format_milliseconds(second) + '"') !=
        std::string::npos);
  // A member has the current version alone, and says so rather than pass it off as the old one.
  CHECK(resolve(initech, agent.did(), "?versionTime=2001-01-01T00:00:00Z").status == 501);

  CHECK(acme.avow({"did", "deactivate", agent.did(), "--json"}).exit_code == 2);
  REQUIRE(acme.avow({"did", "deactivate", agent.did(), "--yes", "--json"}).exit_code == 0);
  CHECK(acme.avow({"did", "deactivate", agent.did(), "--yes", "--json"}).exit_code == 7);
  for (Node* node : {&acme, &initech}) {
    CHECK(eventually([&] { return resolve(*node, agent.did()).status == 410; }));
    CHECK(*resolve(*node, agent.did()).body.find("didDocument")->find_string("id") == agent.did());
  }
  CHECK(resolve(acme, agent.did(), "?versionId=1").status == 200);
  CHECK(judge(acme, signed_before).code() == "deactivated");
  CHECK(judge(acme, signed_before, then).status == 200);
  CHECK(acme.avow({"did", "deactivate", acme.did(), "--yes", "--json"}).exit_code == 5);
}

TEST_CASE("an agent presents with the key that it has now, and not with the one before",
          "[documents]") {
  Consortium consortium;
  consortium.start();
  Node& acme = consortium[0];
  const Agent agent(acme, "CustomerSupportAgent", 1);
  const auto credential = consortium.folder() / "credential.json";
  REQUIRE(node::write_text_file(credential, core::to_canonical(agent.issue()), 0600));
  // Its document gets a second key, and that one alone is for authentication.
  core::testing::SeededRandom random(3);
  const auto next = core::Ed25519SigningKey::generate(random);
  Json document = *resolve(acme, agent.did()).body.find("didDocument");
  const Json first = document.find("verificationMethod")->as_array()->front();
  Json second = first;
  second.set("id", agent.did() + "#key-2");
  second.set("publicKeyMultibase", next->public_key().to_multikey());
  document.set("verificationMethod", Json::array({first, second}));
  document.set("authentication", Json::array({agent.did() + "#key-2"}));
  const auto file = consortium.folder() / "document.json";
  REQUIRE(node::write_text_file(file, core::to_canonical(document), 0600));
  REQUIRE(acme.avow({"did", "update", agent.did(), file.string()}).exit_code == 0);

  auto passphrase = core::testing::read_file(acme.passphrase_file());
  while (passphrase.ends_with('\n')) passphrase.pop_back();
  const auto secret = core::SecretBytes::copy_of(core::as_bytes(passphrase));
  REQUIRE(secret);
  const auto present_with = [&](const core::Ed25519SigningKey& key, const std::string& name) {
    const auto key_file = consortium.folder() / (name + ".key");
    const auto out = consortium.folder() / (name + ".json");
    REQUIRE(node::write_key_file(key_file, "agent", key, *secret, node::kWeakestKdfCost, random));
    return run({avow_binary(), "vp", "create", "--vc", credential.string(), "--key",
                key_file.string(), "--passphrase-file", acme.passphrase_file().string(), "--node",
                acme.public_url(), "--out", out.string()});
  };
  const Finished refused = present_with(agent.key(), "old");
  CHECK(refused.exit_code == 5);
  CHECK(refused.err.find("has another key") != std::string::npos);
  const Finished made = present_with(*next, "new");
  INFO(made.out << made.err);
  REQUIRE(made.exit_code == 0);
  const auto presentation =
      core::parse_json(core::testing::read_file(consortium.folder() / "new.json"));
  REQUIRE(presentation);
  CHECK(*presentation->find("proof")->find_string("verificationMethod") == agent.did() + "#key-2");
  CHECK(
      acme.at_public()
          .post("/presentations/verify", Json::object({{"verifiablePresentation", *presentation}}))
          .status == 200);
}

}  // namespace documents_test

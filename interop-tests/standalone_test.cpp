#include <catch2/catch.hpp>

#include "core/data_integrity.h"
#include "interop-tests/harness/agent.h"
#include "interop-tests/harness/consortium.h"
#include "interop-tests/harness/wait.h"
#include "node/data_directory.h"

namespace standalone_test {

using namespace avow;
using namespace avow::interop;
using core::Json;

namespace {

/// "/status/…" of the entry with that purpose.
std::string list_path(const Node& issuer, const Json& credential, std::string_view purpose) {
  for (const Json& entry : *credential.find("credentialStatus")->as_array()) {
    if (*entry.find_string("statusPurpose") == purpose)
      return entry.find_string("statusListCredential")->substr(issuer.public_url().size());
  }
  throw std::runtime_error("no status entry for that purpose");
}

core::Ed25519PublicKey assertion_key(const Node& node) {
  const auto organisation = node::read_organisation({node.data()}, now());
  REQUIRE(organisation);
  const auto* method = organisation->entry.document->find(
      organisation->assertion_method(), did::VerificationRelationship::assertion_method);
  REQUIRE(method != nullptr);
  return *core::Ed25519PublicKey::from_multikey(method->public_key_multibase);
}

Reply get_if_changed(const Node& node, const std::string& path, const std::string& etag) {
  core::HttpRequest request;
  request.url = path;
  request.headers.emplace_back("If-None-Match", etag);
  return node.at_public().exchange(request);
}

}  // namespace

TEST_CASE("a node without a charter issues, revokes and serves its lists", "[standalone]") {
  const core::testing::TempDir folder;
  Node acme(folder.path(), "acme");
  acme.more_options = {"--default-profile", "w3c"};
  acme.start();
  const Agent agent(acme, "CustomerSupportAgent", 1);
  const Json kept = agent.issue();
  const Json revoked = agent.issue();
  const std::string path = list_path(acme, revoked, "revocation");

  const Reply before = acme.at_public().get(path);
  REQUIRE(before.status == 200);
  CHECK(before.header("Content-Type") == "application/vc");
  const auto key = assertion_key(acme);
  CHECK(core::verify_proof(before.body, *before.body.find("proof"), key));
  CHECK(*before.body.find_string("issuer") == acme.did());
  const std::string etag = before.header("ETag");
  REQUIRE_FALSE(etag.empty());
  CHECK(get_if_changed(acme, path, etag).status == 304);
  CHECK(get_if_changed(acme, path, "\"another\"").status == 200);

  CHECK(verify_credential(acme, kept, "w3c").status == 200);
  CHECK(verify_credential(acme, revoked, "w3c").status == 200);
  REQUIRE(change_status(acme, revoked, "revoke").status == 200);

  const Reply after = get_if_changed(acme, path, etag);
  REQUIRE(after.status == 200);
  CHECK(after.header("ETag") != etag);
  CHECK(core::verify_proof(after.body, *after.body.find("proof"), key));
  CHECK(verify_credential(acme, kept, "w3c").status == 200);
  const Reply verdict = verify_credential(acme, revoked, "w3c");
  INFO(verdict.text);
  CHECK(verdict.status == 400);
  CHECK(verdict.code() == "revoked");
  const Reply by_default =
      acme.at_public().post("/credentials/verify", Json::object({{"verifiableCredential", kept}}));
  CHECK(by_default.status == 200);
  CHECK(*by_default.body.find_string("profile") == "w3c");
  // The consortium profile asks who the issuer is, and nobody here can say.
  CHECK(verify_credential(acme, kept, "consortium").code() == "issuer_unknown");
}

TEST_CASE("the feed of a node that gets a charter later begins with its lists as they stand",
          "[standalone]") {
  const core::testing::TempDir folder;
  Node acme(folder.path(), "acme");
  Node globex(folder.path(), "globex");
  acme.start();
  const Agent agent(acme, "CustomerSupportAgent", 1);
  const Json kept = agent.issue();
  const Json revoked = agent.issue();
  const Json suspended = agent.issue();
  REQUIRE(change_status(acme, revoked, "revoke").status == 200);
  REQUIRE(change_status(acme, suspended, "suspend").status == 200);
  acme.stop();

  found_charter(folder / "charter.json", {&acme, &globex}, {&acme, &globex},
                std::chrono::minutes(15));
  for (Node* node : {&acme, &globex}) node->charter = folder / "charter.json";
  acme.peers = {globex.peer_url()};
  globex.peers = {acme.peer_url()};
  globex.start();
  acme.start();
  CHECK(eventually([&] { return verify_credential(globex, kept).status == 200; }));
  CHECK(verify_credential(globex, revoked).code() == "revoked");
  CHECK(verify_credential(globex, suspended).code() == "suspended");
  CHECK(present_and_verify(agent, kept, globex).status == 200);
}

}  // namespace standalone_test

// A key is stolen, rotated out and given up: what the thief signs with it nobody believes, whatever date it bears.

#include <catch2/catch.hpp>

#include "core/canonical_json.h"
#include "core/data_integrity.h"
#include "interop-tests/harness/agent.h"
#include "interop-tests/harness/consortium.h"
#include "interop-tests/harness/hostile_member.h"

namespace key_compromise_test {

using namespace avow;
using namespace avow::interop;
using core::Json;

namespace {

/// Another credential of the same issuer, signed with that key at the time of the first.
Json forged(const Json& credential, const core::Ed25519SigningKey& key) {
  const Json& proof = *credential.find("proof");
  core::ProofOptions options;
  options.verification_method = *proof.find_string("verificationMethod");
  options.proof_purpose = "assertionMethod";
  options.created = *proof.find_string("created");
  Json forged = credential;
  forged.erase("proof");
  forged.set("id", "urn:uuid:00000000-0000-4000-8000-000000000000");
  return core::with_proof(forged, core::create_proof(forged, options, key));
}

}  // namespace

TEST_CASE("a stolen key is given up: its thief is believed by nobody, what was issued before is",
          "[key_compromise]") {
  ConsortiumOptions options;
  options.names = {"acme", "globex"};
  options.links = {{0, 1}};
  Consortium consortium(options);
  Node& acme = consortium[0];
  Node& globex = consortium[1];
  consortium.start();
  const Agent agent(acme, "CustomerSupportAgent", 1);
  const Json credential = agent.issue();
  consortium.settle();
  acme.stop();
  const HostileMember thief(acme);
  REQUIRE(acme.avow({"key", "rotate", "--passphrase-file", acme.passphrase_file(), "--json"})
              .exit_code == 0);
  acme.start();
  consortium.settle();
  const Json forgery = forged(credential, thief.key());
  CHECK(verify_credential(globex, credential).status == 200);
  CHECK(verify_credential(globex, forgery).status == 200);  // which is why the key must be given up

  const auto credential_file = consortium.folder() / "credential.json";
  const auto issued_file = consortium.folder() / "issued.json";
  write_file(credential_file, core::to_canonical(credential));
  const std::vector<std::string> published_words{"vc", "published", credential_file, "--json"};
  CHECK(acme.avow(published_words).exit_code == 6);  // not published yet

  CHECK(acme.avow({"key", "compromised", "#key-1"}).exit_code == 2);  // nobody to confirm
  CHECK(acme.avow({"key", "compromised", "#key-1", "--up-to", "x", "--yes"}).exit_code == 2);
  CHECK(acme.avow({"key", "compromised", globex.did() + "#key-1", "--yes"}).exit_code == 2);
  const auto shown = acme.avow({"key", "compromised", "#key-1", "--yes"});
  INFO(shown.out << shown.err);
  REQUIRE(shown.exit_code == 0);
  CHECK(shown.out.find("The key " + acme.did() + "#key-1 was stolen") != std::string::npos);
  CHECK(acme.avow({"key", "compromised", "#key-1", "--yes"}).exit_code == 7);  // said already
  consortium.settle();

  CHECK(verify_credential(globex, forgery).code() == "key_compromised");
  CHECK(verify_credential(acme, forgery).code() == "key_compromised");
  CHECK(verify_credential(globex, forgery, "w3c").code() == "key_compromised");
  CHECK(verify_credential(acme, credential).status == 200);
  CHECK(verify_credential(globex, agent.issue()).status == 200);  // by the new key

  const auto published = acme.avow(published_words);
  INFO(published.out << published.err);
  REQUIRE(published.exit_code == 0);
  write_file(issued_file, published.out);
  CHECK(globex.avow({"verify", credential_file, "--json"}).exit_code == 3);
  CHECK(verify_credential(globex, credential).code() == "key_compromised");
  CHECK(globex.avow({"verify", credential_file, "--issued", issued_file, "--json"}).exit_code == 0);
  write_file(credential_file, core::to_canonical(forgery));
  CHECK(globex.avow({"verify", credential_file, "--issued", issued_file, "--json"}).exit_code == 3);
  CHECK(acme.at_public().get("/v1/issued/u").status == 400);
  CHECK(audit_complaint(acme) == "");
}

}  // namespace key_compromise_test

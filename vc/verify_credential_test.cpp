// A credential's form, proof and dates.

#include <algorithm>

#include <catch2/catch.hpp>

#include "core/testing/vectors.h"
#include "vc/testing/verdicts.h"

namespace verify_credential_test {

namespace {

using namespace avow;               // NOLINT(google-build-using-namespace)
using namespace avow::vc::testing;  // NOLINT(google-build-using-namespace)
using core::Json;
using vc::CheckOutcome;
using vc::Outcome;
using vc::Profile;
using vc::Verdict;

}  // namespace

TEST_CASE("verify accepts a capability credential and names each check in order", "[vc][verify]") {
  World world;
  const Json credential = world.credential();
  const Verdict verdict = verify(world, credential);
  CHECK(verdict.outcome() == Outcome::accepted);
  CHECK(verdict.code().empty());
  std::vector<std::string> names;
  for (const vc::Check& check : verdict.checks) {
    names.push_back(check.name);
    CHECK(check.subject == "credential");
  }
  CHECK(names == std::vector<std::string>{"form", "context", "issuer", "proof", "key", "signature",
                                          "proof_purpose", "proof_dates", "validity", "freshness",
                                          "subject", "local_policy", "status", "status",
                                          "capability"});
  CHECK(verdict.verified_document == credential);
}

TEST_CASE("verify refuses a credential with one byte changed", "[vc][verify]") {
  World world;
  Json credential = world.credential();
  Json subject = *credential.find("credentialSubject");
  subject.set("id", world.agent_did + "x");
  credential.set("credentialSubject", subject);
  const Verdict verdict = verify(world, credential);
  require_refused(verdict, "bad_proof");
  CHECK(verdict.verified_document.is_null());
}

TEST_CASE("verify does not take a changed credential for the one whose signature it remembers",
          "[vc][verify]") {
  World world;
  REQUIRE(verify(world, world.credential()).outcome() == Outcome::accepted);
  REQUIRE(world.signatures.size() == 1);
  Json changed = world.credential();
  changed.set("validUntil", "2026-11-21T09:00:01Z");
  require_refused(verify(world, changed), "bad_proof");
  CHECK(world.signatures.size() == 1);
}

TEST_CASE("verify asks status and trust again for a remembered signature",
          "[vc][verify][STATUS-18]") {
  World world;
  REQUIRE(verify(world, world.credential()).outcome() == Outcome::accepted);
  world.status.set(world.revocation_list, World::kRevocationIndex, "revoked");
  require_refused(verify(world, world.credential()), "revoked");
  world.status.clear(world.revocation_list, World::kRevocationIndex);
  world.trust.distrust(world.issuer_did);
  require_refused(verify(world, world.credential()), "issuer_unknown");
  CHECK(world.signatures.size() == 1);
}

TEST_CASE("verify does not trust a remembered signature after the issuer's key was replaced",
          "[vc][verify]") {
  World world;
  REQUIRE(verify(world, world.credential()).outcome() == Outcome::accepted);
  world.resolver.add(world.issuer_did, world.stranger_key.public_key());
  require_refused(verify(world, world.credential()), "bad_proof");
}

TEST_CASE("verify refuses contexts that are not the binary's own",
          "[vc][verify][VC-02][VC-03][VC-04]") {
  World world;
  const auto with_context = [&world](Json extra) {
    return world.credential_with(
        "@context", Json::array({vc::kCredentialsV2Context, vc::kAvowContext, std::move(extra)}));
  };
  for (const Json& extra : {Json("https://attacker.example/context"),
                            Json::object({{"@vocab", "https://attacker.example/#"}}),
                            Json::object({{"name", "https://schema.org/familyName"}}),
                            Json("https://www.w3.org/2018/credentials/v1"),
                            Json("https://www.w3.org/ns/credentials/examples/v2"),
                            Json("https://avow.example/ns/v1/")}) {
    const Verdict verdict = verify(world, with_context(extra));
    require_refused(verdict, "context_not_allowed");
    CHECK(verdict.verified_document.is_null());
  }
}

TEST_CASE("verify knows the contexts that others write beside the first, and no others",
          "[vc][verify]") {
  World world;
  const auto code_of = [&world](const std::string& url, Profile profile) {
    const Json credential = world.credential_with(
        "@context", Json::array({vc::kCredentialsV2Context, vc::kAvowContext, url}));
    return vc::verify_credential(credential, world.context(), world.options(profile)).code();
  };
  for (const char* url :
       {"https://w3id.org/security/data-integrity/v1",
        "https://w3id.org/security/data-integrity/v2", "https://w3id.org/security/multikey/v1",
        "https://w3id.org/security/jwk/v1", "https://www.w3.org/ns/did/v1",
        "https://w3id.org/security/suites/ed25519-2020/v1"}) {
    CAPTURE(url);
    CHECK(code_of(url, Profile::consortium).empty());
    CHECK(code_of(url, Profile::w3c).empty());
  }
  for (const char* url :
       {"https://w3id.org/security/data-integrity/v3", "https://w3id.org/security/multikey/v2",
        "https://w3id.org/security/jwk/v2", "https://www.w3.org/ns/did/v1.1",
        "https://w3id.org/did/v1", "https://w3id.org/security/v2",
        "https://w3id.org/security/suites/ed25519-2018/v1",
        "https://w3id.org/security/suites/ed25519-2020/v1/",
        "http://w3id.org/security/data-integrity/v2"}) {
    CAPTURE(url);
    CHECK(code_of(url, Profile::consortium) == "context_not_allowed");
    CHECK(code_of(url, Profile::w3c) == "context_not_allowed");
  }
}

TEST_CASE("verify refuses proof types and suites that it does not know",
          "[vc][verify][VC-08][VC-09]") {
  World world;
  require_refused(verify(world, with_proof_member(world.credential(), "type", "Foo")),
                  "unsupported_proof_type");
  require_refused(
      verify(world, with_proof_member(world.credential(), "cryptosuite", "eddsa-rdfc-2022")),
      "unsupported_cryptosuite");
}

TEST_CASE("verify refuses a document whose context is not the proof's", "[vc][verify][VC-10]") {
  World world;
  const Json contexts = Json::array(
      {vc::kCredentialsV2Context, vc::kAvowContext, "https://w3id.org/security/multikey/v1"});
  Json appended = world.credential();
  appended.set("@context", contexts);
  require_refused(verify(world, appended), "context_mismatch");

  Json without = world.credential();
  Json proof = *without.find("proof");
  proof.erase("@context");
  without.set("proof", proof);
  require_refused(verify(world, without), "context_mismatch");

  SECTION("the w3c profile allows appending, and hands on only what was signed") {
    const Verdict verdict =
        vc::verify_credential(appended, world.context(), world.options(Profile::w3c));
    CHECK(verdict.outcome() == Outcome::accepted);
    CHECK(verdict.verified_document == world.credential());
  }
  SECTION("but not a proof whose context the document does not begin with") {
    const Json other = with_proof_member(world.credential(), "@context", contexts);
    require_refused(vc::verify_credential(other, world.context(), world.options(Profile::w3c)),
                    "context_mismatch");
  }
}

TEST_CASE("verify tells a proof for another purpose from one whose purpose was changed",
          "[vc][verify][VC-11][VC-12]") {
  World world;
  auto proof = world.proof_options();
  proof.proof_purpose = "authentication";
  require_refused(verify(world, World::sign(world.draft(), world.issuer_key, proof)),
                  "proof_purpose");
  require_refused(
      verify(world, with_proof_member(world.credential(), "proofPurpose", "capabilityDelegation")),
      "bad_proof");
}

TEST_CASE("verify refuses a credential signed by another than its issuer", "[vc][verify][VC-13]") {
  World world;
  const auto stranger = did::did_key_method_of(world.stranger_key.public_key());
  auto proof = world.proof_options();
  proof.verification_method = stranger;
  for (const Profile profile : {Profile::consortium, Profile::w3c}) {
    const Json credential = World::sign(world.draft(), world.stranger_key, proof);
    require_refused(vc::verify_credential(credential, world.context(), world.options(profile)),
                    "issuer_key_mismatch");
  }
  // Naming the issuer's key does not help who does not have it.
  require_refused(
      verify(world, World::sign(world.draft(), world.stranger_key, world.proof_options())),
      "bad_proof");
}

TEST_CASE(
    "verify asks why an issuer is not believed once the issuer has signed, and of nothing else",
    "[vc][verify]") {
  World world;
  const auto is_explained = [&](const Json& credential) {
    const Verdict verdict = verify(world, credential);
    return std::ranges::any_of(verdict.checks, [](const vc::Check& check) {
      return check.evidence.find("why") != nullptr && check.name == "issuer";
    });
  };
  CHECK_FALSE(is_explained(world.credential()));
  world.trust.distrust(world.issuer_did);
  CHECK(is_explained(world.credential()));
  CHECK_FALSE(is_explained(World::sign(world.draft(), world.stranger_key, world.proof_options())));
  Json changed = world.credential();
  changed.set("validUntil", "2026-11-21T09:00:01Z");
  CHECK_FALSE(is_explained(changed));
}

TEST_CASE("verify decides by the issuer's id, whatever name it carries", "[vc][verify][VC-14]") {
  World world;
  world.resolver.add("did:web:orgb.example", world.stranger_key.public_key());
  Json draft = world.draft();
  draft.set("issuer", Json::object({{"id", "did:web:orgb.example"}, {"name", "Org A"}}));
  auto proof = world.proof_options();
  proof.verification_method = "did:web:orgb.example#key-1";
  require_refused(verify(world, World::sign(draft, world.stranger_key, proof)), "issuer_unknown");
  draft.set("issuer", Json::object({{"id", world.issuer_did}, {"name", "Org B"}}));
  CHECK(verify(world, world.sign(draft)).outcome() == Outcome::accepted);
}

TEST_CASE("verify refuses a credential without a proof", "[vc][verify][VC-15][VC-16]") {
  World world;
  require_refused(verify(world, world.draft()), "no_proof");
  for (const Json& nothing : {Json::array(), Json(), Json::object()}) {
    Json credential = world.draft();
    credential.set("proof", nothing);
    require_refused(verify(world, credential), "no_proof");
  }
  Json credential = world.draft();
  credential.set("proof", "z");
  require_refused(verify(world, credential), "malformed_proof");
}

TEST_CASE("verify accepts a proof created up to the skew ahead", "[vc][verify][VC-19]") {
  World world;
  auto proof = world.proof_options();
  proof.created = "2026-11-21T08:31:00Z";
  CHECK(verify(world, World::sign(world.draft(), world.issuer_key, proof)).outcome() ==
        Outcome::accepted);
  proof.created = "2026-11-21T08:31:00.001Z";
  require_refused(verify(world, World::sign(world.draft(), world.issuer_key, proof)),
                  "proof_not_yet_valid");
  proof.created = "2026-11-21T09:30:00Z";
  require_refused(verify(world, World::sign(world.draft(), world.issuer_key, proof)),
                  "proof_not_yet_valid");
}

TEST_CASE("verify accepts a proof until the skew after it expires", "[vc][verify][VC-20]") {
  World world;
  auto proof = world.proof_options();
  proof.expires = "2026-11-21T08:29:00Z";
  CHECK(verify(world, World::sign(world.draft(), world.issuer_key, proof)).outcome() ==
        Outcome::accepted);
  proof.expires = "2026-11-21T08:28:59.999Z";
  require_refused(verify(world, World::sign(world.draft(), world.issuer_key, proof)),
                  "proof_expired");
}

TEST_CASE("verify moves both ends of the validity outwards by the skew, ends included",
          "[vc][verify][VC-21][VC-22]") {
  World world;
  auto proof = world.proof_options();
  proof.created = "2026-11-20T08:00:00Z";
  const Json credential = World::sign(world.draft(), world.issuer_key, proof);
  require_refused(verify_at(world, credential, "2026-11-20T08:00:00Z"), "not_yet_valid");
  require_refused(verify_at(world, credential, "2026-11-21T07:58:59.999Z"), "not_yet_valid");
  CHECK(verify_at(world, credential, "2026-11-21T07:59:00Z").outcome() == Outcome::accepted);
  CHECK(verify_at(world, credential, "2026-11-21T09:00:00Z").outcome() == Outcome::accepted);
  CHECK(verify_at(world, credential, "2026-11-21T09:01:00Z").outcome() == Outcome::accepted);
  require_refused(verify_at(world, credential, "2026-11-21T09:01:00.001Z"), "expired");
  require_refused(verify_at(world, credential, "2026-11-21T09:01:01Z"), "expired");
  require_refused(verify_at(world, credential, "2026-11-22T09:00:00Z"), "expired");
}

TEST_CASE("verify refuses dates that are none", "[vc][verify][VC-23]") {
  World world;
  const std::string long_fraction = "2026-11-21T08:00:00." + std::string(400, '0') + "Z";
  for (const std::string& date :
       {std::string("2026-13-01T00:00:00Z"), std::string("2026-01-01"),
        std::string("2026-11-21T08:00:00"), std::string("2026-06-30T23:59:60Z"),
        std::string("10000-01-01T00:00:00Z"), long_fraction}) {
    CAPTURE(date);
    require_refused(verify(world, world.credential_with("validFrom", date)), "bad_datetime");
    require_refused(verify(world, world.credential_with("validUntil", date)), "bad_datetime");
  }
  require_refused(verify(world, world.credential_with("validUntil", 5)), "bad_datetime");
}

TEST_CASE("verify refuses a proofValue in another encoding", "[vc][verify][VC-25][VC-26]") {
  World world;
  const Json credential = world.credential();
  const std::string value = *credential.find("proof")->find_string("proofValue");
  for (const std::string& wrong :
       {"u" + value.substr(1), "f" + value.substr(1), value + " ", value + "\n",
        value.substr(0, value.size() - 1) + "\xD9\xA1", value + value, std::string("z")}) {
    CAPTURE(wrong);
    require_refused(verify(world, with_proof_member(credential, "proofValue", wrong)),
                    "bad_multibase");
  }
  require_refused(verify(world, with_proof_member(credential, "proofValue", Json())),
                  "malformed_proof");
}

TEST_CASE("verify reads claims from nothing but the signed document", "[vc][verify][VC-27]") {
  World world;
  const Json credential = with_proof_member(world.credential(), "jwt", "eyJhbGciOiJub25lIn0.e30.");
  const Verdict verdict = verify(world, credential);
  require_refused(verdict, "bad_proof");
  CHECK(verdict.verified_document.is_null());
}

TEST_CASE("verify executes nothing that a credential points at", "[vc][verify][VC-31][VC-33]") {
  World world;
  Json draft = world.draft();
  draft.set("credentialSchema",
            Json::object({{"id", "http://169.254.169.254/x"}, {"type", "JsonSchema"}}));
  draft.set("termsOfUse", Json::object({{"type", "UnknownTerms"}}));
  draft.set("evidence", Json::array({Json::object({{"type", "UnknownEvidence"}})}));
  const Verdict verdict = verify(world, world.sign(draft));
  CHECK(verdict.outcome() == Outcome::accepted);
  // Nothing in this room can reach the network; the verdict says what was left open.
  CHECK(std::ranges::any_of(verdict.not_checked, [](const std::string& open) {
    return open.find("credentialSchema") != std::string::npos;
  }));
}

TEST_CASE("verify never puts raw control characters of the input into a detail",
          "[vc][verify][VC-35]") {
  World world;
  const std::string hostile = "did:web:\x1b]0;owned\x07\xc2\x9b\xe2\x80\xae.example";
  auto proof = world.proof_options();
  proof.verification_method = "did:key:x\\\x7f#a";
  const Json by_method = World::sign(world.draft(), world.issuer_key, proof);
  proof = world.proof_options();
  proof.proof_purpose = "a\xe2\x80\xae\xc2\x9b";
  const Json by_purpose = World::sign(world.draft(), world.issuer_key, proof);
  Json by_context = world.draft();
  by_context.set("@context", Json::array({vc::kCredentialsV2Context, hostile}));
  for (const Json& credential : {by_method, by_purpose, world.sign(by_context)}) {
    const Verdict verdict = verify(world, credential);
    CHECK(verdict.outcome() == Outcome::rejected);
    for (const vc::Check& check : verdict.checks) {
      CAPTURE(check.detail);
      CHECK(std::ranges::none_of(check.detail,
                                 [](unsigned char c) { return c < 0x20 || c == 0x7F; }));
      CHECK(check.detail.find("\xc2\x9b") == std::string::npos);
      CHECK(check.detail.find("\xe2\x80\xae") == std::string::npos);
    }
  }
}

TEST_CASE("verify says what became of the issuer's key", "[vc][verify]") {
  World world;
  const Json credential = world.credential();
  SECTION("an unknown DID") {
    world.resolver.refuse(world.issuer_did, did::ErrorCode::not_found);
    require_refused(verify(world, credential), "key_not_found");
  }
  SECTION("a DID that cannot be reached is undetermined") {
    world.resolver.refuse(world.issuer_did, did::ErrorCode::unavailable);
    const Verdict verdict = verify(world, credential);
    CHECK(verdict.outcome() == Outcome::undetermined);
    CHECK(verdict.code() == "unavailable");
    CHECK(verdict.verified_document.is_null());
  }
  SECTION("a deactivated DID") {
    world.resolver.refuse(world.issuer_did, did::ErrorCode::deactivated);
    require_refused(verify(world, credential), "deactivated");
  }
  SECTION("a method that the document does not have") {
    auto proof = world.proof_options();
    proof.verification_method = world.issuer_did + "#key-2";
    require_refused(verify(world, World::sign(world.draft(), world.issuer_key, proof)),
                    "key_not_found");
  }
  SECTION("a method under another relationship") {
    const Json method =
        Json::object({{"id", world.issuer_method},
                      {"type", "Multikey"},
                      {"controller", world.issuer_did},
                      {"publicKeyMultibase", world.issuer_key.public_key().to_multikey()}});
    world.resolver.add(world.issuer_did,
                       Json::object({{"id", world.issuer_did},
                                     {"verificationMethod", Json::array({method})},
                                     {"authentication", Json::array({world.issuer_method})}}));
    require_refused(verify(world, credential), "key_not_authorised");
  }
  SECTION("a method that is no DID URL") {
    for (const char* method : {"#key-1", "https://orga.example/#key-1", "did:web:orga.example",
                               "did:web:orga.example?a#b"}) {
      auto proof = world.proof_options();
      proof.verification_method = method;
      require_refused(verify(world, World::sign(world.draft(), world.issuer_key, proof)),
                      "malformed_proof");
    }
  }
}

}  // namespace verify_credential_test

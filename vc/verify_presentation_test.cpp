#include <algorithm>

#include <catch2/catch.hpp>

#include "vc/testing/world.h"

namespace verify_presentation_test {

namespace {

using namespace avow;  // NOLINT(google-build-using-namespace)
using core::Json;
using vc::Outcome;
using vc::Profile;
using vc::Verdict;
using vc::testing::World;

Verdict verify_presented(World& world, const Json& presentation,
                         Profile profile = Profile::consortium) {
  return vc::verify_presentation(presentation, world.context(), world.options(profile),
                                 world.challenges);
}

void require_rejected(const Verdict& verdict, const std::string& code) {
  CAPTURE(code, verdict.code());
  CHECK(verdict.outcome() == Outcome::rejected);
  CHECK(verdict.code() == code);
  CHECK(verdict.verified_document.is_null());
}

core::ProofOptions holder_proof(const World& world) {
  return {.verification_method = world.agent_method,
          .proof_purpose = "authentication",
          .created = "2026-11-21T08:30:00Z",
          .expires = "2026-11-21T08:31:00Z",
          .domain = world.domain,
          .challenge = world.challenge};
}

Json unsigned_presentation(const World& world) {
  Json presentation = world.presentation();
  presentation.erase("proof");
  return presentation;
}

Json signed_by_agent(const World& world, const Json& presentation) {
  return World::sign(presentation, world.agent_key, holder_proof(world));
}

}  // namespace

TEST_CASE("verify accepts a presentation of a valid credential and uses its challenge up",
          "[vc][presentation]") {
  World world;
  const Json presentation = world.presentation();
  const Verdict verdict = verify_presented(world, presentation);
  CAPTURE(verdict.code());
  CHECK(verdict.outcome() == Outcome::accepted);
  CHECK(verdict.verified_document == presentation);
  CHECK_FALSE(world.challenges.is_open(world.challenge));
  CHECK(verdict.checks.front().subject == "presentation");
  CHECK(verdict.checks.back().subject == "credential 1");
}

TEST_CASE("verify refuses a presentation that was presented before", "[vc][presentation][VP-01]") {
  World world;
  const Json presentation = world.presentation();
  REQUIRE(verify_presented(world, presentation).outcome() == Outcome::accepted);
  const Verdict again = verify_presented(world, presentation);
  require_rejected(again, "challenge_used");
  CHECK(vc::testing::leaves_open(again, "the credentials within"));
}

TEST_CASE("verify refuses a challenge that was never issued", "[vc][presentation][VP-03]") {
  World world;
  auto proof = holder_proof(world);
  proof.challenge = "c-2";
  require_rejected(
      verify_presented(world, World::sign(unsigned_presentation(world), world.agent_key, proof)),
      "challenge_unknown");
}

TEST_CASE("verify refuses a challenge past its time", "[vc][presentation][VP-04]") {
  World world;
  auto options = world.options();
  options.now = world.now + std::chrono::milliseconds(60'001);
  const Verdict verdict =
      vc::verify_presentation(world.presentation(), world.context(), options, world.challenges);
  require_rejected(verdict, "challenge_expired");
}

TEST_CASE("verify refuses a presentation whose own proof fails, though its credential is valid",
          "[vc][presentation][VP-05]") {
  World world;
  Json presentation = world.presentation();
  presentation.set("id", "urn:uuid:added-later");
  require_rejected(verify_presented(world, presentation), "bad_proof");
  CHECK(world.challenges.is_open(world.challenge));
  require_rejected(verify_presented(world, unsigned_presentation(world)), "no_proof");
  require_rejected(verify_presented(world, unsigned_presentation(world), Profile::w3c), "no_proof");
}

TEST_CASE("verify refuses a presentation if one of three credentials fails",
          "[vc][presentation][VP-06]") {
  World world;
  Json broken = world.credential();
  broken.set("name", "changed");
  const Verdict verdict = verify_presented(
      world, world.presentation_of({world.credential(), broken, world.credential()}));
  require_rejected(verdict, "bad_proof");
  const auto failed =
      std::ranges::find(verdict.checks, vc::CheckOutcome::failed, &vc::Check::outcome);
  REQUIRE(failed != verdict.checks.end());
  CHECK(failed->subject == "credential 2");
  CHECK(verdict.checks.back().subject == "credential 3");
}

TEST_CASE("verify refuses a presentation with a revoked credential", "[vc][presentation]") {
  World world;
  world.status.set(world.revocation_list, World::kRevocationIndex, "revoked");
  const Verdict verdict = verify_presented(world, world.presentation());
  CHECK(verdict.outcome() == Outcome::rejected);
  CHECK(verdict.code() == "revoked");
}

TEST_CASE("verify refuses a presentation without challenge or domain",
          "[vc][presentation][VP-07]") {
  World world;
  auto proof = holder_proof(world);
  proof.challenge.reset();
  require_rejected(
      verify_presented(world, World::sign(unsigned_presentation(world), world.agent_key, proof)),
      "challenge_required");
  proof = holder_proof(world);
  proof.domain.reset();
  require_rejected(
      verify_presented(world, World::sign(unsigned_presentation(world), world.agent_key, proof)),
      "domain_required");
  auto options = world.options();
  options.expected_domain.reset();
  require_rejected(
      vc::verify_presentation(world.presentation(), world.context(), options, world.challenges),
      "domain_required");
}

TEST_CASE("verify compares the domain byte for byte", "[vc][presentation][VP-08][VP-09]") {
  World world;
  for (const std::string& domain :
       {world.domain + ".evil.com", world.domain + ".", world.domain + ":443",
        std::string("x") + world.domain, world.domain.substr(0, world.domain.size() - 1),
        std::string("decentralized_identifier:did:web:orgc.example"),
        std::string("decentralized_identifier:did:web:ORGB.example")}) {
    CAPTURE(domain);
    auto proof = holder_proof(world);
    proof.domain = domain;
    const Json presentation = World::sign(unsigned_presentation(world), world.agent_key, proof);
    require_rejected(verify_presented(world, presentation), "domain");
    require_rejected(verify_presented(world, presentation, Profile::w3c), "domain");
    CHECK(world.challenges.is_open(world.challenge));
  }
}

TEST_CASE("verify refuses a presentation proof for another purpose", "[vc][presentation][VP-10]") {
  World world;
  auto proof = holder_proof(world);
  proof.proof_purpose = "assertionMethod";
  require_rejected(
      verify_presented(world, World::sign(unsigned_presentation(world), world.agent_key, proof)),
      "proof_purpose");
}

TEST_CASE("verify refuses a presentation by another than the subject",
          "[vc][presentation][VP-11][VC-30]") {
  World world;
  const std::string stranger_did = did::did_key_of(world.stranger_key.public_key()).text();
  const std::string stranger_method = did::did_key_method_of(world.stranger_key.public_key());
  SECTION("a thief holds the credential of an agent") {
    const Json stolen =
        vc::present({world.credential()}, {stranger_did, stranger_method, world.stranger_key},
                    {world.challenge, world.domain, world.now})
            .value();
    require_rejected(verify_presented(world, stolen), "holder_binding");
    CHECK(world.challenges.is_open(world.challenge));
  }
  SECTION("the subject has no id") {
    const Json credential =
        world.credential_with("credentialSubject", Json::object({{"alumniOf", "a school"}}));
    require_rejected(verify_presented(world, world.presentation_of({credential})),
                     "holder_binding");
  }
  SECTION("only one of two subjects is the holder") {
    const Json other = Json::object({{"id", stranger_did}});
    const Json credential =
        world.credential_with("credentialSubject", Json::array({world.subject(), other}));
    require_rejected(verify_presented(world, world.presentation_of({credential})),
                     "holder_binding");
  }
  SECTION("only one of two credentials is the holder's") {
    const Json other =
        world.credential_with("credentialSubject", Json::object({{"id", stranger_did}}));
    require_rejected(verify_presented(world, world.presentation_of({world.credential(), other})),
                     "holder_binding");
  }
  SECTION("nobody is named as holder") {
    Json presentation = unsigned_presentation(world);
    presentation.erase("holder");
    require_rejected(verify_presented(world, signed_by_agent(world, presentation)),
                     "holder_binding");
  }
}

TEST_CASE("verify refuses a presentation that the issuer signed for its holder",
          "[vc][presentation][VP-12]") {
  World world;
  auto proof = holder_proof(world);
  proof.verification_method = world.issuer_method;
  const Json presentation = World::sign(unsigned_presentation(world), world.issuer_key, proof);
  require_rejected(verify_presented(world, presentation), "holder_binding");
  require_rejected(verify_presented(world, presentation, Profile::w3c), "holder_binding");
}

TEST_CASE("verify refuses an empty presentation as consortium", "[vc][presentation][VP-13]") {
  World world;
  const Json empty = world.presentation_of({});
  require_rejected(verify_presented(world, empty), "missing_credential");
  Json without = unsigned_presentation(world);
  without.erase("verifiableCredential");
  require_rejected(verify_presented(world, signed_by_agent(world, without)), "missing_credential");
  CHECK(verify_presented(world, empty, Profile::w3c).outcome() == Outcome::accepted);
}

TEST_CASE("verify accepts 16 credentials and refuses 17 before looking at one",
          "[vc][presentation][VP-14]") {
  World world;
  CHECK(verify_presented(world, world.presentation_of(std::vector<Json>(16, world.credential())))
            .outcome() == Outcome::accepted);
  Json presentation = unsigned_presentation(world);
  for (const std::size_t count : {17U, 500U}) {
    presentation.set("verifiableCredential",
                     Json::array(std::vector<Json>(count, world.credential())));
    const Verdict verdict = verify_presented(world, signed_by_agent(world, presentation));
    require_rejected(verdict, "too_many_credentials");
    CHECK(verdict.checks.size() == 1);
  }
}

TEST_CASE("verify refuses a presentation inside a presentation", "[vc][presentation][VP-15]") {
  World world;
  Json outer = unsigned_presentation(world);
  outer.set("verifiableCredential", Json::array({world.presentation()}));
  require_rejected(verify_presented(world, signed_by_agent(world, outer)), "nested_presentation");
  Json disguised = world.credential();
  disguised.set("verifiableCredential", Json::array({world.credential()}));
  outer.set("verifiableCredential", disguised);
  require_rejected(verify_presented(world, signed_by_agent(world, outer)), "nested_presentation");
}

TEST_CASE("verify refuses enveloped credentials", "[vc][presentation][VP-16]") {
  World world;
  const Json enveloped = Json::object({{"@context", Json::array({vc::kCredentialsV2Context})},
                                       {"type", "EnvelopedVerifiableCredential"},
                                       {"id", "data:application/vc+jwt,eyJhbGciOiJub25lIn0.e30."}});
  Json presentation = unsigned_presentation(world);
  presentation.set("verifiableCredential", Json::array({enveloped}));
  require_rejected(verify_presented(world, signed_by_agent(world, presentation)), "media_type");
  require_rejected(vc::verify_credential(enveloped, world.context(), world.options()),
                   "media_type");
}

TEST_CASE("verify compares the challenge as w3c, and leaves the book alone", "[vc][presentation]") {
  World world;
  auto options = world.options(Profile::w3c);
  options.expected_challenge = world.challenge;
  const Json presentation = world.presentation();
  const auto verdict_of = [&] {
    return vc::verify_presentation(presentation, world.context(), options, world.challenges);
  };
  CHECK(verdict_of().outcome() == Outcome::accepted);
  CHECK(verdict_of().outcome() == Outcome::accepted);
  CHECK(world.challenges.is_open(world.challenge));
  options.expected_challenge = "c-2";
  require_rejected(verdict_of(), "challenge");
}

TEST_CASE("verify accepts a presentation proof until the skew after it expires",
          "[vc][presentation]") {
  World world;
  auto options = world.options();
  const Json presentation = world.presentation();  // expires 08:31:00
  world.challenges.issue(world.challenge, world.now + std::chrono::hours(1));
  options.now = core::parse_rfc3339("2026-11-21T08:32:00.001Z").value();
  require_rejected(
      vc::verify_presentation(presentation, world.context(), options, world.challenges),
      "proof_expired");
  options.now = core::parse_rfc3339("2026-11-21T08:32:00Z").value();
  CHECK(
      vc::verify_presentation(presentation, world.context(), options, world.challenges).outcome() ==
      Outcome::accepted);
}

TEST_CASE("present refuses lifetimes over 60 seconds", "[vc][presentation]") {
  World world;
  const vc::Holder holder{world.agent_did, world.agent_method, world.agent_key};
  const auto present_for = [&](core::Milliseconds lifetime) {
    return vc::present({world.credential()}, holder,
                       {world.challenge, world.domain, world.now, lifetime});
  };
  CHECK(present_for(std::chrono::seconds(60)));
  for (const auto lifetime :
       {core::Milliseconds(60'001), core::Milliseconds(0), core::Milliseconds(-1)}) {
    const auto refused = present_for(lifetime);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == vc::ErrorCode::lifetime_too_long);
  }
}

}  // namespace verify_presentation_test

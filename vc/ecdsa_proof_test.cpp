#include <catch2/catch.hpp>

#include "core/testing/ecdsa_signer.h"
#include "vc/testing/verdicts.h"

namespace ecdsa_proof_test {

namespace {

using namespace avow;  // NOLINT(google-build-using-namespace)
using core::EcdsaCurve;
using core::testing::EcdsaSigner;
using vc::Outcome;
using vc::Verdict;
using vc::testing::Json;
using vc::testing::require_refused;
using vc::testing::World;

core::Bytes signature_of(const Json& secured) {
  return core::from_multibase(core::Multibase::base58btc,
                              *secured.find("proof")->find_string("proofValue"))
      .value();
}

Json with_signature(const Json& secured, core::ByteView signature) {
  return vc::testing::with_proof_member(secured, "proofValue",
                                        to_multibase(core::Multibase::base58btc, signature));
}

/// One more trusted issuer, which is its own agent, with a key on a NIST curve.
struct EcdsaWorld : World {
  explicit EcdsaWorld(EcdsaCurve of)
      : curve(of), signer(of, core::Bytes(of == EcdsaCurve::p256 ? 32 : 48, 7)) {
    trust.trust(did);
  }

  /// The capability credential, by this issuer about itself.
  Json credential() const {
    Json draft = World::draft();
    Json subject = World::subject();
    draft.set("issuer", did);
    draft.set("credentialSubject", subject.set("id", did));
    return signer.secure(
        draft, Json::object({{"verificationMethod", method}, {"proofPurpose", "assertionMethod"}}));
  }
  Json presentation(const std::string& asked) const {
    const Json unsigned_one =
        Json::object({{"@context", Json::array({vc::kCredentialsV2Context, vc::kAvowContext})},
                      {"type", Json::array({"VerifiablePresentation"})},
                      {"holder", did},
                      {"verifiableCredential", Json::array({credential()})}});
    return signer.secure(unsigned_one, Json::object({{"verificationMethod", method},
                                                     {"proofPurpose", "authentication"},
                                                     {"domain", domain},
                                                     {"challenge", asked}}));
  }
  Json twin_of(const Json& secured) const {
    return with_signature(secured, core::testing::twin_of(curve, signature_of(secured)));
  }
  Verdict present(const Json& presentation) {
    return vc::verify_presentation(presentation, context(), options(), challenges);
  }

  EcdsaCurve curve;
  EcdsaSigner signer;
  const std::string did = did::did_key_of(signer.public_key()).text();
  const std::string method = did::did_key_method_of(signer.public_key());
};

EcdsaCurve each_curve() {
  return GENERATE(EcdsaCurve::p256, EcdsaCurve::p384);
}

}  // namespace

TEST_CASE("verify refuses an ECDSA signature in DER by its size", "[vc][ecdsa_proof][KEY-10]") {
  EcdsaWorld world(each_curve());
  const Json credential = world.credential();
  const core::Bytes raw = signature_of(credential);
  const Json in_der = with_signature(credential, core::testing::der_of(raw));
  for (int i = 0; i < 2; ++i) {  // also when the raw form is remembered
    const Verdict verdict = verify(world, in_der);
    require_refused(verdict, "bad_multibase");
    CHECK(verdict.verified_document.is_null());
    CHECK(verify(world, credential).outcome() == Outcome::accepted);
  }
  // One byte off, and DER of which each number is so small that it has the size of a raw one.
  require_refused(
      verify(world, with_signature(credential, core::ByteView(raw).first(raw.size() - 1))),
      "bad_multibase");
  core::Bytes longer = raw;
  longer.push_back(0);
  require_refused(verify(world, with_signature(credential, longer)), "bad_multibase");
  core::Bytes small(raw.size(), 0);
  std::fill(small.begin() + 3, small.begin() + raw.size() / 2, 0x01);
  std::fill(small.begin() + raw.size() / 2 + 3, small.end(), 0x01);
  const core::Bytes small_in_der = core::testing::der_of(small);
  REQUIRE(small_in_der.size() == raw.size());
  require_refused(verify(world, with_signature(credential, small_in_der)), "bad_proof");
}

TEST_CASE("a presentation is used up with its challenge, whichever twin of its signature came",
          "[vc][ecdsa_proof][KEY-14]") {
  EcdsaWorld world(each_curve());
  const Json presentation = world.presentation(world.challenge);
  const Json twin = world.twin_of(presentation);
  REQUIRE_FALSE(twin == presentation);
  const bool is_twin_first = GENERATE(false, true);
  const Json& first = is_twin_first ? twin : presentation;
  const Json& second = is_twin_first ? presentation : twin;
  CHECK(world.present(first).outcome() == Outcome::accepted);
  require_refused(world.present(second), "challenge_used");
  require_refused(world.present(first), "challenge_used");
  // The neighbour: another challenge, another presentation.
  world.challenges.issue("c-2", world.now + std::chrono::seconds(60));
  CHECK(world.present(world.presentation("c-2")).outcome() == Outcome::accepted);
}

TEST_CASE("a credential within is the same one under either twin of its signature",
          "[vc][ecdsa_proof][KEY-14]") {
  EcdsaWorld world(each_curve());
  const Json credential = world.credential();
  world.status.set(world.revocation_list, World::kRevocationIndex, "revoked");
  require_refused(verify(world, credential), "revoked");
  require_refused(verify(world, world.twin_of(credential)), "revoked");
  world.status.clear(world.revocation_list, World::kRevocationIndex);
  CHECK(verify(world, credential).outcome() == Outcome::accepted);
  CHECK(verify(world, world.twin_of(credential)).outcome() == Outcome::accepted);
}

TEST_CASE("what is remembered of a signature does not stand for its twin",
          "[vc][ecdsa_proof][signature_cache][KEY-14]") {
  EcdsaWorld world(each_curve());
  const Json credential = world.credential();
  const Json twin = world.twin_of(credential);
  REQUIRE(verify(world, credential).outcome() == Outcome::accepted);
  REQUIRE(world.signatures.size() == 1);
  CHECK(verify(world, twin).outcome() == Outcome::accepted);
  CHECK(world.signatures.size() == 2);  // verified by itself

  // With both remembered, what is neither is judged as with nothing remembered.
  core::Bytes spoilt = signature_of(twin);
  spoilt.back() ^= 1;
  Json other_claims = twin;
  other_claims.set("name", "changed");
  for (const Json& bad : {with_signature(credential, spoilt), other_claims}) {
    require_refused(verify(world, bad), "bad_proof");
    EcdsaWorld cold(world.curve);
    require_refused(verify(cold, bad), "bad_proof");
  }
  CHECK(world.signatures.size() == 2);
}

}  // namespace ecdsa_proof_test

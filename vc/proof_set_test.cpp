#include <algorithm>

#include <catch2/catch.hpp>

#include "core/testing/ecdsa_signer.h"
#include "core/testing/vectors.h"
#include "vc/testing/world.h"

namespace proof_set_test {

namespace {

using namespace avow;  // NOLINT(google-build-using-namespace)
using core::Json;
using vc::Outcome;
using vc::Profile;
using vc::Verdict;
using vc::testing::World;

/// The proof alone that this key makes of the document.
Json proof_of(const Json& document, const core::Ed25519SigningKey& key, const std::string& method,
              const std::string& purpose = "assertionMethod") {
  return core::create_proof(
      document,
      {.verification_method = method, .proof_purpose = purpose, .created = "2026-11-21T08:00:00Z"},
      key);
}

Json with_id(Json proof, const char* id) {
  return proof.set("id", id);
}

/// The draft with the issuer's proof and one of somebody else.
struct SetWorld : World {
  const Json document = draft();
  const std::string witness_did = did::did_key_of(stranger_key.public_key()).text();
  const std::string witness_method = did::did_key_method_of(stranger_key.public_key());
  const Json issuer_proof = proof_of(document, issuer_key, issuer_method);
  const Json witness_proof = proof_of(document, stranger_key, witness_method);

  Json secured(Json::Array proofs) const {
    return core::with_proof(document, Json::array(std::move(proofs)));
  }
  Verdict verify(const Json& credential, Profile profile = Profile::consortium) {
    return vc::verify_credential(credential, context(), options(profile));
  }
  void require_refused(const Json& credential, const std::string& code) {
    const Verdict verdict = verify(credential);
    CAPTURE(code, verdict.code());
    CHECK(verdict.outcome() == Outcome::rejected);
    CHECK(verdict.code() == code);
    CHECK(verdict.verified_document.is_null());
  }
};

Json changed(Json proof, std::string_view member, Json value) {
  return proof.set(member, std::move(value));
}

std::vector<std::string> subjects_of(const Verdict& verdict, const std::string& name) {
  std::vector<std::string> subjects;
  for (const auto& check : verdict.checks) {
    if (check.name == name) subjects.push_back(check.subject);
  }
  return subjects;
}

}  // namespace

TEST_CASE("verify accepts a set of proofs and names each in its checks", "[vc][proof_set]") {
  SetWorld world;
  const Json set = world.secured({world.witness_proof, world.issuer_proof});
  for (const Profile profile : {Profile::consortium, Profile::w3c}) {
    const Verdict verdict = world.verify(set, profile);
    CAPTURE(verdict.code());
    CHECK(verdict.outcome() == Outcome::accepted);
    for (const char* name : {"proof", "key", "signature", "proof_purpose", "proof_dates"}) {
      CHECK(subjects_of(verdict, name) ==
            std::vector<std::string>{"credential, proof 1", "credential, proof 2"});
    }
    CHECK(verdict.verified_document == set);
  }
  CHECK(world.verify(world.secured({world.issuer_proof})).outcome() == Outcome::accepted);
}

TEST_CASE("verify refuses a set in which one proof is bad, wherever it stands",
          "[vc][proof_set][VC-17]") {
  SetWorld world;
  const Json bad = changed(world.witness_proof, "created", "2026-11-21T08:00:01Z");
  const Json bad_own = changed(world.issuer_proof, "created", "2026-11-21T08:00:01Z");
  for (int i = 0; i < 2; ++i) {  // also when the good one is remembered
    world.require_refused(world.secured({world.issuer_proof, bad}), "bad_proof");
    world.require_refused(world.secured({bad, world.issuer_proof}), "bad_proof");
    world.require_refused(world.secured({world.witness_proof, bad_own}), "bad_proof");
    // The same method as a good one: what is remembered of that one is not taken for this.
    world.require_refused(world.secured({world.issuer_proof, bad_own}), "bad_proof");
  }
}

TEST_CASE("verify wants the issuer's own proof in a set", "[vc][proof_set][VC-13]") {
  SetWorld world;
  world.require_refused(world.secured({world.witness_proof}), "issuer_key_mismatch");
  world.require_refused(
      world.secured(
          {world.witness_proof, proof_of(world.document, world.agent_key, world.agent_method)}),
      "issuer_key_mismatch");
  // The issuer's own, for another purpose.
  world.require_refused(
      world.secured({world.witness_proof, proof_of(world.document, world.issuer_key,
                                                   world.issuer_method, "authentication")}),
      "proof_purpose");
}

TEST_CASE("a cosigner's proof is good for the purpose that it names, and no other",
          "[vc][proof_set]") {
  SetWorld world;
  const auto set_with = [&world](const std::string& purpose) {
    return world.secured({world.issuer_proof, proof_of(world.document, world.stranger_key,
                                                       world.witness_method, purpose)});
  };
  CHECK(world.verify(set_with("authentication")).outcome() == Outcome::accepted);
  world.require_refused(set_with("keyAgreement"), "proof_purpose");
  world.require_refused(set_with("likesIt"), "proof_purpose");
}

TEST_CASE("a cosigner's proof that cannot be judged leaves the set undetermined",
          "[vc][proof_set]") {
  SetWorld world;
  world.resolver.refuse("did:web:orgc.example", did::ErrorCode::unavailable);
  const Json proof = proof_of(world.document, world.stranger_key, "did:web:orgc.example#key-1");
  const Verdict verdict = world.verify(world.secured({world.issuer_proof, proof}));
  CHECK(verdict.outcome() == Outcome::undetermined);
  CHECK(verdict.code() == "unavailable");
  CHECK(verdict.verified_document.is_null());
}

TEST_CASE("each proof of a set has its own dates", "[vc][proof_set][VC-20]") {
  SetWorld world;
  const Json old = core::create_proof(world.document,
                                      {.verification_method = world.witness_method,
                                       .proof_purpose = "assertionMethod",
                                       .expires = "2026-11-21T08:28:59Z"},
                                      world.stranger_key);
  world.require_refused(world.secured({world.issuer_proof, old}), "proof_expired");
}

TEST_CASE("verify reads at most 16 proofs, and looks at none of 17", "[vc][proof_set]") {
  SetWorld world;
  Json::Array proofs(16, world.issuer_proof);
  CHECK(world.verify(world.secured(proofs)).outcome() == Outcome::accepted);
  proofs.push_back(world.issuer_proof);
  world.require_refused(world.secured(proofs), "too_many_proofs");
  CHECK(subjects_of(world.verify(world.secured(proofs)), "signature").empty());
}

TEST_CASE("a list that is not one of proofs is refused", "[vc][proof_set][VC-16]") {
  SetWorld world;
  world.require_refused(world.secured({}), "no_proof");
  world.require_refused(world.secured({world.issuer_proof, Json::object()}), "no_proof");
  world.require_refused(world.secured({world.issuer_proof, nullptr}), "malformed_proof");
  world.require_refused(world.secured({Json::array({world.issuer_proof})}), "malformed_proof");
  world.require_refused(
      world.secured({world.issuer_proof, changed(world.witness_proof, "type", "Foo")}),
      "unsupported_proof_type");
}

TEST_CASE("the ids of the proofs of a set are URLs and differ", "[vc][proof_set]") {
  SetWorld world;
  const auto proof_with_id = [&world](Json id) {
    Json proof = world.issuer_proof;
    proof.set("id", std::move(id));
    proof.erase("proofValue");
    const auto data = core::proof_hash_data(world.document, proof, world.issuer_key.public_key());
    proof.set("proofValue",
              core::to_multibase(core::Multibase::base58btc, world.issuer_key.sign(data)));
    return proof;
  };
  CHECK(world.verify(world.secured({proof_with_id("urn:a"), proof_with_id("urn:b")})).outcome() ==
        Outcome::accepted);
  world.require_refused(world.secured({proof_with_id("urn:a"), proof_with_id("urn:a")}),
                        "malformed_proof");
  world.require_refused(world.secured({proof_with_id("urn:a"), proof_with_id("b")}),
                        "malformed_proof");
  world.require_refused(world.secured({proof_with_id(7)}), "malformed_proof");
}

TEST_CASE("verify refuses chains: broken ones as such, whole ones as not supported",
          "[vc][proof_set][VC-18]") {
  SetWorld world;
  const auto set = [&world](Json first_previous, Json second_previous) {
    Json first = with_id(world.issuer_proof, "urn:a");
    Json second = with_id(world.witness_proof, "urn:b");
    if (!first_previous.is_null()) first.set("previousProof", std::move(first_previous));
    if (!second_previous.is_null()) second.set("previousProof", std::move(second_previous));
    return world.secured({std::move(first), std::move(second)});
  };
  world.require_refused(set(nullptr, "urn:a"), "proof_chains_unsupported");
  world.require_refused(set(Json::array({"urn:b"}), nullptr), "proof_chains_unsupported");
  world.require_refused(set(nullptr, "urn:c"), "bad_proof_chain");
  world.require_refused(set(nullptr, Json::array({"urn:a", "urn:c"})), "bad_proof_chain");
  world.require_refused(set("urn:a", nullptr), "bad_proof_chain");  // itself
  world.require_refused(set("urn:b", "urn:a"), "bad_proof_chain");  // a circle
  world.require_refused(set(nullptr, 7), "malformed_proof");
  world.require_refused(set(nullptr, Json::array()), "malformed_proof");
  world.require_refused(set(nullptr, Json::array({7})), "malformed_proof");
  // Without a set, too.
  const Json single = changed(world.issuer_proof, "previousProof", "urn:uuid:missing");
  world.require_refused(core::with_proof(world.document, single), "bad_proof_chain");
}

TEST_CASE("the consortium wants the whole context signed by every proof of a set",
          "[vc][proof_set][VC-10]") {
  SetWorld world;
  Json shorter = world.document;
  shorter.set("@context", Json::array({vc::kCredentialsV2Context}));
  const Json partial = proof_of(shorter, world.stranger_key, world.witness_method);
  const Json set = world.secured({world.issuer_proof, partial});
  world.require_refused(set, "context_mismatch");
  // The other profile follows the suite, and believes the issuer's context, not the cosigner's.
  const Verdict verdict = world.verify(set, Profile::w3c);
  CHECK(verdict.outcome() == Outcome::accepted);
  CHECK(*verdict.verified_document.find("@context") == *world.document.find("@context"));
}

TEST_CASE("a set may mix suites", "[vc][proof_set]") {
  SetWorld world;
  const core::testing::EcdsaSigner signer(core::EcdsaCurve::p384, core::Bytes(48, 11));
  const std::string did = did::did_key_of(signer.public_key()).text();
  const Json secured = signer.secure(
      world.document,
      Json::object({{"verificationMethod", did::did_key_method_of(signer.public_key())},
                    {"proofPurpose", "assertionMethod"}}));
  const Json& proof = *secured.find("proof");
  CHECK(world.verify(world.secured({world.issuer_proof, proof})).outcome() == Outcome::accepted);
  world.require_refused(
      world.secured({world.issuer_proof, changed(proof, "cryptosuite", "eddsa-jcs-2022")}),
      "alg_key_mismatch");
}

namespace {

/// The world's presentation with one more proof, by the stranger, whose domain and challenge are as given.
Json cosigned_presentation(const World& world, const std::string& domain,
                           const std::string& challenge) {
  Json presentation = world.presentation();
  const Json own = *presentation.find("proof");
  presentation.erase("proof");
  const Json other = core::create_proof(
      presentation,
      {.verification_method = did::did_key_method_of(world.stranger_key.public_key()),
       .proof_purpose = "authentication",
       .domain = domain,
       .challenge = challenge},
      world.stranger_key);
  return core::with_proof(presentation, Json::array({other, own}));
}

}  // namespace

TEST_CASE("a presentation may have a set of proofs, each for this verifier and one challenge",
          "[vc][proof_set][presentation][VP-07][VP-08]") {
  World world;
  const auto verify = [&world](const Json& presentation) {
    return vc::verify_presentation(presentation, world.context(), world.options(),
                                   world.challenges);
  };
  CHECK(verify(cosigned_presentation(world, "elsewhere", world.challenge)).code() == "domain");
  CHECK(verify(cosigned_presentation(world, world.domain, "c-2")).code() == "challenge");
  CHECK(world.challenges.is_open(world.challenge));
  CHECK(verify(cosigned_presentation(world, world.domain, world.challenge)).outcome() ==
        Outcome::accepted);
  CHECK_FALSE(world.challenges.is_open(world.challenge));
}

TEST_CASE("a presentation whose set lacks the holder's proof is refused",
          "[vc][proof_set][presentation][VP-12]") {
  World world;
  Json presentation = cosigned_presentation(world, world.domain, world.challenge);
  presentation.set("proof", Json::array({presentation.find("proof")->as_array()->front()}));
  const Verdict verdict =
      vc::verify_presentation(presentation, world.context(), world.options(), world.challenges);
  CHECK(verdict.code() == "holder_binding");
}

}  // namespace proof_set_test

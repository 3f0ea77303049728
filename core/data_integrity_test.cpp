#include "core/data_integrity.h"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include "core/canonical_json.h"
#include "core/multibase.h"
#include "core/sha256.h"
#include "core/testing/ecdsa_signer.h"
#include "core/testing/vectors.h"

namespace avow::core::data_integrity_test {
namespace {

using testing::from_hex;

Ed25519SigningKey signing_key(std::uint8_t filler = 7) {
  return std::move(Ed25519SigningKey::from_seed(Bytes(32, filler)).value());
}

Json parsed(std::string_view text) {
  return parse_json(text).value();
}

Json sample_document() {
  return parsed(R"({"@context":["https://one.example","https://two.example"],"id":"urn:x:1",
                    "credentialSubject":{"name":"Ann","age":42}})");
}

ProofOptions sample_options() {
  ProofOptions options;
  options.verification_method = "did:example:a#key-1";
  options.proof_purpose = "assertionMethod";
  options.created = "2026-11-21T08:00:00Z";
  return options;
}

// Verifies as a receiver does: the proof is the document's own member.
Result<Proof, Error> verify_secured(const Json& secured, const PublicKey& key) {
  return verify_proof(secured, *secured.find("proof"), key);
}

void check_refused(const Result<Proof, Error>& result, ErrorCode code) {
  REQUIRE_FALSE(result);
  CAPTURE(result.error().detail);
  CHECK(code_name(result.error().code) == code_name(code));
}

Json changed(Json object, std::string_view name, Json value) {
  object.set(name, std::move(value));
  return object;
}

Json without(Json object, std::string_view name) {
  object.erase(name);
  return object;
}

TEST_CASE("proofs agree with the W3C vectors of eddsa-jcs-2022", "[core][data_integrity]") {
  const auto vectors = testing::vectors_folder();
  if (!vectors) {
    WARN("skipped: AVOW_VECTORS does not name the folder of the official vectors");
    return;
  }
  const auto suite = *vectors / "vc-di-eddsa";
  const auto read = [&](const char* name) {
    return testing::read_file(suite / "eddsa-jcs-2022" / name);
  };
  const Json secured = parsed(read("signedJCS.json"));
  const Json& proof = *secured.find("proof");
  CHECK(to_canonical_without(secured, "proof") == read("canonDocJCS.txt"));
  CHECK(to_canonical_without(proof, "proofValue") == read("proofCanonJCS.txt"));
  CHECK(to_hex(sha256(read("canonDocJCS.txt"))) == read("docHashJCS.txt"));
  CHECK(to_hex(sha256(read("proofCanonJCS.txt"))) == read("proofHashJCS.txt"));

  const Json pair = parsed(testing::read_file(suite / "keyPair.json"));
  const auto secret =
      from_multibase(Multibase::base58btc, *pair.find_string("privateKeyMultibase"));
  REQUIRE(secret);
  const auto key = Ed25519SigningKey::from_seed(ByteView(*secret).subspan(2));  // after 80 26
  REQUIRE(key);
  CHECK(key->public_key().to_multikey() == *pair.find_string("publicKeyMultibase"));
  CHECK(to_hex(proof_hash_data(secured, proof, key->public_key())) == read("combinedHashJCS.txt"));
  CHECK(to_hex(key->sign(from_hex(read("combinedHashJCS.txt")))) == read("sigHexJCS.txt"));

  ProofOptions options;
  options.verification_method = *proof.find_string("verificationMethod");
  options.proof_purpose = *proof.find_string("proofPurpose");
  options.created = *proof.find_string("created");
  const Json ours = create_proof(without(secured, "proof"), options, *key);
  CHECK(*ours.find_string("proofValue") == read("sigBTC58JCS.txt"));
  CHECK(ours == proof);
  CHECK(verify_secured(secured, key->public_key()));
}

TEST_CASE("proofs agree with the W3C vectors of ecdsa-jcs-2019", "[core][data_integrity]") {
  const auto vectors = testing::vectors_folder();
  if (!vectors) {
    WARN("skipped: AVOW_VECTORS does not name the folder of the official vectors");
    return;
  }
  struct Suite {
    const char* folder;
    const char* suffix;
    const char* keys;
  };
  for (const Suite& suite : {Suite{"ecdsa-jcs-2019-p256", "JCSECDSAP256", "p256KeyPair.json"},
                             Suite{"ecdsa-jcs-2019-p384", "JCSECDSAP384", "p384KeyPair.json"}}) {
    CAPTURE(suite.folder);
    const auto folder = *vectors / "vc-di-ecdsa";
    const auto read = [&](const std::string& name, const char* extension) {
      return testing::read_file(folder / suite.folder / (name + suite.suffix + extension));
    };
    const Json pair = parsed(testing::read_file(folder / suite.keys));
    const auto key = PublicKey::from_multikey(*pair.find_string("publicKeyMultibase"));
    REQUIRE(key);
    const Json secured = parsed(read("signed", ".json"));
    const Json& proof = *secured.find("proof");
    CHECK(to_hex(proof_hash_data(secured, proof, *key)) == read("combinedHash", ".txt"));
    CHECK(key->verify(from_hex(read("combinedHash", ".txt")), from_hex(read("sigHex", ".txt"))));
    CHECK(*proof.find_string("proofValue") == read("sigBTC58", ".txt"));
    CHECK(verify_secured(secured, *key));
    check_refused(verify_secured(changed(secured, "name", "Alumni credential"), *key),
                  ErrorCode::bad_proof);
  }
}

TEST_CASE("a suite goes with its own kind of key only [VC-09] [KEY-12]", "[core][data_integrity]") {
  const auto ed25519 = signing_key();
  const testing::EcdsaSigner p256(EcdsaCurve::p256, Bytes(32, 3));
  const testing::EcdsaSigner p384(EcdsaCurve::p384, Bytes(48, 3));
  const Json members = Json::object(
      {{"verificationMethod", "did:example:a#k"}, {"proofPurpose", "assertionMethod"}});
  const Json by_p256 = p256.secure(sample_document(), members);
  const Json by_p384 = p384.secure(sample_document(), members);
  const Json by_ed25519 =
      with_proof(sample_document(), create_proof(sample_document(), sample_options(), ed25519));
  CHECK(verify_secured(by_p256, p256.public_key())->cryptosuite == "ecdsa-jcs-2019");
  CHECK(verify_secured(by_p384, p384.public_key()));
  CHECK(verify_secured(by_ed25519, ed25519.public_key()));
  check_refused(verify_secured(by_p256, ed25519.public_key()), ErrorCode::alg_key_mismatch);
  check_refused(verify_secured(by_ed25519, p256.public_key()), ErrorCode::alg_key_mismatch);
  // The suite is the same, the signature's size is not.
  check_refused(verify_secured(by_p256, p384.public_key()), ErrorCode::bad_multibase);
  check_refused(verify_secured(by_p384, p256.public_key()), ErrorCode::bad_multibase);
  const testing::EcdsaSigner other(EcdsaCurve::p256, Bytes(32, 4));
  check_refused(verify_secured(by_p256, other.public_key()), ErrorCode::bad_proof);
}

TEST_CASE("an ECDSA proofValue is `z` and exactly R and S [KEY-13] [VC-25] [VC-26]",
          "[core][data_integrity]") {
  const testing::EcdsaSigner signer(EcdsaCurve::p384, Bytes(48, 3));
  const Json secured =
      signer.secure(sample_document(), Json::object({{"verificationMethod", "did:example:a#k"},
                                                     {"proofPurpose", "assertionMethod"}}));
  const Json& proof = *secured.find("proof");
  const std::string good = *proof.find_string("proofValue");
  const auto value =
      GENERATE_COPY(as<std::string>{}, "", "z", "u" + good.substr(1), "z1" + good.substr(1),
                    good + " ", to_multibase(Multibase::base58btc, Bytes(95, 1)),
                    to_multibase(Multibase::base58btc, Bytes(97, 1)),
                    to_multibase(Multibase::base58btc, Bytes(64, 1)), std::string(4096, 'z'));
  CAPTURE(value);
  check_refused(verify_proof(secured, changed(proof, "proofValue", value), signer.public_key()),
                ErrorCode::bad_multibase);
}

TEST_CASE("a proof says what its options said", "[core][data_integrity]") {
  const auto key = signing_key();
  auto options = sample_options();
  options.expires = "2026-11-21T09:00:00.5+01:00";
  options.domain = "verifier.example";
  options.challenge = "c-1";
  const Json document = sample_document();
  const Json secured = with_proof(document, create_proof(document, options, key));
  const auto proof = verify_secured(secured, key.public_key());
  REQUIRE(proof);
  CHECK(proof->type == "DataIntegrityProof");
  CHECK(proof->cryptosuite == "eddsa-jcs-2022");
  CHECK(proof->verification_method == options.verification_method);
  CHECK(proof->proof_purpose == "assertionMethod");
  CHECK(format_milliseconds(proof->created.value()) == "2026-11-21T08:00:00.000Z");
  CHECK(format_milliseconds(proof->expires.value()) == "2026-11-21T08:00:00.500Z");
  CHECK(proof->domain == "verifier.example");
  CHECK(proof->challenge == "c-1");
  CHECK(*secured.find("proof")->find("@context") == *document.find("@context"));
}

TEST_CASE("a proof without options carries none, and no @context if the document has none",
          "[core][data_integrity]") {
  const auto key = signing_key();
  auto options = sample_options();
  options.created.reset();
  const Json document = Json::object({{"a", 1}});
  const Json proof = create_proof(document, options, key);
  CHECK(proof.as_object()->size() == 5);
  CHECK(verify_proof(document, proof, key.public_key()));
}

TEST_CASE("creating a proof leaves an older proof out of what is signed",
          "[core][data_integrity]") {
  const auto key = signing_key();
  const Json document = sample_document();
  const Json older = changed(document, "proof", "anything");
  CHECK(create_proof(older, sample_options(), key) ==
        create_proof(document, sample_options(), key));
}

TEST_CASE("a proof verifies with no other key", "[core][data_integrity]") {
  const Json document = sample_document();
  const Json secured =
      with_proof(document, create_proof(document, sample_options(), signing_key()));
  CHECK(verify_secured(secured, signing_key().public_key()));
  check_refused(verify_secured(secured, signing_key(8).public_key()), ErrorCode::bad_proof);
}

TEST_CASE("a document that changed after signing is refused", "[core][data_integrity]") {
  const auto key = signing_key();
  const Json document = sample_document();
  const Json secured = with_proof(document, create_proof(document, sample_options(), key));
  check_refused(verify_secured(changed(secured, "id", "urn:x:2"), key.public_key()),
                ErrorCode::bad_proof);
  check_refused(verify_secured(changed(secured, "extra", nullptr), key.public_key()),
                ErrorCode::bad_proof);
  check_refused(verify_secured(without(secured, "id"), key.public_key()), ErrorCode::bad_proof);
}

TEST_CASE("a proof whose members changed after signing is refused", "[core][data_integrity]") {
  const auto key = signing_key();
  const Json document = sample_document();
  const Json proof = create_proof(document, sample_options(), key);
  const auto check_bad = [&](const Json& other) {
    check_refused(verify_proof(document, other, key.public_key()), ErrorCode::bad_proof);
  };
  check_bad(changed(proof, "proofPurpose", "authentication"));
  check_bad(changed(proof, "verificationMethod", "did:example:b#key-1"));
  check_bad(changed(proof, "created", "2026-11-21T08:00:01Z"));
  check_bad(changed(proof, "created", "2026-11-21T08:00:00.0Z"));  // same instant, other text
  check_bad(changed(proof, "expires", "2026-11-22T08:00:00Z"));
  check_bad(changed(proof, "domain", "verifier.example"));
  check_bad(changed(proof, "nonce", "n"));
  check_bad(without(proof, "created"));
  check_bad(without(proof, "@context"));
}

TEST_CASE("the proof's @context must begin the document's [VC-10]", "[core][data_integrity]") {
  const auto key = signing_key();
  const Json document = sample_document();
  const Json proof = create_proof(document, sample_options(), key);
  const auto with_context = [&](std::string_view context) {
    return verify_proof(changed(document, "@context", parsed(context)), proof, key.public_key());
  };
  // What the document appends is not signed; the caller compares the two.
  CHECK(with_context(R"(["https://one.example","https://two.example","https://three.example"])"));
  const auto other =
      GENERATE(as<std::string>{}, R"(["https://one.example"])", R"("https://one.example")", "[]",
               "{}", R"(["https://two.example","https://one.example"])",
               R"(["https://zero.example","https://one.example","https://two.example"])",
               R"(["https://one.example","https://two.example/"])");
  CAPTURE(other);
  check_refused(with_context(other), ErrorCode::context_mismatch);
  check_refused(verify_proof(without(document, "@context"), proof, key.public_key()),
                ErrorCode::context_mismatch);
  check_refused(verify_proof(document, changed(proof, "@context", Json::array()), key.public_key()),
                ErrorCode::context_mismatch);
}

TEST_CASE("a single @context counts as a list of one", "[core][data_integrity]") {
  const auto key = signing_key();
  const Json document = Json::object({{"@context", "https://one.example"}, {"a", 1}});
  const Json proof = create_proof(document, sample_options(), key);
  CHECK(verify_proof(document, proof, key.public_key()));
  const Json listed = changed(document, "@context", Json::array({"https://one.example"}));
  CHECK(verify_proof(listed, proof, key.public_key()));
  // The copy in the proof is signed as it is written.
  const Json rewritten = changed(proof, "@context", *listed.find("@context"));
  check_refused(verify_proof(listed, rewritten, key.public_key()), ErrorCode::bad_proof);
}

TEST_CASE("a proof without @context is verified with the document's", "[core][data_integrity]") {
  const auto key = signing_key();
  const Json document = sample_document();
  Json proof = without(create_proof(document, sample_options(), key), "@context");
  const auto signature = key.sign(proof_hash_data(document, proof, key.public_key()));
  proof.set("proofValue", to_multibase(Multibase::base58btc, signature));
  CHECK(verify_proof(document, proof, key.public_key()));
  check_refused(verify_proof(changed(document, "@context", Json::array({"https://one.example"})),
                             proof, key.public_key()),
                ErrorCode::bad_proof);
}

TEST_CASE("another proof type or cryptosuite is unsupported [VC-08] [VC-09]",
          "[core][data_integrity]") {
  const Json proof = create_proof(sample_document(), sample_options(), signing_key());
  const auto check = [&](const char* name, const char* value, ErrorCode code) {
    check_refused(read_proof(changed(proof, name, value)), code);
  };
  check("type", "Foo", ErrorCode::unsupported_proof_type);
  check("type", "dataintegrityproof", ErrorCode::unsupported_proof_type);
  check("cryptosuite", "eddsa-rdfc-2022", ErrorCode::unsupported_cryptosuite);
  check("cryptosuite", "ecdsa-rdfc-2019", ErrorCode::unsupported_cryptosuite);
  check("cryptosuite", "ecdsa-jcs-2019 ", ErrorCode::unsupported_cryptosuite);
  // Older types have no cryptosuite: their type is the fault to name.
  check_refused(read_proof(Json::object({{"type", "Ed25519Signature2020"}})),
                ErrorCode::unsupported_proof_type);
}

TEST_CASE("a proof with a member missing or of the wrong type is malformed",
          "[core][data_integrity]") {
  const Json proof = create_proof(sample_document(), sample_options(), signing_key());
  for (const char* name :
       {"type", "cryptosuite", "verificationMethod", "proofPurpose", "proofValue"}) {
    CAPTURE(name);
    check_refused(read_proof(without(proof, name)), ErrorCode::malformed_proof);
    const auto refused = read_proof(changed(proof, name, Json::array({"x"})));
    check_refused(refused, ErrorCode::malformed_proof);
    CHECK(refused.error().pointer == std::string("/") + name);
  }
  for (const char* name : {"created", "expires", "domain", "challenge"}) {
    CAPTURE(name);
    check_refused(read_proof(changed(proof, name, 1)), ErrorCode::malformed_proof);
    check_refused(read_proof(changed(proof, name, nullptr)), ErrorCode::malformed_proof);
  }
  for (const Json& other : {Json(), Json("x"), Json::array({proof}), Json::object()}) {
    check_refused(read_proof(other), ErrorCode::malformed_proof);
  }
}

TEST_CASE("a set of domains and a chain of proofs are refused by name", "[core][data_integrity]") {
  const Json proof = create_proof(sample_document(), sample_options(), signing_key());
  const auto domains = read_proof(changed(proof, "domain", Json::array({"a", "b"})));
  check_refused(domains, ErrorCode::malformed_proof);
  CHECK(domains.error().pointer == "/domain");
  const auto chain = read_proof(changed(proof, "previousProof", "urn:x:proof"));
  check_refused(chain, ErrorCode::malformed_proof);
  CHECK(chain.error().pointer == "/previousProof");
}

TEST_CASE("a date without an offset or outside the calendar is refused", "[core][data_integrity]") {
  const Json proof = create_proof(sample_document(), sample_options(), signing_key());
  const auto date = GENERATE(as<std::string>{}, "2026-11-21T08:00:00", "2026-02-29T08:00:00Z",
                             "2026-11-21", "yesterday");
  for (const char* name : {"created", "expires"}) {
    check_refused(read_proof(changed(proof, name, date)), ErrorCode::bad_datetime);
  }
}

TEST_CASE("a proofValue that is not `z` and 64 bytes is refused [VC-25] [VC-26]",
          "[core][data_integrity]") {
  const auto key = signing_key();
  const Json document = sample_document();
  const Json proof = create_proof(document, sample_options(), key);
  const std::string good = *proof.find_string("proofValue");
  const auto value = GENERATE_COPY(
      as<std::string>{}, "", "z", good.substr(1), "u" + good.substr(1), "f" + std::string(128, '0'),
      to_multibase(Multibase::base64url, Bytes(64, 1)),
      to_multibase(Multibase::base58btc, Bytes(63, 1)),
      to_multibase(Multibase::base58btc, Bytes(65, 1)), "z1" + good.substr(1), good + " ",
      good + "\n", " " + good, good + "\xd9\xa1", good + "0", std::string(4096, 'z'));
  CAPTURE(value);
  check_refused(verify_proof(document, changed(proof, "proofValue", value), key.public_key()),
                ErrorCode::bad_multibase);
}

TEST_CASE("the shortest signature text, 64 zero bytes, is read and does not verify",
          "[core][data_integrity]") {
  const auto key = signing_key();
  const Json proof = changed(create_proof(sample_document(), sample_options(), key), "proofValue",
                             "z" + std::string(64, '1'));
  check_refused(verify_proof(sample_document(), proof, key.public_key()), ErrorCode::bad_proof);
}

TEST_CASE("one flipped byte of a secured document never verifies",
          "[core][data_integrity][property]") {
  const auto key = signing_key();
  const Json document = sample_document();
  const Json secured = with_proof(document, create_proof(document, sample_options(), key));
  const std::string text = to_canonical(secured);
  REQUIRE(verify_secured(parsed(text), key.public_key()));
  CHECK(rc::check("one flipped byte", [&] {
    std::string other = text;
    const auto at = *rc::gen::inRange<std::size_t>(0, other.size());
    const auto mask = *rc::gen::inRange(1U, 256U);
    other[at] = static_cast<char>(static_cast<unsigned char>(other[at]) ^ mask);
    const auto read = parse_json(other);
    if (!read || read->find("proof") == nullptr) return;
    RC_ASSERT(!verify_secured(*read, key.public_key()).has_value());
  }));
}

}  // namespace
}  // namespace avow::core::data_integrity_test

#include "did/did_key.h"

#include <catch2/catch.hpp>

#include "core/base58btc.h"
#include "core/base64url.h"
#include "core/testing/vectors.h"

namespace did_key_test {

using namespace avow::did;
namespace core = avow::core;
using core::Json;

namespace {

constexpr const char* kMultikey = "z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp";
const std::string kDid = std::string("did:key:") + kMultikey;

Result<Resolution, Error> resolve(const std::string& did) {
  core::PublicKeyCache keys(8);
  return DidKeyResolver(keys).resolve(*Did::parse(did));
}

void check_refused(const std::string& text) {
  INFO(text.substr(0, 100));
  const auto did = Did::parse(text);
  const auto resolution = did ? resolve(text) : Result<Resolution, Error>(fail(did.error()));
  REQUIRE_FALSE(resolution);
  CHECK(resolution.error().code == ErrorCode::invalid_did);
}

void check_uses(const Resolution& resolution, const std::string& id, const Json& expected) {
  for (const auto relationship :
       {VerificationRelationship::authentication, VerificationRelationship::assertion_method,
        VerificationRelationship::capability_invocation,
        VerificationRelationship::capability_delegation}) {
    CHECK(*expected.find(name_of(relationship)) == Json::array({id}));
    CHECK(resolution.document->find(id, relationship) != nullptr);
  }
}

/// The raw key of a vector's verification method, in either of the two forms that the vectors use.
core::Bytes raw_key(const Json& method) {
  if (const auto* base58 = method.find_string("publicKeyBase58")) {
    return *core::from_base58btc(*base58);
  }
  return *core::from_base64url(*method.find("publicKeyJwk")->find_string("x"));
}

}  // namespace

TEST_CASE("did:key gives the keys and relationships of the official vectors", "[did][key]") {
  const auto folder = core::testing::vectors_folder();
  if (!folder) {
    WARN("AVOW_VECTORS is not set: the did:key vectors were not read");
    return;
  }
  const auto vectors =
      core::parse_json(core::testing::read_file(*folder / "did-key" / "ed25519-x25519.json"));
  REQUIRE(vectors);
  REQUIRE(vectors->as_object()->size() == 5);
  for (const auto& [did, vector] : *vectors->as_object()) {
    INFO(did);
    const auto resolution = resolve(did);
    REQUIRE(resolution);
    const Json& expected = *vector.find("didDocument");
    const std::string id = did + '#' + did.substr(std::string("did:key:").size());
    check_uses(*resolution, id, expected);
    const auto key = core::Ed25519PublicKey::from_multikey(
        resolution->document->verification_methods().front().public_key_multibase);
    REQUIRE(key);
    const auto bytes = key->bytes();
    CHECK(core::Bytes(bytes.begin(), bytes.end()) ==
          raw_key(expected.find("verificationMethod")->as_array()->front()));
    if (const auto* seed = vector.find_string("seed")) {
      const auto pair = core::Ed25519SigningKey::from_seed(core::testing::from_hex(*seed));
      CHECK(did_key_of(pair->public_key()).text() == did);
      CHECK(did_key_method_of(pair->public_key()) == id);
    }
  }
}

TEST_CASE("did:key gives the P-256 and P-384 keys of the official vectors", "[did][key]") {
  const auto folder = core::testing::vectors_folder();
  if (!folder) {
    WARN("AVOW_VECTORS is not set: the did:key vectors were not read");
    return;
  }
  const auto vectors =
      core::parse_json(core::testing::read_file(*folder / "did-key" / "nist-curves.json"));
  REQUIRE(vectors);
  std::size_t read = 0;
  for (const auto& [did, vector] : *vectors->as_object()) {
    INFO(did);
    const Json& expected = *vector.find("didDocument");
    const Json& method = expected.find("verificationMethod")->as_array()->front();
    const Json* jwk = method.find("publicKeyJwk");
    const auto resolution = resolve(did);
    if (jwk != nullptr && *jwk->find_string("crv") == "P-521") {  // no suite of ours goes with it
      CHECK_FALSE(resolution);
      continue;
    }
    REQUIRE(resolution);
    check_uses(*resolution, did + '#' + did.substr(std::string("did:key:").size()), expected);
    core::PublicKeyCache keys(8);
    const auto key = public_key_of(resolution->document->verification_methods().front(), keys);
    REQUIRE(key);
    if (jwk != nullptr) {
      CHECK(*key == core::PublicKey::from_jwk(*jwk).value());
    } else {
      const auto point = core::from_base58btc(*method.find_string("publicKeyBase58")).value();
      CHECK(*key ==
            core::PublicKey(
                core::EcdsaPublicKey::from_compressed(core::EcdsaCurve::p256, point).value()));
    }
    CHECK(did_key_of(*key).text() == did);
    ++read;
  }
  CHECK(read == 5);
}

TEST_CASE("did:key refuses what the official vectors have of other kinds", "[did][key]") {
  const auto folder = core::testing::vectors_folder();
  if (!folder) {
    WARN("AVOW_VECTORS is not set: the did:key vectors were not read");
    return;
  }
  for (const char* file : {"bls12381.json", "rsa.json", "secp256k1.json", "x25519.json"}) {
    const auto vectors = core::parse_json(core::testing::read_file(*folder / "did-key" / file));
    REQUIRE(vectors);
    for (const auto& [did, vector] : *vectors->as_object()) check_refused(did);
  }
}

TEST_CASE("a did:key document has one Multikey and no key agreement", "[did][key]") {
  const auto resolution = resolve(kDid);
  REQUIRE(resolution);
  const Document& document = *resolution->document;
  REQUIRE(document.verification_methods().size() == 1);
  const auto& method = document.verification_methods().front();
  CHECK(method.id == kDid + '#' + kMultikey);
  CHECK(method.type == "Multikey");
  CHECK(method.controller == kDid);
  CHECK(document.find(method.id, VerificationRelationship::key_agreement) == nullptr);
  CHECK(*document.json().find("@context") ==
        Json::array({"https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"}));
}

TEST_CASE("did:key refuses a second base58 spelling of a key [DID-01]", "[did][key]") {
  check_refused("did:key:z1" + std::string(kMultikey).substr(1));
  check_refused(kDid + '1');
}

TEST_CASE("did:key takes base58btc only [DID-02]", "[did][key]") {
  core::Bytes bytes = *core::from_base58btc(std::string(kMultikey).substr(1));
  check_refused("did:key:u" + core::to_base64url(bytes));
  check_refused("did:key:" + std::string(kMultikey).substr(1));
}

TEST_CASE("did:key refuses a text too long for a key before decoding it [DID-03]", "[did][key]") {
  check_refused("did:key:z" + std::string(10'000, '2'));
  check_refused("did:key:z" + std::string(2'000, '2'));
}

TEST_CASE("did:key refuses other key types and an overlong codec [DID-04]", "[did][key]") {
  const core::Bytes key = *core::from_base58btc(std::string(kMultikey).substr(1));
  REQUIRE(key.size() == 34);
  const auto with_prefix = [&](core::Bytes prefix, std::size_t size) {
    prefix.insert(prefix.end(), key.begin() + 2, key.begin() + 2 + static_cast<long>(size));
    return "did:key:z" + core::to_base58btc(prefix);
  };
  REQUIRE(with_prefix({0xed, 0x01}, 32) == kDid);
  check_refused(with_prefix({0xed, 0x81, 0x00}, 32));
  check_refused(with_prefix({0xec, 0x01}, 32));
  check_refused(with_prefix({0xed, 0x01}, 31));
  check_refused(with_prefix({0xed, 0x01, 0x00}, 32));
}

TEST_CASE("a did:key fragment that is another key is no method of it [DID-05]", "[did][key]") {
  const auto resolution = resolve(kDid);
  REQUIRE(resolution);
  CHECK(resolution->document->find(kDid + '#' + kMultikey) != nullptr);
  CHECK(resolution->document->find(kDid + "#z6MkjchhfUsD6mmvni8mCdXHw216Xrm9bQe2mBH1P5RDjVJG") ==
        nullptr);
}

TEST_CASE("did:key refuses a key of small order", "[did][key]") {
  core::Bytes bytes = {0xed, 0x01};
  bytes.resize(34);  // 32 zero bytes: a point of order 4
  check_refused("did:key:z" + core::to_base58btc(bytes));
}

TEST_CASE("the did:key resolver knows no other method", "[did][key]") {
  const auto other = resolve("did:web:example.com");
  REQUIRE_FALSE(other);
  CHECK(other.error().code == ErrorCode::method_not_supported);
}

TEST_CASE("a did:key has one version, at any time", "[did][key]") {
  avow::core::PublicKeyCache keys;
  const DidKeyResolver resolver(keys);
  const auto did = *Did::parse(kDid);
  const auto long_ago = *avow::core::parse_rfc3339("1970-01-01T00:00:00Z");
  const auto only = resolver.resolve(did)->version;
  CHECK(resolver.resolve(did, {.version_time = long_ago})->document->id() == did);
  CHECK(resolver.resolve(did, {.version_id = only}));
  const auto other = resolver.resolve(did, {.version_id = "2"});
  REQUIRE_FALSE(other);
  CHECK(other.error().code == ErrorCode::version_not_found);
}

}  // namespace did_key_test

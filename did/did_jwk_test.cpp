#include "did/did_jwk.h"

#include <catch2/catch.hpp>

#include "core/base64url.h"
#include "core/canonical_json.h"
#include "core/testing/ecdsa_signer.h"
#include "core/testing/vectors.h"

namespace did_jwk_test {

using namespace avow::did;
namespace core = avow::core;
using core::Json;

namespace {

// The P-256 example of the did:jwk Method Specification, "Examples".
constexpr const char* kExample =
    "did:jwk:eyJjcnYiOiJQLTI1NiIsImt0eSI6IkVDIiwieCI6ImFjYklRaXVNczNpOF91c3pFakoydHBUdFJNNEVVM3l6OT"
    "FQSDZDZEgyVjAiLCJ5IjoiX0tjeUxqOXZXTXB0bm1LdG00NkdxRHo4d2Y3NEk1TEtncmwyR3pIM25TRSJ9";
constexpr const char* kExampleX = "acbIQiuMs3i8_uszEjJ2tpTtRM4EU3yz91PH6CdH2V0";
constexpr const char* kExampleY = "_KcyLj9vWMptnmKtm46GqDz8wf74I5LKgrl2GzH3nSE";
// RFC 8037 A.2 and A.1
constexpr const char* kOkp =
    R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})";
constexpr const char* kSecret = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A";

std::string did_of(const std::string& text) {
  return "did:jwk:" + core::to_base64url(core::as_bytes(text));
}

Result<Resolution, Error> resolve(const std::string& text) {
  const auto did = Did::parse(text);
  if (!did) return fail(did.error());
  core::PublicKeyCache keys(8);
  return DidJwkResolver(keys).resolve(*did);
}

void check_refused(const std::string& text) {
  INFO(text.substr(0, 200));
  const auto resolution = resolve(text);
  REQUIRE_FALSE(resolution);
  CHECK(resolution.error().code == ErrorCode::invalid_did);
  CHECK(resolution.error().detail.find(kSecret) == std::string::npos);
}

core::PublicKey key_of(const Resolution& resolution) {
  core::PublicKeyCache keys(8);
  const auto& method = resolution.document->verification_methods().front();
  return public_key_of(method, keys).value();
}

}  // namespace

TEST_CASE("did:jwk gives the document of its specification's example", "[did][jwk]") {
  const auto resolution = resolve(kExample);
  REQUIRE(resolution);
  const std::string id = std::string(kExample) + "#0";
  const Json jwk =
      Json::object({{"kty", "EC"}, {"crv", "P-256"}, {"x", kExampleX}, {"y", kExampleY}});
  CHECK(core::to_canonical(resolution->document->json()) ==
        core::to_canonical(Json::object(
            {{"@context", Json::array({"https://www.w3.org/ns/did/v1",
                                       "https://w3id.org/security/suites/jws-2020/v1"})},
             {"id", kExample},
             {"verificationMethod", Json::array({Json::object({{"id", id},
                                                               {"type", "JsonWebKey2020"},
                                                               {"controller", kExample},
                                                               {"publicKeyJwk", jwk}})})},
             {"assertionMethod", Json::array({id})},
             {"authentication", Json::array({id})},
             {"capabilityInvocation", Json::array({id})},
             {"capabilityDelegation", Json::array({id})},
             {"keyAgreement", Json::array({id})}})));
  CHECK(key_of(*resolution) == core::PublicKey::from_jwk(jwk).value());
}

TEST_CASE("did:jwk takes Ed25519 and P-384 keys too", "[did][jwk]") {
  const auto ed25519 = resolve(did_of(kOkp));
  REQUIRE(ed25519);
  const auto seed = core::from_base64url(kSecret).value();
  CHECK(key_of(*ed25519) ==
        core::PublicKey(core::Ed25519SigningKey::from_seed(seed).value().public_key()));
  CHECK(ed25519->document->json().find("keyAgreement") == nullptr);

  const core::testing::EcdsaSigner signer(core::EcdsaCurve::p384, core::Bytes(48, 7));
  const Json jwk = Json::object({{"kty", "EC"},
                                 {"crv", "P-384"},
                                 {"use", "sig"},
                                 {"x", core::to_base64url(signer.x())},
                                 {"y", core::to_base64url(signer.y())}});
  const auto p384 = resolve(did_of(core::to_canonical(jwk)));
  REQUIRE(p384);
  CHECK(key_of(*p384) == core::PublicKey(signer.public_key()));
  CHECK(p384->document->json().find("keyAgreement") == nullptr);  // for use sig
}

TEST_CASE("a did:jwk written in another way is another DID of the same key [DID-06]",
          "[did][jwk]") {
  const auto first = resolve(did_of(kOkp));
  const auto second = resolve(did_of(
      R"({ "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "crv":"Ed25519","kty":"OKP"})"));
  REQUIRE((first && second));
  CHECK(key_of(*first) == key_of(*second));
  CHECK_FALSE(first->document->id() == second->document->id());
  CHECK(second->document->find(first->document->verification_methods().front().id) == nullptr);
}

TEST_CASE("a did:jwk that holds a secret key is refused and not repeated [DID-07] [KEY-16]",
          "[did][jwk]") {
  const std::string text(kOkp);
  check_refused(did_of(text.substr(0, text.size() - 1) + R"(,"d":")" + kSecret + R"("})"));
  check_refused(did_of(std::string(R"({"kty":"oct","k":")") + kSecret + R"("})"));  // KEY-17
}

TEST_CASE("did:jwk takes one base64url text only", "[did][jwk]") {
  const std::string good = did_of(std::string(kOkp) + " ");  // 81 bytes, no bits to spare
  const std::string spare = did_of(kOkp);                    // 80 bytes: two bits to spare
  REQUIRE(resolve(good));
  REQUIRE(resolve(spare));
  check_refused(good + "A");
  check_refused(good + "%3D");
  REQUIRE(spare.back() == 'Q');  // 16: the last two bits are zero
  check_refused(spare.substr(0, spare.size() - 1) + 'R');
  check_refused("did:jwk:u" + spare.substr(8));
  check_refused(spare + "%20");
  check_refused(spare + ":A");
}

TEST_CASE("did:jwk takes four levels and 64 values, and not one more", "[did][jwk]") {
  const std::string text(kOkp);
  const auto with = [&text](const std::string& value) {
    return did_of(text.substr(0, text.size() - 1) + R"(,"more":)" + value + "}");
  };
  CHECK(resolve(with("[[[]]]")));
  check_refused(with("[[[[]]]]"));
  const auto list = [](int count) {
    std::string items = "[0";
    for (int i = 1; i < count; ++i) items += ",0";
    return items + "]";
  };
  CHECK(resolve(with(list(59))));  // with the object, its three members and the list
  check_refused(with(list(60)));
}

TEST_CASE("did:jwk takes strict JSON of one public key that verifies", "[did][jwk]") {
  const std::string text(kOkp);
  check_refused(did_of(""));
  check_refused(did_of("[]"));
  check_refused(did_of("[" + text + "]"));
  check_refused(did_of(text + "x"));
  check_refused(did_of("\xEF\xBB\xBF" + text));
  check_refused(did_of(text.substr(0, text.size() - 1) + R"(,"kty":"OKP"})"));
  check_refused(did_of(text.substr(0, text.size() - 1) + R"(,"use":"enc"})"));
  check_refused(did_of(text.substr(0, text.size() - 1) + R"(,"alg":"ES256"})"));
  // X25519, the second example of the specification
  check_refused(did_of(R"({"kty":"OKP","crv":"X25519","use":"enc",)"
                       R"("x":"3p7bfXt9wbTTW2HC7OQ1Nz-DQ8hbeGdNrfx-FG-IK08"})"));
  std::string padded = text;
  padded.insert(1, std::string(2048, ' '));
  check_refused(did_of(padded));
}

TEST_CASE("the did:jwk resolver knows no other method", "[did][jwk]") {
  const auto other = resolve("did:web:example.com");
  REQUIRE_FALSE(other);
  CHECK(other.error().code == ErrorCode::method_not_supported);
}

TEST_CASE("a did:jwk has version 1 at every time, and no other", "[did][jwk]") {
  core::PublicKeyCache keys(8);
  const DidJwkResolver resolver(keys);
  const Did did = *Did::parse(kExample);
  CHECK(resolver.resolve(did, {.version_id = "1"})->version == "1");
  CHECK(
      resolver.resolve(did, {.version_time = core::parse_rfc3339("2020-01-01T00:00:00Z").value()}));
  const auto other = resolver.resolve(did, {.version_id = "2"});
  REQUIRE_FALSE(other);
  CHECK(other.error().code == ErrorCode::version_not_found);
}

}  // namespace did_jwk_test

#include "did/document.h"

#include <catch2/catch.hpp>

#include "core/canonical_json.h"

namespace document_test {

using namespace avow::did;
using avow::core::Json;
using avow::core::to_canonical;

namespace {

constexpr const char* kId = "did:web:good.example";
constexpr const char* kKey = "z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp";
constexpr auto kAssertion = VerificationRelationship::assertion_method;

Json method(const std::string& id, const std::string& controller = kId) {
  return Json::object(
      {{"id", id}, {"type", "Multikey"}, {"controller", controller}, {"publicKeyMultibase", kKey}});
}

Json document(Json::Array methods, Json::Array assertion) {
  return Json::object({{"id", kId},
                       {"verificationMethod", Json::array(std::move(methods))},
                       {"assertionMethod", Json::array(std::move(assertion))}});
}

Result<Document, Error> read(Json json) {
  return Document::from_json(std::move(json), *Did::parse(kId));
}

void check_refused(Json json, ErrorCode code = ErrorCode::invalid_did_document) {
  INFO(to_canonical(json).substr(0, 300));
  const auto refused = read(std::move(json));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == code);
}

std::string absolute(const std::string& fragment) {
  return kId + fragment;
}

}  // namespace

TEST_CASE("a method is found under the relationships it stands under, and no other [DID-27]",
          "[did]") {
  const auto read_document = read(document({method(absolute("#key-1"))}, {absolute("#key-1")}));
  REQUIRE(read_document);
  const auto* found = read_document->find(absolute("#key-1"), kAssertion);
  REQUIRE(found != nullptr);
  CHECK(found->public_key_multibase == kKey);
  CHECK(found->controller == kId);
  CHECK(read_document->find(absolute("#key-1"), VerificationRelationship::authentication) ==
        nullptr);
  CHECK(read_document->find(absolute("#key-1")) == found);
}

TEST_CASE("the names of the relationships are those of the documents", "[did]") {
  // source: DID Core 1.0 "Verification Relationships"
  CHECK(name_of(VerificationRelationship::authentication) == "authentication");
  CHECK(name_of(VerificationRelationship::assertion_method) == "assertionMethod");
  CHECK(name_of(VerificationRelationship::key_agreement) == "keyAgreement");
  CHECK(name_of(VerificationRelationship::capability_invocation) == "capabilityInvocation");
  CHECK(name_of(VerificationRelationship::capability_delegation) == "capabilityDelegation");
}

TEST_CASE("a document of another DID is refused [DID-21]", "[did]") {
  auto json = document({}, {});
  CHECK(read(json));
  json.set("id", "did:web:other.example");
  check_refused(json);
  json.set("id", "did:web:good.example.evil.com");
  check_refused(json);
  json.set("id", 7);
  check_refused(json);
  json.erase("id");
  check_refused(json);
  check_refused(Json::array({}));
}

TEST_CASE("a method that another DID controls is never used for this one [DID-22]", "[did]") {
  const auto foreign =
      read(document({method(absolute("#key-1"), "did:web:evil.example")}, {absolute("#key-1")}));
  REQUIRE(foreign);
  CHECK(foreign->find(absolute("#key-1")) != nullptr);
  CHECK(foreign->find(absolute("#key-1"), kAssertion) == nullptr);
}

TEST_CASE("the document's own controller member gives its methods no rights [DID-22]", "[did]") {
  auto json = document({method(absolute("#key-1"), "did:web:evil.example")}, {absolute("#key-1")});
  json.set("controller", "did:web:evil.example");
  CHECK(read(json)->find(absolute("#key-1"), kAssertion) == nullptr);
}

TEST_CASE("a method whose id is a URL of another DID is never found here [DID-23]", "[did]") {
  const auto id =
      GENERATE(as<std::string>{}, "did:web:good.example.evil.com#k", "did:web:evil.example#k",
               "did:web:good.example/path#k", "did:web:good.example?versionId=1#k");
  const auto foreign = read(document({method(id)}, {id}));
  REQUIRE(foreign);
  CHECK(foreign->find(id) != nullptr);
  CHECK(foreign->find(id, kAssertion) == nullptr);
}

TEST_CASE("a method id is compared as a whole [DID-24]", "[did]") {
  const auto only_ten = read(document({method("#key-10")}, {"#key-10"}));
  REQUIRE(only_ten);
  CHECK(only_ten->find(absolute("#key-10"), kAssertion) != nullptr);
  CHECK(only_ten->find(absolute("#key-1"), kAssertion) == nullptr);
  CHECK(only_ten->find(absolute("#key-100"), kAssertion) == nullptr);
  CHECK(only_ten->find(absolute("#KEY-10"), kAssertion) == nullptr);
  CHECK(only_ten->find("#key-10", kAssertion) == nullptr);
}

TEST_CASE("a relative id is resolved against the document's id alone [DID-25]", "[did]") {
  const auto relative = read(document({method("#key-1")}, {"#key-1"}));
  REQUIRE(relative);
  CHECK(relative->find(absolute("#key-1"), kAssertion) != nullptr);
  const auto mixed = read(document({method("#key-1", "did:web:evil.example")}, {"#key-1"}));
  REQUIRE(mixed);
  CHECK(mixed->find("did:web:evil.example#key-1") == nullptr);
}

TEST_CASE("two methods with one id are refused [DID-26]", "[did]") {
  CHECK(read(document({method("#key-1"), method("#key-2")}, {})));
  check_refused(document({method("#key-1"), method("#key-1")}, {}));
  check_refused(document({method("#key-1"), method(absolute("#key-1"))}, {}));
  check_refused(document({method("#key-1")}, {method("#key-1")}));
}

TEST_CASE("an embedded method belongs to its relationship and to the document", "[did]") {
  const auto embedded = read(document({}, {method("#key-1")}));
  REQUIRE(embedded);
  REQUIRE(embedded->verification_methods().size() == 1);
  CHECK(embedded->find(absolute("#key-1"), kAssertion) != nullptr);
  CHECK(embedded->find(absolute("#key-1"), VerificationRelationship::key_agreement) == nullptr);
}

TEST_CASE("a reference to a method that is not there finds nothing", "[did]") {
  const auto dangling = read(document({}, {"#key-1"}));
  REQUIRE(dangling);
  CHECK(dangling->find(absolute("#key-1"), kAssertion) == nullptr);
}

TEST_CASE("a document has at most 32 methods, embedded ones included [DID-28]", "[did]") {
  Json::Array methods;
  for (int i = 1; i <= 31; ++i) methods.push_back(method("#key-" + std::to_string(i)));
  CHECK(read(document(methods, {method("#key-32")})));
  check_refused(document(methods, {method("#key-32"), method("#key-33")}),
                ErrorCode::document_too_large);
  methods.push_back(method("#key-32"));
  methods.push_back(method("#key-33"));
  check_refused(document(methods, {}), ErrorCode::document_too_large);
}

TEST_CASE("a document has at most 64 KiB of canonical JSON [DID-28]", "[did]") {
  auto json = document({}, {});
  json.set("pad", "");
  const std::size_t room = 65536 - to_canonical(json).size();
  json.set("pad", std::string(room, 'x'));
  REQUIRE(to_canonical(json).size() == 65536);
  CHECK(read(json));
  json.set("pad", std::string(room + 1, 'x'));
  check_refused(json, ErrorCode::document_too_large);
}

TEST_CASE("a document that publishes a private key is refused, and the key not repeated", "[did]") {
  const auto name = GENERATE(as<std::string>{}, "secretKeyMultibase", "secretKeyJwk",
                             "privateKeyMultibase", "privateKeyBase58", "privateKeyJwk");
  auto leaking = method("#key-1");
  leaking.set(name, "z3u2secret");
  check_refused(document({leaking}, {}));
  check_refused(document({}, {leaking}));
  CHECK(read(document({leaking}, {})).error().detail.find("z3u2") == std::string::npos);
}

TEST_CASE("a JWK with its private part is refused", "[did]") {
  auto jwk = Json::object({{"id", "#key-1"},
                           {"type", "JsonWebKey"},
                           {"controller", kId},
                           {"publicKeyJwk", Json::object({{"kty", "OKP"}, {"x", "AA"}})}});
  CHECK(read(document({jwk}, {})));
  jwk.set("publicKeyJwk", Json::object({{"kty", "OKP"}, {"x", "AA"}, {"d", "AA"}}));
  check_refused(document({jwk}, {}));
}

TEST_CASE("a method of an unknown type is kept, with no key", "[did]") {
  auto other = method("#key-1");
  other.set("type", "FutureKey2030");
  other.erase("publicKeyMultibase");
  const auto kept = read(document({other}, {"#key-1"}));
  REQUIRE(kept);
  CHECK(kept->find(absolute("#key-1"), kAssertion)->public_key_multibase.empty());
}

TEST_CASE("the key of a method is read from the form that its type has", "[did]") {
  // RFC 8037 A.2, and the same key as a Multikey
  const Json jwk = Json::object(
      {{"kty", "OKP"}, {"crv", "Ed25519"}, {"x", "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}});
  constexpr const char* kSame = "z6MktwupdmLXVVqTzCw4i46r4uGyosGXRnR3XjN4Zq7oMMsw";
  constexpr const char* kP256 = "zDnaerx9CtbPJ1q36T5Ln5wYt3MQYeGRG5ehnPAmxcf5mDZpv";
  avow::core::PublicKeyCache keys(8);
  const auto key = [&](const std::string& type, const std::string& multikey, const Json& web_key) {
    auto json = Json::object({{"id", "#key-1"}, {"type", type}, {"controller", kId}});
    if (!multikey.empty()) json.set("publicKeyMultibase", multikey);
    if (!web_key.is_null()) json.set("publicKeyJwk", web_key);
    const auto holder = read(document({json}, {"#key-1"}));
    return public_key_of(*holder->find(absolute("#key-1"), kAssertion), keys);
  };
  const auto expected = avow::core::PublicKey::from_multikey(kSame).value();
  for (const char* type : {"JsonWebKey", "JsonWebKey2020"}) {
    CHECK(key(type, "", jwk) == expected);
    CHECK(key(type, kP256, jwk) == expected);
    CHECK_FALSE(key(type, kSame, nullptr));
  }
  CHECK(key("Multikey", kSame, nullptr) == expected);
  CHECK(key("Multikey", kP256, jwk)->as_ecdsa() != nullptr);
  CHECK(key("Ed25519VerificationKey2020", kSame, nullptr) == expected);
  CHECK_FALSE(key("Ed25519VerificationKey2020", kP256, nullptr));
  CHECK_FALSE(key("Ed25519VerificationKey2020", "", jwk));
  const auto unknown = key("FutureKey2030", kSame, jwk);
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().code == avow::core::ErrorCode::invalid_key);
}

TEST_CASE("a publicKeyJwk that is no object refuses the document", "[did]") {
  auto json = method("#key-1");
  json.set("publicKeyJwk", "{}");
  check_refused(document({json}, {}));
}

TEST_CASE("a method without a controller is kept and verifies nothing", "[did]") {
  auto orphan = method("#key-1");
  orphan.erase("controller");
  const auto kept = read(document({orphan}, {"#key-1"}));
  REQUIRE(kept);
  CHECK(kept->find(absolute("#key-1")) != nullptr);
  CHECK(kept->find(absolute("#key-1"), kAssertion) == nullptr);
}

TEST_CASE("members of the wrong type are refused", "[did]") {
  for (const char* name :
       {"verificationMethod", "authentication", "assertionMethod", "keyAgreement",
        "capabilityInvocation", "capabilityDelegation", "alsoKnownAs"}) {
    INFO(name);
    for (const Json& wrong : {Json(), Json("#key-1"), Json::object(), Json::array({Json(1)}),
                              Json::array({Json()}), Json::array({Json("")})}) {
      auto json = document({}, {});
      json.set(name, wrong);
      check_refused(json);
    }
  }
}

TEST_CASE("a malformed method is refused", "[did]") {
  const auto member = GENERATE(as<std::string>{}, "id", "type", "controller", "publicKeyMultibase");
  auto malformed = method("#key-1");
  malformed.set(member, 7);
  check_refused(document({malformed}, {}));
  if (member == "controller") return;  // its absence has a test of its own
  malformed.erase(member);
  check_refused(document({malformed}, {}));
}

TEST_CASE("a method id is a DID URL with a fragment [JSON-22]", "[did]") {
  const auto id = GENERATE(as<std::string>{}, "key-1", "#", "did:web:good.example",
                           "https://good.example#key-1", "#key 1", "#key\n1");
  check_refused(document({method(id)}, {}));
  check_refused(document({}, {id}));
  check_refused(document({method(std::string("#key\0", 5))}, {}));
}

TEST_CASE("the JSON of a document is kept as it came", "[did]") {
  auto json = document({}, {});
  json.set("alsoKnownAs", Json::array({"did:web:b.example", "https://a.example/"}));
  json.set("unheardOf", Json::object({{"x", 1}}));
  const auto read_document = read(json);
  REQUIRE(read_document);
  CHECK(read_document->json() == json);
  CHECK(read_document->id().text() == kId);
}

}  // namespace document_test

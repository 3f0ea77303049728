#include "core/public_key.h"

#include <catch2/catch.hpp>

#include "core/base64url.h"
#include "core/multibase.h"
#include "core/testing/ecdsa_signer.h"
#include "core/testing/vectors.h"

namespace avow::core::public_key_test {
namespace {

using testing::EcdsaSigner;

// RFC 8037 A.2 "Ed25519 Public Key"; its secret seed is in A.1.
constexpr const char* kOkp =
    R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})";
constexpr const char* kOkpSeed = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A";
// RFC 7517 A.1 "Example Public Keys", without `use`; the secret is in A.2.
constexpr const char* kP256 =
    R"({"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",)"
    R"("y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"})";
constexpr const char* kP256Secret = "870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE";

Json parsed(std::string_view text) {
  return parse_json(text).value();
}

Json changed(std::string_view jwk, std::string_view name, Json value) {
  Json json = parsed(jwk);
  json.set(name, std::move(value));
  return json;
}

void check_refused(const Json& jwk, ErrorCode code) {
  const auto key = PublicKey::from_jwk(jwk);
  REQUIRE_FALSE(key);
  CAPTURE(key.error().detail);
  CHECK(code_name(key.error().code) == code_name(code));
  PublicKeyCache cache(4);
  for (int i = 0; i < 2; ++i) CHECK(cache.from_jwk(jwk).error().code == code);
}

Ed25519PublicKey ed25519_key(std::uint8_t filler) {
  return Ed25519SigningKey::from_seed(Bytes(32, filler)).value().public_key();
}

TEST_CASE("a JWK is the key that its RFC's secret key has", "[core][public_key]") {
  const auto okp = PublicKey::from_jwk(parsed(kOkp));
  REQUIRE(okp);
  const auto seed = from_base64url(kOkpSeed).value();
  CHECK(*okp == PublicKey(Ed25519SigningKey::from_seed(seed).value().public_key()));
  const auto ec = PublicKey::from_jwk(parsed(kP256));
  REQUIRE(ec);
  const EcdsaSigner signer(EcdsaCurve::p256, from_base64url(kP256Secret).value());
  CHECK(*ec == PublicKey(signer.public_key()));
  CHECK(ec->verify(as_bytes("x"), signer.sign(as_bytes("x"))));
}

TEST_CASE("what is no Multikey of any kind is not told to be one of the other kinds",
          "[core][public_key]") {
  const Bytes ed25519{0xED, 0x01};
  Bytes too_short = ed25519;
  too_short.resize(2 + 31, 0x05);
  Bytes unknown{0xEB, 0x01};
  unknown.resize(2 + 48, 0x05);
  for (const Bytes& bytes : {too_short, unknown, ed25519}) {
    const auto refused = PublicKey::from_multikey(to_multibase(Multibase::base58btc, bytes));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::invalid_key);
    CHECK_THAT(refused.error().detail,
               Catch::Contains("Ed25519") && Catch::Contains("P-256") && Catch::Contains("P-384"));
  }
}

TEST_CASE("a Multikey of each kind is read and written as it is", "[core][public_key]") {
  const EcdsaSigner p384(EcdsaCurve::p384, Bytes(48, 9));
  for (const PublicKey& key :
       {PublicKey(ed25519_key(1)), PublicKey::from_jwk(parsed(kP256)).value(),
        PublicKey(p384.public_key())}) {
    CHECK(PublicKey::from_multikey(key.to_multikey()) == key);
  }
}

TEST_CASE("a Multikey that is weak or of no kind that verifies is refused [KEY-01] [KEY-20]",
          "[core][public_key]") {
  Bytes identity(34, 0);
  identity[0] = 0xed;
  identity[1] = identity[2] = 0x01;
  const std::string weak = to_multibase(Multibase::base58btc, identity);
  // X25519, from the did:key specification
  const std::string agreement = "z6LSbysY2xFMRpGMhb7tFTLMpeuPRaqaWM1yECx2AtzE3KCc";
  PublicKeyCache cache(4);
  for (int i = 0; i < 2; ++i) {  // also when asked again
    CHECK(cache.from_multikey(weak).error().code == ErrorCode::weak_key);
    CHECK(cache.from_multikey(agreement).error().code == ErrorCode::invalid_key);
    CHECK(cache.from_multikey("z0").error().code == ErrorCode::bad_multibase);
  }
}

TEST_CASE("a JWK that holds a secret is refused before anything else [KEY-16]",
          "[core][public_key]") {
  const auto name = GENERATE(as<std::string>{}, "d", "p", "q", "dp", "dq", "qi", "oth", "k");
  for (const char* jwk : {kOkp, kP256}) {
    check_refused(changed(jwk, name, kOkpSeed), ErrorCode::private_key_material);
    check_refused(changed(jwk, name, nullptr), ErrorCode::private_key_material);
  }
  const auto refused = PublicKey::from_jwk(changed(kOkp, name, kOkpSeed));
  CHECK(refused.error().detail.find(kOkpSeed) == std::string::npos);
}

TEST_CASE("a JWK of another type or curve is refused [KEY-17] [KEY-19]", "[core][public_key]") {
  check_refused(Json::object({{"kty", "oct"}, {"k", "AAAA"}}), ErrorCode::private_key_material);
  check_refused(Json::object({{"kty", "oct"}}), ErrorCode::invalid_key);
  check_refused(Json::object({{"kty", "RSA"}, {"n", "AQAB"}, {"e", "AQ"}}), ErrorCode::invalid_key);
  check_refused(changed(kOkp, "crv", "X25519"), ErrorCode::invalid_key);
  check_refused(changed(kOkp, "crv", "P-256"), ErrorCode::invalid_key);
  check_refused(changed(kOkp, "kty", "EC"), ErrorCode::invalid_key);
  check_refused(changed(kOkp, "kty", "RSA"), ErrorCode::invalid_key);
  // Whole keys under the other's type: nothing but the type is wrong.
  Json okp_as_ec = changed(kOkp, "kty", "EC");
  okp_as_ec.set("y", *parsed(kP256).find("y"));
  check_refused(okp_as_ec, ErrorCode::invalid_key);
  check_refused(changed(kP256, "kty", "OKP"), ErrorCode::invalid_key);
  check_refused(changed(kP256, "kty", "RSA"), ErrorCode::invalid_key);
  check_refused(changed(kP256, "crv", "secp256k1"), ErrorCode::invalid_key);
  check_refused(changed(kP256, "crv", "P-384"), ErrorCode::invalid_key);
  check_refused(changed(kP256, "kty", 1), ErrorCode::invalid_key);
  check_refused(Json::array({parsed(kP256)}), ErrorCode::invalid_key);
  check_refused(Json::object(), ErrorCode::invalid_key);
}

TEST_CASE("a JWK that says it is not for verifying is refused [KEY-18]", "[core][public_key]") {
  CHECK(PublicKey::from_jwk(changed(kP256, "use", "sig")));
  check_refused(changed(kP256, "use", "enc"), ErrorCode::invalid_key);
  check_refused(changed(kP256, "use", nullptr), ErrorCode::invalid_key);
  CHECK(PublicKey::from_jwk(changed(kP256, "key_ops", Json::array({"sign", "verify"}))));
  check_refused(changed(kP256, "key_ops", Json::array({"sign"})), ErrorCode::invalid_key);
  check_refused(changed(kP256, "key_ops", Json::array()), ErrorCode::invalid_key);
  check_refused(changed(kP256, "key_ops", "verify"), ErrorCode::invalid_key);
}

TEST_CASE("a JWK's alg goes with its curve [KEY-12]", "[core][public_key]") {
  const EcdsaSigner signer(EcdsaCurve::p384, Bytes(48, 9));
  const Json p384 = Json::object({{"kty", "EC"},
                                  {"crv", "P-384"},
                                  {"x", to_base64url(signer.x())},
                                  {"y", to_base64url(signer.y())}});
  const auto with_alg = [](Json jwk, Json algorithm) {
    return jwk.set("alg", std::move(algorithm));
  };
  CHECK(PublicKey::from_jwk(with_alg(p384, "ES384")) == PublicKey(signer.public_key()));
  CHECK(PublicKey::from_jwk(with_alg(parsed(kP256), "ES256")));
  CHECK(PublicKey::from_jwk(with_alg(parsed(kOkp), "EdDSA")));
  CHECK(PublicKey::from_jwk(with_alg(parsed(kOkp), "Ed25519")));  // RFC 9864
  check_refused(with_alg(p384, "ES256"), ErrorCode::alg_key_mismatch);
  check_refused(with_alg(parsed(kP256), "ES384"), ErrorCode::alg_key_mismatch);
  check_refused(with_alg(parsed(kP256), "EdDSA"), ErrorCode::alg_key_mismatch);
  check_refused(with_alg(parsed(kOkp), "ES256"), ErrorCode::alg_key_mismatch);
  check_refused(with_alg(parsed(kP256), "none"), ErrorCode::alg_key_mismatch);
  check_refused(with_alg(parsed(kP256), 256), ErrorCode::alg_key_mismatch);
}

TEST_CASE("a JWK's coordinates are whole, canonical and on the curve [KEY-11]",
          "[core][public_key]") {
  const std::string x = *parsed(kP256).find_string("x");
  check_refused(changed(kP256, "x", x.substr(1)), ErrorCode::bad_base64url);
  check_refused(changed(kP256, "x", x + "="), ErrorCode::bad_base64url);
  check_refused(changed(kP256, "x", x.substr(0, 42) + "5"),
                ErrorCode::bad_base64url);  // trailing bits
  check_refused(changed(kP256, "x", "AA" + x), ErrorCode::bad_base64url);
  check_refused(changed(kP256, "x", to_base64url(Bytes(31, 1))), ErrorCode::invalid_key);
  check_refused(changed(kP256, "x", to_base64url(Bytes(32, 1))), ErrorCode::invalid_key);
  check_refused(changed(kP256, "x", std::string(65, 'A')), ErrorCode::invalid_key);
  check_refused(changed(kP256, "x", 7), ErrorCode::invalid_key);
  check_refused(changed(kP256, "y", nullptr), ErrorCode::invalid_key);
  check_refused(changed(kOkp, "x", to_base64url(Bytes(32, 0))), ErrorCode::weak_key);
  check_refused(changed(kOkp, "x", to_base64url(Bytes(33, 1))), ErrorCode::invalid_key);
}

TEST_CASE("a coordinate keeps its leading zero", "[core][public_key]") {
  // Looked for among small secret scalars: one in 256 has such a public x.
  std::optional<EcdsaSigner> signer;
  for (int scalar = 1; !signer || signer->x()[0] != 0; ++scalar) {
    REQUIRE(scalar < 10'000);
    Bytes secret(32, 0);
    secret[30] = static_cast<std::uint8_t>(scalar >> 8);
    secret[31] = static_cast<std::uint8_t>(scalar & 0xff);
    signer.emplace(EcdsaCurve::p256, secret);
  }
  Json jwk = parsed(kP256);
  jwk.set("x", to_base64url(signer->x()));
  jwk.set("y", to_base64url(signer->y()));
  CHECK(PublicKey::from_jwk(jwk) == PublicKey(signer->public_key()));
  check_refused(jwk.set("x", to_base64url(signer->x().subspan(1))), ErrorCode::invalid_key);
}

/// The group's key as Wycheproof writes it beside the JWK: an Ed25519 key, or a point 04 ‖ x ‖ y.
PublicKey bare_key_of(const Json& group) {
  const Json& key = *group.find("publicKey");
  if (const std::string* ed25519 = key.find_string("pk")) {
    return Ed25519PublicKey::from_bytes(testing::from_hex(*ed25519)).value();
  }
  const Bytes point = testing::from_hex(*key.find_string("uncompressed"));
  const std::size_t width = (point.size() - 1) / 2;
  return EcdsaPublicKey::from_coordinates(width == 32 ? EcdsaCurve::p256 : EcdsaCurve::p384,
                                          ByteView(point).subspan(1, width),
                                          ByteView(point).subspan(1 + width))
      .value();
}

void check_group_by_its_jwk(const Json& group) {
  const auto key = PublicKey::from_jwk(*group.find("publicKeyJwk"));
  REQUIRE(key);
  CHECK(*key == bare_key_of(group));
  for (const Json& test : *group.find("tests")->as_array()) {
    CAPTURE(*test.find("tcId")->as_integer(), *test.find_string("comment"));
    const bool verified = key->verify(testing::from_hex(*test.find_string("msg")),
                                      testing::from_hex(*test.find_string("sig")));
    CHECK(verified == (*test.find_string("result") == "valid"));
  }
}

TEST_CASE("keys read from the JWKs of Wycheproof's files agree with every case [KEY-08]",
          "[core][public_key]") {
  const auto folder = testing::vectors_folder();
  if (!folder) {
    WARN("skipped: AVOW_VECTORS does not name the folder of the official vectors");
    return;
  }
  std::size_t count = 0;
  for (const char* name : {"ecdsa_secp256r1_sha256_p1363_test.json",
                           "ecdsa_secp384r1_sha384_p1363_test.json", "ed25519_test.json"}) {
    CAPTURE(name);
    const auto file = parse_json(testing::read_file(*folder / "wycheproof" / name),
                                 JsonLimits{std::size_t{4} * 1024 * 1024, 64, 1'000'000});
    REQUIRE(file);
    for (const Json& group : *file->find("testGroups")->as_array()) {
      if (group.find("publicKeyJwk") == nullptr) continue;  // some keys are written as points only
      ++count;
      check_group_by_its_jwk(group);
    }
  }
  CHECK(count > 150);
}

TEST_CASE("the key cache gives the key that was named, when it is full too", "[core][public_key]") {
  PublicKeyCache cache(1);
  const PublicKey first(ed25519_key(1));
  const PublicKey second(EcdsaSigner(EcdsaCurve::p256, Bytes(32, 2)).public_key());
  const auto third = PublicKey::from_jwk(parsed(kP256)).value();
  for (int i = 0; i < 2; ++i) {
    CHECK(cache.from_multikey(first.to_multikey()) == first);
    CHECK(cache.from_multikey(first.to_multikey()) == first);
    CHECK(cache.from_multikey(second.to_multikey()) == second);
    CHECK(cache.from_jwk(parsed(kP256)) == third);
    CHECK(cache.from_jwk(parsed(kP256)) == third);
  }
}

TEST_CASE("a remembered JWK does not stand for the other point of its x", "[core][public_key]") {
  // y and p − y are both on the curve (SEC 2 "Recommended Parameters secp256r1" has p).
  Bytes other_y =
      testing::from_hex("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff");
  const Bytes y = from_base64url(*parsed(kP256).find_string("y")).value();
  int borrow = 0;
  for (std::size_t i = other_y.size(); i-- > 0;) {
    int digit = int{other_y[i]} - int{y[i]} - borrow;
    borrow = digit < 0 ? 1 : 0;
    other_y[i] = static_cast<std::uint8_t>(digit + 256 * borrow);
  }
  PublicKeyCache cache(4);
  const auto one = cache.from_jwk(parsed(kP256));
  const auto other = cache.from_jwk(changed(kP256, "y", to_base64url(other_y)));
  REQUIRE((one && other));
  CHECK_FALSE(*one == *other);
  CHECK((one->bytes()[0] ^ other->bytes()[0]) == 0x01);
}

TEST_CASE("a remembered JWK is judged again when it says more", "[core][public_key]") {
  PublicKeyCache cache(4);
  REQUIRE(cache.from_jwk(parsed(kP256)));
  CHECK_FALSE(cache.from_jwk(changed(kP256, "use", "enc")));
  CHECK_FALSE(cache.from_jwk(changed(kP256, "d", kP256Secret)));
  CHECK_FALSE(cache.from_jwk(changed(kP256, "crv", "P-384")));
}

}  // namespace
}  // namespace avow::core::public_key_test

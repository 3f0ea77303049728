#include "core/ecdsa.h"

#include <catch2/catch.hpp>
#include <openssl/err.h>
#include <rapidcheck.h>

#include "core/json.h"
#include "core/multibase.h"
#include "core/testing/ecdsa_signer.h"
#include "core/testing/vectors.h"

namespace avow::core::ecdsa_test {
namespace {

using testing::EcdsaSigner;
using testing::from_hex;

// RFC 6979 A.2.5 "ECDSA, 256 Bits (Prime Field)" and A.2.6, message "sample".
struct Example {
  EcdsaCurve curve;
  const char* x;
  const char* y;
  const char* signature;
};
const Example kP256{EcdsaCurve::p256,
                    "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6",
                    "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299",
                    "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
                    "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8"};
const Example kP384{EcdsaCurve::p384,
                    "ec3a4e415b4e19a4568618029f427fa5da9a8bc4ae92e02e06aae5286b300c64"
                    "def8f0ea9055866064a254515480bc13",
                    "8015d9b72d7d57244ea8ef9ac0c621896708a59367f9dfb9f54ca84b3f1c9db1"
                    "288b231c3ae0d4fe7344fd2533264720",
                    "94edbb92a5ecb8aad4736e56c691916b3f88140666ce9fa73d64c4ea95ad133c"
                    "81a648152e44acf96e36dd1e80fabe46"
                    "99ef4aeb15f178cea1fe40db2603138f130e740a19624526203b6351d0a3a94f"
                    "a329c145786e679e7b82c71a38628ac8"};
// The order of each curve's group (SEC 2 "Recommended Elliptic Curve Domain Parameters").
constexpr const char* kOrder256 =
    "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
// The prime of P-256's field.
constexpr const char* kPrime256 =
    "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff";

EcdsaPublicKey key_of(const Example& example) {
  return EcdsaPublicKey::from_coordinates(example.curve, from_hex(example.x), from_hex(example.y))
      .value();
}

Bytes compressed(std::uint8_t first, const std::string& x) {
  Bytes bytes{first};
  const Bytes rest = from_hex(x);
  bytes.insert(bytes.end(), rest.begin(), rest.end());
  return bytes;
}

void check_invalid(const Result<EcdsaPublicKey, Error>& key) {
  REQUIRE_FALSE(key);
  CHECK(code_name(key.error().code) == "invalid_key");
}

TEST_CASE("ECDSA agrees with RFC 6979", "[core][ecdsa]") {
  for (const Example& example : {kP256, kP384}) {
    const auto key = key_of(example);
    CHECK(key.verify(as_bytes("sample"), from_hex(example.signature)));
    CHECK_FALSE(key.verify(as_bytes("sampla"), from_hex(example.signature)));
  }
}

TEST_CASE("a key's compressed form, coordinates and Multikey are one key", "[core][ecdsa]") {
  for (const Example& example : {kP256, kP384}) {
    const auto key = key_of(example);
    CHECK(EcdsaPublicKey::from_compressed(example.curve, key.compressed()) == key);
    CHECK(EcdsaPublicKey::from_multikey(key.to_multikey()) == key);
    CHECK(key.compressed().size() == from_hex(example.x).size() + 1);
    // y of the first is odd, of the second even
    CHECK(int{key.compressed().front()} == (example.curve == EcdsaCurve::p256 ? 3 : 2));
  }
  CHECK(key_of(kP256).to_multikey().starts_with("zDn"));  // did:key v0.7 "P-256"
  CHECK(key_of(kP384).to_multikey().starts_with("z82"));  // did:key v0.7 "P-384"
}

TEST_CASE("what is not a point of the curve is no key [KEY-11]", "[core][ecdsa]") {
  using Key = EcdsaPublicKey;
  constexpr auto kCurve = EcdsaCurve::p256;
  const Bytes x = from_hex(kP256.x);
  const Bytes y = from_hex(kP256.y);
  const Bytes zeros(32, 0);
  Bytes other_y = y;
  other_y.back() ^= 1U;
  check_invalid(Key::from_coordinates(kCurve, x, other_y));  // one bit off the curve
  check_invalid(Key::from_coordinates(kCurve, y, x));
  check_invalid(Key::from_coordinates(kCurve, zeros, zeros));
  check_invalid(Key::from_compressed(kCurve, Bytes{0x00}));  // the point at infinity
  check_invalid(Key::from_compressed(kCurve, Bytes(33, 0)));
  // x = p, which is 0 modulo p, and y² = b has a root; x = 0 itself is a point
  check_invalid(Key::from_compressed(kCurve, compressed(0x02, kPrime256)));
  CHECK(Key::from_compressed(kCurve, compressed(0x02, std::string(64, '0'))));
}

TEST_CASE("a key of another form or width is no key [KEY-20] [KEY-21]", "[core][ecdsa]") {
  using Key = EcdsaPublicKey;
  constexpr auto kCurve = EcdsaCurve::p256;
  REQUIRE(Key::from_compressed(kCurve, compressed(0x03, kP256.x)));
  for (const int first : {0x00, 0x01, 0x04, 0x05, 0x06, 0x07}) {
    check_invalid(
        Key::from_compressed(kCurve, compressed(static_cast<std::uint8_t>(first), kP256.x)));
  }
  check_invalid(Key::from_compressed(kCurve, {}));
  check_invalid(Key::from_compressed(kCurve, from_hex(kP256.x)));
  check_invalid(Key::from_compressed(kCurve, compressed(0x03, std::string(kP256.x) + "00")));
  check_invalid(Key::from_compressed(EcdsaCurve::p384, compressed(0x03, kP256.x)));
  const Bytes x = from_hex(kP256.x);
  const Bytes y = from_hex(kP256.y);
  check_invalid(Key::from_coordinates(kCurve, ByteView(x).first(31), y));
  check_invalid(Key::from_coordinates(kCurve, x, from_hex("00" + std::string(kP256.y))));
  check_invalid(Key::from_coordinates(EcdsaCurve::p384, x, y));
  check_invalid(Key::from_coordinates(kCurve, {}, {}));
}

TEST_CASE("a NIST Multikey of another codec or length is invalid [KEY-20] [KEY-21]",
          "[core][ecdsa]") {
  const auto multikey = [](std::initializer_list<std::uint8_t> codec, ByteView key) {
    Bytes bytes(codec);
    bytes.insert(bytes.end(), key.begin(), key.end());
    return to_multibase(Multibase::base58btc, bytes);
  };
  const Bytes point = key_of(kP256).compressed();
  REQUIRE(EcdsaPublicKey::from_multikey(multikey({0x80, 0x24}, point)));
  check_invalid(EcdsaPublicKey::from_multikey(multikey({0x81, 0x24}, point)));  // P-384's codec
  check_invalid(EcdsaPublicKey::from_multikey(multikey({0xe7, 0x01}, point)));  // secp256k1's
  check_invalid(EcdsaPublicKey::from_multikey(multikey({0x86, 0x26}, point)));  // a secret key's
  check_invalid(EcdsaPublicKey::from_multikey(multikey({0x80, 0xa4, 0x00}, point)));  // overlong
  check_invalid(EcdsaPublicKey::from_multikey(multikey({0x80, 0x24}, ByteView(point).first(32))));
  check_invalid(EcdsaPublicKey::from_multikey(multikey({0x80, 0x24}, {})));
  check_invalid(EcdsaPublicKey::from_multikey(multikey({0x80}, {})));  // half a codec
  check_invalid(EcdsaPublicKey::from_multikey(multikey({}, {})));
  const std::string good = multikey({0x80, 0x24}, point);
  for (const auto& text :
       {"z1" + good.substr(1), good + " ", "u" + good.substr(1), std::string()}) {
    const auto key = EcdsaPublicKey::from_multikey(text);
    CAPTURE(text);
    REQUIRE_FALSE(key);
  }
}

TEST_CASE("what OpenSSL finds wrong with a key or a signature stays out of the thread's error list",
          "[core][ecdsa]") {
  // A TLS connection of this thread would take it for a fault of its own.
  ERR_clear_error();
  check_invalid(EcdsaPublicKey::from_compressed(EcdsaCurve::p256, compressed(0x02, kPrime256)));
  CHECK(ERR_peek_error() == 0);
  CHECK_FALSE(key_of(kP256).verify(as_bytes("sample"), Bytes(64, 0xff)));
  CHECK_FALSE(key_of(kP256).verify(as_bytes("sample"), Bytes(64, 0x00)));
  CHECK(ERR_peek_error() == 0);
  // And what was there before is there afterwards.
  ERR_raise(ERR_LIB_USER, 1);
  const auto before = ERR_peek_last_error();
  check_invalid(EcdsaPublicKey::from_compressed(EcdsaCurve::p256, compressed(0x02, kPrime256)));
  CHECK(ERR_peek_last_error() == before);
  ERR_clear_error();
}

TEST_CASE("ECDSA signatures of another length or in DER never verify [KEY-10] [KEY-13]",
          "[core][ecdsa]") {
  const auto key = key_of(kP256);
  const Bytes good = from_hex(kP256.signature);
  REQUIRE(key.verify(as_bytes("sample"), good));
  CHECK_FALSE(key.verify(as_bytes("sample"), {}));
  CHECK_FALSE(key.verify(as_bytes("sample"), ByteView(good).first(63)));
  Bytes longer = good;
  longer.push_back(0);
  CHECK_FALSE(key.verify(as_bytes("sample"), longer));
  // The same R and S as SEQUENCE of two INTEGERs, both with a leading zero for their high bit.
  Bytes der = from_hex("3046022100");
  der.insert(der.end(), good.begin(), good.begin() + 32);
  der.insert(der.end(), {0x02, 0x21, 0x00});
  der.insert(der.end(), good.begin() + 32, good.end());
  CHECK_FALSE(key.verify(as_bytes("sample"), der));
  CHECK(testing::der_of(good) == der);
}

TEST_CASE("R and S of zero, or not below the order, never verify [KEY-09]", "[core][ecdsa]") {
  const auto key = key_of(kP256);
  const std::string zero(64, '0');
  const std::string one = std::string(63, '0') + '1';
  const std::string order = kOrder256;
  for (const auto& r : {zero, one, order}) {
    for (const auto& s : {zero, one, order}) {
      CAPTURE(r, s);
      CHECK_FALSE(key.verify(as_bytes("sample"), from_hex(r + s)));
      CHECK_FALSE(key.verify({}, from_hex(r + s)));
    }
  }
}

TEST_CASE("the twin of a signature, with n − S, verifies too [KEY-14]", "[core][ecdsa]") {
  for (const Example& example : {kP256, kP384}) {
    const Bytes signature = from_hex(example.signature);
    Bytes twin = testing::twin_of(example.curve, signature);
    REQUIRE(twin != signature);
    CHECK(key_of(example).verify(as_bytes("sample"), twin));
    CHECK(testing::twin_of(example.curve, twin) == signature);
    twin.back() ^= 1;
    CHECK_FALSE(key_of(example).verify(as_bytes("sample"), twin));
  }
}

std::size_t check_wycheproof_group(EcdsaCurve curve, const Json& group) {
  const Bytes point = from_hex(*group.find("publicKey")->find_string("uncompressed"));
  const std::size_t width = (point.size() - 1) / 2;
  const auto key = EcdsaPublicKey::from_coordinates(curve, ByteView(point).subspan(1, width),
                                                    ByteView(point).subspan(1 + width));
  REQUIRE(key);
  const auto* tests = group.find("tests")->as_array();
  for (const Json& test : *tests) {
    CAPTURE(*test.find("tcId")->as_integer(), *test.find_string("comment"));
    const bool verified =
        key->verify(from_hex(*test.find_string("msg")), from_hex(*test.find_string("sig")));
    CHECK(verified == (*test.find_string("result") == "valid"));
  }
  return tests->size();
}

TEST_CASE("ECDSA agrees with every Wycheproof case of raw signatures [KEY-07]", "[core][ecdsa]") {
  const auto folder = testing::vectors_folder();
  if (!folder) {
    WARN("skipped: AVOW_VECTORS does not name the folder of the official vectors");
    return;
  }
  const auto check_file = [&](EcdsaCurve curve, const char* name) {
    const auto file = parse_json(testing::read_file(*folder / "wycheproof" / name),
                                 JsonLimits{std::size_t{4} * 1024 * 1024, 64, 1'000'000});
    REQUIRE(file);
    std::size_t count = 0;
    for (const Json& group : *file->find("testGroups")->as_array()) {
      count += check_wycheproof_group(curve, group);
    }
    CHECK(static_cast<std::int64_t>(count) == *file->find("numberOfTests")->as_integer());
  };
  check_file(EcdsaCurve::p256, "ecdsa_secp256r1_sha256_p1363_test.json");
  check_file(EcdsaCurve::p384, "ecdsa_secp384r1_sha384_p1363_test.json");
}

TEST_CASE("one flipped bit in message, key or ECDSA signature never verifies",
          "[core][ecdsa][property]") {
  const EcdsaSigner p256(EcdsaCurve::p256, Bytes(32, 5));
  const EcdsaSigner p384(EcdsaCurve::p384, Bytes(48, 5));
  CHECK(rc::check("one flipped bit", [&] {
    const EcdsaSigner& signer = *rc::gen::arbitrary<bool>() ? p256 : p384;
    auto message = *rc::gen::nonEmpty<Bytes>();
    auto signature = signer.sign(message);
    const Bytes whole = message;
    RC_ASSERT(signer.public_key().verify(message, signature));
    const auto flip = [](Bytes& bytes) {
      const auto at = *rc::gen::inRange<std::size_t>(0, bytes.size());
      bytes[at] = static_cast<std::uint8_t>(bytes[at] ^ (1U << *rc::gen::inRange(0U, 8U)));
    };
    flip(message);
    RC_ASSERT(!signer.public_key().verify(message, signature));
    Bytes point = signer.public_key().compressed();
    flip(point);
    if (const auto other = EcdsaPublicKey::from_compressed(signer.public_key().curve(), point)) {
      RC_ASSERT(!other->verify(whole, signature));
    }
    flip(signature);
    RC_ASSERT(!signer.public_key().verify(whole, signature));
  }));
}

}  // namespace
}  // namespace avow::core::ecdsa_test

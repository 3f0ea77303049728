#include "core/ed25519.h"

#include <type_traits>

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include "core/json.h"
#include "core/multibase.h"
#include "core/testing/seeded_random.h"
#include "core/testing/vectors.h"

namespace avow::core::ed25519_test {
namespace {

using testing::from_hex;

// RFC 8032 section 7.1, TEST 1 and TEST 2.
struct Example {
  const char* seed;
  const char* public_key;
  const char* message;
  const char* signature;
};
constexpr Example kTest1{"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
                         "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
                         "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
                         "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"};
constexpr Example kTest2{"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
                         "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
                         "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                         "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"};

Ed25519SigningKey signing_key(const Example& example) {
  return std::move(Ed25519SigningKey::from_seed(from_hex(example.seed)).value());
}

ErrorCode refusal(ByteView key) {
  const auto read = Ed25519PublicKey::from_bytes(key);
  REQUIRE_FALSE(read);
  return read.error().code;
}

std::string multikey(std::initializer_list<std::uint8_t> codec, std::size_t size) {
  Bytes bytes(codec);
  const Bytes key = from_hex(kTest1.public_key);
  for (std::size_t i = 0; i < size; ++i) bytes.push_back(key[i % key.size()]);
  return to_multibase(Multibase::base58btc, bytes);
}

TEST_CASE("Ed25519 agrees with RFC 8032", "[core][ed25519]") {
  for (const Example& example : {kTest1, kTest2}) {
    const auto key = signing_key(example);
    CHECK(to_hex(key.public_key().bytes()) == example.public_key);
    const Bytes message = from_hex(example.message);
    CHECK(to_hex(key.sign(message)) == example.signature);
    CHECK(key.public_key().verify(message, from_hex(example.signature)));
    CHECK(to_hex(key.reveal_seed()) == example.seed);
  }
}

TEST_CASE("the public half of a signing key comes from its seed and cannot be given [KEY-15]",
          "[core][ed25519]") {
  static_assert(!std::is_constructible_v<Ed25519SigningKey, SecretBytes, Ed25519PublicKey>);
  const auto key = signing_key(kTest1);
  const auto other = signing_key(kTest2);
  CHECK(to_hex(key.public_key().bytes()) == kTest1.public_key);
  CHECK(to_hex(other.public_key().bytes()) == kTest2.public_key);
  const auto signature = key.sign(as_bytes("x"));
  CHECK(key.public_key().verify(as_bytes("x"), signature));
  CHECK_FALSE(other.public_key().verify(as_bytes("x"), signature));
}

TEST_CASE("keys of small order are weak [KEY-01] [KEY-02]", "[core][ed25519]") {
  const auto key = GENERATE(as<std::string>{},
                            // identity
                            "0100000000000000000000000000000000000000000000000000000000000000",
                            // order 2
                            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                            // order 8, with both signs
                            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
                            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
                            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
                            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
                            // order 4
                            "0000000000000000000000000000000000000000000000000000000000000000",
                            "0000000000000000000000000000000000000000000000000000000000000080");
  CAPTURE(key);
  CHECK(refusal(from_hex(key)) == ErrorCode::weak_key);
}

TEST_CASE("keys that are not written canonically are weak [KEY-03]", "[core][ed25519]") {
  const auto key = GENERATE(as<std::string>{},
                            "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                            "0100000000000000000000000000000000000000000000000000000000000080",
                            "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                            "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff");
  CAPTURE(key);
  CHECK(refusal(from_hex(key)) == ErrorCode::weak_key);
}

TEST_CASE("keys of mixed order are weak [KEY-04]", "[core][ed25519]") {
  // (x, y) + (0, -1) = (-x, -y): p - y with the other sign, of the base point and of TEST 1's key.
  CHECK(refusal(from_hex("9599999999999999999999999999999999999999999999999999999999999999")) ==
        ErrorCode::weak_key);
  CHECK(refusal(from_hex("16a567fe7d4ef5482ab4012c369bf8c5f11e8d0c2559dcda50fde59708f8aee5")) ==
        ErrorCode::weak_key);
  // The neighbours without (0, -1) are sound.
  CHECK(Ed25519PublicKey::from_bytes(
      from_hex("5866666666666666666666666666666666666666666666666666666666666666")));
  CHECK(Ed25519PublicKey::from_bytes(from_hex(kTest1.public_key)));
}

TEST_CASE("a key of another length is invalid", "[core][ed25519]") {
  for (const std::size_t size : {0U, 31U, 33U, 64U}) {
    CHECK(refusal(Bytes(size, 0x66)) == ErrorCode::invalid_key);
    CHECK_FALSE(Ed25519SigningKey::from_seed(Bytes(size, 1)));
  }
}

TEST_CASE("the crypto library refuses what it must", "[core][ed25519]") {
  CHECK(check_crypto_library());
}

TEST_CASE("a signature with S + L does not verify [KEY-05]", "[core][ed25519]") {
  const Bytes order = from_hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
  Bytes signature = from_hex(kTest1.signature);
  unsigned carry = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    carry += unsigned{signature[32 + i]} + order[i];
    signature[32 + i] = static_cast<std::uint8_t>(carry);
    carry >>= 8U;
  }
  REQUIRE(carry == 0);
  CHECK_FALSE(signing_key(kTest1).public_key().verify({}, signature));
}

TEST_CASE("a signature of another length does not verify [KEY-13]", "[core][ed25519]") {
  const auto key = signing_key(kTest1);
  const Bytes whole = from_hex(kTest1.signature);
  for (const std::size_t size : {0U, 1U, 32U, 63U, 65U, 128U}) {
    Bytes signature = whole;
    signature.resize(size);
    CHECK_FALSE(key.public_key().verify({}, signature));
  }
}

void check_wycheproof_group(const Json& group) {
  const auto key =
      Ed25519PublicKey::from_bytes(from_hex(*group.find("publicKey")->find_string("pk")));
  REQUIRE(key);
  for (const Json& test : *group.find("tests")->as_array()) {
    CAPTURE(*test.find("tcId")->as_integer(), *test.find_string("comment"));
    const bool verified =
        key->verify(from_hex(*test.find_string("msg")), from_hex(*test.find_string("sig")));
    CHECK(verified == (*test.find_string("result") == "valid"));
  }
}

TEST_CASE("Ed25519 agrees with every Wycheproof case [KEY-06]", "[core][ed25519]") {
  const auto folder = testing::vectors_folder();
  if (!folder) {
    WARN("skipped: AVOW_VECTORS does not name the folder of the official vectors");
    return;
  }
  const auto file = parse_json(testing::read_file(*folder / "wycheproof" / "ed25519_test.json"));
  REQUIRE(file);
  const auto* groups = file->find("testGroups")->as_array();
  std::size_t count = 0;
  for (const Json& group : *groups) {
    check_wycheproof_group(group);
    count += group.find("tests")->as_array()->size();
  }
  CHECK(static_cast<std::int64_t>(count) == *file->find("numberOfTests")->as_integer());
}

TEST_CASE("a Multikey reads and writes the same text", "[core][ed25519]") {
  // From the test vectors of Data Integrity EdDSA Cryptosuites v1.0.
  const std::string text = "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2";
  const auto key = Ed25519PublicKey::from_multikey(text);
  REQUIRE(key);
  CHECK(key->to_multikey() == text);
}

TEST_CASE("a Multikey of another codec or length is invalid [KEY-20] [KEY-21]", "[core][ed25519]") {
  REQUIRE(Ed25519PublicKey::from_multikey(multikey({0xed, 0x01}, 32)));
  const auto text = GENERATE(
      as<std::string>{}, multikey({0xec, 0x01}, 32), multikey({0xed, 0x00}, 32),
      multikey({0xed, 0x81, 0x00}, 32), multikey({0x80, 0x26}, 32), multikey({0xed, 0x01}, 31),
      multikey({0xed, 0x01}, 33), multikey({0xed, 0x01}, 0), multikey({}, 32), "z",
      // X25519 and P-256 keys, from the did:key specification
      "z6LSbysY2xFMRpGMhb7tFTLMpeuPRaqaWM1yECx2AtzE3KCc",
      "zDnaerx9CtbPJ1q36T5Ln5wYt3MQYeGRG5ehnPAmxcf5mDZpv");
  CAPTURE(text);
  const auto key = Ed25519PublicKey::from_multikey(text);
  REQUIRE_FALSE(key);
  CHECK(key.error().code == ErrorCode::invalid_key);
}

TEST_CASE("a Multikey that is not base58btc is refused", "[core][ed25519]") {
  const std::string good = "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2";
  const auto text = GENERATE_COPY(as<std::string>{}, "", good.substr(1), good + " ", " " + good,
                                  "u" + good.substr(1), good + "0", std::string(10'000, 'z'));
  const auto key = Ed25519PublicKey::from_multikey(text);
  REQUIRE_FALSE(key);
  CHECK(key.error().code == ErrorCode::bad_multibase);
}

TEST_CASE("generated keys come from the given randomness and differ", "[core][ed25519]") {
  testing::SeededRandom random(1);
  testing::SeededRandom same(1);
  const auto first = Ed25519SigningKey::generate(random);
  const auto second = Ed25519SigningKey::generate(random);
  REQUIRE((first && second));
  CHECK_FALSE(first->public_key() == second->public_key());
  CHECK(Ed25519SigningKey::generate(same)->public_key() == first->public_key());
}

TEST_CASE("one flipped bit in message, signature or key never verifies",
          "[core][ed25519][property]") {
  const auto key = signing_key(kTest1);
  CHECK(rc::check("one flipped bit", [&key] {
    auto message = *rc::gen::nonEmpty<Bytes>();
    auto signature = key.sign(message);
    const Bytes whole = message;
    RC_ASSERT(key.public_key().verify(message, signature));

    const auto flip = [](std::span<std::uint8_t> bytes) {
      const auto at = *rc::gen::inRange<std::size_t>(0, bytes.size());
      bytes[at] = static_cast<std::uint8_t>(bytes[at] ^ (1U << *rc::gen::inRange(0U, 8U)));
    };
    flip(message);
    RC_ASSERT(!key.public_key().verify(message, signature));
    auto other_key = key.public_key().bytes();
    flip(other_key);
    if (const auto other = Ed25519PublicKey::from_bytes(other_key)) {
      RC_ASSERT(!other->verify(whole, signature));
    }
    flip(signature);
    RC_ASSERT(!key.public_key().verify(whole, signature));
  }));
}

}  // namespace
}  // namespace avow::core::ed25519_test

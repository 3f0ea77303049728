#include "core/ed25519.h"

#include <algorithm>
#include <utility>

#include "core/internal/sodium.h"
#include "core/multibase.h"

namespace avow::core {
namespace {

constexpr std::array<std::uint8_t, 2> kEd25519Codec{0xed, 0x01};  // varint(0xed) in multicodec

using Point = std::array<std::uint8_t, Ed25519PublicKey::kSize>;

constexpr Point filled_point(std::uint8_t first, std::uint8_t middle, std::uint8_t last) {
  Point point{};
  point.fill(middle);
  point.front() = first;
  point.back() = last;
  return point;
}

// RFC 8032 section 5.1: y = 4/5 with an even x.
constexpr Point kBasePoint = filled_point(0x58, 0x66, 0x66);

// Keys under which signatures can be forged or mean different things to different verifiers.
constexpr std::array<Point, 10> kUnsafePoints{{
    // (-x, -y) of the base point, i.e. base point + (0, -1): accepted by CVE-2025-69277.
    filled_point(0x95, 0x99, 0x99),
    filled_point(0x01, 0x00, 0x00),  // the identity
    filled_point(0xec, 0xff, 0x7f),  // order 2
    filled_point(0x00, 0x00, 0x00),  // order 4
    filled_point(0x00, 0x00, 0x80),  // order 4
    {0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4,
     0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6,
     0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05},  // order 8
    {0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b,
     0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39,
     0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a},  // order 8
    filled_point(0xee, 0xff, 0x7f),                                // the identity, y not reduced
    filled_point(0xed, 0xff, 0x7f),                                // order 4, y not reduced
    filled_point(0x01, 0x00, 0x80),  // the identity with the sign of a zero x
}};

}  // namespace

Result<Ed25519PublicKey, Error> Ed25519PublicKey::from_bytes(ByteView bytes) {
  if (bytes.size() != kSize) {
    return fail(Error{ErrorCode::invalid_key, "an Ed25519 public key has 32 bytes"});
  }
  internal::init_sodium();
  if (crypto_core_ed25519_is_valid_point(bytes.data()) != 1) {
    return fail(Error{ErrorCode::weak_key,
                      "the Ed25519 public key is not a canonical point of the prime-order group"});
  }
  Ed25519PublicKey key;
  std::copy(bytes.begin(), bytes.end(), key.bytes_.begin());
  return key;
}

Result<Ed25519PublicKey, Error> Ed25519PublicKey::from_multikey(std::string_view text) {
  // Only one text stands for given bytes in base58btc, so a key has only one Multikey.
  const auto decoded = from_multibase(Multibase::base58btc, text);
  if (!decoded) return fail(decoded.error());
  const ByteView bytes(*decoded);
  if (bytes.size() != kEd25519Codec.size() + kSize ||
      !std::equal(kEd25519Codec.begin(), kEd25519Codec.end(), bytes.begin())) {
    return fail(Error{ErrorCode::invalid_key,
                      "not an Ed25519 Multikey: the bytes ed 01 and a 32-byte key are expected"});
  }
  return from_bytes(bytes.subspan(kEd25519Codec.size()));
}

std::string Ed25519PublicKey::to_multikey() const {
  std::array<std::uint8_t, kEd25519Codec.size() + kSize> prefixed{};
  const auto key = std::copy(kEd25519Codec.begin(), kEd25519Codec.end(), prefixed.begin());
  std::copy(bytes_.begin(), bytes_.end(), key);
  return to_multibase(Multibase::base58btc, prefixed);
}

bool Ed25519PublicKey::verify(ByteView message, ByteView signature) const {
  return signature.size() == crypto_sign_BYTES &&
         crypto_sign_verify_detached(signature.data(), message.data(), message.size(),
                                     bytes_.data()) == 0;
}

Result<Ed25519SigningKey, Error> Ed25519SigningKey::generate(Random& random) {
  auto seed = SecretBytes::allocate(kSeedSize);
  if (!seed) return fail(seed.error());
  random.fill(seed->reveal_mutable());
  return from_seed(seed->reveal());
}

Result<Ed25519SigningKey, Error> Ed25519SigningKey::from_seed(ByteView seed) {
  if (seed.size() != kSeedSize) {
    return fail(Error{ErrorCode::invalid_key, "an Ed25519 seed has 32 bytes"});
  }
  auto secret = SecretBytes::allocate(crypto_sign_SECRETKEYBYTES);
  if (!secret) return fail(secret.error());
  Ed25519PublicKey public_key;
  crypto_sign_seed_keypair(public_key.bytes_.data(), secret->reveal_mutable().data(), seed.data());
  return Ed25519SigningKey(std::move(*secret), public_key);
}

Ed25519Signature Ed25519SigningKey::sign(ByteView message) const {
  Ed25519Signature signature{};
  crypto_sign_detached(signature.data(), nullptr, message.data(), message.size(),
                       secret_.reveal().data());
  return signature;
}

Result<void, Error> check_crypto_library() {
  const auto accepts = [](const Point& point) {
    return Ed25519PublicKey::from_bytes(point).has_value();
  };
  if (!accepts(kBasePoint)) {
    return fail(Error{ErrorCode::invalid_key, "libsodium refuses the base point of Ed25519"});
  }
  for (const Point& point : kUnsafePoints) {
    if (accepts(point)) {
      return fail(
          Error{ErrorCode::weak_key, "libsodium accepts the unsafe Ed25519 key " + to_hex(point) +
                                         "; a release with the fix of CVE-2025-69277 is needed"});
    }
  }
  return {};
}

}  // namespace avow::core

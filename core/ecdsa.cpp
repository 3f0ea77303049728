#include "core/ecdsa.h"

#include <algorithm>
#include <array>
#include <utility>

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "core/multibase.h"
#include "core/sha256.h"
#include "core/sha384.h"

namespace avow::core {
namespace {

struct Curve {
  std::string_view name;
  const char* openssl_name;
  std::size_t field_size;             // bytes of a coordinate, of R and of S
  std::array<std::uint8_t, 2> codec;  // varint in multicodec
};

constexpr Curve kP256{"P-256", "prime256v1", 32, {0x80, 0x24}};
constexpr Curve kP384{"P-384", "secp384r1", 48, {0x81, 0x24}};

const Curve& facts(EcdsaCurve curve) {
  return curve == EcdsaCurve::p256 ? kP256 : kP384;
}

// OpenSSL keeps its errors in a list of the thread, which its TLS reads as its own.
class ErrorsForgotten {
 public:
  ErrorsForgotten() { ERR_set_mark(); }
  ~ErrorsForgotten() { ERR_pop_to_mark(); }
  ErrorsForgotten(const ErrorsForgotten&) = delete;
  ErrorsForgotten& operator=(const ErrorsForgotten&) = delete;
};

using KeyContext = std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)>;

Error invalid_ecdsa_key(std::string detail) {
  return {ErrorCode::invalid_key, std::move(detail)};
}

// OpenSSL wants DER. Empty, which verifies nothing, only for want of memory.
Bytes to_der(ByteView raw) {
  const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> parts(ECDSA_SIG_new(),
                                                                    &ECDSA_SIG_free);
  const std::size_t half = raw.size() / 2;
  BIGNUM* r = BN_bin2bn(raw.data(), static_cast<int>(half), nullptr);
  BIGNUM* s = BN_bin2bn(raw.data() + half, static_cast<int>(half), nullptr);
  if (parts == nullptr || r == nullptr || s == nullptr || ECDSA_SIG_set0(parts.get(), r, s) != 1) {
    BN_free(r);
    BN_free(s);
    return {};
  }
  const int size = i2d_ECDSA_SIG(parts.get(), nullptr);
  Bytes der(size > 0 ? static_cast<std::size_t>(size) : 0);
  std::uint8_t* out = der.data();
  i2d_ECDSA_SIG(parts.get(), &out);
  return der;
}

bool verify_hash(EVP_PKEY* key, ByteView hash, ByteView der) {
  const KeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr), &EVP_PKEY_CTX_free);
  return context != nullptr && EVP_PKEY_verify_init(context.get()) == 1 &&
         EVP_PKEY_verify(context.get(), der.data(), der.size(), hash.data(), hash.size()) == 1;
}

}  // namespace

struct EcdsaPublicKey::Point {
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key{nullptr, &EVP_PKEY_free};
};

std::string_view name_of(EcdsaCurve curve) {
  return facts(curve).name;
}

Result<EcdsaPublicKey, Error> EcdsaPublicKey::make(EcdsaCurve curve, ByteView encoded,
                                                   Bytes compressed) {
  const ErrorsForgotten errors_forgotten;
  // Neither parameter is written to; OSSL_PARAM has no const.
  std::string group(facts(curve).openssl_name);
  Bytes point(encoded.begin(), encoded.end());
  std::array<OSSL_PARAM, 3> parameters{
      OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group.data(), 0),
      OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()),
      OSSL_PARAM_construct_end()};
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr), &EVP_PKEY_CTX_free);
  EVP_PKEY* key = nullptr;
  if (context == nullptr || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.data()) != 1) {
    return fail(
        invalid_ecdsa_key("the public key is not a point of " + std::string(name_of(curve))));
  }
  auto shared = std::make_shared<Point>();
  shared->key.reset(key);
  return EcdsaPublicKey(curve, std::move(compressed), std::move(shared));
}

Result<EcdsaPublicKey, Error> EcdsaPublicKey::from_compressed(EcdsaCurve curve, ByteView bytes) {
  const std::size_t size = 1 + facts(curve).field_size;
  if (bytes.size() != size || (bytes[0] != 0x02 && bytes[0] != 0x03)) {
    return fail(invalid_ecdsa_key("a compressed point of " + std::string(name_of(curve)) + " has " +
                                  std::to_string(size) + " bytes and begins with 02 or 03"));
  }
  return make(curve, bytes, Bytes(bytes.begin(), bytes.end()));
}

Result<EcdsaPublicKey, Error> EcdsaPublicKey::from_coordinates(EcdsaCurve curve, ByteView x,
                                                               ByteView y) {
  const std::size_t size = facts(curve).field_size;
  if (x.size() != size || y.size() != size) {
    return fail(invalid_ecdsa_key("each coordinate of a key on " + std::string(name_of(curve)) +
                                  " has " + std::to_string(size) + " bytes"));
  }
  Bytes uncompressed{0x04};
  uncompressed.insert(uncompressed.end(), x.begin(), x.end());
  uncompressed.insert(uncompressed.end(), y.begin(), y.end());
  Bytes compressed{static_cast<std::uint8_t>(0x02 | (y.back() & 0x01))};
  compressed.insert(compressed.end(), x.begin(), x.end());
  return make(curve, uncompressed, std::move(compressed));
}

Result<EcdsaPublicKey, Error> EcdsaPublicKey::from_multikey(std::string_view text) {
  const auto decoded = from_multibase(Multibase::base58btc, text);
  if (!decoded) return fail(decoded.error());
  const ByteView bytes(*decoded);
  for (const EcdsaCurve curve : {EcdsaCurve::p256, EcdsaCurve::p384}) {
    const auto& codec = facts(curve).codec;
    if (bytes.size() > codec.size() && std::equal(codec.begin(), codec.end(), bytes.begin())) {
      return from_compressed(curve, bytes.subspan(codec.size()));
    }
  }
  return fail(invalid_ecdsa_key("not a P-256 or P-384 Multikey"));
}

std::string EcdsaPublicKey::to_multikey() const {
  const auto& codec = facts(curve_).codec;
  Bytes prefixed(codec.begin(), codec.end());
  prefixed.insert(prefixed.end(), compressed_.begin(), compressed_.end());
  return to_multibase(Multibase::base58btc, prefixed);
}

bool EcdsaPublicKey::verify(ByteView message, ByteView signature) const {
  if (signature.size() != 2 * facts(curve_).field_size) return false;
  const ErrorsForgotten errors_forgotten;
  const Bytes der = to_der(signature);
  if (curve_ == EcdsaCurve::p256) return verify_hash(point_->key.get(), sha256(message), der);
  return verify_hash(point_->key.get(), sha384(message), der);
}

}  // namespace avow::core

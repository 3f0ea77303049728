#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/params.h>

#include "core/data_integrity.h"
#include "core/ecdsa.h"
#include "core/multibase.h"
#include "core/testing/vectors.h"

namespace avow::core::testing {

/// (R, n − S), the other signature that anybody can make of this one (R ‖ S); n is the order of the curve's group
/// (SEC 2 "Recommended Elliptic Curve Domain Parameters").
inline Bytes twin_of(EcdsaCurve curve, Bytes signature) {
  const Bytes order = from_hex(
      curve == EcdsaCurve::p256 ? "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"
                                : "ffffffffffffffffffffffffffffffffffffffffffffffff"
                                  "c7634d81f4372ddf581a0db248b0a77aecec196accc52973");
  const std::size_t half = signature.size() / 2;
  int borrow = 0;
  for (std::size_t i = half; i-- > 0;) {
    std::uint8_t& digit = signature[half + i];
    const int difference = int{order[i]} - int{digit} - borrow;
    borrow = difference < 0 ? 1 : 0;
    digit = static_cast<std::uint8_t>(difference + 256 * borrow);
  }
  return signature;
}

/// R ‖ S as DER: a SEQUENCE of two INTEGERs.
inline Bytes der_of(ByteView signature) {
  Bytes integers;
  for (const ByteView whole :
       {signature.first(signature.size() / 2), signature.subspan(signature.size() / 2)}) {
    const auto first = std::find_if(whole.begin(), whole.end() - 1, [](int b) { return b != 0; });
    Bytes number(first, whole.end());
    if (number.front() >= 0x80) number.insert(number.begin(), 0x00);  // or it would be negative
    integers.push_back(0x02);
    integers.push_back(static_cast<std::uint8_t>(number.size()));
    integers.insert(integers.end(), number.begin(), number.end());
  }
  Bytes der{0x30, static_cast<std::uint8_t>(integers.size())};
  der.insert(der.end(), integers.begin(), integers.end());
  return der;
}

/// Signs with ECDSA, which the product never does: OpenSSL alone makes the key and the signature, so that what we verify
/// is another's work. Every failure throws, so that a test fails.
class EcdsaSigner {
 public:
  /// The key whose secret scalar is `secret`.
  EcdsaSigner(EcdsaCurve curve, ByteView secret) : width_(secret.size()) {
    const bool is_p256 = curve == EcdsaCurve::p256;
    const Owned<EC_GROUP, EC_GROUP_free> group(
        EC_GROUP_new_by_curve_name(is_p256 ? NID_X9_62_prime256v1 : NID_secp384r1));
    const Owned<BIGNUM, BN_free> scalar(
        BN_bin2bn(secret.data(), static_cast<int>(secret.size()), nullptr));
    const Owned<EC_POINT, EC_POINT_free> point(EC_POINT_new(group.get()));
    check(EC_POINT_mul(group.get(), point.get(), scalar.get(), nullptr, nullptr, nullptr));
    public_.resize(1 + 2 * width_);
    check(EC_POINT_point2oct(group.get(), point.get(), POINT_CONVERSION_UNCOMPRESSED,
                             public_.data(), public_.size(), nullptr) == public_.size());
    Bytes native(width_);
    check(BN_bn2nativepad(scalar.get(), native.data(), static_cast<int>(width_)) > 0);
    std::string name = is_p256 ? "prime256v1" : "secp384r1";
    std::array<OSSL_PARAM, 4> parameters{
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, name.data(), 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, public_.data(), public_.size()),
        OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_PRIV_KEY, native.data(), native.size()),
        OSSL_PARAM_construct_end()};
    const Owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free> context(
        EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
    EVP_PKEY* key = nullptr;
    check(EVP_PKEY_fromdata_init(context.get()));
    check(EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_KEYPAIR, parameters.data()));
    key_.reset(key);
    digest_ = is_p256 ? "SHA256" : "SHA384";
    public_key_ =
        std::make_unique<EcdsaPublicKey>(EcdsaPublicKey::from_coordinates(curve, x(), y()).value());
  }

  const EcdsaPublicKey& public_key() const { return *public_key_; }
  ByteView x() const { return ByteView(public_).subspan(1, width_); }
  ByteView y() const { return ByteView(public_).subspan(1 + width_, width_); }

  /// R ‖ S; another one each time.
  Bytes sign(ByteView message) const {
    const Owned<EVP_MD_CTX, EVP_MD_CTX_free> context(EVP_MD_CTX_new());
    check(EVP_DigestSignInit_ex(context.get(), nullptr, digest_, nullptr, nullptr, key_.get(),
                                nullptr));
    std::size_t size = 0;
    check(EVP_DigestSign(context.get(), nullptr, &size, message.data(), message.size()));
    Bytes der(size);
    check(EVP_DigestSign(context.get(), der.data(), &size, message.data(), message.size()));
    const std::uint8_t* in = der.data();
    const Owned<ECDSA_SIG, ECDSA_SIG_free> parts(
        d2i_ECDSA_SIG(nullptr, &in, static_cast<long>(size)));
    Bytes raw(2 * width_);
    const int width = static_cast<int>(width_);
    check(BN_bn2binpad(ECDSA_SIG_get0_r(parts.get()), raw.data(), width) == width);
    check(BN_bn2binpad(ECDSA_SIG_get0_s(parts.get()), raw.data() + width_, width) == width);
    return raw;
  }

  /// The document with an ecdsa-jcs-2019 proof made of these members, and its @context in it.
  Json secure(Json document, Json proof) const {
    proof.set("type", "DataIntegrityProof");
    proof.set("cryptosuite", "ecdsa-jcs-2019");
    if (const Json* context = document.find("@context")) proof.set("@context", *context);
    const Bytes signature = sign(proof_hash_data(document, proof, public_key()));
    proof.set("proofValue", to_multibase(Multibase::base58btc, signature));
    return with_proof(std::move(document), std::move(proof));
  }

 private:
  template <class T, void (*release)(T*)>
  struct Release {
    void operator()(T* owned) const { release(owned); }
  };
  template <class T, void (*release)(T*)>
  using Owned = std::unique_ptr<T, Release<T, release>>;

  static void check(bool succeeded) {
    if (!succeeded) throw std::runtime_error("OpenSSL failed in a test");
  }
  static void check(int result) { check(result == 1); }

  std::size_t width_;
  Bytes public_;  // 04 ‖ x ‖ y
  const char* digest_ = nullptr;
  Owned<EVP_PKEY, EVP_PKEY_free> key_;
  std::unique_ptr<EcdsaPublicKey> public_key_;
};

}  // namespace avow::core::testing

#include "core/public_key.h"

#include <algorithm>
#include <array>
#include <optional>

#include "core/base64url.h"

namespace avow::core {
namespace {

Error invalid_key(std::string detail, std::string pointer = {}) {
  return {ErrorCode::invalid_key, std::move(detail), std::move(pointer)};
}

constexpr std::string_view kEd25519 = "Ed25519";
// 48 bytes are 64 characters.
constexpr std::size_t kMaxCoordinateSize = 64;

/// RFC 7518 "Parameters for Private Keys" of each key type, and the octets of a symmetric one.
constexpr std::array<std::string_view, 8> kSecretMembers{"d",  "p",  "q",   "dp",
                                                         "dq", "qi", "oth", "k"};

/// What a public JWK says of its key, before the key itself is looked at.
struct JwkParts {
  std::string_view curve;
  std::string_view x;
  std::string_view y;  // empty for Ed25519

  std::string text() const {
    return std::string(curve) + '.' + std::string(x) + '.' + std::string(y);
  }
};

bool may_verify(const Json& jwk) {
  if (const Json* use = jwk.find("use"); use != nullptr) {
    if (use->as_string() == nullptr || *use->as_string() != "sig") return false;
  }
  const Json* operations = jwk.find("key_ops");
  if (operations == nullptr) return true;
  const auto* list = operations->as_array();
  return list != nullptr && std::find(list->begin(), list->end(), Json("verify")) != list->end();
}

bool goes_with(const std::string& algorithm, std::string_view curve) {
  if (curve == kEd25519) return algorithm == "EdDSA" || algorithm == "Ed25519";
  return algorithm == (curve == name_of(EcdsaCurve::p256) ? "ES256" : "ES384");
}

Result<std::string_view, Error> read_coordinate(const Json& jwk, std::string_view name) {
  const std::string* text = jwk.find_string(name);
  if (text == nullptr || text->size() > kMaxCoordinateSize) {
    return fail(
        invalid_key("a coordinate is missing, not a text or too long", '/' + std::string(name)));
  }
  return std::string_view(*text);
}

Result<void, Error> check_use(const Json& jwk, std::string_view curve) {
  if (!may_verify(jwk)) return fail(invalid_key("use or key_ops does not allow to verify with it"));
  const Json* algorithm = jwk.find("alg");
  if (algorithm == nullptr) return {};
  if (algorithm->as_string() == nullptr || !goes_with(*algorithm->as_string(), curve)) {
    return fail(Error{ErrorCode::alg_key_mismatch, "alg does not go with the key's curve", "/alg"});
  }
  return {};
}

Result<JwkParts, Error> read_jwk(const Json& jwk) {
  if (!jwk.is_object()) return fail(invalid_key("a JWK is an object"));
  if (holds_secret(jwk)) {
    return fail(Error{ErrorCode::private_key_material, "the JWK holds a secret key"});
  }
  const std::string* type = jwk.find_string("kty");
  const std::string* curve = jwk.find_string("crv");
  const bool is_okp = type != nullptr && *type == "OKP";
  const bool is_ec = type != nullptr && *type == "EC";
  const bool is_known =
      curve != nullptr &&
      ((is_okp && *curve == kEd25519) ||
       (is_ec && (*curve == name_of(EcdsaCurve::p256) || *curve == name_of(EcdsaCurve::p384))));
  if (!is_known) return fail(invalid_key("only OKP with Ed25519, and EC with P-256 or P-384"));
  JwkParts parts{*curve, {}, {}};
  if (auto usable = check_use(jwk, parts.curve); !usable) return fail(std::move(usable.error()));
  const auto x = read_coordinate(jwk, "x");
  if (!x) return fail(x.error());
  parts.x = *x;
  if (!is_ec) return parts;
  const auto y = read_coordinate(jwk, "y");
  if (!y) return fail(y.error());
  parts.y = *y;
  return parts;
}

template <class Key>
PublicKey as_public_key(Key key) {
  return PublicKey(std::move(key));
}

Result<PublicKey, Error> make_key(const JwkParts& parts) {
  const auto x = from_base64url(parts.x);
  if (!x) return fail(x.error());
  if (parts.curve == kEd25519) {
    return Ed25519PublicKey::from_bytes(*x).map(as_public_key<Ed25519PublicKey>);
  }
  const auto y = from_base64url(parts.y);
  if (!y) return fail(y.error());
  const bool is_p256 = parts.curve == name_of(EcdsaCurve::p256);
  return EcdsaPublicKey::from_coordinates(is_p256 ? EcdsaCurve::p256 : EcdsaCurve::p384, *x, *y)
      .map(as_public_key<EcdsaPublicKey>);
}

}  // namespace

bool holds_secret(const Json& jwk) {
  return std::any_of(kSecretMembers.begin(), kSecretMembers.end(),
                     [&jwk](std::string_view name) { return jwk.find(name) != nullptr; });
}

Result<PublicKey, Error> PublicKey::from_multikey(std::string_view text) {
  auto ed25519 = Ed25519PublicKey::from_multikey(text).map(as_public_key<Ed25519PublicKey>);
  if (ed25519 || ed25519.error().code != ErrorCode::invalid_key) return ed25519;
  auto ecdsa = EcdsaPublicKey::from_multikey(text).map(as_public_key<EcdsaPublicKey>);
  if (ecdsa || ecdsa.error().code != ErrorCode::invalid_key) return ecdsa;
  return fail(invalid_key("not a Multikey of Ed25519, P-256 or P-384"));
}

Result<PublicKey, Error> PublicKey::from_jwk(const Json& jwk) {
  const auto parts = read_jwk(jwk);
  if (!parts) return fail(parts.error());
  return make_key(*parts);
}

ByteView PublicKey::bytes() const {
  if (const auto* ed25519 = as_ed25519()) return ed25519->bytes();
  return as_ecdsa()->compressed();
}

std::string PublicKey::to_multikey() const {
  if (const auto* ed25519 = as_ed25519()) return ed25519->to_multikey();
  return as_ecdsa()->to_multikey();
}

bool PublicKey::verify(ByteView message, ByteView signature) const {
  if (const auto* ed25519 = as_ed25519()) return ed25519->verify(message, signature);
  return as_ecdsa()->verify(message, signature);
}

Result<PublicKey, Error> PublicKeyCache::from_multikey(std::string_view text) {
  const std::string name(text);
  if (auto known = known_.get(name)) return std::move(*known);
  auto key = PublicKey::from_multikey(text);
  if (key) known_.put(name, *key);
  return key;
}

Result<PublicKey, Error> PublicKeyCache::from_jwk(const Json& jwk) {
  const auto parts = read_jwk(jwk);
  if (!parts) return fail(parts.error());
  const std::string name = parts->text();
  if (auto known = known_.get(name)) return std::move(*known);
  auto key = make_key(*parts);
  if (key) known_.put(name, *key);
  return key;
}

}  // namespace avow::core

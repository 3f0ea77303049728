#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/bytes.h"
#include "core/error.h"

namespace avow::core {

enum class EcdsaCurve { p256, p384 };

/// "P-256" or "P-384", as JOSE writes them.
std::string_view name_of(EcdsaCurve curve);

/// A public key on a NIST curve whose point was validated: on the curve, coordinates below the field's prime, not the
/// point at infinity. Verifies only: nothing here signs with ECDSA.
class EcdsaPublicKey {
 public:
  /// SEC 1 "Elliptic-Curve-Point-to-Octet-String Conversion", compressed: 33 (P-256) or 49 (P-384) bytes.
  /// fails invalid_key
  static Result<EcdsaPublicKey, Error> from_compressed(EcdsaCurve curve, ByteView bytes);
  /// Both coordinates in the curve's full width, 32 or 48 bytes, leading zeros kept.
  /// fails invalid_key
  static Result<EcdsaPublicKey, Error> from_coordinates(EcdsaCurve curve, ByteView x, ByteView y);
  /// `z` + base58btc(80 24 or 81 24 ‖ compressed point), canonical encoding only.
  /// fails invalid_key, bad_multibase
  static Result<EcdsaPublicKey, Error> from_multikey(std::string_view text);

  EcdsaCurve curve() const { return curve_; }
  const Bytes& compressed() const { return compressed_; }
  std::string to_multikey() const;
  /// Over the message's hash, SHA-256 for P-256 and SHA-384 for P-384. The signature is R ‖ S (IEEE P1363), 64 or 96
  /// bytes; anything else is false. S may be in either half: (R, n − S) verifies as well, so the bytes of a
  /// signature identify nothing.
  bool verify(ByteView message, ByteView signature) const;

  friend bool operator==(const EcdsaPublicKey& a, const EcdsaPublicKey& b) {
    return a.curve_ == b.curve_ && a.compressed_ == b.compressed_;
  }

 private:
  struct Point;  // OpenSSL's form; never changed once made, hence shared between copies and threads
  EcdsaPublicKey(EcdsaCurve curve, Bytes compressed, std::shared_ptr<const Point> point)
      : curve_(curve), compressed_(std::move(compressed)), point_(std::move(point)) {}
  static Result<EcdsaPublicKey, Error> make(EcdsaCurve curve, ByteView encoded, Bytes compressed);

  EcdsaCurve curve_;
  Bytes compressed_;
  std::shared_ptr<const Point> point_;
};

}  // namespace avow::core

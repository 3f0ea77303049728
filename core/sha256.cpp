#include "core/sha256.h"

#include <algorithm>

#include "core/internal/digest.h"
#include "core/multibase.h"

namespace avow::core {

Sha256 sha256(std::initializer_list<ByteView> parts) {
  static const internal::Digest algorithm("SHA256");
  Sha256 hash{};
  algorithm.compute(parts, hash);
  return hash;
}

Sha256 sha256(ByteView bytes) {
  return sha256({bytes});
}

Sha256 sha256(std::string_view text) {
  return sha256({as_bytes(text)});
}

std::string to_multibase(const Sha256& hash) {
  return to_multibase(Multibase::base64url, hash);
}

Result<Sha256, Error> sha256_from_multibase(std::string_view text) {
  Sha256 hash{};
  constexpr std::size_t kTextSize = 1 + 43;  // `u` and 256 bits, six a character
  if (text.size() != kTextSize) {
    return fail(Error{ErrorCode::bad_multibase, "a hash is `u` and 43 characters of base64url"});
  }
  const auto bytes = from_multibase(Multibase::base64url, text);
  if (!bytes) return fail(bytes.error());
  std::copy(bytes->begin(), bytes->end(), hash.begin());
  return hash;
}

}  // namespace avow::core

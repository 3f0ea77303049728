#pragma once

#include <initializer_list>
#include <memory>
#include <span>

#include <openssl/evp.h>

#include "core/bytes.h"

namespace avow::core::internal {

/// A hash function of OpenSSL. Looking one up costs OpenSSL 3 more than hashing a proof does: it is made once.
class Digest {
 public:
  explicit Digest(const char* name);

  /// Hashes the parts one after the other. `hash` has the function's own size.
  void compute(std::initializer_list<ByteView> parts, std::span<std::uint8_t> hash) const;

 private:
  std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)> algorithm_;
};

}  // namespace avow::core::internal

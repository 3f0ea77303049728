#include "core/sha384.h"

#include "core/internal/digest.h"

namespace avow::core {

Sha384 sha384(ByteView bytes) {
  static const internal::Digest algorithm("SHA384");
  Sha384 hash{};
  algorithm.compute({bytes}, hash);
  return hash;
}

Sha384 sha384(std::string_view text) {
  return sha384(as_bytes(text));
}

}  // namespace avow::core

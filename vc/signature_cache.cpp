#include "vc/signature_cache.h"

#include <array>
#include <cstring>

namespace avow::vc {

core::Sha256 SignatureCache::key_of(const core::PublicKey& public_key, core::ByteView signed_data,
                                    std::string_view proof_value) {
  // The key's size tells its kind, and with it the size of the data, so that no byte can move from one part into the
  // next.
  const core::ByteView key = public_key.bytes();
  const std::array<std::uint8_t, 1> key_size{static_cast<std::uint8_t>(key.size())};
  return core::sha256({core::ByteView(key_size), key, signed_data, core::as_bytes(proof_value)});
}

std::size_t SignatureCache::FirstBytes::operator()(const core::Sha256& hash) const {
  std::size_t value = 0;
  std::memcpy(&value, hash.data(), sizeof(value));
  return value;
}

}  // namespace avow::vc

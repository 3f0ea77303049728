// One spelling for each value: what decodes is the text that its bytes encode to.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "core/ed25519.h"
#include "core/multibase.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using avow::core::Multibase;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const Multibase base : {Multibase::base58btc, Multibase::base64url}) {
    const auto bytes = avow::core::from_multibase(base, text);
    if (bytes && avow::core::to_multibase(base, *bytes) != text) std::abort();
    const avow::core::ByteView whole(data, size);
    if (size > 180) continue;  // 180 bytes are at most 247 digits; 256 may be decoded
    const auto decoded = avow::core::from_multibase(base, avow::core::to_multibase(base, whole));
    if (!decoded || !std::equal(decoded->begin(), decoded->end(), whole.begin(), whole.end()))
      std::abort();
  }
  const auto key = avow::core::Ed25519PublicKey::from_multikey(text);
  if (key && key->to_multikey() != text) std::abort();
  return 0;
}

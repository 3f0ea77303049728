#include "core/internal/utf8.h"

#include <cstdint>
#include <cstring>

namespace avow::core {
namespace {

bool is_between(unsigned char byte, unsigned char low, unsigned char high) {
  return low <= byte && byte <= high;
}

bool is_continuation(unsigned char byte) {
  return is_between(byte, 0x80, 0xBF);
}

/// The length of the well-formed sequence of two to four bytes at the start, or 0.
std::size_t multibyte_length(const unsigned char* at, std::size_t left) {
  const unsigned char lead = at[0];
  if (is_between(lead, 0xC2, 0xDF)) {
    return left >= 2 && is_continuation(at[1]) ? 2 : 0;
  }
  if (is_between(lead, 0xE0, 0xEF)) {
    const unsigned char low = lead == 0xE0 ? 0xA0 : 0x80;
    const unsigned char high = lead == 0xED ? 0x9F : 0xBF;
    return left >= 3 && is_between(at[1], low, high) && is_continuation(at[2]) ? 3 : 0;
  }
  if (is_between(lead, 0xF0, 0xF4)) {
    const unsigned char low = lead == 0xF0 ? 0x90 : 0x80;
    const unsigned char high = lead == 0xF4 ? 0x8F : 0xBF;
    return left >= 4 && is_between(at[1], low, high) && is_continuation(at[2]) &&
                   is_continuation(at[3])
               ? 4
               : 0;
  }
  return 0;
}

}  // namespace

std::size_t character_length(std::string_view text) {
  if (text.empty()) return 0;
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  return bytes[0] < 0x80 ? 1 : multibyte_length(bytes, text.size());
}

std::size_t valid_utf8_prefix(std::string_view text) {
  constexpr std::uint64_t kHighBits = 0x8080808080808080;
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  std::size_t at = 0;
  while (at < text.size()) {
    // Nearly all text is ASCII: eight bytes at a time.
    if (std::uint64_t block = 0; text.size() - at >= sizeof(block)) {
      std::memcpy(&block, bytes + at, sizeof(block));
      if ((block & kHighBits) == 0) {
        at += sizeof(block);
        continue;
      }
    }
    const std::size_t length = character_length(text.substr(at));
    if (length == 0) break;
    at += length;
  }
  return at;
}

}  // namespace avow::core

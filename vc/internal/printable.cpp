#include "vc/internal/printable.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

namespace avow::vc::internal {
namespace {

struct CodePoint {
  std::uint32_t value;
  std::size_t size;
};

/// Decodes the character at the front; a stray byte stands for itself.
CodePoint front_of(std::string_view text) {
  const auto byte = [text](std::size_t at) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(text[at]));
  };
  const std::uint32_t lead = byte(0);
  const std::size_t size = lead < 0xC0 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (size == 1 || text.size() < size) return {lead, 1};
  std::uint32_t value = lead & (0x7FU >> size);
  for (std::size_t at = 1; at < size; ++at) value = (value << 6U) | (byte(at) & 0x3FU);
  return {value, size};
}

bool is_unprintable(std::uint32_t c) {
  return c < 0x20 || (c >= 0x7F && c <= 0x9F) || c == 0x061C || (c >= 0x200B && c <= 0x200F) ||
         (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF;
}

}  // namespace

std::string printable(std::string_view text) {
  // Nearly everything is ASCII without controls.
  if (std::ranges::all_of(text, [](char c) { return ' ' <= c && c <= '~'; }))
    return std::string(text);
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const CodePoint c = front_of(text);
    if (is_unprintable(c.value)) {
      std::array<char, 8> digits{};
      const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), c.value, 16).ptr;
      out.append("\\u{").append(digits.data(), end).append("}");
    } else {
      out.append(text.substr(0, c.size));
    }
    text.remove_prefix(c.size);
  }
  return out;
}

std::string in_quotes(std::string_view text, std::size_t max_size) {
  std::size_t size = 0;
  while (size < text.size()) {
    const std::size_t next = front_of(text.substr(size)).size;
    if (size + next > max_size) break;
    size += next;
  }
  return "\"" + printable(text.substr(0, size)) + (size < text.size() ? "…\"" : "\"");
}

}  // namespace avow::vc::internal

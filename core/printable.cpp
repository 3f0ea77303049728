#include "core/printable.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>

#include "core/internal/utf8.h"

namespace avow::core {
namespace {

struct Character {
  std::uint32_t code;
  std::size_t size;  // bytes
  bool is_utf8;
};

/// The character at the front; a byte that begins none stands for itself.
Character front_of(std::string_view text) {
  const auto byte = [text](std::size_t at) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(text[at]));
  };
  const std::size_t size = character_length(text);
  if (size <= 1) return {byte(0), 1, size == 1};
  std::uint32_t code = byte(0) & (0x7FU >> size);
  for (std::size_t at = 1; at < size; ++at) code = (code << 6U) | (byte(at) & 0x3FU);
  return {code, size, true};
}

bool is_printable(const Character& c) {
  const auto within = [&](std::uint32_t first, std::uint32_t last) {
    return first <= c.code && c.code <= last;
  };
  return c.is_utf8 &&
         !(within(0, 0x1F) || within(0x7F, 0x9F) || c.code == 0x061C || within(0x200B, 0x200F) ||
           within(0x2028, 0x202E) || within(0x2060, 0x206F) || c.code == 0xFEFF);
}

}  // namespace

std::string printable(std::string_view text) {
  // Nearly everything is ASCII without controls.
  if (std::ranges::all_of(text, [](char c) { return ' ' <= c && c <= '~'; }))
    return std::string(text);
  std::string shown;
  shown.reserve(text.size());
  while (!text.empty()) {
    const Character c = front_of(text);
    if (is_printable(c)) {
      shown += text.substr(0, c.size);
    } else {
      char escaped[16];
      std::snprintf(escaped, sizeof escaped, "\\u%04x", static_cast<unsigned>(c.code));
      shown += escaped;
    }
    text.remove_prefix(c.size);
  }
  return shown;
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

}  // namespace avow::core

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

struct Range {
  std::uint32_t first;
  std::uint32_t last;
};

/// Unicode's Bidi_Control and Default_Ignorable_Code_Point, the controls and the separators of lines. Not the variation
/// selectors of emoji (U+FE00 to FE0F), which many names have.
constexpr Range kNotShown[] = {
    {0x0000, 0x001F},    // C0
    {0x007F, 0x009F},    // DEL, C1
    {0x00AD, 0x00AD},    // soft hyphen
    {0x034F, 0x034F},    // combining grapheme joiner
    {0x061C, 0x061C},    // Arabic letter mark
    {0x115F, 0x1160},    // Hangul fillers
    {0x17B4, 0x17B5},    // Khmer inherent vowels
    {0x180B, 0x180F},    // Mongolian selectors and vowel separator
    {0x200B, 0x200F},    // zero width; directional marks
    {0x2028, 0x202E},    // line and paragraph separator; embeddings and overrides
    {0x2060, 0x206F},    // word joiner, invisible operators, isolates
    {0x3164, 0x3164},    // Hangul filler
    {0xFEFF, 0xFEFF},    // byte order mark
    {0xFFA0, 0xFFA0},    // halfwidth Hangul filler
    {0xFFF0, 0xFFFB},    // specials; interlinear annotation
    {0x1BCA0, 0x1BCA3},  // shorthand format controls
    {0x1D173, 0x1D17A},  // musical format controls
    {0xE0000, 0xE0FFF},  // tags, selectors of variants
};

bool is_printable(const Character& c) {
  return c.is_utf8 && std::ranges::none_of(kNotShown, [&](const Range& range) {
           return range.first <= c.code && c.code <= range.last;
         });
}

/// As JSON escapes it: above U+FFFF as two surrogates.
void append_escaped(std::string& text, std::uint32_t code) {
  if (code > 0xFFFF) {
    append_escaped(text, 0xD800 + ((code - 0x10000) >> 10U));
    append_escaped(text, 0xDC00 + (code & 0x3FFU));
    return;
  }
  char escaped[16];
  std::snprintf(escaped, sizeof escaped, "\\u%04x", static_cast<unsigned>(code));
  text += escaped;
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
      append_escaped(shown, c.code);
    }
    text.remove_prefix(c.size);
  }
  return shown;
}

std::string shortened(std::string_view text, std::size_t max_size) {
  std::size_t size = 0;
  while (size < text.size()) {
    const std::size_t next = front_of(text.substr(size)).size;
    if (size + next > max_size) break;
    size += next;
  }
  return printable(text.substr(0, size)) + (size < text.size() ? "…" : "");
}

std::string in_quotes(std::string_view text, std::size_t max_size) {
  return "\"" + shortened(text, max_size) + "\"";
}

}  // namespace avow::core

#pragma once

#include <string>
#include <string_view>

namespace avow::did::internal {

// DID and URI grammars are ASCII; <cctype> would ask the locale.

inline bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
inline bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
inline bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
inline bool is_alphanumeric(char c) {
  return is_lower(c) || is_upper(c) || is_digit(c);
}
inline bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

/// The value of a hex digit in either case, or -1.
inline int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// True if `text` begins with a percent-encoded byte.
inline bool starts_with_percent_triple(std::string_view text) {
  return text.size() >= 3 && text[0] == '%' && hex_value(text[1]) >= 0 && hex_value(text[2]) >= 0;
}

/// Decodes every `%HH` once. Requires a text in which each '%' begins such a triple, as in any Did.
std::string percent_decoded(std::string_view text);
/// Encodes, in upper-case hex, everything but letters, digits and `kept_punctuation`.
std::string percent_encoded(std::string_view text, std::string_view kept_punctuation);

}  // namespace avow::did::internal

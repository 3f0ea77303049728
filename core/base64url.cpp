#include "core/base64url.h"

#include <cstddef>

#include "core/internal/digits.h"

namespace avow::core {
namespace {

constexpr std::string_view kBase64Alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

constexpr auto kBase64Digits = internal::digits_of(kBase64Alphabet);

}  // namespace

std::string to_base64url(ByteView bytes) {
  std::string text;
  text.reserve((bytes.size() * 4 + 2) / 3);
  std::uint32_t buffer = 0;
  unsigned bits = 0;
  for (const std::uint8_t byte : bytes) {
    buffer = (buffer << 8U) | byte;
    bits += 8;
    while (bits >= 6) {
      bits -= 6;
      text.push_back(kBase64Alphabet[(buffer >> bits) & 63U]);
    }
  }
  if (bits > 0) text.push_back(kBase64Alphabet[(buffer << (6 - bits)) & 63U]);
  return text;
}

Result<Bytes, Error> from_base64url(std::string_view text) {
  if (text.size() % 4 == 1) {
    return fail(Error{ErrorCode::bad_base64url, "no byte string has this length in base64url"});
  }
  Bytes bytes;
  bytes.reserve(text.size() * 3 / 4);
  std::uint32_t buffer = 0;
  unsigned bits = 0;
  for (const char c : text) {
    const std::uint8_t digit = kBase64Digits[static_cast<std::uint8_t>(c)];
    if (digit == internal::kNotADigit) {
      return fail(Error{ErrorCode::bad_base64url, "a character is outside the base64url alphabet"});
    }
    buffer = (buffer << 6U) | digit;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes.push_back(static_cast<std::uint8_t>(buffer >> bits));
    }
  }
  // Two texts must not stand for the same bytes.
  if ((buffer & ((1U << bits) - 1)) != 0) {
    return fail(Error{ErrorCode::bad_base64url, "the unused bits at the end are not zero"});
  }
  return bytes;
}

}  // namespace avow::core

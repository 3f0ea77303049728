#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace avow::core::internal {

inline constexpr std::uint8_t kNotADigit = 0xff;

/// What each byte is worth as a digit of `alphabet`; those outside it are kNotADigit.
constexpr std::array<std::uint8_t, 256> digits_of(std::string_view alphabet) {
  std::array<std::uint8_t, 256> digits{};
  digits.fill(kNotADigit);
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    digits[static_cast<std::uint8_t>(alphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return digits;
}

}  // namespace avow::core::internal

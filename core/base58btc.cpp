#include "core/base58btc.h"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "core/internal/digits.h"

namespace avow::core {
namespace {

constexpr std::string_view kBase58Alphabet =
    "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
constexpr std::size_t kMaxTextSize = 256;

// Five digits or four bytes at a time: both fit 32 bits, and the quadratic work shrinks twentyfold.
constexpr std::size_t kDigitsAtOnce = 5;
constexpr std::uint32_t kDigitsBase = 58U * 58 * 58 * 58 * 58;
constexpr std::size_t kBytesAtOnce = 4;

constexpr auto kBase58Digits = internal::digits_of(kBase58Alphabet);

// The size of the first group, so that all the others are whole.
std::size_t first_group(std::size_t size, std::size_t group) {
  const std::size_t rest = size % group;
  return rest == 0 ? std::min(size, group) : rest;
}

}  // namespace

std::string to_base58btc(ByteView bytes) {
  const auto significant =
      std::find_if(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte != 0; });
  const auto zeros = static_cast<std::size_t>(significant - bytes.begin());
  ByteView rest = bytes.subspan(zeros);

  std::vector<std::uint32_t> number;  // to the base 58^5, least significant first
  while (!rest.empty()) {
    const std::size_t count = first_group(rest.size(), kBytesAtOnce);
    std::uint64_t carry = 0;
    for (const std::uint8_t byte : rest.first(count)) carry = (carry << 8U) | byte;
    for (std::uint32_t& limb : number) {
      carry += std::uint64_t{limb} << 32U;
      limb = static_cast<std::uint32_t>(carry % kDigitsBase);
      carry /= kDigitsBase;
    }
    for (; carry != 0; carry /= kDigitsBase) {
      number.push_back(static_cast<std::uint32_t>(carry % kDigitsBase));
    }
    rest = rest.subspan(count);
  }

  std::string text;  // backwards
  text.reserve(zeros + number.size() * kDigitsAtOnce);
  for (std::uint32_t limb : number) {
    for (std::size_t i = 0; i < kDigitsAtOnce; ++i, limb /= 58) {
      text.push_back(kBase58Alphabet[limb % 58]);
    }
  }
  while (!text.empty() && text.back() == kBase58Alphabet[0]) text.pop_back();
  text.append(zeros, kBase58Alphabet[0]);
  std::reverse(text.begin(), text.end());
  return text;
}

Result<Bytes, Error> from_base58btc(std::string_view text) {
  if (text.size() > kMaxTextSize) {
    return fail(Error{ErrorCode::bad_multibase, "more than 256 characters of base58btc"});
  }
  const std::size_t zeros = std::min(text.find_first_not_of(kBase58Alphabet[0]), text.size());
  std::string_view rest = text.substr(zeros);

  std::vector<std::uint32_t> number;  // to the base 2^32, least significant first
  while (!rest.empty()) {
    const std::size_t count = first_group(rest.size(), kDigitsAtOnce);
    std::uint64_t carry = 0;
    for (const char c : rest.substr(0, count)) {
      const std::uint8_t digit = kBase58Digits[static_cast<std::uint8_t>(c)];
      if (digit == internal::kNotADigit) {
        return fail(
            Error{ErrorCode::bad_multibase, "a character is outside the base58btc alphabet"});
      }
      carry = carry * 58 + digit;
    }
    for (std::uint32_t& limb : number) {
      carry += std::uint64_t{limb} * kDigitsBase;
      limb = static_cast<std::uint32_t>(carry);
      carry >>= 32U;
    }
    if (carry != 0) number.push_back(static_cast<std::uint32_t>(carry));
    rest.remove_prefix(count);
  }

  Bytes bytes;  // backwards
  bytes.reserve(zeros + number.size() * kBytesAtOnce);
  for (std::uint32_t limb : number) {
    for (std::size_t i = 0; i < kBytesAtOnce; ++i, limb >>= 8U) {
      bytes.push_back(static_cast<std::uint8_t>(limb));
    }
  }
  while (!bytes.empty() && bytes.back() == 0) bytes.pop_back();
  bytes.insert(bytes.end(), zeros, 0);
  std::reverse(bytes.begin(), bytes.end());
  return bytes;
}

}  // namespace avow::core

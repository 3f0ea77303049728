#include "core/random.h"

#include <array>

#include "core/bytes.h"
#include "core/internal/sodium.h"

namespace avow::core {

void SystemRandom::fill(std::span<std::uint8_t> out) {
  internal::init_sodium();
  randombytes_buf(out.data(), out.size());
}

std::uint32_t uniform(Random& random, std::uint32_t bound) {
  // The lowest 2^32 mod bound values would make some results likelier than others.
  const std::uint32_t first_fair = (0U - bound) % bound;
  while (true) {
    std::array<std::uint8_t, 4> bytes{};
    random.fill(bytes);
    std::uint32_t value = 0;
    for (const std::uint8_t byte : bytes) value = (value << 8U) | byte;
    if (value >= first_fair) return value % bound;
  }
}

std::string random_uuid(Random& random) {
  std::array<std::uint8_t, 16> bytes{};
  random.fill(bytes);
  bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0fU) | 0x40U);  // version 4
  bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3fU) | 0x80U);  // variant 10
  std::string text = to_hex(bytes);
  for (const std::size_t at : {20U, 16U, 12U, 8U}) text.insert(at, 1, '-');
  return text;
}

}  // namespace avow::core

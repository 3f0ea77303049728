#pragma once

#include <cstdint>
#include <initializer_list>

#include "revocation/status_bits.h"

namespace avow::revocation::testing {

inline StatusBits bits_of(std::initializer_list<std::uint32_t> indexes) {
  StatusBits bits;
  for (const std::uint32_t index : indexes) bits.set(StatusListIndex(index));
  return bits;
}

}  // namespace avow::revocation::testing

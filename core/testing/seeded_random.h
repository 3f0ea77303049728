#pragma once

#include <cstdint>
#include <mutex>

#include "core/random.h"

namespace avow::core::testing {

/// The same bytes for the same seed (splitmix64). For tests alone: everything it
/// gives is predictable.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}

  void fill(std::span<std::uint8_t> out) override {
    const std::lock_guard lock(mutex_);
    for (std::uint8_t& byte : out) byte = static_cast<std::uint8_t>(next() >> 56U);
  }

 private:
  std::uint64_t next() {
    state_ += 0x9e3779b97f4a7c15U;
    std::uint64_t mixed = state_;
    mixed = (mixed ^ (mixed >> 30U)) * 0xbf58476d1ce4e5b9U;
    mixed = (mixed ^ (mixed >> 27U)) * 0x94d049bb133111ebU;
    return mixed ^ (mixed >> 31U);
  }

  std::mutex mutex_;
  std::uint64_t state_;
};

}  // namespace avow::core::testing

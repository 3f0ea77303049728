#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace avow::core {

/// Port: unpredictable bytes.
class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(std::span<std::uint8_t> out) = 0;
};

class SystemRandom final : public Random {
 public:
  void fill(std::span<std::uint8_t> out) override;
};

/// Uniform in [0, bound), bound ≥ 1, without modulo bias.
std::uint32_t uniform(Random& random, std::uint32_t bound);
/// A version 4 UUID, 36 characters in lower case (RFC 9562).
std::string random_uuid(Random& random);

}  // namespace avow::core

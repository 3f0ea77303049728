#include "core/random.h"

#include <algorithm>
#include <array>
#include <set>
#include <vector>

#include <catch2/catch.hpp>

#include "core/testing/seeded_random.h"

namespace avow::core::random_test {
namespace {

// Gives the bytes it was made with, then zeros.
class FixedRandom final : public Random {
 public:
  explicit FixedRandom(std::vector<std::uint8_t> bytes) : bytes_(std::move(bytes)) {}
  void fill(std::span<std::uint8_t> out) override {
    for (std::uint8_t& byte : out) byte = next_ < bytes_.size() ? bytes_[next_++] : 0;
  }

 private:
  std::vector<std::uint8_t> bytes_;
  std::size_t next_ = 0;
};

TEST_CASE("the system's randomness does not repeat itself", "[core][random]") {
  SystemRandom random;
  std::set<std::array<std::uint8_t, 32>> seen;
  for (int i = 0; i < 100; ++i) {
    std::array<std::uint8_t, 32> bytes{};
    random.fill(bytes);
    seen.insert(bytes);
  }
  CHECK(seen.size() == 100);
}

TEST_CASE("uniform stays below its bound and reaches every value", "[core][random]") {
  testing::SeededRandom random(7);
  const auto bound = GENERATE(1U, 2U, 3U, 10U, 256U, 1000U);
  std::set<std::uint32_t> seen;
  for (std::uint32_t i = 0; i < bound * 20; ++i) {
    const std::uint32_t value = uniform(random, bound);
    REQUIRE(value < bound);
    seen.insert(value);
  }
  CHECK(seen.size() == bound);
}

TEST_CASE("uniform stays below bounds near 2^32", "[core][random]") {
  testing::SeededRandom random(8);
  for (const std::uint32_t bound : {0x80000000U, 0x80000001U, 0xffffffffU}) {
    for (int i = 0; i < 1000; ++i) REQUIRE(uniform(random, bound) < bound);
  }
}

TEST_CASE("uniform draws again where the remainder would favour small values", "[core][random]") {
  // 2^32 mod 3 = 1: the value 0 is drawn again, 1 and 2^32 - 1 are kept.
  FixedRandom zero_then_five({0, 0, 0, 0, 0, 0, 0, 5});
  CHECK(uniform(zero_then_five, 3) == 2);
  FixedRandom one({0, 0, 0, 1});
  CHECK(uniform(one, 3) == 1);
  FixedRandom largest({0xff, 0xff, 0xff, 0xff});
  CHECK(uniform(largest, 3) == 0);
}

TEST_CASE("a UUID has the version 4 form of RFC 9562", "[core][random]") {
  FixedRandom ones(std::vector<std::uint8_t>(16, 0xff));
  CHECK(random_uuid(ones) == "ffffffff-ffff-4fff-bfff-ffffffffffff");
  FixedRandom zeros({});
  CHECK(random_uuid(zeros) == "00000000-0000-4000-8000-000000000000");
}

TEST_CASE("UUIDs do not repeat", "[core][random]") {
  SystemRandom random;
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(random_uuid(random));
  CHECK(seen.size() == 1000);
}

TEST_CASE("seeded randomness depends on the seed alone", "[core][random]") {
  const auto draw = [](std::uint64_t seed) {
    testing::SeededRandom random(seed);
    std::array<std::uint8_t, 40> bytes{};
    random.fill(bytes);
    return bytes;
  };
  CHECK(draw(1) == draw(1));
  CHECK(draw(1) != draw(2));
}

}  // namespace
}  // namespace avow::core::random_test

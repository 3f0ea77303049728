#include "revocation/rice_code.h"

#include <cmath>
#include <random>

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include "revocation/testing/bits.h"

namespace rice_code_test {

using namespace avow;
using namespace avow::revocation;
using core::Bytes;
using testing::bits_of;

namespace {

/// One bit in so many is set, at random.
StatusBits random_bits(std::uint64_t seed, int one_in) {
  std::mt19937_64 random(seed);
  StatusBits bits;
  for (std::uint32_t i = 0; i < kListLength; ++i) {
    if (random() % static_cast<unsigned>(one_in) == 0) bits.set(StatusListIndex(i));
  }
  return bits;
}

StatusBits inverted(const StatusBits& bits) {
  StatusBits other;
  for (std::uint32_t i = 0; i < kListLength; ++i) {
    if (!bits.get(StatusListIndex(i))) other.set(StatusListIndex(i));
  }
  return other;
}

bool is_refused(const Bytes& code) {
  const auto bits = from_rice_code(code);
  return !bits && bits.error().code == ErrorCode::malformed_body;
}

}  // namespace

TEST_CASE("lists whose Rice code is found by hand", "[revocation][rice_code]") {
  struct Row {
    StatusBits bits;
    Bytes code;
  };
  const Row rows[] = {
      {bits_of({}), {0x00}},
      // One gap of 0: a zero, and seven ones to the end of the byte.
      {bits_of({0}), {0x00, 0x7F}},
      // 7 takes four bits with k = 2 (10 11) and with k = 3 (0 111), more with any other: the lower.
      {bits_of({7}), {0x02, 0xBF}},
      // 0, 0, 1: k = 0 takes 0 0 10, k = 1 takes six.
      {bits_of({0, 1, 3}), {0x00, 0b0010'1111}},
      // The last entry: 2^17 - 1 takes 18 bits with k = 16 (10 and sixteen ones), with k = 15 19.
      {bits_of({131'071}), {0x10, 0b1011'1111, 0xFF, 0xFF}},
      // Two gaps of 99: k = 6 takes 10 100011, k = 7 as many bits, k = 5 one more.
      {bits_of({99, 199}), {0x06, 0b1010'0011, 0b1010'0011}},
  };
  for (const Row& row : rows) {
    CHECK(to_rice_code(row.bits) == row.code);
    const auto read = from_rice_code(row.code);
    REQUIRE(read);
    CHECK(*read == row.bits);
    // Of the opposite, the gaps between what is clear.
    Bytes code = row.code;
    code[0] |= 0x80;
    CHECK(to_rice_code(inverted(row.bits)) == code);
    CHECK(from_rice_code(code) == inverted(row.bits));
  }
}

TEST_CASE("a code that is not the one of its list is refused", "[revocation][rice_code]") {
  CHECK(is_refused({}));
  CHECK(is_refused({0x11}));  // a parameter of 17
  CHECK(is_refused({0x01}));  // nothing, with a parameter that serves nothing
  CHECK(is_refused({0x80 | 0x01}));
  CHECK(is_refused({0x00, 0xFF}));         // a byte of filling alone
  CHECK(is_refused({0x00, 0x7F, 0xFF}));   // a byte more than the code needs
  CHECK(is_refused({0x01, 0x3F}));         // 0 with k = 1: longer
  CHECK(is_refused({0x03, 0b0111'1111}));  // 7 with k = 3: as short as with 2, which comes first
  CHECK(is_refused({0x02, 0b1011'1110}));  // 7, then a gap whose low bits are missing
  CHECK(is_refused({0x10, 0b1011'1111}));  // ends within a gap
  CHECK(is_refused({0x10, 0b1100'0000, 0x00, 0b0011'1111}));  // the entry 131,072
  CHECK(is_refused(Bytes(65'536, 0xFF)));
  // More clear bits than set ones, said by the clear ones.
  CHECK(is_refused(Bytes{0x80, 0x7F}) == false);
  CHECK(is_refused(Bytes(1 + kListBytes / 2, 0x00)) ==
        false);  // the first half set, bit by bit: no gap
  Bytes by_clear(1 + kListBytes / 2 + kListBytes / 2, 0xFF);
  by_clear[0] = 0x80;
  for (std::size_t i = 1 + kListBytes / 2; i < by_clear.size(); ++i) by_clear[i] = 0;
  CHECK(is_refused(by_clear));
}

TEST_CASE("one bit in each byte that differs makes another list, or none",
          "[revocation][rice_code]") {
  const auto bits = bits_of({5, 99, 199, 1'000, 40'000, 131'071});
  const auto code = to_rice_code(bits);
  for (std::size_t bit = 0; bit < code.size() * 8; ++bit) {
    CAPTURE(bit);
    Bytes other = code;
    other[bit / 8] ^= static_cast<std::uint8_t>(0x80U >> (bit % 8));
    const auto read = from_rice_code(other);
    CHECK((!read || *read != bits));
  }
}

TEST_CASE("every list comes back as it was", "[revocation][rice_code]") {
  CHECK(rc::check("Rice codes are read as they are written", [] {
    const auto seed = *rc::gen::arbitrary<std::uint64_t>();
    const auto bits = random_bits(seed, *rc::gen::element(1, 2, 3, 10, 100, 1'000, 100'000));
    const auto code = to_rice_code(bits);
    RC_ASSERT(from_rice_code(code) == bits);
    // Never much longer than the bits themselves.
    RC_ASSERT(code.size() <= kListBytes + 2);
  }));
}

TEST_CASE("with one bit in a hundred set a code is within two hundredths of the entropy",
          "[revocation][rice_code]") {
  double entropy = 0;
  double bytes = 0;
  for (std::uint64_t list = 0; list < 20; ++list) {
    const auto bits = random_bits(list, 100);
    // Shannon's, of as many bits with that share set.
    const double p = static_cast<double>(bits.count()) / kListLength;
    entropy -=
        static_cast<double>(kListLength) * (p * std::log2(p) + (1 - p) * std::log2(1 - p)) / 8;
    bytes += static_cast<double>(to_rice_code(bits).size());
  }
  CHECK(bytes >= entropy);
  CHECK(bytes <= 1.02 * entropy);
}

}  // namespace rice_code_test

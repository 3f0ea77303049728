#pragma once

#include <array>
#include <cassert>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "core/bytes.h"
#include "core/sha256.h"
#include "revocation/error.h"

namespace avow::revocation {

/// Entries of one of our lists: the smallest that Bitstring Status List v1.0 allows, so that the
/// herd is large and a list small.
inline constexpr std::uint32_t kListLength = 131'072;
inline constexpr std::size_t kListBytes = kListLength / 8;

/// What a set bit says. Revocation is final; suspension is not.
enum class StatusPurpose { revocation, suspension };
std::string_view name_of(StatusPurpose purpose);  // "revocation", "suspension"
std::optional<StatusPurpose> parse_purpose(std::string_view name);

/// A position in a list, 0 … kListLength − 1.
class StatusListIndex {
 public:
  /// Asserts the range.
  explicit constexpr StatusListIndex(std::uint32_t value) : value_(value) {
    assert(value < kListLength);
  }
  static Result<StatusListIndex, Error> from(std::int64_t value);  // fails range_error

  constexpr std::uint32_t value() const { return value_; }
  friend constexpr auto operator<=>(StatusListIndex, StatusListIndex) = default;

 private:
  std::uint32_t value_;
};

/// The bit at `index` of a bitstring: index 0 is the most significant bit of the first byte.
/// Asserts index < 8 × size.
/// source Bitstring Status List v1.0 "Bitstring Generation Algorithm"
inline bool bit_at(core::ByteView bits, std::uint64_t index) {
  assert(index / 8 < bits.size());
  return ((bits[static_cast<std::size_t>(index / 8)] >> (7U - index % 8)) & 1U) != 0;
}

/// The bits of one list, all clear at first. 16 KiB, flat: copy it to have a snapshot.
class StatusBits {
 public:
  /// fails status_list_length_error unless there are exactly kListBytes
  static Result<StatusBits, Error> from_bytes(core::ByteView bytes);

  bool get(StatusListIndex index) const { return bit_at(bytes_, index.value()); }
  void set(StatusListIndex index) { byte(index) |= mask(index); }
  void clear(StatusListIndex index) { byte(index) &= static_cast<std::uint8_t>(~mask(index)); }
  /// How many are set, and which, ascending.
  std::uint32_t count() const;
  std::vector<StatusListIndex> set_indexes() const;

  core::ByteView bytes() const { return bytes_; }
  core::Sha256 sha256() const { return core::sha256(core::ByteView(bytes_)); }

  friend bool operator==(const StatusBits&, const StatusBits&) = default;

 private:
  static std::uint8_t mask(StatusListIndex index) {
    return static_cast<std::uint8_t>(0x80U >> (index.value() % 8));
  }
  std::uint8_t& byte(StatusListIndex index) { return bytes_[index.value() / 8]; }

  std::array<std::uint8_t, kListBytes> bytes_{};
};

}  // namespace avow::revocation

#include "revocation/status_bits.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <string>

namespace avow::revocation {

std::string_view name_of(StatusPurpose purpose) {
  switch (purpose) {
    case StatusPurpose::revocation:
      return "revocation";
    case StatusPurpose::suspension:
      return "suspension";
  }
  return "";
}

std::optional<StatusPurpose> parse_purpose(std::string_view name) {
  for (const auto purpose : {StatusPurpose::revocation, StatusPurpose::suspension}) {
    if (name == name_of(purpose)) return purpose;
  }
  return std::nullopt;
}

Result<StatusListIndex, Error> StatusListIndex::from(std::int64_t value) {
  if (value < 0 || value >= kListLength) {
    return fail(Error{ErrorCode::range_error,
                      "index " + std::to_string(value) + " is outside a list of 131,072 entries"});
  }
  return StatusListIndex(static_cast<std::uint32_t>(value));
}

Result<StatusBits, Error> StatusBits::from_bytes(core::ByteView bytes) {
  if (bytes.size() != kListBytes) {
    return fail(Error{ErrorCode::status_list_length_error,
                      "a list has 16,384 bytes, not " + std::to_string(bytes.size())});
  }
  StatusBits bits;
  std::ranges::copy(bytes, bits.bytes_.begin());
  return bits;
}

std::uint32_t StatusBits::count() const {
  std::uint32_t total = 0;
  for (std::size_t i = 0; i < bytes_.size(); i += sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes_.data() + i, sizeof word);
    total += static_cast<std::uint32_t>(std::popcount(word));
  }
  return total;
}

std::vector<StatusListIndex> StatusBits::set_indexes() const {
  std::vector<StatusListIndex> indexes;
  for (std::uint32_t i = 0; i < kListLength; ++i) {
    if (i % 8 == 0 && bytes_[i / 8] == 0) {
      i += 7;  // most lists are mostly empty
      continue;
    }
    if (get(StatusListIndex(i))) indexes.emplace_back(i);
  }
  return indexes;
}

}  // namespace avow::revocation

#include "revocation/rice_code.h"

#include <algorithm>
#include <bit>
#include <string>
#include <utility>
#include <vector>

#include "core/multibase.h"

namespace avow::revocation {
namespace {

constexpr std::uint8_t kGapsOfClearBits = 0x80;
constexpr unsigned kMaxParameter = 16;  // 2^17 entries: a longer remainder would only waste bits

using Gaps = std::vector<std::uint32_t>;

/// How many bits are passed over before each that has this value.
Gaps gaps_between(const StatusBits& bits, bool value) {
  constexpr unsigned kWord = 64;
  Gaps gaps;
  gaps.reserve(bits.count());
  const auto bytes = bits.bytes();
  std::uint32_t next = 0;
  for (std::uint32_t first = 0; first < kListLength; first += kWord) {
    std::uint64_t word = 0;
    for (const auto byte : bytes.subspan(first / 8, sizeof word)) word = word << 8U | byte;
    if (!value) word = ~word;
    while (word != 0) {
      const auto zeros = static_cast<unsigned>(std::countl_zero(word));
      gaps.push_back(first + zeros - next);
      next = first + zeros + 1;
      word &= ~(std::uint64_t{1} << (kWord - 1 - zeros));
    }
  }
  return gaps;
}

std::size_t bits_with(const Gaps& gaps, unsigned k) {
  std::size_t quotients = 0;
  for (const auto gap : gaps) quotients += gap >> k;
  return quotients + gaps.size() * (1 + k);
}

/// The lowest k with which the gaps take the fewest bits. One more takes a bit a gap, and saves half of what the gaps have
/// above k, rounded up: ever less, so there is one valley, and it is looked for from where the gaps' mean puts it.
unsigned best_parameter(const Gaps& gaps) {
  if (gaps.empty()) return 0;
  const auto mean = (bits_with(gaps, 0) - gaps.size()) / gaps.size();
  auto k = std::min(kMaxParameter, static_cast<unsigned>(std::bit_width(mean)));
  auto bits = bits_with(gaps, k);
  const auto is_taken = [&](unsigned other, bool also_equal) {
    const auto with_other = bits_with(gaps, other);
    if (with_other > bits || (with_other == bits && !also_equal)) return false;
    k = other;
    bits = with_other;
    return true;
  };
  while (k > 0 && is_taken(k - 1, true)) {
  }
  while (k < kMaxParameter && is_taken(k + 1, false)) {
  }
  return k;
}

/// Writes bits one behind the other, the most significant of each value first.
class BitWriter {
 public:
  explicit BitWriter(core::Bytes& bytes) : bytes_(bytes) {}
  void ones(std::size_t count) {
    for (; count > kMaxWidth; count -= kMaxWidth) write((1U << kMaxWidth) - 1, kMaxWidth);
    write((1U << count) - 1, static_cast<unsigned>(count));
  }
  /// `value` has no bit above `width`, which is kMaxWidth at most.
  void write(std::uint32_t value, unsigned width) {
    waiting_ = waiting_ << width | value;
    for (width_ += width; width_ >= 8; width_ -= 8)
      bytes_.push_back(static_cast<std::uint8_t>(waiting_ >> (width_ - 8)));
  }
  void fill_byte() {
    if (width_ > 0) ones(8 - width_);
  }
  static constexpr unsigned kMaxWidth = 24;

 private:
  core::Bytes& bytes_;
  std::uint64_t waiting_ = 0;
  unsigned width_ = 0;  // of what waits
};

}  // namespace

core::Bytes to_rice_code(const StatusBits& bits) {
  const bool few_are_set = bits.count() <= kListLength / 2;
  const auto gaps = gaps_between(bits, few_are_set);
  const auto k = best_parameter(gaps);
  core::Bytes code;
  code.reserve(1 + (bits_with(gaps, k) + 7) / 8);
  code.push_back(static_cast<std::uint8_t>(k | (few_are_set ? 0U : kGapsOfClearBits)));
  BitWriter writer(code);
  for (const auto gap : gaps) {
    writer.ones(gap >> k);
    writer.write(gap & ((1U << k) - 1), k + 1);  // with the zero before it
  }
  writer.fill_byte();
  return code;
}

Result<StatusBits, Error> from_rice_code(core::ByteView code) {
  if (code.empty()) return malformed_body("a Rice code has a first byte");
  const unsigned k = code[0] & ~unsigned{kGapsOfClearBits};
  const bool is_set = (code[0] & kGapsOfClearBits) == 0;
  if (k > kMaxParameter) return malformed_body("a Rice code's parameter is 16 at most");
  core::Bytes bytes(kListBytes, is_set ? 0x00 : 0xFF);
  const std::uint64_t end = code.size() * 8;
  std::uint64_t next = 0;
  for (std::uint64_t at = 8; at < end;) {
    std::uint64_t quotient = 0;
    while (at < end && bit_at(code, at)) ++at, ++quotient;
    if (at == end) break;  // ones that fill the last byte
    if (end - ++at < k) return malformed_body("a Rice code ends within a gap");
    std::uint64_t gap = quotient;
    for (unsigned i = 0; i < k; ++i, ++at) gap = gap << 1U | (bit_at(code, at) ? 1U : 0U);
    next += gap;
    if (next >= kListLength) return malformed_body("a Rice code goes beyond its list");
    bytes[next / 8] ^= static_cast<std::uint8_t>(0x80U >> (next % 8));
    ++next;
  }
  auto bits = StatusBits::from_bytes(bytes);
  // Nobody shall say one list in two ways, or anything beside it.
  if (bits && !std::ranges::equal(to_rice_code(*bits), code))
    return malformed_body("not the one Rice code of its list");
  return bits;
}

std::string to_rice_text(const StatusBits& bits) {
  return core::to_multibase(core::Multibase::base64url, to_rice_code(bits));
}

Result<StatusBits, Error> from_rice_text(std::string_view text) {
  const auto code = core::from_multibase(core::Multibase::base64url, text);
  if (!code) return malformed_body(code.error().detail);
  return from_rice_code(*code);
}

}  // namespace avow::revocation

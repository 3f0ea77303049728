#pragma once

#include <string>
#include <string_view>

#include "core/bytes.h"
#include "revocation/error.h"
#include "revocation/status_bits.h"

namespace avow::revocation {

/// The bits of one list as Rice code of the gaps between those that are set; if more than half are, between those that are
/// clear. The first byte holds k (0 … 16), and 0x80 if it is the clear ones. Then for each, ascending, the number n of bits
/// passed over since the one before: n >> k ones, a zero, and the k low bits of n, the most significant first; ones fill
/// the last byte. k is the lowest of those that give the fewest bits, so a list has one code. Of a list in which one bit in
/// a hundred is set, at random, it is within 1 % of the entropy.
/// source R. F. Rice and J. R. Plaunt, "Adaptive variable-length coding", IEEE Trans. Comm. 19 (1971)
core::Bytes to_rice_code(const StatusBits& bits);

/// fails malformed_body if it is not exactly what to_rice_code gives for some list
Result<StatusBits, Error> from_rice_code(core::ByteView code);

/// As it stands in statements: multibase base64url, at most kMaxRiceText characters.
inline constexpr std::size_t kMaxRiceText = 1 + (1 + kListBytes + 2) / 3 * 4;
/// How a body names this code.
inline constexpr std::string_view kRiceEncoding = "rice";
std::string to_rice_text(const StatusBits& bits);
Result<StatusBits, Error> from_rice_text(std::string_view text);  // fails malformed_body

}  // namespace avow::revocation

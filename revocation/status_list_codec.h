#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "core/bytes.h"
#include "revocation/error.h"

namespace avow::revocation {

inline constexpr std::size_t kMaxExpandedListBytes = std::size_t{16} << 20;

/// `u` + base64url(GZIP(bits)). The same bits give the same text (the gzip header holds no time and no name).
/// source Bitstring Status List v1.0 "Bitstring Generation Algorithm"
std::string encode_status_list(core::ByteView bits);

/// The expanded bits, at least 131,072 of them. Never holds more than `max_bytes` of output.
/// fails bad_multibase, bad_gzip (not gzip, truncated, wrong CRC or length, anything after the one member),
///       status_list_too_large (more than max_bytes), status_list_length_error
/// source Bitstring Status List v1.0 "Bitstring Expansion Algorithm"; RFC 1952
Result<core::Bytes, Error> decode_status_list(std::string_view encoded,
                                              std::size_t max_bytes = kMaxExpandedListBytes);

}  // namespace avow::revocation

#pragma once

#include <string>
#include <string_view>

#include "core/bytes.h"
#include "core/error.h"

namespace avow::core {

/// Base58 with the Bitcoin alphabet, without a multibase prefix. Decoding is quadratic, so at most 256 characters.
std::string to_base58btc(ByteView bytes);
Result<Bytes, Error> from_base58btc(std::string_view text);  // fails bad_multibase

}  // namespace avow::core

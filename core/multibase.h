#pragma once

#include <string>
#include <string_view>

#include "core/bytes.h"
#include "core/error.h"

namespace avow::core {

/// The two multibase encodings that we write and accept: `z` (base58btc, at most 256 characters) and `u` (base64url).
enum class Multibase { base58btc, base64url };

std::string to_multibase(Multibase base, ByteView bytes);
/// Decodes a text that must have exactly this base's prefix.
/// fails bad_multibase
Result<Bytes, Error> from_multibase(Multibase base, std::string_view text);

}  // namespace avow::core

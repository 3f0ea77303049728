#pragma once

#include <string>
#include <string_view>

#include "core/bytes.h"
#include "core/error.h"

namespace avow::core {

/// Base64url without padding (RFC 4648 section 5), strict: no padding, no white space, no non-zero trailing bits.
std::string to_base64url(ByteView bytes);
Result<Bytes, Error> from_base64url(std::string_view text);  // fails bad_base64url

}  // namespace avow::core

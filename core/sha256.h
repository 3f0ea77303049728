#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "core/bytes.h"
#include "core/error.h"

namespace avow::core {

using Sha256 = std::array<std::uint8_t, 32>;

Sha256 sha256(ByteView bytes);
Sha256 sha256(std::string_view text);
/// SHA-256 of the parts one after the other, without joining them.
Sha256 sha256(std::initializer_list<ByteView> parts);

/// "u" + base64url without padding: how the registry writes hashes.
std::string to_multibase(const Sha256& hash);
Result<Sha256, Error> sha256_from_multibase(std::string_view text);

}  // namespace avow::core

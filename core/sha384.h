#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "core/bytes.h"

namespace avow::core {

using Sha384 = std::array<std::uint8_t, 48>;

Sha384 sha384(ByteView bytes);
Sha384 sha384(std::string_view text);

}  // namespace avow::core

#pragma once

#include <chrono>
#include <string_view>

#include "node/error.h"

namespace avow::node::cli {

/// "45s", "15m", "1h", "30d": a whole number and a unit.
/// fails usage
Result<std::chrono::seconds, Error> parse_duration(std::string_view text);

}  // namespace avow::node::cli

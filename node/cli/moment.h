#pragma once

#include <string_view>

#include "node/error.h"

namespace avow::node::cli {

/// Is the value of this option an RFC 3339 date and time?
/// fails usage, which names the option
Result<void, Error> check_moment(std::string_view option, std::string_view text);

}  // namespace avow::node::cli

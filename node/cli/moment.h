#pragma once

#include <string>
#include <string_view>

#include "core/json.h"
#include "node/error.h"

namespace avow::node::cli {

/// Is the value of this option an RFC 3339 date and time?
/// fails usage, which names the option
Result<void, Error> check_moment(std::string_view option, std::string_view text);
/// The same, and `request` has it as `member`; nothing if the option was not given.
Result<void, Error> put_moment(core::Json& request, const std::string& member,
                               std::string_view option, const std::string& text);

}  // namespace avow::node::cli

#include "node/cli/moment.h"

#include <string>

#include "core/timestamp.h"

namespace avow::node::cli {

Result<void, Error> check_moment(std::string_view option, std::string_view text) {
  const auto moment = core::parse_rfc3339(text);
  if (moment) return {};
  return fail(Error{ErrorCode::usage,
                    std::string(option) + " " + std::string(text) + " is not a date and time",
                    moment.error().detail, "write for example 2026-11-21T08:00:00Z (RFC 3339)"});
}

}  // namespace avow::node::cli

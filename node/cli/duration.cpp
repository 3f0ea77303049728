#include "node/cli/duration.h"

#include <charconv>
#include <string>

namespace avow::node::cli {

Result<std::chrono::seconds, Error> parse_duration(std::string_view text) {
  std::int64_t count = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, count);
  const std::string_view unit(rest, static_cast<std::size_t>(end - rest));
  const std::int64_t seconds = unit == "s"   ? 1
                               : unit == "m" ? 60
                               : unit == "h" ? 3600
                               : unit == "d" ? 86'400
                                             : 0;
  if (error != std::errc() || seconds == 0 || count < 1 || count > 36'500) {
    return fail(Error{ErrorCode::usage, "'" + std::string(text) + "' is not a duration",
                      "it is a whole number from 1 to 36500 and one unit: s, m, h or d",
                      // No option that takes a duration refuses one of these as too long.
                      "write for example 45s, 15m or 1h"});
  }
  return std::chrono::seconds(count * seconds);
}

}  // namespace avow::node::cli

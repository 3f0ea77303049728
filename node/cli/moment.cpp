#include "node/cli/moment.h"

#include "core/timestamp.h"

namespace avow::node::cli {

Result<void, Error> check_moment(std::string_view option, std::string_view text) {
  const auto moment = core::parse_rfc3339(text);
  if (moment) return {};
  return fail(Error{ErrorCode::usage,
                    std::string(option) + " " + std::string(text) + " is not a date and time",
                    moment.error().detail, "write for example 2026-11-21T08:00:00Z (RFC 3339)"});
}

Result<void, Error> put_moment(core::Json& request, const std::string& member,
                               std::string_view option, const std::string& text) {
  if (text.empty()) return {};
  if (auto checked = check_moment(option, text); !checked) return checked;
  request.set(member, text);
  return {};
}

}  // namespace avow::node::cli

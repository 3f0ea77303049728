#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "core/error.h"

namespace avow::core {

using Milliseconds = std::chrono::milliseconds;
/// A moment in UTC, whole milliseconds.
using Instant = std::chrono::sys_time<Milliseconds>;

/// Parses an RFC 3339 / xsd:dateTimeStamp text: four-digit year 0001..9999, an offset required, a fraction
/// of at most nine digits (cut to milliseconds), no leap second, `T` and `Z` in upper case.
/// fails bad_datetime
Result<Instant, Error> parse_rfc3339(std::string_view text);

/// "2026-11-21T08:00:00Z" (cut to the second) and "2026-11-21T08:00:00.123Z".
std::string format_seconds(Instant at);
std::string format_milliseconds(Instant at);

}  // namespace avow::core

#pragma once

#include <string_view>

namespace avow::vc::internal {

/// Can this text be compared segment by segment without meaning something else further down? No segment between
/// `separators` is empty, `.` or `..`; no backslash, no control character, and no percent-encoded dot, slash,
/// backslash or percent sign, which a later reader might decode into one of these.
bool has_plain_segments(std::string_view text, std::string_view separators);

}  // namespace avow::vc::internal

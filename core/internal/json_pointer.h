#pragma once

#include <string>
#include <string_view>

namespace avow::core {

/// Appends one reference token to a JSON Pointer.
/// source RFC 6901 section 3 ("~" and "/" are escaped)
inline void append_token(std::string& pointer, std::string_view token) {
  pointer += '/';
  for (const char c : token) {
    if (c == '~') {
      pointer += "~0";
    } else if (c == '/') {
      pointer += "~1";
    } else {
      pointer += c;
    }
  }
}

}  // namespace avow::core

// What was read is written canonically, and reading that gives the same value and the same text again.

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "core/canonical_json.h"
#include "core/json.h"

namespace {

using avow::core::Json;

/// RFC 8785 writes whole doubles from 2^53 to below 10^21 as integers, which parse_json refuses (core/README.md).
bool has_large_whole_number(const Json& value) {
  if (const auto number = value.as_number()) {
    return value.as_integer() == nullptr && std::abs(*number) >= 9007199254740992.0 &&
           std::abs(*number) < 1e21;
  }
  if (const auto* items = value.as_array()) {
    for (const Json& item : *items) {
      if (has_large_whole_number(item)) return true;
    }
  }
  if (const auto* members = value.as_object()) {
    for (const Json::Member& member : *members) {
      if (has_large_whole_number(member.second)) return true;
    }
  }
  return false;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto value =
      avow::core::parse_json(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!value) return 0;
  const std::string text = avow::core::to_canonical(*value);
  // Numbers and escapes can grow, so the text read again may be longer than what came in.
  avow::core::JsonLimits limits;
  limits.max_bytes = text.size();
  const auto again = avow::core::parse_json(text, limits);
  if (!again) {
    if (!has_large_whole_number(*value)) std::abort();
    return 0;
  }
  if (!(*again == *value) || avow::core::to_canonical(*again) != text) std::abort();
  return 0;
}

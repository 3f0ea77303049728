// Any bytes: parse_json refuses them or gives a value within the limits that was asked for, and its two readers agree.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "core/internal/json_text.h"
#include "core/json.h"
#include "core/testing/same_json.h"

namespace {

using avow::core::Json;

struct Size {
  std::size_t nodes = 1;
  int depth = 0;
};

Size size_of(const Json& value) {
  Size size;
  const auto add = [&size](const Json& child) {
    const Size inner = size_of(child);
    size.nodes += inner.nodes;
    size.depth = std::max(size.depth, inner.depth);
  };
  if (const auto* items = value.as_array()) {
    for (const Json& item : *items) add(item);
    ++size.depth;
  } else if (const auto* members = value.as_object()) {
    for (const Json::Member& member : *members) add(member.second);
    ++size.depth;
  }
  return size;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  avow::core::JsonLimits limits;
  limits.max_depth = 8;
  limits.max_nodes = 200;
  const auto quick = avow::core::internal::read_json_quickly(text, limits);
  const auto explained = avow::core::internal::explain_json(text, limits);
  if (quick.has_value() != explained.has_value()) std::abort();
  if (quick && !avow::core::testing::is_same_json(*quick, *explained)) std::abort();
  const auto strict = avow::core::parse_json(text, limits);
  const auto usual = avow::core::parse_json(text);
  if (usual) {
    const Size found = size_of(*usual);
    const bool fits = found.depth <= limits.max_depth && found.nodes <= limits.max_nodes;
    if (fits != strict.has_value()) std::abort();
    if (strict && !(*strict == *usual)) std::abort();
  } else if (strict) {
    std::abort();
  }
  return 0;
}

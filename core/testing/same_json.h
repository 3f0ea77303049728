#pragma once

#include <algorithm>
#include <bit>

#include "core/json.h"

namespace avow::core::testing {

/// Equal in every bit: unlike ==, this tells 1 from 1.0 and 0.0 from -0.0.
inline bool is_same_json(const Json& a, const Json& b) {
  if (const auto* integer = a.as_integer()) {
    return b.as_integer() != nullptr && *integer == *b.as_integer();
  }
  if (const auto number = a.as_number()) {
    const auto other = b.as_number();
    return b.as_integer() == nullptr && other &&
           std::bit_cast<std::uint64_t>(*number) == std::bit_cast<std::uint64_t>(*other);
  }
  if (const auto* items = a.as_array()) {
    const auto* others = b.as_array();
    return others != nullptr &&
           std::equal(items->begin(), items->end(), others->begin(), others->end(), is_same_json);
  }
  if (const auto* members = a.as_object()) {
    const auto* others = b.as_object();
    return others != nullptr &&
           std::equal(members->begin(), members->end(), others->begin(), others->end(),
                      [](const Json::Member& one, const Json::Member& other) {
                        return one.first == other.first && is_same_json(one.second, other.second);
                      });
  }
  return a == b;
}

}  // namespace avow::core::testing

#pragma once

#include "core/json.h"

namespace avow::core {

/// An array of all that is in a container of texts, numbers or other values.
template <class Values>
Json array_of(const Values& values) {
  Json array = Json::array();
  for (const auto& value : values) array.push_back(value);
  return array;
}

}  // namespace avow::core

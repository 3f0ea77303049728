#pragma once

#include <algorithm>
#include <cstdlib>
#include <string_view>

#include "core/testing/sanitizer.h"

namespace avow::core::testing {

/// How many random cases a test tries: `few`, under a sanitizer a quarter of them, and as many as AVOW_RUNS=full asks for,
/// as in ./test.sh --full, `many`.
inline int runs(int few, int many) {
  const char* wanted = std::getenv("AVOW_RUNS");  // NOLINT(concurrency-mt-unsafe): nobody sets it
  if (wanted != nullptr && std::string_view(wanted) == "full") return many;
  return kSanitized ? (few + 3) / 4 : few;
}

}  // namespace avow::core::testing

#pragma once

#include <cstdlib>
#include <string_view>

namespace avow::core::testing {

/// How many random cases a test tries: `few`, and as many as AVOW_RUNS=full asks for, as in ./test.sh --full, `many`.
inline int runs(int few, int many) {
  const char* wanted = std::getenv("AVOW_RUNS");
  return wanted != nullptr && std::string_view(wanted) == "full" ? many : few;
}

}  // namespace avow::core::testing

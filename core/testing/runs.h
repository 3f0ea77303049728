#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "core/random.h"
#include "core/testing/sanitizer.h"

namespace avow::core::testing {

/// How many random cases a test tries: `few`, under a sanitizer a quarter of them, and as many as AVOW_RUNS=full asks for,
/// as in ./test.sh --full, `many`.
inline int runs(int few, int many) {
  const char* wanted = std::getenv("AVOW_RUNS");  // NOLINT(concurrency-mt-unsafe): nobody sets it
  if (wanted != nullptr && std::string_view(wanted) == "full") return many;
  return kSanitized ? (few + 3) / 4 : few;
}

/// What the random cases of a test are drawn from, as many as runs() has it. AVOW_SEED=n asks for the one of n alone: the
/// seed that a failure printed gives back what failed.
inline std::vector<std::uint64_t> seeds(int few, int many) {
  const char* given = std::getenv("AVOW_SEED");  // NOLINT(concurrency-mt-unsafe): nobody sets it
  if (given != nullptr) return {std::stoull(given)};
  SystemRandom random;
  std::vector<std::uint64_t> drawn(static_cast<std::size_t>(runs(few, many)));
  for (auto& seed : drawn) seed = uniform(random, 1'000'000'000);
  return drawn;
}

}  // namespace avow::core::testing

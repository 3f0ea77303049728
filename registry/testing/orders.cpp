#include "registry/testing/orders.h"

#include <algorithm>

#include "core/random.h"
#include "core/testing/runs.h"
#include "core/testing/sanitizer.h"

namespace avow::registry::testing {

std::map<std::uint32_t, std::vector<std::string>> orders_of(std::vector<std::string> texts) {
  const bool is_all =
      texts.size() < 4 || (!core::testing::kSanitized && core::testing::runs(0, 1) > 0);
  const std::uint32_t step = is_all ? 1 : core::testing::kSanitized ? 20 : 3;
  core::SystemRandom random;
  const auto first = core::uniform(random, step);
  std::map<std::uint32_t, std::vector<std::string>> orders;
  std::sort(texts.begin(), texts.end());
  std::uint32_t number = 0;
  do {
    if (number % step == first) orders[number] = texts;
    ++number;
  } while (std::next_permutation(texts.begin(), texts.end()));
  return orders;
}

}  // namespace avow::registry::testing

#include "interop-tests/harness/loops.h"

#include <charconv>
#include <cstdlib>
#include <iostream>
#include <stdexcept>
#include <string_view>

#include "core/testing/sanitizer.h"

namespace avow::interop {
std::size_t loops(const char* name, std::size_t usual, std::size_t sanitized) {
  std::size_t count = core::testing::kSanitized ? sanitized : usual;
  if (const char* given = std::getenv(name)) {  // NOLINT(concurrency-mt-unsafe): nobody sets it
    const std::string_view text(given);
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (error != std::errc() || end != text.data() + text.size() || count == 0)
      throw std::runtime_error(std::string(name) + " is not a number");
  }
  if (count != usual) std::cout << name << ": " << count << " instead of " << usual << std::endl;
  return count;
}

}  // namespace avow::interop

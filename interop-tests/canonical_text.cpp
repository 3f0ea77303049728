// Lines of JSON in, lines of their canonical text (RFC 8785) out, "error CODE" for what is refused: so that another
// implementation can be compared with ours on as many values as it likes (interop-tests/npm/canonical_text_test.js).
#include <iostream>
#include <string>

#include "core/canonical_json.h"
#include "core/json.h"

int main() {
  std::ios::sync_with_stdio(false);
  for (std::string line; std::getline(std::cin, line);) {
    const auto value = avow::core::parse_json(line);
    if (value) {
      std::cout << avow::core::to_canonical(*value) << '\n';
    } else {
      std::cout << "error " << avow::core::code_name(value.error().code) << '\n';
    }
  }
  return std::cout.flush() ? 0 : 1;
}

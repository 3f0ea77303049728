#include "core/testing/tree.h"

namespace avow::core::testing {

std::filesystem::path source_tree() {
  return AVOW_SOURCE_DIR;
}
std::filesystem::path build_tree() {
  return AVOW_BINARY_DIR;
}

}  // namespace avow::core::testing

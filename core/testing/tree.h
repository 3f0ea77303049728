#pragma once

#include <filesystem>

/// Where tests find what is no code. Asked here alone: as a definition for every test these paths would make each
/// checkout compile all of them anew.
namespace avow::core::testing {

std::filesystem::path source_tree();
/// Where the programs are: avow, avow-bench.
std::filesystem::path build_tree();

}  // namespace avow::core::testing

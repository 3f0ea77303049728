#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <string>

namespace avow::core::testing {

/// The folder of the official test vectors, named by the environment variable AVOW_VECTORS.
inline std::optional<std::filesystem::path> vectors_folder() {
  const char* folder = std::getenv("AVOW_VECTORS");
  if (folder == nullptr || *folder == '\0') return std::nullopt;
  return std::filesystem::path(folder);
}

/// The whole file; throws when it cannot be read, so that a test fails instead of reading nothing.
inline std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path.string());
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace avow::core::testing

#pragma once

#include <filesystem>

#include "core/error.h"

namespace avow::core {

/// Reads the first page of an open database, which every read needs, past what its connections have in their memory:
/// they may go on answering from there when the disk gives nothing any more. What the kernel has in its cache is read
/// from there all the same, and damage elsewhere is Database::check()'s to find.
/// fails storage
Result<void, Error> read_first_page(const std::filesystem::path& database);

}  // namespace avow::core

#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include "node/error.h"

namespace avow::node::internal {

/// Reads a file that only this user can read: regular, no symbolic link, owned by us, no permission for others.
/// fails not_found, keystore_exposed, keystore_corrupt (over `max_bytes`), storage
Result<std::string, Error> read_private_file(const std::filesystem::path& file,
                                             std::size_t max_bytes);

/// Writes a new file with mode 0600, whole or not at all, durable when it returns.
/// fails conflict (it is there), storage, storage_full
Result<void, Error> write_private_file(const std::filesystem::path& file, std::string_view text);

/// Removes a file, durable when it returns. One that is not there is no fault.
/// fails storage
Result<void, Error> remove_private_file(const std::filesystem::path& file);

/// Makes a folder (mode 0700) unless it is there; one that is there must be ours and not writable by others.
/// fails keystore_exposed, storage
Result<void, Error> make_private_folder(const std::filesystem::path& folder);

}  // namespace avow::node::internal

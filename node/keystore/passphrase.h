#pragma once

#include <cstddef>
#include <filesystem>
#include <string_view>

#include "core/secret_bytes.h"
#include "node/error.h"

namespace avow::node {

/// A passphrase is one line of 1 to 1024 bytes, without its line feed. It is never taken from the command line, which
/// every user of the machine can read. All fail usage (empty, too long, cancelled), memory_lock.
inline constexpr std::size_t kMaxPassphraseBytes = 1024;

/// The first line of a file.
/// fails configuration (cannot be opened), invalid_input (cannot be read)
Result<core::SecretBytes, Error> passphrase_from_file(const std::filesystem::path& file);

/// The next line of an open descriptor, which stays open; nothing after that line is consumed.
/// fails invalid_input (cannot be read)
Result<core::SecretBytes, Error> passphrase_from_descriptor(int descriptor);

/// Asks on the terminal with echo off.
/// fails usage (there is no terminal)
Result<core::SecretBytes, Error> passphrase_from_terminal(
    std::string_view prompt, const std::filesystem::path& terminal = "/dev/tty");

}  // namespace avow::node

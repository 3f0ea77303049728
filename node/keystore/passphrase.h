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

/// What a new key file asks of its passphrase: whoever copies the file guesses without end. A file that is there is
/// opened with whatever it was made with.
inline constexpr std::size_t kMinNewPassphraseCharacters = 12;

/// fails usage: shorter than a new passphrase may be
Result<void, Error> check_new_passphrase(const core::SecretBytes& passphrase);

/// May its group or everybody read this file? No for what is no regular file or is not there.
bool is_readable_by_others(const std::filesystem::path& file);

/// The first line of a file.
/// fails not_found, configuration (cannot be opened), invalid_input (cannot be read)
Result<core::SecretBytes, Error> passphrase_from_file(const std::filesystem::path& file);

/// The next line of an open descriptor, which stays open; nothing after that line is consumed.
/// fails invalid_input (cannot be read)
Result<core::SecretBytes, Error> passphrase_from_descriptor(int descriptor);

/// Asks on the terminal with echo off.
/// fails usage (there is no terminal)
Result<core::SecretBytes, Error> passphrase_from_terminal(
    std::string_view prompt, const std::filesystem::path& terminal = "/dev/tty");

}  // namespace avow::node

#pragma once

#include <string_view>

#include "core/secret_bytes.h"
#include "node/cli/commands.h"
#include "node/error.h"

namespace avow::node::cli {

/// Reads a passphrase from where the person said it is; asks on the terminal if nothing was said. Warns of a file that
/// others can read, and takes it: a container may have no other.
Result<core::SecretBytes, Error> read_passphrase(const PassphraseSource& source,
                                                 std::string_view prompt, const Console& console);

/// The same for a key file that is about to be made.
/// fails usage, also if it is too short for that
Result<core::SecretBytes, Error> read_new_passphrase(const PassphraseSource& source,
                                                     std::string_view prompt,
                                                     const Console& console);

}  // namespace avow::node::cli

#pragma once

#include <string_view>

#include "core/secret_bytes.h"
#include "node/cli/commands.h"
#include "node/error.h"

namespace avow::node::cli {

/// Reads a passphrase from where the person said it is; asks on the terminal if nothing was said.
Result<core::SecretBytes, Error> read_passphrase(const PassphraseSource& source,
                                                 std::string_view prompt);

}  // namespace avow::node::cli

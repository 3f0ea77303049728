#pragma once

#include <cstdlib>

#include <sodium.h>

namespace avow::core::internal {

/// Prepares libsodium, once for the program. Without it no key and no random byte can be trusted,
/// so there is nothing to go on with if it fails (it cannot open a source of randomness).
inline void init_sodium() {
  static const bool ready = sodium_init() >= 0;
  if (!ready) std::abort();
}

}  // namespace avow::core::internal

#pragma once

#include "core/testing/bench.h"

namespace avow::core::testing {

/// RAW itself; its figure is 1 by definition, its time the unit of all others.
Bench raw_bench();
Benches ecdsa_benches();
Benches ed25519_benches();
Benches json_benches();

}  // namespace avow::core::testing

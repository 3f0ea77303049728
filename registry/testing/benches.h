#pragma once

#include "core/testing/bench.h"

namespace avow::registry::testing {

core::testing::Benches view_benches();
core::testing::Benches replica_benches();

}  // namespace avow::registry::testing

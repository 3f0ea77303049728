#pragma once

#include "core/testing/bench.h"

namespace avow::node::testing {

core::testing::Benches verify_benches();
core::testing::Benches trqp_benches();

}  // namespace avow::node::testing

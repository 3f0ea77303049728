#pragma once

#include "core/testing/bench.h"

namespace avow::did::testing {

core::testing::Benches did_key_benches();
core::testing::Benches did_webvh_benches();

}  // namespace avow::did::testing

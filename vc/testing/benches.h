#pragma once

#include "core/testing/bench.h"

namespace avow::vc::testing {

core::testing::Benches issue_benches();
core::testing::Benches signature_cache_benches();

}  // namespace avow::vc::testing

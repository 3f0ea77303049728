#pragma once

#include "core/testing/bench.h"

namespace avow::revocation::testing {

core::testing::Benches rice_code_benches();
core::testing::Benches status_list_codec_benches();

}  // namespace avow::revocation::testing

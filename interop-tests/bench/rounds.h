#pragma once

#include <string>
#include <vector>

#include "core/testing/bench.h"

namespace avow::interop {

struct Measured {
  const core::testing::Bench* bench;
  double figure;       // as bench->figure says, the median of all rounds
  double nanoseconds;  // of CPU for one operation, the median of all rounds
};

/// Runs every bench once a round, each right after RAW (and its yardstick), and takes medians: what the machine
/// does beside it falls on both. CPU time of the whole process counts, threads included.
///
/// raw     the first of `benches`
/// rounds  ≥ 1
std::vector<Measured> measure(const core::testing::Benches& benches, int rounds);

}  // namespace avow::interop

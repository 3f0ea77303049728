#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "interop-tests/simulation/network.h"

/// Many nodes in one thread, from one seed: the replicas and links that node/ drives, over a network that is written here.
namespace avow::simulation {

struct Options {
  std::size_t nodes = 100;
  std::uint64_t seed = 1;
  Faults faults = Faults::none;
  std::size_t feeds = 200;  // that say something, of as many nodes as there are in order
};

struct Outcome {
  // From when a stop is said until a node in order counts it, of all stops and nodes.
  std::int64_t p50_ms = 0;
  std::int64_t p99_ms = 0;
  std::int64_t last_honest_ms = 0;
  std::int64_t bytes_per_node =
      0;  // and stop: all that is sent from the first stop until all views are equal
  std::vector<std::string> violations = {};
  std::string trace_hash = {};
  double simulated_s = 0;
};

Outcome simulate(const Options& options);

}  // namespace avow::simulation

#pragma once

#include <cstddef>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace avow::core::testing {

/// How a measured time is told. RAW is one Ed25519 verification by libsodium, in the same process and round.
enum class Figure {
  times_raw,        // the operation's rate over RAW's: more is better
  times_yardstick,  // the operation's time over its yardstick's: less is better
  nanoseconds,      // less is better
};

/// What an operation is held against, as text for the table; empty: nothing was said.
struct Goal {
  std::string must = {};
  std::string ambitious = {};
  std::string bound = {};  // what the machine and its libraries allow
  std::string peer = {};   // the ratio that other software was seen to have
};

/// One operation that avow-bench measures. It stands in an x_bench.cpp beside what it measures.
struct Bench {
  std::string name;  // as in --json
  std::string what;
  /// Does the operation `count` times. Throws if it does not succeed: a failure is no measurement.
  std::function<void(std::size_t count)> run;
  Goal goal = {};
  Figure figure = Figure::times_raw;
  std::function<void(std::size_t count)> yardstick = {};  // for times_yardstick
  /// Not measured: makes what the next run(count) uses up.
  std::function<void(std::size_t count)> prepare = {};
  /// Operations that one step of run() does; run(count) then does count times as many.
  std::size_t batch = 1;
};

using Benches = std::vector<Bench>;

inline void must_hold(bool held, std::string_view what) {
  if (!held) throw std::runtime_error("not what is to be measured: " + std::string(what));
}

}  // namespace avow::core::testing

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "core/testing/seeded_random.h"
#include "core/timestamp.h"

namespace avow::simulation {

/// Draws that follow from a seed alone.
class Draws {
 public:
  explicit Draws(std::uint64_t seed) : random_(seed) {}

  core::testing::SeededRandom& random() { return random_; }
  std::size_t below(std::size_t bound);
  double unit();  // in (0, 1)
  double log_normal(double median, double sigma);
  /// These numbers below `bound`, each once, but not `without`.
  std::vector<std::size_t> some(std::size_t count, std::size_t bound, std::size_t without);

 private:
  core::testing::SeededRandom random_;
};

enum class Faults { none, wan, hostile };
std::optional<Faults> faults_named(std::string_view name);

/// What becomes of messages, and of nodes.
struct NetworkModel {
  double median_ms = 40;  // one way
  double sigma = 0.4;     // of the logarithm: one message in a hundred takes 2.5 times as long
  double loss = 0;        // of messages, each by itself: a call is two
  double down = 0;        // of nodes: nothing comes back from them
  double silent =
      0;  // of nodes: these say that they took what they are given, and know what they knew at first
};
NetworkModel model_of(Faults faults);

/// How long a message is under way; nothing if it is lost.
std::optional<core::Milliseconds> passage(const NetworkModel& model, Draws& draws);

}  // namespace avow::simulation

#include "interop-tests/simulation/network.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

namespace avow::simulation {

std::size_t Draws::below(std::size_t bound) {
  return core::uniform(random_, static_cast<std::uint32_t>(bound));
}

double Draws::unit() {
  constexpr std::uint32_t kSteps = 1U << 31U;
  return (core::uniform(random_, kSteps) + 0.5) / kSteps;
}

double Draws::log_normal(double median, double sigma) {
  const double radius = std::sqrt(-2 * std::log(unit()));
  return median * std::exp(sigma * radius * std::cos(2 * std::numbers::pi * unit()));
}

std::vector<std::size_t> Draws::some(std::size_t count, std::size_t bound, std::size_t without) {
  std::vector<std::size_t> all(bound);
  std::iota(all.begin(), all.end(), std::size_t{0});
  std::erase(all, without);
  count = std::min(count, all.size());
  for (std::size_t i = 0; i < count; ++i) std::swap(all[i], all[i + below(all.size() - i)]);
  all.resize(count);
  return all;
}

std::optional<Faults> faults_named(std::string_view name) {
  if (name == "none") return Faults::none;
  if (name == "wan") return Faults::wan;
  if (name == "hostile") return Faults::hostile;
  return std::nullopt;
}

NetworkModel model_of(Faults faults) {
  NetworkModel model;
  if (faults == Faults::none) return model;
  model.loss = 0.02;
  model.down = 0.1;
  if (faults == Faults::hostile) model.silent = 0.2;
  return model;
}

std::optional<core::Milliseconds> passage(const NetworkModel& model, Draws& draws) {
  const auto time =
      core::Milliseconds(std::llround(draws.log_normal(model.median_ms, model.sigma)));
  if (draws.unit() < model.loss) return std::nullopt;
  return time;
}

}  // namespace avow::simulation

// Runs many nodes in one thread, from one seed, and prints how the stops of some members reached all, as one JSON object.
//   avow-sim [--nodes N] [--seed N] [--faults none|wan|hostile] [--feeds F] --json

#include <charconv>
#include <chrono>
#include <cstdio>
#include <exception>
#include <optional>
#include <string_view>

#include "core/canonical_json.h"
#include "interop-tests/simulation/simulation.h"

namespace {

using avow::core::Json;
using namespace avow::simulation;

constexpr std::size_t kMaxNodes = 10'000;
constexpr std::uint64_t kMaxSeed = (std::uint64_t{1} << 53) - 1;  // a number of JSON holds no more

template <class Number>
bool read_number(std::string_view text, Number& number) {
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  return fault == std::errc{} && end == text.data() + text.size();
}

std::optional<Options> read_words(int count, char** words) {
  Options options;
  for (int i = 1; i < count; ++i) {
    const std::string_view word = words[i];
    if (word == "--json") continue;  // there is no other form
    const std::string_view value = ++i < count ? words[i] : "";
    bool is_good = false;
    if (word == "--nodes") is_good = read_number(value, options.nodes);
    if (word == "--seed") is_good = read_number(value, options.seed);
    if (word == "--feeds") is_good = read_number(value, options.feeds);
    if (word == "--faults") {
      const auto faults = faults_named(value);
      is_good = faults.has_value();
      options.faults = faults.value_or(Faults::none);
    }
    if (!is_good) return std::nullopt;
  }
  const bool is_within = options.nodes >= 3 && options.nodes <= kMaxNodes && options.feeds >= 1 &&
                         options.seed <= kMaxSeed;
  return is_within ? std::optional(options) : std::nullopt;
}

int run(const Options& options) {
  const auto began = std::chrono::steady_clock::now();
  const Outcome outcome = simulate(options);
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - began;
  Json violations = Json::array();
  for (const auto& violation : outcome.violations) violations.push_back(violation);
  const auto json =
      Json::object({{"nodes", static_cast<std::int64_t>(options.nodes)},
                    {"seed", static_cast<std::int64_t>(options.seed)},
                    {"p50_ms", outcome.p50_ms},
                    {"p99_ms", outcome.p99_ms},
                    {"last_honest_ms", outcome.last_honest_ms},
                    {"bytes_per_node", outcome.bytes_per_node},
                    {"violations", static_cast<std::int64_t>(outcome.violations.size())},
                    {"violated", std::move(violations)},
                    {"trace_hash", outcome.trace_hash},
                    {"simulated_s", Json::number(outcome.simulated_s)},
                    {"wall_s", Json::number(wall.count())}});
  std::printf("%s\n", avow::core::to_canonical(json).c_str());
  return outcome.violations.empty() ? 0 : 1;
}

}  // namespace

int main(int count, char** words) {
  const auto options = read_words(count, words);
  if (!options) {
    std::fputs(
        "usage: avow-sim [--nodes 3..10000] [--seed N] [--faults none|wan|hostile] [--feeds F] "
        "--json\n",
        stderr);
    return 2;
  }
  try {
    return run(*options);
  } catch (const std::exception& thrown) {
    std::fprintf(stderr, "avow-sim: %s\n", thrown.what());
    return 2;
  }
}

#include "interop-tests/bench/rounds.h"

#include <algorithm>
#include <cmath>
#include <ctime>

namespace avow::interop {
namespace {

using core::testing::Bench;
using core::testing::Figure;
using Run = std::function<void(std::size_t)>;

constexpr double kSlice =
    0.015;  // seconds of CPU: long against the clock's step, short against a disturbance
constexpr std::size_t kMaxCount = std::size_t{1} << 22U;

double cpu_seconds() {
  return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

/// Seconds of CPU for one operation.
double time_of(const Run& run, std::size_t count) {
  const double before = cpu_seconds();
  run(count);
  return (cpu_seconds() - before) / static_cast<double>(count);
}

double time_of(const Bench& bench, std::size_t count) {
  if (bench.prepare) bench.prepare(count);
  return time_of(bench.run, count) / static_cast<double>(bench.batch);
}

/// How often to run it for one slice.
template <class TimeOf>
std::size_t count_for_a_slice(TimeOf time_of_one) {
  for (std::size_t count = 1; count < kMaxCount; count *= 4) {
    const double total = time_of_one(count) * static_cast<double>(count);
    if (total < kSlice / 8) continue;
    return std::max<std::size_t>(
        1, static_cast<std::size_t>(std::lround(static_cast<double>(count) * kSlice / total)));
  }
  return kMaxCount;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

/// One bench with its counts and what was seen so far.
struct Subject {
  explicit Subject(const Bench& of)
      : bench(&of),
        count(count_for_a_slice(
            [&](std::size_t n) { return time_of(of, n) * static_cast<double>(of.batch); })),
        yardstick_count(of.yardstick ? count_for_a_slice(
                                           [&](std::size_t n) { return time_of(of.yardstick, n); })
                                     : 0) {}

  void measure(const Bench& raw, std::size_t raw_count) {
    const double raw_time = time_of(raw, raw_count);
    const double yardstick_time = bench->yardstick ? time_of(bench->yardstick, yardstick_count) : 0;
    const double time = time_of(*bench, count);
    times.push_back(time * 1e9);
    switch (bench->figure) {
      case Figure::times_raw:
        figures.push_back(raw_time / time);
        break;
      case Figure::times_yardstick:
        figures.push_back(time / yardstick_time);
        break;
      case Figure::nanoseconds:
        figures.push_back(time * 1e9);
        break;
    }
  }

  const Bench* bench;
  std::size_t count;
  std::size_t yardstick_count;
  std::vector<double> figures;
  std::vector<double> times;
};

}  // namespace

std::vector<Measured> measure(const core::testing::Benches& benches, int rounds) {
  std::vector<Subject> subjects;
  for (const Bench& bench : benches) subjects.emplace_back(bench);
  const std::size_t raw_count = subjects.front().count;
  for (int round = 0; round < rounds; ++round) {
    for (Subject& subject : subjects) subject.measure(benches.front(), raw_count);
  }
  std::vector<Measured> measured;
  for (const Subject& subject : subjects)
    measured.push_back({subject.bench, median(subject.figures), median(subject.times)});
  return measured;
}

}  // namespace avow::interop

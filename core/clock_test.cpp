#include "core/clock.h"

#include <catch2/catch.hpp>

#include "core/testing/fake_clock.h"

namespace avow::core::clock_test {
namespace {

TEST_CASE("the system's clock does not run before this code was written", "[core][clock]") {
  const SystemClock clock;
  const Instant first = clock.now();
  CHECK(first > parse_rfc3339("2025-01-01T00:00:00Z").value());
  CHECK(clock.now() - first < Milliseconds(60'000));
}

TEST_CASE("a fake clock moves only when it is told to", "[core][clock]") {
  testing::FakeClock clock(Instant(Milliseconds(1000)));
  CHECK(clock.now() == Instant(Milliseconds(1000)));
  CHECK(clock.now() == Instant(Milliseconds(1000)));
  clock.advance(Milliseconds(5));
  CHECK(clock.now() == Instant(Milliseconds(1005)));
  clock.set(Instant(Milliseconds(3)));
  CHECK(clock.now() == Instant(Milliseconds(3)));
}

}  // namespace
}  // namespace avow::core::clock_test

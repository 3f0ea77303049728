#include "node/gossip/head_schedule.h"

#include <catch2/catch.hpp>

namespace avow::node::gossip::head_schedule_test {
namespace {

using namespace std::chrono_literals;

constexpr core::Milliseconds kInterval = 225s;
constexpr core::Milliseconds kMoment = 1ms;
const HeadSchedule::Time kStart{};

TEST_CASE("of N members each signs one early head in N/25 seconds, and none more than one a second",
          "[node][gossip]") {
  CHECK(pause_between_early_heads(1) == 1s);
  CHECK(pause_between_early_heads(25) == 1s);
  CHECK(pause_between_early_heads(26) == 1'040ms);
  CHECK(pause_between_early_heads(1'000) == 40s);
}

TEST_CASE("a head is due when its time has come, and early with news", "[node][gossip]") {
  HeadSchedule schedule(kStart, kInterval);
  CHECK_FALSE(schedule.is_due(kStart + kInterval - kMoment, false));
  CHECK(schedule.is_due(kStart + kInterval, false));
  CHECK(schedule.next(false) == kStart + kInterval);
  CHECK(schedule.is_due(kStart, true));
  CHECK(schedule.next(true) == kStart);
}

TEST_CASE("news that comes soon after a head waits, and the next head has it all",
          "[node][gossip]") {
  HeadSchedule schedule(kStart, kInterval);
  const auto signed_at = kStart + 10s;
  schedule.take(signed_at, true, kInterval, 50);
  CHECK_FALSE(schedule.is_due(signed_at + 2s - kMoment, true));
  CHECK(schedule.is_due(signed_at + 2s, true));
  CHECK(schedule.next(true) == signed_at + 2s);
  // An early head is a head like another: the next without news is due an interval later.
  CHECK_FALSE(schedule.is_due(signed_at + kInterval - kMoment, false));
  CHECK(schedule.is_due(signed_at + kInterval, false));
  // However much news there is, and however often it is asked: 60 heads of 50 members' node in two minutes.
  int heads = 0;
  for (auto now = signed_at + kMoment; now <= signed_at + 120s; now += kMoment) {
    if (!schedule.is_due(now, true)) continue;
    schedule.take(now, true, kInterval, 50);
    ++heads;
  }
  CHECK(heads == 60);
}

TEST_CASE("a head that could not be signed is tried again soon, and early ones put none off",
          "[node][gossip]") {
  HeadSchedule schedule(kStart, kInterval);
  schedule.take(kStart + 1s, false, kInterval, 3);
  CHECK_FALSE(schedule.is_due(kStart + 2s - kMoment, true));
  CHECK(schedule.is_due(kStart + 2s, true));
  CHECK(schedule.next(false) == kStart + kInterval);
  schedule.take(kStart + kInterval, false, kInterval, 3);
  CHECK(schedule.next(false) == kStart + kInterval + kInterval / 4);
}

TEST_CASE("where heads are due more often than early ones may be, they are signed when due",
          "[node][gossip]") {
  HeadSchedule schedule(kStart, 200ms);
  schedule.take(kStart, true, 200ms, 3);
  CHECK_FALSE(schedule.is_due(kStart + 200ms - kMoment, true));
  CHECK(schedule.is_due(kStart + 200ms, true));
  CHECK(schedule.next(true) == kStart + 200ms);
}

}  // namespace
}  // namespace avow::node::gossip::head_schedule_test

#include "node/gossip/head_schedule.h"

#include <algorithm>

namespace avow::node::gossip {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kEarlyHeadsPerSecond = 25;

}  // namespace

core::Milliseconds pause_between_early_heads(std::size_t members) {
  return std::max<core::Milliseconds>(1s,
                                      core::Milliseconds(1'000 * members / kEarlyHeadsPerSecond));
}

void HeadSchedule::take(Time now, bool is_signed, core::Milliseconds interval,
                        std::size_t members) {
  // A try that failed before its time does not put off the one that is due.
  if (is_signed || is_due(now)) due_ = now + (is_signed ? interval : interval / 4);
  early_ = now + pause_between_early_heads(members);
}

}  // namespace avow::node::gossip

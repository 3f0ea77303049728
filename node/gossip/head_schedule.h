#pragma once

#include <chrono>
#include <cstddef>

#include "core/timestamp.h"

namespace avow::node::gossip {

/// So far apart are heads that tell of others' stops before their time, where there are so many members: what anybody stops
/// costs the whole network 25 of them a second, whoever stops however much.
core::Milliseconds pause_between_early_heads(std::size_t members);

/// When the next head is to be signed: one every so often, and one early as soon as there is news to tell in it. No I/O.
class HeadSchedule {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// The first is due after the interval.
  HeadSchedule(Time now, core::Milliseconds interval) : due_(now + interval), early_(now) {}

  bool is_due(Time now) const { return now >= due_; }
  bool is_due(Time now, bool has_news) const { return is_due(now) || (has_news && now >= early_); }
  /// When it is due, as things stand.
  Time next(bool has_news) const { return has_news && early_ < due_ ? early_ : due_; }

  /// It was signed, or could not be. A statement said in the same moment is the usual reason: soon again.
  void take(Time now, bool is_signed, core::Milliseconds interval, std::size_t members);

 private:
  Time due_;
  Time early_;
};

}  // namespace avow::node::gossip

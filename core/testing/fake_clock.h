#pragma once

#include <atomic>

#include "core/clock.h"

namespace avow::core::testing {

/// A clock that stands still until it is told otherwise. Thread-safe.
class FakeClock final : public Clock {
 public:
  explicit FakeClock(Instant now) : now_(now) {}

  Instant now() const override { return now_; }
  void set(Instant now) { now_ = now; }
  void advance(Milliseconds by) { now_ = now() + by; }

 private:
  std::atomic<Instant> now_;
};

}  // namespace avow::core::testing

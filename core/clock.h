#pragma once

#include "core/timestamp.h"

namespace avow::core {

/// Port: what time it is. Pure functions take the Instant itself.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Instant now() const = 0;
};

class SystemClock final : public Clock {
 public:
  Instant now() const override;
};

}  // namespace avow::core

#include "core/clock.h"

#include <chrono>

namespace avow::core {

Instant SystemClock::now() const {
  return std::chrono::floor<Milliseconds>(std::chrono::system_clock::now());
}

}  // namespace avow::core

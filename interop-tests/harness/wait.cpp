#include "interop-tests/harness/wait.h"

#include <thread>

namespace avow::interop {

bool eventually(const std::function<bool()>& predicate, std::chrono::milliseconds deadline) {
  constexpr std::chrono::milliseconds kPause{20};
  const auto end = std::chrono::steady_clock::now() + deadline;
  while (!predicate()) {
    if (std::chrono::steady_clock::now() >= end) return false;
    pause(kPause);
  }
  return true;
}

void pause(std::chrono::milliseconds time) {
  std::this_thread::sleep_for(time);
}

}  // namespace avow::interop

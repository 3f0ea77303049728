// Preloaded into a node (LD_PRELOAD): its clock shows AVOW_CLOCK_OFFSET_MS more than the machine's.

#include <cstdlib>
#include <ctime>

#include <dlfcn.h>

namespace {

constexpr long kMilliseconds = 1'000;
constexpr long kNanosecondsEach = 1'000'000;
constexpr long kNanoseconds = 1'000'000'000;

long offset() {
  static const long value = [] {
    const char* text = std::getenv("AVOW_CLOCK_OFFSET_MS");  // NOLINT(concurrency-mt-unsafe)
    return text == nullptr ? 0 : std::strtol(text, nullptr, 10);
  }();
  return value;
}

}  // namespace

extern "C" int clock_gettime(clockid_t clock, timespec* time) noexcept {
  using Function = int (*)(clockid_t, timespec*);
  static const auto next = reinterpret_cast<Function>(::dlsym(RTLD_NEXT, "clock_gettime"));
  const int result = next(clock, time);
  if (result != 0 || (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE)) return result;
  time->tv_sec += offset() / kMilliseconds;
  time->tv_nsec += offset() % kMilliseconds * kNanosecondsEach;
  if (time->tv_nsec >= kNanoseconds) {
    time->tv_nsec -= kNanoseconds;
    ++time->tv_sec;
  } else if (time->tv_nsec < 0) {
    time->tv_nsec += kNanoseconds;
    --time->tv_sec;
  }
  return 0;
}

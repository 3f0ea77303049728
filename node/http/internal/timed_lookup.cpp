#include "node/http/internal/timed_lookup.h"

#include <atomic>
#include <future>
#include <system_error>
#include <thread>
#include <utility>

#include "node/http/internal/stream.h"

namespace avow::node::http {

struct TimedLookup::Shared {
  /// One lookup, while it goes on.
  class Place {
   public:
    explicit Place(std::shared_ptr<Shared> shared)
        : shared_(std::move(shared)), is_taken_(shared_->free.fetch_sub(1) > 0) {}
    ~Place() { shared_->free.fetch_add(1); }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    bool is_taken() const { return is_taken_; }

   private:
    const std::shared_ptr<Shared> shared_;
    const bool is_taken_;
  };

  const Lookup look_up;
  std::atomic<int> free = kMaxAtOnce;
};

TimedLookup::TimedLookup(Lookup look_up) : shared_(new Shared{std::move(look_up)}) {}

core::Result<std::vector<std::string>, core::Error> TimedLookup::find(const std::string& host,
                                                                      SteadyTime until) const {
  auto place = std::make_shared<const Shared::Place>(shared_);
  if (!place->is_taken()) {
    return core::fail(core::Error{core::ErrorCode::too_many_fetches,
                                  "the name servers leave as many lookups open as there may be"});
  }
  std::packaged_task<std::vector<std::string>()> task(
      [shared = shared_, place = std::move(place), host]() mutable {
        const auto ends = std::exchange(place, nullptr);  // before the answer is there
        return shared->look_up(host);
      });
  auto found = task.get_future();
  try {
    std::thread(std::move(task)).detach();
  } catch (const std::system_error&) {
    return core::fail(unreachable("no thread can be had to look the name up"));
  }
  if (found.wait_until(until) != std::future_status::ready) {
    return core::fail(unreachable(kTimeIsUp));
  }
  return found.get();
}

}  // namespace avow::node::http

#include "node/http/limited_fetcher.h"

#include <algorithm>

namespace avow::node::http {

/// Given back however the fetch ends.
class LimitedFetcher::Place {
 public:
  explicit Place(LimitedFetcher& of) : of_(of), is_taken_(of.begin()) {}
  ~Place() {
    const std::scoped_lock lock(of_.mutex_);
    of_.under_way_ -= is_taken_ ? 1 : 0;
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  bool is_taken() const { return is_taken_; }

 private:
  LimitedFetcher& of_;
  const bool is_taken_;
};

bool LimitedFetcher::begin() {
  const core::Milliseconds share = core::Milliseconds(1000) / limits_.a_second;
  const core::Instant now = clock_.now();
  const std::scoped_lock lock(mutex_);
  // Nobody has saved up for the time before now; and what a clock says that was set back since makes nobody wait.
  paid_until_ = std::clamp(paid_until_, now, now + share * limits_.burst);
  if (under_way_ >= limits_.at_once || paid_until_ + share > now + share * limits_.burst) {
    return false;
  }
  paid_until_ += share;
  ++under_way_;
  return true;
}

core::Result<core::HttpResponse, core::Error> LimitedFetcher::fetch(
    const core::HttpRequest& request) {
  const Place place(*this);
  if (!place.is_taken()) {
    return core::fail(core::Error{core::ErrorCode::too_many_fetches,
                                  "this node fetches from others as much at once, or as often, as "
                                  "it may"});
  }
  return fetcher_.fetch(request);
}

}  // namespace avow::node::http

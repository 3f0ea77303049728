#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>

#include "core/http_fetcher.h"

namespace avow::node::http {

/// What one request may fetch: passes the first `max_fetches` on, whatever becomes of them, and gives all of them
/// together `max_time` at most. For one thread; `fetcher` outlives it.
/// fails too_many_fetches, and what `fetcher` fails with
class BudgetedFetcher final : public core::HttpFetcher {
 public:
  BudgetedFetcher(core::HttpFetcher& fetcher, std::size_t max_fetches, core::Milliseconds max_time)
      : fetcher_(fetcher),
        allowed_(max_fetches),
        left_(max_fetches),
        until_(std::chrono::steady_clock::now() + max_time) {}

  core::Result<core::HttpResponse, core::Error> fetch(const core::HttpRequest& request) override {
    const auto time =
        std::chrono::floor<core::Milliseconds>(until_ - std::chrono::steady_clock::now());
    if (left_ == 0 || time <= core::Milliseconds(0)) {
      return core::fail(
          core::Error{core::ErrorCode::too_many_fetches,
                      "this request has fetched as much, or as long, as one request may"});
    }
    --left_;
    core::HttpRequest bounded = request;
    bounded.deadline = std::min(request.deadline, time);
    return fetcher_.fetch(bounded);
  }

  bool has_fetched() const { return left_ < allowed_; }

 private:
  core::HttpFetcher& fetcher_;
  const std::size_t allowed_;
  std::size_t left_;
  const std::chrono::steady_clock::time_point until_;
};

}  // namespace avow::node::http

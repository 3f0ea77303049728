#pragma once

#include <atomic>

#include "core/http_fetcher.h"

namespace avow::node::http {

/// At most so many fetches at once; a further one is refused, not kept waiting, so that slow hosts hold only so many
/// of the threads that serve others. Thread-safe if `fetcher` is, which outlives it.
/// fails too_many_fetches, and what `fetcher` fails with
class LimitedFetcher final : public core::HttpFetcher {
 public:
  LimitedFetcher(core::HttpFetcher& fetcher, int at_once) : fetcher_(fetcher), free_(at_once) {}

  core::Result<core::HttpResponse, core::Error> fetch(const core::HttpRequest& request) override {
    const Place place(free_);
    if (!place.is_taken()) {
      return core::fail(core::Error{core::ErrorCode::too_many_fetches,
                                    "this node fetches from as many hosts at once as it may"});
    }
    return fetcher_.fetch(request);
  }

 private:
  class Place {
   public:
    explicit Place(std::atomic<int>& free) : free_(free), is_taken_(free.fetch_sub(1) > 0) {}
    ~Place() { free_.fetch_add(1); }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    bool is_taken() const { return is_taken_; }

   private:
    std::atomic<int>& free_;
    const bool is_taken_;
  };

  core::HttpFetcher& fetcher_;
  std::atomic<int> free_;
};

}  // namespace avow::node::http

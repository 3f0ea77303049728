#pragma once

#include <mutex>

#include "core/clock.h"
#include "core/http_fetcher.h"

namespace avow::node::http {

/// At most `at_once` fetches at once, and `a_second` in the long run, after a pause `burst` more; a further one is refused,
/// not kept waiting, so that slow hosts hold only so many of the threads that serve others, and quick ones are not
/// flooded from here. Thread-safe if `fetcher` is, which outlives it, as `clock` does.
/// fails too_many_fetches, and what `fetcher` fails with
class LimitedFetcher final : public core::HttpFetcher {
 public:
  struct Limits {
    int at_once = 1;
    int a_second = 1;
    int burst = 1;  // at least one
  };
  LimitedFetcher(core::HttpFetcher& fetcher, const core::Clock& clock, Limits limits)
      : fetcher_(fetcher), clock_(clock), limits_(limits) {}

  core::Result<core::HttpResponse, core::Error> fetch(const core::HttpRequest& request) override;

 private:
  class Place;
  bool begin();

  core::HttpFetcher& fetcher_;
  const core::Clock& clock_;
  const Limits limits_;
  std::mutex mutex_;  // guards what is below
  int under_way_ = 0;
  core::Instant paid_until_;  // each fetch costs its share of a second
};

}  // namespace avow::node::http

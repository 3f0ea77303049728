#include "node/http/limited_fetcher.h"

#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

#include "core/testing/fake_clock.h"
#include "core/testing/scripted_fetcher.h"

namespace limited_fetcher_test {

using namespace avow::core;
using avow::core::testing::FakeClock;
using avow::node::http::LimitedFetcher;

namespace {

const Instant kNow = parse_rfc3339("2026-11-21T08:00:00Z").value();

/// Answers when it is told to.
class SlowHost final : public HttpFetcher {
 public:
  Result<HttpResponse, Error> fetch(const HttpRequest&) override {
    std::unique_lock lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return answers_; });
    return HttpResponse{200, {}, "ok"};
  }
  void wait_for(int fetches) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return waiting_ == fetches; });
  }
  void answer() {
    const std::scoped_lock lock(mutex_);
    answers_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int waiting_ = 0;
  bool answers_ = false;
};

}  // namespace

TEST_CASE("a fetch beyond the limit is refused at once, and a place is free again afterwards",
          "[http][fetch]") {
  SlowHost host;
  FakeClock clock(kNow);
  LimitedFetcher fetcher(host, clock, {2, 10, 100});
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 2; ++i)
      threads.emplace_back([&] { CHECK_NOTHROW(fetcher.fetch({}).value()); });
    host.wait_for(2);
    for (int i = 0; i < 3; ++i)
      CHECK(fetcher.fetch({}).error().code == ErrorCode::too_many_fetches);
    host.answer();
  }
  for (int i = 0; i < 3; ++i) CHECK(fetcher.fetch({}));
}

TEST_CASE("after a burst so many fetches may begin in a second, and a pause is worth a burst again",
          "[http][fetch]") {
  avow::core::testing::ScriptedFetcher hosts;
  hosts.respond("https://a.example/", "ok");
  FakeClock clock(kNow);
  LimitedFetcher fetcher(hosts, clock, {1, 10, 3});
  HttpRequest request;
  request.url = "https://a.example/";
  const auto begun = [&] {
    int count = 0;
    while (count < 1000 && fetcher.fetch(request)) ++count;
    CHECK(fetcher.fetch(request).error().code == ErrorCode::too_many_fetches);
    return count;
  };
  CHECK(begun() == 3);
  clock.advance(Milliseconds(99));
  CHECK(begun() == 0);
  clock.advance(Milliseconds(1));
  CHECK(begun() == 1);
  clock.advance(Milliseconds(250));
  CHECK(begun() == 2);
  clock.advance(Milliseconds(50));
  CHECK(begun() == 1);
  clock.advance(Milliseconds(3'600'000));
  CHECK(begun() == 3);
  // A clock that is set back costs nobody more than the burst.
  clock.advance(Milliseconds(-3'600'000));
  CHECK(begun() == 0);
  clock.advance(Milliseconds(100));
  CHECK(begun() == 1);
  // What failed was a fetch too.
  clock.advance(Milliseconds(300));
  request.url = "https://nowhere.example/";
  for (int i = 0; i < 3; ++i) CHECK(fetcher.fetch(request).error().code == ErrorCode::unreachable);
  CHECK(fetcher.fetch(request).error().code == ErrorCode::too_many_fetches);
}

}  // namespace limited_fetcher_test

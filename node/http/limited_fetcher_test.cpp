#include "node/http/limited_fetcher.h"

#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

using namespace avow::core;
using avow::node::http::LimitedFetcher;

namespace {

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
  LimitedFetcher fetcher(host, 2);
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

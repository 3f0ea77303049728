#include "node/http/internal/timed_lookup.h"

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>

#include <catch2/catch.hpp>

#include "node/http/client.h"

namespace timed_lookup_test {

using namespace avow::node::http;
using avow::core::ErrorCode;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

/// A name server that answers when it is told to. Lookups that were given up still read it.
class Silent {
 public:
  std::vector<std::string> look_up(const std::string& host) {
    std::unique_lock lock(mutex_);
    if (host == "known.example") return {"192.0.2.1"};
    ++asked_;
    changed_.wait(lock, [this] { return answers_; });
    ++answered_;
    changed_.notify_all();
    return {"192.0.2.2"};
  }
  void answer() {
    std::unique_lock lock(mutex_);
    answers_ = true;
    changed_.notify_all();
    changed_.wait(lock, [this] { return answered_ == asked_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool answers_ = false;
  int asked_ = 0;
  int answered_ = 0;
};

struct World {
  std::shared_ptr<Silent> server = std::make_shared<Silent>();
  Lookup look_up = [server = server](const std::string& host) { return server->look_up(host); };
  TimedLookup names{look_up};

  ErrorCode fault(const std::string& host = "silent.example") {
    const auto found = names.find(host, steady_clock::now() + milliseconds(1));
    REQUIRE_FALSE(found.has_value());
    CHECK_FALSE(found.error().detail.empty());
    return found.error().code;
  }
};

}  // namespace

TEST_CASE("a name server that is silent holds nobody longer than he has time", "[http][lookup]") {
  World world;
  CHECK(world.fault() == ErrorCode::timed_out);
  HttpsOptions options;
  options.lookup = world.look_up;
  HttpsFetcher fetcher(options);
  avow::core::HttpRequest request;
  request.url = "https://silent.example/";
  request.deadline = milliseconds(1);
  CHECK(fetcher.fetch(request).error().code == ErrorCode::timed_out);
  // Others' names are found meanwhile.
  const auto found = world.names.find("known.example", steady_clock::now() + milliseconds(60'000));
  REQUIRE(found.has_value());
  CHECK(*found == std::vector<std::string>{"192.0.2.1"});
  world.server->answer();
}

TEST_CASE("lookups that were given up count until they end", "[http][lookup]") {
  World world;
  for (int i = 0; i < TimedLookup::kMaxAtOnce; ++i) CHECK(world.fault() == ErrorCode::timed_out);
  for (const char* host : {"silent.example", "known.example"})
    CHECK(world.fault(host) == ErrorCode::too_many_fetches);
  world.server->answer();
  // Their threads are only just ending.
  for (;;) {
    const auto found =
        world.names.find("known.example", steady_clock::now() + milliseconds(60'000));
    if (found.has_value()) break;
    REQUIRE(found.error().code == ErrorCode::too_many_fetches);
  }
}

TEST_CASE("a lookup may outlive who asked", "[http][lookup]") {
  std::shared_ptr<Silent> server;
  {
    World world;
    server = world.server;
    CHECK(world.fault() == ErrorCode::timed_out);
  }
  server->answer();
}

}  // namespace timed_lookup_test

#include "node/api/turns.h"

#include <atomic>
#include <stdexcept>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

namespace avow::node::api::turns_test {
namespace {

TEST_CASE("never more than allowed have their turn at once, and everybody gets one",
          "[node][api][turns]") {
  Turns turns(3);
  std::atomic<int> now{0};
  std::atomic<int> most{0};
  std::atomic<int> done{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 16; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 50; ++round) {
        turns.take([&] {
          const int inside = ++now;
          int seen = most;
          while (inside > seen && !most.compare_exchange_weak(seen, inside)) {
          }
          std::this_thread::yield();
          --now;
          return ++done;
        });
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(done == 16 * 50);
  CHECK(most <= 3);
}

TEST_CASE("who does not wait gets a turn or nothing", "[node][api][turns]") {
  Turns turns(2);
  const auto seven = [] { return 7; };
  const auto inner = turns.take([&] {
    CHECK(turns.try_take(seven) == 7);
    return turns.try_take([&] { return turns.try_take(seven); });
  });
  REQUIRE(inner);
  CHECK_FALSE(*inner);
  CHECK_THROWS(turns.try_take([]() -> int { throw std::runtime_error("broken"); }));
  CHECK(turns.try_take([&] { return turns.try_take(seven); }) == std::optional(std::optional(7)));
}

TEST_CASE("a turn that ends in an exception is given on", "[node][api][turns]") {
  Turns turns(1);
  CHECK_THROWS_AS(turns.take([]() -> int { throw std::runtime_error("as the test says"); }),
                  std::runtime_error);
  CHECK(turns.take([] { return 7; }) == 7);
}

}  // namespace
}  // namespace avow::node::api::turns_test

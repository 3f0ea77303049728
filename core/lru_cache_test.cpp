#include "core/lru_cache.h"

#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

namespace avow::core::lru_cache_test {
namespace {

TEST_CASE("the cache forgets what was used longest ago", "[core][lru_cache]") {
  LruCache<std::string, int> cache(2);
  cache.put("a", 1);
  cache.put("b", 2);
  CHECK(cache.get("a") == 1);  // now b is the oldest
  cache.put("c", 3);
  CHECK(cache.get("b") == std::nullopt);
  CHECK(cache.get("a") == 1);
  CHECK(cache.get("c") == 3);
  CHECK(cache.size() == 2);
}

TEST_CASE("putting a known key replaces its value and makes it the youngest", "[core][lru_cache]") {
  LruCache<std::string, int> cache(2);
  cache.put("a", 1);
  cache.put("b", 2);
  cache.put("a", 10);
  CHECK(cache.size() == 2);
  cache.put("c", 3);
  CHECK(cache.get("a") == 10);
  CHECK(cache.get("b") == std::nullopt);
}

TEST_CASE("a cache of one holds the last key", "[core][lru_cache]") {
  LruCache<int, int> cache(1);
  cache.put(1, 1);
  cache.put(2, 2);
  CHECK(cache.get(1) == std::nullopt);
  CHECK(cache.get(2) == 2);
}

TEST_CASE("the cache stays within its bound when threads share it", "[core][lru_cache]") {
  LruCache<int, int> cache(16);
  std::vector<std::jthread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&cache, thread] {
      for (int i = 0; i < 2000; ++i) {
        cache.put((i * 7 + thread) % 40, i);
        cache.get(i % 40);
      }
    });
  }
  threads.clear();  // joins
  CHECK(cache.size() == 16);
}

}  // namespace
}  // namespace avow::core::lru_cache_test

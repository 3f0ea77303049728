#include "core/testing/scripted_fetcher.h"

#include <catch2/catch.hpp>

namespace avow::core::testing::scripted_fetcher_test {
namespace {

HttpRequest request_of(const std::string& url) {
  HttpRequest request;
  request.url = url;
  return request;
}

TEST_CASE("a scripted network answers what was scripted and records what was asked",
          "[core][testing]") {
  ScriptedFetcher fetcher;
  fetcher.respond("https://a.example/", "hello");
  fetcher.refuse("https://b.example/", Error{ErrorCode::unreachable, "down"});
  const auto answer = fetcher.fetch(request_of("https://a.example/"));
  REQUIRE(answer);
  CHECK(answer->status == 200);
  CHECK(answer->body == "hello");
  CHECK_FALSE(fetcher.fetch(request_of("https://b.example/")));
  CHECK_FALSE(fetcher.fetch(request_of("https://c.example/")));
  REQUIRE(fetcher.requests().size() == 3);
  CHECK(fetcher.requests()[2].url == "https://c.example/");
}

TEST_CASE("a scripted network keeps to the limit of the request", "[core][testing]") {
  ScriptedFetcher fetcher;
  fetcher.respond("https://a.example/", "hello");
  auto request = request_of("https://a.example/");
  request.max_response_bytes = 5;
  CHECK(fetcher.fetch(request));
  request.max_response_bytes = 4;
  const auto answer = fetcher.fetch(request);
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == ErrorCode::response_too_large);
}

}  // namespace
}  // namespace avow::core::testing::scripted_fetcher_test

#include "node/http/budgeted_fetcher.h"

#include <catch2/catch.hpp>

#include "core/testing/scripted_fetcher.h"

namespace budgeted_fetcher_test {

using namespace avow::core;
using namespace std::chrono_literals;
using avow::core::testing::ScriptedFetcher;
using avow::node::http::BudgetedFetcher;

namespace {

HttpRequest get(std::string url) {
  HttpRequest request;
  request.url = std::move(url);
  return request;
}

}  // namespace

TEST_CASE("of a thousand fetches for one request eight go out [DID-33]", "[fetch]") {
  ScriptedFetcher network;
  network.respond("https://a.example/", "a");
  BudgetedFetcher fetcher(network, 8, 1h);
  for (int i = 0; i < 1000; ++i) {
    // One that fails is a fetch as well.
    const auto answer = fetcher.fetch(get(i % 2 == 0 ? "https://a.example/" : "https://down/"));
    CAPTURE(i);
    if (i >= 8) {
      REQUIRE_FALSE(answer);
      CHECK(answer.error().code == ErrorCode::too_many_fetches);
    } else {
      CHECK(answer.has_value() == (i % 2 == 0));
    }
  }
  CHECK(network.requests().size() == 8);
}

TEST_CASE("the fetches of one request share its time", "[fetch]") {
  ScriptedFetcher network;
  network.respond("https://a.example/", "a");
  BudgetedFetcher late(network, 8, 0ms);
  CHECK(late.fetch(get("https://a.example/")).error().code == ErrorCode::too_many_fetches);
  CHECK(network.requests().empty());

  HttpRequest patient = get("https://a.example/");
  patient.deadline = 2h;
  BudgetedFetcher hour(network, 8, 1h);
  CHECK(hour.fetch(patient));
  CHECK(network.requests().back().deadline <= 1h);
  patient.deadline = 5s;
  CHECK(hour.fetch(patient));
  CHECK(network.requests().back().deadline == 5s);
}

}  // namespace budgeted_fetcher_test

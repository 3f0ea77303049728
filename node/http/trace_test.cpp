// Which occurrence a problem is: its traceId and instance.

#include <catch2/catch.hpp>

#include "node/http/testing/small_listener.h"

namespace trace_test {

using avow::core::Json;
using avow::node::http::ListenerConfig;
using avow::node::http::testing::Received;
using avow::node::http::testing::SmallListener;

namespace {

const std::string kOwn = "0123456789abcdef0123456789abcdef";
const std::string kTheirs = "4bf92f3577b34da6a3ce929d0e0e4736";  // Trace Context's own example

struct World {
  static ListenerConfig config() {
    ListenerConfig config;
    config.new_trace_id = [] { return kOwn; };
    return config;
  }
  Received ask(const std::string& target, const std::string& traceparent = "") {
    const std::string header = traceparent.empty() ? "" : "traceparent: " + traceparent + "\r\n";
    return listener.ask("GET " + target + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + header +
                        "\r\n");
  }
  std::string traced(const std::string& traceparent) {
    const auto body = avow::core::parse_json(ask("/nowhere", traceparent).body());
    REQUIRE(body);
    const std::string* id = body->find_string("traceId");
    return id == nullptr ? "" : *id;
  }
  SmallListener listener{config()};
};

}  // namespace

TEST_CASE("a problem says which occurrence it is, and so does the log", "[http][trace]") {
  World world;
  const Received refused = world.ask("/nowhere");
  CHECK(refused.status() == 404);
  const auto body = avow::core::parse_json(refused.body());
  REQUIRE(body);
  CHECK(*body->find_string("traceId") == kOwn);
  CHECK(*body->find_string("instance") == "urn:uuid:01234567-89ab-cdef-0123-456789abcdef");
  CHECK(*body->find_string("code") == "no_such_route");
  REQUIRE(world.listener.exchanges().size() == 1);
  CHECK(world.listener.exchanges().front().trace_id == kOwn);
}

TEST_CASE("what failed inside is told to the node's own people, and to the log for others",
          "[http][trace]") {
  for (const bool own_people : {false, true}) {
    ListenerConfig config = World::config();
    config.tells_faults = own_people;
    SmallListener listener(std::move(config));
    const Received answer =
        listener.ask("GET /fails HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    CHECK(answer.status() == 503);
    const auto body = avow::core::parse_json(answer.body());
    REQUIRE(body);
    const std::string* detail = body->find_string("detail");
    CHECK((detail != nullptr && *detail == "/var/lib/avow.db: page 7") == own_people);
    CHECK((answer.body().find("avow.db") != std::string::npos) == own_people);
    REQUIRE(listener.exchanges().size() == 1);
    CHECK(listener.exchanges().front().fault == (own_people ? "" : "/var/lib/avow.db: page 7"));
  }
}

TEST_CASE("a handler that throws, and bytes that are no request, give a problem with an id too",
          "[http][trace]") {
  World world;
  for (const Received& refused : {world.ask("/throws"), world.listener.ask("nonsense\r\n\r\n")}) {
    const auto body = avow::core::parse_json(refused.body());
    REQUIRE(body);
    CHECK(*body->find_string("traceId") == kOwn);
  }
}

TEST_CASE("the client's own trace is kept, if it is one", "[http][trace]") {
  World world;
  const std::string parent = "-00f067aa0ba902b7-01";
  CHECK(world.traced("00-" + kTheirs + parent) == kTheirs);
  const std::vector<std::string> invalid{
      "00-" + kTheirs + "-00f067aa0ba902b7-0",               // a digit short
      "00-" + kTheirs + "-00f067aa0ba902b7-011",             // a digit more
      "01-" + kTheirs + parent,                              // another version
      "00-" + std::string(32, '0') + parent,                 // all zero
      "00-" + kTheirs + "-" + std::string(16, '0') + "-01",  // all zero
      "00-4BF92F3577B34DA6A3CE929D0E0E4736" + parent,        // upper case
      "00-" + kTheirs + "-00f067aa0ba902bg-01",              // no hexadecimal digit
      "00_" + kTheirs + parent,
  };
  for (const std::string& traceparent : invalid) {
    CAPTURE(traceparent);
    CHECK(world.traced(traceparent) == kOwn);
  }
}

TEST_CASE("an answer that is no problem is as its handler made it", "[http][trace]") {
  World world;
  const Received answer = world.ask("/echo", "00-" + kTheirs + "-00f067aa0ba902b7-01");
  CHECK(answer.status() == 200);
  CHECK(answer.body().find(kTheirs) == std::string::npos);
  CHECK(answer.body().find("traceId") == std::string::npos);
  CHECK(world.listener.exchanges().front().trace_id == kTheirs);
  CHECK(world.ask("/echo").status() == 200);
  CHECK(world.listener.exchanges().back().trace_id.empty());
}

}  // namespace trace_test

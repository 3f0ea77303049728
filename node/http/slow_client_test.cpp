// Clients that are slow, silent or never read. Nothing here asserts a time: deadlines are short, and what is
// asserted is who was answered and who was closed.
#include <atomic>
#include <chrono>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>
#include <sys/resource.h>

#include "node/http/testing/small_listener.h"

namespace slow_client_test {

using avow::node::http::Exchange;
using avow::node::http::Listener;
using avow::node::http::ListenerConfig;
using avow::node::http::RouteTable;
using avow::node::http::testing::RawClient;
using avow::node::http::testing::Received;
using avow::node::http::testing::SmallListener;
using std::chrono::milliseconds;

namespace {

/// Deadlines that a drip outlives many times over.
ListenerConfig impatient() {
  ListenerConfig config;
  config.limits.idle = milliseconds(300);
  config.limits.head = milliseconds(300);
  config.limits.body = milliseconds(300);
  config.limits.write = milliseconds(300);
  config.limits.linger = milliseconds(100);
  return config;
}

/// Sends one byte after the other for as long as the listener takes them, so that no single read ever
/// waits long.
void drip(RawClient& client) {
  pollfd entry{client.fd(), POLLIN, 0};
  while (::poll(&entry, 1, /*timeout_ms=*/20) == 0 && client.send("x")) {
  }
}

std::ptrdiff_t open_files() {
  return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {});
}

}  // namespace

TEST_CASE("a dripping head is cut off however steadily it drips [HTTP-24]", "[http][slow]") {
  SmallListener listener(impatient());
  RawClient client(listener.port());
  client.send("GET /echo HTTP/1.1\r\nX: ");
  drip(client);
  const Received received = client.read_to_end();
  CHECK(received.status() == 408);
  CHECK(received.code() == "slow_head");
  CHECK(received.closed);
  CHECK(listener.ask_politely().status() == 200);
}

TEST_CASE("a dripping body is cut off however steadily it drips [HTTP-04]", "[http][slow]") {
  SmallListener listener(impatient());
  RawClient client(listener.port());
  client.send(
      "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: "
      "9999\r\n\r\n");
  drip(client);
  const Received received = client.read_to_end();
  CHECK(received.status() == 408);
  CHECK(received.code() == "slow_body");
  CHECK(received.closed);
  CHECK(listener.routed().empty());
  CHECK(listener.ask_politely().status() == 200);
}

TEST_CASE("slow clients hold up nobody else [HTTP-24] [HTTP-25]", "[http][slow]") {
  SmallListener
      listener;  // with a node's own deadlines: none of the slow ones is cut off meanwhile
  std::vector<RawClient> slow;
  for (int i = 0; i < 200; ++i) {
    slow.emplace_back(listener.port());
    REQUIRE(slow.back().send("GET /echo HTTP/1.1\r\nX"));
  }
  for (int i = 0; i < 50; ++i) {
    for (int one = 0; one < 8; ++one) slow[static_cast<std::size_t>(one)].send("x");
    REQUIRE(listener.ask_politely().status() == 200);
  }
  CHECK(listener.routed().size() == 50);
}

TEST_CASE("a thousand silent connections are closed and hold up nobody [HTTP-26]", "[http][slow]") {
  rlimit files{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &files) == 0);
  if (files.rlim_max < 4096) {
    WARN("skipped: this user may not open the files for a thousand connections");
    return;
  }
  files.rlim_cur = std::max<rlim_t>(files.rlim_cur, 4096);
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &files) == 0);
  ListenerConfig config = impatient();
  config.limits.idle = milliseconds(2000);
  SmallListener listener(config);
  std::vector<RawClient> silent;
  for (int i = 0; i < 1000; ++i) {
    silent.emplace_back(listener.port());
    REQUIRE(silent.back().connected());
  }
  CHECK(listener.ask_politely().status() == 200);
  for (RawClient& client : silent) {
    const Received received = client.read_to_end();
    REQUIRE((received.closed && received.bytes.empty()));
  }
  CHECK(listener.ask_politely().status() == 200);
}

TEST_CASE("a client that never reads is let go [HTTP-27]", "[http][slow]") {
  ListenerConfig config = impatient();
  config.limits.max_connections = 1;
  SmallListener listener(config);
  RawClient deaf(listener.port());
  deaf.send("GET /large HTTP/1.1\r\nHost: x\r\n\r\n");
  // The only thread serves the deaf client first; that this is answered shows that it came free.
  CHECK(listener.ask_politely().status() == 200);
  const Received received = deaf.read_to_end();
  CHECK(received.closed);
  CHECK(received.bytes.size() < (32u << 20));
}

TEST_CASE("a connection beyond the limit waits for its turn", "[http][slow]") {
  ListenerConfig config = impatient();
  config.limits.max_connections = 2;
  SmallListener listener(config);
  std::vector<RawClient> silent;
  for (int i = 0; i < 6; ++i) silent.emplace_back(listener.port());
  CHECK(listener.ask_politely().status() == 200);
}

TEST_CASE("connections beyond the limit hold no descriptors of the node [HTTP-26]",
          "[http][slow]") {
  constexpr std::ptrdiff_t kClients = 100;
  std::atomic<std::ptrdiff_t> most{0};
  ListenerConfig config = impatient();
  config.limits.max_connections = 2;
  config.on_exchange = [&most](const Exchange&) { most = std::max(most.load(), open_files()); };
  auto listener = Listener::on_tcp({"127.0.0.1", 0}, config);
  REQUIRE(listener);
  std::vector<RawClient> slow;
  for (std::ptrdiff_t i = 0; i < kClients; ++i) {
    slow.emplace_back((*listener)->port());
    REQUIRE(slow.back().send("GET /"));
  }
  const std::ptrdiff_t before = open_files();
  (*listener)->start(RouteTable());
  // The first two hold both threads until they are told that they are too slow.
  CHECK(slow.front().read_to_end().code() == "slow_head");
  (*listener)->stop();
  CHECK(most > 0);
  CHECK(most - before < kClients / 2);
}

}  // namespace slow_client_test

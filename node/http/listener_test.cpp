#include "node/http/listener.h"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <future>
#include <string>
#include <thread>

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "node/http/testing/small_listener.h"

namespace listener_test {

using avow::node::ErrorCode;
using avow::node::http::Exchange;
using avow::node::http::Listener;
using avow::node::http::ListenerConfig;
using avow::node::http::Request;
using avow::node::http::Response;
using avow::node::http::RouteTable;
using avow::node::http::text_response;
using avow::node::http::testing::RawClient;
using avow::node::http::testing::Received;
using avow::node::http::testing::SmallListener;

namespace {

/// A new directory that vanishes with what it holds.
class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string pattern = "/tmp/avow-http-XXXXXX";
    path_ = ::mkdtemp(pattern.data());
  }
  ~TemporaryDirectory() {
    ::unlink(file("admin.sock").c_str());
    ::rmdir(path_.c_str());
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  const std::string& path() const { return path_; }
  std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

RouteTable one_route() {
  RouteTable routes;
  routes.add({"GET", "/uid", [](const Request& request) {
                return text_response(200, "uid " + std::to_string(request.peer_uid.value_or(4242)) +
                                              " peer " + request.peer);
              }});
  return routes;
}

const std::string kAskUid = "GET /uid HTTP/1.1\r\nHost: localhost\r\n\r\n";

Received ask_unix(const std::string& path) {
  RawClient client(path);
  client.send(kAskUid);
  return client.read_answer();
}

}  // namespace

TEST_CASE("requests sent in one breath are answered in order on one connection",
          "[http][listener]") {
  SmallListener listener;
  RawClient client(listener.port());
  client.send(
      "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: "
      "3\r\n\r\nabcGET /p/second HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  const Received received = client.read_to_end();
  CHECK(received.answers() == 2);
  CHECK(received.bytes.find(R"("body":"abc")") != std::string::npos);
  CHECK(listener.routed() == std::vector<std::string>{"/echo", "/p/second"});
}

TEST_CASE("the target reaches the handler byte for byte", "[http][listener]") {
  SmallListener listener;
  RawClient client(listener.port());
  client.send(
      "GET /1.0/identifiers/did%3Aweb%3Alocalhost%253A8443?versionId=2 HTTP/1.1\r\nHost: "
      "x\r\n\r\n");
  CHECK(client.read_answer().status() == 200);
  CHECK(listener.routed() ==
        std::vector<std::string>{"/1.0/identifiers/did%3Aweb%3Alocalhost%253A8443?versionId=2"});
}

TEST_CASE("a connection ends when the client says so, speaks HTTP/1.0, or has asked enough",
          "[http][listener]") {
  ListenerConfig config;
  config.limits.max_requests_per_connection = 2;
  SmallListener listener(config);
  CHECK(listener.ask("GET /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").answers() == 1);
  CHECK(listener.ask("GET /echo HTTP/1.0\r\nHost: x\r\n\r\n").answers() == 1);
  const std::string request = "GET /echo HTTP/1.1\r\nHost: x\r\n\r\n";
  CHECK(listener.ask(request + request + request).answers() == 2);
}

TEST_CASE("an exchange is reported with its route and never with its path", "[http][listener]") {
  SmallListener listener;
  listener.ask("GET /p/alice HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  listener.ask("GET /nowhere/alice HTTP/1.1\r\nHost: x\r\n\r\n");
  listener.ask("nonsense\r\n\r\n");
  listener.listener().stop();
  const std::vector<Exchange> exchanges = listener.exchanges();
  REQUIRE(exchanges.size() == 3);
  CHECK((exchanges[0].method == "GET" && exchanges[0].route == "/p/{name}"));
  CHECK((exchanges[0].status == 200 && exchanges[0].code.empty()));
  CHECK(exchanges[0].peer == "127.0.0.1");
  CHECK((exchanges[1].route == "-" && exchanges[1].code == "no_such_route"));
  CHECK((exchanges[2].method == "-" && exchanges[2].status == 400));
}

TEST_CASE("a second listener on the port is refused with what to do about it", "[http][listener]") {
  SmallListener first;
  const auto second = Listener::on_tcp({"127.0.0.1", first.port()});
  REQUIRE_FALSE(second.has_value());
  CHECK(second.error().code == ErrorCode::port_in_use);
  CHECK(second.error().what.find(std::to_string(first.port())) != std::string::npos);
  CHECK_FALSE(second.error().fix.empty());
  CHECK(first.ask_politely().status() == 200);
}

TEST_CASE("an address that is not of this machine is refused", "[http][listener]") {
  const auto listener = Listener::on_tcp({"192.0.2.1", 8443});
  REQUIRE_FALSE(listener.has_value());
  CHECK(listener.error().code == ErrorCode::address_refused);
}

TEST_CASE("a port is free again as soon as its listener has stopped", "[http][listener]") {
  SmallListener first;
  CHECK(first.ask_politely().status() == 200);
  first.listener().stop();
  CHECK(Listener::on_tcp({"127.0.0.1", first.port()}).has_value());
}

TEST_CASE("stop answers what was begun and closes what was idle", "[http][listener]") {
  std::promise<void> entered;
  std::promise<void> go_on;
  RouteTable routes;
  routes.add({"GET", "/waits", [&](const Request&) {
                entered.set_value();
                go_on.get_future().wait();
                return text_response(200, "done");
              }});
  auto listener = Listener::on_tcp({"127.0.0.1", 0});
  REQUIRE(listener.has_value());
  (*listener)->start(std::move(routes));
  RawClient idle((*listener)->port());
  RawClient busy((*listener)->port());
  busy.send("GET /waits HTTP/1.1\r\nHost: x\r\n\r\n");
  entered.get_future().wait();
  std::thread stopper([&] { (*listener)->stop(); });
  const Received nothing = idle.read_to_end();
  CHECK((nothing.closed && nothing.bytes.empty()));
  go_on.set_value();
  const Received answer = busy.read_to_end();
  CHECK(answer.status() == 200);
  CHECK(answer.has_line("Connection: close"));
  stopper.join();
  CHECK_FALSE(RawClient((*listener)->port()).connected());
}

TEST_CASE("a Unix socket is 0600 and tells who asks", "[http][listener]") {
  const TemporaryDirectory directory;
  const std::string path = directory.file("admin.sock");
  {
    auto listener = Listener::on_unix_socket(path);
    REQUIRE(listener.has_value());
    struct stat found {};
    REQUIRE(::stat(path.c_str(), &found) == 0);
    CHECK((found.st_mode & 07777) == 0600);
    (*listener)->start(one_route());
    const Received received = ask_unix(path);
    CHECK(received.status() == 200);
    CHECK(received.body() == "uid " + std::to_string(::geteuid()) + " peer unix");
    CHECK((*listener)->port() == 0);
  }
  CHECK(::access(path.c_str(), F_OK) != 0);
}

TEST_CASE("over TCP a peer has no uid", "[http][listener]") {
  auto listener = Listener::on_tcp({"127.0.0.1", 0});
  REQUIRE(listener.has_value());
  (*listener)->start(one_route());
  RawClient client((*listener)->port());
  client.send(kAskUid);
  CHECK(client.read_answer().body() == "uid 4242 peer 127.0.0.1");
}

TEST_CASE("a Unix socket that somebody listens on is left alone", "[http][listener]") {
  const TemporaryDirectory directory;
  const std::string path = directory.file("admin.sock");
  auto first = Listener::on_unix_socket(path);
  REQUIRE(first.has_value());
  (*first)->start(one_route());
  const auto second = Listener::on_unix_socket(path);
  REQUIRE_FALSE(second.has_value());
  CHECK(second.error().code == ErrorCode::port_in_use);
  CHECK(ask_unix(path).status() == 200);
}

TEST_CASE("a Unix socket left by a dead process is replaced", "[http][listener]") {
  const TemporaryDirectory directory;
  const std::string path = directory.file("admin.sock");
  const pid_t child = ::fork();
  if (child == 0) {
    auto doomed = Listener::on_unix_socket(path);
    ::_exit(doomed.has_value() ? 0 : 1);  // no destructor runs: the path stays
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(status == 0);
  REQUIRE(::access(path.c_str(), F_OK) == 0);
  auto listener = Listener::on_unix_socket(path);
  REQUIRE(listener.has_value());
  (*listener)->start(one_route());
  CHECK(ask_unix(path).status() == 200);
}

TEST_CASE("a file that is no socket is not removed for one", "[http][listener]") {
  const TemporaryDirectory directory;
  const std::string path = directory.file("admin.sock");
  std::ofstream(path) << "precious";
  const auto listener = Listener::on_unix_socket(path);
  REQUIRE_FALSE(listener.has_value());
  CHECK(listener.error().code == ErrorCode::address_refused);
  std::string text;
  std::ifstream(path) >> text;
  CHECK(text == "precious");
}

TEST_CASE("the path of a Unix socket holds 107 bytes and not one more", "[http][listener]") {
  const TemporaryDirectory directory;
  const std::string longest = directory.file(std::string(107 - directory.path().size() - 1, 's'));
  CHECK(Listener::on_unix_socket(longest).has_value());
  const auto listener = Listener::on_unix_socket(longest + "s");
  REQUIRE_FALSE(listener.has_value());
  CHECK(listener.error().code == ErrorCode::configuration);
}

TEST_CASE("a user who is not on the list is refused by name of its uid", "[http][listener]") {
  const TemporaryDirectory directory;
  ListenerConfig config;
  config.allowed_uids = {::geteuid() + 1};
  auto listener = Listener::on_unix_socket(directory.file("admin.sock"), config);
  REQUIRE(listener.has_value());
  (*listener)->start(one_route());
  const Received received = ask_unix(directory.file("admin.sock"));
  CHECK(received.status() == 403);
  CHECK(received.code() == "peer_not_allowed");
}

TEST_CASE("another user cannot use the Unix socket, even when its mode was widened",
          "[http][listener]") {
  if (::geteuid() != 0) {
    WARN("skipped: only root can become another user");
    return;
  }
  const TemporaryDirectory directory;
  const std::string path = directory.file("admin.sock");
  REQUIRE(::chmod(directory.path().c_str(), 0755) == 0);
  auto listener = Listener::on_unix_socket(path);
  REQUIRE(listener.has_value());
  (*listener)->start(one_route());
  // Another process, because the credentials of a socket are those of the process that connects.
  const auto ask_as_nobody = [&path] {
    const pid_t child = ::fork();
    if (child == 0) {
      if (::setresuid(65534, 65534, 65534) != 0) ::_exit(1);
      RawClient client(path);
      if (!client.connected()) ::_exit(2);
      client.send(kAskUid);
      ::_exit(client.read_answer().status() == 403 ? 3 : 4);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WEXITSTATUS(status);
  };
  constexpr int kCannotConnect = 2;
  constexpr int kForbidden = 3;
  CHECK(ask_as_nobody() == kCannotConnect);
  REQUIRE(::chmod(path.c_str(), 0666) == 0);
  CHECK(ask_as_nobody() == kForbidden);
  CHECK(ask_unix(path).status() == 200);
}

}  // namespace listener_test

#include "node/http/client.h"

#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include <catch2/catch.hpp>
#include <unistd.h>

#include "node/http/listener.h"
#include "node/http/testing/small_listener.h"

namespace client_test {

using avow::core::ErrorCode;
using avow::core::HttpRequest;
using avow::node::http::json_response;
using avow::node::http::Listener;
using avow::node::http::PlainHttpFetcher;
using avow::node::http::problem;
using avow::node::http::Request;
using avow::node::http::Response;
using avow::node::http::RouteTable;
using avow::node::http::text_response;
using avow::node::http::UnixSocketClient;
using std::chrono::milliseconds;

namespace {

/// A peer that answers every connection with the same bytes, whatever it is asked; with `pause` it sends
/// them one by one.
class ScriptedPeer {
 public:
  explicit ScriptedPeer(std::string bytes, milliseconds pause = milliseconds(0))
      : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)),
        bytes_(std::move(bytes)),
        pause_(pause) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(::bind(fd_, reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(::listen(fd_, 16) == 0);
    REQUIRE(::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { run(); });
  }
  ~ScriptedPeer() {
    ::shutdown(fd_, SHUT_RDWR);
    thread_.join();
    ::close(fd_);
  }
  ScriptedPeer(const ScriptedPeer&) = delete;
  ScriptedPeer& operator=(const ScriptedPeer&) = delete;
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/"; }

 private:
  void run() {
    for (;;) {
      const int fd = ::accept(fd_, nullptr, nullptr);
      if (fd < 0) return;
      char asked[4096];
      [[maybe_unused]] const ssize_t count = ::recv(fd, asked, sizeof asked, 0);
      if (pause_.count() == 0) {
        ::send(fd, bytes_.data(), bytes_.size(), MSG_NOSIGNAL);
      } else {
        drip(fd);
      }
      ::close(fd);
    }
  }

  /// Until the script or the other side ends.
  void drip(int fd) {
    for (const char byte : bytes_) {
      pollfd entry{fd, POLLIN, 0};
      if (::poll(&entry, 1, static_cast<int>(pause_.count())) != 0) return;
      if (::send(fd, &byte, 1, MSG_NOSIGNAL) != 1) return;
    }
  }

  int fd_;
  std::string bytes_;
  milliseconds pause_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

HttpRequest get(std::string url) {
  HttpRequest request;
  request.url = std::move(url);
  return request;
}

std::unique_ptr<Listener> serve(RouteTable routes) {
  auto listener = Listener::on_tcp({"127.0.0.1", 0});
  REQUIRE(listener.has_value());
  (*listener)->start(std::move(routes));
  return std::move(*listener);
}

std::string url_of(const Listener& listener, const std::string& target) {
  return "http://127.0.0.1:" + std::to_string(listener.port()) + target;
}

}  // namespace

TEST_CASE("a fetch sends what it was given and returns what it got", "[http][client]") {
  RouteTable routes;
  routes.add({"POST", "/gossip/{x}",
              [](const Request& request) {
                Response response =
                    text_response(201, *request.raw_parameter("x") + " " + request.body + " " +
                                           *request.header("x-in"));
                response.headers.emplace_back("ETag", "\"7\"");
                return response;
              },
              /*max_body=*/100});
  const auto listener = serve(std::move(routes));
  PlainHttpFetcher fetcher;
  HttpRequest request = get(url_of(*listener, "/gossip/did%253Aa?b=%2F"));
  request.method = "POST";
  request.headers = {{"Content-Type", "application/json"}, {"X-In", "v"}};
  request.body = "{}";
  const auto response = fetcher.fetch(request);
  REQUIRE(response.has_value());
  CHECK(response->status == 201);
  CHECK(response->body == "did%253Aa {} v");
  REQUIRE(response->header("etag") != nullptr);
  CHECK(*response->header("etag") == "\"7\"");
}

TEST_CASE("an answer of any status is a response", "[http][client]") {
  const auto listener = serve(RouteTable());
  PlainHttpFetcher fetcher;
  const auto response = fetcher.fetch(get(url_of(*listener, "/nowhere")));
  REQUIRE(response.has_value());
  CHECK(response->status == 404);
}

TEST_CASE("not modified is an answer without a body, and the next one follows", "[http][client]") {
  RouteTable routes;
  routes.add({"GET", "/", [](const Request& request) {
                if (request.header("if-none-match") == nullptr) return text_response(200, "ok");
                return Response{304, "", {{"ETag", "\"7\""}}, ""};
              }});
  const auto listener = serve(std::move(routes));
  PlainHttpFetcher fetcher;
  HttpRequest conditional = get(url_of(*listener, "/"));
  conditional.headers = {{"If-None-Match", "\"7\""}};
  for (int i = 0; i < 2; ++i) {
    const auto unchanged = fetcher.fetch(conditional);
    REQUIRE(unchanged.has_value());
    CHECK(unchanged->status == 304);
    CHECK(unchanged->body.empty());
    const auto whole = fetcher.fetch(get(url_of(*listener, "/")));
    REQUIRE(whole.has_value());
    CHECK(whole->body == "ok");
  }
}

TEST_CASE("many fetches go over one connection, and a listener that came back is found again",
          "[http][client]") {
  RouteTable routes;
  routes.add({"GET", "/", [](const Request&) { return text_response(200, "ok"); }});
  auto listener = serve(routes);
  PlainHttpFetcher fetcher;
  const std::string url = url_of(*listener, "/");
  for (int i = 0; i < 20; ++i) REQUIRE(fetcher.fetch(get(url)).has_value());
  const std::uint16_t port = listener->port();
  listener->stop();
  CHECK_FALSE(fetcher.fetch(get(url)).has_value());
  auto again = Listener::on_tcp({"127.0.0.1", port});
  REQUIRE(again.has_value());
  (*again)->start(routes);
  CHECK(fetcher.fetch(get(url)).has_value());
}

TEST_CASE("a redirect is an answer and is not followed", "[http][client]") {
  std::atomic<int> followed{0};
  RouteTable routes;
  routes
      .add({"GET", "/a",
            [](const Request&) {
              return Response{303, {}, {{"Location", "/b"}}, {}};
            }})
      .add({"GET", "/b", [&](const Request&) {
              ++followed;
              return text_response(200, "b");
            }});
  const auto listener = serve(std::move(routes));
  PlainHttpFetcher fetcher;
  const auto response = fetcher.fetch(get(url_of(*listener, "/a")));
  REQUIRE(response.has_value());
  CHECK(response->status == 303);
  CHECK(followed == 0);
}

TEST_CASE("an answer of exactly the limit is taken, of one byte more refused", "[http][client]") {
  RouteTable routes;
  routes.add(
      {"GET", "/", [](const Request&) { return text_response(200, std::string(1000, 'x')); }});
  const auto listener = serve(std::move(routes));
  PlainHttpFetcher fetcher;
  HttpRequest request = get(url_of(*listener, "/"));
  request.max_response_bytes = 1000;
  CHECK(fetcher.fetch(request).has_value());
  request.max_response_bytes = 999;
  const auto refused = fetcher.fetch(request);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == ErrorCode::response_too_large);
}

TEST_CASE("an answer without a length is cut off at the limit", "[http][client]") {
  PlainHttpFetcher fetcher;
  for (const std::string& head :
       {std::string("HTTP/1.1 200 OK\r\n\r\n"),
        std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n100000\r\n"),
        std::string("HTTP/1.1 200 OK\r\nX: "), std::string("HTTP/1.1 200 ")}) {
    CAPTURE(head);
    const ScriptedPeer peer(head + std::string(1 << 20, 'x'));
    HttpRequest request = get(peer.url());
    request.max_response_bytes = 1000;
    const auto refused = fetcher.fetch(request);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == ErrorCode::response_too_large);
  }
}

TEST_CASE("a compressed answer is refused, not inflated", "[http][client]") {
  PlainHttpFetcher fetcher;
  const ScriptedPeer peer(
      "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\n\x1f\x8b\x08");
  const auto refused = fetcher.fetch(get(peer.url()));
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == ErrorCode::unsupported_content_encoding);
}

TEST_CASE("the deadline is for the whole exchange, not for each byte", "[http][client]") {
  PlainHttpFetcher fetcher;
  for (const char* head :
       {"HTTP/1.1 200 OK\r\nX: ", "HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"}) {
    CAPTURE(head);
    const ScriptedPeer peer(head + std::string(9999, 'x'), milliseconds(10));
    HttpRequest request = get(peer.url());
    request.deadline = milliseconds(400);
    const auto refused = fetcher.fetch(request);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == ErrorCode::timed_out);
    CHECK(refused.error().detail.find("time") != std::string::npos);
  }
}

TEST_CASE("nonsense from a peer is an error and nothing worse", "[http][client]") {
  PlainHttpFetcher fetcher;
  for (const char* bytes : {"", "nonsense\r\n\r\n", "HTTP/1.1 abc\r\n\r\n",
                            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab",
                            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"}) {
    CAPTURE(bytes);
    const ScriptedPeer peer(bytes);
    const auto refused = fetcher.fetch(get(peer.url()));
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == ErrorCode::unreachable);
  }
}

TEST_CASE("plain HTTP goes to loopback and private addresses only", "[http][client]") {
  PlainHttpFetcher fetcher;
  for (const char* url : {"http://192.0.2.1/", "http://0.0.0.0:1/", "http://[2001:db8::1]/",
                          "http://169.254.169.254/latest"}) {
    CAPTURE(url);
    const auto refused = fetcher.fetch(get(url));
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == ErrorCode::blocked_address);
  }
  for (const char* url :
       {"https://127.0.0.1/", "ftp://127.0.0.1/", "127.0.0.1", "http://127.1.2.3\n/"}) {
    CAPTURE(url);
    const auto refused = fetcher.fetch(get(url));
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == ErrorCode::unreachable);
    CHECK_FALSE(refused.error().detail.empty());
  }
}

TEST_CASE("a request that would write a second line is not sent", "[http][client]") {
  RouteTable routes;
  routes.add({"GET", "/", [](const Request&) { return text_response(200, "ok"); }});
  const auto listener = serve(std::move(routes));
  PlainHttpFetcher fetcher;
  HttpRequest request = get(url_of(*listener, "/"));
  REQUIRE(fetcher.fetch(request).has_value());
  request.headers = {{"X", "a\r\nY: b"}};
  CHECK_FALSE(fetcher.fetch(request).has_value());
  request.headers = {{"X\r\nY", "b"}};
  CHECK_FALSE(fetcher.fetch(request).has_value());
  request.headers = {};
  request.method = "GET / HTTP/1.1\r\nX:";
  CHECK_FALSE(fetcher.fetch(request).has_value());
}

TEST_CASE("the admin socket is asked with the same port", "[http][client]") {
  const std::string path = "/tmp/avow-client-" + std::to_string(::getpid()) + ".sock";
  RouteTable routes;
  routes.add({"GET", "/v1/status",
              [](const Request& request) { return text_response(200, request.peer); }});
  auto listener = Listener::on_unix_socket(path);
  REQUIRE(listener.has_value());
  (*listener)->start(std::move(routes));
  UnixSocketClient client(path);
  const auto response = client.fetch(get("http://localhost/v1/status"));
  REQUIRE(response.has_value());
  CHECK(response->body == "unix");
  (*listener)->stop();
  const auto gone = client.fetch(get("http://localhost/v1/status"));
  REQUIRE_FALSE(gone.has_value());
  CHECK(gone.error().code == ErrorCode::unreachable);
  CHECK(gone.error().detail.find(path) != std::string::npos);
}

}  // namespace client_test

// node/deploy/haproxy.cfg in front of our own listener: what it must hold off, and what neither may smuggle past the other.

#include <cstdlib>
#include <mutex>
#include <set>

#include <catch2/catch.hpp>
#include <unistd.h>

#include "core/testing/temp_dir.h"
#include "core/testing/tree.h"
#include "interop-tests/harness/node.h"
#include "interop-tests/harness/tls_client.h"
#include "interop-tests/harness/wait.h"
#include "node/http/listener.h"
#include "node/http/testing/tls_server.h"

namespace proxy_test {

using namespace avow;
using namespace avow::interop;
using node::http::testing::Received;

namespace {

namespace http = node::http;

constexpr const char* kHaproxy = "/usr/sbin/haproxy";
constexpr const char* kGoodRequest =
    "GET /good HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

/// Our listener with routes that remember who came, behind Debian's HAProxy with the file that we ship.
class Proxied {
 public:
  Proxied() {
    http::RouteTable routes;
    const auto note = [this](const http::Request& request) {
      const std::lock_guard lock(mutex_);
      routed_.insert(request.target);
      return http::text_response(200, request.body);
    };
    routes.add(
        {"GET", "/readyz", [](const http::Request&) { return http::text_response(200, ""); }});
    routes.add({"GET", "/good", note});
    routes.add({"GET", "/SMUGGLED", note});
    routes.add({"POST", "/challenges", note, /*max_body=*/1024});
    routes.add({"POST", "/take", note, /*max_body=*/65'536});
    auto bound = http::Listener::on_tcp({own_address(), 0});
    if (!bound) throw std::runtime_error(bound.error().what);
    listener_ = std::move(*bound);
    listener_->start(std::move(routes));

    const http::testing::CertificateAuthority authority;
    authority.write_to(folder_ / "authority.pem");
    authority.issue("localhost").write_to(folder_ / "both.pem", /*with_key=*/true);
    ::setenv("AVOW_BIND", (own_address() + ":" + std::to_string(port_.number())).c_str(), 1);
    ::setenv("AVOW_NODE", (own_address() + ":" + std::to_string(listener_->port())).c_str(), 1);
    ::setenv("AVOW_CERT", (folder_ / "both.pem").c_str(), 1);
    if (::geteuid() != 0) ::setenv("AVOW_UNPRIVILEGED", "1", 1);
    proxy_ = std::make_unique<Process>(
        std::vector<std::string>{kHaproxy, "-db", "-f",
                                 core::testing::source_tree() / "node/deploy/haproxy.cfg"},
        ProcessOptions{folder_ / "out", folder_ / "err"});
    if (!eventually([this] { return !proxy_->running() || ask(kGoodRequest).status() == 200; }) ||
        !proxy_->running())
      throw std::runtime_error("haproxy does not serve: " + proxy_->err());
  }

  std::unique_ptr<TlsClient> connect(TlsClient::Version version = TlsClient::Version::any,
                                     const std::string& from = "") {
    return std::make_unique<TlsClient>(own_address(), port_.number(), folder_ / "authority.pem",
                                       version, from);
  }
  /// Sends the bytes on a connection of their own and reads until it ends.
  Received ask(std::string_view bytes) {
    const auto client = connect();
    if (!client->connected() || !client->send(bytes)) return {};
    return client->read_to_end();
  }
  bool was_routed(const std::string& target) {
    const std::lock_guard lock(mutex_);
    return routed_.contains(target);
  }

 private:
  const core::testing::TempDir folder_;
  const ReservedPort port_;  // the proxy's
  std::mutex mutex_;
  std::set<std::string> routed_;
  std::unique_ptr<http::Listener> listener_;
  std::unique_ptr<Process> proxy_;
};

}  // namespace

TEST_CASE(
    "the shipped proxy serves over TLS 1.2 and later, and neither renegotiates nor speaks less "
    "[HTTP-42] [HTTP-43]",
    "[proxy]") {
  Proxied proxied;
  for (const auto version : {TlsClient::Version::any, TlsClient::Version::only_1_2}) {
    const auto client = proxied.connect(version);
    REQUIRE(client->connected());
    REQUIRE(client->send(kGoodRequest));
    const Received answer = client->read_to_end();
    CHECK(answer.status() == 200);
    CHECK(answer.bytes.find("strict-transport-security") != std::string::npos);
  }
  CHECK_FALSE(proxied.connect(TlsClient::Version::at_most_1_1)->connected());
  const auto again = proxied.connect(TlsClient::Version::only_1_2);
  REQUIRE(again->connected());
  CHECK_FALSE(again->renegotiate());
  CHECK(proxied.ask(kGoodRequest).status() == 200);
}

TEST_CASE(
    "nothing is smuggled through the proxy and the listener together [HTTP-08] "
    "[HTTP-05] [HTTP-06] [HTTP-09] [HTTP-10] [HTTP-11] [HTTP-28] [HTTP-33] [HTTP-34]",
    "[proxy]") {
  Proxied proxied;
  const std::string smuggled = "GET /SMUGGLED HTTP/1.1\r\nHost: localhost\r\n\r\n";
  const std::string post =
      "POST /take HTTP/1.1\r\nHost: localhost\r\n"
      "Content-Type: application/json\r\n";
  const std::string size = std::to_string(smuggled.size());
  const std::vector<std::string> attacks{
      post + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + smuggled,
      post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n" +
          smuggled,
      post + "Transfer-Encoding: \vchunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" + smuggled,
      post + "Content-Length: 2\r\nContent-Length: " + size + "\r\n\r\n{}" + smuggled,
      post + "Content-Length: 2, " + size + "\r\n\r\n{}" + smuggled,
      post + "Content-Length: -2\r\n\r\n{}" + smuggled,
      post + "Transfer-Encoding: chunked\r\n\r\n-2\r\n" + smuggled,
      post + "Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n" + smuggled,
      post + "Content-Length : " + size + "\r\n\r\n" + smuggled,
      post + "Content-Length: +2\r\n\r\n{}" + smuggled,
      post +
          "X: a\r\n Content-Length: 9\r\nContent-Length: 0\r\nX: b\nTransfer-Encoding: "
          "chunked\r\n\r\n" +
          smuggled,
      std::string("GET /good HTTP/1.1\r\nHost: localhost\r\nHost: other\r\n\r\n") + smuggled,
      "GET /good HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + size + "\r\n\r\n" + smuggled,
  };
  // The last one's body is a body: served or refused, it never becomes a request.
  for (const std::string& attack : attacks) {
    CAPTURE(attack);
    const Received answer = proxied.ask(attack);
    CHECK(answer.closed);
    CHECK((answer.bytes.empty() || (answer.status() >= 400 && answer.status() < 500)));
    CHECK(answer.answers() <= 1);
  }
  CHECK_FALSE(proxied.was_routed("/SMUGGLED"));
  CHECK(proxied.ask(post + "Connection: close\r\nContent-Length: 2\r\n\r\n{}").body() == "{}");
}

TEST_CASE("an upgrade opens no tunnel through the proxy [HTTP-38]", "[proxy]") {
  Proxied proxied;
  const Received answer = proxied.ask(
      "GET /good HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, HTTP2-Settings, close\r\n"
      "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n");
  CHECK(answer.closed);
  CHECK((answer.status() == 200 || answer.status() == 400));
  CHECK(answer.bytes.find(" 101 ") == std::string::npos);
}

TEST_CASE("who connects to the proxy and says nothing is let go [HTTP-26]", "[proxy]") {
  Proxied proxied;
  const auto client = proxied.connect();
  REQUIRE(client->connected());
  CHECK(client->read_to_end().closed);
}

TEST_CASE("the proxy speaks HTTP/1.1 alone, as the node does, whoever asks for more [HTTP-08]",
          "[proxy]") {
  Proxied proxied;
  const auto client = proxied.connect();
  REQUIRE(client->connected());
  CHECK(client->protocol() == "http/1.1");
  // HTTP/2's preface and its empty SETTINGS, from a client that does not ask.
  constexpr std::string_view kPreface("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0", 33);
  REQUIRE(client->send(kPreface));
  CHECK(client->read_to_end().status() == 400);
}

namespace {

std::unique_ptr<TlsClient> dripping(Proxied& proxied, const std::string& from) {
  auto client = proxied.connect(TlsClient::Version::any, from);
  if (client->connected()) client->send("GET /good HTTP/1.1\r\nX: ");
  return client;
}

}  // namespace

TEST_CASE("one address holds a hundred connections at the proxy and no more [HTTP-25]", "[proxy]") {
  Proxied proxied;
  std::vector<std::unique_ptr<TlsClient>> slow;
  for (int i = 0; i < 200; ++i) slow.push_back(dripping(proxied, "127.0.0.2"));
  // The first may have come to their deadline by now, and others into their place; none comes while this counts.
  int held = 0;
  for (const auto& client : slow) held += client->connected() && client->is_silent() ? 1 : 0;
  CHECK(held > 0);
  CHECK(held <= 100);
  CHECK(proxied.ask(kGoodRequest).status() == 200);
}

TEST_CASE("two hundred slow clients at the proxy hold up nobody [HTTP-24] [HTTP-25]", "[proxy]") {
  Proxied proxied;
  std::vector<std::unique_ptr<TlsClient>> slow;
  const auto from = [](std::size_t i) { return "127.0.0." + std::to_string(2 + i % 3); };
  for (std::size_t i = 0; i < 200; ++i) {
    slow.push_back(dripping(proxied, from(i)));
    REQUIRE(slow.back()->connected());
  }
  int good = 0;
  for (int round = 0; round < 50; ++round) {
    for (std::size_t i = 0; i < slow.size(); ++i) {
      if (!slow[i]->connected() || !slow[i]->send("a")) slow[i] = dripping(proxied, from(i));
    }
    good += proxied.ask(kGoodRequest).status() == 200 ? 1 : 0;
  }
  CHECK(good == 50);
  for (const auto& client : slow) {
    const Received ended = client->read_to_end();
    CHECK(ended.closed);
    CHECK((ended.bytes.empty() || ended.status() == 408));
  }
}

TEST_CASE("a head or a body that drips is cut off, however steadily it drips [HTTP-04] [HTTP-24]",
          "[proxy]") {
  Proxied proxied;
  const std::string post = "POST /take HTTP/1.1\r\nHost: localhost\r\n";
  for (const std::string& begun : {post + "X: ", post + "Content-Length: 1000\r\n\r\n"}) {
    const auto client = proxied.connect();
    REQUIRE(client->connected());
    REQUIRE(client->send(begun));
    // Faster than any limit on silence; the limit on the whole is what ends it.
    const bool cut_off = eventually(
        [&client] {
          pause(std::chrono::milliseconds(200));
          return !client->send("a");
        },
        std::chrono::seconds(20));
    CHECK(cut_off);
  }
  CHECK_FALSE(proxied.was_routed("/take"));
}

TEST_CASE(
    "the proxy refuses bodies that the node would refuse, before the node sees them [HTTP-01] "
    "[HTTP-03] "
    "[HTTP-07] [HTTP-36] [HTTP-44]",
    "[proxy]") {
  Proxied proxied;
  const std::string post = "POST /take HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n";
  CHECK(proxied.ask(post + "Content-Length: 20000000\r\n\r\n").code() == "too_large");
  CHECK(proxied.ask(post + "\r\n").code() == "length_required");
  CHECK(proxied.ask(post + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n").code() ==
        "length_required");
  CHECK(proxied.ask(post + std::string("X: a\0b\r\nContent-Length: 2\r\n\r\n{}", 31)).status() ==
        400);
  CHECK(proxied.ask(post + "Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}").code() ==
        "unsupported_content_encoding");
  CHECK(proxied.ask("OPTIONS /good HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            .code() == "method_not_allowed");
  CHECK_FALSE(proxied.was_routed("/take"));
}

TEST_CASE("one address gets fifty challenges in ten seconds and no more", "[proxy]") {
  Proxied proxied;
  const std::string challenge =
      "POST /challenges HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
      "Connection: close\r\nContent-Length: 2\r\n\r\n{}";
  int given = 0;
  Received refused;
  for (int i = 0; i < 200 && refused.bytes.empty(); ++i) {
    Received answer = proxied.ask(challenge);
    if (answer.status() == 200) {
      ++given;
    } else {
      refused = std::move(answer);
    }
  }
  CHECK(given >= 50);
  CHECK(refused.status() == 429);
  CHECK(refused.code() == "too_many_requests");
  CHECK(refused.bytes.find("retry-after: 10") != std::string::npos);
  CHECK(proxied.ask(kGoodRequest).status() == 200);
}

}  // namespace proxy_test

#include <atomic>
#include <map>
#include <memory>
#include <string>

#include <catch2/catch.hpp>

#include "core/testing/temp_dir.h"
#include "node/http/client.h"
#include "node/http/testing/small_listener.h"
#include "node/http/testing/tls_server.h"

namespace https_test {

using namespace avow::node::http;
using namespace avow::node::http::testing;
using avow::core::ErrorCode;
using avow::core::HttpRequest;
using std::chrono::milliseconds;

namespace {

HttpRequest get(std::string url) {
  HttpRequest request;
  request.url = std::move(url);
  return request;
}

/// An authority that the fetchers of this test trust, and one that allows loopback.
struct World {
  avow::core::testing::TempDir folder;
  CertificateAuthority authority;
  TrustedAuthority trusted = write();
  HttpsFetcher fetcher{HttpsOptions{/*allow_loopback=*/true, system_lookup}};

  std::unique_ptr<TlsServer> serve(const std::string& answer, TlsServerOptions options = {}) const {
    return serve(authority.issue("localhost"), answer, options);
  }
  static std::unique_ptr<TlsServer> serve(TlsIdentity identity, const std::string& answer,
                                          TlsServerOptions options = {}) {
    return std::make_unique<TlsServer>(
        std::move(identity), [answer](const std::string&) { return answer; }, options);
  }
  ErrorCode fault(const std::string& url) { return fault(get(url)); }
  ErrorCode fault(const HttpRequest& request) {
    const auto refused = fetcher.fetch(request);
    REQUIRE_FALSE(refused.has_value());
    INFO(refused.error().detail);
    CHECK_FALSE(refused.error().detail.empty());
    return refused.error().code;
  }

 private:
  TrustedAuthority write() const {
    authority.write_to(folder / "ca.pem");
    return TrustedAuthority(folder / "ca.pem");
  }
};

const std::string kOk = http_answer(200, "text/plain", "ok");

}  // namespace

TEST_CASE("a host with a trusted certificate for its name is fetched over TLS", "[https]") {
  World world;
  const auto server = world.serve(kOk);
  HttpRequest request = get(server->url("/a%20b?c"));
  request.headers = {{"Accept", "application/json"}};
  const auto response = world.fetcher.fetch(request);
  INFO((response ? "" : response.error().detail));
  REQUIRE(response.has_value());
  CHECK(response->status == 200);
  CHECK(response->body == "ok");
  CHECK(*response->header("content-type") == "text/plain");
  REQUIRE(server->requests().size() == 1);
  const std::string asked = server->requests()[0];
  CHECK(asked.starts_with("GET /a%20b?c HTTP/1.1\r\n"));
  CHECK(asked.find("\r\nHost: localhost:" + std::to_string(server->port()) + "\r\n") !=
        std::string::npos);
  CHECK(asked.find("\r\nAccept-Encoding: identity\r\n") != std::string::npos);
  CHECK(asked.find("\r\nAccept: application/json\r\n") != std::string::npos);
}

TEST_CASE(
    "certificates that are expired, for another name, or by nobody known are refused [DID-31]",
    "[https]") {
  World world;
  const CertificateAuthority stranger;
  const auto check = [&](TlsIdentity identity) {
    const auto server = World::serve(std::move(identity), kOk);
    CHECK(world.fault(server->url("/")) == ErrorCode::tls_failure);
    CHECK(server->requests().empty());
  };
  check(world.authority.issue("localhost", {-7200, -3600}));
  check(world.authority.issue("localhost", {3600, 7200}));
  check(world.authority.issue("example.com"));
  check(world.authority.issue("localhost.example.com"));
  check(CertificateAuthority::self_signed("localhost"));
  check(stranger.issue("localhost"));
  const auto good = world.serve(kOk);
  CHECK(world.fetcher.fetch(get(good->url("/"))).has_value());
}

TEST_CASE("TLS before 1.2 and no TLS at all are refused", "[https]") {
  World world;
  for (const int version : {TLS1_VERSION, TLS1_1_VERSION}) {
    TlsServerOptions old;
    old.max_protocol = version;
    const auto server = world.serve(kOk, old);
    CHECK(world.fault(server->url("/")) == ErrorCode::tls_failure);
  }
  TlsServerOptions tls_1_2;
  tls_1_2.max_protocol = TLS1_2_VERSION;
  CHECK(world.fetcher.fetch(get(world.serve(kOk, tls_1_2)->url("/"))).has_value());

  const SmallListener plain;
  CHECK(world.fault("https://localhost:" + std::to_string(plain.port()) + "/") ==
        ErrorCode::tls_failure);
}

TEST_CASE("only https is fetched, but plain http from loopback for tests", "[https]") {
  World world;
  SmallListener plain;
  const std::string port = std::to_string(plain.port());
  HttpsFetcher strict;
  for (const std::string& url :
       {"http://localhost:" + port + "/echo", std::string("http://example.com/")}) {
    const auto refused = strict.fetch(get(url));
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == ErrorCode::https_required);
  }
  CHECK(plain.routed().empty());
  CHECK(world.fetcher.fetch(get("http://localhost:" + port + "/echo")).has_value());
  CHECK(world.fetcher.fetch(get("http://127.0.0.1:" + port + "/echo")).has_value());
  CHECK(world.fault("ftp://localhost/") == ErrorCode::unreachable);
  CHECK(world.fault("localhost") == ErrorCode::unreachable);
}

TEST_CASE("a host is not connected to at an address that is not public [DID-10] [DID-11] [DID-12]",
          "[https]") {
  World world;
  const auto server = world.serve(kOk);
  for (const char* address : {"127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.0.1", "100.64.0.1",
                              "0.0.0.0", "192.0.0.1", "169.254.169.254", "::1", "fc00::1",
                              "fe80::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "168.63.129.16"}) {
    CAPTURE(address);
    HttpsOptions options;
    options.lookup = [&](const std::string&) { return std::vector<std::string>{address}; };
    HttpsFetcher fetcher(options);
    for (const char* host : {"localhost", "169.254.169.254.nip.io", "127-0-0-1.sslip.io"}) {
      const auto refused = fetcher.fetch(
          get("https://" + std::string(host) + ":" + std::to_string(server->port()) + "/"));
      REQUIRE_FALSE(refused.has_value());
      CHECK(refused.error().code == ErrorCode::blocked_address);
    }
  }
  HttpsFetcher strict;
  for (const char* url : {"https://127.0.0.1/", "https://[::1]/", "https://8.8.8.8/"})
    CHECK(strict.fetch(get(url)).error().code == ErrorCode::blocked_address);
  CHECK(server->requests().empty());
}

TEST_CASE("plain http never goes to a public address", "[https]") {
  HttpsOptions options;
  options.allow_loopback = true;
  options.lookup = [](const std::string&) { return std::vector<std::string>{"8.8.8.8"}; };
  HttpsFetcher fetcher(options);
  CHECK(fetcher.fetch(get("http://example.com/")).error().code == ErrorCode::blocked_address);
}

TEST_CASE("a name is looked up once, and each of its addresses is judged [DID-13] [DID-14]",
          "[https]") {
  World world;
  const auto server = world.serve(kOk);
  std::atomic<int> lookups = 0;
  std::vector<std::vector<std::string>> answers{{"10.0.0.1", "127.0.0.1"}, {"10.0.0.1"}};
  HttpsOptions options;
  options.allow_loopback = true;
  options.lookup = [&](const std::string&) {
    return answers[static_cast<std::size_t>(std::min(lookups++, 1))];
  };
  HttpsFetcher fetcher(options);
  // The private address stands first and is passed over; the other is the one that was looked up.
  CHECK(fetcher.fetch(get(server->url("/"))).has_value());
  CHECK(lookups == 1);
  CHECK(fetcher.fetch(get(server->url("/"))).error().code == ErrorCode::blocked_address);
  CHECK(lookups == 2);
  CHECK(server->requests().size() == 1);

  options.lookup = [](const std::string&) { return std::vector<std::string>{}; };
  HttpsFetcher nowhere(options);
  CHECK(nowhere.fetch(get(server->url("/"))).error().code == ErrorCode::unreachable);
}

TEST_CASE("a redirect over TLS is an answer and is not followed [DID-15] [DID-16]", "[https]") {
  World world;
  for (const char* location : {"https://169.254.169.254/", "http://localhost/", "/b"}) {
    const auto server = world.serve("HTTP/1.1 302 Found\r\nLocation: " + std::string(location) +
                                    "\r\nContent-Length: 0\r\n\r\n");
    const auto response = world.fetcher.fetch(get(server->url("/")));
    REQUIRE(response.has_value());
    CHECK(response->status == 302);
    CHECK(server->requests().size() == 1);
  }
}

TEST_CASE("chunks are joined, and their framing counts and is checked", "[https]") {
  World world;
  const std::string head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  const auto body = [&](const std::string& chunks) -> std::string {
    const auto server = world.serve(head + chunks);
    HttpRequest request = get(server->url("/"));
    request.max_response_bytes = 10;
    const auto response = world.fetcher.fetch(request);
    return response ? response->body : std::string(code_name(response.error().code));
  };
  CHECK(body("3\r\nabc\r\n0\r\n\r\n") == "abc");
  CHECK(body("3;x=y\r\nabc\r\n7\r\ndefghij\r\n0\r\nT: v\r\n\r\n") == "abcdefghij");
  CHECK(body("A\r\nabcdefghij\r\n00\r\n\r\n") == "abcdefghij");
  CHECK(body("B\r\nabcdefghijk\r\n0\r\n\r\n") == "response_too_large");
  CHECK(body("9\r\nabcdefghi\r\n2\r\njk\r\n0\r\n\r\n") == "response_too_large");
  CHECK(body("FFFFFFFFFFFFFFFFF\r\n") == "unreachable");
  CHECK(body("-2\r\nab\r\n0\r\n\r\n") == "unreachable");
  CHECK(body("0x3\r\nabc\r\n0\r\n\r\n") == "unreachable");
  CHECK(body("\r\nabc\r\n0\r\n\r\n") == "unreachable");
  CHECK(body("3\r\nabcd\r\n0\r\n\r\n") == "unreachable");
  CHECK(body("3\r\nabc\r\n") == "unreachable");
  CHECK(body("3\r\nabc\r\n0\r\nbad trailer\r\n\r\n") == "unreachable");
  CHECK(body("3;" + std::string(1000, 'x') + "\r\nabc\r\n0\r\n\r\n") == "response_too_large");
}

TEST_CASE("the framing of chunks may take 16 KiB, and as much as they hold", "[https]") {
  World world;
  const auto chunks = [](std::size_t count, const std::string& content,
                         const std::string& extension) {
    std::string body;
    for (std::size_t i = 0; i < count; ++i)
      body.append(std::to_string(content.size()))
          .append(extension + "\r\n")
          .append(content + "\r\n");
    return body;
  };
  const auto read = [&](const std::string& sent) {
    const auto server =
        world.serve("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + sent + "0\r\n\r\n");
    const auto response = world.fetcher.fetch(get(server->url("/")));
    return response ? response->body.size() : 0;
  };
  // Five bytes around each of one: after n of them 5n ≤ 16,384 + n.
  CHECK(read(chunks(4096, "x", "")) == 4096);
  CHECK(read(chunks(4097, "x", "")) == 0);
  CHECK(read(chunks(4097, "x", "") + chunks(1, "abcdefghi", "")) == 0);
  CHECK(read(chunks(1, "abcdefghi", "") + chunks(4097, "x", "")) == 4106);
  // With enough in each there is no end but that of the body.
  CHECK(read(chunks(10'000, "abcdefghi", "")) == 90'000);
  // Extensions are framing: 205 bytes around each of nine.
  CHECK(read(chunks(83, "abcdefghi", ";" + std::string(199, 'x'))) == 747);
  CHECK(read(chunks(84, "abcdefghi", ";" + std::string(199, 'x'))) == 0);
}

TEST_CASE("answers that two readers could understand differently are refused", "[https]") {
  World world;
  const auto code = [&](const std::string& answer) -> std::string {
    const auto server = world.serve(answer);
    const auto response = world.fetcher.fetch(get(server->url("/")));
    return response ? "ok" : std::string(code_name(response.error().code));
  };
  const std::string ok = "HTTP/1.1 200 OK\r\n";
  CHECK(code(ok + "Content-Length: 2\r\n\r\nab") == "ok");
  CHECK(code("HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nab") == "ok");
  CHECK(code("HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\nab") == "ok");
  CHECK(code("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + ok + "Content-Length: 2\r\n\r\nab") ==
        "ok");
  for (const char* lines :
       {"Content-Length: 2\r\nContent-Length: 2\r\n\r\nab",
        "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: identity\r\n\r\nab", "Content-Length: -2\r\n\r\nab",
        "Content-Length: 2,2\r\n\r\nab", "Content-Length: 0x2\r\n\r\nab",
        "Content-Length: 3\r\n\r\nab", "Content-Length : 2\r\n\r\nab",
        "A: b\r\n c\r\nContent-Length: 2\r\n\r\nab", "A: b\nContent-Length: 2\r\n\r\nab",
        "no colon\r\nContent-Length: 2\r\n\r\nab"}) {
    CAPTURE(lines);
    CHECK(code(ok + lines) == "unreachable");
  }
  for (const char* line :
       {"HTTP/2 200 OK", "HTTP/1.1 20 OK", "HTTP/1.1 099 X", "HTTP/1.1 2000 OK", "http/1.1 200 OK",
        "HTTP/1.1 200OK", "HTTP/1.1 101 Switching Protocols", "GET / HTTP/1.1", ""}) {
    CAPTURE(line);
    CHECK(code(std::string(line) + "\r\nContent-Length: 2\r\n\r\nab") == "unreachable");
  }
  std::string many;
  for (int i = 0; i < 129; ++i) many += "A: b\r\n";
  CHECK(code(ok + many + "\r\n") == "unreachable");
  std::string interim;
  for (int i = 0; i < 9; ++i) interim += "HTTP/1.1 103 X\r\n\r\n";
  CHECK(code(interim + ok + "\r\n") == "unreachable");
  CHECK(code("HTTP/1.1 200 " + std::string(200'000, 'x') + "\r\n\r\n") == "response_too_large");
}

TEST_CASE("an answer that only the end of the connection ends needs an orderly end", "[https]") {
  World world;
  const std::string answer = "HTTP/1.1 200 OK\r\n\r\nab";
  const auto polite = world.serve(answer);
  const auto whole = world.fetcher.fetch(get(polite->url("/")));
  REQUIRE(whole.has_value());
  CHECK(whole->body == "ab");
  TlsServerOptions rude;
  rude.says_goodbye = false;
  CHECK(world.fault(world.serve(answer, rude)->url("/")) == ErrorCode::unreachable);
  // With a length nothing can be cut off.
  CHECK(world.fetcher.fetch(get(world.serve(kOk, rude)->url("/"))).has_value());
}

TEST_CASE("a compressed answer is refused unread", "[https]") {
  World world;
  for (const char* coding : {"gzip", "br", "GZIP", "identity, gzip", "x"}) {
    const auto server = world.serve("HTTP/1.1 200 OK\r\nContent-Encoding: " + std::string(coding) +
                                    "\r\nContent-Length: 3\r\n\r\n\x1f\x8b\x08");
    CHECK(world.fault(server->url("/")) == ErrorCode::unsupported_content_encoding);
  }
  const auto plain =
      world.serve("HTTP/1.1 200 OK\r\nContent-Encoding: identity\r\nContent-Length: 2\r\n\r\nab");
  CHECK(world.fetcher.fetch(get(plain->url("/"))).has_value());
}

TEST_CASE("the limit of bytes and the deadline hold within TLS [DID-29]", "[https]") {
  World world;
  HttpRequest request;
  request.max_response_bytes = 1000;
  for (const std::string& head :
       {std::string("HTTP/1.1 200 OK\r\n\r\n"), std::string("HTTP/1.1 200 OK\r\nX: "),
        std::string("HTTP/1.1 200 OK\r\nContent-Length: 1048576\r\n\r\n")}) {
    const auto server = world.serve(head + std::string(1 << 20, 'x'));
    request.url = server->url("/");
    CHECK(world.fault(request) == ErrorCode::response_too_large);
  }
  TlsServerOptions slow;
  slow.pause = milliseconds(20);
  const auto server =
      world.serve("HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n" + std::string(9999, 'x'), slow);
  request = get(server->url("/"));
  request.deadline = milliseconds(700);
  const auto refused = world.fetcher.fetch(request);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == ErrorCode::timed_out);
  CHECK(refused.error().detail.find("time") != std::string::npos);
}

TEST_CASE("a server that accepts and says nothing does not hold the handshake open", "[https]") {
  World world;
  const avow::core::FileDescriptor silent(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  REQUIRE(::bind(silent.get(), generic, size) == 0);
  REQUIRE(::listen(silent.get(), 1) == 0);
  REQUIRE(::getsockname(silent.get(), generic, &size) == 0);
  HttpRequest request = get("https://localhost:" + std::to_string(ntohs(address.sin_port)) + "/");
  request.deadline = milliseconds(200);
  const auto refused = world.fetcher.fetch(request);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == ErrorCode::timed_out);
  CHECK(refused.error().detail.find("time") != std::string::npos);
}

TEST_CASE("a host that a person names may be a private one, and is asked over TLS alone",
          "[https]") {
  World world;
  const auto server = world.serve(kOk);
  HttpsOptions options;
  HttpsFetcher for_strangers(options);
  options.allow_private = true;
  HttpsFetcher for_people(options);
  CHECK(for_strangers.fetch(get(server->url("/"))).error().code == ErrorCode::blocked_address);
  CHECK(for_people.fetch(get(server->url("/"))).has_value());
  CHECK(for_people.fetch(get("http://localhost:" + std::to_string(server->port()))).error().code ==
        ErrorCode::https_required);
  // Reached; the certificate is for another name.
  CHECK(for_people.fetch(get("https://127.0.0.1:" + std::to_string(server->port()))).error().code ==
        ErrorCode::tls_failure);
  // Neither public nor private: where clouds keep their metadata.
  CHECK(for_people.fetch(get("https://169.254.169.254/")).error().code ==
        ErrorCode::blocked_address);
}

}  // namespace https_test

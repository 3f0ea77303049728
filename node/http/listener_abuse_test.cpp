// The rows HTTP-01 to HTTP-44 of the table of abuse cases that one request shows; slow_client_test.cpp has
// those that are about time. Each speaks raw bytes to a real listener.
#include <string>

#include <catch2/catch.hpp>

#include "node/http/testing/small_listener.h"

namespace listener_abuse_test {

using avow::node::http::ListenerConfig;
using avow::node::http::testing::RawClient;
using avow::node::http::testing::Received;
using avow::node::http::testing::SmallListener;

namespace {

const std::string kSmuggled = "GET /p/SMUGGLED HTTP/1.1\r\nHost: x\r\n\r\n";

/// One refusal: one answer with that status and code, the connection closed, nothing routed (neither the
/// request nor a second one in its tail), and the next client served.
void check_refused(SmallListener& listener, const std::string& bytes, int status,
                   const std::string& code) {
  const Received received = listener.ask(bytes);
  CHECK(received.status() == status);
  CHECK(received.code() == code);
  CHECK(received.answers() == 1);
  CHECK(received.closed);
  CHECK(received.has_line("Connection: close"));
  CHECK(received.has_line("Content-Type: application/problem+json"));
  CHECK(listener.routed().empty());
  CHECK(listener.ask_politely().status() == 200);
}

void check_refused(const std::string& bytes, int status, const std::string& code) {
  SmallListener listener;
  check_refused(listener, bytes, status, code);
}

std::string get(const std::string& target, const std::string& headers = {}) {
  return "GET " + target + " HTTP/1.1\r\nHost: x\r\n" + headers + "\r\n";
}

std::string post(const std::string& headers, const std::string& body) {
  return "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" + headers + "\r\n" +
         body;
}

}  // namespace

TEST_CASE("a compressed body is refused unread [HTTP-01] [HTTP-02]", "[http][abuse]") {
  const std::string length = "Content-Length: " + std::to_string(kSmuggled.size()) + "\r\n";
  check_refused(post("Content-Encoding: gzip\r\n" + length, kSmuggled), 415,
                "unsupported_content_encoding");
  check_refused(post("Content-Encoding: br\r\n" + length, kSmuggled), 415,
                "unsupported_content_encoding");
}

TEST_CASE("a chunked body is refused unread, whatever its chunks [HTTP-03] [HTTP-05] [HTTP-06]",
          "[http][abuse]") {
  for (const std::string& chunks :
       {std::string("3\r\nabc\r\n0\r\n\r\n"), std::string("-2\r\n"),
        std::string("FFFFFFFFFFFFFFFFF\r\n"), "1000\r\n" + std::string(200'000, 'x'), kSmuggled}) {
    check_refused(post("Transfer-Encoding: chunked\r\n", chunks), 411, "length_required");
  }
  check_refused(get("/echo", "Transfer-Encoding: identity\r\n"), 411, "length_required");
}

TEST_CASE("a body without a length is refused unread", "[http][abuse]") {
  check_refused(post("", ""), 411, "length_required");
  check_refused(post("", kSmuggled), 411, "length_required");
}

TEST_CASE("a body over the route's limit is refused from its head alone [HTTP-07]",
          "[http][abuse]") {
  check_refused(post("Content-Length: 20000000\r\n", ""), 413, "too_large");
  check_refused(post("Content-Length: 65537\r\n", ""), 413, "too_large");
  check_refused(post("Content-Length: 99999999999999999999999\r\n", ""), 413, "too_large");
  // NOLINTNEXTLINE(bugprone-string-constructor): the size is the abuse
  check_refused(post("Content-Length: 20000000\r\n", std::string(20'000'000, 'x')), 413,
                "too_large");
}

TEST_CASE("a body of exactly the route's limit is served [HTTP-07]", "[http][abuse]") {
  SmallListener listener;
  RawClient client(listener.port());
  REQUIRE(client.send(post("Content-Length: 65536\r\n", std::string(65'536, 'x'))));
  CHECK(client.read_answer().status() == 200);
}

TEST_CASE("a Content-Length that is not digits is refused [HTTP-08]", "[http][abuse]") {
  for (const char* length : {"-5", "+5", "", "5,5", "0x5", "5 5", "5a", "1e1"}) {
    CAPTURE(length);
    check_refused(post("Content-Length: " + std::string(length) + "\r\n", "abcde"), 400,
                  "bad_content_length");
  }
}

TEST_CASE("a header that may stand once is refused twice [HTTP-09]", "[http][abuse]") {
  check_refused(post("Content-Length: 4\r\nContent-Length: 5\r\n", "abcde"), 400,
                "duplicate_header");
  check_refused(post("Content-Length: 5\r\ncontent-length: 5\r\n", "abcde"), 400,
                "duplicate_header");
  for (const char* name :
       {"Authorization", "Content-Type", "Signature", "Signature-Input", "Content-Digest"}) {
    CAPTURE(name);
    const std::string line = std::string(name) + ": a\r\n";
    check_refused(get("/echo", line + line), 400, "duplicate_header");
  }
}

TEST_CASE("two framings at once are refused and nothing is smuggled [HTTP-10]", "[http][abuse]") {
  check_refused(
      post("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n" + kSmuggled), 400,
      "conflicting_framing");
}

TEST_CASE("a body on a method that has none is refused and never becomes a request [HTTP-11]",
          "[http][abuse]") {
  for (const char* method : {"GET", "DELETE"}) {
    CAPTURE(method);
    SmallListener listener;
    RawClient client(listener.port());
    REQUIRE(client.send(std::string(method) + " /echo HTTP/1.1\r\nHost: x\r\nContent-Length: " +
                        std::to_string(kSmuggled.size()) + "\r\n\r\n"));
    const Received refused = client.read_answer();
    CHECK(refused.status() == 400);
    CHECK(refused.code() == "unexpected_body");
    client.send(kSmuggled);
    CHECK(client.read_to_end().bytes.empty());
    CHECK(listener.routed().empty());
    CHECK(listener.ask_politely().status() == 200);
  }
}

TEST_CASE("a header value keeps its percent signs [HTTP-12]", "[http][abuse]") {
  SmallListener listener;
  RawClient client(listener.port());
  client.send(get("/echo", "X-In: a%0d%0aSet-Cookie:%20evil=1\r\n"));
  const Received received = client.read_answer();
  CHECK(received.status() == 200);
  CHECK(received.body().find(R"("x-in":"a%0d%0aSet-Cookie:%20evil=1")") != std::string::npos);
}

TEST_CASE("a handler cannot write a second header line into its answer [HTTP-13]",
          "[http][abuse]") {
  SmallListener listener;
  const Received received = listener.ask(get("/reflects/crlf"));
  CHECK(received.status() == 500);
  CHECK(received.code() == "internal");
  CHECK(received.bytes.find("Set-Cookie") == std::string::npos);
  RawClient client(listener.port());
  client.send(get("/reflects/plain"));
  CHECK(client.read_answer().has_line("X-Out: a"));
}

TEST_CASE("an exception becomes 500 without its text, of any type [HTTP-14] [HTTP-15]",
          "[http][abuse]") {
  SmallListener listener;
  for (const char* path : {"/throws", "/throws-int"}) {
    CAPTURE(path);
    const Received received = listener.ask(get(path));
    CHECK(received.status() == 500);
    CHECK(received.code() == "internal");
    CHECK(received.closed);
    CHECK(received.bytes.find("secret") == std::string::npos);
    CHECK(received.bytes.find("EXCEPTION") == std::string::npos);
    CHECK(listener.ask_politely().status() == 200);
  }
}

TEST_CASE("the peer is the socket's address, whatever headers say [HTTP-16] [HTTP-17] [HTTP-18]",
          "[http][abuse]") {
  for (const char* line : {"REMOTE_ADDR: 9.9.9.9\r\n", "X-Forwarded-For: 1.2.3.4\r\n",
                           "X-Forwarded-For: ,,,\r\n", "Forwarded: for=1.2.3.4\r\n"}) {
    CAPTURE(line);
    SmallListener listener;
    RawClient client(listener.port());
    client.send(get("/echo", line));
    CHECK(client.read_answer().body().find(R"("peer":"127.0.0.1")") != std::string::npos);
  }
}

TEST_CASE("the sixty-fifth header is one too many [HTTP-19]", "[http][abuse]") {
  const auto with_headers = [](int count) {
    std::string lines;
    for (int i = 1; i < count; ++i) lines += "H" + std::to_string(i) + ": a\r\n";
    return get("/echo", lines);  // Host is the first
  };
  check_refused(with_headers(65), 431, "too_many_headers");
  check_refused(with_headers(100'000), 431, "too_many_headers");
  SmallListener listener;
  RawClient client(listener.port());
  client.send(with_headers(64));
  CHECK(client.read_answer().status() == 200);
}

TEST_CASE("a header line that fills the head is refused [HTTP-20]", "[http][abuse]") {
  check_refused(get("/echo", "A: " + std::string(1'000'000, 'a') + "\r\n"), 431, "head_too_large");
  const std::size_t around = get("/echo", "A: \r\n").size();
  check_refused(get("/echo", "A: " + std::string(16'385 - around, 'a') + "\r\n"), 431,
                "head_too_large");
  SmallListener listener;
  RawClient client(listener.port());
  client.send(get("/echo", "A: " + std::string(16'384 - around, 'a') + "\r\n"));
  CHECK(client.read_answer().status() == 200);
}

TEST_CASE("a target over 8 KiB is refused [HTTP-21]", "[http][abuse]") {
  check_refused(get("/" + std::string(9000, 'a')), 414, "target_too_long");
  check_refused(get("/" + std::string(8192, 'a')), 414, "target_too_long");
  check_refused(get("/" + std::string(1'000'000, 'a')), 414, "target_too_long");
  check_refused(get("/" + std::string(8191, 'a')), 404, "no_such_route");
}

TEST_CASE("a body that is not JSON by its type is refused [HTTP-22] [HTTP-39]", "[http][abuse]") {
  const std::string length = "Content-Length: 2\r\n";
  for (const char* type :
       {"multipart/form-data; boundary=x", "text/plain", "application/jsonx",
        "application/x-www-form-urlencoded", "", "json", "text/plain; application/json"}) {
    CAPTURE(type);
    check_refused("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: " + std::string(type) + "\r\n" +
                      length + "\r\n{}",
                  415, "unsupported_media_type");
  }
  check_refused("POST /echo HTTP/1.1\r\nHost: x\r\n" + length + "\r\n{}", 415,
                "unsupported_media_type");
}

TEST_CASE("a JSON body is served by any of its types [HTTP-39]", "[http][abuse]") {
  SmallListener listener;
  for (const char* type :
       {"application/json", "Application/JSON; charset=utf-8", "application/vc+json"}) {
    CAPTURE(type);
    RawClient client(listener.port());
    client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: " + std::string(type) +
                "\r\nContent-Length: 2\r\n\r\n{}");
    CHECK(client.read_answer().status() == 200);
  }
}

TEST_CASE("a Range of any size is refused [HTTP-23]", "[http][abuse]") {
  check_refused(get("/echo", "Range: bytes=0-0\r\n"), 416, "range_not_supported");
  std::string ranges = "Range: bytes=0-0";
  for (int i = 1; i < 1900; ++i) ranges += ",0-0";
  check_refused(get("/echo", ranges + "\r\n"), 416, "range_not_supported");
}

TEST_CASE("exactly one Host is asked for [HTTP-28] [HTTP-29]", "[http][abuse]") {
  check_refused("GET /echo HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400, "duplicate_header");
  check_refused("GET /echo HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n", 400, "duplicate_header");
  check_refused("GET /echo HTTP/1.1\r\nA: x\r\n\r\n", 400, "bad_host");
  check_refused("GET /echo HTTP/1.1\r\nHost:\r\n\r\n", 400, "bad_host");
  check_refused("GET /echo HTTP/1.1\r\nHost: a, b\r\n\r\n", 400, "bad_host");
  check_refused("GET /echo HTTP/1.1\r\n\r\n", 400, "bad_host");
}

TEST_CASE("a path that leaves its folder or hides a byte is refused [HTTP-30] [HTTP-31]",
          "[http][abuse]") {
  for (const char* path : {"/p/..%2f..%2fetc%2fpasswd%00x",
                           "/p/%00",
                           "/p/..",
                           "/../p/a",
                           "/p/%2e%2e",
                           "/p/%2E./x",
                           "/p/..%5cx",
                           "/p/.",
                           "/p/%0d%0a",
                           "/p/%ff%fe",
                           "/p/%C3",
                           "/p/%",
                           "/p/%4",
                           "/p/%zz",
                           "p/a",
                           "*",
                           "http://x/p/a",
                           "/p/a#b",
                           "/p/\xc3\xa9",
                           "/p/a b"}) {
    CAPTURE(path);
    check_refused(get(path), 400, "bad_path");
  }
  SmallListener listener;
  for (const char* path : {"/p/...", "/p/..a", "/p/a%2fb", "/p/%C3%A9", "/p/%252e%252e"}) {
    CAPTURE(path);
    RawClient client(listener.port());
    client.send(get(path));
    CHECK(client.read_answer().status() == 200);
  }
}

TEST_CASE("a query that could mean two things is refused", "[http][abuse]") {
  for (const char* query : {"a=1&a=2", "a=%zz", "%00=1", "=1", "a=1&&b=2", "a=%ff"}) {
    CAPTURE(query);
    check_refused(get("/echo?" + std::string(query)), 400, "bad_query");
  }
}

TEST_CASE("an unknown method is refused [HTTP-32]", "[http][abuse]") {
  for (const char* method : {"FOO", "TRACE", "CONNECT", "get"}) {
    CAPTURE(method);
    check_refused(std::string(method) + " /echo HTTP/1.1\r\nHost: x\r\n\r\n", 501,
                  "method_not_implemented");
  }
}

TEST_CASE("a malformed header line is refused [HTTP-33] [HTTP-34] [HTTP-35] [HTTP-36]",
          "[http][abuse]") {
  using namespace std::string_literals;
  check_refused("GET /echo HTTP/1.1\r\nHost : a\r\n\r\n", 400, "bad_header");
  for (const std::string& line :
       {"A : b\r\n"s, " A: b\r\n"s, "A: b\r\n c\r\n"s, "A: b\r\n\tc\r\n"s, "A: b\n"s,
        "A: b\nC: d\r\n"s, "A: b\rC: d\r\n"s, "A: b\0c\r\n"s, "A\0: b\r\n"s, "A: b\x7f\r\n"s,
        "A: \x01\r\n"s, "no colon\r\n"s, ": b\r\n"s, "A(: b\r\n"s}) {
    CAPTURE(line);
    check_refused(get("/echo", line), 400, "bad_header");
  }
  check_refused("GET /echo HTTP/1.1\nHost: x\n\n", 400, "bad_header");
}

TEST_CASE("a malformed request line is refused", "[http][abuse]") {
  for (const char* line : {"", "GET", "GET /echo", "GET  HTTP/1.1", " GET /echo HTTP/1.1",
                           "GET\t/echo\tHTTP/1.1", "GET /echo http/1.1", "G(T /echo HTTP/1.1"}) {
    CAPTURE(line);
    const Received received = SmallListener().ask(std::string(line) + "\r\nHost: x\r\n\r\n");
    CHECK(received.status() == 400);
    CHECK(received.closed);
  }
  check_refused("GET /echo HTTP/2.0\r\nHost: x\r\n\r\n", 505, "http_version_not_supported");
  check_refused("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, "http_version_not_supported");
}

TEST_CASE("Expect is refused before a body is awaited [HTTP-37]", "[http][abuse]") {
  check_refused(post("Expect: 100-continue\r\nContent-Length: 3\r\n", ""), 417,
                "expectation_failed");
}

TEST_CASE("Upgrade is ignored and opens no tunnel [HTTP-38]", "[http][abuse]") {
  SmallListener listener;
  RawClient client(listener.port());
  client.send(
      get("/echo",
          "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"));
  const Received received = client.read_answer();
  CHECK(received.status() == 200);
  CHECK_FALSE(received.has_line("Upgrade"));
}

TEST_CASE("a page of another origin may not change state [HTTP-40]", "[http][abuse]") {
  ListenerConfig config;
  config.allowed_origins = {"https://own.example"};
  SmallListener listener(config);
  const std::string length = "Content-Length: 2\r\n";
  check_refused(listener, post("Origin: https://evil\r\n" + length, "{}"), 403,
                "origin_not_allowed");
  SmallListener other(config);
  check_refused(other, "DELETE /echo HTTP/1.1\r\nHost: x\r\nOrigin: null\r\n\r\n", 403,
                "origin_not_allowed");
  RawClient own(listener.port());
  own.send(post("Origin: https://own.example\r\n" + length, "{}"));
  const Received served = own.read_answer();
  CHECK(served.status() == 200);
  CHECK_FALSE(served.has_line("Access-Control-Allow-Origin"));
}

TEST_CASE("HEAD and OPTIONS are refused on every route, HEAD without a body [HTTP-44]",
          "[http][abuse]") {
  SmallListener listener;
  for (const char* path : {"/echo", "/p/a", "/throws", "/1.0/identifiers/did:key:z"}) {
    CAPTURE(path);
    const Received head =
        listener.ask("HEAD " + std::string(path) + " HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK(head.status() == 405);
    CHECK(head.body().empty());
    CHECK(head.has_line("Allow: GET"));
    const Received options =
        listener.ask("OPTIONS " + std::string(path) + " HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK(options.status() == 405);
    CHECK(options.code() == "method_not_allowed");
    CHECK(options.closed);
  }
  CHECK(listener.routed().empty());
}

}  // namespace listener_abuse_test

#include "node/http/url.h"

#include <string>

#include <catch2/catch.hpp>
#include <rapidcheck.h>

namespace url_test {

namespace http = avow::node::http;

TEST_CASE("an address to listen on is a host and a port", "[http][url]") {
  CHECK(http::parse_host_port("127.0.0.1:8443").value() == http::HostPort{"127.0.0.1", 8443});
  CHECK(http::parse_host_port("localhost:0").value() == http::HostPort{"localhost", 0});
  CHECK(http::parse_host_port("[::1]:65535").value() == http::HostPort{"::1", 65535});
  CHECK(http::parse_host_port("[::1]:65535")->text() == "[::1]:65535");
}

TEST_CASE("an address to listen on is refused when any part of it is off", "[http][url]") {
  for (const char* text : {"",
                           ":",
                           "8443",
                           "127.0.0.1",
                           "127.0.0.1:",
                           ":8443",
                           "127.0.0.1:65536",
                           "127.0.0.1:-1",
                           "127.0.0.1:+1",
                           "127.0.0.1:8443x",
                           "127.0.0.1: 8443",
                           "::1:8443",
                           "[::1]",
                           "[::1]8443",
                           "[::1:8443",
                           "[]:1",
                           "a b:1",
                           "a/b:1",
                           "user@host:1",
                           "http://a:1"}) {
    CAPTURE(text);
    const auto parsed = http::parse_host_port(text);
    REQUIRE_FALSE(parsed.has_value());
    CHECK(parsed.error().code == avow::node::ErrorCode::usage);
  }
}

TEST_CASE("a URL is taken apart, with the scheme's port filled in", "[http][url]") {
  const auto plain = http::parse_url("http://LocalHost/gossip/v1/push?a=%253A");
  REQUIRE(plain.has_value());
  CHECK(plain->scheme == "http");
  CHECK(plain->authority == http::HostPort{"localhost", 80});
  CHECK(plain->target == "/gossip/v1/push?a=%253A");
  CHECK(http::parse_url("https://acme.example")->authority.port == 443);
  CHECK(http::parse_url("https://acme.example")->target == "/");
  CHECK(http::parse_url("http://[::1]:8443?x=1")->target == "/?x=1");
  CHECK(http::parse_url("http://[::1]:8443/a")->origin() == "http://[::1]:8443");
}

TEST_CASE("a URL is refused when it could mean two things", "[http][url]") {
  const std::string longest = "http://a/" + std::string(8192 - 9, 'x');
  CHECK(http::parse_url(longest).has_value());
  CHECK_FALSE(http::parse_url(longest + "x").has_value());
  for (const char* text :
       {"", "acme.example", "ftp://acme.example", "HTTP://acme.example", "http://", "http:///a",
        "http://user@host/", "http://user:pw@host/", "http://host:0/", "http://host:99999/",
        "http://host:/", "http://host/#part", "http://host\\@evil/", "http://ho st/",
        "http://host/a b", "http://host/\r\nX: y", "http://host/\xc3\xa9", "http://[::1/"}) {
    CAPTURE(text);
    CHECK_FALSE(http::parse_url(text).has_value());
  }
}

TEST_CASE("an escape is decoded once and strictly", "[http][url]") {
  CHECK(http::percent_decode("did%3Aweb%3Alocalhost%253A8443") == "did:web:localhost%3A8443");
  CHECK(http::percent_decode("a+b") == "a+b");
  CHECK(http::percent_decode("%C3%A9") == "\xc3\xa9");
  for (const char* text :
       {"%", "%4", "%4g", "%zz", "a%", "%00", "%0a", "%1F", "%7f", "%ff%fe", "%C3", "%ed%a0%80"}) {
    CAPTURE(text);
    CHECK_FALSE(http::percent_decode(text).has_value());
  }
}

TEST_CASE("what was encoded decodes to itself", "[http][url]") {
  CHECK(rc::check("decode after encode", [](std::string text) {
    for (char& c : text) c = static_cast<char>(' ' + static_cast<unsigned char>(c) % 95);
    RC_ASSERT(http::percent_decode(http::percent_encode(text)) == text);
  }));
}

}  // namespace url_test

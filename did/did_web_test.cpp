#include "did/did_web.h"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

namespace did_web_test {

using namespace avow::did;

namespace {

void check_refused(const std::string& text) {
  INFO(text);
  const auto did = Did::parse(text);
  if (!did) {
    CHECK(did.error().code == ErrorCode::invalid_did);
    return;
  }
  const auto location = web_location(*did);
  REQUIRE_FALSE(location);
  CHECK(location.error().code == ErrorCode::invalid_did);
}

}  // namespace

TEST_CASE("did:web says where its document is served", "[did][web]") {
  struct Row {
    std::string did;
    std::string host;
    std::vector<std::string> segments;
    std::string path;
  };
  // The first three are the examples of the did:web Method Specification.
  const auto row = GENERATE(values<Row>({
      {"did:web:w3c-ccg.github.io", "w3c-ccg.github.io", {}, "/.well-known/did.json"},
      {"did:web:w3c-ccg.github.io:user:alice",
       "w3c-ccg.github.io",
       {"user", "alice"},
       "/user/alice/did.json"},
      {"did:web:example.com%3A3000:user:alice",
       "example.com:3000",
       {"user", "alice"},
       "/user/alice/did.json"},
      {"did:web:example.com%3A65535", "example.com:65535", {}, "/.well-known/did.json"},
      {"did:web:example.com%3A444", "example.com:444", {}, "/.well-known/did.json"},
      {"did:web:example.com%3A442", "example.com:442", {}, "/.well-known/did.json"},
      {"did:web:localhost%3A8443", "localhost:8443", {}, "/.well-known/did.json"},
      {"did:web:2060.io", "2060.io", {}, "/.well-known/did.json"},
      {"did:web:xn--exmple-4nf.com", "xn--exmple-4nf.com", {}, "/.well-known/did.json"},
      {"did:web:example.com:a%20b", "example.com", {"a b"}, "/a%20b/did.json"},
      {"did:web:example.com:%25", "example.com", {"%"}, "/%25/did.json"},
      {"did:web:example.com:%7Ebob", "example.com", {"~bob"}, "/~bob/did.json"},
      {"did:web:example.com:...", "example.com", {"..."}, "/.../did.json"},
      {"did:web:example.com:%C3%BC", "example.com", {"\xc3\xbc"}, "/%C3%BC/did.json"},
  }));
  INFO(row.did);
  const auto location = web_location(*Did::parse(row.did));
  REQUIRE(location);
  CHECK(location->host == row.host);
  CHECK(location->segments == row.segments);
  CHECK(did_json_path(*location) == row.path);
}

TEST_CASE("did:web refuses an IP address in any spelling [DID-09]", "[did][web]") {
  check_refused(GENERATE(as<std::string>{}, "did:web:127.0.0.1", "did:web:127.1",
                         "did:web:2130706433", "did:web:0x7f.1", "did:web:0x7f000001",
                         "did:web:a.0x7f", "did:web:example.0x", "did:web:%31%32%37.0.0.1",
                         "did:web:127.0.0.1%3A80", "did:web:%5B%3A%3A1%5D", "did:web:a.1"));
}

TEST_CASE("did:web refuses path traversal and empty segments [DID-17]", "[did][web]") {
  check_refused(GENERATE(as<std::string>{}, "did:web:example.com:..:..:admin",
                         "did:web:example.com:.", "did:web:example.com::a",
                         "did:web:example.com:%2e%2E", "did:web:example.com:a:%2E"));
}

TEST_CASE("did:web refuses what would confuse a URL parser [DID-18]", "[did][web]") {
  check_refused(GENERATE(
      as<std::string>{}, "did:web:example.com%2f@evil.com", "did:web:example.com%2fevil.com",
      "did:web:example.com%23", "did:web:example.com%3f", "did:web:example.com%00",
      "did:web:example.com%0d%0a", "did:web:example.com:a%2Fb", "did:web:example.com:a%5Cb",
      "did:web:example.com:a%23b", "did:web:example.com:a%3Fb", "did:web:example.com:a%00b",
      "did:web:example.com:a%0Ab", "did:web:example.com:a%7Fb", "did:web:example.com:%20a",
      "did:web:example.com:a%20", "did:web:example.com%253A80"));
}

TEST_CASE("did:web refuses user information [DID-19]", "[did][web]") {
  check_refused(GENERATE(as<std::string>{}, "did:web:user%40example.com",
                         "did:web:user%3Apass%40example.com", "did:web:user@example.com"));
}

TEST_CASE("did:web takes a domain in one spelling only [DID-20]", "[did][web]") {
  check_refused(GENERATE(
      as<std::string>{}, "did:web:EXAMPLE.com", "did:web:example.Com", "did:web:%45xample.com",
      "did:web:%65xample.com", "did:web:example%2Ecom", "did:web:example.com%3a3000",
      "did:web:example.com%3A443", "did:web:example.com:%c3%BC", "did:web:example.com:%61",
      "did:web:example.com:%7ebob", "did:web:ex\xd0\xb0mple.com", "did:web:ex%d0%b0mple.com"));
  const auto unicode = web_location(*Did::parse("did:web:ex%d0%b0mple.com"));
  CHECK(unicode.error().detail.find("A-label") != std::string::npos);
  // Of the one that others may write it is said how to mend it.
  for (const char* lower : {"did:web:example.com%3a3000", "did:web:example.com%3a3000:people:p-1",
                            "did:web:localhost%3a8443", "did:web:example.com%3a"}) {
    INFO(lower);
    const auto port = web_location(*Did::parse(lower));
    REQUIRE_FALSE(port);
    CHECK(port.error().code == ErrorCode::invalid_did);
    CHECK(port.error().detail.find("%3A") != std::string::npos);
  }
  CHECK(web_location(*Did::parse("did:web:example.com%3A3000")));
}

TEST_CASE("did:web refuses malformed domains and ports", "[did][web]") {
  check_refused(GENERATE(
      as<std::string>{}, "did:web:example", "did:web:.example.com", "did:web:example.com.",
      "did:web:example..com", "did:web:-a.com", "did:web:a-.com", "did:web:a_b.com",
      "did:web:example.com%3A", "did:web:example.com%3A0", "did:web:example.com%3A65536",
      "did:web:example.com%3A100000", "did:web:example.com%3A080", "did:web:example.com%3A8x",
      "did:web:example.com%3A80%3A80", "did:web:%3A80", "did:key:example.com"));
}

TEST_CASE("a label has at most 63 characters and a domain 253", "[did][web]") {
  const std::string label(63, 'a');
  CHECK(web_location(*Did::parse("did:web:" + label + ".com")));
  check_refused("did:web:" + label + "a.com");
  const std::string longest =
      label + '.' + label + '.' + label + '.' + std::string(61, 'b');  // 3 · 64 + 61 = 253
  CHECK(web_location(*Did::parse("did:web:" + longest)));
  check_refused("did:web:" + longest + 'b');
}

TEST_CASE("did:web is put together from a domain and segments", "[did][web]") {
  CHECK(did_web("example.com", {})->text() == "did:web:example.com");
  CHECK(did_web("example.com:8443", {"people", "p-1"})->text() ==
        "did:web:example.com%3A8443:people:p-1");
  CHECK(did_web("localhost:8443", {})->text() == "did:web:localhost%3A8443");
  CHECK(did_web("example.com", {"a b", "~"})->text() == "did:web:example.com:a%20b:%7E");
  for (const char* domain : {"", "Example.com", "10.0.0.1", "a.com/x", "a.com:80:90", "a b.com"}) {
    INFO(domain);
    const auto did = did_web(domain, {});
    REQUIRE_FALSE(did);
    CHECK(did.error().code == ErrorCode::invalid_did);
  }
  CHECK_FALSE(did_web("example.com", {".."}));
  CHECK_FALSE(did_web("example.com", {""}));
  CHECK_FALSE(did_web("example.com", {"a/b"}));
}

TEST_CASE("a location survives its DID", "[did][web]") {
  CHECK(rc::check("web_location of did_web", [] {
    const auto printable = rc::gen::inRange<char>('!', '~');
    auto segment = *rc::gen::nonEmpty(rc::gen::container<std::string>(printable));
    RC_PRE(segment != "." && segment != ".." &&
           segment.find_first_of("/\\#?") == std::string::npos);
    const auto port = *rc::gen::inRange(1, 65536);
    const auto did = did_web("example.com:" + std::to_string(port), {segment, "x"});
    RC_ASSERT(static_cast<bool>(did));
    const auto location = web_location(*did);
    RC_ASSERT(static_cast<bool>(location));
    RC_ASSERT(location->host == "example.com:" + std::to_string(port));
    RC_ASSERT(location->segments == std::vector<std::string>({segment, "x"}));
  }));
}

}  // namespace did_web_test

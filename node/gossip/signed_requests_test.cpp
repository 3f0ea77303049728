#include "node/gossip/signed_requests.h"

#include <algorithm>

#include <catch2/catch.hpp>

#include "core/testing/temp_dir.h"
#include "node/http/url.h"
#include "node/testing/rooms.h"

namespace avow::node::gossip::signed_requests_test {
namespace {

using testing::must;

constexpr const char* kOwnUrl = "https://peers.globex.example:8444";

/// Globex's node, which Acme's asks.
struct World {
  World() { must(rooms.join(consortium.charter())); }

  core::HttpRequest question() const {
    core::HttpRequest request;
    request.method = "POST";
    request.url = std::string(kOwnUrl) + "/gossip/v1/fetch?a=b";
    request.body = "{\"hashes\":[]}";
    return request;
  }
  core::HttpRequest asked(const std::string& nonce = "n-1") const {
    auto request = question();
    sign_request(request, consortium.organisations[0].key, rooms.clock.now(), nonce);
    return request;
  }
  /// As the listener has it.
  static http::Request arrived(const core::HttpRequest& sent) {
    const auto url = http::parse_url(sent.url);
    http::Request request;
    request.method = sent.method;
    request.target = url->target;
    request.body = sent.body;
    request.headers.emplace_back("host", url->authority.text());
    for (auto [name, value] : sent.headers) {
      std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) {
        return static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
      });
      request.headers.emplace_back(name, value);
    }
    return request;
  }
  /// "yes", "no" or the code.
  std::string says(const http::Request& request) {
    const auto answer = requests.is_of_member(request);
    if (answer) return *answer ? "yes" : "no";
    CHECK(answer.error().status == (answer.error().code == "bad_signature_input" ? 400 : 401));
    return std::string(answer.error().code);
  }
  std::string says(const core::HttpRequest& sent) { return says(arrived(sent)); }
  static std::string& header(http::Request& request, const std::string& name) {
    const auto found = std::find_if(request.headers.begin(), request.headers.end(),
                                    [&](const auto& one) { return one.first == name; });
    REQUIRE(found != request.headers.end());
    return found->second;
  }
  static void replace(std::string& text, const std::string& from, const std::string& to) {
    const auto at = text.find(from);
    REQUIRE(at != std::string::npos);
    text.replace(at, from.size(), to);
  }

  const registry::testing::Consortium consortium;
  const core::testing::TempDir folder;
  testing::Rooms rooms{consortium.organisations[1], folder.path()};
  const KnownPeers known{rooms.replica, {}, [](const std::string&) { return ""; }};
  SignedRequests requests{known, rooms.clock, kOwnUrl};
};

TEST_CASE("what a member signed is known as a member's, once [AUTH-05]", "[signed_requests]") {
  World world;
  CHECK(world.says(world.asked()) == "yes");
  CHECK(world.says(world.asked()) == "replay");
  CHECK(world.says(world.asked("n-2")) == "yes");
  CHECK(world.says(world.question()) == "no");
}

TEST_CASE("a signature counts for sixty seconds and no longer", "[signed_requests]") {
  World world;
  const auto sent = world.asked();
  SECTION("after it was made") {
    world.rooms.clock.advance(std::chrono::seconds(60));
    CHECK(world.says(sent) == "yes");
    CHECK(world.says(sent) == "replay");
    world.rooms.clock.advance(std::chrono::seconds(1));
    CHECK(world.says(sent) == "signature_expired");
  }
  SECTION("by a clock that is behind") {
    world.rooms.clock.advance(-std::chrono::seconds(61));
    CHECK(world.says(sent) == "signature_expired");
    world.rooms.clock.advance(std::chrono::seconds(1));
    CHECK(world.says(sent) == "yes");
    world.rooms.clock.advance(std::chrono::seconds(120));
    CHECK(world.says(sent) == "replay");
    world.rooms.clock.advance(std::chrono::seconds(1));
    CHECK(world.says(sent) == "signature_expired");
  }
}

TEST_CASE("a signature is of one request alone [AUTH-09]", "[signed_requests]") {
  World world;
  auto request = World::arrived(world.asked());
  SECTION("another method") {
    request.method = "PUT";
  }
  SECTION("a question sent as another") {
    auto get = world.question();
    get.method = "GET";
    get.body.clear();
    sign_request(get, world.consortium.organisations[0].key, world.rooms.clock.now(), "n");
    CHECK(world.says(get) == "yes");
    get.method = "POST";
    request = World::arrived(get);
  }
  SECTION("another path") {
    request.target = "/gossip/v1/tree?a=b";
  }
  SECTION("another query") {
    request.target = "/gossip/v1/fetch?a=c";
  }
  SECTION("one bit of the signature") {
    auto& value = World::header(request, "signature");
    value[10] = value[10] == 'A' ? 'B' : 'A';
  }
  SECTION("a later time") {
    auto& input = World::header(request, "signature-input");
    const auto now =
        std::chrono::floor<std::chrono::seconds>(world.rooms.clock.now().time_since_epoch())
            .count();
    World::replace(input, std::to_string(now), std::to_string(now + 1));
  }
  SECTION("another nonce") {
    World::replace(World::header(request, "signature-input"), "n-1", "n-2");
  }
  SECTION("another member's key") {
    World::replace(World::header(request, "signature-input"),
                   world.consortium.organisations[0].key.public_key().to_multikey(),
                   world.consortium.organisations[2].key.public_key().to_multikey());
  }
  SECTION("one that another node was asked, passed on by it") {
    auto elsewhere = world.question();
    elsewhere.url = "https://peers.initech.example:8444/gossip/v1/fetch?a=b";
    sign_request(elsewhere, world.consortium.organisations[0].key, world.rooms.clock.now(), "n");
    request = World::arrived(elsewhere);
    CHECK(world.says(request) == "no");
    World::header(request, "host") = "peers.globex.example:8444";
  }
  CHECK(world.says(request) == "bad_signature");
}

TEST_CASE("a body is the one that was signed, to the bit", "[signed_requests]") {
  World world;
  auto request = World::arrived(world.asked());
  SECTION("one bit") {
    request.body[3] ^= 1;
  }
  SECTION("none") {
    request.body.clear();
  }
  SECTION("without the digest") {
    std::erase_if(request.headers, [](const auto& one) { return one.first == "content-digest"; });
  }
  SECTION("a digest by another hash") {
    World::header(request, "content-digest").replace(0, 7, "sha-512");
  }
  CHECK(world.says(request) == "digest_mismatch");
  // With its own digest it is another request.
  auto other = World::arrived(world.asked());
  other.body = "{\"hashes\":[1]}";
  World::header(other, "content-digest") = http::content_digest(other.body);
  CHECK(world.says(other) == "bad_signature");
}

TEST_CASE("a signature that leaves something open does not count [AUTH-02]", "[signed_requests]") {
  World world;
  for (const std::string part : {"\"@method\" ", "\"@target-uri\" ", " \"content-digest\"",
                                 ";nonce=\"n-1\"", ";alg=\"ed25519\"", ";tag=\"avow-peer\""}) {
    CAPTURE(part);
    auto request = World::arrived(world.asked());
    World::replace(World::header(request, "signature-input"), part, "");
    CHECK(world.says(request) == "insufficient_coverage");
  }
  for (const auto& [from, to] : {std::pair("ed25519\"", "hmac-sha256\""), {"avow-peer", "other"}}) {
    auto request = World::arrived(world.asked());
    World::replace(World::header(request, "signature-input"), from, to);
    CHECK(world.says(request) == "insufficient_coverage");
  }
  auto request = World::arrived(world.asked());
  World::replace(World::header(request, "signature-input"), "\"@method\"",
                 "\"@method\" \"@method\"");
  CHECK(world.says(request) == "bad_signature_input");
}

TEST_CASE("a nonce has at most 64 bytes", "[signed_requests]") {
  World world;
  CHECK(world.says(world.asked(std::string(64, 'n'))) == "yes");
  CHECK(world.says(world.asked(std::string(65, 'n'))) == "bad_signature_input");
}

TEST_CASE("who is no member has said nothing by signing", "[signed_requests]") {
  World world;
  const auto stranger = core::Ed25519SigningKey::from_seed(std::vector<std::uint8_t>(32, 77));
  auto request = world.question();
  sign_request(request, *stranger, world.rooms.clock.now(), "n");
  CHECK(world.says(request) == "no");
  auto unnamed = World::arrived(world.asked());
  World::replace(World::header(unnamed, "signature-input"), "keyid=\"z6Mk", "keyid=\"did:");
  CHECK(world.says(unnamed) == "no");
}

TEST_CASE("of one key so many are remembered, and beyond that it says nothing",
          "[signed_requests]") {
  World world;
  for (std::size_t i = 0; i < SignedRequests::kMaxNonces; ++i) {
    if (world.says(world.asked("n" + std::to_string(i))) != "yes") FAIL(i);
  }
  CHECK(world.says(world.asked("one more")) == "no");
  CHECK(world.says(world.asked("n0")) == "replay");
  auto other = world.question();
  sign_request(other, world.consortium.organisations[2].key, world.rooms.clock.now(), "n");
  CHECK(world.says(other) == "yes");
  world.rooms.clock.advance(std::chrono::seconds(61));
  CHECK(world.says(world.asked("later")) == "yes");
}

}  // namespace
}  // namespace avow::node::gossip::signed_requests_test

#include <algorithm>
#include <array>
#include <atomic>

#include <arpa/inet.h>
#include <catch2/catch.hpp>
#include <netinet/in.h>
#include <sys/socket.h>

#include "core/canonical_json.h"
#include "core/file_descriptor.h"
#include "interop-tests/harness/agent.h"
#include "interop-tests/harness/consortium.h"
#include "interop-tests/harness/hostile_member.h"
#include "interop-tests/harness/wait.h"
#include "node/http/listener.h"
#include "registry/replica.h"

namespace abuse_gossip_test {

using namespace avow;
using namespace avow::interop;
using core::Json;

namespace {

/// Acme's feed is in the test's hands; Globex and Initech run, and are peers.
struct World {
  World() {
    globex.start();
    initech.start();
    globex.wait_until_it_signs();  // it had nobody to hear until now
    consortium.settle();
  }
  /// What a node answers when asked whether Acme may issue.
  std::string standing_at(const Node& node) {
    const Reply reply = node.admin().post(
        "/v1/trust/query", Json::object({{"entity", consortium[0].did()},
                                         {"action", "issue"},
                                         {"resource", "AgentCapabilityCredential"}}));
    return reply.code();
  }
  bool has_proof(const Node& node) {
    const Reply changes = node.at_peer().get("/gossip/v1/since?cursor=0");
    return changes.text.find("\"proof\"") != std::string::npos;
  }

  Consortium consortium;
  Node& globex = consortium[1];
  Node& initech = consortium[2];
  HostileMember acme{consortium[0]};
};

void check_nothing_taken(const Reply& answer) {
  INFO(answer.text);
  CHECK(answer.status == 200);
  CHECK(count_of(answer, "accepted") == 0);
  CHECK(count_of(answer, "rejected") >= 1);
}

std::string code_of_rejection(const Reply& answer) {
  REQUIRE(count_of(answer, "rejected") == 1);
  return *answer.body.find("rejected")->as_array()->front().as_array()->at(1).as_string();
}

/// Another than the member's key.
core::Ed25519SigningKey strangers_key() {
  return *core::Ed25519SigningKey::from_seed(core::Bytes(32, 77));
}

Json delta(const std::string& list, int index) {
  return Json::object({{"list", list},
                       {"set", Json::array({index})},
                       {"clear", Json::array()},
                       {"encoding", "plain"}});
}

}  // namespace

TEST_CASE("what nobody known has signed is dropped and not passed on [GOSSIP-01] [GOSSIP-14]",
          "[abuse][gossip]") {
  World world;
  const std::int64_t before = change_cursor(world.globex);

  SECTION("a feed that the charter does not admit") {
    auto draft = world.acme.draft("epoch.open", Json::object());
    draft.feed = "QmdmPkUdYzbr9txmx8gM2rsHPgr5L6m3gHjJGAf4vUFoGE";
    draft.key = "did:webvh:" + draft.feed + ":stranger.example#key-1";
    check_nothing_taken(push(world.globex, {HostileMember::sign(draft, strangers_key()).text}));
  }
  SECTION("a member's feed, another's key") {
    const auto draft = world.acme.draft("epoch.open", Json::object());
    check_nothing_taken(push(world.globex, {HostileMember::sign(draft, strangers_key()).text}));
  }
  SECTION("another member's revocation") {
    const auto opening = world.acme.open();
    auto draft = world.acme.draft("status.delta", delta("r1", 7));
    const HostileMember mallory(world.consortium[2]);
    const Reply answer = push(world.globex, {HostileMember::sign(draft, mallory.key()).text});
    check_nothing_taken(answer);
  }
  CHECK(change_cursor(world.globex) == before);
  CHECK(world.globex.at_public().get("/readyz").status == 200);
}

TEST_CASE("a statement of another network is dropped [GOSSIP-02]", "[abuse][gossip]") {
  World world;
  auto draft = world.acme.draft("epoch.open", Json::object());
  char& one = draft.network[10];
  one = one == 'A' ? 'B' : 'A';
  draft.previous = draft.network;
  const auto before = change_cursor(world.globex);
  check_nothing_taken(push(world.globex, {HostileMember::sign(draft, world.acme.key()).text}));
  CHECK(change_cursor(world.globex) == before);
}

TEST_CASE("what is held already is a duplicate and not passed on again [GOSSIP-03] [STATUS-20]",
          "[abuse][gossip]") {
  World world;
  const auto opening = world.acme.open();
  const auto note = world.acme.note("first");
  CHECK(count_of(push(world.globex, {opening.text, note.text}), "accepted") == 2);
  world.consortium.settle();
  const auto at_globex = change_cursor(world.globex);
  const auto at_initech = change_cursor(world.initech);

  for (int i = 0; i < 3; ++i) {
    const Reply again = push(world.globex, {opening.text, note.text});
    CHECK(count_of(again, "accepted") == 0);
    CHECK(count_of(again, "duplicate") == 2);
  }
  CHECK(change_cursor(world.globex) == at_globex);
  CHECK(change_cursor(world.initech) == at_initech);
}

TEST_CASE("two statements at one position freeze the feed everywhere [GOSSIP-04] [STATUS-21]",
          "[abuse][gossip]") {
  World world;
  const auto opening = world.acme.open();
  push(world.globex, {opening.text});
  CHECK(eventually([&] { return world.standing_at(world.initech).empty(); }));

  HostileMember twin = world.acme;
  const auto list = Json::object({{"list", "r1"},
                                  {"purpose", "revocation"},
                                  {"url", world.consortium[0].public_url() + "/status/r1"}});
  const auto one = world.acme.next("status.list", list);
  const auto other = twin.note("another story");
  push(world.globex, {one.text});
  push(world.initech, {other.text});  // each has heard another story

  CHECK(eventually([&] { return world.standing_at(world.globex) == "issuer_forked"; }));
  CHECK(eventually([&] { return world.standing_at(world.initech) == "issuer_forked"; }));
  CHECK(world.has_proof(world.globex));
  CHECK(world.has_proof(world.initech));
  world.consortium.settle();
}

TEST_CASE("a sequence no JSON number holds is refused by form [GOSSIP-05]", "[abuse][gossip]") {
  World world;
  std::string text = world.acme.open().text;
  const std::string zero = "\"sequence\":0";
  for (const char* sequence : {"18446744073709551615", "9007199254740993", "-1", "1e3"}) {
    std::string changed = text;
    changed.replace(changed.find(zero), zero.size(), "\"sequence\":" + std::string(sequence));
    const Reply answer = push(world.globex, {changed});
    check_nothing_taken(answer);
    CHECK(code_of_rejection(answer) == "malformed");
  }
}

TEST_CASE("feeds made up by one peer take no room [GOSSIP-07]", "[abuse][gossip]") {
  World world;
  const auto before = change_cursor(world.globex);
  const auto key = strangers_key();
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < registry::kMaxBatch; ++i) {
    auto draft = world.acme.draft("epoch.open", Json::object());
    std::string number = std::to_string(i + 111'111);
    std::replace(number.begin(), number.end(), '0', 'a');  // no 0 in base58btc
    draft.feed = "QmdmPkUdYzbr9txmx8gM2rsHPgr5L6m3gHjJGAf4" + number;
    draft.key = "did:webvh:" + draft.feed + ":stranger.example#key-1";
    texts.push_back(HostileMember::sign(draft, key).text);
  }
  for (int i = 0; i < 10; ++i) {
    const Reply answer = push(world.globex, texts);
    INFO(answer.text.substr(0, 200));
    CHECK(count_of(answer, "accepted") == 0);
    CHECK(count_of(answer, "rejected") == registry::kMaxBatch);
    CHECK(count_of(answer, "need") == 0);
  }
  CHECK(change_cursor(world.globex) == before);
}

TEST_CASE("a message too large or too deep is refused before it is read [GOSSIP-08]",
          "[abuse][gossip]") {
  World world;
  core::HttpRequest request;
  request.method = "POST";
  request.url = "/gossip/v1/push";
  request.headers = {{"Content-Type", "application/json"}};
  request.body = "{\"from\":\"" + std::string(std::size_t{1} << 20, 'a') + "\"}";
  CHECK(world.globex.at_peer().exchange(request).status == 413);
  request.body = std::string(1000, '[') + std::string(1000, ']');
  const Reply deep = world.globex.at_peer().exchange(request);
  CHECK(deep.status == 400);
  CHECK(deep.code() == "too_deep");
  CHECK(world.globex.at_peer().get("/healthz").status == 200);
}

TEST_CASE("gossip is never compressed, and an empty body is no message [GOSSIP-09]",
          "[abuse][gossip]") {
  World world;
  core::HttpRequest request;
  request.method = "POST";
  request.url = "/gossip/v1/push";
  request.headers = {{"Content-Type", "application/json"}, {"Content-Encoding", "gzip"}};
  request.body = std::string("\x1F\x8B\x08\x00", 4) + std::string(1000, 'z');
  const Reply compressed = world.globex.at_peer().exchange(request);
  CHECK(compressed.status == 415);
  CHECK(compressed.code() == "unsupported_content_encoding");
  request.headers.pop_back();
  request.body.clear();
  const Reply empty = world.globex.at_peer().exchange(request);
  CHECK(empty.status == 400);
  CHECK(empty.code() == "malformed_json");
}

TEST_CASE("word that others are dead moves nothing [GOSSIP-19]", "[abuse][gossip]") {
  World world;
  Json dead = Json::array();
  for (int i = 0; i < 10'000; ++i) dead.push_back("http://198.51.100.1:" + std::to_string(i + 1));
  dead.push_back(world.initech.peer_url());
  const Reply answer =
      world.globex.at_peer().post("/gossip/v1/push", Json::object({{"dead", std::move(dead)}}));
  CHECK(answer.status == 200);
  CHECK(eventually([&] {
    const std::string peers = world.globex.admin().get("/v1/peers").text;
    return peers.find(R"("state":"reachable")") != std::string::npos &&
           peers.find("198.51.100.1") == std::string::npos;
  }));
}

namespace {

/// A peer to which one can connect, and which never says anything: a socket that nobody accepts from.
class SilentPeer {
 public:
  SilentPeer() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    ::inet_pton(AF_INET, own_address().c_str(), &address.sin_addr);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(socket_.get(), generic, size) != 0 || ::listen(socket_.get(), 64) != 0 ||
        ::getsockname(socket_.get(), generic, &size) != 0)
      throw std::runtime_error("no silent peer at " + own_address());
    port_ = ntohs(address.sin_port);
  }
  std::string url() const { return "http://" + own_address() + ":" + std::to_string(port_); }

 private:
  const core::FileDescriptor socket_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  std::uint16_t port_ = 0;
};

/// A peer that announces statements it never serves, always has more of them, and takes nothing.
class LyingPeer {
 public:
  LyingPeer() {
    node::http::RouteTable routes;
    routes.add({"GET", "/gossip/v1/since", [this](const node::http::Request&) {
                  ++asked_;
                  return node::http::json_response(200, announcement());
                }});
    for (const char* path : {"/gossip/v1/push", "/gossip/v1/fetch"}) {
      routes.add({"POST", path,
                  [this](const node::http::Request& request) {
                    ++asked_;
                    const auto body = core::parse_json(request.body);
                    const Json* wanted = body ? body->find("hashes") : nullptr;
                    if (wanted != nullptr)
                      most_wanted_ = std::max(most_wanted_.load(), wanted->as_array()->size());
                    return node::http::json_response(200, Json::object());
                  },
                  std::size_t{1} << 21});
    }
    auto bound = node::http::Listener::on_tcp({own_address(), 0});
    if (!bound) throw std::runtime_error(bound.error().what);
    listener_ = std::move(*bound);
    listener_->start(std::move(routes));
  }
  std::string url() const {
    return "http://" + own_address() + ":" + std::to_string(listener_->port());
  }
  int asked() const { return asked_; }
  /// How many hashes it was asked for at once.
  std::size_t most_wanted() const { return most_wanted_; }

 private:
  Json announcement() {
    Json ids = Json::array();
    std::int64_t cursor = 0;
    for (std::size_t i = 0; i < registry::kMaxBatch; ++i) {
      cursor = ++announced_;
      std::string hash = "uEiA" + std::to_string(cursor);
      ids.push_back(Json::array({"statement", "k/1/" + std::to_string(cursor), hash, 0}));
    }
    return Json::object(
        {{"cursor", cursor}, {"more", true}, {"ids", std::move(ids)}, {"root", "uRoot"}});
  }

  std::atomic<std::int64_t> announced_ = 0;
  std::atomic<int> asked_ = 0;
  std::atomic<std::size_t> most_wanted_ = 0;
  std::unique_ptr<node::http::Listener> listener_;  // first to go: its threads use what is above
};

}  // namespace

TEST_CASE(
    "one honest peer among liars and one that never answers is enough [GOSSIP-11] [GOSSIP-13]",
    "[abuse][gossip]") {
  Consortium consortium;
  const std::array<LyingPeer, 3> liars;
  const SilentPeer silent;
  for (const LyingPeer& liar : liars) consortium[2].peers.push_back(liar.url());
  // At both ends of the way.
  consortium[1].peers.push_back(silent.url());
  consortium[2].peers.push_back(silent.url());
  consortium.start();
  Agent agent(consortium[0], "Support", 1);
  const Json credential = agent.issue();

  consortium.settle();
  CHECK(verify_credential(consortium[2], credential).status == 200);
  change_status(consortium[0], credential, "revoke");
  CHECK(
      eventually([&] { return verify_credential(consortium[2], credential).code() == "revoked"; }));
  for (const LyingPeer& liar : liars) {
    CHECK(eventually([&] { return liar.asked() > 64; }));  // it was heard, and believed nothing
    CHECK(liar.most_wanted() > 0);
    CHECK(liar.most_wanted() <= registry::kMaxBatch);
  }
}

TEST_CASE("revocations on both sides of a cut all arrive when it heals [GOSSIP-16]",
          "[abuse][gossip]") {
  constexpr int kOnEachSide = 40;
  Consortium consortium;
  consortium.start();
  Agent left(consortium[0], "Left", 1);
  Agent right(consortium[2], "Right", 2);
  std::vector<Json> of_left;
  std::vector<Json> of_right;
  for (int i = 0; i < kOnEachSide; ++i) {
    of_left.push_back(left.issue());
    of_right.push_back(right.issue());
  }
  consortium.settle();
  REQUIRE(verify_credential(consortium[2], of_left.back()).status == 200);

  consortium[1].kill();
  for (const Json& credential : of_left)
    REQUIRE(change_status(consortium[0], credential, "revoke").ok());
  for (const Json& credential : of_right)
    REQUIRE(change_status(consortium[2], credential, "revoke").ok());
  CHECK(verify_credential(consortium[2], of_left.back()).status == 200);  // cut off

  consortium[1].start();
  consortium.settle();
  for (const Json& credential : of_left)
    CHECK(verify_credential(consortium[2], credential).code() == "revoked");
  for (const Json& credential : of_right)
    CHECK(verify_credential(consortium[0], credential).code() == "revoked");
}

}  // namespace abuse_gossip_test

#include "node/gossip/known_peers.h"

#include <map>

#include <catch2/catch.hpp>

#include "core/testing/temp_dir.h"
#include "node/testing/rooms.h"
#include "registry/body.h"
#include "registry/testing/governors.h"

namespace avow::node::gossip::known_peers_test {
namespace {

using testing::must;
using Keys = std::vector<std::string>;

constexpr const char* kOrigin = "https://10.0.0.6:8444";

std::string key(std::uint8_t seed) {
  return core::Ed25519SigningKey::from_seed(std::vector<std::uint8_t>(32, seed))
      ->public_key()
      .to_multikey();
}

/// A node of Globex, which hears what Acme and Initech say of their nodes.
struct World {
  explicit World(const std::vector<std::string>& named = {}) {
    std::vector<PeerAddress> peers;
    for (const auto& peer : named) peers.push_back(must(parse_peer(peer)));
    known.emplace(rooms.replica, peers, [this](const std::string& origin) {
      const auto found = proven.find(origin);
      return found == proven.end() ? "" : found->second;
    });
    must(rooms.join(consortium.charter()));
    for (auto* author : {&acme, &initech}) receive(author->open().text);
  }
  void receive(const std::string& text) {
    rooms.write([&](core::Transaction& transaction) {
      const auto taken = rooms.replica.receive(transaction, registry::Objects{.statements = {text}},
                                               "", rooms.clock.now());
      REQUIRE((taken && taken->accepted.size() == 1));
    });
  }
  /// That its node at kOrigin has these keys.
  registry::Statement says(registry::testing::Author& author, const Keys& keys) {
    registry::NodeSet nodes{{"https://acme.example"}, {}, {}};
    for (const auto& one : keys)
      nodes.peers.push_back({kOrigin, *core::Ed25519PublicKey::from_multikey(one)});
    auto said = author.next("node.set", registry::to_json(nodes));
    receive(said.text);
    return said;
  }
  http::Request from(const std::string& address, std::optional<std::string> shown = {}) const {
    http::Request request;
    request.peer = address;
    request.peer_key = std::move(shown);
    return request;
  }

  const registry::testing::Consortium consortium;
  const core::testing::TempDir folder;
  testing::Rooms rooms{consortium.organisations[1], folder.path()};
  std::map<std::string, std::string> proven;
  std::optional<KnownPeers> known;
  registry::testing::Author acme{consortium.organisations[0], consortium.charter().network};
  registry::testing::Author initech{consortium.organisations[2], consortium.charter().network};
};

TEST_CASE("a peer is a URL, with the key of its node where that speaks TLS", "[known_peers]") {
  const auto peer = must(parse_peer(kOrigin + ("/#" + key(1))));
  CHECK(peer.url == kOrigin);
  CHECK(peer.key == key(1));
  CHECK(must(parse_peer("https://acme.example")).key.empty());
  CHECK(must(parse_peer("http://10.0.0.6:8444/")).url == "http://10.0.0.6:8444");
  for (const std::string refused :
       {"", "10.0.0.6:8444", "ftp://10.0.0.6", "https://10.0.0.6:8444#", "https://10.0.0.6#z6Mk"})
    CHECK(parse_peer(refused).error().code == ErrorCode::usage);
  CHECK(parse_peer("http://10.0.0.6:8444#" + key(1)).error().code == ErrorCode::usage);
  CHECK(parse_peer("http://8.8.8.8:8444").error().code == ErrorCode::address_refused);
  CHECK(parse_peer("https://8.8.8.8:8444#" + key(1)).has_value());
  CHECK(parse_peer("http://globex.internal:8444").has_value());
}

TEST_CASE("the command line's key counts beside what members name at that URL", "[known_peers]") {
  World world({std::string(kOrigin) + "#" + key(1), "https://10.0.0.7:8444"});
  CHECK(world.known->keys_at(kOrigin) == Keys{key(1)});
  CHECK(world.known->keys_at("https://10.0.0.7:8444").empty());
  CHECK(world.known->keys_at("https://10.0.0.6:8445").empty());
  // Its node may have rotated twice since the last that was heard of it; and who names its URL locks nobody out.
  world.says(world.acme, {key(2), key(3)});
  CHECK(world.known->keys_at(kOrigin) == Keys{key(2), key(3), key(1)});
  CHECK(world.known->member_of(key(2)) == world.consortium.organisations[0].did);
  CHECK(world.known->member_of(key(1)).empty());
}

TEST_CASE("a key that a member names no more is nobody's [AUTH-24]", "[known_peers]") {
  World world({std::string(kOrigin) + "#" + key(1)});
  world.says(world.acme, {key(1), key(2)});
  const auto asker = world.from("8.8.8.8", key(1));
  CHECK(world.known->may_read(asker));
  world.says(world.acme, {key(2), key(3)});
  CHECK(world.known->keys_at(kOrigin) == Keys{key(2), key(3)});
  CHECK(world.known->member_of(key(1)).empty());
  CHECK_FALSE(world.known->may_read(asker));
  CHECK(world.known->may_read(world.from("8.8.8.8", key(3))));
}

TEST_CASE("a key that a member named once is not made good by the command line [AUTH-24]",
          "[known_peers]") {
  World world({std::string("https://acme.example:8444#") + key(1)});
  const std::string other = "https://acme.example:8444";
  world.says(world.acme, {key(1), key(2)});
  CHECK(world.known->keys_at(other) == Keys{key(1)});
  world.says(world.acme, {key(2), key(3)});
  CHECK(world.known->keys_at(other).empty());
  CHECK_FALSE(world.known->may_read(world.from("8.8.8.8", key(1))));
  world.says(world.acme, {key(3), key(4)});
  CHECK(world.known->keys_at(other).empty());
  world.says(world.acme, {key(1), key(3)});  // it is in use again
  CHECK(world.known->keys_at(other) == Keys{key(1)});
}

TEST_CASE("who was evicted is a member no more, by no key of its", "[known_peers]") {
  World world({std::string(kOrigin) + "#" + key(2)});
  const auto& acme = world.consortium.organisations[0];
  const auto last = world.says(world.acme, {key(1), key(2)});
  CHECK(world.known->member_of(key(1)) == acme.did);
  CHECK(world.known->signs_for_member(acme.key.public_key()));
  const auto& all = world.consortium.organisations;
  registry::Objects decided;
  decided.slots = {registry::testing::ballots_for(
                       {&all[0], &all[1], &all[2]}, world.consortium.charter(),
                       {registry::testing::evict_action(last),
                        registry::testing::charter_action({all[1].scid, all[2].scid})})
                       .decision};
  world.rooms.write([&](core::Transaction& transaction) {
    const auto taken =
        world.rooms.replica.receive(transaction, decided, "", world.rooms.clock.now());
    REQUIRE((taken && taken->decided.size() == 1));
  });
  REQUIRE(world.rooms.replica.view()->charter().is_evicted(acme.scid));
  CHECK(world.known->keys_at(kOrigin).empty());
  CHECK(world.known->member_of(key(1)).empty());
  CHECK_FALSE(world.known->signs_for_member(acme.key.public_key()));
  for (const std::uint8_t seed : {std::uint8_t{1}, std::uint8_t{2}})
    CHECK_FALSE(world.known->may_read(world.from("8.8.8.8", key(seed))));
}

TEST_CASE("a key is its member's, and each member's at its own URL [AUTH-25]", "[known_peers]") {
  World world;
  world.says(world.acme, {key(1)});
  registry::NodeSet nodes{{"https://initech.example"}, {}, {}};
  nodes.peers = {{"https://10.0.0.8:8444", *core::Ed25519PublicKey::from_multikey(key(2))},
                 {{}, *core::Ed25519PublicKey::from_multikey(key(3))}};
  world.receive(world.initech.next("node.set", registry::to_json(nodes)).text);
  CHECK(world.known->keys_at(kOrigin) == Keys{key(1)});
  CHECK(world.known->keys_at("https://10.0.0.8:8444") == Keys{key(2)});
  CHECK(world.known->member_of(key(2)) == world.consortium.organisations[2].did);
  CHECK(world.known->member_of(key(3)) == world.consortium.organisations[2].did);
}

TEST_CASE("from public addresses only nodes that are known read", "[known_peers]") {
  World world({std::string(kOrigin) + "#" + key(1)});
  for (const char* local : {"127.0.0.1", "10.0.0.9", "192.168.1.1", "::1", "fd00::1"})
    CHECK(world.known->may_read(world.from(local)));
  for (const char* distant : {"8.8.8.8", "2001:4860:4860::8888", "unknown", ""}) {
    CHECK_FALSE(world.known->may_read(world.from(distant)));
    CHECK_FALSE(world.known->may_read(world.from(distant, key(2))));
    CHECK(world.known->may_read(world.from(distant, key(1))));
  }
}

TEST_CASE("who pushes is the peer that has proven the same key", "[known_peers]") {
  World world({std::string(kOrigin) + "#" + key(1), "http://10.0.0.7:8444"});
  CHECK(world.known->peer_behind(world.from("10.0.0.6", key(1))).empty());
  world.proven[kOrigin] = key(1);
  CHECK(world.known->peer_behind(world.from("10.0.0.6", key(1))) == kOrigin);
  CHECK(world.known->peer_behind(world.from("10.0.0.6", key(2))).empty());
  CHECK(world.known->peer_behind(world.from("10.0.0.6")).empty());
  // Nor does naming another's URL make somebody that peer.
  world.says(world.initech, {key(2)});
  CHECK(world.known->peer_behind(world.from("10.0.0.6", key(2))).empty());
}

}  // namespace
}  // namespace avow::node::gossip::known_peers_test

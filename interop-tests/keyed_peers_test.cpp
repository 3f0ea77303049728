#include <algorithm>
#include <iostream>

#include <catch2/catch.hpp>

#include "core/canonical_json.h"
#include "core/secret_bytes.h"
#include "core/testing/temp_dir.h"
#include "interop-tests/harness/agent.h"
#include "interop-tests/harness/consortium.h"
#include "interop-tests/harness/wait.h"
#include "node/http/listener.h"
#include "node/node_keys.h"

namespace keyed_peers_test {

using namespace avow;
using namespace avow::interop;
using core::Json;

namespace {

core::Ed25519SigningKey node_key_of(const Node& node, const std::string& name = "node") {
  core::SystemRandom random;
  auto store = node::Keystore::open(
      node.data() / "keys", *core::SecretBytes::copy_of(core::as_bytes(kPassphrase)), {}, random);
  REQUIRE(store.has_value());
  auto key = store->load(name);
  REQUIRE(key.has_value());
  return std::move(*key);
}

std::string address_of(const Node& node, const std::string& key_name = "node") {
  return node.peer_url() + "#" + node_key_of(node, key_name).public_key().to_multikey();
}

/// Acme and Globex, over TLS; Globex has Acme as its peer, by that key of Acme's.
struct World {
  explicit World(const std::string& key_name = "node") {
    for (Node* node : {&acme, &globex}) {
      node->has_tls = true;
      node->peers.clear();
    }
    globex.peers = {address_of(acme, key_name)};
  }
  Json peer_of_globex() const {
    const Json answer = globex.admin().get("/v1/peers").body;
    return answer.find("peers")->as_array()->at(0);
  }
  bool globex_says(const std::string& name, const std::string& words) const {
    return eventually([&] {
      const Json peer = peer_of_globex();
      const std::string* text = peer.find_string(name);
      return text != nullptr && text->find(words) != std::string::npos;
    });
  }

  Consortium consortium{two_members_apart()};
  Node& acme = consortium[0];
  Node& globex = consortium[1];
};

/// Somebody at Acme's address with this key.
std::unique_ptr<node::http::Listener> impostor(const Node& at, const core::Ed25519SigningKey& key) {
  node::http::ListenerConfig config;
  config.identity = *node::http::PeerIdentity::of(key);
  auto bound = node::http::Listener::on_tcp({own_address(), at.peer_port()}, std::move(config));
  REQUIRE(bound.has_value());
  (*bound)->start({});
  return std::move(*bound);
}

/// A network of its own in which two public addresses are reached, for as long as this lives.
class PublicNetwork {
 public:
  static constexpr const char* kOne = "9.9.9.1:8444";
  static constexpr const char* kOther = "9.9.9.2:8444";
  static constexpr const char* kMakeAddresses =
      "PATH=$PATH:/usr/sbin:/sbin; ip link set lo up && ip addr add 9.9.9.1/32 dev lo "
      "&& ip addr add 9.9.9.2/32 dev lo && echo ready && exec sleep 600";

  explicit PublicNetwork(const core::testing::TempDir& notes)
      : holder_({"/usr/bin/unshare", "-Urn", "/bin/sh", "-c", kMakeAddresses},
                {notes / "holder.out", notes / "holder.err"}) {
    eventually([&] { return !holder_.out().empty() || !holder_.running(); });
  }
  bool is_there() const { return holder_.out() == "ready\n"; }
  std::string why_not() const { return holder_.err(); }
  /// The node in there, its peer listener at that address and with TLS.
  std::unique_ptr<Process> serve(Node& node, const std::string& peer_listen,
                                 const core::testing::TempDir& notes) const {
    node.wrapper = {"/usr/bin/nsenter",      "-t", std::to_string(holder_.pid()), "-U", "-n",
                    "--preserve-credentials"};
    auto words = node.serve_words();
    *(std::find(words.begin(), words.end(), "--peer-listen") + 1) = peer_listen;
    return std::make_unique<Process>(
        words, ProcessOptions{notes / (node.name() + ".out"), notes / (node.name() + ".err")});
  }

 private:
  Process holder_;
};

std::string in_status(const Node& node, const std::string& name) {
  const Reply status = node.admin().get("/v1/status");
  const Json* value = status.body.find(name);
  return value == nullptr                ? ""
         : value->as_string() != nullptr ? *value->as_string()
                                         : core::to_canonical(*value);
}

}  // namespace

TEST_CASE("members' nodes know each other by their keys and replicate over TLS", "[keyed_peers]") {
  World world;
  world.acme.start();
  world.globex.start();
  world.globex.wait_until_it_signs();
  const Agent agent(world.acme, "CustomerSupportAgent", 1);
  const Json credential = agent.issue();
  world.consortium.settle();
  CHECK(verify_credential(world.globex, credential).status == 200);
  CHECK(change_status(world.acme, credential, "revoke").ok());
  world.consortium.settle();
  CHECK(verify_credential(world.globex, credential).code() == "revoked");

  CHECK(world.globex_says("member", world.acme.did()));
  CHECK(world.globex_says("state", "reachable"));
  const Json status = world.acme.admin().get("/v1/status").body;
  CHECK(*status.find_string("peerAddress") == address_of(world.acme));
  CHECK(world.acme.process().err().find("peer_listener_unauthenticated") == std::string::npos);
  // Plain HTTP gets nothing there.
  CHECK(Client::at("http" + world.acme.peer_url().substr(5)).get("/healthz").status == 0);
}

TEST_CASE("a node with another key than it should have is told nothing, and why is shown [AUTH-25]",
          "[keyed_peers]") {
  World world("node-next");
  SECTION("a key that nobody has told of") {
    const auto expected = node_key_of(world.acme, "node-next").public_key().to_multikey();
    const auto somebody = impostor(world.acme, node_key_of(world.acme));
    world.globex.launch();
    CHECK(world.globex_says("lastError", "peer_key_mismatch: expected " + expected));
    CHECK(world.globex_says("lastError", node_key_of(world.acme).public_key().to_multikey()));
  }
  SECTION("another member's") {
    const auto somebody = impostor(world.acme, node_key_of(world.globex));
    world.globex.launch();
    CHECK(world.globex_says("lastError", "peer_key_mismatch"));
  }
  CHECK(world.peer_of_globex().find("member") == nullptr);
}

TEST_CASE("a node goes on with its next key, and nobody takes the one before [AUTH-24]",
          "[keyed_peers]") {
  World world;
  world.acme.start();
  world.globex.start();
  world.globex.wait_until_it_signs();
  world.consortium.settle();
  const auto before = node_key_of(world.acme);
  const auto next = node_key_of(world.acme, "node-next").public_key();
  world.acme.stop();

  const auto rotated = world.acme.avow(
      {"key", "rotate", "--node-key", "--passphrase-file", world.acme.passphrase_file(), "--json"});
  INFO(rotated.err);
  REQUIRE(rotated.exit_code == 0);
  CHECK(*core::parse_json(rotated.out)->find_string("nodeKey") == next.to_multikey());
  CHECK(node_key_of(world.acme).public_key() == next);
  // Globex has not heard of it and was started with the key before: that it was to come it has known all the time.
  world.acme.start();
  world.consortium.settle();
  CHECK(world.globex_says("key", next.to_multikey()));
  CHECK(world.globex_says("member", world.acme.did()));
  world.acme.stop();
  {
    const auto thief = impostor(world.acme, before);
    CHECK(world.globex_says("lastError", "peer_key_mismatch: expected " + next.to_multikey()));
    // Also after a restart, although the command line still has it.
    world.globex.stop();
    world.globex.launch();
    CHECK(world.globex_says("lastError", "peer_key_mismatch: expected " + next.to_multikey()));
  }
  world.acme.start();
  world.consortium.settle();
}

TEST_CASE("at public addresses a member that nobody there knows yet reads by its signature",
          "[keyed_peers]") {
  const core::testing::TempDir notes;
  const PublicNetwork network(notes);
  if (!network.is_there()) {
    std::cout << "keyed_peers_test (public addresses): NOT RUN, no namespace with a network: "
              << network.why_not() << std::endl;
    return;
  }
  World world;
  const auto key = node_key_of(world.acme).public_key().to_multikey();
  world.globex.peers = {std::string("https://") + PublicNetwork::kOne + "#" + key};
  const auto acme = network.serve(world.acme, PublicNetwork::kOne, notes);
  const auto globex = network.serve(world.globex, PublicNetwork::kOther, notes);
  INFO(acme->err() << globex->err());
  // Acme was not told of Globex's key, and Globex says it only once it has read.
  REQUIRE(eventually([&] { return in_status(world.globex, "maySign") == "true"; }));
  const auto since = [&](int status) {
    return acme->err().find("\"route\":\"/gossip/v1/since\",\"status\":" +
                            std::to_string(status)) != std::string::npos;
  };
  CHECK(since(403));
  CHECK(since(200));
  CHECK(eventually(
      [&] { return in_status(world.acme, "viewRoot") == in_status(world.globex, "viewRoot"); }));
  CHECK(world.globex_says("member", world.acme.did()));
}

TEST_CASE("a directory from before nodes had keys gets them at its start", "[keyed_peers]") {
  World world;
  for (const char* name : {"node", "node-next"})
    std::filesystem::remove(world.acme.data() / "keys" / (std::string(name) + ".key.json"));
  world.acme.start();
  const Json status = world.acme.admin().get("/v1/status").body;
  CHECK(*status.find_string("peerAddress") == address_of(world.acme));
}

}  // namespace keyed_peers_test

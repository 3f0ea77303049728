#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "core/testing/scripted_fetcher.h"
#include "core/testing/temp_dir.h"
#include "node/api/gossip_routes.h"
#include "node/log_witness.h"
#include "node/testing/gossip_parts.h"
#include "node/testing/rooms.h"
#include "node/testing/route_caller.h"
#include "registry/testing/governors.h"
#include "registry/testing/key_history.h"

namespace avow::node::testing {

/// Globex's node, which is the first of four witnesses, and Acme's log.
struct WitnessWorld {
  WitnessWorld() {
    REQUIRE(guard.write({}));  // as a new key has it
    restart();
  }
  void restart() {
    witness.reset();
    rooms.reset();
    rooms = std::make_unique<Rooms>(consortium.organisations[1], folder.path());
    must(rooms->join(charter));
    witness = make_witness(keys[0]);
  }
  /// The node with a peer, of which it has heard nothing yet.
  void restart_with_peer() {
    witness.reset();
    rooms.reset();
    rooms = std::make_unique<Rooms>(consortium.organisations[1], folder.path(), /*seed=*/1,
                                    std::vector<std::string>{kPeer});
    must(rooms->join(charter));
    witness = make_witness(keys[0]);
  }
  /// What it answers who asks what it holds of Acme.
  Answer asked_what_it_holds() {
    core::testing::ScriptedFetcher fetcher;
    gossip::Gossip gossip(gossip_parts(*rooms, fetcher, {}));
    http::RouteTable routes;
    api::add_gossip_routes(
        routes, {gossip, rooms->replica, *rooms->database, *rooms->membership, witness.get()});
    return RouteCaller(std::move(routes))
        .post("/gossip/v1/holding",
              core::Json::object({{"feed", acme.scid}, {"challenge", "asked"}}));
  }
  std::unique_ptr<LogWitness> make_witness(const core::Ed25519SigningKey& key) {
    return std::make_unique<LogWitness>(LogWitness::Parts{*rooms->database, rooms->replica,
                                                          *rooms->membership, rooms->audit, key,
                                                          guard, rooms->clock});
  }
  registry::Receipt receive(const registry::Objects& objects) {
    registry::Receipt receipt;
    rooms->write([&](core::Transaction& tx) {
      receipt = *rooms->replica.receive(tx, objects, "", rooms->clock.now());
    });
    return receipt;
  }
  /// Everybody hears of an entry and of its threshold of proofs.
  void approve(const registry::testing::KeyVersion& version) {
    registry::Objects objects{.log_entries = {version.text()}};
    for (std::size_t i = 1; i < 4; ++i) {
      const auto& id = version.entry.version_id;
      objects.witness_proofs.push_back(registry::witness_proof_text(
          acme.scid,
          *did::read_webvh_witness_proof(
              id, did::create_webvh_witness_proof(id, keys[i], registry::testing::kNow))));
    }
    REQUIRE(receive(objects).accepted.size() == 4);
  }
  /// What names this entry as the one of its version that counts, decided by all.
  std::string settled_on(const registry::testing::KeyVersion& named) const {
    const auto settle = core::Json::object({{"action", "settle"},
                                            {"scid", acme.scid},
                                            {"version", 2},
                                            {"entryHash", named.entry.entry_hash}});
    std::vector<const registry::testing::Organisation*> governors;
    for (const auto& one : consortium.organisations) governors.push_back(&one);
    return registry::testing::ballots_for(governors, charter, {settle}).decision;
  }
  std::string asked(const std::string& text) {
    const auto answer = must(witness->witness(text));
    return answer ? "signed" : std::string(code_name(answer.error().code));
  }

  registry::testing::Consortium consortium{3, 4};
  registry::Charter charter = consortium.charter();
  std::vector<core::Ed25519SigningKey> keys = registry::testing::witness_keys(4);
  const registry::testing::Organisation& acme = consortium.organisations[0];
  registry::testing::KeyHistory history{acme, 1};
  registry::testing::KeyVersion second = history.after(acme.entry, registry::testing::kNow);
  core::testing::TempDir folder;
  core::testing::TempDir beside;
  registry::DiskGuardFile guard{beside / "witness.guard", keys[0].public_key().to_multikey()};
  std::unique_ptr<Rooms> rooms;
  std::unique_ptr<LogWitness> witness;
};

}  // namespace avow::node::testing

// Who lets whom issue what, as the admin's socket lists it.

#include <map>

#include <catch2/catch.hpp>

#include "core/testing/scripted_fetcher.h"
#include "core/testing/temp_dir.h"
#include "node/testing/admin_services.h"
#include "node/testing/gossip_parts.h"
#include "node/testing/route_caller.h"
#include "registry/testing/governors.h"

namespace avow::node::trust_routes_test {
namespace {

using core::Json;
using testing::must;

/// Acme's node. Its network granted Badges to Acme in the charter.
struct World {
  World() { must(rooms.join(charter)); }
  static http::RouteTable routes(World& world) {
    http::RouteTable table;
    api::add_trust_routes(table, testing::admin_services(world.rooms, world.gossip));
    return table;
  }
  /// The network decides slot 2: a grant of Badges from now on.
  void grant_by_vote(const registry::testing::Organisation& member) {
    const auto& all = consortium.organisations;
    const Json grant = Json::object({{"action", "grant"},
                                     {"member", member.scid},
                                     {"types", Json::array({"Badge"})},
                                     {"depth", 0},
                                     {"from", core::format_milliseconds(registry::testing::kNow)}});
    registry::Objects said;
    said.slots.push_back(
        registry::testing::ballots_for({&all[0], &all[1], &all[2]}, charter, Json::Array{grant})
            .decision);
    rooms.write([&](core::Transaction& tx) {
      REQUIRE(rooms.replica.receive(tx, said, "", registry::testing::kNow)->decided.size() == 1);
    });
  }
  /// By whom each is listed, by its DID.
  std::map<std::string, std::string> listed() const {
    std::map<std::string, std::string> by;
    const testing::Answer answer = caller.get("/v1/trust");
    REQUIRE(answer.status == 200);
    for (const Json& row : *answer.body.find("rows")->as_array())
      by.emplace(*row.find_string("subject"), *row.find_string("by"));
    return by;
  }

  registry::testing::Consortium consortium;
  registry::Charter charter = consortium.charter();
  core::testing::TempDir folder;
  testing::Rooms rooms{consortium.organisations[0], folder.path()};
  core::testing::ScriptedFetcher network;
  gossip::Gossip gossip{testing::gossip_parts(rooms, network, {})};
  testing::RouteCaller caller{routes(*this)};
};

}  // namespace

TEST_CASE("a grant that was voted is listed by its slot, one of the founders by the charter",
          "[node][api][trust]") {
  World world;
  const auto& acme = world.consortium.organisations[0];
  const auto& globex = world.consortium.organisations[1];
  CHECK(world.listed() == std::map<std::string, std::string>{{acme.did, "charter"}});
  world.grant_by_vote(globex);
  CHECK(world.listed() ==
        std::map<std::string, std::string>{{acme.did, "charter"}, {globex.did, "slot 2"}});
}

}  // namespace avow::node::trust_routes_test

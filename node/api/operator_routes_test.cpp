// What the operator is shown, as the admin's socket answers it.

#include <catch2/catch.hpp>

#include "core/testing/scripted_fetcher.h"
#include "core/testing/temp_dir.h"
#include "node/testing/admin_services.h"
#include "node/testing/gossip_parts.h"
#include "node/testing/rooms.h"
#include "node/testing/route_caller.h"

namespace avow::node::operator_routes_test {

using core::Json;
using testing::must;

TEST_CASE("status tells where a member's feed ends and where it is frozen", "[node][api]") {
  const registry::testing::Consortium consortium;
  const core::testing::TempDir folder;
  testing::Rooms rooms(consortium.organisations[0], folder.path());
  const registry::Charter charter = consortium.charter();
  must(rooms.join(charter));
  core::testing::ScriptedFetcher network;
  gossip::Gossip gossip(testing::gossip_parts(rooms, network, {}));
  http::RouteTable routes;
  api::add_operator_routes(routes, testing::admin_services(rooms, gossip));
  testing::RouteCaller caller(std::move(routes));
  const auto& globex = consortium.organisations[1];
  const auto member = [&] {
    const auto answer = caller.get("/v1/status");
    for (const Json& row : *answer.body.find("members")->as_array()) {
      if (*row.find_string("did") == globex.did) return row;
    }
    return Json();
  };
  const auto receive = [&](const std::vector<registry::Statement>& statements) {
    registry::Objects objects;
    for (const auto& statement : statements) objects.statements.push_back(statement.text);
    REQUIRE(gossip.receive(objects));
  };
  registry::testing::Author author(globex, charter.network);
  const auto opening = author.open();
  const auto one = author.note("one");
  auto twin = author;
  receive({opening, one, author.note("two")});
  CHECK(*member().find("epoch") == Json(1));
  CHECK(*member().find("sequence") == Json(2));
  CHECK(member().find("frozenAt") == nullptr);

  receive({twin.note("another two")});
  CHECK(*member().find("sequence") == Json(1));
  CHECK(*member().find("frozenAt") == Json::object({{"epoch", 1}, {"sequence", 2}}));
}

TEST_CASE("status tells that a witness's key signs no more, and what mends it",
          "[node][api][witness]") {
  const registry::testing::Consortium consortium(3, /*witnesses=*/1);
  const core::testing::TempDir folder;
  testing::Rooms rooms(consortium.organisations[0], folder.path());
  must(rooms.join(consortium.charter()));
  const auto keys = registry::testing::witness_keys(1);
  registry::DiskGuardFile guard(folder / "witness.guard", keys[0].public_key().to_multikey());
  LogWitness witness({*rooms.database, rooms.replica, *rooms.membership, rooms.audit, keys[0],
                      guard, rooms.clock});
  core::testing::ScriptedFetcher network;
  gossip::Gossip gossip(testing::gossip_parts(rooms, network, {}));
  http::RouteTable routes;
  auto services = testing::admin_services(rooms, gossip);
  services.witness = &witness;
  api::add_operator_routes(routes, services);
  const testing::RouteCaller caller(std::move(routes));
  const auto status = caller.get("/v1/status").body;
  CHECK(*status.find("maySign") == Json(true));
  const auto* told = status.find("mayNotWitness");
  REQUIRE(told != nullptr);
  CHECK(*told->find_string("code") == "restored_backup");
  CHECK(told->find_string("why")->find("guard file") != std::string::npos);
  CHECK(told->find_string("fix")->find("avow witness create") != std::string::npos);
  REQUIRE(guard.write({}));
  CHECK(caller.get("/v1/status").body.find("mayNotWitness") == nullptr);
}

}  // namespace avow::node::operator_routes_test

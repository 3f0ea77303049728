#include "node/api/overlay_routes.h"

#include <catch2/catch.hpp>

#include "core/testing/temp_dir.h"
#include "node/testing/rooms.h"
#include "node/testing/route_caller.h"

namespace avow::node::api::overlay_routes_test {
namespace {

using core::Json;
using testing::Answer;

struct World {
  World() {
    http::RouteTable routes;
    add_overlay_routes(routes, {*rooms.local_rules, *rooms.database, rooms.audit, rooms.clock});
    caller.emplace(std::move(routes));
  }
  Answer post(const std::string& what, const Json& body) {
    return caller->post("/v1/trust/" + what, body);
  }

  const registry::testing::Organisation acme{1, "acme.example"};
  const core::testing::TempDir folder;
  testing::Rooms rooms{acme, folder.path()};
  std::optional<testing::RouteCaller> caller;
};

const Json kAgent = Json::object({{"did", "did:key:zAgent"}});
const Json kType = Json::object({{"type", "Badge"}});

TEST_CASE("a denial is in force with the answer, outlives the node and can be taken back",
          "[node][api][trust]") {
  World world;
  CHECK(world.caller->get("/v1/trust/overlay").body == Json::object({{"denials", Json::array()}}));
  Json body = kAgent;
  body.set("reason", "it lies");
  const Answer denied = world.post("deny", body);
  CHECK(denied.status == 200);
  CHECK(world.rooms.local_rules->rules()->find("did:key:zAgent", "") != nullptr);
  CHECK(denied.body ==
        Json::object(
            {{"denials", Json::array({Json::object({{"did", "did:key:zAgent"},
                                                    {"reason", "it lies"},
                                                    {"since", "2026-11-21T08:00:00.000Z"}})})}}));
  CHECK(world.post("deny", kType).status == 200);
  const auto again = testing::must(LocalRuleBook::load(*world.rooms.database));
  CHECK(again->rules()->denials.size() == 2);
  CHECK(again->rules()->find("did:key:zAnybody", "Badge") != nullptr);

  CHECK(world.post("allow", kAgent).status == 200);
  CHECK(world.rooms.local_rules->rules()->find("did:key:zAgent", "") == nullptr);
  CHECK(world.post("allow", kAgent).status == 404);
  CHECK(world.rooms.local_rules->rules()->find("did:key:zAgent", "Badge") != nullptr);
  CHECK(world.rooms.audited() ==
        std::vector<std::string>{"trust.deny", "trust.deny", "trust.allow"});
  // Nobody else hears of it.
  CHECK(world.rooms.said().empty());
}

TEST_CASE("a stricter age is kept and can be given up", "[node][api][trust]") {
  World world;
  CHECK(*world.post("max-age", Json::object({{"seconds", 60}})).body.find("maxAgeSeconds") ==
        Json(60));
  CHECK(world.rooms.local_rules->rules()->max_age == std::chrono::seconds(60));
  CHECK(world.post("max-age", Json::object()).body.find("maxAgeSeconds") == nullptr);
  CHECK_FALSE(world.rooms.local_rules->rules()->max_age);
  for (const Json& seconds : {Json(0), Json(-1), Json(31 * 86'400 + 1), Json("60")})
    CHECK(world.post("max-age", Json::object({{"seconds", seconds}})).status == 400);
}

TEST_CASE("a rule that names nothing, or nothing that can be, is refused", "[node][api][trust]") {
  World world;
  for (const Json& body : {Json::object(), Json::object({{"reason", "x"}}),
                           Json::object({{"did", "acme"}}), Json::object({{"did", ""}}),
                           Json::object({{"did", "did:key:z"}, {"typ", "Badge"}}), Json::array()}) {
    CHECK(world.post("deny", body).status == 400);
    CHECK(world.post("allow", body).status == 400);
  }
  CHECK(world.rooms.local_rules->rules()->denials.empty());
  CHECK(world.rooms.audited().empty());
}

}  // namespace
}  // namespace avow::node::api::overlay_routes_test

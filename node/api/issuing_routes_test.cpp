// Issuing, and listing what was issued, as the admin's socket answers it.

#include <catch2/catch.hpp>

#include "core/testing/temp_dir.h"
#include "node/testing/admin_services.h"
#include "node/testing/gossip_parts.h"
#include "node/testing/rooms.h"
#include "node/testing/route_caller.h"

namespace avow::node::issuing_routes_test {
namespace {

using core::Json;
using testing::Answer;
using testing::must;

class NoNetwork final : public core::HttpFetcher {
  core::Result<core::HttpResponse, core::Error> fetch(const core::HttpRequest&) override {
    return core::fail(core::Error{core::ErrorCode::unreachable, "there is no network here"});
  }
};

/// A member's admin routes, over rooms without a network.
struct World {
  World() {
    must(rooms.join(consortium.charter()));
    agent = must(rooms.enrolment->add(rooms.request("Agent"), "test"));
  }
  static http::RouteTable routes(World& world) {
    http::RouteTable table;
    api::add_issuing_routes(table, testing::admin_services(world.rooms, world.gossip));
    return table;
  }
  Answer issue(const Json& credential) {
    return caller.post("/credentials/issue", Json::object({{"credential", credential}}));
  }

  registry::testing::Consortium consortium;
  core::testing::TempDir folder;
  testing::Rooms rooms{consortium.organisations[0], folder.path()};
  NoNetwork network;
  gossip::Gossip gossip{testing::gossip_parts(rooms, network, {})};
  testing::RouteCaller caller{routes(*this)};
  Agent agent;
};

}  // namespace

TEST_CASE("what is not issued names the rule by its code, and the place", "[node][api][issue]") {
  World world;
  const Json good = world.rooms.draft(world.agent);
  CHECK(world.issue(good).status == 201);
  const auto spoilt = [&](const char* member, Json value) {
    Json credential = good;
    credential.set(member, std::move(value));
    return world.issue(credential);
  };
  struct Row {
    const char* member;
    Json value;
    const char* code;
    const char* pointer;
  };
  for (const Row& row : {Row{"type", Json("Badge"), "type_missing", "/type"},
                         Row{"@context", Json::array(), "context_missing", "/@context"},
                         Row{"issuer", Json(4), "issuer_malformed", "/issuer"},
                         Row{"validUntil", Json("soon"), "bad_datetime", "/validUntil"},
                         Row{"proof", Json::object(), "already_secured", "/proof"}}) {
    const Answer answer = spoilt(row.member, row.value);
    CAPTURE(row.member, answer.text);
    CHECK(answer.status == 400);
    CHECK(answer.content_type == "application/problem+json");
    CHECK(answer.code() == row.code);
    REQUIRE(answer.body.find("errors") != nullptr);
    CHECK(*answer.body.find("errors")->as_array()->front().find_string("pointer") == row.pointer);
  }
}

TEST_CASE("credentials are listed by pages, each of them once", "[node][api][issue]") {
  World world;
  std::set<std::string> issued;
  for (int i = 0; i < 5; ++i) {
    const Answer answer = world.issue(world.rooms.draft(world.agent));
    REQUIRE(answer.status == 201);
    issued.insert(*answer.body.find("verifiableCredential")->find_string("id"));
  }
  REQUIRE(issued.size() == 5);
  std::set<std::string> listed;
  std::vector<std::size_t> pages;
  std::string cursor;
  do {
    const Answer page = world.caller.get("/v1/credentials?limit=2" + cursor);
    REQUIRE(page.status == 200);
    const auto& rows = *page.body.find("credentials")->as_array();
    for (const Json& row : rows) CHECK(listed.insert(*row.find_string("id")).second);
    pages.push_back(rows.size());
    const std::string* next = page.body.find_string("next");
    cursor = next != nullptr ? "&cursor=" + *next : "";
  } while (!cursor.empty() && pages.size() < 9);
  CHECK(listed == issued);
  CHECK(pages == std::vector<std::size_t>{2, 2, 1});
  for (const char* bad : {"limit=0", "limit=1001", "limit=x", "limit=-1", "cursor=x", "cursor="})
    CHECK(world.caller.get(std::string("/v1/credentials?") + bad).status == 400);
  CHECK(world.caller.get("/v1/credentials?limit=1000").body.find("next") == nullptr);
}

}  // namespace avow::node::issuing_routes_test

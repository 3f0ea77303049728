#include "node/own_documents.h"

#include <catch2/catch.hpp>

#include "core/testing/temp_dir.h"
#include "node/api/admin_routes.h"
#include "node/testing/rooms.h"
#include "node/testing/route_caller.h"
#include "registry/registry_resolver.h"

namespace avow::node {
namespace {

using testing::must;

/// A member of a consortium with one agent, as it is after a minute.
struct World {
  World() {
    must(rooms.join(consortium.charter()));
    agent = must(rooms.enrolment->add(rooms.request("Support"), "uid 1"));
    rooms.clock.advance(std::chrono::seconds(60));
  }
  core::Json document() { return rooms.documents->current(id())->document->json(); }
  core::Json named(const std::string& name) { return document().set("name", name); }
  did::Did id() const { return *did::Did::parse(agent.did); }
  /// What another member knows from the feed.
  did::Result<did::Resolution, did::Error> replicated() {
    return registry::RegistryResolver([this] { return rooms.replica.view(); }).resolve(id());
  }

  const registry::testing::Consortium consortium;
  const core::testing::TempDir folder;
  testing::Rooms rooms{consortium.organisations[0], folder.path()};
  Agent agent;
};

TEST_CASE("an updated document is stored, said to the members and audited", "[node][documents]") {
  World world;
  const auto before = world.rooms.said().size();

  const auto updated =
      must(world.rooms.own_documents->update(world.agent.did, world.named("later"), "uid 1"));

  CHECK(updated.version == "2");
  CHECK(updated.updated == world.rooms.clock.now());
  REQUIRE(world.rooms.said().size() == before + 1);
  const auto statement = world.rooms.said().back();
  CHECK(*statement.body.find_string("owner") == world.agent.owner);
  CHECK(world.replicated()->document->json() == world.document());
  CHECK(world.rooms.audited().back() == "did.update");
  const auto history = must(world.rooms.own_documents->history(world.agent.did));
  REQUIRE(history.size() == 2);
  CHECK(history[0].version == "2");
  CHECK(history[1].document->json().find("name") == nullptr);
}

TEST_CASE("the same document again says and records nothing", "[node][documents]") {
  World world;
  const auto before = world.rooms.said().size();
  CHECK(
      must(world.rooms.own_documents->update(world.agent.did, world.document(), "uid 1")).version ==
      "1");
  CHECK(world.rooms.said().size() == before);
  CHECK(world.rooms.audited().back() == "agent.add");
}

TEST_CASE("a deactivated document travels to the members [DID-45]", "[node][documents]") {
  World world;
  const auto ended = must(world.rooms.own_documents->deactivate(world.agent.did, "left", "uid 1"));
  CHECK(ended.deactivated);
  REQUIRE(world.replicated());
  CHECK(world.replicated()->deactivated);
  CHECK(world.rooms.audited().back() == "did.deactivate");
  for (const auto& again :
       {world.rooms.own_documents->deactivate(world.agent.did, "", "uid 1"),
        world.rooms.own_documents->update(world.agent.did, world.named("back"), "uid 1")}) {
    REQUIRE_FALSE(again);
    CHECK(again.error().code == ErrorCode::conflict);
  }
  CHECK(world.replicated()->deactivated);
}

TEST_CASE("a deactivation from before there was a feed is said when it opens",
          "[node][documents]") {
  const registry::testing::Consortium consortium;
  const core::testing::TempDir folder;
  testing::Rooms rooms(consortium.organisations[0], folder.path());
  const Agent agent = must(rooms.enrolment->add(rooms.request("Support"), "uid 1"));
  must(rooms.own_documents->deactivate(agent.did, "", "uid 1"));
  must(rooms.join(consortium.charter()));
  const auto* known =
      rooms.replica.view()->feed(rooms.organisation.entry.scid)->document(agent.did);
  REQUIRE(known != nullptr);
  CHECK(known->status == registry::DocumentStatus::deactivated);
}

TEST_CASE("the organisation's own document is refused", "[node][documents]") {
  World world;
  for (const std::string& did :
       {world.rooms.organisation.did().text(), "did:web:" + world.rooms.organisation.domain}) {
    CAPTURE(did);
    for (const auto& answer :
         {world.rooms.own_documents->update(
              did,
              core::Json::object(
                  {{"id", did}, {"controller", world.rooms.organisation.did().text()}}),
              "uid 1"),
          world.rooms.own_documents->deactivate(did, "", "uid 1")}) {
      REQUIRE_FALSE(answer);
      CHECK(answer.error().code == ErrorCode::denied);
    }
  }
}

TEST_CASE("a document that is not this DID's, or no longer the organisation's, changes nothing",
          "[node][documents]") {
  World world;
  core::Json without = world.document();
  without.erase("controller");
  const std::vector<core::Json> refused{
      without, world.document().set("controller", world.agent.did),
      world.document().set("id", world.agent.did + "x"),
      world.document().set("verificationMethod", "none"), core::Json::array()};
  for (const core::Json& document : refused) {
    const auto answer = world.rooms.own_documents->update(world.agent.did, document, "uid 1");
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == ErrorCode::invalid_input);
  }
  const auto nobody = world.rooms.own_documents->update(
      world.agent.did + "x", world.document().set("id", world.agent.did + "x"), "uid 1");
  REQUIRE_FALSE(nobody);
  CHECK(nobody.error().code == ErrorCode::not_found);
  CHECK(must(world.rooms.own_documents->history(world.agent.did)).size() == 1);
  CHECK(world.rooms.audited().back() == "agent.add");
}

TEST_CASE("the registrar's update and deactivate answer with the state of the DID",
          "[node][api][documents]") {
  World world;
  http::RouteTable routes;
  api::add_registrar_routes(routes, *world.rooms.own_documents);
  const testing::RouteCaller caller(std::move(routes));
  const core::Json documents = core::Json::array({world.named("later")});
  const auto updated = caller.post(
      "/1.0/update",
      core::Json::object({{"did", world.agent.did},
                          {"didDocument", documents},
                          {"didDocumentOperation", core::Json::array({"setDidDocument"})},
                          {"options", core::Json::object()},
                          {"secret", core::Json::object()}}));
  CHECK(updated.status == 200);
  CHECK(*updated.body.find("didState")->find_string("state") == "finished");
  CHECK(*updated.body.find("didDocumentMetadata")->find_string("versionId") == "2");
  const auto ended = caller.post("/1.0/deactivate", core::Json::object({{"did", world.agent.did}}));
  CHECK(ended.status == 200);
  CHECK(*ended.body.find("didDocumentMetadata")->find("deactivated")->as_boolean());
  CHECK(caller.post("/1.0/deactivate", core::Json::object({{"did", world.agent.did}})).status ==
        409);
  const auto versions =
      caller.get("/v1/documents/" + http::percent_encode(world.agent.did) + "/versions");
  REQUIRE(versions.status == 200);
  CHECK(versions.body.find("versions")->as_array()->size() == 3);
}

TEST_CASE("a registrar request that asks for more than is served is refused",
          "[node][api][documents]") {
  World world;
  http::RouteTable routes;
  api::add_registrar_routes(routes, *world.rooms.own_documents);
  const testing::RouteCaller caller(std::move(routes));
  const core::Json one = core::Json::array({world.named("later")});
  core::Json good = core::Json::object({{"did", world.agent.did}, {"didDocument", one}});
  const std::vector<std::pair<std::string, core::Json>> changes{
      {"didDocumentOperation", core::Json::array({"addToDidDocument"})},
      {"didDocument", core::Json::array()},
      {"didDocument", core::Json::array({world.named("a"), world.named("b")})},
      {"secret", core::Json::object({{"seed", "x"}})},
      {"options", core::Json::object({{"clientSecretMode", true}})},
      {"did", "did"},
      {"jobId", "1"}};
  for (const auto& [name, value] : changes) {
    CAPTURE(name);
    core::Json body = good;
    CHECK(caller.post("/1.0/update", body.set(name, value)).status == 400);
  }
  CHECK(must(world.rooms.own_documents->history(world.agent.did)).size() == 1);
  CHECK(caller.post("/1.0/update", good).status == 200);
}

}  // namespace
}  // namespace avow::node

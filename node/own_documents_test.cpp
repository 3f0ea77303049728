#include "node/own_documents.h"

#include <filesystem>

#include <catch2/catch.hpp>

#include "core/testing/temp_dir.h"
#include "core/testing/vectors.h"
#include "node/api/admin_routes.h"
#include "node/http/url.h"
#include "node/testing/rooms.h"
#include "node/testing/route_caller.h"
#include "registry/registry_resolver.h"
#include "registry/testing/key_history.h"

namespace avow::node::own_documents_test {
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

  CHECK_FALSE(updated.unsaid);
  CHECK(updated.current.version == "2");
  CHECK(updated.current.updated == world.rooms.clock.now());
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

TEST_CASE("the history of the organisation's own DID is its log, under both of its names",
          "[node][documents]") {
  const registry::testing::Consortium consortium;
  const auto& acme = consortium.organisations[0];
  const auto second = registry::testing::KeyHistory(acme, 1).after(
      acme.entry, registry::testing::kNow - std::chrono::hours(1));
  const core::testing::TempDir folder;
  const testing::Rooms rooms({"Acme", "acme.example", second.entry, {acme.entry}}, second.key,
                             folder.path());
  const auto name_of = [](const std::string& key_id) { return key_id.substr(key_id.find('#')); };
  for (const auto& did : {acme.did, std::string("did:web:acme.example")}) {
    CAPTURE(did);
    const auto history = must(rooms.own_documents->history(did));
    REQUIRE(history.size() == 2);
    CHECK(history[0].version == second.entry.version_id);
    CHECK(history[0].valid_from() == second.entry.version_time);
    CHECK(history[0].document->find(did + name_of(second.key_id)) != nullptr);
    CHECK(history[0].document->find(did + name_of(acme.key_id)) == nullptr);
    CHECK(history[1].version == acme.entry.version_id);
    CHECK(history[1].valid_from() == acme.entry.version_time);
    CHECK(history[1].document->find(did + name_of(acme.key_id)) != nullptr);
  }
  const auto stranger = rooms.own_documents->history("did:web:globex.example");
  REQUIRE_FALSE(stranger);
  CHECK(stranger.error().code == ErrorCode::not_found);
  CHECK_THAT(stranger.error().fix, Catch::Contains("avow agent list"));
}

TEST_CASE("the same document again says and records nothing", "[node][documents]") {
  World world;
  const auto before = world.rooms.said().size();
  CHECK(must(world.rooms.own_documents->update(world.agent.did, world.document(), "uid 1"))
            .current.version == "1");
  CHECK(world.rooms.said().size() == before);
  CHECK(world.rooms.audited().back() == "agent.add");
}

TEST_CASE("a deactivated document travels to the members [DID-45]", "[node][documents]") {
  World world;
  const auto ended = must(world.rooms.own_documents->deactivate(world.agent.did, "left", "uid 1"));
  CHECK(ended.current.deactivated);
  CHECK_FALSE(ended.unsaid);
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

/// A statement beside the last one, signed with our key by somebody else.
std::string forked(testing::Rooms& rooms) {
  const auto last = rooms.said().back();
  registry::StatementDraft draft;
  draft.network = last.network;
  draft.feed = last.feed;
  draft.sequence = last.sequence;
  draft.previous = last.previous;
  draft.key = last.key;
  draft.time = last.time;
  draft.kind = "advisory";
  return registry::sign_statement(draft, rooms.key)->text;
}

TEST_CASE("a DID is deactivated here although its feed can say nothing", "[node][documents]") {
  World world;
  const registry::Objects heard{.statements = {forked(world.rooms)}};
  world.rooms.write([&](core::Transaction& transaction) {
    REQUIRE(world.rooms.replica.receive(transaction, heard, "", world.rooms.clock.now()));
  });
  REQUIRE(world.rooms.replica.view()->frozen(world.rooms.membership->feed()));
  const auto before = world.rooms.said().size();
  // A change that is no stop waits for the feed.
  const auto changed =
      world.rooms.own_documents->update(world.agent.did, world.named("later"), "uid 1");
  REQUIRE_FALSE(changed);
  CHECK(changed.error().code == ErrorCode::conflict);
  CHECK(must(world.rooms.own_documents->history(world.agent.did)).size() == 1);

  const auto ended = must(world.rooms.own_documents->deactivate(world.agent.did, "left", "uid 1"));

  CHECK(ended.current.deactivated);
  REQUIRE(ended.unsaid);
  CHECK(ended.unsaid->why.starts_with("feed_frozen"));
  CHECK(world.rooms.documents->current(world.id())->deactivated);
  CHECK(world.rooms.audited().back() == "did.deactivate");
  CHECK(world.rooms.said().size() == before);
  CHECK(world.rooms.membership->is_behind());
}

TEST_CASE("a DID is deactivated here although the guard file cannot be written",
          "[node][documents]") {
  World world;
  std::filesystem::create_directory(world.folder / "guard.json.new");

  const auto ended = must(world.rooms.own_documents->deactivate(world.agent.did, "left", "uid 1"));

  CHECK(ended.current.deactivated);
  REQUIRE(ended.unsaid);
  CHECK(ended.unsaid->what == "the guard file cannot be written");
}

TEST_CASE("a deactivation that could not be said is said when the node may sign again",
          "[node][documents]") {
  const registry::testing::Consortium consortium;
  const core::testing::TempDir folder;
  const auto guard = folder / "guard.json";
  std::string did;
  {
    testing::Rooms rooms(consortium.organisations[0], folder.path());
    must(rooms.join(consortium.charter()));
    did = must(rooms.enrolment->add(rooms.request("Support"), "uid 1")).did;
  }
  const std::string good_guard = core::testing::read_file(guard);
  must(write_text_file(
      guard, R"({"epoch":1,"hash":"uAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","sequence":4000})",
      0600));
  {
    testing::Rooms rooms(consortium.organisations[0], folder.path(), 2);
    must(rooms.join(consortium.charter()));
    REQUIRE_FALSE(rooms.membership->may_sign());
    http::RouteTable routes;
    api::add_registrar_routes(routes, *rooms.own_documents);
    const auto answer = testing::RouteCaller(std::move(routes))
                            .post("/1.0/deactivate", core::Json::object({{"did", did}}));
    CHECK(answer.status == 200);
    const std::string* unsaid = answer.body.find("didRegistrationMetadata")->find_string("unsaid");
    REQUIRE(unsaid != nullptr);
    CHECK(unsaid->starts_with("restored_backup"));
    CHECK(rooms.documents->current(*did::Did::parse(did))->deactivated);
  }
  must(write_text_file(guard, good_guard, 0600));
  testing::Rooms rooms(consortium.organisations[0], folder.path(), 3);
  must(rooms.join(consortium.charter()));
  const auto* known = rooms.replica.view()->feed(rooms.organisation.entry.scid)->document(did);
  REQUIRE(known != nullptr);
  CHECK(known->status == registry::DocumentStatus::deactivated);
}

TEST_CASE("a document takes no key that is, or was, another agent's", "[node][documents]") {
  World world;
  const Agent other = must(world.rooms.enrolment->add(world.rooms.request("Other"), "uid 1"));
  const auto with_key = [&](const std::string& multikey) {
    core::Json document = world.document();
    core::Json method = document.find("verificationMethod")->as_array()->front();
    method.set("publicKeyMultibase", multikey);
    return document.set("verificationMethod", core::Json::array({method}));
  };
  const auto stolen =
      world.rooms.own_documents->update(world.agent.did, with_key(other.public_key), "uid 1");
  REQUIRE_FALSE(stolen);
  CHECK(stolen.error().code == ErrorCode::conflict);
  CHECK(must(world.rooms.own_documents->history(world.agent.did)).size() == 1);

  const std::string next = world.rooms.request("x").public_key;
  must(world.rooms.own_documents->update(world.agent.did, with_key(next), "uid 1"));
  for (const std::string& taken : {next, world.agent.public_key}) {
    auto request = world.rooms.request("Third");
    request.public_key = taken;
    const auto borrowed = world.rooms.enrolment->add(request, "uid 1");
    REQUIRE_FALSE(borrowed);
    CHECK(borrowed.error().code == ErrorCode::conflict);
  }
  // Back to its own first key.
  must(world.rooms.own_documents->update(world.agent.did, with_key(world.agent.public_key),
                                         "uid 1"));
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
}  // namespace avow::node::own_documents_test

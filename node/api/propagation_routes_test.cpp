// Who has a stop, as the admin's socket tells it.

#include <catch2/catch.hpp>

#include "core/testing/scripted_fetcher.h"
#include "core/testing/temp_dir.h"
#include "node/http/url.h"
#include "node/testing/admin_services.h"
#include "node/testing/gossip_parts.h"
#include "node/testing/route_caller.h"
#include "registry/testing/node.h"

namespace avow::node::propagation_routes_test {
namespace {

using core::Json;
using registry::testing::kNow;
using testing::Answer;
using testing::must;

const std::string kNoLists = core::to_multibase(core::sha256(core::ByteView{}));

/// Acme's node with one peer, which it has heard. Globex's feed is open.
struct World {
  void join() {
    must(rooms.join(charter));
    must(rooms.membership->heard_from_peer(testing::kPeer));
    agent = must(rooms.enrolment->add(rooms.request("Agent"), "test"));
    give({globex_log[0].text}, {});
  }
  static http::RouteTable routes(World& world) {
    http::RouteTable table;
    api::add_propagation_routes(table, testing::admin_services(world.rooms, world.gossip));
    return table;
  }
  std::string issue() {
    return *must(rooms.issuer->issue(rooms.draft(agent), "test")).find_string("id");
  }
  void change(const std::string& id, CredentialIssuer::Change what) {
    rooms.clock.advance(std::chrono::seconds(1));
    must(rooms.issuer->change(id, what, "", "test"));
  }
  void give(std::vector<std::string> statements, std::vector<std::string> heads) {
    registry::Objects objects;
    objects.statements = std::move(statements);
    objects.heads = std::move(heads);
    REQUIRE(must(gossip.receive(objects)).accepted.size() == 1);
  }
  /// Globex has what that answer is about.
  void acknowledge(const Json& answer) {
    const auto& said = *answer.find("statement");
    auto head = registry::testing::head_of(globex, globex_log, kNoLists, rooms.clock.now());
    head.heard = {{rooms.membership->feed(), *said.find("epoch")->as_integer(),
                   *said.find("sequence")->as_integer(), *said.find_string("hash"), kNow}};
    give({}, {registry::testing::must(registry::sign_head(head, globex.key)).text});
  }
  Answer ask(const std::string& id) const {
    return caller.get("/v1/revocations/" + http::percent_encode(id) + "/propagation");
  }
  /// Of that answer, the row of an organisation.
  static Json row_of(const Answer& answer, const registry::testing::Organisation& member) {
    for (const Json& row : *answer.body.find("members")->as_array()) {
      if (*row.find_string("member") == member.did) return row;
    }
    return {};
  }

  registry::testing::Consortium consortium;
  registry::Charter charter = consortium.charter();
  const registry::testing::Organisation& globex = consortium.organisations[1];
  const registry::testing::Organisation& initech = consortium.organisations[2];
  registry::testing::Author author{globex, charter.network};
  std::vector<registry::Statement> globex_log{author.open()};
  core::testing::TempDir folder;
  testing::Rooms rooms{consortium.organisations[0], folder.path(), 1, {testing::kPeer}};
  core::testing::ScriptedFetcher network;
  gossip::Gossip gossip{testing::gossip_parts(rooms, network, {testing::kPeer})};
  testing::RouteCaller caller{routes(*this)};
  Agent agent;
};

}  // namespace

TEST_CASE("after a revocation each member is listed, with since when it has it or why not",
          "[node][api][propagation]") {
  World world;
  world.join();
  const auto id = world.issue();
  world.change(id, CredentialIssuer::Change::revoke);

  const Answer before = world.ask(id);
  REQUIRE(before.status == 200);
  CHECK(*before.body.find_string("id") == id);
  CHECK(*before.body.find("heard")->as_integer() == 0);
  CHECK(*before.body.find("of")->as_integer() == 2);
  CHECK(before.body.find("members")->as_array()->size() == 2);
  const auto& said = *before.body.find("statement");
  const auto last = world.rooms.said().back();
  CHECK(last.kind == registry::StatementKind::status_delta);
  CHECK(*said.find_string("hash") == last.hash);
  CHECK(*said.find_string("feed") == last.feed);
  CHECK(*said.find_string("time") == core::format_milliseconds(last.time));
  CHECK(World::row_of(before, world.globex) == Json::object({{"member", world.globex.did},
                                                             {"name", "globex.example"},
                                                             {"heard", false},
                                                             {"reason", "no_word"}}));
  CHECK(*before.body.find("peers") ==
        Json::array(
            {Json::object({{"url", testing::kPeer}, {"state", "unreachable"}, {"waits", true}})}));

  world.acknowledge(before.body);
  const Answer after = world.ask(id);
  CHECK(*after.body.find("heard")->as_integer() == 1);
  CHECK(World::row_of(after, world.globex) ==
        Json::object({{"member", world.globex.did},
                      {"name", "globex.example"},
                      {"heard", true},
                      {"since", core::format_milliseconds(kNow)},
                      {"lastHead", core::format_milliseconds(world.rooms.clock.now())}}));
  CHECK(*World::row_of(after, world.initech).find_string("reason") == "no_word");
  // The statement's hash and its place are names of the same.
  for (const auto& name :
       {last.hash, std::to_string(last.epoch) + "/" + std::to_string(last.sequence)}) {
    const Answer same = world.ask(name);
    CHECK(same.status == 200);
    CHECK(same.body.find("members") != nullptr);
    CHECK(*same.body.find("members") == *after.body.find("members"));
  }
}

TEST_CASE("what a peer has taken does not wait for it any more", "[node][api][propagation]") {
  World world;
  world.join();
  const auto id = world.issue();
  world.change(id, CredentialIssuer::Change::revoke);
  must(world.rooms.membership->settle());
  std::vector<std::int64_t> all;
  world.rooms.read([&](core::Connection& connection) {
    for (const auto& one :
         world.rooms.replica.outgoing(connection, testing::kPeer, 100, registry::kMaxAnswerBytes))
      all.push_back(one.n);
  });
  world.rooms.write([&](core::Transaction& transaction) {
    world.rooms.replica.acknowledge(transaction, testing::kPeer, all);
  });
  const Answer answer = world.ask(id);
  CHECK(*answer.body.find("peers")->as_array()->front().find("waits") == Json(false));
  // A peer is no member: who runs it is not known.
  CHECK(*answer.body.find("heard")->as_integer() == 0);
}

TEST_CASE("a later stop is not known by a word for the one before", "[node][api][propagation]") {
  World world;
  world.join();
  const auto first = world.issue();
  const auto second = world.issue();
  world.change(first, CredentialIssuer::Change::suspend);
  world.acknowledge(world.ask(first).body);
  world.change(second, CredentialIssuer::Change::revoke);
  const auto heard = [&](const std::string& id) {
    return *world.ask(id).body.find("heard")->as_integer();
  };
  CHECK(heard(first) == 1);
  CHECK(heard(second) == 0);
  world.change(first, CredentialIssuer::Change::resume);
  CHECK(heard(first) == 0);
  world.acknowledge(world.ask(first).body);
  CHECK(heard(first) == 1);
  CHECK(heard(second) == 1);
}

TEST_CASE("who asks for what was not said, or stops nothing, is told so",
          "[node][api][propagation]") {
  World world;
  CHECK(world.ask("urn:uuid:1").code() == "conflict");  // no consortium yet
  world.join();
  const auto id = world.issue();
  CHECK(world.ask(id).code() == "conflict");
  const auto last = world.rooms.said().back();
  REQUIRE(registry::priority_of(last.kind) != registry::kStopPriority);
  CHECK(world.ask(last.hash).code() == "invalid_input");
  CHECK(world.ask("1/" + std::to_string(last.sequence)).code() == "invalid_input");
  CHECK(world.ask("1/" + std::to_string(last.sequence + 1)).code() == "not_found");
  CHECK(world.ask("urn:uuid:nobody's").code() == "not_found");
  CHECK(world.ask(world.globex_log[0].hash).code() == "not_found");  // another's
}

TEST_CASE("what the feed could not say yet acts here alone, and the admin is told so",
          "[node][api][propagation]") {
  World world;
  must(world.rooms.join(world.charter));
  must(world.rooms.membership->heard_from_peer(testing::kPeer));
  world.agent = must(world.rooms.enrolment->add(world.rooms.request("Agent"), "test"));
  const auto id = world.issue();
  const auto suspended_before = world.issue();
  world.change(suspended_before, CredentialIssuer::Change::suspend);
  world.change(suspended_before, CredentialIssuer::Change::resume);
  CHECK(world.ask(suspended_before).status == 200);
  // Its feed goes on with something that this node did not make: it signs nothing from here on.
  registry::testing::Author twin(world.consortium.organisations[0], world.charter.network);
  registry::Objects objects;
  objects.statements = {twin.open(kNow + std::chrono::seconds(1)).text};
  world.rooms.membership->look_at(objects);
  REQUIRE_FALSE(world.rooms.membership->may_sign());
  world.change(id, CredentialIssuer::Change::revoke);
  CHECK(world.ask(id).code() == "conflict");
  world.change(suspended_before, CredentialIssuer::Change::suspend);
  CHECK(world.ask(suspended_before).code() == "conflict");
}

}  // namespace avow::node::propagation_routes_test

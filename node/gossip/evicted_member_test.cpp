// What is left to a member whom the governors have put out, with all its keys: nothing that it signs is taken any more.

#include <catch2/catch.hpp>

#include "core/testing/scripted_fetcher.h"
#include "core/testing/temp_dir.h"
#include "node/testing/gossip_parts.h"
#include "registry/testing/governors.h"
#include "registry/testing/key_history.h"
#include "registry/testing/node.h"

namespace evicted_member_test {

using namespace avow;
using namespace avow::node;
using registry::Objects;
using registry::testing::kNow;

namespace {

/// Four founders; Umbrella has said two things, and the others decide that nothing of it counts after them.
struct Eviction {
  Eviction() { testing::must(rooms.join(charter)); }

  gossip::PushAnswer push(const Objects& objects) { return testing::must(gossip.receive(objects)); }
  void evict() {
    Objects decision;
    decision.slots = {registry::testing::ballots_for({&acme, &globex, &initech}, charter,
                                                     {registry::testing::evict_action(said.back()),
                                                      registry::testing::charter_action(
                                                          {acme.scid, globex.scid, initech.scid})})
                          .decision};
    REQUIRE(push(decision).accepted.size() == 1);
    REQUIRE(rooms.replica.view()->charter().is_evicted(umbrella.scid));
  }
  /// What became of these: "accepted", "neither", or the code of the refusal.
  std::string outcome(const Objects& objects) {
    const auto answer = push(objects);
    if (!answer.rejected.empty()) return answer.rejected.front().second;
    return answer.accepted.empty() ? "neither" : "accepted";
  }
  /// How much there is to pass on to peers.
  std::int64_t changes() {
    std::int64_t cursor = 0;
    rooms.read([&](core::Connection& connection) {
      cursor = rooms.replica.since(connection, 0, 10'000).cursor;
    });
    return cursor;
  }
  /// What somebody with this organisation's keys may send after `log`, each kind by itself.
  std::vector<Objects> all_kinds(const registry::testing::Organisation& by,
                                 registry::testing::Author feed,
                                 std::vector<registry::Statement> log) const {
    log.push_back(feed.note("said afterwards"));
    const std::string none = rooms.replica.view()->status_root(by.scid);
    Objects statement;
    statement.statements = {log.back().text};
    Objects head;
    head.heads = {registry::testing::head_of(by, log, none, kNow).text};
    Objects emergency;
    emergency.emergencies = {registry::testing::emergency_by(by, rooms.replica.view()->charter(),
                                                             acme.scid, "2026-11-21T08:00:00.000Z",
                                                             "2026-11-21T09:00:00.000Z")
                                 .text};
    const auto ballots = registry::testing::ballots_for(
        {&by}, rooms.replica.view()->charter(),
        {registry::testing::suspend_action(acme.scid, "2026-12-01T08:00:00.000Z")});
    Objects proposal;
    proposal.slots = {ballots.proposal};
    Objects vote;
    vote.votes = {ballots.votes.front()};
    return {statement, head, emergency, vote, proposal};
  }

  const registry::testing::Consortium consortium{4};
  const registry::Charter charter = consortium.charter();
  const registry::testing::Organisation& acme = consortium.organisations[0];
  const registry::testing::Organisation& globex = consortium.organisations[1];
  const registry::testing::Organisation& initech = consortium.organisations[2];
  const registry::testing::Organisation& umbrella = consortium.organisations[3];
  registry::testing::Author author{umbrella, charter.network};
  const std::vector<registry::Statement> said{author.open(), author.note("before")};
  const core::testing::TempDir folder;
  testing::Rooms rooms{acme, folder.path()};
  core::testing::ScriptedFetcher network;
  gossip::Gossip gossip{testing::gossip_parts(rooms, network, {})};
};

}  // namespace

TEST_CASE("nothing that an evicted member signs is taken or passed on [GOSSIP-21]",
          "[node][gossip][GOSSIP-21]") {
  Eviction world;
  Objects before;
  for (const auto& statement : world.said) before.statements.push_back(statement.text);
  REQUIRE(world.push(before).accepted.size() == 2);
  world.evict();
  const auto changes = world.changes();
  std::vector<std::string> outcomes;
  for (const Objects& objects : world.all_kinds(world.umbrella, world.author, world.said))
    outcomes.push_back(world.outcome(objects));
  CHECK(outcomes == std::vector<std::string>{"beyond_cut", "beyond_cut", "not_a_governor",
                                             "not_a_governor", "not_a_governor"});
  CHECK(world.changes() == changes);

  // Its neighbour: a member with the same words.
  registry::testing::Author globex(world.globex, world.charter.network);
  const std::vector<registry::Statement> opening{globex.open()};
  before.statements = {opening.front().text};
  REQUIRE(world.push(before).accepted.size() == 1);
  for (const Objects& objects : world.all_kinds(world.globex, globex, opening))
    CHECK(world.outcome(objects) == "accepted");
}

}  // namespace evicted_member_test

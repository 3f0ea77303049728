// An agent is stopped, and everybody refuses it.

#include "node/agents/agent_standing.h"

#include <algorithm>
#include <filesystem>

#include <catch2/catch.hpp>

#include "core/testing/temp_dir.h"
#include "node/testing/verifier.h"
#include "registry/stopped_agents.h"

namespace avow::node::agent_standing_test {
namespace {

using Change = AgentStanding::Change;
using registry::testing::kNow;
using testing::must;
using testing::Rooms;
using namespace std::chrono_literals;

struct World {
  World() {
    consortium.draft.grants.push_back(
        {consortium.organisations[0].scid, {"AgentCapabilityCredential"}, 0});
    charter = consortium.charter();
    must(acme.join(*charter));
    must(globex.join(*charter));
    agent = must(acme.enrolment->add(acme.request("Support"), "uid 1"));
    other = must(acme.enrolment->add(acme.request("Other"), "uid 1"));
    credential = must(acme.issuer->issue(acme.draft(agent), "uid 1"));
    of_other = must(acme.issuer->issue(acme.draft(other), "uid 1"));
    must(acme.membership->sign_head());
  }
  Result<StandingChange, Error> change(Change what, std::optional<core::Instant> from = {}) {
    auto changed = acme.standing->change("Support", what, from, "test", "uid 1");
    must(acme.membership->sign_head());
    return changed;
  }
  static std::string judged(Rooms& by, const core::Json& document) {
    return testing::Verifier(by).verdict(document);
  }
  /// What Globex, who has heard all, says of the agent's credential.
  std::string abroad() {
    hear(globex, acme);
    return judged(globex, credential);
  }

  registry::testing::Consortium consortium;
  std::optional<registry::Charter> charter;
  core::testing::TempDir here;
  core::testing::TempDir there;
  Rooms acme{consortium.organisations[0], here.path(), 1};
  Rooms globex{consortium.organisations[1], there.path(), 2};
  Agent agent;
  Agent other;
  core::Json credential;
  core::Json of_other;
};

}  // namespace

TEST_CASE("a suspended agent is refused at home and abroad, until it is resumed",
          "[node][agents]") {
  World world;
  CHECK(world.abroad() == "accepted");
  const auto suspended = world.change(Change::suspend);
  REQUIRE(suspended);
  CHECK_FALSE(suspended->unsaid);
  CHECK(suspended->after.suspended);
  CHECK(world.abroad() == "subject_suspended");
  CHECK(World::judged(world.acme, world.credential) == "subject_suspended");
  CHECK(World::judged(world.globex, world.of_other) == "accepted");
  CHECK(world.acme.issuer->issue(world.acme.draft(world.agent), "uid 1").error().code ==
        ErrorCode::subject_stopped);
  CHECK(world.acme.issuer->issue(world.acme.draft(world.other), "uid 1"));
  const auto statements = world.acme.said().size();
  REQUIRE(world.change(Change::suspend));  // it is so already
  CHECK(world.acme.said().size() == statements);

  REQUIRE(world.change(Change::resume));
  CHECK(world.abroad() == "accepted");
  CHECK(World::judged(world.acme, world.credential) == "accepted");
  CHECK(world.acme.issuer->issue(world.acme.draft(world.agent), "uid 1"));
  CHECK(world.acme.standing->change("Nobody", Change::suspend, {}, "", "uid 1").error().code ==
        ErrorCode::not_found);
}

TEST_CASE("a disowned agent is refused from that time on, for good", "[node][agents]") {
  World world;
  REQUIRE(world.change(Change::disown, kNow + 10min));
  for (auto* rooms : {&world.acme, &world.globex}) rooms->clock.set(kNow + 10min - 1ms);
  must(world.acme.membership->sign_head());
  CHECK(world.abroad() == "accepted");
  CHECK(World::judged(world.acme, world.credential) == "accepted");
  for (auto* rooms : {&world.acme, &world.globex}) rooms->clock.set(kNow + 10min);
  CHECK(world.abroad() == "subject_disowned");
  CHECK(World::judged(world.acme, world.credential) == "subject_disowned");
  CHECK(world.change(Change::resume).error().code == ErrorCode::conflict);
  CHECK(world.change(Change::disown, kNow + 10min + 1ms).error().code == ErrorCode::conflict);
  REQUIRE(world.change(Change::disown, kNow + 1min));
  CHECK(world.abroad() == "subject_disowned");
  CHECK(world.acme.issuer->issue(world.acme.draft(world.agent), "uid 1").error().code ==
        ErrorCode::subject_stopped);
}

TEST_CASE("another member's word against an agent counts for what that member issued only",
          "[node][agents]") {
  World world;
  const auto hash = registry::agent_hash(world.agent.did);
  world.globex.write([&](core::Transaction& tx) {
    must(world.globex.membership->say(tx, registry::StatementKind::agent_suspend,
                                      registry::to_json(registry::AgentSuspension{hash, true}),
                                      kNow));
  });
  hear(world.acme, world.globex);
  CHECK(world.abroad() == "accepted");
  CHECK(World::judged(world.acme, world.credential) == "accepted");
}

TEST_CASE("whether another member's agent is stopped is known while that member is heard of",
          "[node][agents]") {
  World world;
  CHECK(world.abroad() == "accepted");
  const auto& globex = world.consortium.organisations[1].did;
  const auto& acme = world.consortium.organisations[0].did;
  testing::Verifier verifier(world.globex);
  const auto asked = [&](const std::string& issuer, const std::string& subject, core::Instant at) {
    return verifier.trust.check_subjects(issuer, {subject}, at).code;
  };
  const auto last = kNow + 15min;  // the normal tier
  CHECK(asked(globex, world.agent.did, last).empty());
  CHECK(asked(globex, world.agent.did, last + 1ms) == "registry_stale");
  // The issuer's own freshness is a check of its own; a member is nobody's agent, a stranger nobody's at all.
  CHECK(asked(acme, world.agent.did, last + 1ms).empty());
  CHECK(asked(globex, acme, last + 1ms).empty());
  CHECK(asked(globex, "did:web:stranger.example:agents:one", last + 1ms).empty());
}

TEST_CASE("an agent that is stopped is so under every DID URL of its DID", "[node][agents]") {
  World world;
  REQUIRE(world.change(Change::suspend));
  CHECK(world.abroad() == "subject_suspended");
  const auto& acme = world.consortium.organisations[0].did;
  for (auto* rooms : {&world.acme, &world.globex}) {
    const testing::Verifier verifier(*rooms);
    for (const char* rest : {"", "?x=1", "#key-1", "/path", ";v=1", "?", " "}) {
      CAPTURE(rest);
      CHECK(verifier.trust.check_subjects(acme, {world.agent.did + rest}, kNow).code ==
            "subject_suspended");
    }
    CHECK(verifier.trust.check_subjects(acme, {world.agent.did + "2"}, kNow).code.empty());
    CHECK(verifier.trust.check_subjects(acme, {world.agent.did + ":2"}, kNow).code.empty());
  }
}

TEST_CASE("the statement that stops an agent is the evidence", "[node][agents]") {
  World world;
  REQUIRE(world.change(Change::suspend));
  const auto suspension = world.acme.said().back().sequence;
  REQUIRE(world.change(Change::disown));
  const auto disowning = world.acme.said().back().sequence;
  CHECK(world.abroad() == "subject_disowned");
  testing::Verifier verifier(world.globex);
  const auto check =
      verifier.trust.check_subjects(world.consortium.organisations[0].did, {world.agent.did}, kNow);
  CHECK(disowning == suspension + 1);
  CHECK(*check.evidence.find("sequence") == core::Json(disowning));
  CHECK(*check.evidence.find("epoch") == core::Json(1));
  CHECK(*check.evidence.find_string("feed") == world.consortium.organisations[0].scid);
  CHECK(*check.evidence.find_string("subject") == world.agent.did);
}

TEST_CASE("a stop that the feed cannot say acts at home, and is said when it can be",
          "[node][agents]") {
  registry::testing::Consortium consortium;
  const auto& organisation = consortium.organisations[0];
  const auto charter = consortium.charter();
  const core::testing::TempDir folder;
  Agent agent;
  {
    Rooms before(organisation, folder.path());
    must(before.join(charter));
    agent = must(before.enrolment->add(before.request("Support"), "uid 1"));
    must(before.membership->sign_head());
  }
  // With peers nothing is said after a start before one is heard.
  Rooms rooms(organisation, folder.path(), 2, {testing::kPeer});
  must(rooms.join(charter));
  const auto subject = [&] {
    return testing::Verifier(rooms).trust.check_subjects(organisation.did, {agent.did}, kNow).code;
  };
  CHECK(subject().empty());
  const auto suspended =
      must(rooms.standing->change("Support", Change::suspend, {}, "test", "uid 1"));
  REQUIRE(suspended.unsaid);
  CHECK(suspended.unsaid->code == ErrorCode::awaiting_peers);
  // Asked once more it is as before.
  const auto again = must(rooms.standing->change("Support", Change::suspend, {}, "test", "uid 1"));
  REQUIRE(again.unsaid);
  CHECK(again.unsaid->code == ErrorCode::awaiting_peers);
  CHECK(subject() == "subject_suspended");
  const auto resumed = rooms.standing->change("Support", Change::resume, {}, "test", "uid 1");
  CHECK(resumed.error().code == ErrorCode::awaiting_peers);
  CHECK(subject() == "subject_suspended");

  const auto said = [&] {
    const auto kinds = rooms.kinds_said();
    return std::count(kinds.begin(), kinds.end(), "agent.suspend");
  };
  CHECK(said() == 0);
  must(rooms.membership->heard_from_peer(testing::kPeer));
  CHECK(said() == 1);
  must(rooms.membership->catch_up());
  CHECK(said() == 1);
  CHECK_FALSE(must(rooms.standing->change("Support", Change::suspend, {}, "test", "uid 1")).unsaid);
  CHECK(said() == 1);
}

TEST_CASE("a stop whose guard file cannot be written acts at home, and a resumption is an error",
          "[node][agents]") {
  World world;
  std::filesystem::create_directory(world.here / "guard.json.new");
  const auto change = [&](Change what) {
    return world.acme.standing->change("Support", what, {}, "test", "uid 1");
  };
  for (const Change stop : {Change::suspend, Change::suspend, Change::disown}) {
    const auto stopped = must(change(stop));
    REQUIRE(stopped.unsaid);
    CHECK(stopped.unsaid->what == "the guard file cannot be written");
  }
  CHECK(World::judged(world.acme, world.credential) != World::judged(world.acme, world.of_other));
  must(world.acme.standing->change("Other", Change::suspend, {}, "test", "uid 1"));
  const auto resumed = world.acme.standing->change("Other", Change::resume, {}, "test", "uid 1");
  REQUIRE_FALSE(resumed);
  CHECK(resumed.error().code == ErrorCode::storage);
  // It leaves once the file can be written.
  std::filesystem::remove(world.here / "guard.json.new");
  CHECK_FALSE(must(change(Change::disown)).unsaid);
}

}  // namespace avow::node::agent_standing_test

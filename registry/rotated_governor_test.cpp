// Governors whose keys have changed: whose word counts, with which key, and what waits for a log that is behind.

#include <algorithm>
#include <set>

#include <catch2/catch.hpp>

#include "registry/testing/governed.h"
#include "registry/testing/key_history.h"

namespace rotated_governor_test {

using namespace avow;
using namespace avow::registry;
using namespace avow::registry::testing;

namespace {

/// The same vote by a later key of its governor.
Vote by_later_key(Vote vote, const KeyVersion& version) {
  vote.epoch = version.entry.version;
  vote.key = version.key_id;
  return must(sign_vote(vote, version.key));
}

/// The first governor of a Governed has rotated once.
struct Rotated {
  Governed world;
  KeyHistory keys{world.acme, 1};
  KeyVersion second = keys.after(world.acme.entry, kNow - std::chrono::hours(2));

  core::Json charter_from(std::int64_t version) const {
    auto action = charter_action({world.acme.scid, world.globex.scid, world.initech.scid});
    auto governors = core::Json::array();
    for (const auto* one : world.governors()) {
      governors.push_back(
          core::Json::object({{"scid", one->scid}, {"version", one == &world.acme ? version : 1}}));
    }
    action.set("governors", std::move(governors));
    return action;
  }
};

}  // namespace

TEST_CASE("a governor who rotated votes with its new key, once its log is known",
          "[registry][governance]") {
  Rotated f;
  auto& node = f.world.node;
  const auto ballots = f.world.slot({suspend_action(f.world.umbrella.scid, kMonday)});
  const auto vote = by_later_key(must(parse_vote(ballots.votes.front())), f.second);
  auto receipt = give(node, vote.text);
  CHECK(receipt.held == std::set<std::string>{vote.hash});
  CHECK(receipt.need == std::set<MissingRange>{{f.world.acme.scid, kLogEpoch, 2}});
  receipt = node.receive_entries({f.second.text()});
  CHECK(std::count(receipt.accepted.begin(), receipt.accepted.end(), vote.hash) == 1);
  // A key that this version does not list.
  auto other = vote;
  other.phase = VotePhase::commit;
  other.key = f.world.acme.key_id;
  CHECK(code_of(give(node, must(sign_vote(other, f.world.acme.key)).text)) == "key_not_authorised");
}

TEST_CASE("a decision and an emergency wait for the log entries of those who signed them",
          "[registry][governance]") {
  Rotated f;
  auto& node = f.world.node;
  const auto ballots = f.world.slot({suspend_action(f.world.umbrella.scid, kMonday)});
  auto commits = must(parse_decision(ballots.decision)).commits;
  for (auto& commit : commits) {
    if (commit.governor == f.world.acme.scid) commit = by_later_key(commit, f.second);
  }
  auto emergency =
      emergency_by(f.world.acme, f.world.charter, f.world.globex.scid, kMonday, kTuesday);
  emergency.epoch = 2;
  emergency.key = f.second.key_id;
  emergency = must(sign_emergency(emergency, f.second.key));
  CHECK(give(node, make_decision(ballots.slot, commits).text).held.size() == 1);
  CHECK(give(node, emergency.text).held.size() == 1);
  give(node,
       emergency_by(f.world.initech, f.world.charter, f.world.globex.scid, kMonday, kTuesday).text);
  CHECK(f.world.standing(f.world.acme, kMonday) == Standing::authorised);
  const auto receipt = node.receive_entries({f.second.text()});
  CHECK(receipt.decided == std::vector<std::int64_t>{2});
  CHECK(node.replica->view()->suspension(f.world.umbrella.scid, at(kMonday))->slot == 2);
  CHECK(node.replica->view()->suspension(f.world.globex.scid, at(kMonday))->slot == 0);
}

TEST_CASE(
    "a charter that names a later version of a log takes no vote or emergency by an earlier key",
    "[registry][governance]") {
  Rotated f;
  auto& node = f.world.node;
  node.receive_entries({f.second.text()});
  for (const auto* by : {&f.world.acme, &f.world.globex}) {
    give(node, emergency_by(*by, f.world.charter, f.world.umbrella.scid, kMonday, kTuesday).text);
  }
  REQUIRE(node.replica->view()->suspension(f.world.umbrella.scid, at(kMonday)));
  f.world.decide({f.charter_from(2)});
  const auto& charter = node.replica->view()->charter();
  const auto value = core::to_multibase(core::sha256("value"));
  const auto vote = cast(f.world.acme, charter, VotePhase::prepare, 1, value);
  CHECK(code_of(give(node, vote.text)) == "not_a_governor");
  CHECK(give(node, by_later_key(vote, f.second).text).accepted.size() == 1);
  // Nor does the one that was taken before count any longer.
  CHECK_FALSE(node.replica->view()->suspension(f.world.umbrella.scid, at(kMonday)));
}

TEST_CASE("an emergency by a key of a forked version of its governor's log does not count",
          "[registry][governance]") {
  Rotated f;
  auto& node = f.world.node;
  auto by_acme =
      emergency_by(f.world.acme, f.world.charter, f.world.umbrella.scid, kMonday, kTuesday);
  by_acme.epoch = 2;
  by_acme.key = f.second.key_id;
  by_acme = must(sign_emergency(by_acme, f.second.key));
  const auto by_globex =
      emergency_by(f.world.globex, f.world.charter, f.world.umbrella.scid, kMonday, kTuesday);
  const auto other = f.keys.after(f.world.acme.entry, kNow - std::chrono::hours(2), /*variant=*/1);
  node.receive_entries({f.second.text()});
  for (const auto& one : {by_acme, by_globex}) REQUIRE(give(node, one.text).accepted.size() == 1);
  REQUIRE(node.replica->view()->suspension(f.world.umbrella.scid, at(kMonday)));
  node.receive_entries({other.text()});
  CHECK_FALSE(node.replica->view()->suspension(f.world.umbrella.scid, at(kMonday)));
  const auto root = node.root();
  node.restart();
  CHECK(node.root() == root);
}

}  // namespace rotated_governor_test

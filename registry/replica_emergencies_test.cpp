// What a node keeps of emergencies, what it counts of them, and how much work that is.

#include <deque>
#include <map>

#include <catch2/catch.hpp>

#include "core/testing/runs.h"
#include "registry/testing/governed.h"
#include "registry/testing/key_history.h"
#include "registry/testing/random_history.h"

namespace replica_emergencies_test {

using namespace avow;
using namespace avow::registry;
using namespace avow::registry::testing;

namespace {

/// Four founders and governors; Globex's log goes on, twice over.
struct World {
  Consortium consortium{4};
  Charter charter = consortium.charter();
  const Organisation& acme = consortium.organisations[0];
  const Organisation& globex = consortium.organisations[1];
  const Organisation& initech = consortium.organisations[2];
  const Organisation& umbrella = consortium.organisations[3];
  KeyHistory keys{globex, 2};
  KeyVersion ours = keys.after(globex.entry, kNow - std::chrono::hours(10));
  KeyVersion thiefs = keys.after(globex.entry, kNow - std::chrono::hours(10), /*variant=*/1);

  /// Minutes after Monday, for a day.
  std::string text(const Organisation& by, const Organisation& about, int minutes = 0) const {
    return sign(by, about, minutes, 1, by.key_id, by.key);
  }
  std::string text(const KeyVersion& by, const Organisation& about, int minutes = 0) const {
    return sign(globex, about, minutes, by.entry.version, by.key_id, by.key);
  }
  std::string slot(core::Json::Array actions) const {
    return ballots_for({&acme, &initech, &umbrella}, charter, std::move(actions)).decision;
  }
  static std::size_t kept(Node& node) {
    std::size_t count = 0;
    node.read([&](core::Connection& c) { count = FeedReader(c).emergencies().size(); });
    return count;
  }
  static bool is_suspended(const Node& node, const Organisation& whom) {
    return node.replica->view()->suspension(whom.scid, at(kMonday)).has_value();
  }

 private:
  std::string sign(const Organisation& by, const Organisation& about, int minutes,
                   std::int64_t epoch, const std::string& key_id,
                   const core::Ed25519SigningKey& key) const {
    auto one = emergency_by(by, charter, about.scid, kMonday, kTuesday);
    one.from += std::chrono::minutes(minutes);
    one.until += std::chrono::minutes(minutes);
    one.epoch = epoch;
    one.key = key_id;
    return must(sign_emergency(one, key)).text;
  }
};

/// The same view in other orders of arrival, and after a restart.
void check_any_order(const Charter& charter, const std::vector<std::string>& texts,
                     const std::function<void(const Node&)>& expect) {
  std::string root;
  for (std::uint64_t seed = 1; seed <= 16; ++seed) {
    CAPTURE(seed);
    Engine engine(seed);
    Node node(charter);
    give_until_settled(node, texts, engine);
    expect(node);
    if (root.empty()) root = node.root();
    REQUIRE(node.root() == root);
    if (seed % 4 == 0) node.restart();
    REQUIRE(node.root() == root);
  }
}

}  // namespace

TEST_CASE("an emergency of enough governors suspends, and only for its time",
          "[registry][governance]") {
  Governed world;
  give(world.node,
       emergency_by(world.globex, world.charter, world.acme.scid, kMonday, kTuesday).text);
  CHECK(world.standing(world.acme, kMonday) == Standing::authorised);
  give(world.node,
       emergency_by(world.initech, world.charter, world.acme.scid, kMonday, kTuesday).text);
  const auto answer = world.node.replica->view()->may_issue(world.acme.did, "Badge", at(kMonday));
  CHECK(answer.standing == Standing::issuer_suspended);
  CHECK(answer.suspension->slot == 0);
  CHECK(world.standing(world.acme, kBefore) == Standing::authorised);
  CHECK(world.standing(world.acme, kTuesday) == Standing::authorised);
  const auto root = world.node.root();
  world.node.restart();
  CHECK(world.node.root() == root);
}

TEST_CASE("a suspension, by a slot or in an emergency, takes no vote away",
          "[registry][governance]") {
  Governed world;
  const auto now = core::format_milliseconds(kNow);
  for (const auto* by : {&world.globex, &world.initech}) {
    give(world.node, emergency_by(*by, world.charter, world.acme.scid, now.c_str(), kMonday).text);
  }
  const auto vote_of_acme_decides = [&](const core::Json& action) {
    REQUIRE(world.standing(world.acme, now.c_str()) == Standing::issuer_suspended);
    const auto ballots = world.slot({action});  // three of four decide, of whom Acme is one
    give(world.node, ballots.proposal);
    for (const std::size_t i : {1U, 2U, 4U, 5U})
      REQUIRE(give(world.node, ballots.votes[i]).decided.empty());
    return give(world.node, ballots.votes[3]).decided.size() == 1;
  };
  CHECK(vote_of_acme_decides(suspend_action(world.acme.scid, now.c_str())));
  CHECK(vote_of_acme_decides(suspend_action(world.umbrella.scid, kMonday)));
}

TEST_CASE("of one governor's emergencies about a member the latest are kept",
          "[registry][governance]") {
  Governed world;
  for (std::size_t day = 1; day <= kMaxEmergenciesEach + 1; ++day) {
    const auto date = std::string("2026-12-") + (day < 10 ? "0" : "") + std::to_string(day);
    give(world.node, emergency_by(world.globex, world.charter, world.acme.scid,
                                  (date + "T08:00:00Z").c_str(), (date + "T09:00:00Z").c_str())
                         .text);
  }
  world.node.read([&](core::Connection& connection) {
    const auto kept = FeedReader(connection).emergencies();
    CHECK(kept.size() == kMaxEmergenciesEach);
    CHECK(kept.front().from == at("2026-12-02T08:00:00Z"));
  });
  const auto early = emergency_by(world.globex, world.charter, world.acme.scid,
                                  "2026-11-30T08:00:00Z", "2026-11-30T09:00:00Z");
  CHECK(give(world.node, early.text).duplicate.size() == 1);
}

TEST_CASE(
    "an earlier key's emergencies take no room from a later one's, and of few epochs any are kept",
    "[registry][governance]") {
  Governed world;
  const KeyHistory keys(world.globex, 2);
  std::deque<KeyVersion> versions;
  const auto* last = &world.globex.entry;
  for (int hour = 10; hour > 6; --hour) {
    versions.push_back(keys.after(*last, kNow - std::chrono::hours(hour)));
    last = &versions.back().entry;
    world.node.receive_entries({versions.back().text()});
  }
  const auto signed_in = [&](const KeyVersion& version) {
    auto one = emergency_by(world.globex, world.charter, world.acme.scid, kMonday, kTuesday);
    one.epoch = version.entry.version;
    one.key = version.key_id;
    return must(sign_emergency(one, version.key));
  };
  CHECK(give(world.node, signed_in(versions[0]).text).accepted.size() == 1);
  // A thief has the first key, and writes what times it likes.
  for (std::size_t day = 1; day <= kMaxEmergenciesEach; ++day) {
    const auto date = std::string("2099-12-") + (day < 10 ? "0" : "") + std::to_string(day);
    give(world.node, emergency_by(world.globex, world.charter, world.acme.scid,
                                  (date + "T08:00:00Z").c_str(), (date + "T09:00:00Z").c_str())
                         .text);
  }
  const auto epochs_kept = [&] {
    std::map<std::int64_t, std::size_t> kept;
    world.node.read([&](core::Connection& connection) {
      for (const auto& one : FeedReader(connection).emergencies()) ++kept[one.epoch];
    });
    return kept;
  };
  CHECK(epochs_kept() == std::map<std::int64_t, std::size_t>{{1, kMaxEmergenciesEach}, {2, 1}});
  for (const std::size_t i : {1U, 2U, 3U}) give(world.node, signed_in(versions[i]).text);
  CHECK(epochs_kept() == std::map<std::int64_t, std::size_t>{{2, 1}, {3, 1}, {4, 1}, {5, 1}});
  CHECK(give(world.node, emergency_by(world.globex, world.charter, world.acme.scid, kMonday,
                                      "2026-11-24T09:00:00Z")
                             .text)
            .duplicate.size() == 1);
}

TEST_CASE("emergencies by keys above a fork of a log displace none, in any order",
          "[registry][governance][emergency]") {
  const World w;
  std::vector<std::string> all{w.ours.text(), w.thiefs.text(), w.text(w.globex, w.initech),
                               w.text(w.acme, w.initech)};
  std::deque<KeyVersion> versions;
  versions.push_back(w.keys.after(w.globex.entry, kNow - std::chrono::hours(10)));  // ours
  for (int i = 0; i < 3; ++i) {
    versions.push_back(w.keys.after(versions.back().entry, kNow - std::chrono::hours(9 - i)));
    all.push_back(versions.back().text());
  }
  for (const auto& version : versions) all.push_back(w.text(version, w.initech, 5));
  check_any_order(w.charter, all, [&](const Node& node) {
    REQUIRE(node.replica->view()->log(w.globex.scid)->fork() == 2);
    REQUIRE(World::is_suspended(node, w.initech));
  });
}

TEST_CASE("emergencies are judged by the entry that a slot has named, whatever came first",
          "[registry][governance][emergency][settle]") {
  const World w;
  // The thief's key calls for what Acme alone has signed; Globex's own calls with Umbrella.
  check_any_order(w.charter,
                  {w.ours.text(), w.thiefs.text(), w.slot({settle_action(w.ours.entry)}),
                   w.text(w.acme, w.initech), w.text(w.thiefs, w.initech), w.text(w.ours, w.acme),
                   w.text(w.umbrella, w.acme)},
                  [&](const Node& node) {
                    REQUIRE_FALSE(World::is_suspended(node, w.initech));
                    REQUIRE(World::is_suspended(node, w.acme));
                  });
}

TEST_CASE("a thief's key of the same version takes no room from its owner's",
          "[registry][governance][emergency][settle]") {
  const World w;
  Node node(w.charter);
  for (const auto& text : {w.ours.text(), w.thiefs.text(), w.text(w.ours, w.acme)})
    give(node, text);
  for (int i = 1; i <= 20; ++i) give(node, w.text(w.thiefs, w.acme, i));
  CHECK(World::kept(node) == 1 + kMaxEmergenciesEach);
  give(node, w.text(w.umbrella, w.acme));
  CHECK_FALSE(World::is_suspended(node, w.acme));
  REQUIRE(give(node, w.slot({settle_action(w.ours.entry)})).decided.size() == 1);
  CHECK(World::is_suspended(node, w.acme));
}

TEST_CASE("what had no room beside later keys is asked for again once these are above a fork",
          "[registry][governance][emergency][settle]") {
  const World w;
  Node node(w.charter);
  // The lowest version of which several entries are known says nothing of a fork above a settled one.
  const bool is_settled_below = GENERATE(false, true);
  give(node, w.ours.text());
  auto below = is_settled_below ? w.ours.entry : w.globex.entry;
  if (is_settled_below) {
    give(node, w.thiefs.text());
    REQUIRE(give(node, w.slot({settle_action(w.ours.entry)})).decided.size() == 1);
  }
  std::deque<KeyVersion> later;
  for (std::size_t i = 0; i < kMaxEmergencyKeys; ++i) {
    const auto hours = std::chrono::hours(10 - i - (is_settled_below ? 1 : 0));
    later.push_back(w.keys.after(i == 0 ? below : later.back().entry, kNow - hours));
    give(node, later.back().text());
    REQUIRE(give(node, w.text(later.back(), w.initech, 5)).accepted.size() == 1);
  }
  REQUIRE(give(node, w.text(w.acme, w.initech)).accepted.size() == 1);
  const auto displaced = w.text(w.globex, w.initech);
  CHECK(give(node, displaced).accepted.empty());
  CHECK_FALSE(World::is_suspended(node, w.initech));
  const auto asked = node.replica->asks();

  const auto other = w.keys.after(below, kNow - std::chrono::hours(9), 2);
  give(node, other.text());
  REQUIRE(node.replica->view()->log(w.globex.scid)->fork() == other.entry.version);
  CHECK(node.replica->asks() == asked + 1);
  CHECK(give(node, displaced).accepted.size() == 1);
  CHECK(World::is_suspended(node, w.initech));
}

TEST_CASE("of who governs not, or is evicted, no emergency is kept",
          "[registry][governance][emergency]") {
  World w;
  w.consortium.draft.governors = {w.acme.scid, w.globex.scid, w.initech.scid};
  w.charter = w.consortium.charter();
  Node node(w.charter);
  const auto root = node.root();
  CHECK(code_of(give(node, w.text(w.umbrella, w.initech))) == "not_a_governor");
  CHECK(node.outgoing("two").empty());
  CHECK(node.root() == root);
  REQUIRE(give(node, w.text(w.globex, w.initech)).accepted.size() == 1);
  REQUIRE(give(node, w.text(w.globex, w.umbrella)).accepted.size() == 1);
  CHECK(World::kept(node) == 2);
  // Nothing was refused that a change of who governs would make good, and no governor's log has forked.
  CHECK(node.replica->asks() == 0);
  const KeyHistory keys(w.umbrella, 4);
  for (const int variant : {1, 2})
    node.receive_entries(
        {keys.after(w.umbrella.entry, kNow, static_cast<std::uint8_t>(variant)).text()});
  REQUIRE(node.replica->view()->log(w.umbrella.scid)->fork());
  CHECK(node.replica->asks() == 1);  // a log went on, by whose keys it may be good
  const auto evict = core::Json::object(
      {{"action", "evict"}, {"scid", w.globex.scid}, {"epoch", 1}, {"sequence", -1}, {"hash", ""}});
  const auto slot =
      ballots_for({&w.acme, &w.initech, &w.globex}, w.charter,
                  {evict, charter_action({w.acme.scid, w.initech.scid, w.umbrella.scid})});
  REQUIRE(give(node, slot.decision).decided.size() == 1);
  CHECK(World::kept(node) == 0);
  CHECK(node.outgoing("two").size() == 3);  // the entries and the slot
  CHECK(code_of(give(node, w.text(w.globex, w.initech))) == "not_a_governor");
  // Umbrella was refused before, and governs now.
  CHECK(node.replica->asks() == 1);
  CHECK(give(node, w.text(w.umbrella, w.initech)).accepted.size() == 1);
}

TEST_CASE("one more emergency looks at those about the same member, and nothing else at any",
          "[registry][governance][emergency]") {
  const World w;
  Node node(w.charter);
  for (const auto* about : {&w.acme, &w.initech}) {
    for (int i = 0; i < 40; ++i) give(node, w.text(w.globex, *about, i));
  }
  CHECK(World::kept(node) == 2 * kMaxEmergenciesEach);
  const auto looked_at = [&](const std::string& text) {
    const auto before = node.replica->emergencies_judged();
    give(node, text);
    return node.replica->emergencies_judged() - before;
  };
  CHECK(looked_at(w.text(w.acme, w.umbrella)) == 1);
  CHECK(looked_at(w.text(w.acme, w.initech)) == kMaxEmergenciesEach + 1);
  CHECK(looked_at(w.text(w.acme, w.initech)) == 0);    // again
  CHECK(looked_at(w.text(w.globex, w.initech)) == 0);  // later ones have taken its place
  CHECK(looked_at(w.text(w.ours, w.initech)) == 0);    // its key is not known yet
  const auto before = node.replica->emergencies_judged();
  Author author(w.umbrella, w.charter.network);
  node.receive({author.open()});
  CHECK(node.replica->emergencies_judged() == before);
  // Of a log that goes on, those about whom its keys have spoken.
  const KeyHistory others(w.acme, 1);
  CHECK(looked_at(others.after(w.acme.entry, kNow - std::chrono::hours(1)).text()) ==
        1 + kMaxEmergenciesEach + 1);
}

TEST_CASE("emergencies count alike whichever charter was in force when they came",
          "[registry][governance]") {
  Governed reference;
  const Organisation& acme = reference.acme;
  const Organisation& globex = reference.globex;
  const Organisation& initech = reference.initech;
  const Organisation& umbrella = reference.umbrella;
  // Globex governs no more, then again; Umbrella the other way round, and Hooli comes.
  const Organisation hooli(5, "hooli.example");
  const auto second = reference.slot(
      {admit_action(hooli), charter_action({acme.scid, initech.scid, umbrella.scid})});
  REQUIRE(give(reference.node, second.decision).decided.size() == 1);
  const auto third =
      ballots_for({&acme, &initech, &umbrella}, reference.node.replica->view()->charter(),
                  {charter_action({acme.scid, globex.scid, initech.scid})});
  std::vector<std::string> all{third.decision, second.decision};
  const auto add = [&](const Organisation& by, const Organisation& whom, const char* from,
                       const char* until) {
    all.push_back(emergency_by(by, reference.charter, whom.scid, from, until).text);
  };
  for (const auto* by : {&globex, &initech, &umbrella, &hooli}) {
    add(*by, acme, kMonday, kTuesday);
    add(*by, hooli, kMonday, kTuesday);
  }
  for (int day = 10; day < 29; ++day) {  // more than are kept
    const auto date = "2026-12-" + std::to_string(day);
    add(globex, umbrella, (date + "T08:00:00Z").c_str(), (date + "T09:00:00Z").c_str());
    if (day % 3 == 0)
      add(acme, umbrella, (date + "T08:00:00Z").c_str(), (date + "T09:00:00Z").c_str());
  }
  std::string root;
  for (const auto seed : core::testing::seeds(20, 400)) {
    INFO("AVOW_SEED=" << seed);
    Engine engine(seed);
    Node node(reference.charter);
    give_until_settled(node, all, engine);
    REQUIRE(node.replica->view()->charter().slot() == 3);
    const auto suspended = node.replica->view()->emergencies();
    // Acme and Hooli, by Globex and Initech; Umbrella by Globex and Acme on the days that both kept.
    REQUIRE(suspended.size() == 2 + 5);
    if (root.empty()) root = node.root();
    REQUIRE(node.root() == root);
    node.restart();
    REQUIRE(node.root() == root);
  }
}

}  // namespace replica_emergencies_test

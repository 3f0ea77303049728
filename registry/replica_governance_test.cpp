#include <algorithm>
#include <deque>
#include <map>

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include "registry/testing/governors.h"
#include "registry/testing/key_history.h"
#include "registry/testing/node.h"
#include "registry/testing/random_history.h"

namespace replica_governance_test {

using namespace avow;
using namespace avow::registry;
using namespace avow::registry::testing;

namespace {

constexpr const char* kMonday = "2026-11-23T08:00:00.000Z";
constexpr const char* kTuesday = "2026-11-24T08:00:00.000Z";
constexpr const char* kBefore = "2026-11-23T07:59:59.999Z";

/// Four founders, of whom the fourth does no more than be there; a node that follows.
struct World {
  Consortium consortium{4};
  Charter charter = consortium.charter();
  Node node{charter};
  const Organisation& acme = consortium.organisations[0];
  const Organisation& globex = consortium.organisations[1];
  const Organisation& initech = consortium.organisations[2];
  const Organisation& umbrella = consortium.organisations[3];

  std::vector<const Organisation*> governors() const { return {&acme, &globex, &initech}; }
  Ballots slot(core::Json::Array actions) const {
    return ballots_for(governors(), node.replica->view()->charter(), std::move(actions));
  }
  void decide(core::Json::Array actions) {
    const auto decision = slot(std::move(actions)).decision;
    REQUIRE(give(node, decision).decided.size() == 1);
  }
  Standing standing(const Organisation& issuer, const char* moment) const {
    return node.replica->view()->may_issue(issuer.did, "Badge", at(moment)).standing;
  }
};

std::string code_of(const Receipt& receipt) {
  return receipt.rejected.empty() ? ""
                                  : std::string(code_name(receipt.rejected.front().error.code));
}

}  // namespace

TEST_CASE("a quorum of commits decides a slot at the node that holds them and the slot",
          "[registry][governance]") {
  World world;
  const auto ballots = world.slot({suspend_action(world.acme.scid, kMonday)});
  CHECK(give(world.node, ballots.proposal).accepted.size() == 2);  // with its vote
  for (std::size_t i = 1; i + 1 < ballots.votes.size(); ++i) {
    CHECK(give(world.node, ballots.votes[i]).decided.empty());
  }
  CHECK(world.node.replica->view()->charter().slot() == 1);
  CHECK(give(world.node, ballots.votes.back()).decided == std::vector<std::int64_t>{2});
  CHECK(world.node.replica->view()->charter().slot_hash() == ballots.slot.hash);
  CHECK(world.standing(world.acme, kMonday) == Standing::issuer_suspended);
  CHECK(world.standing(world.acme, kBefore) == Standing::authorised);
  // What comes late is no fault.
  CHECK(give(world.node, ballots.votes.front()).duplicate.size() == 1);
  CHECK(give(world.node, ballots.proposal).rejected.empty());
}

TEST_CASE("votes and slots decide the same in any order, after a restart too",
          "[registry][governance]") {
  World reference;
  const auto first = reference.slot({suspend_action(reference.acme.scid, kMonday)});
  REQUIRE(give(reference.node, first.decision).decided.size() == 1);
  const auto second = reference.slot({reinstate_action(reference.acme.scid, kTuesday)});
  REQUIRE(give(reference.node, second.decision).decided.size() == 1);
  const auto emergency = [&](const Organisation& by) {
    return emergency_by(by, reference.charter, reference.umbrella.scid, kMonday, kTuesday).text;
  };
  std::vector<std::string> all{first.proposal, second.proposal, emergency(reference.acme),
                               emergency(reference.globex)};
  for (const auto* ballots : {&first, &second}) {
    all.insert(all.end(), ballots->votes.begin(), ballots->votes.end());
  }
  for (const std::size_t i : {2U, 3U}) give(reference.node, all[i]);
  const auto root = reference.node.root();
  const bool holds =
      rc::check("any order, repetition and batching of slots, votes and emergencies", [&] {
        Engine engine(*rc::gen::arbitrary<std::uint64_t>());
        Node node(reference.charter);
        for (const auto& receipt : give_in_any_order(node, all, engine))
          RC_ASSERT(receipt.rejected.empty());
        RC_ASSERT(node.replica->view()->charter().slot() == 3);
        RC_ASSERT(node.root() == root);
        node.restart();
        RC_ASSERT(node.root() == root);
      });
  CHECK(holds);
}

TEST_CASE("only a governor's vote on the next slot of this network is taken",
          "[registry][governance]") {
  World world;
  const auto& charter = world.charter;
  const auto value = core::to_multibase(core::sha256("value"));
  const auto good = cast(world.acme, charter, VotePhase::prepare, 1, value);
  const Organisation stranger(9, "stranger.example");
  CHECK(code_of(give(world.node, cast(stranger, charter, VotePhase::prepare, 1, value).text)) ==
        "not_a_governor");
  auto forged = good.json;
  forged.set("round", 1);
  forged.set("value", core::to_multibase(core::sha256("other")));
  CHECK(code_of(give(world.node, core::to_canonical(forged))) == "bad_signature");
  auto other = charter;
  other.network = value;
  CHECK(code_of(give(world.node, cast(world.acme, other, VotePhase::prepare, 1, value).text)) ==
        "wrong_network");
  other = charter;
  other.slot_hashes = {value};
  CHECK(code_of(give(world.node, cast(world.acme, other, VotePhase::prepare, 1, value).text)) ==
        "bad_slot");
  // A later slot, a later round: not yet.
  other = charter;
  other.slot_hashes = {charter.network, value};
  CHECK(give(world.node, cast(world.acme, other, VotePhase::prepare, 1, value).text).held.size() ==
        1);
  CHECK(
      give(world.node, cast(world.acme, charter, VotePhase::prepare, 2, value).text).held.size() ==
      1);
  CHECK(give(world.node, good.text).accepted.size() == 1);
  CHECK(give(world.node, good.text).duplicate.size() == 1);
}

TEST_CASE("a slot is kept only with a governor's prepare for it, and if it could be applied",
          "[registry][governance]") {
  World world;
  const auto ballots = world.slot({suspend_action(world.acme.scid, kMonday)});
  const auto other = world.slot({suspend_action(world.globex.scid, kMonday)});
  const auto mixed = make_proposal(ballots.slot, must(parse_vote(other.votes.front()))).text;
  CHECK(code_of(give(world.node, mixed)) == "not_proposed");
  const auto commit = make_proposal(ballots.slot, must(parse_vote(ballots.votes.back()))).text;
  CHECK(code_of(give(world.node, commit)) == "not_proposed");
  auto impossible = ballots.slot.json;
  impossible.set("actions", core::Json::array({reinstate_action(world.acme.scid, kMonday)}));
  const auto slot = must(parse_slot(core::to_canonical(impossible)));
  const auto vote = cast(world.acme, world.charter, VotePhase::prepare, 1, slot.hash);
  CHECK(code_of(give(world.node, make_proposal(slot, vote).text)) == "bad_slot");
}

TEST_CASE("a decision shows a quorum of commits, one less is none", "[registry][governance]") {
  World world;
  const auto ballots = world.slot({suspend_action(world.acme.scid, kMonday)});
  auto decided = must(parse_decision(ballots.decision));
  const auto with = [&](std::vector<Vote> commits) {
    return code_of(give(world.node, make_decision(ballots.slot, std::move(commits)).text));
  };
  CHECK(with({decided.commits[0], decided.commits[1]}) == "not_decided");
  CHECK(with({decided.commits[0], decided.commits[1], decided.commits[1]}) == "not_decided");
  // Nobody stands in it twice, nor out of order: there is one text for each quorum.
  auto again = decided.commits;
  again.push_back(again.back());
  CHECK(with(again) == "not_decided");
  auto json = core::parse_json(ballots.decision, {kMaxDecidedSlotBytes, 17, 100'000});
  auto reversed = *json->find("commits")->as_array();
  std::reverse(reversed.begin(), reversed.end());
  json->set("commits", core::Json::array(std::move(reversed)));
  CHECK(code_of(give(world.node, core::to_canonical(*json))) == "not_decided");
  auto later = cast(world.initech, world.charter, VotePhase::commit, 2, ballots.slot.hash);
  CHECK(with({decided.commits[0], decided.commits[1], later}) == "not_decided");
  CHECK(with({decided.commits[0], decided.commits[1], must(parse_vote(ballots.votes[2]))}) ==
        "not_decided");
  CHECK(world.node.replica->view()->charter().slot() == 1);
  CHECK(with(decided.commits).empty());
  CHECK(world.node.replica->view()->charter().slot() == 2);
}

TEST_CASE(
    "a commit by a key that its governor's log does not list here is left out, not the decision",
    "[registry][governance]") {
  World world;
  const auto votes = world.slot({suspend_action(world.acme.scid, kMonday)});
  auto commits = must(parse_decision(votes.decision)).commits;
  const auto fourth = cast(world.umbrella, world.charter, VotePhase::commit, 1, votes.slot.hash);
  auto elsewhere = fourth;
  const KeyHistory keys(world.umbrella, 4);
  const auto ours = keys.after(world.umbrella.entry, kNow - std::chrono::hours(2));
  const auto other = keys.after(world.umbrella.entry, kNow - std::chrono::hours(2), 1);
  elsewhere.epoch = 2;
  elsewhere.key = other.key_id;
  elsewhere = must(sign_vote(elsewhere, other.key));
  world.node.receive_entries({ours.text()});
  commits.push_back(elsewhere);
  const auto decided = make_decision(votes.slot, commits);
  SECTION("as long as a quorum is left") {
    REQUIRE(give(world.node, decided.text).decided.size() == 1);
    world.node.read([&](core::Connection& connection) {
      FeedReader store(connection);
      const auto past = must(world.node.replica->history(store));
      CHECK(past.front().by.size() == 3);
    });
    // Also where another decision of that slot is judged: it is no fork while fewer than a quorum signed it.
    auto others = world.charter;
    const auto second = ballots_for({&world.acme, &world.globex}, others,
                                    {suspend_action(world.globex.scid, kMonday)});
    auto too_few = must(parse_decision(second.decision)).commits;
    auto bad = elsewhere;
    bad.value = second.slot.hash;
    too_few.push_back(must(sign_vote(bad, other.key)));
    const auto receipt = give(world.node, make_decision(second.slot, too_few).text);
    CHECK_FALSE(receipt.forked_slot.has_value());
    CHECK(receipt.accepted.empty());
    CHECK(receipt.need.contains({world.umbrella.scid, kLogEpoch, 2}));
    give(world.node, other.text());
    CHECK(give(world.node, make_decision(second.slot, too_few).text).forked_slot == 2);
  }
  SECTION("but waits for that key if there are fewer") {
    commits.erase(commits.begin());
    const auto receipt = give(world.node, make_decision(votes.slot, commits).text);
    CHECK(receipt.held.size() == 1);
    CHECK(receipt.need.contains({world.umbrella.scid, kLogEpoch, 2}));
    CHECK(world.node.replica->view()->charter().slot() == 1);
    CHECK(give(world.node, other.text()).decided == std::vector<std::int64_t>{2});
  }
  SECTION("of a first entry there is no other") {
    commits.back() = must(sign_vote(fourth, world.acme.key));
    commits.erase(commits.begin());
    CHECK(code_of(give(world.node, make_decision(votes.slot, commits).text)) == "not_decided");
    CHECK(world.node.replica->held_texts().all().empty());
  }
  SECTION("of a settled one there may be") {
    const auto settled = world.slot({core::Json::object({{"action", "settle"},
                                                         {"scid", world.umbrella.scid},
                                                         {"version", 2},
                                                         {"entryHash", ours.entry.entry_hash}})});
    REQUIRE(give(world.node, settled.decision).decided.size() == 1);
    const auto next =
        ballots_for({&world.acme, &world.globex}, world.node.replica->view()->charter(),
                    {suspend_action(world.acme.scid, kMonday)});
    commits = must(parse_decision(next.decision)).commits;
    auto third = cast(world.umbrella, world.node.replica->view()->charter(), VotePhase::commit, 1,
                      next.slot.hash);
    third.epoch = 2;
    third.key = other.key_id;
    commits.push_back(must(sign_vote(third, other.key)));
    const auto receipt = give(world.node, make_decision(next.slot, commits).text);
    CHECK(receipt.held.size() == 1);
    CHECK(receipt.need.contains({world.umbrella.scid, kLogEpoch, 2}));
    CHECK(give(world.node, other.text()).decided == std::vector<std::int64_t>{3});
  }
}

TEST_CASE("a slot that cannot follow is tried once, and a text once in a batch",
          "[registry][governance]") {
  World world;
  auto impossible = world.slot({suspend_action(world.acme.scid, kMonday)}).slot.json;
  impossible.set("actions", core::Json::array({reinstate_action(world.acme.scid, kMonday)}));
  const auto slot = must(parse_slot(core::to_canonical(impossible)));
  const auto by = [&](const Organisation& governor) {
    return make_proposal(slot, cast(governor, world.charter, VotePhase::prepare, 1, slot.hash))
        .text;
  };
  Objects batch;
  batch.slots = {by(world.acme), by(world.acme), by(world.globex)};
  const auto tried = [&] { return world.node.replica->slots_tried(); };
  CHECK(world.node.receive(batch).rejected.size() == 2);
  CHECK(tried() == 1);
  CHECK(code_of(give(world.node, by(world.acme))) == "bad_slot");
  CHECK(tried() == 1);
  // After another slot it is asked anew: there it may follow.
  world.decide({suspend_action(world.acme.scid, kMonday)});
  give(world.node, world.slot({suspend_action(world.globex.scid, kMonday)}).proposal);
  CHECK(tried() == 2);
}

TEST_CASE("nothing of an evicted member counts after the cut, whatever was held",
          "[registry][governance]") {
  std::string roots[2];
  for (const bool before : {false, true}) {
    World world;
    Author author(world.umbrella, world.charter.network);
    std::vector<Statement> log{author.open()};
    for (const char* text : {"1", "2", "3"}) log.push_back(author.note(text));
    if (before) world.node.receive(log);
    world.decide({evict_action(log[1]),
                  charter_action({world.acme.scid, world.globex.scid, world.initech.scid})});
    const auto receipt = world.node.receive(log);
    CHECK(receipt.accepted.size() == (before ? 0 : 2));
    CHECK(receipt.rejected.size() == (before ? 0 : 2));
    CHECK(code_of(receipt) == (before ? "" : "beyond_cut"));
    const auto view = world.node.replica->view();
    REQUIRE(view->feed(world.umbrella.scid) != nullptr);
    CHECK(view->feed(world.umbrella.scid)->position()->sequence == 1);
    CHECK(world.standing(world.umbrella, kMonday) == Standing::issuer_evicted);
    roots[before ? 1 : 0] = world.node.root();
    world.node.restart();
    CHECK(world.node.root() == roots[before ? 1 : 0]);
  }
  CHECK(roots[0] == roots[1]);
}

TEST_CASE("what an evicted or suspended member accredited does not count",
          "[registry][governance]") {
  World world;
  Author author(world.acme, world.charter.network);
  world.node.receive(
      {author.open(), author.next("accredit", accredit_body(world.globex.did, "Badge", 0))});
  REQUIRE(world.standing(world.globex, kMonday) == Standing::authorised);
  world.decide({suspend_action(world.acme.scid, kMonday)});
  CHECK(world.standing(world.globex, kBefore) == Standing::authorised);
  const auto answer = world.node.replica->view()->may_issue(world.globex.did, "Badge", at(kMonday));
  CHECK(answer.standing == Standing::issuer_suspended);
  CHECK(answer.without_standing == world.acme.scid);
  REQUIRE(answer.suspension.has_value());
  CHECK(answer.suspension->slot == 2);
  world.decide({reinstate_action(world.acme.scid, kTuesday)});
  CHECK(world.standing(world.globex, kMonday) == Standing::issuer_suspended);
  CHECK(world.standing(world.globex, kTuesday) == Standing::authorised);
}

TEST_CASE("a member that a slot admits speaks, and may be granted a type",
          "[registry][governance]") {
  World world;
  const Organisation hooli(5, "hooli.example");
  Author author(hooli, world.charter.network);
  const auto opening = author.open();
  CHECK(code_of(world.node.receive({opening})) == "unknown_feed");
  auto grant = core::Json::object({{"action", "grant"},
                                   {"member", hooli.scid},
                                   {"types", core::Json::array({"Badge"})},
                                   {"depth", 0},
                                   {"from", kMonday}});
  world.decide({admit_action(hooli), grant});
  CHECK(world.standing(hooli, kBefore) == Standing::issuer_not_authorised);
  CHECK(world.standing(hooli, kMonday) == Standing::authorised);
  // It was refused before, so it is asked for.
  world.node.read([&](core::Connection& connection) {
    CHECK(world.node.replica->wanted(connection).need.contains({hooli.scid, 1, 0}));
  });
  CHECK(world.node.receive({opening}).accepted.size() == 1);
}

TEST_CASE("an emergency of enough governors suspends, and only for its time",
          "[registry][governance]") {
  World world;
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

TEST_CASE("of one governor's emergencies about a member the latest are kept",
          "[registry][governance]") {
  World world;
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
  World world;
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

TEST_CASE("emergencies count alike whichever charter was in force when they came",
          "[registry][governance]") {
  World reference;
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
  const bool holds = rc::check("any order, repetition and batching of slots and emergencies", [&] {
    Engine engine(*rc::gen::arbitrary<std::uint64_t>());
    Node node(reference.charter);
    give_until_settled(node, all, engine);
    RC_ASSERT(node.replica->view()->charter().slot() == 3);
    const auto suspended = node.replica->view()->emergencies();
    // Acme and Hooli, by Globex and Initech; Umbrella by Globex and Acme on the days that both kept.
    RC_ASSERT(suspended.size() == 2 + 5);
    if (root.empty()) root = node.root();
    RC_ASSERT(node.root() == root);
    node.restart();
    RC_ASSERT(node.root() == root);
  });
  CHECK(holds);
}

TEST_CASE("two decided values of one slot stop governance before it, at every node alike",
          "[registry][governance]") {
  World world;
  const auto one = world.slot({suspend_action(world.acme.scid, kMonday)});
  const auto other = world.slot({suspend_action(world.globex.scid, kMonday)});
  Node second(world.charter);
  REQUIRE(give(world.node, one.decision).decided.size() == 1);
  const auto third = world.slot({suspend_action(world.globex.scid, kMonday)});
  REQUIRE(give(world.node, third.decision).decided.size() == 1);
  CHECK(give(world.node, other.decision).forked_slot == 2);
  REQUIRE(give(second, other.decision).decided.size() == 1);
  CHECK(give(second, one.decision).forked_slot == 2);
  for (auto* node : {&world.node, &second}) {
    const auto& charter = node->replica->view()->charter();
    CHECK(charter.slot() == 1);
    CHECK(charter.forked_slot == 2);
    const auto vote = cast(world.acme, world.charter, VotePhase::prepare, 1, one.slot.hash);
    CHECK(code_of(give(*node, vote.text)) == "governance_stopped");
  }
  CHECK(world.standing(world.acme, kMonday) == Standing::authorised);
  CHECK(world.node.root() == second.root());
  // Emergencies still work.
  for (const auto* by : {&world.globex, &world.initech}) {
    give(world.node, emergency_by(*by, world.charter, world.acme.scid, kMonday, kTuesday).text);
  }
  CHECK(world.standing(world.acme, kMonday) == Standing::issuer_suspended);
  const auto root = world.node.root();
  world.node.restart();
  CHECK(world.node.root() == root);
}

TEST_CASE("what governors say is queued for peers and served by hash", "[registry][governance]") {
  World world;
  const auto ballots = world.slot({suspend_action(world.acme.scid, kMonday)});
  give(world.node, ballots.proposal);
  const auto queued = world.node.outgoing("two");
  REQUIRE(queued.size() == 2);
  CHECK(world.node.outgoing("one").empty());  // it came from there
  world.node.read([&](core::Connection& connection) {
    const std::vector<std::string> hashes{queued[0].hash, queued[1].hash};
    const auto objects = world.node.replica->fetch(connection, {}, hashes, kMaxAnswerBytes);
    CHECK(objects.votes.size() == 1);
    CHECK(objects.slots == std::vector<std::string>{ballots.proposal});
  });
  give(world.node, ballots.decision);
  // The decision takes the place of all that led to it.
  const auto after = world.node.outgoing("two");
  REQUIRE(after.size() == 1);
  CHECK(after[0].text == ballots.decision);
}

namespace {

/// The same vote by a later key of its governor.
Vote by_later_key(Vote vote, const KeyVersion& version) {
  vote.epoch = version.entry.version;
  vote.key = version.key_id;
  return must(sign_vote(vote, version.key));
}

/// The first governor of a World has rotated once.
struct Rotated {
  World world;
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

TEST_CASE("a member that rotated before it was admitted is asked for its log and its feed",
          "[registry][governance]") {
  World world;
  const Organisation hooli(5, "hooli.example");
  const KeyHistory keys(hooli, 5);
  const auto second = keys.after(hooli.entry, kNow - std::chrono::hours(2));
  auto author = Author(hooli, world.charter.network)
                    .in_epoch(2, second.key, second.key_id, world.charter.network);
  const auto opening = author.open();
  Objects both;
  both.log_entries = {second.text()};
  both.statements = {opening.text};
  CHECK(world.node.receive(both).rejected.size() == 2);
  SECTION("by a later pull") {
    world.decide({admit_action(hooli)});
    world.node.read([&](core::Connection& connection) {
      CHECK(world.node.replica->wanted(connection).need.contains({hooli.scid, kLogEpoch, 2}));
    });
    world.node.receive_entries({second.text()});
    world.node.read([&](core::Connection& connection) {
      CHECK(world.node.replica->wanted(connection).need.contains({hooli.scid, 2, 0}));
    });
    CHECK(world.node.receive({opening}).accepted.size() == 1);
  }
  SECTION("or given all at once, with the slot that admits it") {
    both.slots = {world.slot({admit_action(hooli)}).decision};
    CHECK(world.node.receive(both).rejected.empty());
  }
  REQUIRE(world.node.replica->view()->feed(hooli.scid) != nullptr);
  const auto root = world.node.root();
  world.node.restart();
  CHECK(world.node.root() == root);
}

TEST_CASE("batches of one commit see what the one before has decided", "[registry][governance]") {
  World world;
  const Organisation hooli(5, "hooli.example");
  Author author(hooli, world.charter.network);
  Objects slot;
  slot.slots = {world.slot({admit_action(hooli)}).decision};
  Objects opening;
  opening.statements = {author.open().text};
  world.node.write([&](core::Transaction& tx) {
    must(world.node.replica->receive(tx, slot, "one", kNow));
    CHECK(must(world.node.replica->receive(tx, opening, "one", kNow)).accepted.size() == 1);
  });
  CHECK(world.node.replica->view()->feed(hooli.scid) != nullptr);
}

TEST_CASE("one signer cannot fill the room of what is held", "[registry][governance]") {
  World world;
  const auto value = core::to_multibase(core::sha256("value"));
  const auto vote_of = [&](const Organisation& by, std::int64_t round) {
    return cast(by, world.charter, VotePhase::prepare, round, value);
  };
  std::int64_t round = 2;
  for (int batch = 0; batch < 3; ++batch) {
    Objects flood;
    while (flood.votes.size() < kMaxBatch) flood.votes.push_back(vote_of(world.acme, round++).text);
    world.node.receive(flood);
  }
  const auto late = vote_of(world.globex, 2);
  give(world.node, late.text);
  for (const auto* by : world.governors()) {
    auto close = cast(*by, world.charter, VotePhase::close, 1, "");
    give(world.node, close.text);
  }
  // It was held, so it is taken now that its round is open.
  CHECK(give(world.node, late.text).duplicate.size() == 1);
}

TEST_CASE("what nobody has signed takes no room of what is held", "[registry][governance]") {
  World world;
  const auto value = core::to_multibase(core::sha256("value"));
  const Organisation thief(9, "thief.example");
  const auto forged = [&](const std::string& governor, std::int64_t epoch, std::int64_t round) {
    auto vote = cast(thief, world.charter, VotePhase::prepare, round, value);
    vote.governor = governor;
    vote.epoch = epoch;
    return must(sign_vote(vote, thief.key)).text;
  };
  // In the name of governors, by their keys; by keys that nobody knows; of people whom nobody knows.
  CHECK(code_of(give(world.node, forged(world.globex.scid, 1, 2))) == "key_not_authorised");
  for (int signer = 0; signer < 40; ++signer) {
    Objects flood;
    const bool is_known = signer % 4 == 0;
    const auto scid = is_known ? world.governors()[static_cast<std::size_t>(signer / 4) % 3]->scid
                               : world.acme.scid.substr(0, 40) + std::to_string(100'000 + signer);
    for (int i = 0; i < 64; ++i) flood.votes.push_back(forged(scid, is_known ? 2 : 1, 2 + i));
    world.node.receive(flood);
  }
  const auto late = cast(world.globex, world.charter, VotePhase::prepare, 2, value);
  give(world.node, late.text);
  for (const auto* by : {&world.acme, &world.globex, &world.initech})
    give(world.node, cast(*by, world.charter, VotePhase::close, 1, "").text);
  CHECK(give(world.node, late.text).duplicate.size() == 1);  // it was held, so it is taken
}

TEST_CASE("a decision that waits is one of its signers'", "[registry][governance]") {
  World world;
  const auto second = world.slot({suspend_action(world.umbrella.scid, kMonday)});
  World ahead;
  REQUIRE(give(ahead.node, second.decision).decided.size() == 1);
  const auto third = ahead.slot({suspend_action(ahead.globex.scid, kMonday)});
  auto commits = must(parse_decision(third.decision)).commits;
  auto forged = commits[2].json;
  forged.set("round", 2);
  commits[2] = must(parse_vote(core::to_canonical(forged)));
  for (auto& commit : {&commits[0], &commits[1]}) {
    commit->round = 2;
    *commit = must(sign_vote(
        *commit, commit->governor == world.acme.scid ? world.acme.key : world.globex.key));
  }
  CHECK(code_of(give(world.node, make_decision(third.slot, commits).text)) == "bad_signature");
  auto other = world.charter;
  other.network = core::to_multibase(core::sha256("other"));
  const auto elsewhere =
      ballots_for(world.governors(), other, {suspend_action(world.globex.scid, kMonday)});
  CHECK(code_of(give(world.node, elsewhere.decision)) == "wrong_network");
  CHECK(give(world.node, third.decision).held.size() == 1);
  CHECK(give(world.node, second.decision).decided == std::vector<std::int64_t>{2, 3});
}

TEST_CASE("what is held stays so when what took it is undone", "[registry][governance]") {
  World world;
  const auto value = core::to_multibase(core::sha256("value"));
  const auto late = cast(world.globex, world.charter, VotePhase::prepare, 2, value);
  REQUIRE(give(world.node, late.text).held.size() == 1);
  Objects closes;
  for (const auto* by : world.governors())
    closes.votes.push_back(cast(*by, world.charter, VotePhase::close, 1, "").text);
  const auto undone =
      world.node.database->write([&](core::Transaction& tx) -> core::Result<void, core::Error> {
        const auto receipt = must(world.node.replica->receive(tx, closes, "one", kNow));
        CHECK(receipt.accepted.size() == 4);
        return core::fail(core::Error{core::ErrorCode::storage, "undone"});
      });
  REQUIRE_FALSE(undone.has_value());
  CHECK(world.node.receive(closes).accepted.size() == 4);
}

TEST_CASE("what one batch of a commit holds and the next makes ready is taken soon",
          "[registry][governance]") {
  World world;
  const auto value = core::to_multibase(core::sha256("value"));
  const auto late = cast(world.globex, world.charter, VotePhase::prepare, 2, value);
  Objects held;
  held.votes = {late.text};
  Objects closes;
  for (const auto* by : world.governors())
    closes.votes.push_back(cast(*by, world.charter, VotePhase::close, 1, "").text);
  world.node.write([&](core::Transaction& tx) {
    must(world.node.replica->receive(tx, held, "one", kNow));
    must(world.node.replica->receive(tx, closes, "one", kNow));
  });
  world.node.write([&](core::Transaction& tx) {
    CHECK(must(world.node.replica->retry_held(tx, kNow)).accepted ==
          std::vector<std::string>{late.hash});
  });
}

TEST_CASE("a grant holds from its time to its end, and the chain names its slot",
          "[registry][governance]") {
  World world;
  world.decide({core::Json::object({{"action", "grant"},
                                    {"member", world.globex.scid},
                                    {"types", core::Json::array({"Badge"})},
                                    {"depth", 0},
                                    {"from", kMonday},
                                    {"until", kTuesday}})});
  CHECK(world.standing(world.globex, kBefore) == Standing::issuer_not_authorised);
  CHECK(world.standing(world.globex, kMonday) == Standing::authorised);
  CHECK(world.standing(world.globex, "2026-11-24T07:59:59.999Z") == Standing::authorised);
  CHECK(world.standing(world.globex, kTuesday) == Standing::issuer_not_authorised);
  const auto answer = world.node.replica->view()->may_issue(world.globex.did, "Badge", at(kMonday));
  REQUIRE(answer.chain.size() == 1);
  CHECK(answer.chain[0].slot == 2);
  CHECK(answer.chain[0].until == at(kTuesday));
}

}  // namespace replica_governance_test

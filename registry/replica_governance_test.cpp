#include <algorithm>

#include <catch2/catch.hpp>

#include "core/testing/runs.h"
#include "registry/testing/governed.h"
#include "registry/testing/key_history.h"
#include "registry/testing/random_history.h"

namespace replica_governance_test {

using namespace avow;
using namespace avow::registry;
using namespace avow::registry::testing;

TEST_CASE("a quorum of commits decides a slot at the node that holds them and the slot",
          "[registry][governance]") {
  Governed world;
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
  Governed reference;
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
  for (const auto seed : core::testing::seeds(20, 400)) {
    INFO("AVOW_SEED=" << seed);
    Engine engine(seed);
    Node node(reference.charter);
    for (const auto& receipt : give_in_any_order(node, all, engine))
      REQUIRE(receipt.rejected.empty());
    REQUIRE(node.replica->view()->charter().slot() == 3);
    REQUIRE(node.root() == root);
    node.restart();
    REQUIRE(node.root() == root);
  }
}

TEST_CASE("only a governor's vote on the next slot of this network is taken",
          "[registry][governance]") {
  Governed world;
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
  Governed world;
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
  Governed world;
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
  Governed world;
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
    const auto settled = world.slot({settle_action(ours.entry)});
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
  Governed world;
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
    Governed world;
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
  Governed world;
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
  Governed world;
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

TEST_CASE("two decided values of one slot stop governance before it, at every node alike",
          "[registry][governance]") {
  Governed world;
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

TEST_CASE("a slot decided by rules that are not known here is kept, and followed by nothing",
          "[registry][governance]") {
  Governed world;
  const auto later =
      ballots_for(world.governors(), world.charter, slot_of_later_rules(world.charter));
  auto after = world.charter;
  after.slot_hashes.push_back(later.slot.hash);
  const auto next = ballots_for(world.governors(), after,
                                slot_after(after, {suspend_action(world.acme.scid, kMonday)}));
  // Whoever cannot read it does not decide it: it takes the commits of a quorum of others.
  CHECK(code_of(give(world.node, later.proposal)) == "bad_slot");
  auto commits = must(parse_decision(later.decision)).commits;
  commits.pop_back();
  CHECK(code_of(give(world.node, make_decision(later.slot, commits).text)) == "not_decided");
  CHECK_FALSE(world.node.replica->view()->charter().unknown_rules().has_value());
  REQUIRE(give(world.node, later.decision).decided == std::vector<std::int64_t>{2});
  CHECK(code_of(give(world.node, next.decision)) == "governance_stopped");
  CHECK(code_of(give(world.node, next.proposal)) == "governance_stopped");
  CHECK(code_of(give(world.node, next.votes.front())) == "governance_stopped");
  Node second(world.charter);
  CHECK(give(second, next.decision).held.size() == 1);
  CHECK(give(second, later.decision).decided == std::vector<std::int64_t>{2});
  for (auto* node : {&world.node, &second}) {
    const auto& charter = node->replica->view()->charter();
    CHECK(charter.slot_hash() == later.slot.hash);
    CHECK(charter.unknown_rules().has_value());
    CHECK(charter.governors.size() == world.charter.governors.size());
  }
  const auto root = world.node.root();
  CHECK(root == second.root());
  world.node.restart();
  CHECK(world.node.root() == root);
  CHECK(world.node.replica->view()->charter().unknown_rules().has_value());
  world.node.read([&](core::Connection& connection) {
    FeedReader store(connection);
    const auto past = must(world.node.replica->history(store));
    REQUIRE(past.size() == 1);
    CHECK(past.front().by.size() == 3);
  });

  // Of two values neither is in force, whichever came first, and what was before is known.
  const auto other =
      ballots_for(world.governors(), world.charter, {suspend_action(world.acme.scid, kMonday)});
  Node third(world.charter);
  REQUIRE(give(third, other.decision).decided.size() == 1);
  CHECK(give(third, later.decision).forked_slot == 2);
  CHECK(give(world.node, other.decision).forked_slot == 2);
  CHECK_FALSE(world.node.replica->view()->charter().unknown_rules().has_value());
  CHECK(world.node.root() == third.root());
}

TEST_CASE("what governors say is queued for peers and served by hash", "[registry][governance]") {
  Governed world;
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

TEST_CASE("a member that rotated before it was admitted is asked for its log and its feed",
          "[registry][governance]") {
  Governed world;
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
  Governed world;
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

TEST_CASE("a grant holds from its time to its end, and the chain names its slot",
          "[registry][governance]") {
  Governed world;
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

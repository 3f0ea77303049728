// Fewer than a quorum decide nothing, whatever they sign and in whatever order it comes.

#include <algorithm>
#include <numeric>

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include "registry/testing/governors.h"
#include "registry/testing/node.h"
#include "registry/testing/random_history.h"
#include "registry/voting.h"

namespace quorum_test {

using namespace avow;
using namespace avow::registry;
using namespace avow::registry::testing;

namespace {

constexpr const char* kMonday = "2026-11-23T08:00:00.000Z";
constexpr std::array kPhases{VotePhase::prepare, VotePhase::commit, VotePhase::close};

}  // namespace

TEST_CASE("ballots of fewer than a quorum decide nothing", "[registry][voting]") {
  CHECK(rc::check("one governor fewer than a quorum, any ballots", [] {
    const auto governors = *rc::gen::inRange<std::size_t>(1, 14);
    Engine engine(*rc::gen::arbitrary<std::uint64_t>());
    // registry/README.md "Voting": floor(2n/3) + 1.
    const auto quorum = 2 * governors / 3 + 1;
    std::vector<std::size_t> some(governors);
    std::iota(some.begin(), some.end(), std::size_t{0});
    std::shuffle(some.begin(), some.end(), engine);
    const auto another = some.at(quorum - 1);
    some.resize(quorum - 1);
    Tally tally(governors, quorum);
    const auto steps = some.empty() ? 0 : below(engine, 200);
    for (std::size_t step = 0; step < steps; ++step) {
      const Ballot ballot{static_cast<std::int64_t>(1 + below(engine, 4)),
                          kPhases.at(below(engine, 3)), static_cast<int>(below(engine, 3)),
                          static_cast<std::int64_t>(below(engine, 4))};
      if (!is_well_formed(ballot)) continue;
      if (below(engine, 2) == 0) {
        tally.put(one_of(some, engine), ballot);
      } else {
        tally.add(one_of(some, engine), ballot);
      }
      RC_ASSERT(tally.decided().empty());
    }
    // What is missing is one governor, and nothing else.
    const Ballot commit{1, VotePhase::commit, 1, 0};
    for (const auto governor : some) tally.put(governor, commit);
    RC_ASSERT(tally.decided().empty());
    tally.put(another, commit);
    RC_ASSERT((tally.decided() == std::vector{Decision{1, 1}}));
  }));
}

TEST_CASE(
    "a node decides no slot by what two of four governors sign, in their own names or others'",
    "[registry][governance]") {
  const Consortium consortium{4};
  const auto charter = consortium.charter();
  Node node(charter);
  const auto before = node.root();
  const auto slot_of = [&](const std::vector<const Organisation*>& governors,
                           const Organisation& suspended) {
    return ballots_for(governors, charter, {suspend_action(suspended.scid, kMonday)});
  };
  std::vector<const Organisation*> all;
  for (const auto& one : consortium.organisations) all.push_back(&one);
  const std::vector<const Organisation*> two(all.begin(), all.begin() + 2);
  const std::vector<Ballots> slots{slot_of(two, *all[2]), slot_of(two, *all[3])};
  // Nothing is decided, so one node serves all draws, and hears more with each.
  CHECK(rc::check("two of four, any signed objects", [&] {
    Engine engine(*rc::gen::arbitrary<std::uint64_t>());
    std::vector<std::string> texts;
    for (const auto& ballots : slots) {
      texts.insert(texts.end(), ballots.votes.begin(), ballots.votes.end());
      texts.push_back(ballots.proposal);
      texts.push_back(ballots.decision);
    }
    for (int i = 0; i < 6; ++i) {
      const auto& value = one_of(slots, engine).slot;
      const auto* by = one_of(two, engine);
      const auto phase = kPhases.at(below(engine, 3));
      const auto round = 1 + below(engine, 3);
      // Of a commit no lock, of a close one with its value or none.
      const auto lock = static_cast<std::int64_t>(
          phase == VotePhase::commit ? 0
                                     : below(engine, round + (phase == VotePhase::close ? 1 : 0)));
      const bool says_nothing = phase == VotePhase::close && lock == 0;
      auto vote = cast(*by, charter, phase, static_cast<std::int64_t>(round),
                       says_nothing ? "" : value.hash, lock);
      texts.push_back(vote.text);
      // In the name of one who did not sign it, under the name of that one's key and of the own.
      const auto* victim = one_of(all, engine);
      vote.governor = victim->scid;
      if (below(engine, 2) == 0) vote.key = victim->key_id;
      const auto forged = sign_vote(vote, by->key);
      if (!forged) continue;
      texts.push_back(forged->text);
      auto commits = parse_decision(one_of(slots, engine).decision)->commits;
      auto third = cast(*by, charter, VotePhase::commit, 1, commits.front().value);
      third.governor = victim->scid;
      third.key = vote.key;
      const auto signed_third = sign_vote(third, by->key);
      if (!signed_third) continue;
      commits.push_back(*signed_third);
      texts.push_back(make_decision(slots.front().slot, commits).text);
    }
    for (const auto& receipt : give_in_any_order(node, texts, engine))
      RC_ASSERT(receipt.decided.empty());
    RC_ASSERT(node.replica->view()->charter().slot() == 1);
  }));
  CHECK(node.root() == before);
  const std::vector<const Organisation*> three(all.begin(), all.begin() + 3);
  give(node, slot_of(three, consortium.organisations[3]).decision);
  CHECK(node.replica->view()->charter().slot() == 2);
}

}  // namespace quorum_test

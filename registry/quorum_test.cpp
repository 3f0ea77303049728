// Fewer than a quorum decide nothing, whatever they sign and in whatever order it comes.

#include <algorithm>
#include <numeric>
#include <random>

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include "registry/testing/governors.h"
#include "registry/testing/node.h"
#include "registry/voting.h"

namespace quorum_test {

using namespace avow;
using namespace avow::registry;
using namespace avow::registry::testing;

namespace {

constexpr const char* kMonday = "2026-11-23T08:00:00.000Z";
constexpr std::array kPhases{VotePhase::prepare, VotePhase::commit, VotePhase::close};

class Draw {
 public:
  explicit Draw(std::uint64_t seed) : engine_(seed) {}
  std::size_t below(std::size_t bound) { return engine_() % bound; }
  template <class T>
  const T& of(const std::vector<T>& all) {
    return all.at(below(all.size()));
  }
  template <class T>
  void shuffle(std::vector<T>& all) {
    std::shuffle(all.begin(), all.end(), engine_);
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace

TEST_CASE("ballots of fewer than a quorum decide nothing", "[registry][voting]") {
  CHECK(rc::check("one governor fewer than a quorum, any ballots", [] {
    const auto governors = *rc::gen::inRange<std::size_t>(1, 14);
    Draw draw(*rc::gen::arbitrary<std::uint64_t>());
    // design/registry.md section 4: floor(2n/3) + 1.
    const auto quorum = 2 * governors / 3 + 1;
    std::vector<std::size_t> some(governors);
    std::iota(some.begin(), some.end(), std::size_t{0});
    draw.shuffle(some);
    const auto another = some.at(quorum - 1);
    some.resize(quorum - 1);
    Tally tally(governors, quorum);
    const auto steps = some.empty() ? 0 : draw.below(200);
    for (std::size_t step = 0; step < steps; ++step) {
      const Ballot ballot{static_cast<std::int64_t>(1 + draw.below(4)), kPhases.at(draw.below(3)),
                          static_cast<int>(draw.below(3)),
                          static_cast<std::int64_t>(draw.below(4))};
      if (!is_well_formed(ballot)) continue;
      if (draw.below(2) == 0) {
        tally.put(draw.of(some), ballot);
      } else {
        tally.add(draw.of(some), ballot);
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
    Draw draw(*rc::gen::arbitrary<std::uint64_t>());
    std::vector<std::string> texts;
    for (const auto& ballots : slots) {
      texts.insert(texts.end(), ballots.votes.begin(), ballots.votes.end());
      texts.push_back(ballots.proposal);
      texts.push_back(ballots.decision);
    }
    for (int i = 0; i < 6; ++i) {
      const auto& value = draw.of(slots).slot;
      const auto* by = draw.of(two);
      const auto phase = kPhases.at(draw.below(3));
      const auto round = 1 + draw.below(3);
      // Of a commit no lock, of a close one with its value or none.
      const auto lock = static_cast<std::int64_t>(
          phase == VotePhase::commit ? 0 : draw.below(round + (phase == VotePhase::close ? 1 : 0)));
      const bool says_nothing = phase == VotePhase::close && lock == 0;
      auto vote = cast(*by, charter, phase, static_cast<std::int64_t>(round),
                       says_nothing ? "" : value.hash, lock);
      texts.push_back(vote.text);
      // In the name of one who did not sign it, under the name of that one's key and of the own.
      const auto* victim = draw.of(all);
      vote.governor = victim->scid;
      if (draw.below(2) == 0) vote.key = victim->key_id;
      const auto forged = sign_vote(vote, by->key);
      if (!forged) continue;
      texts.push_back(forged->text);
      auto commits = parse_decision(draw.of(slots).decision)->commits;
      auto third = cast(*by, charter, VotePhase::commit, 1, commits.front().value);
      third.governor = victim->scid;
      third.key = vote.key;
      const auto signed_third = sign_vote(third, by->key);
      if (!signed_third) continue;
      commits.push_back(*signed_third);
      texts.push_back(make_decision(slots.front().slot, commits).text);
    }
    const auto twice = texts;
    texts.insert(texts.end(), twice.begin(),
                 twice.begin() + static_cast<std::ptrdiff_t>(draw.below(twice.size())));
    draw.shuffle(texts);
    for (const auto& receipt : give_in_commits(node, texts, 1 + draw.below(20)))
      RC_ASSERT(receipt.decided.empty());
    RC_ASSERT(node.replica->view()->charter().slot() == 1);
  }));
  CHECK(node.root() == before);
  const std::vector<const Organisation*> three(all.begin(), all.begin() + 3);
  give(node, slot_of(three, consortium.organisations[3]).decision);
  CHECK(node.replica->view()->charter().slot() == 2);
}

}  // namespace quorum_test

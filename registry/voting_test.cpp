#include "registry/voting.h"

#include <catch2/catch.hpp>

namespace voting_test {

using namespace avow::registry;

namespace {

constexpr int kA = 1;
constexpr int kB = 2;

Ballot prepare(std::int64_t round, int value, std::int64_t lock = 0) {
  return {round, VotePhase::prepare, value, lock};
}
Ballot commit(std::int64_t round, int value) {
  return {round, VotePhase::commit, value, 0};
}
Ballot closing(std::int64_t round, int value = 0, std::int64_t lock = 0) {
  return {round, VotePhase::close, value, lock};
}

/// What governors 0, 1, … have signed: so many of each ballot, from the first governor on.
Tally four(std::initializer_list<std::pair<std::size_t, Ballot>> votes) {
  Tally tally(4, 3);
  for (const auto& [governor, ballot] : votes) tally.put(governor, ballot);
  return tally;
}

std::string refusal(const std::vector<Ballot>& own, const Tally& held, const Ballot& ballot) {
  const auto may = may_sign(own, held, ballot);
  return may ? "" : std::string(code_name(may.error()));
}

}  // namespace

TEST_CASE("a commit needs a quorum of prepares for its value in its round", "[registry][voting]") {
  auto held = four({{0, prepare(1, kA)}, {1, prepare(1, kA)}, {2, prepare(1, kB)}});
  CHECK(refusal({}, held, commit(1, kA)) == "prepares_missing");
  held.put(3, prepare(1, kA));
  CHECK(refusal({}, held, commit(1, kA)).empty());
  CHECK(refusal({}, held, commit(1, kB)) == "prepares_missing");
  CHECK(refusal({}, held, commit(2, kA)) == "prepares_missing");
}

TEST_CASE("a governor signs one prepare and one commit in a round", "[registry][voting]") {
  const auto held = four({{0, prepare(1, kA)}, {1, prepare(1, kA)}, {2, prepare(1, kA)}});
  CHECK(refusal({}, held, prepare(1, kB)).empty());
  CHECK(refusal({prepare(1, kA)}, held, prepare(1, kB)) == "already_signed");
  CHECK(refusal({prepare(1, kA)}, held, prepare(1, kA)) == "already_signed");
  CHECK(refusal({prepare(1, kA)}, held, commit(1, kA)).empty());
  CHECK(refusal({commit(1, kA)}, held, commit(1, kA)) == "already_signed");
}

TEST_CASE("who closed a round is silent in it and in those before", "[registry][voting]") {
  const auto held = four({{0, prepare(1, kA)},
                          {1, prepare(1, kA)},
                          {2, prepare(1, kA)},
                          {0, closing(1)},
                          {1, closing(1)},
                          {2, closing(1)}});
  CHECK(refusal({closing(1)}, held, prepare(1, kA)) == "round_closed");
  CHECK(refusal({closing(1)}, held, commit(1, kA)) == "round_closed");
  CHECK(refusal({closing(2)}, held, prepare(1, kA)) == "round_closed");
  CHECK(refusal({closing(2)}, held, closing(1)) == "round_closed");
  CHECK(refusal({closing(1)}, held, prepare(2, kA)).empty());
  CHECK(refusal({closing(1)}, held, closing(2)).empty());
}

TEST_CASE("a prepare of the next round rests on a quorum of closes", "[registry][voting]") {
  auto held = four({{0, closing(1)}, {1, closing(1)}});
  CHECK(refusal({}, held, prepare(2, kA)) == "closes_missing");
  held.put(2, closing(2));  // of another round
  CHECK(refusal({}, held, prepare(2, kA)) == "closes_missing");
  held.put(2, closing(1));
  CHECK(refusal({}, held, prepare(2, kA)).empty());
  CHECK(refusal({}, held, prepare(3, kA)) == "closes_missing");
}

TEST_CASE("a prepare is for the highest lock that its closes name", "[registry][voting]") {
  const auto certificate = {
      std::pair<std::size_t, Ballot>{0, prepare(1, kA)}, {1, prepare(1, kA)}, {2, prepare(1, kA)}};
  auto held = four(certificate);
  held.put(0, closing(1, kA, 1));
  held.put(1, closing(1));
  held.put(2, closing(1));
  CHECK(refusal({}, held, prepare(2, kB)) == "bound_by_lock");
  CHECK(refusal({}, held, prepare(2, kA)) == "bound_by_lock");  // it must say which lock
  CHECK(refusal({}, held, prepare(2, kB, 1)) == "lock_not_named");
  CHECK(refusal({}, held, prepare(2, kA, 1)).empty());
  // A quorum that names none frees everybody.
  held.put(3, closing(1));
  CHECK(refusal({}, held, prepare(2, kB)).empty());
}

TEST_CASE("a close that names a lock counts only with a quorum of prepares for it",
          "[registry][voting]") {
  auto held = four({{0, prepare(1, kA)},
                    {1, prepare(1, kA)},
                    {0, closing(1, kA, 1)},
                    {1, closing(1)},
                    {2, closing(1)}});
  CHECK(refusal({}, held, prepare(2, kA, 1)) == "closes_missing");
  held.put(2, prepare(1, kA));
  CHECK(refusal({}, held, prepare(2, kA, 1)).empty());
}

TEST_CASE("a close names a lock that can be shown, and none below one's own",
          "[registry][voting]") {
  const auto held = four({{0, prepare(1, kA)}, {1, prepare(1, kA)}, {2, prepare(1, kA)}});
  CHECK(refusal({}, held, closing(1)).empty());
  CHECK(refusal({}, held, closing(1, kA, 1)).empty());
  CHECK(refusal({}, held, closing(1, kB, 1)) == "no_certificate_of_lock");
  CHECK(refusal({commit(1, kA)}, held, closing(1)) == "lock_withheld");
  CHECK(refusal({commit(1, kA)}, held, closing(1, kB, 1)) == "lock_withheld");
  CHECK(refusal({commit(1, kA)}, held, closing(1, kA, 1)).empty());
  CHECK(refusal({}, held, closing(2)) == "round_not_open");
}

TEST_CASE("what is out of form is refused before anything else", "[registry][voting]") {
  const auto held = four({});
  for (const auto& ballot : {prepare(0, kA), prepare(1, 0), prepare(1, -1), prepare(1, kA, 1),
                             prepare(2, kA, 2), commit(1, 0), Ballot{1, VotePhase::commit, kA, 1},
                             closing(1, kA, 0), closing(1, 0, 1), closing(1, kA, 2)}) {
    CAPTURE(ballot.round, name_of(ballot.phase), ballot.value, ballot.lock);
    CHECK(refusal({}, held, ballot) == "malformed_vote");
  }
}

TEST_CASE("a quorum of commits in one round decides, one less does not", "[registry][voting]") {
  auto held =
      four({{0, commit(1, kA)}, {1, commit(1, kA)}, {2, commit(2, kA)}, {3, commit(1, kB)}});
  CHECK(held.decided().empty());
  held.put(2, commit(1, kA));
  CHECK(held.decided() == std::vector<Decision>{{1, kA}});
}

TEST_CASE("two decided values name those who signed both", "[registry][voting]") {
  // A quorum committed to A, and one to B: 1 and 2 are in both.
  const auto held = four({{0, commit(1, kA)},
                          {1, commit(1, kA)},
                          {2, commit(1, kA)},
                          {1, commit(1, kB)},
                          {2, commit(1, kB)},
                          {3, commit(1, kB)}});
  CHECK(held.decided() == std::vector<Decision>{{1, kA}, {1, kB}});
  CHECK((held.signers(commit(1, kA)) & held.signers(commit(1, kB))) == GovernorSet(0b0110));
}

TEST_CASE("five of eight are no quorum: two who sign everything decide two values",
          "[registry][voting]") {
  const auto both_decided = [](std::size_t quorum) {
    Tally held(8, quorum);
    const auto value_of = [](std::size_t governor) { return governor < 3 ? kA : kB; };
    for (std::size_t governor = 0; governor < 6; ++governor)
      held.put(governor, prepare(1, value_of(governor)));
    for (const std::size_t liar : {6U, 7U}) {
      for (const int value : {kA, kB}) {
        held.put(liar, prepare(1, value));
        held.put(liar, commit(1, value));
      }
    }
    for (std::size_t governor = 0; governor < 6; ++governor) {
      const std::vector<Ballot> own{prepare(1, value_of(governor))};
      const auto ballot = commit(1, value_of(governor));
      if (may_sign(own, held, ballot)) held.put(governor, ballot);
    }
    return held.decided().size() == 2;
  };
  CHECK(both_decided(5));
  CHECK_FALSE(both_decided(6));
}

TEST_CASE("of one governor two ballots are kept for one round and phase, and what a lock rests on",
          "[registry][voting]") {
  using Admission = Tally::Admission;
  Tally held(4, 3);
  CHECK(held.add(3, prepare(1, 1)) == Admission::taken);
  CHECK(held.add(3, prepare(1, 1)) == Admission::duplicate);
  CHECK(held.add(3, prepare(1, 2)) == Admission::taken);
  CHECK(held.add(3, prepare(1, 3)) == Admission::one_too_many);
  CHECK(held.add(2, prepare(1, 3)) == Admission::taken);
  CHECK(held.add(3, commit(1, 1)) == Admission::taken);
  CHECK(held.add(0, closing(1, 3, 1)) == Admission::taken);
  CHECK(held.add(3, prepare(1, 3)) == Admission::taken);  // a lock may rest on it
  CHECK(held.add(3, prepare(1, 4)) == Admission::one_too_many);
}

TEST_CASE("beside two prepares of a liar those for what more have prepared than may lie are kept",
          "[registry][voting]") {
  using Admission = Tally::Admission;
  Tally held(4, 3);  // one may lie
  held.put(3, prepare(1, 1));
  held.put(3, prepare(1, 2));
  CHECK(held.add(0, prepare(1, 3)) == Admission::taken);
  CHECK(held.add(3, prepare(1, 3)) == Admission::one_too_many);
  CHECK(held.add(1, prepare(1, 3)) == Admission::taken);
  CHECK(held.add(3, prepare(1, 3)) == Admission::taken);
  CHECK(held.add(3, prepare(1, 4)) == Admission::one_too_many);
}

TEST_CASE("beside two closes of a liar the one that counts is kept", "[registry][voting]") {
  // It showed the others that one: they went on to the next round, and will not close this one again.
  Tally held(4, 3);
  CHECK(held.add(3, closing(1, kA, 1)) == Tally::Admission::taken);
  CHECK(held.add(3, closing(1, kB, 1)) == Tally::Admission::taken);
  CHECK(held.add(3, closing(1)) == Tally::Admission::taken);
  CHECK(held.add(0, closing(1)) == Tally::Admission::taken);
  CHECK(held.add(1, closing(1)) == Tally::Admission::taken);
  CHECK(held.open_round() == 2);
  for (std::size_t i = 0; i < 3; ++i) held.put(i, prepare(1, kB));
  CHECK(held.add(3, closing(1, kB, 1)) == Tally::Admission::duplicate);
}

TEST_CASE("a close that names a lock which nobody can show opens no round", "[registry][voting]") {
  // Of four, the last lies; the first two have closed, and the third must be told to.
  Tally held(4, 3);
  const std::vector<Ballot> third{prepare(1, kA)};
  held.put(0, prepare(1, kA));
  held.put(1, prepare(1, kB));
  held.put(2, prepare(1, kA));
  held.put(3, Ballot{1, VotePhase::close, kA, 1});
  held.put(0, Ballot{1, VotePhase::close, 0, 0});
  held.put(1, Ballot{1, VotePhase::close, 0, 0});
  CHECK(held.open_round() == 1);
  const auto next = next_vote(third, held);
  REQUIRE(next.step == NextStep::close);
  CHECK(next.ballot == Ballot{1, VotePhase::close, 0, 0});
  held.put(2, next.ballot);
  CHECK(held.open_round() == 2);
}

TEST_CASE("nothing of a round is kept before a quorum has closed the one before",
          "[registry][voting]") {
  using Admission = Tally::Admission;
  Tally held(4, 3);
  CHECK(held.add(3, prepare(2, kA)) == Admission::round_not_open);
  CHECK(held.add(3, closing(2)) == Admission::round_not_open);
  CHECK(held.add(0, closing(1)) == Admission::taken);
  CHECK(held.add(1, closing(1)) == Admission::taken);
  CHECK(held.add(3, prepare(2, kA)) == Admission::round_not_open);
  CHECK(held.add(2, closing(1)) == Admission::taken);
  CHECK(held.open_round() == 2);
  CHECK(held.add(3, prepare(2, kA)) == Admission::taken);
  CHECK(held.add(3, prepare(3, kA)) == Admission::round_not_open);
}

TEST_CASE("the next vote is what the rules leave to do", "[registry][voting]") {
  Tally held(4, 3);
  CHECK(next_vote({}, held).step == NextStep::choose);
  held.put(0, prepare(1, kA));
  CHECK(next_vote(std::vector{prepare(1, kA)}, held).step == NextStep::wait);
  held.put(1, prepare(1, kA));
  held.put(2, prepare(1, kB));
  CHECK(next_vote(std::vector{prepare(1, kA)}, held).step == NextStep::wait);
  held.put(3, prepare(1, kB));
  const auto split = next_vote(std::vector{prepare(1, kA)}, held);
  CHECK(split.step == NextStep::close);
  CHECK(split.ballot == closing(1));
  for (const std::size_t governor : {0U, 1U, 2U}) held.put(governor, closing(1));
  CHECK(next_vote(std::vector{prepare(1, kA), closing(1)}, held).step == NextStep::choose);
  for (const std::size_t governor : {0U, 1U, 2U}) held.put(governor, prepare(2, kA));
  const auto certified = next_vote(std::vector{prepare(1, kA), closing(1), prepare(2, kA)}, held);
  CHECK(certified.step == NextStep::commit);
  CHECK(certified.ballot == commit(2, kA));
  for (const std::size_t governor : {0U, 1U, 2U}) held.put(governor, commit(2, kA));
  CHECK(next_vote({}, held).step == NextStep::decided);
}

TEST_CASE("a lock that a close names makes the next prepare a duty", "[registry][voting]") {
  auto held = four({{0, prepare(1, kA)},
                    {1, prepare(1, kA)},
                    {2, prepare(1, kA)},
                    {0, closing(1, kA, 1)},
                    {1, closing(1)}});
  CHECK(next_vote(std::vector{closing(1)}, held).step == NextStep::wait);
  held.put(2, closing(1));
  const auto bound = next_vote(std::vector{closing(1)}, held);
  CHECK(bound.step == NextStep::prepare_bound);
  CHECK(bound.ballot == prepare(2, kA, 1));
}

TEST_CASE("a governor leaves a round with the highest lock that it can show",
          "[registry][voting]") {
  auto held = four({{0, prepare(1, kA)}, {1, prepare(1, kA)}});
  CHECK(closing_ballot({}, held) == closing(1));
  held.put(2, prepare(1, kA));
  CHECK(closing_ballot({}, held) == closing(1, kA, 1));
  for (const std::size_t governor : {0U, 1U, 2U}) held.put(governor, closing(1, kA, 1));
  CHECK(closing_ballot({}, held) == closing(2, kA, 1));
}

}  // namespace voting_test

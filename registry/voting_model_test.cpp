// The rules of voting.h, tried in every interleaving that two rounds of four governors allow, and in random ones of
// seven. What is tried is the code that the node runs: may_sign, Tally and next_vote.

#include <algorithm>
#include <array>
#include <cstdint>
#include <iostream>
#include <optional>
#include <unordered_set>
#include <vector>

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include "core/random.h"
#include "core/testing/runs.h"
#include "core/testing/seeded_random.h"
#include "registry/voting.h"

namespace voting_model_test {

using namespace avow::registry;
using avow::core::testing::runs;
using avow::core::testing::seeds;

namespace {

unsigned without(VotingRule rule) {
  return kAllVotingRules & ~static_cast<unsigned>(rule);
}

/// Every ballot that two values and so many rounds allow. The last round is not closed: nothing follows it.
std::vector<Ballot> all_ballots(std::int64_t rounds, int values) {
  std::vector<Ballot> out;
  for (std::int64_t round = 1; round <= rounds; ++round) {
    for (int value = 1; value <= values; ++value) {
      for (std::int64_t lock = 0; lock < round; ++lock) {
        out.push_back({round, VotePhase::prepare, value, lock});
      }
      out.push_back({round, VotePhase::commit, value, 0});
      for (std::int64_t lock = 1; lock <= round && round < rounds; ++lock) {
        out.push_back({round, VotePhase::close, value, lock});
      }
    }
    if (round < rounds) out.push_back({round, VotePhase::close, 0, 0});
  }
  return out;
}

/// Four governors, of whom the last signs everything that can be signed, at once. The rules are monotone in what is held
/// (a test of its own below), so a governor who holds everything may do whatever one could who holds some of it: a
/// state is what the three honest ones have signed, and any order of delivery is among those tried.
class FourGovernors {
 public:
  explicit FourGovernors(unsigned rules, bool is_renamed = true)
      : rules_(rules), is_renamed_(is_renamed), ballots_(all_ballots(2, 2)) {
    for (std::size_t i = 0; i < ballots_.size(); ++i) {
      auto other = ballots_[i];
      if (other.value > 0) other.value = 3 - other.value;
      const auto found = std::find(ballots_.begin(), ballots_.end(), other);
      swapped_.push_back(static_cast<std::size_t>(found - ballots_.begin()));
    }
  }

  /// Visits all states; stops at the first in which two values are decided.
  void explore() {
    std::vector<State> open{canonical({0, 0, 0})};
    seen_.insert(key(open.front()));
    while (!open.empty() && !conflict_) {
      const auto state = open.back();
      open.pop_back();
      visit(state, open);
    }
  }

  bool conflict() const { return conflict_; }
  bool all_decidable() const { return all_decidable_; }
  std::uint64_t states() const { return states_; }
  std::uint64_t distinct() const { return seen_.size(); }

 private:
  static constexpr std::size_t kHonest = 3;
  using State = std::array<std::uint32_t, kHonest>;  // per honest governor, a bit per ballot signed

  static std::uint64_t key(const State& state) {
    return state[0] | (std::uint64_t{state[1]} << 20U) | (std::uint64_t{state[2]} << 40U);
  }
  State swap_values(const State& state) const {
    State out{};
    for (std::size_t governor = 0; governor < kHonest; ++governor) {
      for (std::size_t i = 0; i < ballots_.size(); ++i) {
        if ((state[governor] >> i & 1U) != 0) out[governor] |= 1U << swapped_[i];
      }
    }
    return out;
  }
  /// Governors have no order and values no names: one state stands for all that differ in those alone.
  State canonical(State state) const {
    if (!is_renamed_) return state;
    auto other = swap_values(state);
    std::sort(state.begin(), state.end());
    std::sort(other.begin(), other.end());
    return std::min(state, other);
  }
  std::uint64_t stands_for(const State& state) const {
    if (!is_renamed_) return 1;
    auto other = swap_values(state);
    std::sort(other.begin(), other.end());
    const bool distinct = state[0] != state[1] && state[1] != state[2];
    const bool same = state[0] == state[1] && state[1] == state[2];
    const std::uint64_t orders = distinct ? 6 : same ? 1 : 3;
    return other == state ? orders : 2 * orders;
  }
  std::vector<Ballot> signed_by(std::uint32_t bits) const {
    std::vector<Ballot> out;
    for (std::size_t i = 0; i < ballots_.size(); ++i) {
      if ((bits >> i & 1U) != 0) out.push_back(ballots_[i]);
    }
    return out;
  }
  Tally tally_of(const State& state) const {
    Tally tally(kHonest + 1, 3);
    for (std::size_t governor = 0; governor < kHonest; ++governor) {
      for (const auto& ballot : signed_by(state[governor])) tally.put(governor, ballot);
    }
    for (const auto& ballot : ballots_) tally.put(kHonest, ballot);
    return tally;
  }

  void visit(const State& state, std::vector<State>& open) {
    states_ += stands_for(state);
    const auto held = tally_of(state);
    const auto decided = held.decided();
    for (const auto& one : decided) conflict_ = conflict_ || one.value != decided.front().value;
    if (conflict_) return;
    bool last = true;
    for (std::size_t governor = 0; governor < kHonest; ++governor) {
      if (is_renamed_ && governor > 0 && state[governor] == state[governor - 1]) continue;
      const auto own = signed_by(state[governor]);
      for (std::size_t i = 0; i < ballots_.size(); ++i) {
        if ((state[governor] >> i & 1U) != 0) continue;
        if (!may_sign(own, held, ballots_[i], rules_)) continue;
        last = false;
        auto next = state;
        next[governor] |= 1U << i;
        next = canonical(next);
        if (seen_.insert(key(next)).second) open.push_back(next);
      }
    }
    // Every state leads to such a last one, so what holds of those holds of all.
    if (last && !is_decidable(state)) all_decidable_ = false;
  }

  /// Do the honest three come to a decision by next_vote, with no commit of the fourth, but every prepare and close that
  /// it could send, those that name locks it cannot show included? When nobody has anything to sign they leave the round,
  /// as people do after a while.
  bool is_decidable(const State& state) const {
    Tally held(kHonest + 1, 3);
    std::array<std::vector<Ballot>, kHonest> own;
    for (std::size_t governor = 0; governor < kHonest; ++governor) {
      own[governor] = signed_by(state[governor]);
      for (const auto& ballot : own[governor]) held.put(governor, ballot);
    }
    for (const auto& ballot : ballots_) {
      if (ballot.phase != VotePhase::commit) held.put(kHonest, ballot);
    }
    const auto sign = [&](std::size_t governor, const Ballot& ballot) {
      if (!may_sign(own[governor], held, ballot)) return false;
      own[governor].push_back(ballot);
      held.add(governor, ballot);
      return true;
    };
    for (int step = 0; step < 40; ++step) {
      bool moved = false;
      for (std::size_t governor = 0; governor < kHonest; ++governor) {
        auto next = next_vote(own[governor], held);
        if (next.step == NextStep::decided) return true;
        if (next.step == NextStep::wait) continue;
        if (next.step == NextStep::choose) next.ballot.value = 1;
        if (!sign(governor, next.ballot)) return false;  // what next_vote says must be allowed
        moved = true;
      }
      for (std::size_t governor = 0; governor < kHonest && !moved; ++governor) {
        sign(governor, closing_ballot(own[governor], held));
      }
    }
    return false;
  }

  const unsigned rules_;
  const bool is_renamed_;
  const std::vector<Ballot> ballots_;
  std::vector<std::size_t> swapped_;
  std::unordered_set<std::uint64_t> seen_;
  std::uint64_t states_ = 0;
  bool conflict_ = false;
  bool all_decidable_ = true;
};

}  // namespace

TEST_CASE(
    "no interleaving of four governors, one of whom signs everything, decides two values in two "
    "rounds, and each "
    "can still come to a decision",
    "[registry][voting][model]") {
  FourGovernors model(kAllVotingRules);
  model.explore();
  std::cout << "voting model: " << model.states() << " states, " << model.distinct()
            << " up to renaming\n";
  CHECK_FALSE(model.conflict());
  CHECK(model.all_decidable());
  // A state is what each of the three has signed, by name. All of them one by one are as many as those that renaming
  // leaves say they stand for.
  CHECK(model.states() > model.distinct());
  CHECK(model.states() == 106'596);  // as the README says: fewer would be another model
  for (int left = runs(0, 1); left > 0; --left) {
    FourGovernors one_by_one(kAllVotingRules, /*is_renamed=*/false);
    one_by_one.explore();
    CHECK_FALSE(one_by_one.conflict());
    CHECK(one_by_one.distinct() == model.states());
  }
}

TEST_CASE("each rule of voting, when taken out, lets two values be decided",
          "[registry][voting][model]") {
  const auto rule =
      GENERATE(VotingRule::sign_once, VotingRule::silence_after_close, VotingRule::close_quorum,
               VotingRule::lock, VotingRule::lock_certificate, VotingRule::prepare_quorum,
               VotingRule::own_lock);
  CAPTURE(static_cast<unsigned>(rule));
  FourGovernors model(without(rule));
  model.explore();
  CHECK(model.conflict());
}

namespace {

/// Seven governors, of whom two sign whatever they like; each holds what has reached it.
class SevenGovernors {
 public:
  static constexpr std::size_t kGovernors = 7;
  static constexpr std::size_t kHonest = 5;

  explicit SevenGovernors(unsigned rules = kAllVotingRules)
      : rules_(rules), ballots_(all_ballots(3, 2)) {
    for (std::size_t i = 0; i < kGovernors; ++i) held_.emplace_back(kGovernors, 5);
  }

  /// One thing happens: a vote arrives, an honest governor signs one of the ballots that it may sign, or does what
  /// next_vote says, or a dishonest one signs anything.
  void step(std::uint64_t dice) {
    const auto governor = dice % kGovernors;
    dice /= kGovernors;
    const auto what = dice % 8;
    dice /= 8;
    if (what < 4) {
      const auto to = dice % (1U << kHonest);
      dice >>= kHonest;
      for (std::size_t i = 0; i < kHonest && !sent_.empty(); ++i) {
        if ((to >> i & 1U) != 0) deliver(sent_[dice % sent_.size()], i);
      }
    } else if (governor >= kHonest) {
      send(governor, ballots_[dice % ballots_.size()]);
    } else if (what < 5) {
      sign(governor, ballots_[dice % ballots_.size()]);
    } else {
      auto next = next_vote(own_[governor], held_[governor]);
      if (next.step == NextStep::choose) next.ballot.value = 1 + static_cast<int>(dice % 2);
      const bool has_ballot = next.step != NextStep::wait && next.step != NextStep::decided;
      if (has_ballot) RC_ASSERT(sign(governor, next.ballot));
    }
  }

  /// One sitting. The honest are in two camps, which hear nothing of each other while it lasts; the liars talk to both,
  /// and say to each what suits its value. Half of the time all that was ever said comes to everybody first.
  void sit(avow::core::Random& random) {
    using avow::core::uniform;
    if (uniform(random, 2) == 0) deliver_all();
    const std::int64_t round = 1 + uniform(random, 2);
    const bool is_left = uniform(random, 3) == 0;
    const auto of_second = uniform(random, 1U << kHonest);
    for (const int value : {1, 2}) {
      const GovernorSet camp = value == 1 ? ~of_second & ((1U << kHonest) - 1) : of_second;
      if (is_left) {
        speak(camp, round, VotePhase::close, value, random);
      } else {
        speak(camp, round, VotePhase::prepare, value, random);
        speak(camp, round, VotePhase::commit, value, random);
      }
    }
  }

  /// The values decided by all votes that were ever signed.
  std::set<int> decided() const {
    std::set<int> values;
    for (const auto& one : all_.decided()) values.insert(one.value);
    return values;
  }

  /// All honest votes reach all honest governors, who act one after the other; of the dishonest there are only closes that
  /// name locks: is something decided in the end?
  bool is_decidable() {
    for (int step = 0; step < 400; ++step) {
      // More than once: a vote of a later round is taken only after the closes of the one before.
      for (int round = 0; round < 4; ++round) deliver_all();
      bool moved = false;
      bool all_decided = true;
      for (std::size_t turn = 0; turn < kHonest && !moved; ++turn) {
        const auto governor = (static_cast<std::size_t>(step) + turn) % kHonest;
        auto next = next_vote(own_[governor], held_[governor]);
        if (next.step == NextStep::decided) continue;
        all_decided = false;
        if (next.step == NextStep::wait) continue;
        if (next.step == NextStep::choose) next.ballot.value = choice(governor, step);
        moved = sign(governor, next.ballot);
        lie_about_locks(next.ballot.round);
      }
      if (all_decided) return true;
      for (std::size_t governor = 0; governor < kHonest && !moved; ++governor) {
        sign(governor, closing_ballot(own_[governor], held_[governor]));
      }
    }
    return false;
  }

 private:
  struct Sent {
    std::size_t governor;
    Ballot ballot;
  };
  void deliver(const Sent& vote, std::size_t to) { held_[to].add(vote.governor, vote.ballot); }
  void deliver_all() {
    for (const auto& vote : sent_) {
      for (std::size_t governor = 0; governor < kHonest; ++governor) deliver(vote, governor);
    }
  }
  /// The liars say to the camp what they could for the value (of the closes some: few of one governor are taken); each of
  /// its honest signs one ballot that it may.
  void speak(const GovernorSet& camp, std::int64_t round, VotePhase phase, int value,
             avow::core::Random& random) {
    std::vector<Ballot> ours;
    for (const auto& ballot : ballots_) {
      const bool suits = ballot.value == value || phase == VotePhase::close;
      if (ballot.round == round && ballot.phase == phase && suits) ours.push_back(ballot);
    }
    const auto hear = [&](const Sent& vote) {
      for (std::size_t to = 0; to < kHonest; ++to) {
        if (camp.test(to)) deliver(vote, to);
      }
    };
    for (const auto& ballot : ours) {
      if (ballot.value != value && ballot.value != 0) continue;
      for (std::size_t liar = kHonest; liar < kGovernors; ++liar) {
        if (phase == VotePhase::close && avow::core::uniform(random, 2) == 0) continue;
        if (!all_.signers(ballot).test(liar)) send(liar, ballot);
        hear({liar, ballot});
      }
    }
    for (std::size_t governor = 0; governor < kHonest; ++governor) {
      if (!camp.test(governor)) continue;
      // From any of them on, so that a close with a lock is as likely as one without.
      const auto first = avow::core::uniform(random, static_cast<std::uint32_t>(ours.size()));
      std::rotate(ours.begin(), ours.begin() + first, ours.end());
      for (const auto& ballot : ours) {
        if (!sign(governor, ballot)) continue;
        hear({governor, ballot});
        break;
      }
    }
  }
  /// They disagree at first, and then come to terms: no rule makes people agree.
  static int choice(std::size_t governor, int step) {
    return step < 60 ? 1 + static_cast<int>(governor % 2) : 1;
  }
  /// The dishonest close a round at once, with locks that nobody has.
  void lie_about_locks(std::int64_t round) {
    for (std::size_t governor = kHonest; governor < kGovernors; ++governor) {
      const Ballot lie{round, VotePhase::close, 1 + static_cast<int>(governor % 2), round};
      const bool is_said = std::any_of(sent_.begin(), sent_.end(), [&](const Sent& one) {
        return one.governor == governor && one.ballot == lie;
      });
      if (!is_said) send(governor, lie);
    }
  }
  void send(std::size_t governor, const Ballot& ballot) {
    sent_.push_back({governor, ballot});
    all_.put(governor, ballot);
  }
  bool sign(std::size_t governor, const Ballot& ballot) {
    if (!may_sign(own_[governor], held_[governor], ballot, rules_)) return false;
    own_[governor].push_back(ballot);
    held_[governor].add(governor, ballot);
    send(governor, ballot);
    return true;
  }

  const unsigned rules_;
  const std::vector<Ballot> ballots_;
  std::vector<Tally> held_;
  std::array<std::vector<Ballot>, kHonest> own_;
  std::vector<Sent> sent_;
  Tally all_{kGovernors, 5};
};

/// Three hundred random steps; whether they never decided two values.
bool walk(SevenGovernors& model, std::uint64_t seed) {
  avow::core::testing::SeededRandom random(seed);
  for (int step = 0; step < 300; ++step) {
    std::array<std::uint8_t, 8> dice{};
    random.fill(dice);
    std::uint64_t number = 0;
    for (const auto byte : dice) number = number << 8U | byte;
    model.step(number);
    if (model.decided().size() > 1U) return false;
  }
  return true;
}

/// A dozen sittings; whether they never decided two values.
bool walk_divided(SevenGovernors& model, std::uint64_t seed) {
  avow::core::testing::SeededRandom random(seed);
  for (int sitting = 0; sitting < 12; ++sitting) model.sit(random);
  return model.decided().size() <= 1U;
}

}  // namespace

TEST_CASE(
    "seven governors, of whom two sign anything, never decide two values, and always one in the "
    "end",
    "[registry][voting][model]") {
  for (const auto seed : seeds(100, 10'000)) {
    INFO("AVOW_SEED=" << seed);
    SevenGovernors model;
    REQUIRE(walk(model, seed));
    REQUIRE(model.is_decidable());
    REQUIRE(model.decided().size() == 1U);
  }
}

TEST_CASE(
    "seven governors, of whom two tell divided camps what suits each, never decide two values, and "
    "always one in the end",
    "[registry][voting][model]") {
  for (const auto seed : seeds(400, 20'000)) {
    INFO("AVOW_SEED=" << seed);
    SevenGovernors model;
    REQUIRE(walk_divided(model, seed));
    if (seed % 10 > 0) continue;  // this costs more than all that came before
    REQUIRE(model.is_decidable());
    REQUIRE(model.decided().size() == 1U);
  }
}

TEST_CASE("each rule of voting, when taken out, lets divided camps of seven decide two values",
          "[registry][voting][model]") {
  // So that the test above can fail. Of 10,000 seeds, 583 (own_lock) to 4,645 (sign_once) found it: a thousand find none
  // once in 10^26 times. Walks of single steps find none in a thousand: chance alone leads no two camps to a quorum.
  const auto rule =
      GENERATE(VotingRule::sign_once, VotingRule::silence_after_close, VotingRule::close_quorum,
               VotingRule::lock, VotingRule::lock_certificate, VotingRule::prepare_quorum,
               VotingRule::own_lock);
  const auto first = seeds(1, 1).front();
  INFO("rule " << static_cast<unsigned>(rule) << ", AVOW_SEED=" << first);
  bool is_found = false;
  for (std::uint64_t seed = first; seed < first + 1'000 && !is_found; ++seed) {
    SevenGovernors model(without(rule));
    is_found = !walk_divided(model, seed);
  }
  CHECK(is_found);
}

TEST_CASE(
    "a liar who named a lock to some, and showed others two other prepares and closes first, stops "
    "nobody",
    "[registry][voting][model]") {
  // What the walks have found.
  SevenGovernors model;
  CHECK(walk(model, 671257592));
  CHECK(model.is_decidable());
}

TEST_CASE("some walks of the seven decide amid lies and losses, not only once all have come",
          "[registry][voting][model]") {
  int decided_early = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    SevenGovernors model;
    CHECK(walk(model, seed));
    if (!model.decided().empty()) ++decided_early;
  }
  CHECK(decided_early > 0);
}

TEST_CASE("more votes never forbid what fewer allowed", "[registry][voting][model]") {
  const auto ballots = all_ballots(3, 2);
  const bool holds = rc::check("may_sign is monotone in what is held", [&] {
    const auto pick = rc::gen::inRange<std::size_t>(0, ballots.size());
    Tally fewer(4, 3);
    for (const auto i : *rc::gen::container<std::vector<std::size_t>>(24, pick)) {
      fewer.put(*rc::gen::inRange<std::size_t>(0, 4), ballots[i]);
    }
    auto more = fewer;
    for (const auto i : *rc::gen::container<std::vector<std::size_t>>(8, pick)) {
      more.put(*rc::gen::inRange<std::size_t>(0, 4), ballots[i]);
    }
    std::vector<Ballot> own;
    for (const auto i : *rc::gen::container<std::vector<std::size_t>>(2, pick))
      own.push_back(ballots[i]);
    for (const auto& ballot : ballots) {
      if (may_sign(own, fewer, ballot)) RC_ASSERT(may_sign(own, more, ballot).has_value());
    }
  });
  CHECK(holds);
}

}  // namespace voting_model_test

#include "registry/voting.h"

#include <algorithm>
#include <array>
#include <limits>

#include "core/enum_table.h"

namespace avow::registry {
namespace {

using core::fail;

constexpr auto kAnyLock = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kMostBallotsEach = 2;

constexpr std::array kPhases{
    core::Named<VotePhase>{VotePhase::prepare, "prepare"},
    core::Named<VotePhase>{VotePhase::commit, "commit"},
    core::Named<VotePhase>{VotePhase::close, "close"},
};
static_assert(core::is_row_for_each(kPhases, &core::Named<VotePhase>::value, VotePhase::close));

using Row = core::Named<VoteRefusal>;
constexpr std::array kRefusals{
    Row{VoteRefusal::malformed_vote, "malformed_vote"},
    Row{VoteRefusal::already_signed, "already_signed"},
    Row{VoteRefusal::round_closed, "round_closed"},
    Row{VoteRefusal::round_not_open, "round_not_open"},
    Row{VoteRefusal::closes_missing, "closes_missing"},
    Row{VoteRefusal::bound_by_lock, "bound_by_lock"},
    Row{VoteRefusal::lock_not_named, "lock_not_named"},
    Row{VoteRefusal::prepares_missing, "prepares_missing"},
    Row{VoteRefusal::lock_withheld, "lock_withheld"},
    Row{VoteRefusal::no_certificate_of_lock, "no_certificate_of_lock"},
};
static_assert(core::is_row_for_each(kRefusals, &Row::value, VoteRefusal::no_certificate_of_lock));

bool has(unsigned rules, VotingRule rule) {
  return (rules & static_cast<unsigned>(rule)) != 0;
}

/// The last commit among them, as the lock that it is; 0 and 0 if there is none.
Decision last_commit(std::span<const Ballot> own) {
  Decision last;
  for (const auto& ballot : own) {
    if (ballot.phase != VotePhase::commit) continue;
    last = std::max(last, Decision{ballot.round, ballot.value});
  }
  return last;
}

bool has_signed(std::span<const Ballot> own, std::int64_t round, VotePhase phase) {
  return std::any_of(own.begin(), own.end(), [&](const Ballot& ballot) {
    return ballot.round == round && ballot.phase == phase;
  });
}

bool has_closed(std::span<const Ballot> own, std::int64_t round) {
  return std::any_of(own.begin(), own.end(), [round](const Ballot& ballot) {
    return ballot.phase == VotePhase::close && ballot.round >= round;
  });
}

core::Result<void, VoteRefusal> may_prepare(const Tally& held, const Ballot& ballot,
                                            unsigned rules) {
  if (ballot.round == 1) return {};
  const auto before = ballot.round - 1;
  const auto needed = has(rules, VotingRule::close_quorum) ? held.quorum() : 1;
  if (held.closers(before, kAnyLock, rules).count() < needed) {
    return fail(VoteRefusal::closes_missing);
  }
  if (!has(rules, VotingRule::lock)) return {};
  if (ballot.lock > 0 && !held.names_lock(before, ballot.value, ballot.lock, rules)) {
    return fail(VoteRefusal::lock_not_named);
  }
  if (held.closers(before, ballot.lock, rules).count() < needed) {
    return fail(VoteRefusal::bound_by_lock);
  }
  return {};
}

core::Result<void, VoteRefusal> may_close(std::span<const Ballot> own, const Tally& held,
                                          const Ballot& ballot, unsigned rules) {
  if (ballot.round > held.open_round()) return fail(VoteRefusal::round_not_open);
  const auto mine = last_commit(own);
  const bool names_mine =
      ballot.lock > mine.round || (ballot.lock == mine.round && ballot.value == mine.value);
  if (has(rules, VotingRule::own_lock) && !names_mine) return fail(VoteRefusal::lock_withheld);
  if (ballot.lock > 0 && !held.has_certificate(ballot.lock, ballot.value)) {
    return fail(VoteRefusal::no_certificate_of_lock);
  }
  return {};
}

/// Can a quorum of commits for one value still come about in this round?
bool can_still_decide(const Tally& held, std::int64_t round) {
  GovernorSet silent;
  for (std::size_t i = 0; i < held.governors(); ++i) silent.set(i);
  const auto free_to_prepare = [&](int value) {
    auto others = held.closers(round, kAnyLock, 0);
    for (const int other : held.values(round)) {
      if (other == value) continue;
      others |= held.supporters(round, VotePhase::prepare, other);
    }
    return silent & ~others;
  };
  const auto free_to_commit = [&](int value) {
    auto others = held.closers(round, kAnyLock, 0);
    for (const int other : held.values(round)) {
      if (other != value) others |= held.supporters(round, VotePhase::commit, other);
    }
    return silent & ~others;
  };
  auto values = held.values(round);
  values.insert(0);  // one that nobody has named yet
  return std::any_of(values.begin(), values.end(), [&](int value) {
    const auto prepared =
        held.supporters(round, VotePhase::prepare, value) | free_to_prepare(value);
    const auto committed = held.supporters(round, VotePhase::commit, value) | free_to_commit(value);
    return prepared.count() >= held.quorum() && committed.count() >= held.quorum();
  });
}

/// The highest lock that the closes held of a round name; 0 and 0 if none.
Decision binding_lock(const Tally& held, std::int64_t round) {
  Decision highest;
  for (const auto& [ballot, signers] : held.ballots()) {
    if (ballot.phase != VotePhase::close || ballot.round != round) continue;
    if (ballot.lock == 0 || !held.has_certificate(ballot.lock, ballot.value)) continue;
    highest = std::max(highest, Decision{ballot.lock, ballot.value});
  }
  return highest;
}

}  // namespace

std::string_view name_of(VotePhase phase) {
  return kPhases[static_cast<std::size_t>(phase)].name;
}

std::string_view code_name(VoteRefusal refusal) {
  return kRefusals[static_cast<std::size_t>(refusal)].name;
}

bool is_well_formed(const Ballot& ballot) {
  if (ballot.round < 1 || ballot.value < 0 || ballot.lock < 0) return false;
  switch (ballot.phase) {
    case VotePhase::prepare:
      return ballot.value > 0 && ballot.lock < ballot.round;
    case VotePhase::commit:
      return ballot.value > 0 && ballot.lock == 0;
    case VotePhase::close:
      return (ballot.value > 0) == (ballot.lock > 0) && ballot.lock <= ballot.round;
  }
  return false;
}

std::pair<Tally::Range, Tally::Range> Tally::range(std::int64_t round, VotePhase phase) const {
  const auto first = ballots_.lower_bound(Ballot{round, phase, 0, 0});
  auto last = first;
  while (last != ballots_.end() && last->first.round == round && last->first.phase == phase) ++last;
  return {first, last};
}

/// Does a commit or close name the value as a lock of that round?
bool Tally::is_named(std::int64_t round, int value) const {
  return std::any_of(ballots_.begin(), ballots_.end(), [&](const auto& entry) {
    const auto& ballot = entry.first;
    if (ballot.value != value) return false;
    return ballot.phase == VotePhase::commit
               ? ballot.round == round
               : ballot.phase == VotePhase::close && ballot.lock == round;
  });
}

Tally::Admission Tally::judge(std::size_t governor, const Ballot& ballot) const {
  if (signers(ballot).test(governor)) return Admission::duplicate;
  if (ballot.round > open_round()) return Admission::round_not_open;
  const auto [first, last] = range(ballot.round, ballot.phase);
  const auto mine = std::count_if(
      first, last, [governor](const auto& entry) { return entry.second.test(governor); });
  // A lock that others hold is named by none here, if a liar alone named it and we took two other closes of it. So many
  // prepare the value of every lock who each prepare once; few values have so many.
  const auto supporters_of_value = supporters(ballot.round, VotePhase::prepare, ballot.value);
  const bool may_be_locked =
      is_named(ballot.round, ballot.value) || supporters_of_value.count() > governors_ - quorum_;
  const bool used_by_certificate =
      ballot.phase == VotePhase::prepare && may_be_locked && !supporters_of_value.test(governor);
  // Of a liar who has shown others a close that counts, and us two that do not, theirs is needed too: they went on with
  // it and close this round no more.
  const bool helps_to_close = ballot.phase == VotePhase::close && counts(ballot, kAllVotingRules) &&
                              !closers(ballot.round, kAnyLock, kAllVotingRules).test(governor);
  return mine < kMostBallotsEach || used_by_certificate || helps_to_close ? Admission::taken
                                                                          : Admission::one_too_many;
}

Tally::Admission Tally::add(std::size_t governor, const Ballot& ballot) {
  const auto admission = judge(governor, ballot);
  if (admission == Admission::taken) put(governor, ballot);
  return admission;
}

std::vector<Decision> Tally::decided() const {
  std::vector<Decision> out;
  for (const auto& [ballot, signers] : ballots_) {
    if (ballot.phase == VotePhase::commit && signers.count() >= quorum_) {
      out.push_back({ballot.round, ballot.value});
    }
  }
  return out;
}

bool Tally::has_certificate(std::int64_t round, int value) const {
  return supporters(round, VotePhase::prepare, value).count() >= quorum_;
}

std::int64_t Tally::open_round() const {
  std::int64_t open = 1;
  while (closers(open, kAnyLock, kAllVotingRules).count() >= quorum_) ++open;
  return open;
}

GovernorSet Tally::signers(const Ballot& ballot) const {
  const auto found = ballots_.find(ballot);
  return found == ballots_.end() ? GovernorSet{} : found->second;
}

GovernorSet Tally::supporters(std::int64_t round, VotePhase phase, int value) const {
  GovernorSet out;
  auto at = ballots_.lower_bound(Ballot{round, phase, value, 0});
  for (; at != ballots_.end(); ++at) {
    const auto& ballot = at->first;
    if (ballot.round != round || ballot.phase != phase || ballot.value != value) break;
    out |= at->second;
  }
  return out;
}

std::set<int> Tally::values(std::int64_t round) const {
  std::set<int> out;
  for (const auto phase : {VotePhase::prepare, VotePhase::commit}) {
    const auto [first, last] = range(round, phase);
    for (auto at = first; at != last; ++at) out.insert(at->first.value);
  }
  return out;
}

bool Tally::counts(const Ballot& close, unsigned rules) const {
  return close.lock == 0 || !has(rules, VotingRule::lock_certificate) ||
         has_certificate(close.lock, close.value);
}

GovernorSet Tally::closers(std::int64_t round, std::int64_t highest, unsigned rules) const {
  GovernorSet out;
  const auto [first, last] = range(round, VotePhase::close);
  for (auto at = first; at != last; ++at) {
    if (at->first.lock <= highest && counts(at->first, rules)) out |= at->second;
  }
  return out;
}

bool Tally::names_lock(std::int64_t round, int value, std::int64_t lock, unsigned rules) const {
  const Ballot close{round, VotePhase::close, value, lock};
  return ballots_.contains(close) && counts(close, rules);
}

core::Result<void, VoteRefusal> may_sign(std::span<const Ballot> own, const Tally& held,
                                         const Ballot& ballot, unsigned rules) {
  if (!is_well_formed(ballot)) return fail(VoteRefusal::malformed_vote);
  if (has(rules, VotingRule::sign_once) && has_signed(own, ballot.round, ballot.phase)) {
    return fail(VoteRefusal::already_signed);
  }
  if (has(rules, VotingRule::silence_after_close) && has_closed(own, ballot.round)) {
    return fail(VoteRefusal::round_closed);
  }
  switch (ballot.phase) {
    case VotePhase::prepare:
      return may_prepare(held, ballot, rules);
    case VotePhase::commit:
      if (has(rules, VotingRule::prepare_quorum) &&
          !held.has_certificate(ballot.round, ballot.value)) {
        return fail(VoteRefusal::prepares_missing);
      }
      return {};
    case VotePhase::close:
      return may_close(own, held, ballot, rules);
  }
  return fail(VoteRefusal::malformed_vote);
}

Ballot closing_ballot(std::span<const Ballot> own, const Tally& held) {
  Ballot close{held.open_round(), VotePhase::close, 0, 0};
  auto lock = last_commit(own);
  for (const auto& [ballot, signers] : held.ballots()) {
    if (ballot.phase != VotePhase::prepare || ballot.round <= lock.round) continue;
    if (held.has_certificate(ballot.round, ballot.value)) lock = {ballot.round, ballot.value};
  }
  close.value = lock.value;
  close.lock = lock.round;
  return close;
}

NextVote next_vote(std::span<const Ballot> own, const Tally& held) {
  if (!held.decided().empty()) return {NextStep::decided};
  const auto round = held.open_round();
  if (has_closed(own, round)) return {NextStep::wait};
  for (const int value : held.values(round)) {
    const Ballot commit{round, VotePhase::commit, value, 0};
    if (may_sign(own, held, commit)) return {NextStep::commit, commit};
  }
  if (!can_still_decide(held, round)) return {NextStep::close, closing_ballot(own, held)};
  if (has_signed(own, round, VotePhase::prepare)) return {NextStep::wait};
  if (round == 1) return {NextStep::choose, {round, VotePhase::prepare, 0, 0}};
  if (held.closers(round - 1, kAnyLock, kAllVotingRules).count() < held.quorum()) {
    return {NextStep::wait};
  }
  const auto bound = binding_lock(held, round - 1);
  const Ballot prepare{round, VotePhase::prepare, bound.value, bound.round};
  return {bound.value == 0 ? NextStep::choose : NextStep::prepare_bound, prepare};
}

}  // namespace avow::registry

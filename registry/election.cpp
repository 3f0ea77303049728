#include "registry/election.h"

#include <algorithm>
#include <set>
#include <utility>

namespace avow::registry {

Election::Election(std::shared_ptr<const Charter> charter)
    : charter_(std::move(charter)),
      tally_(charter_->governors.size(), static_cast<std::size_t>(charter_->quorum)) {}

std::size_t Election::index_of(std::string_view governor) const {
  const auto* found = charter_->governor(governor);
  return static_cast<std::size_t>(found - charter_->governors.data());
}

int Election::value_of(std::string_view hash) const {
  const auto found = std::find(values_.begin(), values_.end(), hash);
  return found == values_.end() ? 0 : static_cast<int>(found - values_.begin());
}

Ballot Election::ballot_of(const Vote& vote) {
  auto value = value_of(vote.value);
  if (value == 0 && !vote.value.empty()) {
    values_.push_back(vote.value);
    value = static_cast<int>(values_.size()) - 1;
  }
  return {vote.round, vote.phase, value, vote.lock};
}

Result<Election::Taken, Error> Election::take(const Vote& vote, const LogOf& log_of) {
  if (votes_.contains(vote.hash)) return Taken::duplicate;
  if (vote.network == charter_->network && vote.slot > charter_->slot() + 1) return Taken::held;
  // Cheap questions first: a round that nobody may vote on yet needs no signature to be put off.
  if (vote.slot == charter_->slot() + 1 && vote.round > tally_.open_round()) return Taken::held;
  if (const auto good = check_vote(vote, *charter_, log_of); !good) {
    if (good.error().code == ErrorCode::epoch_unknown) return Taken::held;
    return fail(good.error());
  }
  const auto known = values_.size();
  const auto ballot = ballot_of(vote);
  switch (tally_.add(index_of(vote.governor), ballot)) {
    case Tally::Admission::taken:
      votes_.emplace(vote.hash, vote);
      return Taken::taken;
    case Tally::Admission::duplicate:
      return Taken::duplicate;  // the same in another epoch's signature
    case Tally::Admission::one_too_many:
    case Tally::Admission::round_not_open:
      break;
  }
  values_.resize(known);
  return Taken::held;
}

Result<Election::Taken, Error> Election::take(const ProposedSlot& proposal, const LogOf& log_of,
                                              bool allow_localhost) {
  if (proposals_.contains(proposal.slot.hash)) return Taken::duplicate;
  auto taken = take(proposal.vote, log_of);
  if (!taken || *taken == Taken::held) return taken;
  if (const auto applied = apply_slot(*charter_, proposal.slot, allow_localhost); !applied) {
    return fail(applied.error());
  }
  proposals_.emplace(proposal.slot.hash, proposal);
  return Taken::taken;
}

void Election::put(const Vote& vote) {
  if (!votes_.emplace(vote.hash, vote).second) return;
  const auto ballot = ballot_of(vote);
  tally_.put(index_of(vote.governor), ballot);
}

void Election::put(const ProposedSlot& proposal) {
  put(proposal.vote);
  proposals_.emplace(proposal.slot.hash, proposal);
}

std::optional<DecidedSlot> Election::decided() const {
  const auto decisions = tally_.decided();
  if (decisions.empty()) return std::nullopt;
  const auto& [round, value] = decisions.front();
  const auto proposal = proposals_.find(hash_of(value));
  if (proposal == proposals_.end()) return std::nullopt;
  std::vector<Vote> commits;
  std::set<std::string> governors;
  for (const auto& [hash, vote] : votes_) {
    const bool is_commit =
        vote.phase == VotePhase::commit && vote.round == round && vote.value == proposal->first;
    if (is_commit && governors.insert(vote.governor).second) commits.push_back(vote);
  }
  return make_decision(proposal->second.slot, std::move(commits));
}

std::vector<Ballot> Election::signed_by(std::string_view governor) const {
  std::vector<Ballot> out;
  if (charter_->governor(governor) == nullptr) return out;
  const auto index = index_of(governor);
  for (const auto& [ballot, signers] : tally_.ballots()) {
    if (signers.test(index)) out.push_back(ballot);
  }
  return out;
}

Result<void, Error> Election::may_sign(std::string_view governor, Ballot ballot,
                                       const std::string& hash) const {
  ballot.value = value_of(hash);
  // A value that nobody has named is another than all.
  if (ballot.value == 0 && !hash.empty()) ballot.value = static_cast<int>(values_.size());
  const auto may = registry::may_sign(signed_by(governor), tally_, ballot);
  if (may) return {};
  return fail(Error{ErrorCode::vote_refused, std::string(code_name(may.error()))});
}

}  // namespace avow::registry

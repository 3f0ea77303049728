#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.h"

namespace avow::registry {

/// How the governors decide one slot. Pure: no signatures, no store, no clock; governors and values are numbers that
/// the caller hands out. registry/README.md "Voting" tells the rules, voting_model_test.cpp tries every interleaving.

inline constexpr std::size_t kMaxGovernors = 256;
using GovernorSet = std::bitset<kMaxGovernors>;

enum class VotePhase { prepare, commit, close };
std::string_view name_of(VotePhase phase);  // "prepare", …

/// What one vote says.
///   prepare  I take `value` in this round. `lock` is the round of the lock that binds me to it, 0 if none does.
///   commit   I hold a quorum of prepares for `value` in this round: it is my lock. `lock` is 0.
///   close    I say nothing more in this round or any before. My highest lock is `value` in round `lock`, or 0 and 0.
struct Ballot {
  std::int64_t round = 1;
  VotePhase phase = VotePhase::prepare;
  int value = 0;  // from 1; 0 is none
  std::int64_t lock = 0;

  friend auto operator<=>(const Ballot&, const Ballot&) = default;
};

/// Are the members of a ballot in range for its phase?
bool is_well_formed(const Ballot& ballot);

/// The rules that keep two values from being decided. The model check takes out one at a time and finds the conflict;
/// everybody else passes kAllVotingRules.
enum class VotingRule : unsigned {
  sign_once = 1,            // one ballot per round and phase
  silence_after_close = 2,  // nothing in rounds at or below one that was closed
  close_quorum = 4,  // a prepare in a later round rests on a quorum of closes of the round before
  lock = 8,          // and is for the highest lock that they name
  lock_certificate = 16,  // a close that names a lock counts only with a quorum of prepares for it
  prepare_quorum = 32,    // a commit rests on a quorum of prepares
  own_lock = 64,          // a close names a lock no lower than one's own last commit
};
inline constexpr unsigned kAllVotingRules = 127;

/// Why a ballot may not be signed.
enum class VoteRefusal {
  malformed_vote,
  already_signed,    // another ballot, or this one, in that round and phase
  round_closed,      // we closed that round or a later one
  round_not_open,    // no quorum has closed the round before
  closes_missing,    // fewer than a quorum of closes that count
  bound_by_lock,     // a quorum of closes only with one that names a higher lock
  lock_not_named,    // no close that counts names this lock
  prepares_missing,  // fewer than a quorum of prepares for the value in that round
  lock_withheld,  // we committed in a later round than the lock that the close names, or to another value
  no_certificate_of_lock,  // fewer than a quorum of prepares for the lock that the close names
};
std::string_view code_name(VoteRefusal refusal);

struct Decision {
  std::int64_t round = 0;
  int value = 0;

  friend auto operator<=>(const Decision&, const Decision&) = default;
};

/// The votes that are held of one slot. Signatures are the caller's to check.
class Tally {
 public:
  /// governors  1..kMaxGovernors, numbered from 0
  Tally(std::size_t governors, std::size_t quorum) : governors_(governors), quorum_(quorum) {}

  enum class Admission { taken, duplicate, one_too_many, round_not_open };
  /// Takes a well-formed ballot. At most two of one governor in one round and phase (the second proves that it signs
  /// twice), and besides them the prepares for a lock that a close or commit names, those for a value
  /// that more have prepared than may lie, and the first of its closes that counts. Nothing of a round before a quorum has
  /// closed the one before, so that a governor cannot fill the store with rounds.
  Admission add(std::size_t governor, const Ballot& ballot);
  /// Takes it whatever is held: for what was judged before, and for the votes of a certificate.
  void put(std::size_t governor, const Ballot& ballot) { ballots_[ballot].set(governor); }
  /// What add would say.
  Admission judge(std::size_t governor, const Ballot& ballot) const;

  /// All values that a quorum committed to in one round: none, one, or, if a third or more sign twice, several.
  std::vector<Decision> decided() const;

  /// A quorum of prepares for the value in that round.
  bool has_certificate(std::int64_t round, int value) const;
  /// The highest round that votes may be about: 1, or the one after the last that a quorum closed.
  std::int64_t open_round() const;
  GovernorSet signers(const Ballot& ballot) const;
  /// Who signed any ballot for the value (whatever its lock) in that round and phase.
  GovernorSet supporters(std::int64_t round, VotePhase phase, int value) const;
  /// Values that somebody prepared or committed to in that round.
  std::set<int> values(std::int64_t round) const;
  const std::map<Ballot, GovernorSet>& ballots() const { return ballots_; }
  std::size_t governors() const { return governors_; }
  std::size_t quorum() const { return quorum_; }

  /// The closes of a round that count: who closed it naming no lock above `highest`.
  GovernorSet closers(std::int64_t round, std::int64_t highest, unsigned rules) const;
  /// Is there a close of that round that counts and names this lock?
  bool names_lock(std::int64_t round, int value, std::int64_t lock, unsigned rules) const;

 private:
  using Range = std::map<Ballot, GovernorSet>::const_iterator;
  std::pair<Range, Range> range(std::int64_t round, VotePhase phase) const;
  bool counts(const Ballot& close, unsigned rules) const;
  bool is_named(std::int64_t round, int value) const;

  std::size_t governors_;
  std::size_t quorum_;
  std::map<Ballot, GovernorSet> ballots_;
};

/// May a governor who has signed `own` in this slot, and holds `held`, sign this ballot too? Monotone in `held`: more
/// votes never forbid what fewer allowed, so what is late or lost makes nothing unsafe.
core::Result<void, VoteRefusal> may_sign(std::span<const Ballot> own, const Tally& held,
                                         const Ballot& ballot, unsigned rules = kAllVotingRules);

enum class NextStep {
  decided,        // nothing is left to do
  wait,           // for others
  commit,         // a quorum prepared the value
  prepare_bound,  // a lock binds everybody to the value: duty, not consent
  choose,         // any value may be prepared
  close,          // nothing can be decided in this round any more
};

/// What a governor should sign next; `ballot` is what it would be, its value 0 for `choose`.
struct NextVote {
  NextStep step = NextStep::wait;
  Ballot ballot = {};
};
NextVote next_vote(std::span<const Ballot> own, const Tally& held);

/// How a governor leaves the open round, if it wants to (a value that it does not consent to stands in the way, or others
/// never answer): a close with the highest lock it can show.
Ballot closing_ballot(std::span<const Ballot> own, const Tally& held);

}  // namespace avow::registry

#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "registry/charter.h"
#include "registry/decided_slot.h"
#include "registry/error.h"
#include "registry/vote.h"
#include "registry/voting.h"

namespace avow::registry {

/// The votes and proposals held of the slot after a charter. A value that may be copied; no store, no clock.
class Election {
 public:
  explicit Election(std::shared_ptr<const Charter> charter);

  const Charter& charter() const { return *charter_; }
  const Tally& tally() const { return tally_; }
  const std::map<std::string, Vote>& votes() const { return votes_; }  // by hash
  const std::map<std::string, ProposedSlot>& proposals() const {
    return proposals_;
  }  // by the slot's hash

  enum class Taken { taken, duplicate, held };
  /// Judges a vote that was read for form, and keeps it. `held`: it may be taken when more is known (its slot or round is
  /// not open yet, its governor's log is not known so far, a third vote that a lock may still rest on).
  /// fails as check_vote
  Result<Taken, Error> take(const Vote& vote, const LogOf& log_of);
  /// Keeps a proposal, and its vote. fails as take, and bad_slot if it could not be applied
  Result<Taken, Error> take(const ProposedSlot& proposal, const LogOf& log_of,
                            bool allow_localhost);
  /// What the store gives back, judged before.
  void put(const Vote& vote);
  void put(const ProposedSlot& proposal);

  /// The decision, once a quorum of commits and the slot itself are held.
  std::optional<DecidedSlot> decided() const;

  /// What one governor signed, of all that is held.
  std::vector<Ballot> signed_by(std::string_view governor) const;
  /// The value of a ballot as a slot's hash, "" for none; and back, 0 for a hash that no vote here names.
  const std::string& hash_of(int value) const { return values_[static_cast<std::size_t>(value)]; }
  int value_of(std::string_view hash) const;
  /// May this governor sign that? `hash` is the value, which need not have been named before.
  Result<void, Error> may_sign(std::string_view governor, Ballot ballot,
                               const std::string& hash) const;

 private:
  std::size_t index_of(std::string_view governor) const;
  Ballot ballot_of(const Vote& vote);

  std::shared_ptr<const Charter> charter_;
  Tally tally_;
  std::vector<std::string> values_{""};
  std::map<std::string, Vote> votes_;
  std::map<std::string, ProposedSlot> proposals_;
};

}  // namespace avow::registry

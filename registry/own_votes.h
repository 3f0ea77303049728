#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/database.h"
#include "core/ed25519.h"
#include "core/timestamp.h"
#include "registry/emergency.h"
#include "registry/error.h"
#include "registry/replica.h"
#include "registry/signing_guard.h"
#include "registry/slot.h"
#include "registry/vote.h"

namespace avow::registry {

/// What this node signs as a governor. Of one slot, round and phase one vote is signed, for ever (signing_guard.h); what
/// holds it, a proposal or a decision, leaves with it.
class OwnVotes {
 public:
  /// `guard` is a file of its own; its mark is of our last vote: epoch the slot, sequence how many we had signed on it before.
  /// `key_id` is the absolute id of the method that `key` belongs to, in version `epoch` of the log of `scid`. All
  /// references must outlive this.
  OwnVotes(Replica& replica, GuardFile& guard, const core::Ed25519SigningKey& key, std::string scid,
           std::string key_id, std::int64_t epoch = 1);

  /// Compares the guard file with the database, at start. Until it succeeded, nothing is signed, and no vote of ours leaves
  /// that the guard file does not know.
  /// fails restored_backup (the guard knows of a vote on an undecided slot that is not here), guard_file; foreign_statement
  ///       (a vote of ours that this node did not make, on an undecided slot): what this node signed leaves all the same
  Result<void, Error> check(core::Connection& connection);

  /// As OwnFeed's.
  Result<std::optional<GuardLoss>, Error> guard_loss(core::Connection& connection) const;
  Result<void, Error> renew_guard() { return guard_.renew(); }

  /// Remembers the votes on the open slot that the guard file counts and a restored database has forgotten, if exactly those
  /// have come back from others. Then check() again.
  /// fails restored_backup (not all of them, or more; whoever has our key may have made one), already_signed, guard_file
  Result<void, Error> recall(core::Transaction& transaction);

  /// Signs a prepare for a slot and proposes it with that.
  /// fails what vote fails with, bad_slot
  Result<Vote, Error> propose(core::Transaction& transaction, const Slot& slot, core::Instant now);
  /// Signs a vote on that slot, which must be the one after the last, and takes it as if it had been received. `value` is a
  /// slot's hash, "" for none; `ballot.value` is not read.
  /// fails no_charter, slot_decided (what this transaction has decided included), bad_slot (a later one), not_a_governor,
  ///       governance_stopped, vote_refused, already_signed, restored_backup (also: never checked), foreign_statement
  Result<Vote, Error> vote(core::Transaction& transaction, std::int64_t slot, const Ballot& ballot,
                           const std::string& value, core::Instant now);
  /// Signs an emergency suspension of a member.
  /// fails no_charter, not_a_governor, unknown_feed, malformed, emergency_too_soon (another of ours for that member begins
  ///       less than 7 days before or after it)
  Result<Emergency, Error> suspend(core::Transaction& transaction, const std::string& scid,
                                   core::Instant from, core::Instant until, core::Instant now);

  /// Brings the guard file up to what is committed and lets that leave; thread-safe.
  /// fails guard_file
  Result<void, Error> release();

 private:
  Result<Vote, Error> sign(core::Transaction& transaction, std::int64_t slot, const Ballot& ballot,
                           const std::string& value);
  std::optional<core::Instant> signed_near(FeedReader& store, const std::string& scid,
                                           core::Instant from) const;
  Result<void, Error> check_ours(FeedReader& store, std::int64_t slot) const;
  static Result<void, Error> check_guard(FeedReader& store, const std::optional<GuardMark>& mark,
                                         std::int64_t open);

  Replica& replica_;
  SigningGuard guard_;
  const core::Ed25519SigningKey& key_;
  const std::string scid_;
  const std::string key_id_;
  const std::int64_t epoch_;
};

}  // namespace avow::registry

#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "core/clock.h"
#include "core/database.h"
#include "core/json.h"
#include "node/audit/audit_log.h"
#include "node/data_directory.h"
#include "node/log.h"
#include "node/membership.h"
#include "registry/own_votes.h"
#include "registry/replica.h"

namespace avow::node {

/// What somebody wants of the network, before anything is signed.
struct SlotDraft {
  registry::Slot slot;
  std::vector<std::string> words;  // one line for each action
};

/// One line for each action of a slot that would follow `before`, with what this node knows against it: what everybody is
/// shown who may sign for it.
std::vector<std::string> words_before_signing(const registry::View& view,
                                              const registry::Charter& before,
                                              const registry::Slot& slot);

/// What the own organisation says as a governor of its network. Like what it says as a member, it waits until a peer was
/// heard; each vote is on disk, and in the guard file of votes, before it leaves.
class Governance {
 public:
  struct Parts {
    core::Database& database;
    const registry::Replica& replica;
    registry::OwnVotes& votes;
    const Membership& membership;
    const AuditLog& audit;
    const Organisation& organisation;
    const core::Clock& clock;
    Log& log;
    bool allow_localhost = false;
  };
  explicit Governance(const Parts& parts) : parts_(parts) {}

  /// At start, once the charter is known: what was voted before the last stop leaves. A restored backup is no failure
  /// here: the node runs, votes on nothing and says so.
  void begin();

  /// Would a vote be signed? Asked of the database and the guard file each time.
  /// fails as vote, but for what is wrong with the vote
  Result<void, Error> check_may_vote();

  /// The next slot with these actions; nothing is signed.
  /// fails conflict (no charter), invalid_input (what cannot be decided)
  Result<SlotDraft, Error> draft(core::Json::Array actions) const;
  /// Proposes the slot of that hash, which draft() gave for these actions.
  /// fails as draft and vote
  Result<registry::Vote, Error> propose(core::Json::Array actions, const std::string& hash,
                                        const std::string& actor);

  /// A vote as a person was shown it.
  struct Ballot {
    std::int64_t slot = 0;
    std::int64_t round = 0;
    registry::VotePhase phase = registry::VotePhase::prepare;
    std::string value;  // a slot's hash; "" in a close without a lock
  };
  /// Signs it, if it is what may be signed next and the slot that it names is held here.
  /// fails conflict (no charter; it has been overtaken; the rules of voting forbid it), denied (we do not govern),
  ///       restored_backup, awaiting_peers, storage
  Result<registry::Vote, Error> vote(const Ballot& ballot, const std::string& actor);

  /// Suspends a member for a while, with as many other governors as an emergency takes.
  /// fails not_found, conflict (another of ours for it begins less than seven days apart), invalid_input (the times),
  ///       and as vote
  Result<registry::Emergency, Error> suspend(const std::string& scid, core::Instant from,
                                             core::Instant until, const std::string& actor);

  /// Called after something was signed: there is something to send.
  std::function<void()> on_said = [] {};

 private:
  Result<void, Error> check();
  bool recall();
  Result<void, Error> act(std::string_view what,
                          const std::function<Result<void, Error>(core::Transaction&)>& work);

  Parts parts_;
  std::mutex turn_;  // one vote at a time: each is signed by what was signed before
};

}  // namespace avow::node

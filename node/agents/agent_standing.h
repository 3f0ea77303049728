#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "node/agents/agent.h"
#include "node/agents/agent_stop_book.h"
#include "node/own_records.h"

namespace avow::node {

/// What a change of an agent's standing did.
struct StandingChange {
  Agent agent;
  OwnStop before;
  OwnStop after;
  /// Why the feed could not say it: then it acts here, and the feed catches up.
  std::optional<Error> unsaid = {};
};

/// Stops agents of the own organisation, whatever credentials they hold and whoever issued them: table, statement,
/// outbox and audit row in one transaction.
class AgentStanding {
 public:
  AgentStanding(const OwnRecords& records, AgentStopBook& book) : records_(records), book_(book) {}

  enum class Change { suspend, resume, disown };
  /// A stop is never refused because the feed cannot say it. What is so already changes nothing; a disowning is final and
  /// may only come earlier. `from` is a disowning's, now if absent.
  /// fails not_found, conflict (resuming who is disowned; a disowning later than the one that is), storage; of resuming
  ///       also what Membership::say fails with
  Result<StandingChange, Error> change(const std::string& name, Change change,
                                       std::optional<core::Instant> from, const std::string& reason,
                                       const std::string& actor);

 private:
  Result<void, Error> change_in(core::Transaction& transaction, StandingChange& result,
                                Change change, core::Instant from, core::Instant now);

  OwnRecords records_;
  AgentStopBook& book_;
};
std::string_view name_of(AgentStanding::Change change);  // "suspend", "resume", "disown"

}  // namespace avow::node

#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/database.h"
#include "node/agents/agent.h"

namespace avow::node {

/// The agents enrolled here, and whose each key is or was. An agent's key itself stands in its document alone, so
/// `public_key` and `deactivated` are not known here. Faults of SQLite are thrown and end where the Database runs the caller.
class SqliteAgentStore {
 public:
  static std::span<const core::Migration> migrations();

  /// False if an agent of that name (without regard to case) is there already: nothing is changed then.
  static bool add(core::Transaction& transaction, const Agent& agent);
  /// Makes a key that DID's for good. False if it is another's: nothing is changed then.
  static bool claim_key(core::Transaction& transaction, const std::string& did,
                        const std::string& multikey);
  /// The name under which a person's DID is known here, if any agent has that owner.
  static std::optional<std::string> owner_name(core::Connection& connection,
                                               const std::string& owner);
  /// The DID of the person who answers for the agent with that DID.
  static std::optional<std::string> owner_of(core::Connection& connection,
                                             const std::string& agent);
  static std::optional<Agent> find(core::Connection& connection, const std::string& name);
  static std::vector<Agent> list(core::Connection& connection, std::size_t limit);  // by name
};

}  // namespace avow::node

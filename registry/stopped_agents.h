#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.h"
#include "core/timestamp.h"
#include "registry/error.h"
#include "registry/hash_trie.h"
#include "registry/statement.h"

namespace avow::registry {

inline constexpr std::size_t kMaxStoppedAgentsPerFeed = 100'000;

/// "u" + base64url(SHA-256(DID)): statements name an agent by it, so that a feed is no list of agents.
std::string agent_hash(std::string_view did);
bool is_agent_hash(std::string_view text);

/// {"agent","suspended"}: the agent is stopped, or goes on.
struct AgentSuspension {
  std::string agent;
  bool suspended = true;
};
Result<AgentSuspension, Error> parse_agent_suspension(const core::Json& body);
core::Json to_json(const AgentSuspension& body);

/// {"agent","from"}: from then on the agent is no longer the member's. For good.
struct AgentDisowning {
  std::string agent;
  core::Instant from;
};
Result<AgentDisowning, Error> parse_agent_disowning(const core::Json& body);
core::Json to_json(const AgentDisowning& body);

/// What a feed says against an agent.
struct AgentStop {
  std::optional<core::Instant> suspended_since = {};
  SaidAt suspended_by = {};  // if it is
  std::optional<core::Instant> disowned_from = {};
  SaidAt disowned_by = {};  // if it is
};

/// The agents that one feed has stopped. The last word on a suspension counts; a disowning is final and may only come
/// earlier. Of a body that breaks its form but names an agent the stop is believed, a resumption is not.
class StoppedAgents {
 public:
  void apply_suspension(const Statement& statement);
  void apply_disowning(const Statement& statement);
  /// fails malformed, no_effect, feed_full
  Result<void, Error> check_suspension(const core::Json& body) const;
  Result<void, Error> check_disowning(const core::Json& body) const;

  /// Null if nothing is said against it.
  const AgentStop* find(std::string_view agent_hash) const;
  /// A stop had no room: of an agent that find() does not know nothing is known.
  bool lacks_some() const { return lacks_some_; }
  /// What the view root holds of one agent: ["agent.suspend",agent,"",since,"","",SCID] and
  /// ["agent.disown",agent,"",from,"","",SCID]
  std::vector<core::Json> rows(const std::string& agent_hash, const std::string& scid) const;
  /// HashTrie::work().
  std::uint64_t work() const { return stops_.work(); }

 private:
  Result<void, Error> check_room(const AgentStop* known) const;
  bool has_room(std::string_view agent);

  HashTrie<AgentStop> stops_;  // by SHA-256 of the agent's hash, whose bits its author may choose
  bool lacks_some_ = false;
};

}  // namespace avow::registry

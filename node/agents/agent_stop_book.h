#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/database.h"
#include "core/timestamp.h"
#include "node/error.h"

namespace avow::node {

/// What the organisation holds against one of its agents.
struct OwnStop {
  bool suspended = false;
  std::optional<core::Instant> disowned_from = {};

  friend bool operator==(const OwnStop&, const OwnStop&) = default;
};

/// The agents that this organisation has stopped, by the hash under which its feed names them; also those that the
/// feed could not say. Resumed ones stay, so that a feed which still calls them suspended is put right. Writing happens
/// in the caller's transaction and reaches memory after its commit; reading is thread-safe.
class AgentStopBook {
 public:
  using Stops = std::map<std::string, OwnStop, std::less<>>;

  static std::span<const core::Migration> migrations();
  /// fails storage
  static Result<std::unique_ptr<AgentStopBook>, Error> load(core::Database& database);

  std::shared_ptr<const Stops> stops() const;
  /// From the transaction, not from memory.
  static OwnStop stop_of(core::Connection& connection, std::string_view agent_hash);
  void put(core::Transaction& transaction, const std::string& agent_hash, const OwnStop& stop);

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const Stops> stops_ = std::make_shared<const Stops>();
};

}  // namespace avow::node

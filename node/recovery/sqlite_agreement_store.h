#pragma once

#include <optional>
#include <span>

#include "core/database.h"
#include "registry/restatement.h"

namespace avow::node {

/// What a person last agreed to take back, until the epoch that it is about is open; the newest only. Faults of SQLite
/// are thrown and end where the Database runs the caller.
class SqliteAgreementStore {
 public:
  static std::span<const core::Migration> migrations();

  static void put(core::Transaction& transaction, const registry::Agreement& agreement);
  static std::optional<registry::Agreement> find(core::Connection& connection);
};

}  // namespace avow::node

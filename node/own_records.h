#pragma once

#include <functional>
#include <optional>
#include <string_view>

#include "core/clock.h"
#include "core/database.h"
#include "did/document_store.h"
#include "node/audit/audit_log.h"
#include "node/data_directory.h"
#include "node/membership.h"

namespace avow::node {

/// What the organisation keeps of itself, and what every change of it touches: tables and documents, what the members hear,
/// the audit log.
struct OwnRecords {
  core::Database& database;
  did::DocumentStore& documents;
  Membership& membership;
  const AuditLog& audit;
  const Organisation& organisation;
  const core::Clock& clock;

  /// Runs `work` in one transaction, with the time that all of it bears. An error of `work` undoes everything; once it is
  /// durable, what it said may leave. `what` names the undertaking if it is the storage that fails.
  Result<void, Error> change(
      std::string_view what,
      const std::function<Result<void, Error>(core::Transaction& transaction, core::Instant now)>&
          work) const;
  /// As change(), for stops: once it is durable it acts here, and what keeps its statement from leaving is no failure.
  /// gives that, if there is anything
  Result<std::optional<Error>, Error> stop(
      std::string_view what,
      const std::function<Result<void, Error>(core::Transaction& transaction, core::Instant now)>&
          work) const;
};

}  // namespace avow::node

#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/database.h"
#include "core/json.h"
#include "did/document_store.h"
#include "node/agents/agent_stop_book.h"
#include "node/data_directory.h"
#include "node/error.h"
#include "node/recovery/unsaid_statements.h"
#include "registry/own_feed.h"
#include "registry/restatement.h"
#include "revocation/status_list_issuer.h"

namespace avow::node {

/// What the next epoch takes back and what it says again, before anything is signed.
struct Recovery {
  std::int64_t epoch = 1;  // the one to be opened
  bool rotates = true;     // false: its version of the log is there, and waits to be opened
  std::vector<registry::MadeElsewhere> made;
  registry::Restatement restatement;
  /// The guard file names a statement of ours that is not on the branch held here.
  std::optional<registry::GuardMark> lost = {};
  /// Of an earlier recovery, and of it what is struck out now.
  std::vector<Waiting> waiting = {};
  std::vector<Waiting> struck_waiting = {};

  /// False: nothing needs a new epoch, and what waits can be struck out in this one.
  bool opens_epoch() const;
  registry::Agreement agreement(const registry::Strikes& strikes) const;
};

/// From what this node's database holds: what peers had to show came there when it last ran.
/// fails storage, invalid_input (a strike that takes nothing out, neither here nor of what waits), restored_backup (the guard file is newer than
///       did.jsonl)
Result<Recovery, Error> plan_recovery(core::Database& database, const DataDirectory& directory,
                                      const Organisation& organisation,
                                      const registry::Strikes& strikes);

/// Keeps what a person has agreed to, in one transaction: the next opening is held to it, and what waits and is struck out
/// is gone.
void keep_agreed(core::Transaction& transaction, const Recovery& recovery,
                 const registry::Strikes& strikes);

/// Takes the stops of a restatement up in the own records, and what is to be said of it among the unsaid statements, in
/// the transaction that opens the epoch.
class Restorer {
 public:
  struct Parts {
    revocation::StatusListIssuer& lists;
    did::DocumentStore& documents;
    AgentStopBook& stops;
  };
  explicit Restorer(const Parts& parts) : parts_(parts) {}

  /// gives what is said again, for the audit log
  /// fails storage
  Result<core::Json, Error> restore(core::Transaction& transaction,
                                    const std::vector<registry::MadeElsewhere>& made,
                                    const registry::Strikes& strikes, core::Instant now) const;

 private:
  Result<void, Error> restore_lists(core::Transaction& transaction,
                                    const registry::Restatement& what, core::Instant now) const;
  Result<void, Error> restore_stops(core::Transaction& transaction,
                                    const registry::Restatement& what, core::Instant now) const;

  Parts parts_;
};

}  // namespace avow::node

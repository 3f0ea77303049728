#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/database.h"
#include "core/json.h"
#include "did/resolver.h"

namespace avow::did {

/// Port: the did:web documents of the own organisation, of its people and its agents, every version kept.
/// As a Resolver it gives any version by its number or by a time, and when the first, this one and the next
/// were written.
/// A row that does not match its own hash is `unavailable`, never a document.
class DocumentStore : public Resolver {
 public:
  /// Writes version 1.
  /// fails conflict (the DID has a document), and what put fails with
  virtual Result<void, Error> create(core::Transaction& transaction, const Did& did,
                                     const core::Json& document, core::Instant now) = 0;
  /// Writes version 1, or the next one if the document differs from the current.
  /// fails invalid_did (not a did:web), invalid_did_document, document_too_large, deactivated, unavailable
  /// throws storage faults of the database, which become an Error in Database::write
  virtual Result<void, Error> put(core::Transaction& transaction, const Did& did,
                                  const core::Json& document, core::Instant now) = 0;

  /// Writes a next version: the same document, deactivated. Nothing can follow it.
  /// fails not_found, deactivated (already), unavailable
  virtual Result<void, Error> deactivate(core::Transaction& transaction, const Did& did,
                                         core::Instant now) = 0;

  /// The newest versions, newest first; at most `limit`, which is 1..1000.
  /// fails not_found, unavailable
  virtual Result<std::vector<Resolution>, Error> history(const Did& did,
                                                         std::size_t limit) const = 0;
  Result<Resolution, Error> current(const Did& did) const { return resolve(did, {}); }
  /// The current document as that connection sees it: in a transaction, with what was written there and before it in one
  /// group, which resolve() does not see yet.
  /// fails not_found, unavailable
  virtual Result<Resolution, Error> current_in(core::Connection& connection,
                                               const Did& did) const = 0;

  /// The DIDs in order of their bytes, those after `after`; at most `limit`, which is 1..1000.
  /// fails unavailable
  virtual Result<std::vector<Did>, Error> list(const std::optional<Did>& after,
                                               std::size_t limit) const = 0;
};

/// The store in SQLite. `database` was opened with document_store_migrations() and outlives it.
std::unique_ptr<DocumentStore> sqlite_document_store(core::Database& database);
std::span<const core::Migration> document_store_migrations();

}  // namespace avow::did

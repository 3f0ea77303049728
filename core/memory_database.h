#pragma once

#include <functional>
#include <memory>
#include <span>

#include "core/database.h"

namespace avow::core {

class SqliteConnection;

/// SQLite without a file and without threads: everything runs on the caller's thread, and is gone with this object. For
/// those who have thousands, as a simulation. Not thread-safe.
class MemoryDatabase {
 public:
  /// With this schema, and nothing in it.
  /// fails storage, here and below
  static Result<std::unique_ptr<MemoryDatabase>, Error> open(std::span<const Migration> migrations);
  ~MemoryDatabase();
  MemoryDatabase(const MemoryDatabase&) = delete;
  MemoryDatabase& operator=(const MemoryDatabase&) = delete;

  /// Another, with what is in this one.
  Result<std::unique_ptr<MemoryDatabase>, Error> copy() const;

  /// As Database::write and read. Calls must not nest.
  Result<void, Error> write(const std::function<Result<void, Error>(Transaction&)>& work);
  Result<void, Error> read(const std::function<void(Connection&)>& work);

 private:
  explicit MemoryDatabase(std::unique_ptr<SqliteConnection> connection);
  std::unique_ptr<SqliteConnection> connection_;
};

}  // namespace avow::core

#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include "core/bytes.h"
#include "core/error.h"

namespace avow::core {

/// A prepared statement. Reading a column of the wrong type gives SQLite's conversion. Faults are thrown as the
/// library's own exceptions and become an Error where the Database runs the caller's function.
class Query {
 public:
  Query(Query&&) noexcept;
  ~Query();

  /// Binds the next parameters, left to right. Texts and blobs are copied.
  Query& bind(std::int64_t value);
  Query& bind(std::string_view value);
  Query& bind(ByteView value);
  Query& bind(std::nullptr_t);
  template <class First, class Second, class... Rest>
  Query& bind(const First& first, const Second& second, const Rest&... rest) {
    bind(first);
    return bind(second, rest...);
  }

  bool step();  // true: a row is there
  void run();   // for statements without rows
  std::int64_t integer(int column) const;
  std::string text(int column) const;
  Bytes blob(int column) const;
  bool is_null(int column) const;

 private:
  friend class SqliteConnection;
  struct Impl;
  explicit Query(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// One connection as a store sees it: prepared statements are cached by their text.
class Connection {
 public:
  virtual ~Connection() = default;
  virtual Query query(std::string_view sql) = 0;
  void run(std::string_view sql) { query(sql).run(); }
  /// Rows changed by the last INSERT, UPDATE or DELETE.
  virtual std::int64_t changes() const = 0;
};

/// The writer's connection inside a transaction.
class Transaction : public Connection {
 public:
  /// Runs after the commit is durable, on the writer's thread, in order of the transactions, before their callers go
  /// on: where state in memory follows the disk. Must not throw and must not write to the database.
  virtual void after_commit(std::function<void()> effect) = 0;
  /// Runs if this is undone instead, before the next that is committed together with it, the latest first: where state in
  /// memory went ahead of the disk for those that follow. Must not throw.
  virtual void on_undo(std::function<void()> effect) = 0;
};

/// One step of a module's schema. A module's steps are applied in order, once, and recorded by (module, version).
struct Migration {
  std::string_view module;
  int version;  // 1, 2, …
  std::string_view sql;
};

/// SQLite with one writer and several readers. WAL, synchronous=FULL, foreign keys, defensive mode, no extension
/// loading, no double-quoted strings, trusted_schema off. Holds an exclusive lock file beside the database while open.
///
/// Each page of the file carries a checksum: what was changed on the disk is `storage` when it is read, never a value.
class Database {
 public:
  /// Opens or creates `file` and brings its schema up to date.
  /// fails locked (another process has it), schema_newer (written by a newer version; nothing is changed), storage
  static Result<std::unique_ptr<Database>, Error> open(const std::filesystem::path& file,
                                                       std::span<const Migration> migrations);
  virtual ~Database() = default;

  /// Runs `work` on the writer's thread inside a savepoint, together with what else is waiting (group commit), and
  /// returns when it is durable. If it fails or throws, only its own changes are undone. Calls must not nest.
  /// fails what `work` fails with; storage, storage_full
  virtual Result<void, Error> write(
      const std::function<Result<void, Error>(Transaction&)>& work) = 0;

  /// Runs `work` on a reader's connection, which sees one snapshot of what was committed.
  virtual Result<void, Error> read(const std::function<void(Connection&)>& work) = 0;

  /// Why no write is taken any more until the database is opened again; nothing while they are.
  virtual std::optional<Error> refuses_writes() const = 0;

  /// Reads everything that is stored, from the disk and not from memory, and compares tables with their indexes.
  /// fails storage: the detail says what is damaged
  virtual Result<void, Error> check() = 0;
};

}  // namespace avow::core

#pragma once

#include <cstdint>
#include <exception>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <SQLiteCpp/SQLiteCpp.h>

#include "core/database.h"

namespace avow::core {

Error damaged_file(const std::string& how);
Error storage_error(const SQLite::Exception& thrown);

/// Where exceptions stop: runs `action` and gives what it threw as an Error.
template <class Action>
std::optional<Error> fault_of(const Action& action) {
  try {
    action();
    return std::nullopt;
  } catch (const SQLite::Exception& thrown) {
    return storage_error(thrown);
  } catch (const std::exception& thrown) {
    return Error{ErrorCode::storage, thrown.what()};
  } catch (...) {
    return Error{ErrorCode::storage, "something that is not an exception was thrown"};
  }
}

/// One connection with its prepared statements. A statement is out of the cache while a Query uses
/// it, so that the same text can be asked again inside its own loop.
class SqliteConnection final : public Connection {
 public:
  /// throws SQLite::Exception, here and below
  SqliteConnection(const std::filesystem::path& file, int flags);

  Query query(std::string_view sql) override;
  std::int64_t changes() const override;

  /// Any number of statements, not cached.
  void execute(std::string_view sql) { database_.exec(std::string(sql)); }
  /// In place of what is in this one.
  void copy_all_of(SqliteConnection& other);
  void set_checkpoint_on_close(bool wanted);
  bool in_transaction() const;
  int last_error() const;  // SQLite's extended code

  /// From a Query that has ended.
  void give_back(const std::string& sql, std::unique_ptr<SQLite::Statement> statement);

 private:
  sqlite3* handle() { return database_.getHandle(); }
  void reserve_checksums();
  void configure(int option, bool on);

  SQLite::Database database_;
  std::multimap<std::string, std::unique_ptr<SQLite::Statement>, std::less<>> idle_;
};

}  // namespace avow::core

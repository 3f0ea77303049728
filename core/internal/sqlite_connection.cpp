#include "core/internal/sqlite_connection.h"

#include <utility>

#include <SQLiteCpp/Backup.h>
#include <sqlite3.h>

#include "core/internal/page_checksums.h"

namespace avow::core {
namespace {

constexpr std::size_t kMaxIdleStatements = 256;
constexpr int kBusyTimeoutMs = 5000;

}  // namespace

Error damaged_file(const std::string& how) {
  return {ErrorCode::storage, "the database file is damaged, or not one of this program: " + how};
}

Error storage_error(const SQLite::Exception& thrown) {
  const int primary = thrown.getErrorCode() & 0xFF;
  if (primary == SQLITE_FULL) return {ErrorCode::storage_full, thrown.what()};
  const bool damaged = thrown.getExtendedErrorCode() == SQLITE_IOERR_DATA ||
                       primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB;
  if (damaged) return damaged_file(thrown.what());
  return {ErrorCode::storage, thrown.what()};
}

SqliteConnection::SqliteConnection(const std::filesystem::path& file, int flags)
    : database_(file.string(), flags, kBusyTimeoutMs, checksummed_files()) {
  reserve_checksums();
  configure(SQLITE_DBCONFIG_DEFENSIVE, true);
  configure(SQLITE_DBCONFIG_TRUSTED_SCHEMA, false);
  configure(SQLITE_DBCONFIG_DQS_DML, false);
  configure(SQLITE_DBCONFIG_DQS_DDL, false);
  configure(SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, false);
  set_checkpoint_on_close(false);
  sqlite3_extended_result_codes(handle(), 1);
}

std::int64_t SqliteConnection::changes() const {
  return sqlite3_changes64(database_.getHandle());
}

void SqliteConnection::copy_all_of(SqliteConnection& other) {
  SQLite::Backup(database_, other.database_).executeStep(-1);
}

void SqliteConnection::set_checkpoint_on_close(bool wanted) {
  configure(SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, !wanted);
}

bool SqliteConnection::in_transaction() const {
  return sqlite3_get_autocommit(database_.getHandle()) == 0;
}

int SqliteConnection::last_error() const {
  return sqlite3_extended_errcode(database_.getHandle());
}

void SqliteConnection::give_back(const std::string& sql,
                                 std::unique_ptr<SQLite::Statement> statement) {
  statement->tryReset();
  statement->clearBindings();
  if (idle_.size() < kMaxIdleStatements) idle_.emplace(sql, std::move(statement));
}

/// Without effect on a database that has pages.
void SqliteConnection::reserve_checksums() {
  int bytes = kPageChecksumBytes;
  if (sqlite3_file_control(handle(), "main", SQLITE_FCNTL_RESERVE_BYTES, &bytes) != SQLITE_OK) {
    throw SQLite::Exception(handle());
  }
  execute("PRAGMA page_size = " + std::to_string(kPageBytes));
}

void SqliteConnection::configure(int option, bool on) {
  if (sqlite3_db_config(handle(), option, on ? 1 : 0, nullptr) != SQLITE_OK) {
    throw SQLite::Exception(handle());
  }
}

struct Query::Impl {
  Impl(SqliteConnection& owner, std::string text, std::unique_ptr<SQLite::Statement> prepared)
      : connection(owner), sql(std::move(text)), statement(std::move(prepared)) {}
  ~Impl() { connection.give_back(sql, std::move(statement)); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  SqliteConnection& connection;
  std::string sql;
  std::unique_ptr<SQLite::Statement> statement;
  int next_parameter = 1;
};

Query::Query(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Query::Query(Query&&) noexcept = default;
Query::~Query() = default;

Query& Query::bind(std::int64_t value) {
  impl_->statement->bind(impl_->next_parameter++, value);
  return *this;
}

Query& Query::bind(std::string_view value) {
  impl_->statement->bind(impl_->next_parameter++, std::string(value));
  return *this;
}

Query& Query::bind(ByteView value) {
  if (value.size() > INT_MAX) throw std::length_error("a blob over 2 GiB");
  // An empty view may have no address, which SQLite would take for NULL.
  const void* start = value.empty() ? "" : static_cast<const void*>(value.data());
  impl_->statement->bind(impl_->next_parameter++, start, static_cast<int>(value.size()));
  return *this;
}

Query& Query::bind(std::nullptr_t) {
  impl_->statement->bind(impl_->next_parameter++);
  return *this;
}

bool Query::step() {
  return impl_->statement->executeStep();
}

void Query::run() {
  impl_->statement->exec();
  impl_->statement->reset();
  impl_->statement->clearBindings();
  impl_->next_parameter = 1;
}

std::int64_t Query::integer(int column) const {
  return impl_->statement->getColumn(column).getInt64();
}

std::string Query::text(int column) const {
  return impl_->statement->getColumn(column).getString();
}

Bytes Query::blob(int column) const {
  const SQLite::Column value = impl_->statement->getColumn(column);
  const auto* start = static_cast<const std::uint8_t*>(value.getBlob());
  return start == nullptr ? Bytes() : Bytes(start, start + value.getBytes());
}

bool Query::is_null(int column) const {
  return impl_->statement->isColumnNull(column);
}

Query SqliteConnection::query(std::string_view sql) {
  std::string text(sql);
  std::unique_ptr<SQLite::Statement> statement;
  if (const auto found = idle_.find(sql); found != idle_.end()) {
    statement = std::move(found->second);
    idle_.erase(found);
  } else {
    statement = std::make_unique<SQLite::Statement>(database_, text);
  }
  return Query(std::make_unique<Query::Impl>(*this, std::move(text), std::move(statement)));
}

}  // namespace avow::core

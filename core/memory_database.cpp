#include "core/memory_database.h"

#include <utility>
#include <vector>

#include "core/internal/sqlite_connection.h"

namespace avow::core {
namespace {

constexpr const char* kNoFile = ":memory:";

class LoneTransaction final : public Transaction {
 public:
  explicit LoneTransaction(SqliteConnection& connection) : connection_(connection) {}
  Query query(std::string_view sql) override { return connection_.query(sql); }
  std::int64_t changes() const override { return connection_.changes(); }
  void after_commit(std::function<void()> effect) override {
    effects_.push_back(std::move(effect));
  }
  void on_undo(std::function<void()> effect) override { undos_.push_back(std::move(effect)); }

  void committed() {
    for (const auto& effect : effects_) effect();
  }
  void undone() {
    for (auto undo = undos_.rbegin(); undo != undos_.rend(); ++undo) (*undo)();
  }

 private:
  SqliteConnection& connection_;
  std::vector<std::function<void()>> effects_;
  std::vector<std::function<void()>> undos_;
};

std::unique_ptr<SqliteConnection> open_empty() {
  return std::make_unique<SqliteConnection>(kNoFile, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
}

}  // namespace

MemoryDatabase::MemoryDatabase(std::unique_ptr<SqliteConnection> connection)
    : connection_(std::move(connection)) {}
MemoryDatabase::~MemoryDatabase() = default;

Result<std::unique_ptr<MemoryDatabase>, Error> MemoryDatabase::open(
    std::span<const Migration> migrations) {
  std::unique_ptr<SqliteConnection> connection;
  const auto fault = fault_of([&] {
    connection = open_empty();
    for (const Migration& step : migrations) connection->execute(step.sql);
    connection->execute("PRAGMA foreign_keys = ON");
  });
  if (fault) return fail(*fault);
  return std::unique_ptr<MemoryDatabase>(new MemoryDatabase(std::move(connection)));
}

Result<std::unique_ptr<MemoryDatabase>, Error> MemoryDatabase::copy() const {
  std::unique_ptr<SqliteConnection> connection;
  const auto fault = fault_of([&] {
    connection = open_empty();
    connection->copy_all_of(*connection_);
    connection->execute("PRAGMA foreign_keys = ON");
  });
  if (fault) return fail(*fault);
  return std::unique_ptr<MemoryDatabase>(new MemoryDatabase(std::move(connection)));
}

Result<void, Error> MemoryDatabase::write(
    const std::function<Result<void, Error>(Transaction&)>& work) {
  LoneTransaction transaction(*connection_);
  Result<void, Error> done;
  const auto fault = fault_of([&] {
    connection_->run("BEGIN");
    done = work(transaction);
    if (done) connection_->run("COMMIT");
  });
  if (fault) done = fail(*fault);
  if (!done) {
    if (connection_->in_transaction()) fault_of([&] { connection_->run("ROLLBACK"); });
    transaction.undone();
    return done;
  }
  transaction.committed();
  return done;
}

Result<void, Error> MemoryDatabase::read(const std::function<void(Connection&)>& work) {
  const auto fault = fault_of([&] { work(*connection_); });
  if (fault) return fail(*fault);
  return {};
}

}  // namespace avow::core

#include "core/database.h"

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <climits>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <map>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include <SQLiteCpp/SQLiteCpp.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/file.h>

#include "core/file_descriptor.h"
#include "core/internal/sqlite_connection.h"

namespace avow::core {
namespace {

constexpr std::size_t kReaders = 4;
constexpr std::size_t kMaxBatch = 256;

Error system_error(const std::string& what, const std::filesystem::path& file) {
  return {ErrorCode::storage, what + " " + file.string() + ": " + std::strerror(errno)};
}

/// The exclusive lock beside the database, held until this goes. The kernel drops it when the
/// process dies.
class LockFile {
 public:
  static Result<LockFile, Error> take(const std::filesystem::path& file) {
    LockFile lock(FileDescriptor(
        ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR)));
    if (!lock.descriptor_.is_open()) return fail(system_error("cannot open", file));
    if (::flock(lock.descriptor_.get(), LOCK_EX | LOCK_NB) == 0) return lock;
    if (errno != EWOULDBLOCK) return fail(system_error("cannot lock", file));
    return fail(Error{ErrorCode::locked, "the database is open elsewhere: " + file.string()});
  }

 private:
  explicit LockFile(FileDescriptor descriptor) : descriptor_(std::move(descriptor)) {}
  FileDescriptor descriptor_;
};

/// SQLite would create the file with the mode of the umask; its WAL takes the mode of the file.
std::optional<Error> create_private(const std::filesystem::path& file) {
  const FileDescriptor created(
      ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (!created.is_open()) return system_error("cannot open", file);
  return std::nullopt;
}

using Versions = std::map<std::string, std::int64_t, std::less<>>;

Versions recorded_versions(Connection& connection) {
  Versions recorded;
  auto table = connection.query("SELECT 1 FROM sqlite_schema WHERE name = 'schema_version'");
  if (!table.step()) return recorded;
  auto rows = connection.query("SELECT module, max(version) FROM schema_version GROUP BY module");
  while (rows.step()) recorded[rows.text(0)] = rows.integer(1);
  return recorded;
}

/// A module that is recorded but not known here counts as newer too: somebody wrote it whom we do
/// not understand.
std::optional<Error> newer_than_known(const Versions& recorded,
                                      std::span<const Migration> migrations) {
  Versions known;
  for (const Migration& step : migrations) {
    std::int64_t& latest = known[std::string(step.module)];
    assert(step.version == latest + 1);
    latest = step.version;
  }
  for (const auto& [module, version] : recorded) {
    const auto found = known.find(module);
    const std::int64_t latest = found == known.end() ? 0 : found->second;
    if (version > latest) {
      return Error{ErrorCode::schema_newer, "schema of " + module + " is at version " +
                                                std::to_string(version) + ", known here is " +
                                                std::to_string(latest)};
    }
  }
  return std::nullopt;
}

/// Applies what is missing, all of it or nothing.
void migrate(SqliteConnection& writer, const Versions& recorded,
             std::span<const Migration> migrations) {
  writer.execute("BEGIN IMMEDIATE");
  writer.execute(
      "CREATE TABLE IF NOT EXISTS schema_version("
      "module TEXT NOT NULL, version INTEGER NOT NULL, PRIMARY KEY(module, version)) STRICT");
  for (const Migration& step : migrations) {
    const auto found = recorded.find(step.module);
    if (found != recorded.end() && step.version <= found->second) continue;
    writer.execute(step.sql);
    writer.query("INSERT INTO schema_version(module, version) VALUES(?, ?)")
        .bind(step.module, std::int64_t{step.version})
        .run();
  }
  writer.execute("COMMIT");
}

void set_writer_pragmas(SqliteConnection& writer) {
  auto mode = writer.query("PRAGMA journal_mode = WAL");
  if (!mode.step() || mode.text(0) != "wal") {
    throw std::runtime_error("the file system does not allow a write-ahead log");
  }
  writer.execute(
      "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA wal_autocheckpoint = 1000");
}

/// The readers, lent one at a time to a thread.
class ReaderPool {
 public:
  void open(const std::filesystem::path& file) {
    for (std::size_t i = 0; i < kReaders; ++i) {
      auto reader = std::make_unique<SqliteConnection>(file, SQLite::OPEN_READONLY);
      // Only the writer checkpoints: SQLite up to 3.51.2 can damage a WAL that two connections
      // reset at once.
      reader->execute("PRAGMA wal_autocheckpoint = 0");
      idle_.push_back(std::move(reader));
    }
  }

  std::unique_ptr<SqliteConnection> take() {
    std::unique_lock lock(mutex_);
    returned_.wait(lock, [this] { return !idle_.empty(); });
    auto reader = std::move(idle_.back());
    idle_.pop_back();
    return reader;
  }

  void give_back(std::unique_ptr<SqliteConnection> reader) {
    {
      const std::lock_guard lock(mutex_);
      idle_.push_back(std::move(reader));
    }
    returned_.notify_one();
  }

 private:
  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<std::unique_ptr<SqliteConnection>> idle_;
};

using Work = std::function<Result<void, Error>(Transaction&)>;

/// One caller's write. It lives on the caller's stack until `done`.
struct Job {
  explicit Job(const Work& asked) : work(asked) {}
  const Work& work;
  std::optional<Error> error;
  std::vector<std::function<void()>> effects;
  std::vector<std::function<void()>> undos;
  bool done = false;

  void undo() {
    for (auto undo = undos.rbegin(); undo != undos.rend(); ++undo) (*undo)();
    undos.clear();
  }
};

class WriterTransaction final : public Transaction {
 public:
  WriterTransaction(SqliteConnection& writer, Job& job) : writer_(writer), job_(job) {}
  Query query(std::string_view sql) override { return writer_.query(sql); }
  std::int64_t changes() const override { return writer_.changes(); }
  void after_commit(std::function<void()> effect) override {
    job_.effects.push_back(std::move(effect));
  }
  void on_undo(std::function<void()> effect) override { job_.undos.push_back(std::move(effect)); }

 private:
  SqliteConnection& writer_;
  Job& job_;
};

class SqliteDatabase final : public Database {
 public:
  SqliteDatabase(LockFile lock, std::unique_ptr<SqliteConnection> writer,
                 std::filesystem::path file)
      : lock_(std::move(lock)), file_(std::move(file)), writer_(std::move(writer)) {
    readers_.open(file_);
    thread_ = std::thread([this] { serve_writes(); });
  }

  ~SqliteDatabase() override {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    queued_.notify_one();
    thread_.join();
  }
  SqliteDatabase(const SqliteDatabase&) = delete;
  SqliteDatabase& operator=(const SqliteDatabase&) = delete;

  Result<void, Error> write(const Work& work) override {
    assert(std::this_thread::get_id() != thread_.get_id());
    Job job(work);
    std::unique_lock lock(mutex_);
    queue_.push_back(&job);
    queued_.notify_one();
    finished_.wait(lock, [&job] { return job.done; });
    if (job.error) return fail(*job.error);
    return {};
  }

  Result<void, Error> read(const std::function<void(Connection&)>& work) override {
    auto reader = readers_.take();
    const auto fault = fault_of([&] {
      reader->run("BEGIN");
      work(*reader);
      reader->run("COMMIT");
    });
    if (fault && reader->in_transaction()) fault_of([&] { reader->run("ROLLBACK"); });
    readers_.give_back(std::move(reader));
    if (fault) return fail(*fault);
    return {};
  }

  std::optional<Error> refuses_writes() const override {
    const std::lock_guard lock(mutex_);
    return lost_disk_;
  }

  Result<void, Error> check() override {
    std::string found;
    const auto fault = fault_of([&] {
      // A connection of its own, which has nothing in its cache.
      SqliteConnection reader(file_, SQLite::OPEN_READONLY);
      auto rows = reader.query("PRAGMA integrity_check(1)");
      found = rows.step() ? rows.text(0) : "nothing was found out";
    });
    if (fault) return fail(*fault);
    if (found != "ok") return fail(damaged_file(found));
    return {};
  }

 private:
  void serve_writes() {
    for (;;) {
      const std::vector<Job*> batch = next_batch();
      if (batch.empty()) return;
      commit(batch);
      {
        const std::lock_guard lock(mutex_);
        for (Job* job : batch) job->done = true;
      }
      finished_.notify_all();
    }
  }

  /// What came in while the last batch was committed; empty when the database is closing.
  std::vector<Job*> next_batch() {
    std::unique_lock lock(mutex_);
    queued_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    const auto count = static_cast<std::ptrdiff_t>(std::min(queue_.size(), kMaxBatch));
    std::vector<Job*> batch(queue_.begin(), queue_.begin() + count);
    queue_.erase(queue_.begin(), queue_.begin() + count);
    return batch;
  }

  void commit(const std::vector<Job*>& batch) {
    std::optional<Error> fault = lost_disk_;
    if (!fault) fault = run_and_commit(batch);
    if (fault) {
      for (auto job = batch.rbegin(); job != batch.rend(); ++job) (*job)->undo();
    }
    for (Job* job : batch) {
      if (fault) job->error = fault;
      if (job->error) continue;
      for (const auto& effect : job->effects) effect();
    }
  }

  std::optional<Error> run_and_commit(const std::vector<Job*>& batch) {
    std::optional<Error> lost;
    auto fault = fault_of([&] {
      writer_->run("BEGIN IMMEDIATE");
      for (Job* job : batch) {
        run_in_savepoint(*job);
        if (writer_->in_transaction()) continue;
        // A full disk or a fault of the disk can make SQLite give up the whole transaction.
        lost = job->error.value_or(Error{ErrorCode::storage, "a job ended the transaction"});
        return;
      }
      writer_->run("COMMIT");
    });
    if (lost) return lost;
    if (!fault) return std::nullopt;
    const int reason = writer_->last_error();
    // After a failed sync the kernel may drop the pages and call the next sync a success, so
    // nothing written from here on could be promised.
    if (reason == SQLITE_IOERR_FSYNC || reason == SQLITE_IOERR_DIR_FSYNC) {
      const std::lock_guard lock(mutex_);
      lost_disk_ = Error{ErrorCode::storage, "the disk failed to sync; read-only until reopened"};
    }
    if (writer_->in_transaction()) fault_of([&] { writer_->run("ROLLBACK"); });
    return fault;
  }

  /// Throws only if the job's changes cannot be undone, so that the batch must go.
  void run_in_savepoint(Job& job) {
    writer_->run("SAVEPOINT job");
    std::optional<Error> refused;
    const auto fault = fault_of([&] {
      WriterTransaction transaction(*writer_, job);
      const auto result = job.work(transaction);
      if (!result) refused = result.error();
    });
    job.error = fault ? fault : refused;
    if (!writer_->in_transaction()) return;
    if (job.error) {
      writer_->run("ROLLBACK TO job");
      job.undo();
    }
    writer_->run("RELEASE job");
  }

  LockFile lock_;
  const std::filesystem::path file_;
  std::unique_ptr<SqliteConnection> writer_;
  ReaderPool readers_;  // closed before the writer, which checkpoints last
  mutable std::mutex mutex_;
  std::condition_variable queued_;
  std::condition_variable finished_;
  std::deque<Job*> queue_;
  bool stopping_ = false;
  std::optional<Error> lost_disk_;  // set by the writer's thread alone
  std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<Database>, Error> Database::open(const std::filesystem::path& file,
                                                        std::span<const Migration> migrations) {
  auto lock = LockFile::take(file.string() + ".lock");
  if (!lock) return fail(lock.error());
  if (auto fault = create_private(file)) return fail(*fault);

  std::unique_ptr<Database> database;
  std::optional<Error> refused;
  const auto fault = fault_of([&] {
    auto writer = std::make_unique<SqliteConnection>(file, SQLite::OPEN_READWRITE);
    const Versions recorded = recorded_versions(*writer);
    refused = newer_than_known(recorded, migrations);
    if (refused) return;
    set_writer_pragmas(*writer);
    migrate(*writer, recorded, migrations);
    writer->set_checkpoint_on_close(true);
    database = std::make_unique<SqliteDatabase>(std::move(*lock), std::move(writer), file);
  });
  if (fault) return fail(*fault);
  if (refused) return fail(*refused);
  return database;
}

}  // namespace avow::core

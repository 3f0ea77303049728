#include "core/database.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <thread>

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/testing/temp_dir.h"

using namespace avow::core;
using avow::core::testing::TempDir;

namespace {
std::atomic<bool> disk_fails{false};
}  // namespace

// SQLite's sync ends here instead of in the C library, so that a test can let the disk fail.
extern "C" int fdatasync(int descriptor) {
  if (!disk_fails) return static_cast<int>(::syscall(SYS_fdatasync, descriptor));
  errno = EIO;
  return -1;
}

namespace {

const Migration kNotes{"notes", 1, "CREATE TABLE note(id INTEGER PRIMARY KEY, body TEXT) STRICT;"};
const Migration kLinks{"notes", 2,
                       "CREATE TABLE link(note INTEGER NOT NULL REFERENCES note(id) "
                       "DEFERRABLE INITIALLY DEFERRED) STRICT; INSERT INTO note VALUES(1000, 'x')"};

std::unique_ptr<Database> open_notes(const TempDir& dir) {
  auto opened = Database::open(dir / "a.db", std::vector<Migration>{kNotes});
  REQUIRE(opened);
  return std::move(*opened);
}

Result<void, Error> insert(Connection& in, std::int64_t id, std::string_view body) {
  in.query("INSERT INTO note(id, body) VALUES(?, ?)").bind(id, body).run();
  return {};
}

Result<void, Error> add(Database& database, std::int64_t id, std::string_view body) {
  return database.write([&](Transaction& in) { return insert(in, id, body); });
}

std::int64_t count(Database& database, std::string_view table = "note") {
  std::int64_t rows = -1;
  REQUIRE(database.read([&](Connection& in) {
    auto query = in.query("SELECT count(*) FROM " + std::string(table));
    REQUIRE(query.step());
    rows = query.integer(0);
  }));
  return rows;
}

std::string content(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// Runs `jobs` so that they are waiting together while another write is still running. Catch2 is not thread-safe:
/// jobs must not assert.
void write_while_busy(Database& database, const std::vector<std::function<void()>>& jobs) {
  std::vector<std::thread> callers;
  const auto busy = database.write([&](Transaction&) -> Result<void, Error> {
    for (const auto& job : jobs) callers.emplace_back(job);
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    return {};
  });
  for (auto& caller : callers) caller.join();
  REQUIRE(busy);
}

}  // namespace

TEST_CASE("what was written is there after the database is opened again", "[database]") {
  const TempDir dir;
  REQUIRE(add(*open_notes(dir), 1, "kept"));
  const auto database = open_notes(dir);
  std::string body;
  REQUIRE(database->read([&](Connection& in) {
    auto query = in.query("SELECT body FROM note WHERE id = ?");
    REQUIRE(query.bind(std::int64_t{1}).step());
    body = query.text(0);
    CHECK_FALSE(query.step());
  }));
  CHECK(body == "kept");
}

TEST_CASE("the database and its log belong to their user alone", "[database]") {
  const TempDir dir;
  const auto database = open_notes(dir);
  REQUIRE(add(*database, 1, "private"));
  for (const char* name : {"a.db", "a.db-wal", "a.db.lock"}) {
    INFO(name);
    struct stat found {};
    REQUIRE(::stat((dir / name).c_str(), &found) == 0);
    CHECK((found.st_mode & 0777U) == 0600U);
  }
}

TEST_CASE("every type comes back as it was bound", "[database]") {
  const TempDir dir;
  const auto database = open_notes(dir);
  const Bytes blob{0, 255, 0};
  const std::string with_nul("a\0b", 3);
  REQUIRE(database->read([&](Connection& in) {
    auto query = in.query("SELECT ?, ?, ?, ?, ?, ?");
    query.bind(INT64_MIN, std::string_view(with_nul), ByteView(blob), ByteView(), nullptr, "");
    REQUIRE(query.step());
    CHECK(query.integer(0) == INT64_MIN);
    CHECK(query.text(1) == with_nul);
    CHECK(query.blob(2) == blob);
    CHECK(query.blob(3).empty());
    CHECK_FALSE(query.is_null(3));
    CHECK(query.is_null(4));
    CHECK(query.text(5).empty());
    CHECK_FALSE(query.is_null(5));
  }));
}

TEST_CASE("a statement that ran can be bound again, and asked inside its own loop", "[database]") {
  const TempDir dir;
  const auto database = open_notes(dir);
  REQUIRE(database->write([](Transaction& in) -> Result<void, Error> {
    auto statement = in.query("INSERT INTO note(id, body) VALUES(?, ?)");
    for (std::int64_t id = 1; id <= 3; ++id) statement.bind(id, "n").run();
    CHECK(in.changes() == 1);
    in.query("UPDATE note SET body = 'm'").run();
    CHECK(in.changes() == 3);
    return {};
  }));
  int pairs = 0;
  REQUIRE(database->read([&](Connection& in) {
    auto outer = in.query("SELECT id FROM note");
    while (outer.step()) {
      auto inner = in.query("SELECT id FROM note");
      while (inner.step()) ++pairs;
    }
  }));
  CHECK(pairs == 9);
}

TEST_CASE("SQL in a text is stored as text [STORE-14]", "[database]") {
  const TempDir dir;
  const auto database = open_notes(dir);
  const std::string attack = "'; DROP TABLE note; --";
  REQUIRE(add(*database, 1, attack));
  REQUIRE(database->read([&](Connection& in) {
    auto query = in.query("SELECT body FROM note WHERE body = ?");
    REQUIRE(query.bind(attack).step());
    CHECK(query.text(0) == attack);
  }));
}

TEST_CASE("a write that fails changes nothing and gives its own error", "[database]") {
  const TempDir dir;
  const auto database = open_notes(dir);
  bool effect_ran = false;
  const auto result = database->write([&](Transaction& in) -> Result<void, Error> {
    in.after_commit([&] { effect_ran = true; });
    REQUIRE(insert(in, 1, "undone"));
    return fail(Error{ErrorCode::type, "no"});
  });
  REQUIRE_FALSE(result);
  CHECK(result.error().code == ErrorCode::type);
  CHECK_FALSE(effect_ran);
  CHECK(count(*database) == 0);
}

TEST_CASE("a write that throws changes nothing and becomes a storage error", "[database]") {
  const TempDir dir;
  const auto database = open_notes(dir);
  const auto throwing = [&](const std::function<void(Transaction&)>& last_words) {
    return database->write([&](Transaction& in) -> Result<void, Error> {
      REQUIRE(insert(in, 1, "undone"));
      last_words(in);
      return {};
    });
  };
  const auto by_library =
      throwing([](Transaction& in) { in.run("INSERT INTO missing VALUES(1)"); });
  const auto by_standard = throwing([](Transaction&) { throw std::runtime_error("oops"); });
  const auto by_number = throwing([](Transaction&) { throw 1; });
  const auto by_constraint = throwing([](Transaction& in) { (void)insert(in, 1, "twice"); });
  for (const auto& result : {by_library, by_standard, by_number, by_constraint}) {
    REQUIRE_FALSE(result);
    CHECK(result.error().code == ErrorCode::storage);
  }
  CHECK(count(*database) == 0);
  CHECK(add(*database, 1, "after"));
}

TEST_CASE("one failing job leaves the others of its batch alone", "[database]") {
  const TempDir dir;
  const auto database = open_notes(dir);
  std::atomic<int> succeeded{0};
  std::vector<std::function<void()>> jobs;
  for (std::int64_t id = 1; id <= 9; ++id) {
    jobs.emplace_back([&, id] {
      const auto result = database->write([&](Transaction& in) -> Result<void, Error> {
        (void)insert(in, id, "n");
        if (id % 3 == 0) return fail(Error{ErrorCode::type, "no"});
        return {};
      });
      if (result) ++succeeded;
    });
  }
  write_while_busy(*database, jobs);
  CHECK(succeeded == 6);
  CHECK(count(*database) == 6);
}

TEST_CASE("effects run after the commit, in order, before the caller goes on", "[database]") {
  const TempDir dir;
  const auto database = open_notes(dir);
  std::vector<std::int64_t> order;
  std::vector<std::int64_t> visible;
  std::vector<std::int64_t> executed;
  std::vector<std::function<void()>> jobs;
  for (std::int64_t id = 1; id <= 5; ++id) {
    jobs.emplace_back([&, id] {
      (void)database->write([&](Transaction& in) {
        executed.push_back(id);
        for (const int part : {0, 1}) {
          in.after_commit([&, id, part] {
            order.push_back(2 * id + part);
            (void)database->read([&](Connection& reader) {
              auto rows = reader.query("SELECT count(*) FROM note");
              if (rows.step()) visible.push_back(rows.integer(0));
            });
          });
        }
        return insert(in, id, "n");
      });
    });
  }
  write_while_busy(*database, jobs);
  std::vector<std::int64_t> expected;
  for (const auto id : executed) expected.insert(expected.end(), {2 * id, 2 * id + 1});
  CHECK(order.size() == 10);
  CHECK(order == expected);
  REQUIRE(visible.size() == 10);
  CHECK(*std::min_element(visible.begin(), visible.end()) >= 1);
  CHECK(visible.back() == 5);
}

TEST_CASE("a commit that fails is told to every job of its batch", "[database]") {
  const TempDir dir;
  auto opened = Database::open(dir / "a.db", std::vector<Migration>{kNotes, kLinks});
  REQUIRE(opened);
  Database& database = **opened;
  // Whether two jobs meet in one batch is up to the scheduler, so they try until they did.
  bool met = false;
  for (int attempt = 0; attempt < 50 && !met; ++attempt) {
    const std::int64_t before = count(database);
    Result<void, Error> good;
    Result<void, Error> bad;
    bool effect_ran = false;
    write_while_busy(database, {[&] {
                                  bad = database.write([](Transaction& in) -> Result<void, Error> {
                                    in.run("INSERT INTO link VALUES(999999)");
                                    return {};
                                  });
                                },
                                [&] {
                                  good = database.write([&](Transaction& in) {
                                    in.after_commit([&] { effect_ran = true; });
                                    return insert(in, attempt, "n");
                                  });
                                }});
    REQUIRE_FALSE(bad);
    CHECK(bad.error().code == ErrorCode::storage);
    CHECK(effect_ran == good.has_value());
    CHECK(count(database) == before + (good ? 1 : 0));
    met = !good;
  }
  CHECK(met);
  CHECK(count(database, "link") == 0);
}

TEST_CASE("a disk that fails to sync acknowledges nothing and stops the writes [STORE-03]",
          "[database]") {
  const TempDir dir;
  const auto database = open_notes(dir);
  REQUIRE(add(*database, 1, "before"));
  CHECK_FALSE(database->refuses_writes());
  bool effect_ran = false;
  disk_fails = true;
  const auto lost = database->write([&](Transaction& in) {
    in.after_commit([&] { effect_ran = true; });
    return insert(in, 2, "lost");
  });
  disk_fails = false;
  REQUIRE_FALSE(lost);
  CHECK(lost.error().code == ErrorCode::storage);
  CHECK_FALSE(effect_ran);
  CHECK(count(*database) == 1);
  const auto later = add(*database, 3, "later");
  REQUIRE_FALSE(later);
  CHECK(later.error().code == ErrorCode::storage);
  CHECK(count(*database) == 1);
  REQUIRE(database->refuses_writes());
  CHECK(database->refuses_writes()->detail == later.error().detail);
}

TEST_CASE("a full store says so, goes on reading, and heals [STORE-04]", "[database]") {
  const TempDir dir;
  const auto database = open_notes(dir);
  REQUIRE(add(*database, 1, "before"));
  const auto allow_pages = [](Connection& in, const std::string& pages) {
    REQUIRE(in.query("PRAGMA max_page_count = " + pages).step());
  };
  const auto full = database->write([&](Transaction& in) {
    allow_pages(in, "1");
    return insert(in, 2, std::string(100'000, 'x'));
  });
  REQUIRE_FALSE(full);
  CHECK(full.error().code == ErrorCode::storage_full);
  CHECK(count(*database) == 1);
  REQUIRE(database->write([&](Transaction& in) -> Result<void, Error> {
    allow_pages(in, "100000");
    return {};
  }));
  CHECK(add(*database, 2, std::string(100'000, 'x')));
  CHECK(count(*database) == 2);
}

TEST_CASE("many threads write and none is lost [STORE-01]", "[database]") {
  const TempDir dir;
  {
    const auto database = open_notes(dir);
    std::atomic<int> failed{0};
    std::vector<std::thread> threads;
    for (std::int64_t thread = 0; thread < 8; ++thread) {
      threads.emplace_back([&, thread] {
        for (std::int64_t i = 0; i < 200; ++i) {
          if (!add(*database, thread * 200 + i, "n")) ++failed;
        }
      });
    }
    for (auto& thread : threads) thread.join();
    CHECK(failed == 0);
  }
  CHECK(count(*open_notes(dir)) == 1600);
}

TEST_CASE("a reader sees one snapshot while others write", "[database]") {
  const TempDir dir;
  const auto database = open_notes(dir);
  REQUIRE(add(*database, 1, "a"));
  REQUIRE(database->read([&](Connection& in) {
    const auto rows = [&in] {
      auto query = in.query("SELECT count(*) FROM note");
      REQUIRE(query.step());
      return query.integer(0);
    };
    CHECK(rows() == 1);
    REQUIRE(add(*database, 2, "b"));
    CHECK(rows() == 1);
  }));
  CHECK(count(*database) == 2);
}

TEST_CASE("a reader cannot write, and its fault does not spoil its connection", "[database]") {
  const TempDir dir;
  const auto database = open_notes(dir);
  for (int i = 0; i < 10; ++i) {
    const auto result = database->read([&](Connection& in) { (void)insert(in, 1, "x"); });
    REQUIRE_FALSE(result);
    CHECK(result.error().code == ErrorCode::storage);
  }
  CHECK(count(*database) == 0);
}

TEST_CASE("a second opener is refused at once while the first is there [STORE-12]", "[database]") {
  const TempDir dir;
  auto first = open_notes(dir);
  const auto second = Database::open(dir / "a.db", std::vector<Migration>{kNotes});
  REQUIRE_FALSE(second);
  CHECK(second.error().code == ErrorCode::locked);
  first.reset();
  CHECK(Database::open(dir / "a.db", std::vector<Migration>{kNotes}));
}

TEST_CASE(
    "a database that another process keeps busy is an error, and nothing of it is written "
    "[STORE-13]",
    "[database][STORE-13]") {
  const TempDir dir;
  const auto database = open_notes(dir);
  REQUIRE(add(*database, 1, "before"));
  // SQLite's lock on writing lies on this byte of the file that the processes share.
  struct flock write_lock {};
  write_lock.l_type = F_WRLCK;
  write_lock.l_whence = SEEK_SET;
  write_lock.l_start = 120;
  write_lock.l_len = 1;
  const pid_t other = ::fork();
  if (other == 0) {
    const int shared = ::open((dir / "a.db-shm").c_str(), O_RDWR | O_CLOEXEC);
    const bool held = shared >= 0 && ::fcntl(shared, F_SETLK, &write_lock) == 0;
    if (held) ::raise(SIGSTOP);
    ::_exit(held ? 0 : 1);
  }
  int status = 0;
  REQUIRE(::waitpid(other, &status, WUNTRACED) == other);
  REQUIRE(WIFSTOPPED(status));
  const auto busy = add(*database, 2, "busy");
  REQUIRE_FALSE(busy);
  CHECK(busy.error().code == ErrorCode::storage);
  CHECK(count(*database) == 1);
  ::kill(other, SIGCONT);
  REQUIRE(::waitpid(other, &status, 0) == other);
  CHECK(add(*database, 2, "after"));
  CHECK(count(*database) == 2);
}

TEST_CASE("a schema from a newer version is refused and stays as it is [STORE-17]", "[database]") {
  const TempDir dir;
  REQUIRE(Database::open(dir / "a.db", std::vector<Migration>{kNotes, kLinks}));
  const std::string before = content(dir / "a.db");
  REQUIRE_FALSE(before.empty());
  const Migration other{"other", 1, "CREATE TABLE other(a)"};
  for (const auto& known : {std::vector<Migration>{kNotes}, std::vector<Migration>{other}}) {
    const auto refused = Database::open(dir / "a.db", known);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::schema_newer);
    CHECK(content(dir / "a.db") == before);
  }
  CHECK(Database::open(dir / "a.db", std::vector<Migration>{kNotes, kLinks, other}));
}

TEST_CASE("a migration is applied once, and a later one finds the earlier rows", "[database]") {
  const TempDir dir;
  REQUIRE(add(*open_notes(dir), 1, "old"));
  for (int i = 0; i < 2; ++i) {
    auto opened = Database::open(dir / "a.db", std::vector<Migration>{kNotes, kLinks});
    REQUIRE(opened);
    CHECK(count(**opened) == 2);
    CHECK(count(**opened, "schema_version") == 2);
  }
}

TEST_CASE("a migration that fails leaves the schema as it was", "[database]") {
  const TempDir dir;
  REQUIRE(add(*open_notes(dir), 1, "old"));
  const Migration broken{"notes", 2, "CREATE TABLE half(a); INSERT INTO missing VALUES(1)"};
  const auto refused = Database::open(dir / "a.db", std::vector<Migration>{kNotes, broken});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::storage);
  const auto database = open_notes(dir);
  CHECK(count(*database) == 1);
  CHECK(count(*database, "sqlite_schema WHERE name = 'half'") == 0);
}

TEST_CASE("a file that is no database is refused [STORE-16]", "[database]") {
  const TempDir dir;
  std::ofstream(dir / "a.db") << std::string(4096, 'x');
  const auto refused = Database::open(dir / "a.db", std::vector<Migration>{kNotes});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::storage);
}

TEST_CASE("the connections are set against crafted schemas and lost commits [STORE-11]",
          "[database][STORE-11]") {
  const TempDir dir;
  const auto database = open_notes(dir);
  const auto check = [](Connection& in) {
    const auto pragma = [&in](const std::string& name) {
      auto query = in.query("PRAGMA " + name);
      REQUIRE(query.step());
      return query.text(0);
    };
    CHECK(pragma("journal_mode") == "wal");
    CHECK(pragma("synchronous") == "2");
    CHECK(pragma("trusted_schema") == "0");
    CHECK_THROWS(in.query("SELECT \"not a column\""));
    CHECK_THROWS(in.query("SELECT load_extension('x')").step());
  };
  REQUIRE(database->read(check));
  REQUIRE(database->read([](Connection& in) {
    auto pages = in.query("PRAGMA wal_autocheckpoint");
    REQUIRE(pages.step());
    CHECK(pages.integer(0) == 0);  // two that checkpoint can damage the log
  }));
  REQUIRE(database->write([&](Transaction& in) -> Result<void, Error> {
    check(in);
    auto keys = in.query("PRAGMA foreign_keys");
    REQUIRE(keys.step());
    CHECK(keys.integer(0) == 1);
    in.query("PRAGMA writable_schema = ON").step();
    CHECK_THROWS(in.run("UPDATE sqlite_schema SET sql = ''"));
    return {};
  }));
}

TEST_CASE("closing the database finishes the writes that wait", "[database]") {
  const TempDir dir;
  {
    const auto database = open_notes(dir);
    REQUIRE(add(*database, 1, "n"));
  }
  CHECK_FALSE(std::filesystem::exists(dir / "a.db-wal"));
  CHECK(count(*open_notes(dir)) == 1);
}

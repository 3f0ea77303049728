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

#include "core/testing/notes_database.h"

namespace database_test {

using namespace avow::core;
using namespace avow::core::testing;

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

TEST_CASE("what is undone says so before the next job of its batch, the latest first",
          "[database]") {
  const TempDir dir;
  const auto database = open_notes(dir);
  std::string trace;
  const auto write = [&](const std::string& name, std::int64_t id, bool fails) {
    return [&, name, id, fails] {
      (void)database->write([&](Transaction& in) -> Result<void, Error> {
        trace += name;
        in.on_undo([&, name] { trace += "-" + name + "1"; });
        in.on_undo([&, name] { trace += "-" + name + "2"; });
        if (fails) return fail(Error{ErrorCode::storage, "no"});
        return insert(in, id, "n");
      });
    };
  };
  write_while_busy(*database, {write("a", 1, false), write("b", 2, true), write("c", 3, false)});
  // Which comes first is up to the scheduler.
  const auto undone = trace.find("-b2-b1");
  REQUIRE(undone != std::string::npos);
  CHECK(undone == trace.find('b') + 1);
  CHECK(trace.size() == 9);
  CHECK(count(*database) == 2);
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
    bool was_undone = false;
    write_while_busy(database, {[&] {
                                  bad = database.write([](Transaction& in) -> Result<void, Error> {
                                    in.run("INSERT INTO link VALUES(999999)");
                                    return {};
                                  });
                                },
                                [&] {
                                  good = database.write([&](Transaction& in) {
                                    in.after_commit([&] { effect_ran = true; });
                                    in.on_undo([&] { was_undone = true; });
                                    return insert(in, attempt, "n");
                                  });
                                }});
    REQUIRE_FALSE(bad);
    CHECK(bad.error().code == ErrorCode::storage);
    CHECK(effect_ran == good.has_value());
    CHECK(was_undone != good.has_value());
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

TEST_CASE("closing the database finishes the writes that wait", "[database]") {
  const TempDir dir;
  {
    const auto database = open_notes(dir);
    REQUIRE(add(*database, 1, "n"));
  }
  CHECK_FALSE(std::filesystem::exists(dir / "a.db-wal"));
  CHECK(count(*open_notes(dir)) == 1);
}

}  // namespace database_test

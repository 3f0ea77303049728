// Who may open a database file, and what opening does to it.

#include <algorithm>

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/testing/notes_database.h"

namespace database_open_test {

using namespace avow::core;
using namespace avow::core::testing;

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

}  // namespace database_open_test

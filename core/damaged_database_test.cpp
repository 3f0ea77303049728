#include <algorithm>
#include <fstream>
#include <iterator>

#include <catch2/catch.hpp>

#include "core/database.h"
#include "core/sha256.h"
#include "core/testing/temp_dir.h"

namespace damaged_database_test {

using namespace avow::core;
using avow::core::testing::TempDir;

namespace {

constexpr std::size_t kPage = 4096;
constexpr std::size_t kChecksum = 32;

const std::vector<Migration> kNotes{
    {"notes", 1,
     "CREATE TABLE note(id INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT;"
     "CREATE INDEX note_body ON note(body);"}};

std::string content(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void put(const std::filesystem::path& file, const std::string& bytes) {
  std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
}

void add(Database& database, std::int64_t id, const std::string& body) {
  REQUIRE(database.write([&](Transaction& in) -> Result<void, Error> {
    in.query("INSERT INTO note(id, body) VALUES(?, ?)").bind(id, std::string_view(body)).run();
    return {};
  }));
}

Result<std::string, Error> dump(Database& database) {
  std::string text;
  const auto read = database.read([&](Connection& in) {
    auto rows = in.query("SELECT id, body FROM note ORDER BY id");
    while (rows.step()) text += std::to_string(rows.integer(0)) + rows.text(1) + "\n";
  });
  if (!read) return fail(read.error());
  return text;
}

/// A file of many pages: some hold rows, one row is longer than a page, some are free again.
std::string written_file(const TempDir& dir) {
  auto database = *Database::open(dir / "a.db", kNotes);
  for (int i = 0; i < 60; ++i) add(*database, i, std::string(300, static_cast<char>('a' + i % 26)));
  add(*database, 100, std::string(10'000, 'z'));
  REQUIRE(database->write([](Transaction& in) -> Result<void, Error> {
    in.run("DELETE FROM note WHERE id BETWEEN 20 AND 50");
    return {};
  }));
  REQUIRE(database->check());
  database.reset();
  return content(dir / "a.db");
}

TEST_CASE("each page of the file ends in the hash of the rest of it", "[database]") {
  const TempDir dir;
  const std::string file = written_file(dir);
  REQUIRE(file.size() % kPage == 0);
  for (std::size_t at = 0; at < file.size(); at += kPage) {
    const Sha256 hash = sha256(std::string_view(file).substr(at, kPage - kChecksum));
    CHECK(file.compare(at + kPage - kChecksum, kChecksum, std::string(hash.begin(), hash.end())) ==
          0);
  }
}

TEST_CASE("a byte that changed on the disk is never read as a value [STORE-07]",
          "[database][STORE-07]") {
  const TempDir dir;
  const std::string good = written_file(dir);
  const std::string rows = *dump(**Database::open(dir / "a.db", kNotes));
  std::size_t noticed = 0;
  std::size_t unread = 0;
  // A stride without a common factor with the page: every place of a page has its turn.
  for (std::size_t at = 0; at < good.size(); at += 211) {
    INFO("byte " << at << " of page " << at / kPage + 1);
    std::string damaged = good;
    damaged[at] = static_cast<char>(damaged[at] ^ (1 << (at % 8)));
    put(dir / "a.db", damaged);
    const auto database = Database::open(dir / "a.db", kNotes);
    if (!database) {
      CHECK(database.error().code == ErrorCode::storage);
      ++noticed;
      continue;
    }
    const auto read = dump(**database);
    if (read) CHECK((*read == rows));
    const auto checked = (*database)->check();
    if (!checked) {
      CHECK(checked.error().code == ErrorCode::storage);
      CHECK(checked.error().detail.find("damaged") != std::string::npos);
      ++noticed;
    } else {
      CHECK(read.has_value());  // the page is free: nothing lives there
      ++unread;
    }
  }
  CHECK(noticed > 5 * unread);
  CHECK(unread > 0);  // otherwise no page was free
}

TEST_CASE("a check finds damage also while what was read before is in memory", "[database]") {
  const TempDir dir;
  std::string damaged = written_file(dir);
  const auto database = *Database::open(dir / "a.db", kNotes);
  REQUIRE(dump(*database));
  const std::size_t at = damaged.find(std::string(300, 'c'));
  REQUIRE(at != std::string::npos);
  damaged[at] = 'd';
  std::fstream(dir / "a.db", std::ios::binary | std::ios::in | std::ios::out) << damaged;
  CHECK_FALSE(database->check());
}

TEST_CASE("a log that is cut or changed at its end gives back what was committed before [STORE-08]",
          "[database][STORE-08]") {
  const TempDir dir;
  std::string file;
  std::string log;
  {
    const auto database = *Database::open(dir / "a.db", kNotes);
    add(*database, 1, "first");
    add(*database, 2, "second");
    const std::size_t before = content(dir / "a.db-wal").size();
    add(*database, 3, "third");
    file = content(dir / "a.db");
    log = content(dir / "a.db-wal");
    REQUIRE(log.size() > before);
  }
  const auto rows_with = [&](const std::string& bytes) {
    put(dir / "b.db", file);
    put(dir / "b.db-wal", bytes);
    std::filesystem::remove(dir / "b.db-shm");
    const auto database = Database::open(dir / "b.db", kNotes);
    REQUIRE(database);
    REQUIRE((*database)->check());
    return *dump(**database);
  };
  CHECK(rows_with(log) == "1first\n2second\n3third\n");
  CHECK(rows_with(log.substr(0, log.size() - 1)) == "1first\n2second\n");
  std::string changed = log;
  changed[changed.size() - kPage / 2] ^= 1;
  CHECK(rows_with(changed) == "1first\n2second\n");
}

}  // namespace

}  // namespace damaged_database_test

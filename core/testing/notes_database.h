#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch.hpp>

#include "core/database.h"
#include "core/testing/temp_dir.h"

/// A small database with notes and links between them.
namespace avow::core::testing {

inline const Migration kNotes{"notes", 1,
                              "CREATE TABLE note(id INTEGER PRIMARY KEY, body TEXT) STRICT;"};
inline const Migration kLinks{
    "notes", 2,
    "CREATE TABLE link(note INTEGER NOT NULL REFERENCES note(id) "
    "DEFERRABLE INITIALLY DEFERRED) STRICT; INSERT INTO note VALUES(1000, 'x')"};

inline std::unique_ptr<Database> open_notes(const TempDir& dir) {
  auto opened = Database::open(dir / "a.db", std::vector<Migration>{kNotes});
  REQUIRE(opened);
  return std::move(*opened);
}

inline Result<void, Error> insert(Connection& in, std::int64_t id, std::string_view body) {
  in.query("INSERT INTO note(id, body) VALUES(?, ?)").bind(id, body).run();
  return {};
}

inline Result<void, Error> add(Database& database, std::int64_t id, std::string_view body) {
  return database.write([&](Transaction& in) { return insert(in, id, body); });
}

inline std::int64_t count(Database& database, std::string_view table = "note") {
  std::int64_t rows = -1;
  REQUIRE(database.read([&](Connection& in) {
    auto query = in.query("SELECT count(*) FROM " + std::string(table));
    REQUIRE(query.step());
    rows = query.integer(0);
  }));
  return rows;
}

inline std::string content(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace avow::core::testing

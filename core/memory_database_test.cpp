#include "core/memory_database.h"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "core/testing/notes_database.h"

namespace avow::core::memory_database_test {
namespace {

using namespace core::testing;

std::unique_ptr<MemoryDatabase> open_notes_in_memory() {
  auto opened = MemoryDatabase::open(std::vector<Migration>{kNotes, kLinks});
  REQUIRE(opened);
  return std::move(*opened);
}
std::int64_t notes(MemoryDatabase& database) {
  std::int64_t rows = -1;
  REQUIRE(database.read([&](Connection& in) {
    auto query = in.query("SELECT count(*) FROM note");
    REQUIRE(query.step());
    rows = query.integer(0);
  }));
  return rows;
}
Result<void, Error> add_note(MemoryDatabase& database, std::int64_t id) {
  return database.write([&](Transaction& in) { return insert(in, id, "x"); });
}

TEST_CASE("what is written in memory is there at once, and what failed is not", "[database]") {
  const auto database = open_notes_in_memory();
  CHECK(notes(*database) == 1);
  CHECK(add_note(*database, 1));
  CHECK(notes(*database) == 2);
  std::vector<std::string> called;
  const auto write = [&](const std::function<Result<void, Error>(Connection&)>& work) {
    return database->write([&](Transaction& in) -> Result<void, Error> {
      in.after_commit([&] { called.emplace_back("committed"); });
      in.on_undo([&] { called.emplace_back("undone first"); });
      in.on_undo([&] { called.emplace_back("undone"); });
      if (auto inserted = insert(in, 2, "x"); !inserted) return inserted;
      return work(in);
    });
  };
  CHECK_FALSE(write([](Connection&) { return fail(Error{ErrorCode::type, "no"}); }));
  CHECK_FALSE(write([](Connection&) -> Result<void, Error> { throw std::runtime_error("no"); }));
  CHECK_FALSE(write([](Connection& in) { return insert(in, 1, "there already"); }));
  // A link to a note that is none, which is seen when it is committed.
  CHECK_FALSE(write([](Connection& in) -> Result<void, Error> {
    in.run("INSERT INTO link VALUES(77)");
    return {};
  }));
  CHECK(called.size() == 8);
  CHECK(std::count(called.begin(), called.end(), "committed") == 0);
  CHECK(called.front() == "undone");
  CHECK(notes(*database) == 2);
  called.clear();
  CHECK(write([](Connection&) -> Result<void, Error> { return {}; }));
  CHECK(called == std::vector<std::string>{"committed"});
  CHECK(notes(*database) == 3);
}

TEST_CASE("a copy has what was there, and goes its own way", "[database]") {
  const auto database = open_notes_in_memory();
  REQUIRE(add_note(*database, 1));
  const auto copy = std::move(*database->copy());
  CHECK(notes(*copy) == 2);
  REQUIRE(add_note(*copy, 2));
  CHECK(notes(*copy) == 3);
  CHECK(notes(*database) == 2);
  CHECK_FALSE(copy->write([](Transaction& in) -> Result<void, Error> {
    in.run("INSERT INTO link VALUES(77)");
    return {};
  }));
}

}  // namespace
}  // namespace avow::core::memory_database_test

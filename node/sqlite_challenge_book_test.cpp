#include "node/sqlite_challenge_book.h"

#include <atomic>
#include <set>
#include <thread>

#include <catch2/catch.hpp>

#include "core/testing/seeded_random.h"
#include "core/testing/temp_dir.h"

namespace avow::node::sqlite_challenge_book_test {
namespace {

using namespace std::chrono_literals;

const core::Instant kNow = *core::parse_rfc3339("2026-11-21T08:00:00Z");

struct World {
  World() { open(); }
  void open() {
    database.reset();
    database = *core::Database::open(folder / "avow.db", SqliteChallengeBook::migrations());
    book = std::make_unique<SqliteChallengeBook>(*database, random);
  }
  std::string issue(core::Instant now = kNow) { return (*book->issue(now))->value; }
  /// Empty if it passed.
  std::string consume(const std::string& challenge, core::Instant now) {
    const vc::Check check = book->consume(challenge, now);
    CHECK(check.name == "challenge");
    CHECK((check.outcome == vc::CheckOutcome::passed) == check.code.empty());
    return check.code;
  }

  core::testing::TempDir folder;
  core::testing::SeededRandom random{7};
  std::unique_ptr<core::Database> database;
  std::unique_ptr<SqliteChallengeBook> book;
};

TEST_CASE("a challenge passes once, also across a restart [VP-01]", "[node][challenge][VP-01]") {
  World world;
  const auto challenge = world.issue();
  CHECK(challenge.size() == 22);  // 128 bits in base64url
  world.open();
  CHECK(world.consume(challenge, kNow + 1s).empty());
  CHECK(world.consume(challenge, kNow + 1s) == "challenge_used");
  world.open();
  CHECK(world.consume(challenge, kNow + 2s) == "challenge_used");
}

TEST_CASE("a challenge that this node never issued is unknown [VP-03]",
          "[node][challenge][VP-03]") {
  World world;
  std::string challenge = world.issue();
  CHECK(world.consume("", kNow) == "challenge_unknown");
  CHECK(world.consume("' OR 1=1 --", kNow) == "challenge_unknown");
  challenge.back() = challenge.back() == 'A' ? 'B' : 'A';
  CHECK(world.consume(challenge, kNow) == "challenge_unknown");
}

TEST_CASE("a challenge lives for 60 s and not a millisecond longer [VP-04]",
          "[node][challenge][VP-04]") {
  World world;
  const auto challenge = *world.book->issue(kNow);
  CHECK(challenge->expires == kNow + 60s);
  const auto late = world.issue();
  CHECK(world.consume(challenge->value, kNow + 60s).empty());
  CHECK(world.consume(late, kNow + 60s + 1ms) == "challenge_expired");
  CHECK(world.consume(late, kNow + 60s + 1ms) == "challenge_expired");
}

TEST_CASE("a challenge of a clock that was ahead is not good until then, nor in anybody's way",
          "[node][challenge]") {
  World world;
  const core::Instant ahead = kNow + 10 * 365 * 24h;
  const auto from_future = world.issue(ahead);
  CHECK(world.consume(from_future, kNow) == "challenge_expired");
  CHECK(world.consume(from_future, ahead - 60s - 1ms) == "challenge_expired");
  CHECK(world.consume(from_future, ahead - 60s).empty());  // threads may be so far apart

  for (std::size_t i = 0; i < SqliteChallengeBook::kMaxOpen; i += 100)
    REQUIRE(world.book->issue(ahead + std::chrono::milliseconds(i)));
  const auto now = world.issue(kNow);
  CHECK(world.consume(from_future, kNow) == "challenge_unknown");
  CHECK(world.consume(now, kNow).empty());
}

TEST_CASE("of a hundred threads that use one challenge exactly one passes [VP-02]",
          "[node][challenge][VP-02]") {
  World world;
  const auto challenge = world.issue();
  std::atomic<int> passed = 0;
  std::atomic<int> used = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 100; ++i) {
      threads.emplace_back([&] {
        const vc::Check check = world.book->consume(challenge, kNow);
        if (check.outcome == vc::CheckOutcome::passed) ++passed;
        if (check.code == "challenge_used") ++used;
      });
    }
  }
  CHECK(passed == 1);
  CHECK(used == 99);
}

TEST_CASE("no more than 10,000 challenges are open at once [VP-18]", "[node][challenge][VP-18]") {
  World world;
  const auto filled = world.database->write([](core::Transaction& tx) {
    tx.query(
          "INSERT INTO challenge(value, expires) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL "
          "SELECT i + 1 FROM n WHERE i < 9998) SELECT 'filler-' || i, ? FROM n")
        .bind(std::int64_t{(kNow + 60s).time_since_epoch().count()})
        .run();
    return core::Result<void, core::Error>();
  });
  REQUIRE(filled);
  const auto one = world.issue();
  CHECK((*world.book->issue(kNow)).has_value());        // the 10,000th
  CHECK_FALSE((*world.book->issue(kNow)).has_value());  // one too many
  CHECK(world.consume(one, kNow).empty());              // using one makes room for one
  CHECK((*world.book->issue(kNow)).has_value());
  CHECK_FALSE((*world.book->issue(kNow + 60s)).has_value());
  CHECK((*world.book->issue(kNow + 60s + 1ms)).has_value());  // those that expired make room too
}

TEST_CASE("what has long expired is forgotten, so that the table stays small [VP-18]",
          "[node][challenge][VP-18]") {
  World world;
  const auto old = world.issue();
  world.issue(kNow + 60s + 10min);
  CHECK(world.consume(old, kNow + 70s) == "challenge_expired");
  world.issue(kNow + 60s + 10min + 1ms);
  CHECK(world.consume(old, kNow + 70s) == "challenge_unknown");
}

TEST_CASE("no two challenges are alike", "[node][challenge]") {
  World world;
  std::set<std::string> seen;
  for (int i = 0; i < 200; ++i) seen.insert(world.issue());
  CHECK(seen.size() == 200);
}

}  // namespace
}  // namespace avow::node::sqlite_challenge_book_test

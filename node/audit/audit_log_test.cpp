#include "node/audit/audit_log.h"

#include <fstream>
#include <iterator>
#include <stdexcept>

#include <catch2/catch.hpp>

#include "core/testing/temp_dir.h"

namespace audit_log_test {

using namespace avow;
using namespace avow::node;
using core::testing::TempDir;

namespace {

constexpr core::Instant kNoon{core::Milliseconds{1'795'262'400'000}};

struct Log {
  TempDir dir;
  std::unique_ptr<core::Database> database = opened();
  AuditLog audit;

  std::unique_ptr<core::Database> opened() const {
    auto made = core::Database::open(dir / "a.db", AuditLog::migrations());
    REQUIRE(made);
    return std::move(*made);
  }
  core::Result<void, core::Error> append(const AuditEntry& entry, core::Instant now = kNoon) {
    return database->write([&](core::Transaction& in) -> core::Result<void, core::Error> {
      audit.append(in, now, entry);
      return {};
    });
  }
  void fill(int rows) {
    for (int i = 1; i <= rows; ++i) {
      REQUIRE(append({"did:example:a", "credential.revoke", "c-" + std::to_string(i),
                      core::Json::object({{"reason", "left"}, {"n", i}})}));
    }
  }
  /// Does what somebody with the file in hand could do.
  core::Result<void, core::Error> tamper(const std::string& sql) {
    return database->write([&](core::Transaction& in) -> core::Result<void, core::Error> {
      in.run("DROP TRIGGER IF EXISTS audit_keeps_rows");
      in.run("DROP TRIGGER IF EXISTS audit_keeps_contents");
      in.run(sql);
      return {};
    });
  }
  AuditReport verified() {
    auto report = audit.verify(*database);
    REQUIRE(report);
    return *report;
  }
};

}  // namespace

TEST_CASE("an audit row's hash covers the tag, the row before and the canonical row", "[audit]") {
  Log log;
  REQUIRE(log.append({"a", "b", "c", core::Json::object({{"y", 1}, {"x", nullptr}})}));
  const auto rows = log.audit.tail(*log.database, 10);
  REQUIRE(rows);
  REQUIRE(rows->size() == 1);
  const std::string row =
      "{\"action\":\"b\",\"actor\":\"a\",\"detail\":{\"x\":null,\"y\":1},\"seq\":1,"
      "\"subject\":\"c\",\"time\":\"" +
      core::format_milliseconds(kNoon) + "\"}";
  CHECK(rows->front().hash == core::sha256("avow audit row v1\n" + std::string(32, '\0') + row));
}

TEST_CASE("a chain that nobody touched is good, also when the clock went back [STORE-19]",
          "[audit]") {
  Log log;
  CHECK(log.verified().rows == 0);
  log.fill(3);
  REQUIRE(log.append({"a", "b", "c", {}}, kNoon - std::chrono::hours(1)));
  const AuditReport report = log.verified();
  CHECK_FALSE(report.first_fault);
  CHECK(report.rows == 4);
  const auto rows = log.audit.tail(*log.database, 2);
  REQUIRE(rows);
  REQUIRE(rows->size() == 2);
  CHECK(rows->at(0).seq == 3);
  CHECK(rows->at(1).seq == 4);
  CHECK(rows->at(1).prev == rows->at(0).hash);
  CHECK(report.head == rows->at(1).hash);
}

TEST_CASE("the first bad row is named, whatever was done to it [STORE-10]", "[audit]") {
  struct Attack {
    std::string sql;
    std::int64_t first_bad;
  };
  const std::vector<Attack> attacks = {
      {"UPDATE audit SET actor = 'did:example:b' WHERE seq = 3", 3},
      {"UPDATE audit SET action = 'x' WHERE seq = 1", 1},
      {"UPDATE audit SET subject = 'c-9' WHERE seq = 5", 5},
      {"UPDATE audit SET time = '2026-11-21T12:00:00.001Z' WHERE seq = 2", 2},
      {"UPDATE audit SET detail = '{\"n\":4,\"reason\":\"stayed\"}' WHERE seq = 4", 4},
      {"UPDATE audit SET detail = ' ' || detail WHERE seq = 4", 4},
      {"UPDATE audit SET detail = 'x' WHERE seq = 4", 4},
      {"UPDATE audit SET hash = zeroblob(32) WHERE seq = 2", 2},
      {"UPDATE audit SET hash = x'00' WHERE seq = 2", 2},
      {"UPDATE audit SET prev = zeroblob(31) WHERE seq = 3", 3},
      {"DELETE FROM audit WHERE seq = 3", 3},
      {"DELETE FROM audit WHERE seq = 1", 1},
      {"UPDATE audit SET seq = CASE seq WHEN 2 THEN 30 WHEN 3 THEN 20 END WHERE seq IN (2, 3)", 2},
      {"UPDATE audit SET subject = CASE seq WHEN 2 THEN 'c-3' ELSE 'c-2' END WHERE seq IN (2, 3)",
       2},
      {"INSERT INTO audit SELECT 6, time, actor, action, subject, detail, zeroblob(5), hash "
       "FROM audit WHERE seq = 5",
       6},
  };
  for (const Attack& attack : attacks) {
    INFO(attack.sql);
    Log log;
    log.fill(5);
    REQUIRE(log.tamper(attack.sql));
    const AuditReport report = log.verified();
    REQUIRE(report.first_fault);
    CHECK(report.first_fault->seq == attack.first_bad);
    CHECK(report.rows == attack.first_bad - 1);
  }
}

TEST_CASE(
    "the first row that cannot be read is named when bytes of the file were changed [STORE-10]",
    "[audit]") {
  Log log;
  log.fill(200);
  log.database.reset();
  std::ifstream in(log.dir / "a.db", std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(in), {}};
  // The text of one row's subject: a page holds some ten rows, and is read as a whole or not at all.
  const auto at = bytes.find("c-150{");
  REQUIRE(at != std::string::npos);
  bytes[at] = 'C';
  std::ofstream(log.dir / "a.db", std::ios::binary | std::ios::trunc) << bytes;
  log.database = log.opened();
  const auto report = log.verified();
  REQUIRE(report.first_fault);
  CHECK(report.first_fault->seq > 100);
  CHECK(report.first_fault->seq <= 150);
  CHECK(report.rows == report.first_fault->seq - 1);
}

TEST_CASE("a row made to fit by itself does not follow the chain [STORE-10]", "[audit]") {
  Log log;
  log.fill(4);
  const auto rows = log.audit.tail(*log.database, 4);
  REQUIRE(rows);
  AuditRow forged = rows->at(1);
  forged.entry.actor = "did:example:b";
  forged.hash = audit_hash(forged);
  REQUIRE(log.tamper("UPDATE audit SET actor = 'did:example:b', hash = x'" +
                     core::to_hex(forged.hash) + "' WHERE seq = 2"));
  const AuditReport report = log.verified();
  REQUIRE(report.first_fault);
  CHECK(report.first_fault->seq == 3);
}

TEST_CASE("rows cut off at the end show in the head [STORE-10]", "[audit]") {
  Log log;
  log.fill(4);
  const AuditReport before = log.verified();
  REQUIRE(log.tamper("DELETE FROM audit WHERE seq > 2"));
  const AuditReport after = log.verified();
  CHECK_FALSE(after.first_fault);
  CHECK(after.rows == 2);
  CHECK(after.head != before.head);
}

TEST_CASE("the database refuses to change, delete or fork rows", "[audit]") {
  Log log;
  log.fill(2);
  for (const std::string sql :
       {"UPDATE audit SET actor = 'x'", "DELETE FROM audit",
        "INSERT INTO audit SELECT 9, time, actor, action, subject, detail, prev, hash FROM audit "
        "WHERE seq = 2"}) {
    INFO(sql);
    CHECK_FALSE(log.database->write([&](core::Transaction& in) -> core::Result<void, core::Error> {
      in.run(sql);
      return {};
    }));
  }
  CHECK(log.verified().rows == 2);
}

TEST_CASE("an action that is undone leaves no row, and its number is used again", "[audit]") {
  Log log;
  log.fill(1);
  CHECK_FALSE(log.database->write([&](core::Transaction& in) -> core::Result<void, core::Error> {
    log.audit.append(in, kNoon, {"a", "b", "undone", {}});
    return core::fail(core::Error{core::ErrorCode::type, "no"});
  }));
  REQUIRE(log.append({"a", "b", "done", {}}));
  const auto rows = log.audit.tail(*log.database, 10);
  REQUIRE(rows);
  REQUIRE(rows->size() == 2);
  CHECK(rows->at(1).seq == 2);
  CHECK(rows->at(1).entry.subject == "done");
  CHECK_FALSE(log.verified().first_fault);
}

TEST_CASE("SQL in an audit text is text, and an oversized one stops its action [STORE-14]",
          "[audit]") {
  Log log;
  const std::string attack = "'; DROP TABLE audit; --";
  REQUIRE(log.append({attack, attack, attack, attack}));
  REQUIRE(log.append({std::string(2048, 'a'), "b", "c", std::string(64 * 1024 - 2, 'd')}));
  CHECK_FALSE(log.append({std::string(2049, 'a'), "b", "c", {}}));
  CHECK_FALSE(log.append({"a", "b", "c", std::string(64 * 1024 - 1, 'd')}));
  const auto rows = log.audit.tail(*log.database, 10);
  REQUIRE(rows);
  REQUIRE(rows->size() == 2);
  CHECK(rows->at(0).entry.actor == attack);
  CHECK(rows->at(0).entry.detail == core::Json(attack));
  CHECK_FALSE(log.verified().first_fault);
}

TEST_CASE("the tail refuses to show a damaged row", "[audit]") {
  Log log;
  log.fill(2);
  REQUIRE(log.tamper("UPDATE audit SET detail = 'x' WHERE seq = 2"));
  const auto rows = log.audit.tail(*log.database, 1);
  REQUIRE_FALSE(rows);
  CHECK(rows.error().code == ErrorCode::storage);
}

}  // namespace audit_log_test

#include <algorithm>
#include <array>
#include <stdexcept>

#include "core/canonical_json.h"
#include "node/audit/audit_log.h"

namespace avow::node {
namespace {

constexpr std::string_view kDomainTag = "avow audit row v1\n";
constexpr std::size_t kMaxTail = 1000;

constexpr std::array kAuditMigrations{core::Migration{"node.audit", 1, R"sql(
  CREATE TABLE audit(
    seq INTEGER PRIMARY KEY,
    time TEXT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL,        -- RFC 8785
    prev BLOB NOT NULL UNIQUE,   -- a chain does not fork
    hash BLOB NOT NULL
  ) STRICT;
  CREATE TRIGGER audit_keeps_rows BEFORE DELETE ON audit
    BEGIN SELECT RAISE(ABORT, 'audit rows are never deleted'); END;
  CREATE TRIGGER audit_keeps_contents BEFORE UPDATE ON audit
    BEGIN SELECT RAISE(ABORT, 'audit rows are never changed'); END;
)sql"}};

core::Sha256 to_hash(const core::Bytes& blob) {
  core::Sha256 hash{};
  if (blob.size() == hash.size()) std::copy(blob.begin(), blob.end(), hash.begin());
  return hash;
}

/// Reads the columns seq, time, actor, action, subject, detail, prev, hash. Nothing if the detail is not as
/// it was written.
std::optional<AuditRow> read_row(const core::Query& query) {
  const std::string detail = query.text(5);
  auto json = core::parse_json(detail);
  if (!json || core::to_canonical(*json) != detail) return std::nullopt;
  AuditRow row;
  row.seq = query.integer(0);
  row.time = query.text(1);
  row.entry = {query.text(2), query.text(3), query.text(4), std::move(*json)};
  row.prev = to_hash(query.blob(6));
  row.hash = to_hash(query.blob(7));
  return row;
}

void check_limits(const AuditEntry& entry, std::string_view detail) {
  for (const std::string* text : {&entry.actor, &entry.action, &entry.subject}) {
    if (text->size() > AuditLog::kMaxTextBytes)
      throw std::length_error("an audit text is too long");
  }
  if (detail.size() > AuditLog::kMaxDetailBytes) {
    throw std::length_error("the detail of an audit row is too long");
  }
}

/// What is wrong with the row that should follow `report`; empty if nothing is.
std::string fault_of(const core::Query& query, const AuditReport& report) {
  if (query.integer(0) != report.rows + 1) return "the row is missing";
  const auto row = read_row(query);
  if (!row || audit_hash(*row) != row->hash) return "the row was changed";
  if (row->prev != report.head) return "the row does not follow the one before";
  return {};
}

}  // namespace

core::Sha256 audit_hash(const AuditRow& row) {
  const std::string content =
      core::to_canonical(core::Json::object({{"seq", row.seq},
                                             {"time", row.time},
                                             {"actor", row.entry.actor},
                                             {"action", row.entry.action},
                                             {"subject", row.entry.subject},
                                             {"detail", row.entry.detail}}));
  return core::sha256({core::as_bytes(kDomainTag), row.prev, core::as_bytes(content)});
}

std::span<const core::Migration> AuditLog::migrations() {
  return kAuditMigrations;
}

std::int64_t AuditLog::append(core::Transaction& transaction, core::Instant now,
                              const AuditEntry& entry) const {
  const std::string detail = core::to_canonical(entry.detail);
  check_limits(entry, detail);
  AuditRow row{1, core::format_milliseconds(now), entry, {}, {}};
  auto last = transaction.query("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1");
  if (last.step()) {
    row.seq = last.integer(0) + 1;
    row.prev = to_hash(last.blob(1));
  }
  row.hash = audit_hash(row);
  transaction
      .query(
          "INSERT INTO audit(seq, time, actor, action, subject, detail, prev, hash) "
          "VALUES(?, ?, ?, ?, ?, ?, ?, ?)")
      .bind(row.seq, row.time, entry.actor, entry.action, entry.subject, detail,
            core::ByteView(row.prev), core::ByteView(row.hash))
      .run();
  return row.seq;
}

Result<AuditReport, Error> AuditLog::verify(core::Database& database) const {
  const auto whole = database.check();
  AuditReport report;
  const auto walked = database.read([&](core::Connection& connection) {
    auto query = connection.query(
        "SELECT seq, time, actor, action, subject, detail, prev, hash FROM audit ORDER BY seq");
    while (query.step()) {
      if (std::string reason = fault_of(query, report); !reason.empty()) {
        report.first_fault = AuditReport::Fault{report.rows + 1, std::move(reason)};
        return;
      }
      ++report.rows;
      report.head = to_hash(query.blob(7));
    }
  });
  if (report.first_fault) return report;
  const bool is_damaged_here = !walked && !whole;
  if (is_damaged_here) {
    report.first_fault =
        AuditReport::Fault{report.rows + 1, "it cannot be read: " + whole.error().detail};
    return report;
  }
  if (!walked) return fail(from_core(walked.error(), "cannot read the audit log"));
  if (!whole) {
    Error error = from_core(whole.error(), "the database cannot be trusted");
    error.why += "; the " + std::to_string(report.rows) + " rows of the audit log are good";
    error.fix =
        "stop the node and put its newest good backup back; what members said comes back from them";
    return fail(error);
  }
  return report;
}

Result<std::vector<AuditRow>, Error> AuditLog::tail(core::Database& database,
                                                    std::size_t count) const {
  std::vector<AuditRow> rows;
  std::optional<std::int64_t> damaged;
  const auto read = database.read([&](core::Connection& connection) {
    auto query = connection.query(
        "SELECT seq, time, actor, action, subject, detail, prev, hash FROM audit "
        "ORDER BY seq DESC LIMIT ?");
    query.bind(static_cast<std::int64_t>(std::min(count, kMaxTail)));
    while (query.step()) {
      auto row = read_row(query);
      if (row) {
        rows.push_back(std::move(*row));
      } else {
        damaged = query.integer(0);
      }
    }
  });
  if (!read) return fail(from_core(read.error(), "cannot read the audit log"));
  if (damaged) {
    return fail(Error{ErrorCode::storage, "the audit log is damaged",
                      "row " + std::to_string(*damaged) + " was changed", "verify the audit log"});
  }
  std::reverse(rows.begin(), rows.end());
  return rows;
}

}  // namespace avow::node

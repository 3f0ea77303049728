#include <array>

#include "core/canonical_json.h"
#include "node/recovery/unsaid_statements.h"

namespace avow::node {
namespace {

constexpr std::int64_t kPage = 256;

constexpr std::array kMigrations{core::Migration{"node.unsaid", 1, R"sql(
  CREATE TABLE unsaid(
    urgency INTEGER NOT NULL,  -- 0 a stop, 1 a list or what stands in it, 2 a batch
    number INTEGER NOT NULL,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY(urgency, number),
    UNIQUE(kind, body)
  ) STRICT, WITHOUT ROWID;
)sql"}};

}  // namespace

std::span<const core::Migration> UnsaidStatements::migrations() {
  return kMigrations;
}

void UnsaidStatements::add(core::Transaction& transaction, Urgency urgency,
                           registry::StatementKind kind, const core::Json& body) {
  const auto rank = static_cast<std::int64_t>(urgency);
  auto query = transaction.query(
      "INSERT OR IGNORE INTO unsaid(urgency, number, kind, body)"
      " VALUES(?, (SELECT coalesce(max(number), 0) + 1 FROM unsaid WHERE urgency = ?), ?, ?)");
  query.bind(rank, rank, registry::name_of(kind), std::string_view(core::to_canonical(body)));
  query.run();
}

void UnsaidStatements::drop(core::Transaction& transaction, registry::StatementKind kind,
                            const core::Json& body) {
  auto query = transaction.query("DELETE FROM unsaid WHERE kind = ? AND body = ?");
  query.bind(registry::name_of(kind), std::string_view(core::to_canonical(body)));
  query.run();
}

UnsaidStatements::Counts UnsaidStatements::count(core::Connection& connection) {
  auto row = connection.query("SELECT count(*), coalesce(sum(urgency = ?), 0) FROM unsaid");
  row.bind(static_cast<std::int64_t>(Urgency::batch));
  Counts counts;
  if (!row.step()) return counts;
  counts.batches = row.integer(1);
  counts.stops = row.integer(0) - counts.batches;
  return counts;
}

std::vector<UnsaidStatements::Row> UnsaidStatements::page(core::Connection& connection,
                                                          Urgency least, const Row& last) {
  std::vector<Row> rows;
  auto row = connection.query(
      "SELECT urgency, number, kind, body FROM unsaid"
      " WHERE urgency <= ? AND (urgency, number) > (?, ?) ORDER BY urgency, number LIMIT ?");
  row.bind(static_cast<std::int64_t>(least), static_cast<std::int64_t>(last.urgency), last.number,
           kPage);
  while (row.step()) {
    auto body = core::parse_json(row.text(3));
    if (!body) continue;
    rows.push_back({static_cast<Urgency>(row.integer(0)), row.integer(1),
                    registry::kind_named(row.text(2)), std::move(*body)});
  }
  return rows;
}

void UnsaidStatements::remove(core::Transaction& transaction, const Row& row) {
  auto query = transaction.query("DELETE FROM unsaid WHERE urgency = ? AND number = ?");
  query.bind(static_cast<std::int64_t>(row.urgency), row.number);
  query.run();
}

}  // namespace avow::node

#include <array>

#include "core/canonical_json.h"
#include "node/recovery/unsaid_statements.h"

namespace avow::node {
namespace {

constexpr std::int64_t kPage = 256;

constexpr std::array kUnsaidMigrations{core::Migration{"node.unsaid", 1, R"sql(
  CREATE TABLE unsaid(
    urgency INTEGER NOT NULL,  -- 0 a stop, 1 a list or what stands in it, 2 a batch
    number INTEGER NOT NULL,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY(urgency, number),
    UNIQUE(kind, body)
  ) STRICT, WITHOUT ROWID;
)sql"},
                                       core::Migration{"node.unsaid", 2, R"sql(
  -- The UTC hour, counted from 1970, in which the feed last had no room for it: it is not tried twice in one.
  ALTER TABLE unsaid ADD COLUMN kept_in INTEGER NOT NULL DEFAULT 0;
)sql"},
                                       core::Migration{"node.unsaid", 3, R"sql(
  -- Of a batch: the statement that said it. Of those that wait already, only what they name themselves is known.
  ALTER TABLE unsaid ADD COLUMN said_epoch INTEGER;
  ALTER TABLE unsaid ADD COLUMN said_sequence INTEGER;
  UPDATE unsaid SET said_epoch = json_extract(body, '$.was.epoch'),
                    said_sequence = json_extract(body, '$.was.sequence') WHERE kind = 'issued';
)sql"}};

}  // namespace

std::span<const core::Migration> UnsaidStatements::migrations() {
  return kUnsaidMigrations;
}

void UnsaidStatements::add(core::Transaction& transaction, Urgency urgency,
                           registry::StatementKind kind, const core::Json& body,
                           const std::optional<registry::SaidAt>& said) {
  const auto rank = static_cast<std::int64_t>(urgency);
  auto query = transaction.query(
      "INSERT OR IGNORE INTO unsaid(urgency, number, kind, body, said_epoch, said_sequence)"
      " VALUES(?, (SELECT coalesce(max(number), 0) + 1 FROM unsaid WHERE urgency = ?), ?, ?, ?, "
      "?)");
  query.bind(rank, rank, registry::name_of(kind), std::string_view(core::to_canonical(body)));
  if (said) {
    query.bind(said->epoch, said->sequence);
  } else {
    query.bind(nullptr, nullptr);
  }
  query.run();
}

std::vector<UnsaidStatements::Row> UnsaidStatements::rows_of(core::Query& query) {
  std::vector<Row> rows;
  while (query.step()) {
    auto body = core::parse_json(query.text(3));
    if (!body) continue;
    rows.push_back({static_cast<Urgency>(query.integer(0)), query.integer(1),
                    registry::kind_named(query.text(2)), std::move(*body)});
    if (!query.is_null(4)) rows.back().said = registry::SaidAt{query.integer(4), query.integer(5)};
  }
  return rows;
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
                                                          Urgency least, std::int64_t not_kept_in,
                                                          const Row& last) {
  auto query = connection.query(
      "SELECT urgency, number, kind, body, said_epoch, said_sequence FROM unsaid"
      " WHERE urgency <= ? AND (urgency, number) > (?, ?) AND kept_in <> ?"
      " ORDER BY urgency, number LIMIT ?");
  query.bind(static_cast<std::int64_t>(least), static_cast<std::int64_t>(last.urgency), last.number,
             not_kept_in, kPage);
  return rows_of(query);
}

std::vector<UnsaidStatements::Row> UnsaidStatements::ends_of(core::Connection& connection,
                                                             const std::string& subject) {
  // A canonical body has its members in order: those of one subject begin alike and stand together in the index.
  auto from = core::to_canonical(
      core::Json::object({{"subject", subject}, {"types", core::Json::array()}}));
  from.resize(from.size() - std::string_view("]}").size());
  auto query = connection.query(
      "SELECT urgency, number, kind, body, said_epoch, said_sequence FROM unsaid"
      " WHERE kind = ? AND body > ? AND body < ? ORDER BY urgency, number");
  query.bind(registry::name_of(registry::StatementKind::accredit_revoke), std::string_view(from),
             std::string_view(from + "~"));  // after the quotation mark of a first type
  return rows_of(query);
}

void UnsaidStatements::remove(core::Transaction& transaction, const Row& row) {
  auto query = transaction.query("DELETE FROM unsaid WHERE urgency = ? AND number = ?");
  query.bind(static_cast<std::int64_t>(row.urgency), row.number);
  query.run();
}

void UnsaidStatements::put_body(core::Transaction& transaction, const Row& row,
                                const core::Json& body) {
  auto query =
      transaction.query("UPDATE OR REPLACE unsaid SET body = ? WHERE urgency = ? AND number = ?");
  query.bind(std::string_view(core::to_canonical(body)), static_cast<std::int64_t>(row.urgency),
             row.number);
  query.run();
}

void UnsaidStatements::keep(core::Transaction& transaction, const Row& row, std::int64_t hour) {
  auto query = transaction.query("UPDATE unsaid SET kept_in = ? WHERE urgency = ? AND number = ?");
  query.bind(hour, static_cast<std::int64_t>(row.urgency), row.number);
  query.run();
}

void UnsaidStatements::try_kept_again(core::Transaction& transaction) {
  transaction.run("UPDATE unsaid SET kept_in = 0 WHERE kept_in <> 0");
}

}  // namespace avow::node

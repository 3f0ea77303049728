#include <algorithm>
#include <array>
#include <iterator>

#include "core/instant_column.h"
#include "node/issued_batches.h"

namespace avow::node {
namespace {

constexpr std::array kIssuedMigrations{core::Migration{"node.issued", 1, R"sql(
  CREATE TABLE issued(
    number INTEGER PRIMARY KEY,
    leaf BLOB NOT NULL CHECK(length(leaf) = 32),
    issued_at INTEGER NOT NULL,  -- milliseconds since 1970
    epoch INTEGER,               -- of the statement that publishes it
    sequence INTEGER,
    CHECK((epoch IS NULL) = (sequence IS NULL))
  ) STRICT;
  CREATE INDEX issued_by_leaf ON issued(leaf);
  CREATE INDEX issued_by_batch ON issued(epoch, sequence, number);
  CREATE INDEX issued_unpublished ON issued(number) WHERE epoch IS NULL;
)sql"}};

core::Sha256 leaf_in(const core::Query& row, int column) {
  core::Sha256 leaf{};
  const auto bytes = row.blob(column);
  std::copy_n(bytes.begin(), std::min(bytes.size(), leaf.size()), leaf.begin());
  return leaf;
}

}  // namespace

std::span<const core::Migration> IssuedBatches::migrations() {
  return kIssuedMigrations;
}

void IssuedBatches::add(core::Transaction& transaction, const core::Sha256& leaf,
                        core::Instant now) {
  auto query = transaction.query("INSERT INTO issued(leaf, issued_at) VALUES(?, ?)");
  query.bind(core::ByteView(leaf), core::to_column(now));
  query.run();
}

bool IssuedBatches::is_due(core::Connection& connection, core::Instant now) {
  auto row = connection.query(
      "SELECT count(*), min(issued_at) FROM "
      "(SELECT issued_at FROM issued WHERE epoch IS NULL ORDER BY number LIMIT ?)");
  row.bind(kManyIssued);
  if (!row.step() || row.integer(0) == 0) return false;
  const core::Instant first{core::Milliseconds(row.integer(1))};
  return now >= first + kPublishIssuedWithin ||
         (row.integer(0) == kManyIssued && now >= first + kPublishManyAfter);
}

std::vector<core::Sha256> IssuedBatches::unpublished(core::Connection& connection) {
  std::vector<core::Sha256> leaves;
  auto row =
      connection.query("SELECT leaf FROM issued WHERE epoch IS NULL ORDER BY number LIMIT ?");
  row.bind(kMaxOwnBatch);
  while (row.step()) leaves.push_back(leaf_in(row, 0));
  return leaves;
}

void IssuedBatches::published(core::Transaction& transaction, std::size_t count,
                              const registry::SaidAt& statement) {
  auto query = transaction.query(
      "UPDATE issued SET epoch = ?, sequence = ? WHERE number IN "
      "(SELECT number FROM issued WHERE epoch IS NULL ORDER BY number LIMIT ?)");
  query.bind(statement.epoch, statement.sequence, static_cast<std::int64_t>(count));
  query.run();
}

IssuedBatches::Counts IssuedBatches::count(core::Connection& connection,
                                           const registry::SaidAt& up_to) {
  auto row = connection.query(
      "SELECT count(*), coalesce(sum((epoch, sequence) <= (?, ?)), 0) FROM issued");
  row.bind(up_to.epoch, up_to.sequence);
  Counts counts;
  if (!row.step()) return counts;
  counts.up_to = row.integer(1);
  counts.beyond = row.integer(0) - counts.up_to;
  return counts;
}

std::optional<registry::IssuedProof> IssuedBatches::find(const core::Sha256& leaf) const {
  registry::SaidAt batch;
  std::vector<core::Sha256> leaves;
  const auto read = database_.read([&](core::Connection& connection) {
    auto place =
        connection.query("SELECT epoch, sequence FROM issued WHERE leaf = ? AND epoch IS NOT NULL");
    place.bind(core::ByteView(leaf));
    if (!place.step()) return;
    batch = {place.integer(0), place.integer(1)};
    auto row = connection.query(
        "SELECT leaf FROM issued WHERE epoch = ? AND sequence = ? ORDER BY number");
    row.bind(batch.epoch, batch.sequence);
    while (row.step()) leaves.push_back(leaf_in(row, 0));
  });
  // Hashed here, where nobody waits for a connection.
  const auto at = std::find(leaves.begin(), leaves.end(), leaf);
  if (!read || at == leaves.end()) return std::nullopt;
  const auto index = std::distance(leaves.begin(), at);
  return registry::IssuedProof{batch, index,
                               registry::merkle_path(leaves, static_cast<std::size_t>(index))};
}

}  // namespace avow::node

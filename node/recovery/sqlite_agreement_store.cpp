#include "node/recovery/sqlite_agreement_store.h"

#include <array>

#include "core/canonical_json.h"

namespace avow::node {
namespace {

constexpr std::array kAgreementMigrations{core::Migration{"node.agreement", 1, R"sql(
  CREATE TABLE agreement(
    only INTEGER PRIMARY KEY CHECK(only = 1),
    epoch INTEGER NOT NULL,
    shown TEXT NOT NULL,
    lost TEXT NOT NULL,    -- '' for nothing
    strikes TEXT NOT NULL  -- a JSON array of names
  ) STRICT;
)sql"}};

}  // namespace

std::span<const core::Migration> SqliteAgreementStore::migrations() {
  return kAgreementMigrations;
}

void SqliteAgreementStore::put(core::Transaction& transaction,
                               const registry::Agreement& agreement) {
  auto strikes = core::Json::array();
  for (const auto& name : agreement.strikes) strikes.push_back(name);
  transaction
      .query(
          "INSERT OR REPLACE INTO agreement(only, epoch, shown, lost, strikes)"
          " VALUES(1, ?, ?, ?, ?)")
      .bind(agreement.epoch, std::string_view(agreement.shown), std::string_view(agreement.lost),
            std::string_view(core::to_canonical(strikes)))
      .run();
}

std::optional<registry::Agreement> SqliteAgreementStore::find(core::Connection& connection) {
  auto row = connection.query("SELECT epoch, shown, lost, strikes FROM agreement");
  if (!row.step()) return std::nullopt;
  registry::Agreement agreement{row.integer(0), row.text(1), row.text(2), {}};
  const auto strikes = core::parse_json(row.text(3));
  if (!strikes || strikes->as_array() == nullptr) return std::nullopt;
  for (const core::Json& name : *strikes->as_array()) {
    if (name.as_string() == nullptr) return std::nullopt;
    agreement.strikes.push_back(*name.as_string());
  }
  return agreement;
}

}  // namespace avow::node
